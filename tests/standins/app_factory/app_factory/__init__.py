"""The package that `python -m app_factory.main_v2` finds, with its directory's parent on PYTHONPATH."""
