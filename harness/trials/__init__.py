"""Trials: claim against head, to a verdict."""
