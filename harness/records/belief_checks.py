"""Belief checks: a file of beliefs in the course of a run, from the check before to the file left behind."""

from __future__ import annotations

import datetime
from collections.abc import Iterable
from pathlib import Path

from harness.records import beliefs, surprises
from harness.records.beliefs import Beliefs, Identity
from harness.records.cell import Cell
from harness.records.surprises import Surprise


class BeliefCheck:
    """What a run is held against.

    Attributes:
        path: of the file.
        renewing: whether the file is to say afterwards what came out; then nothing is a failure for being a surprise.
    """

    def __init__(self, path: Path, *, model: str, renewing: bool, delta: float) -> None:
        """Read the file; where it is to be made, it may not be there yet.

        Raises:
            BeliefError: where it cannot be read.
        """
        self.path = path
        self.renewing = renewing
        self._delta = delta
        self.held = Beliefs(model, Identity(), {}) if renewing and not path.exists() else beliefs.read(path)

    def check(self, *, model: str, n_layers: int, n_heads: int, places: Iterable[Path]) -> None:
        """See that every belief is about a head of the model and a claim in one of the places.

        Raises:
            BeliefError: where one is not.
        """
        surprises.check(self.held, self.path, model=model, n_layers=n_layers, n_heads=n_heads, places=places)

    def check_identity(self, identity: Identity) -> None:
        """See that the beliefs are about this model, unless they are to be renewed.

        Raises:
            BeliefError: where they are about another.
        """
        if not self.renewing:
            surprises.check_identity(self.held, self.path, identity)

    @property
    def lacking(self) -> str:
        """What the file does not hold against a model, in a line, unless it is to be renewed."""
        return "" if self.renewing else self.held.lacking

    def surprise(self, cell: Cell) -> Surprise | None:
        """The surprise that a cell is, if it is one."""
        return surprises.surprise(self.held, cell, delta=self._delta)

    def surprises(self, cells: Iterable[Cell]) -> list[Surprise]:
        """Those among the cells."""
        return [found for cell in cells if (found := self.surprise(cell)) is not None]

    def expects(self, cell: Cell) -> str:
        """The verdict that a cell is believed to get, where it rests on a counterexample; else nothing."""
        held = self.held.about(cell)
        return held.verdict.value if held is not None and held.verdict in surprises.STOOD else ""

    def renew(self, cells: Iterable[Cell], *, run_id: str, identity: Identity) -> None:
        """Write what came out as the file of beliefs.

        Raises:
            BeliefError: where it cannot be written.
        """
        today = datetime.datetime.now(datetime.UTC).date()
        made = beliefs.renewed(self.held, cells, run_id=run_id, identity=identity, today=today)
        beliefs.write(self.path, made)
