"""Laws: what is claimed, of what. Knows nothing of torch."""
