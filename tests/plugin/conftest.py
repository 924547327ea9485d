"""Runs inside a run: pytester forgets what an inner run imports, and numpy and torch cannot be imported twice."""

import importlib

import pytest


@pytest.fixture(scope="session", autouse=True)
def everything_imported(specimen):
    """Import what an inner run would, before pytester takes note of what was there."""
    for name in (
        "harness.plugin.ahead",
        "harness.trials.trial",
        "harness.graphs.exhibits",
        "harness.graphs.growth",
        "harness.trials.samples",
        "harness.records.store",
        "reports.pages",
        "scipy.stats",
        "hypothesis",
    ):
        importlib.import_module(name)
