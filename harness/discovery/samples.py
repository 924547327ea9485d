"""Samples: the sequences of the screen, and where in them the places lie that are compared.

S is drawn once for all transformations of a kind of sequence, so that its readings serve them all. Sequences of the
screen are drawn under a name of their own: none of a census is among them, but by chance.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from hypothesis import strategies as st
from jaxtyping import Bool, Int

from harness.discovery.law import SEQUENCES, Setting
from harness.discovery.places import Places
from harness.discovery.transformation import TRANSFORMATIONS, edits
from harness.laws.families import Edit, Ids, drawing_from
from harness.laws.sampling import sample
from harness.readings.lexicon import Lexicon

SEQUENCES_SCREENED = 48
"""Sequences of each setting."""

Padded = tuple[Int[np.ndarray, "sequence place"], Bool[np.ndarray, "sequence place"]]
"""Places of each sequence, filled up with 0, and which of them are there."""


@dataclass(frozen=True, eq=False)
class Sample:
    """The edits of one setting."""

    setting: Setting
    edits: tuple[Edit, ...]

    @cached_property
    def sides(self) -> tuple[tuple[Ids, ...], tuple[Ids, ...]]:
        """All S, and all R."""
        return tuple(edit.S for edit in self.edits), tuple(edit.R for edit in self.edits)

    def where(self, places: Places) -> tuple[Padded, Padded, Bool[np.ndarray, " sequence"]]:
        """Return the places of S and of R, and which edits have any."""
        found = [places.of(edit) for edit in self.edits]
        met = np.array([bool(right) for _, right in found])
        return _padded([left for left, _ in found]), _padded([right for _, right in found]), met


def drawn(settings: Sequence[Setting], *, seed: int, lexicon: Lexicon) -> tuple[Sample, ...]:
    """Return the sample of each setting.

    Raises:
        TextError: for natural text of a model that cannot read it.
    """
    with drawing_from(lexicon):
        starts = {
            over: [
                sample(SEQUENCES[over].strategy, seed=seed, name=f"screen {over} {i}")
                for i in range(SEQUENCES_SCREENED)
            ]
            for over in dict.fromkeys(setting.over for setting in settings)
        }
        return tuple(
            Sample(
                setting,
                tuple(
                    sample(
                        edits(TRANSFORMATIONS[setting.transformation], st.just(S)),
                        seed=seed,
                        name=f"screen {setting.transformation} {setting.over} {i}",
                    )
                    for i, S in enumerate(starts[setting.over])
                ),
            )
            for setting in settings
        )


def _padded(rows: Sequence[Sequence[int]]) -> Padded:
    """Rows filled up to one length.

    >>> _padded([[3], [1, 2]])[0].tolist()
    [[3, 0], [1, 2]]
    """
    width = max(1, *map(len, rows))
    filled = np.zeros((len(rows), width), dtype=np.int64)
    there = np.zeros((len(rows), width), dtype=bool)
    for i, row in enumerate(rows):
        filled[i, : len(row)] = row
        there[i, : len(row)] = True
    return filled, there
