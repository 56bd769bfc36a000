"""The targets: each takes any bytes, and raises only when a parser of ours does not do what it says."""
