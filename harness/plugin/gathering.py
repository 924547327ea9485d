"""With pytest-xdist, one process files what the others find out."""

from __future__ import annotations

from typing import Any

import pytest

from harness.plugin.run import CELL, PLACE, conjecture_of, load, session_of

COUNTED = "headlaws-counted"
"""What a worker sends at its end: its cells again, counted on the null models."""


class Gathering:
    """With pytest-xdist: takes what the workers find out into the one run that files it, in the order of the book."""

    def __init__(self, config: pytest.Config) -> None:
        self.config = config
        self._sent: dict[int, dict[str, Any]] = {}

    def pytest_sessionstart(self) -> None:
        """Load the model before the workers start, where its download can be seen, and happens once."""
        load(self.config)

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Keep what a worker sends."""
        if report.when == "call" and "cell" in (sent := getattr(report, "headlaws", {})):
            self._sent[int(sent["place"])] = sent

    @pytest.hookimpl(optionalhook=True)
    def pytest_testnodedown(self, node: Any) -> None:
        """Keep what a worker that came to its end has counted."""
        for place, cell in getattr(node, "workeroutput", {}).get(COUNTED, ()):
            self._sent[place]["cell"] = cell

    @pytest.hookimpl(tryfirst=True)
    def pytest_sessionfinish(self) -> None:
        """File it all."""
        from harness.records.cell import Cell
        from harness.records.claim import ClaimEntry

        for _, sent in sorted(self._sent.items()):
            entry = ClaimEntry(**{**sent["entry"], "components": tuple(sent["entry"]["components"])})
            session_of(self.config).file(entry, Cell.from_json(sent["cell"]))


def send_counted(session: pytest.Session) -> None:
    """Count a worker's cells on the null models, when all verdicts are there, and send them again."""
    found, counted = session_of(session.config), []
    wanted = {cell.node for cell in found.on_nulls()}
    for item in session.items:
        claim, cell = conjecture_of(item), item.stash.get(CELL, None)
        if claim is not None and cell is not None and cell.node in wanted:
            head = found.head(*item.callspec.params[claim.subject])  # type: ignore[attr-defined]  # of a function
            counted.append((item.stash[PLACE], found.beside_nulls(claim, head, cell).to_json()))
    session.config.workeroutput[COUNTED] = counted  # type: ignore[attr-defined]  # of pytest-xdist
