"""Batches: which sequences go through the model together.

Sequences of several lengths may share a run: what a causal model makes of a position does not depend on what stands
behind it, so the shorter ones are filled up at their end, and what the filling comes to is thrown away. How far one is
filled depends on its own length alone, never on its company: the number of keys decides in which order their values are
added up, and a reading must have the same bits whatever is read beside it. A sequence that another one begins with is
read from that one's run, where both are filled to one length: what stands behind it there is a filling like any other.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence

Ids = tuple[int, ...]

STEP = 8
"""Lengths are filled up to a multiple of this."""


def batches(sequences: Sequence[Ids], *, most: int, room: int) -> list[list[Ids]]:
    """Sequences that are filled to one length, together, the short ones first.

    Args:
        most: positions of one batch, filling and BOS included; a sequence longer than that is a batch by itself.
        room: positions that the model reads, without BOS: nothing is filled beyond.

    >>> batches([(1,), (2, 3), (4,) * 9], most=100, room=50)
    [[(1,), (2, 3)], [(4, 4, 4, 4, 4, 4, 4, 4, 4)]]
    >>> batches([(1,), (2, 3)], most=9, room=50)
    [[(1,)], [(2, 3)]]
    """
    by_length: defaultdict[int, list[Ids]] = defaultdict(list)
    for ids in sequences:
        by_length[length_of(ids, room=room)].append(ids)
    made = []
    for length, group in sorted(by_length.items()):
        step = max(1, most // (length + 1))
        made += [group[first : first + step] for first in range(0, len(group), step)]
    return made


def beginnings(sequences: Sequence[Ids], *, room: int) -> dict[Ids, list[Ids]]:
    """The sequences that must be run, each with those that are read from its run.

    >>> beginnings([(5,), (5, 6), (7,), (5,) * 9], room=50)
    {(5, 6): [(5,)], (7,): [], (5, 5, 5, 5, 5, 5, 5, 5, 5): []}
    """
    waiting = set(sequences)
    begun: dict[Ids, Ids] = {}
    for ids in sorted(sequences, key=len, reverse=True):
        length = length_of(ids, room=room)
        for end in range(len(ids) - 1, 0, -1):
            if length_of(ids[:end], room=room) != length:
                break
            if ids[:end] in waiting:
                begun.setdefault(ids[:end], begun.get(ids, ids))
    within: dict[Ids, list[Ids]] = {ids: [] for ids in sequences if ids not in begun}
    for ids in sequences:
        if ids in begun:
            within[begun[ids]].append(ids)
    return within


def length_of(ids: Ids, *, room: int) -> int:
    """How long a sequence is when it is filled.

    >>> length_of((1,) * 9, room=50), length_of((1,) * 9, room=12)
    (16, 12)
    """
    return max(len(ids), min(room, -(-len(ids) // STEP) * STEP))


def filled(ids: Ids, *, room: int) -> Ids:
    """The sequence, its last id repeated.

    >>> filled((5, 6), room=4)
    (5, 6, 6, 6)
    """
    return (*ids, *ids[-1:] * (length_of(ids, room=room) - len(ids)))
