"""What is measured; `table.py` lists it."""
