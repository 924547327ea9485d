"""Runs inside a run: pytester forgets what an inner run imports, and numpy and torch cannot be imported twice.

They read the specimens by rule; what a run does with readings is the same. A test whose run has processes of its own,
which read by the network, takes the fixture `network`. They file neither plots, growth, graphs nor facts of heads
unless the module says `EXHIBITED = True`.
"""

import pytest

from harness.readings import loading
from tests.support import by_rule
from tests.support.in_process import import_everything


@pytest.fixture(scope="session", autouse=True)
def everything_imported(specimen):
    """Import what an inner run would, before pytester takes note of what was there."""
    import_everything()


NETWORK = loading.load_model


@pytest.fixture(autouse=True)
def read_by_rule(request, monkeypatch):
    """A run in a test's own process reads the specimens by rule."""
    monkeypatch.setattr(loading, "load_model", by_rule.loading)
    if not getattr(request.module, "EXHIBITED", False):
        request.getfixturevalue("unexhibited")


@pytest.fixture
def network(read_by_rule, monkeypatch):
    """The specimens' readings come from their networks."""
    monkeypatch.setattr(loading, "load_model", NETWORK)
