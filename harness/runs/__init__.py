"""Runs: one run of the instrument, whoever asked for it.

request    what is wanted, and which heads, components and pairs that is
session    the run under way: its model, and its cells as they are tried
correction the verdicts of all cells, corrected as one family
filing     the run as it is filed: its record, what is to be looked at, the store and the report
"""
