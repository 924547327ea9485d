"""Models: where a network comes from, and how it is made ready to be read."""
