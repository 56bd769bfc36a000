"""One folder for each contract that the server keeps with the outside; `table.py` names them."""
