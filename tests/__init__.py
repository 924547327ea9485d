"""The instrument's tests. What they share is in `support`."""
