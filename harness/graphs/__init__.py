"""Graphs: how one more token moves a head, and what a head has to show."""
