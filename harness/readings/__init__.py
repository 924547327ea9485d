"""Readings: from ids to attention tokens. Knows nothing of laws."""
