"""Remembered cells: what was tried before, on all that it depends on, need not be tried again.

A cell is found by a digest of five things: the inputs of its readings, the claim's file, the trial's settings, the
lexicon, and the code and libraries that judge it. If null models were counted, their fingerprints are part of it too.
The newest cells are kept beside the readings of earlier runs, and `headlaws forget` deletes both. A cell that came out
as an error is tried again, and so is every control.
"""

from __future__ import annotations

from dataclasses import asdict, replace

from harness.laws.conjecture import Conjecture
from harness.models.fingerprint import digest
from harness.readings import room
from harness.readings.component_head import ComponentHead
from harness.records.cell import Cell, Verdict
from harness.records.run import environment, now
from harness.records.value_cache import ValueCache
from harness.runs.session import Session
from harness.trials.depends import instrument, of_claim, of_lexicon
from harness.trials.trial import named

FILE = "cells.db"

MOST = 8192
"""Cells that are kept, before and after they are counted: the book against some twenty heads."""


class RememberedCells:
    """The cells of earlier runs that a session need not try; none where it uses no readings of them."""

    def __init__(self, session: Session, *, used: bool = True) -> None:
        """Take a session.

        Args:
            used: whether there are any for it.
        """
        self._session, self._used = session, used
        self._cache = ValueCache(room.folder() / FILE, most=MOST)
        self._code = [instrument(), environment()]

    def get(self, conjecture: Conjecture, head: ComponentHead) -> Cell | None:
        """Return the cell, as if it were tried now, where it is remembered."""
        found = self._found(conjecture, head)
        return found and replace(found, started=now(), remembered=True)

    def put(self, conjecture: Conjecture, head: ComponentHead, cell: Cell) -> None:
        """Remember a cell that is no error, not yet counted on the null models."""
        self._keep(conjecture, head, cell)

    def counted(self, conjecture: Conjecture, head: ComponentHead, cell: Cell) -> Cell | None:
        """Return a cell counted on the null models, where that is remembered of just this cell."""
        found = self._found(conjecture, head, cell)
        return found and replace(found, started=cell.started, seconds=cell.seconds, remembered=cell.remembered)

    def put_counted(self, conjecture: Conjecture, head: ComponentHead, before: Cell, cell: Cell) -> None:
        """Remember a cell that was counted on the null models, and is no error."""
        self._keep(conjecture, head, cell, before)

    def _found(self, conjecture: Conjecture, head: ComponentHead, before: Cell | None = None) -> Cell | None:
        if not self._concerns(conjecture, head):
            return None
        written = self._cache.get(self._key(conjecture, head, before))
        try:
            return None if written is None else Cell.from_json(written)
        except (ValueError, TypeError, KeyError):  # another version's
            return None

    def _keep(self, conjecture: Conjecture, head: ComponentHead, cell: Cell, before: Cell | None = None) -> None:
        if self._concerns(conjecture, head):
            self._cache.put(self._key(conjecture, head, before), _of_no_time(cell))

    def _concerns(self, conjecture: Conjecture, head: ComponentHead) -> bool:
        return self._used and head.model.remembers and not conjecture.control

    def _key(self, conjecture: Conjecture, head: ComponentHead, before: Cell | None) -> str:
        session = self._session
        believed = session.belief_check and session.belief_check.expects(named(conjecture, head, Verdict.ERROR))
        counted = None if before is None else [_of_no_time(before), dict(head.model.nulls.fingerprints)]
        return digest(
            {
                "head": [str(head.address), head.name, head.reads_as],
                "claim": of_claim(conjecture),
                "numbers": [asdict(session.profile(conjecture)), session.family, believed],
                "sequences": of_lexicon(head.model.lexicon),
                "instrument": self._code,
                "counted": counted,
            }
        )


def _of_no_time(cell: Cell) -> str:
    """A cell as JSON, without what changes from run to run."""
    return replace(cell, started="", seconds=0.0, remembered=False).to_json()
