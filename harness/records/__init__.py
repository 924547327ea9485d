"""Records: what is kept of a run, and how runs differ."""
