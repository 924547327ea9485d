"""Terminal: what a run prints for people. Text only; no colour, no pytest."""
