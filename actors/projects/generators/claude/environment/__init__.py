"""The Claude Agent SDK's own environment: found cheaply by the server, made and removed by `callboard setup claude`.

The SDK needs libraries in versions that Callboard cannot have beside its own, hence a Python environment for itself.

- `finding`: where it is and whether it can be used, from one small file (`record`), without starting anything.
- `installing`: makes it from `requirements.lock`, beside the one that may be there, and then switches to it; `locked`:
  what the lock says; `pythons`: which Python it is made with; `pip`: how pip is called and what its words mean;
  `holding`: one at a time; `programs`: what is run for it.
"""
