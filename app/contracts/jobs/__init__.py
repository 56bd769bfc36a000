"""The photogrammetry contract: upload photos, follow the progress, fetch the model."""
