"""Analysis: what a report finds across heads, laws and runs."""
