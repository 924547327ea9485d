"""Batches: which sequences go through the model together.

Sequences of several lengths may share a run: what a causal model makes of a position does not depend on what stands
behind it, so the shorter ones are filled up at their end, and what the filling comes to is thrown away. A run costs
something whatever is in it, since all weights are fetched from memory; so few short runs are not worth a run each.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence

Ids = tuple[int, ...]

RUN = 20
"""What a run costs before there is anything in it, in positions: measured on two processors at 17 and 22."""


def batches(sequences: Sequence[Ids], *, most: int) -> list[list[Ids]]:
    """Sequences put together such that runs and filling cost least, in order of their lengths; ends by then.

    Args:
        most: positions of one batch, filling included; a sequence longer than that is a batch by itself.

    >>> batches([(1,), (2, 3)], most=100)
    [[(1,), (2, 3)]]
    >>> [[len(ids) for ids in batch] for batch in batches([(1,) * 50, *[(2,)] * 3], most=100)]
    [[1, 1, 1], [50]]
    """
    by_length: defaultdict[int, list[Ids]] = defaultdict(list)
    for ids in sequences:
        by_length[len(ids)].append(ids)
    lengths = sorted(by_length)
    cheapest = [(0, 0)]  # for the first so many lengths: the cost, and where the last batch of them begins
    for stop, length in enumerate(lengths, start=1):
        costs, together = [], 0
        for start in range(stop - 1, -1, -1):
            together += len(by_length[lengths[start]])
            costs.append((cheapest[start][0] + RUN + together * (length + 1), start))
        cheapest.append(min(costs))
    ends = [len(lengths)]
    while ends[-1]:
        ends.append(cheapest[ends[-1]][1])
    made = []
    for start, stop in zip(ends[1:], ends, strict=False):
        group = [ids for length in lengths[start:stop] for ids in by_length[length]]
        step = max(1, most // (lengths[stop - 1] + 1))
        made += [group[first : first + step] for first in range(0, len(group), step)]
    return made[::-1]


def filled(batch: Sequence[Ids]) -> list[Ids]:
    """All as long as the longest: a shorter one's last id, repeated."""
    longest = max(map(len, batch))
    return [(*ids, *ids[-1:] * (longest - len(ids))) for ids in batch]
