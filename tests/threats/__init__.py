"""The threat model as tests: each threat is tried against the product, and again with its protection taken out."""
