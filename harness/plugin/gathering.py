"""With pytest-xdist, one process files what the others find out."""

from __future__ import annotations

from typing import Any

import pytest

from harness.plugin.run import load, session_of


class Gathering:
    """With pytest-xdist: takes what the workers find out into the one run that files it, in the order of the book."""

    def __init__(self, config: pytest.Config) -> None:
        self.config = config
        self._sent: list[dict[str, Any]] = []

    def pytest_sessionstart(self) -> None:
        """Load the model before the workers start, where its download can be seen, and happens once."""
        load(self.config)

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Keep what a worker sends."""
        if report.when == "call" and "cell" in (sent := getattr(report, "headlaws", {})):
            self._sent.append(sent)

    @pytest.hookimpl(tryfirst=True)
    def pytest_sessionfinish(self) -> None:
        """File it all."""
        from harness.laws.conjecture import Entry
        from harness.trials.cell import Cell

        for sent in sorted(self._sent, key=lambda sent: int(sent["place"])):
            entry = Entry(**{**sent["entry"], "components": tuple(sent["entry"]["components"])})
            session_of(self.config).file(entry, Cell.from_json(sent["cell"]))
