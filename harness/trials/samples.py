"""Samples: what a claim's family looks like, as the first of the inputs that its census draws, ready to be kept."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from contextlib import suppress
from pathlib import Path
from typing import Any

from harness.errors import HeadlawsError
from harness.laws.book import conjectures
from harness.laws.conjecture import Conjecture
from harness.laws.families import drawing_from
from harness.laws.sampling import Draw, draws
from harness.readings.lexicon import Lexicon
from harness.records.cell import Exhibit
from harness.records.claim import ClaimEntry
from harness.trials.counterexample import as_python, sequences

Text = Callable[[Iterable[int]], list[str]]

NUMBER = 5
"""Draws that are shown of a family."""


def samples(entries: Iterable[ClaimEntry], *, seed: int, lexicon: Lexicon, text: Text) -> list[Exhibit]:
    """Return the first inputs that the census of each conjecture draws with this seed; of no head, since all get the
    same.

    A conjecture whose chapter is not there any more, or whose family draws nothing, has none.
    """
    book: dict[str, dict[tuple[str, str], Conjecture]] = {}
    made = []
    for entry in entries:
        with suppress(HeadlawsError):
            if entry.path not in book:
                book[entry.path] = {}  # so that a chapter that cannot be read is tried once
                book[entry.path] = conjectures(Path(entry.path))
            found = book[entry.path].get((entry.chapter, entry.name))
            if found is not None:
                with drawing_from(lexicon):
                    drawn = draws(found.test, name=found.draws_as, number=NUMBER, seed=seed)
                data = {"seed": seed, "draws": [_written(draw, text) for draw in drawn]}
                made.append(Exhibit("", "draws", f"{entry.chapter}.py::{entry.name}", data))
    return made


def _written(draw: Draw, text: Text) -> dict[str, Any]:
    parts = sequences(draw.inputs)
    return {
        "inputs": as_python(draw.inputs),
        "sequences": [{"name": name, "ids": list(ids), "text": text(ids)} for name, ids in parts.items()],
    }
