"""Laws: claims about heads. Knows nothing of torch."""
