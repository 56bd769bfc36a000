"""What runs inside a confinement: the first program there, the bridge of sockets beside it, and the canaries' probe.

These modules are seen alone inside (the folder is bound there by itself), are run by an isolated interpreter, and so
import nothing but the standard library and each other, and of that as little as possible.
"""
