"""Sources: where weights and texts come from."""
