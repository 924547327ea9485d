"""Decoding: the two largest of all unembedded values of a vector, exactly, and the bounds that make it quick."""
