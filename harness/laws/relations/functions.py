"""Functions: is a reading determined by something else?

Entries that agree in what is to settle them are a group, and ought to read one token. The share is that of the
entries that read the commonest token of their group.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Hashable, Sequence
from typing import TYPE_CHECKING

import numpy as np

from harness.laws.agreement import Agreement, noted

if TYPE_CHECKING:
    from harness.readings.reading import Reading


def reads_equal_tokens_alike(reading: Reading) -> Agreement:
    """Check that all copies of a token read alike; in a triangle, all pairs of the same two tokens.

    >>> from dataclasses import replace
    >>> from harness.readings.reading import line
    >>> bool(reads_equal_tokens_alike(replace(line([7, 9, 7]), ids=(1, 2, 1))))
    True
    >>> reads_equal_tokens_alike(replace(line([7, 9, 8]), ids=(1, 2, 1))).first_difference
    (2,)
    """
    places = [reading.place(entry) for entry in range(len(reading.tokens))]
    tokens = [tuple(reading.ids[i] for i in place) for place in places]
    return _settled(reading, tokens, np.zeros(len(tokens), dtype=bool), first=0)


def goes_on_from_the_last(reading: Reading) -> Agreement:
    """Check that each entry after the first is determined by its token and by the entry before. For lines only.

    >>> from dataclasses import replace
    >>> from harness.readings.reading import line
    >>> bool(goes_on_from_the_last(replace(line([7, 8, 7, 8]), ids=(1, 1, 1, 1))))
    True
    >>> goes_on_from_the_last(replace(line([7, 7, 7, 8]), ids=(1, 1, 1, 1))).first_difference
    (3,)
    """
    before = zip(reading.tokens[:-1].tolist(), reading.ids[1:], strict=True)
    return _settled(reading, list(before), reading.near_ties[:-1], first=1)


def settled_by(pairs: Reading, queries: Reading, keys: Reading) -> Agreement:
    """Check that the entry of a triangle at query i and key j is determined by the entries of two lines at i and j.

    >>> from harness.readings.reading import line, triangle
    >>> bool(settled_by(triangle([[5], [5, 6]]), line([1, 1]), line([2, 3])))
    True
    >>> bool(settled_by(triangle([[5], [6, 6]]), line([1, 1]), line([2, 3])))
    False
    """
    places = [pairs.place(entry) for entry in range(len(pairs.tokens))]
    both = [(int(queries.tokens[i]), int(keys.tokens[j])) for i, j in places]
    unsure = np.array([queries.near_ties[i] or keys.near_ties[j] for i, j in places], dtype=bool)
    return _settled(pairs, both, unsure, first=0)


def _settled(reading: Reading, by: Sequence[Hashable], unsure: np.ndarray, *, first: int) -> Agreement:
    """Compare the entries from `first` on; `by` has what is to settle each, `unsure` whether that is in doubt."""
    tokens = reading.tokens[first:].tolist()
    sure = ~(reading.near_ties[first:] | unsure)
    groups: defaultdict[Hashable, list[int]] = defaultdict(list)
    for entry, key in enumerate(by):
        groups[key].append(entry)
    different = np.zeros(len(tokens), dtype=bool)
    for group in groups.values():
        voting = [entry for entry in group if sure[entry]] or group
        commonest = Counter(tokens[entry] for entry in voting).most_common(1)[0][0]
        different[[entry for entry in group if tokens[entry] != commonest]] = True
    where = np.flatnonzero(different & sure)
    return noted(
        Agreement(
            agreeing=int((~different).sum()),
            near_ties=int((different & ~sure).sum()),
            compared=len(tokens),
            first_difference=reading.place(int(where[0]) + first) if where.size else None,
            margin=float(reading.margins[first:][where].min()) if where.size else None,
            sides=(reading,),
        )
    )
