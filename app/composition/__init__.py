"""How the parts of a server are put together, one module for each contract's; `app/main.py` opens them."""
