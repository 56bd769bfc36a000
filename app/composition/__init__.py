"""How the parts of a server are put together: a module for each contract, and what joins them; see `app/main.py`."""
