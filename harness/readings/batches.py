"""Batches: which sequences go through the model together.

Sequences of several lengths may share a run: what a causal model makes of a position does not depend on what stands
behind it, so the shorter ones are filled up at their end, and what the filling comes to is thrown away. How far one is
filled depends on its own length alone, never on its company: the number of keys decides in which order their values are
added up, and a reading must have the same bits whatever is read beside it. A sequence that another one begins with is
read from that one's run, where both are filled to one length: what stands behind it there is a filling like any other.
Some models look at how long the whole sequence is (`Shape.by_length`): theirs are not filled, and share a run with
others of the same length alone.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from itertools import takewhile
from operator import eq

Ids = tuple[int, ...]

WIDE = 2
"""So many positions a batch may have for each one that is computed."""

STEP = 8
"""Lengths are filled up to a multiple of this, where nothing depends on the length of the whole sequence."""


def batches(sequences: Sequence[Ids], *, most: int, room: int, step: int = STEP, once: bool = False) -> list[list[Ids]]:
    """Group sequences that are filled to one length, the short ones first.

    Args:
        most: positions of one batch, filling and BOS included; a sequence longer than that is a batch by itself.
        room: positions that the model reads, without BOS: nothing is filled beyond.
        step: lengths are filled up to a multiple of this; 1 fills nothing.
        once: whether equal beginnings are computed once and filling never: then only what is computed counts, up to
            `WIDE` times as many positions, and sequences that begin alike go together.

    >>> batches([(1,), (2, 3), (4,) * 9], most=100, room=50)
    [[(1,), (2, 3)], [(4, 4, 4, 4, 4, 4, 4, 4, 4)]]
    >>> batches([(1,), (2, 3)], most=9, room=50)
    [[(1,)], [(2, 3)]]
    >>> batches([(1,), (2, 3), (1, 4), (2, 4)], most=5, room=50, step=2, once=True)
    [[(1,), (1, 4), (2, 3)], [(2, 4)]]
    """
    by_length: defaultdict[int, list[Ids]] = defaultdict(list)
    for ids in sequences:
        by_length[length_of(ids, room=room, step=step)].append(ids)
    made: list[list[Ids]] = []
    for length, group in sorted(by_length.items()):
        together = max(1, most * (WIDE if once else 1) // (length + 1))
        if once:
            made += _computed_together(sorted(group), most, together)
        else:
            made += [group[first : first + together] for first in range(0, len(group), together)]
    return made


def _computed_together(group: Sequence[Ids], most: int, together: int) -> list[list[Ids]]:
    """Cut a sorted list where what is to be computed of it, BOS included, would be more than `most`."""
    made: list[list[Ids]] = []
    rows = 0
    for ids in group:
        before = made[-1][-1] if made else ()
        more = len(ids) - sum(takewhile(bool, map(eq, before, ids)))
        if not made or rows + more > most or len(made[-1]) == together:
            made.append([])
            rows, more = 1, len(ids)
        made[-1].append(ids)
        rows += more
    return made


def beginnings(sequences: Sequence[Ids], *, room: int, step: int = STEP) -> dict[Ids, list[Ids]]:
    """Return the sequences that must be run, each with those that are read from its run.

    >>> beginnings([(5,), (5, 6), (7,), (5,) * 9], room=50)
    {(5, 6): [(5,)], (7,): [], (5, 5, 5, 5, 5, 5, 5, 5, 5): []}
    """
    waiting = set(sequences)
    begun: dict[Ids, Ids] = {}
    for ids in sorted(sequences, key=len, reverse=True):
        length = length_of(ids, room=room, step=step)
        for end in range(len(ids) - 1, 0, -1):
            if length_of(ids[:end], room=room, step=step) != length:
                break
            if ids[:end] in waiting:
                begun.setdefault(ids[:end], begun.get(ids, ids))
    within: dict[Ids, list[Ids]] = {ids: [] for ids in sequences if ids not in begun}
    for ids in sequences:
        if ids in begun:
            within[begun[ids]].append(ids)
    return within


def length_of(ids: Ids, *, room: int, step: int = STEP) -> int:
    """Return how long a sequence is when it is filled.

    >>> length_of((1,) * 9, room=50), length_of((1,) * 9, room=12)
    (16, 12)
    """
    return max(len(ids), min(room, -(-len(ids) // step) * step))


def filled(ids: Ids, *, room: int, step: int = STEP) -> Ids:
    """Return the sequence, its last id repeated.

    >>> filled((5, 6), room=4)
    (5, 6, 6, 6)
    """
    return (*ids, *ids[-1:] * (length_of(ids, room=room, step=step) - len(ids)))
