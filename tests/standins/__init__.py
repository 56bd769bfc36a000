"""Programs that stand in for those of others."""
