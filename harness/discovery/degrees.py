"""Degrees: how much each of many readers obeys each law of a setting, all at once with arrays.

Readers are heads, heads of null models, simple readers, or the surrogate, which deals out a head's own tokens: whatever
gives a token for each place of each sequence.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from jaxtyping import Bool, Float, Int

from harness.discovery.comparison import Mask
from harness.discovery.law import Law, laws
from harness.discovery.places import Places
from harness.discovery.samples import Padded, Sample
from harness.discovery.simple_readers import ALL, Eyes, SimpleReader, mixed, tokens
from harness.laws.families import Ids

Tokens = Int[np.ndarray, "reader sequence place"]

LEAST_MET = 0.5
"""The share of a setting's edits that must have the places that a law compares; of fewer it says too little."""


@dataclass(frozen=True, eq=False)
class Readings:
    """What some readers read of the edits of a setting.

    Attributes:
        S, R: their tokens, one a place (of the last row of pairs, a place is a key's), filled up with -1.
    """

    S: Tokens
    R: Tokens


@dataclass(frozen=True, eq=False)
class Degrees:
    """How much each reader obeys a law.

    Attributes:
        of: one number a reader.
        met: on how many edits.
    """

    law: Law
    of: Float[np.ndarray, " reader"]
    met: int


def degrees(sample: Sample, readings: Readings, *, pairs: bool, first: int | None = None) -> Iterator[Degrees]:
    """Give the degree of each law of a setting that has something to compare.

    Args:
        first: the readings are those of so many edits, the first ones; of all where it is not given.
    """
    sides: dict[Places, tuple[Tokens, Mask, Tokens, Mask, Bool[np.ndarray, " sequence"]]] = {}
    for law in laws(sample.setting):
        if law.pairs is not pairs:
            continue
        chosen = law.compared.places
        if chosen not in sides:
            sides[chosen] = _sides(sample, readings, chosen, first)
        before, theirs, after, ours, met = sides[chosen]
        if met.mean() >= LEAST_MET:
            shares = law.compared.comparison.on_arrays(before, theirs, after, ours)[:, met[:first]]
            yield Degrees(law, shares.mean(1), shares.shape[1])


def _sides(
    sample: Sample, readings: Readings, chosen: Places, first: int | None
) -> tuple[Tokens, Mask, Tokens, Mask, Bool[np.ndarray, " sequence"]]:
    """The tokens at the places of S and of R, and which edits have any."""
    (left, theirs), (right, ours), met = _where(sample, chosen)
    source = readings.R if chosen.within else readings.S
    return _taken(source, left[:first]), theirs[:first], _taken(readings.R, right[:first]), ours[:first], met


@lru_cache(maxsize=1 << 12)
def _where(sample: Sample, places: Places) -> tuple[Padded, Padded, Bool[np.ndarray, " sequence"]]:
    return sample.where(places)


def _taken(found: Tokens, chosen: Int[np.ndarray, "sequence place"]) -> Tokens:
    return np.take_along_axis(found, np.broadcast_to(chosen, (len(found), *chosen.shape)), axis=2)


def padded(rows: Sequence[Sequence[np.ndarray]]) -> Tokens:
    """Return tokens of each reader and sequence, filled up with -1."""
    width = max(len(row) for one in rows for row in one)
    filled = np.full((len(rows), len(rows[0]), width), -1, dtype=np.int64)
    for i, one in enumerate(rows):
        for j, row in enumerate(one):
            filled[i, j, : len(row)] = row
    return filled


def by_rule(sample: Sample, readers: Sequence[SimpleReader], eyes: Eyes, *, pairs: bool) -> Readings:
    """Return what simple readers read of a setting's edits."""
    told = eyes.last_row if pairs else eyes.line

    def read(sequences: Sequence[Ids]) -> Tokens:
        facts = [told(ids) for ids in sequences]
        ends = np.cumsum([len(one[ALL]) for one in facts])[:-1]
        whole = {fact: np.concatenate([one[fact] for one in facts]) for fact in facts[0]}
        return padded([np.split(tokens(reader, whole), ends) for reader in readers])

    return Readings(*map(read, sample.sides))


def dealt_out(sample: Sample, readings: Readings, eyes: Eyes, *, pairs: bool) -> Readings:
    """Return what the surrogate of each reader reads: its own tokens, each dealt out by a hash of all that stands
    before.

    As `harness.trials.surrogate`, with the tokens that it read of this setting.
    """
    told = eyes.last_row if pairs else eyes.line
    pools = [
        np.concatenate([side[reader][side[reader] >= 0] for side in (readings.S, readings.R)])
        for reader in range(len(readings.S))
    ]

    def deal(sequences: Sequence[Ids], like: Tokens) -> Tokens:
        made = np.full_like(like, -1)
        for i, ids in enumerate(sequences):
            hashes = mixed(told(ids)[ALL])
            for reader, pool in enumerate(pools):
                made[reader, i, : len(ids)] = pool[(hashes % np.uint64(len(pool))).astype(np.int64)]
        return made

    S, R = sample.sides
    return Readings(deal(S, readings.S), deal(R, readings.R))
