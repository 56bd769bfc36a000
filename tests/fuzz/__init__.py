"""Inputs that nobody thought of: Schemathesis against the whole API, and atheris on each parser of ours."""
