"""Growth: how many attention tokens a head needs as it reads on, and which are its commonest.

A head that compresses stops needing new ones, one that tracks its input needs one for each token that is new there,
and one whose pairs each say something else expands; which it is, `power` says, by the random sequences. Readings are
causal, so a sequence is read once and cut at every length.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from contextlib import suppress
from typing import Any

import numpy as np
from hypothesis.strategies import SearchStrategy

from harness.errors import HeadlawsError
from harness.graphs import growth_exponent
from harness.laws.families import drawing_from, periodics, repeats, words
from harness.laws.sampling import sample
from harness.readings.component_head import ComponentHead
from harness.readings.model import Model
from harness.readings.reading import Reading
from harness.records.address import Address
from harness.records.cell import Exhibit

LENGTH = 24
SEQUENCES = 12
"""Of each family."""
COMMONEST = 30
"""Attention tokens of the vocabulary that are named."""

FAMILIES: dict[str, SearchStrategy[tuple[int, ...]]] = {
    "words": words(min_length=LENGTH, max_length=LENGTH),
    "repeats": repeats(min_length=LENGTH, max_length=LENGTH),
    "periodic": periodics(min_period=4, max_period=4, min_periods=LENGTH // 4, max_periods=LENGTH // 4),
}


def growths(
    model: Model, addresses: Sequence[Address], *, parts: Sequence[str], projection: str, bos: bool, seed: int
) -> list[Exhibit]:
    """Return the growth of some components of some heads, ready to be kept."""
    with drawing_from(model.lexicon):
        drawn = {name: [sample(family, seed=seed + i) for i in range(SEQUENCES)] for name, family in FAMILIES.items()}
    made = []
    for address in addresses:
        for part in parts:
            with suppress(HeadlawsError):  # of a head that cannot be read nothing is shown; its cells say why
                head = model.component(address, part, projection=projection, bos=bos)
                made.append(Exhibit(str(address), "growth", part, growth(head, drawn)))
    return made


def growth(head: ComponentHead, drawn: dict[str, list[tuple[int, ...]]]) -> dict[str, Any]:
    """Return the mean size of the alphabet by length, a curve a family; class and vocabulary with counts by the first
    family.

    All sequences of a family have the same length.
    """
    curves, by_length = {}, None
    counts: Counter[int] = Counter()
    for name, sequences in drawn.items():
        readings = head.read(sequences)
        if not counts:
            counts.update(token for reading in readings for token in reading.tokens.tolist())
            read = np.array([reading.tokens for reading in readings])
            by_length = growth_exponent.growth(read, triangle=readings[0].triangle, inputs=np.array(sequences))
        sizes = [alphabet_sizes(reading) for reading in readings]
        curves[name] = [sum(column) / len(column) for column in zip(*sizes, strict=True)]
    commonest = sorted(counts.items(), key=lambda found: (-found[1], found[0]))[:COMMONEST]
    return {
        "sequences": len(next(iter(drawn.values()))),
        "curves": curves,
        "power": by_length and {name: getattr(by_length, name) for name in ("kind", "power", "low", "high")},
        "vocabulary": [[token, head.model.text([token])[0], count] for token, count in commonest],
        "distinct": len(counts),
        "readings": counts.total(),
    }


def alphabet_sizes(reading: Reading) -> list[int]:
    """Return how many attention tokens have been read after one position, after two, and so on.

    >>> from harness.readings.reading import line
    >>> alphabet_sizes(line([7, 8, 7, 9]))
    [1, 2, 2, 3]
    """
    sizes: list[int] = growth_exponent.distinct(reading.tokens, triangle=reading.triangle).tolist()
    return sizes
