"""Graphs: how one more token moves a head, as claims that are tried; and the exhibits of a report."""
