"""Bench: what reading and sweeping cost, each way timed in one run."""
