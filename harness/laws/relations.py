"""Relations between readings: the words in which conjectures are stated. Pure functions, smallest case first.

Where an entry is a near-tie its token is uncertain between the first and the second; every relation here gives such
an entry the benefit of the doubt and tallies it (see `agreement`).
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, TypedDict

import numpy as np

from harness.laws.agreement import Agreement, noted, taken_literally

if TYPE_CHECKING:
    from harness.readings.reading import Reading


def agree(left: Reading, right: Reading) -> Agreement:
    """The two read the same token at every entry. Entries that only one of them has count as differences.

    >>> from harness.readings.reading import line
    >>> agree(line([3, 1]), line([3, 2])).first_difference
    (1,)
    >>> bool(agree(line([3, 1]), line([3, 2], near_ties=(1,))))
    True
    """
    shared = min(len(left.tokens), len(right.tokens))
    total = max(len(left.tokens), len(right.tokens))
    longer = left if len(left.tokens) >= len(right.tokens) else right
    different = left.tokens[:shared] != right.tokens[:shared]
    unsure = left.near_ties[:shared] | right.near_ties[:shared]
    certain = different & ~unsure
    where = np.flatnonzero(certain)
    first = int(where[0]) if where.size else (shared if shared < total else None)
    margins = np.minimum(left.margins[:shared], right.margins[:shared])[where]
    return noted(
        Agreement(
            agreeing=int(shared - different.sum()),
            near_ties=int((different & unsure).sum()),
            compared=total,
            first_difference=None if first is None else longer.place(first),
            margin=float(margins.min()) if margins.size else None,
            sides=(left, right),
        )
    )


def is_prefix(left: Reading, right: Reading) -> Agreement:
    """The first reading is how the second begins.

    >>> from harness.readings.reading import triangle
    >>> bool(is_prefix(triangle([[7]]), triangle([[7], [8, 9]])))
    True
    """
    return agree(left, right[: len(left)])


def ends_alike(left: Reading, right: Reading) -> Agreement:
    """The last positions read the same; of triangles, the last rows, over the keys that both have from the first on.

    >>> from harness.readings.reading import line, triangle
    >>> bool(ends_alike(line([1, 2]), line([3, 4, 2])))
    True
    >>> bool(ends_alike(triangle([[7]]), triangle([[8], [7, 9]])))
    True
    """
    shared = min(len(left.last.tokens), len(right.last.tokens))
    return agree(left.last[:shared], right.last[:shared])


def constant(reading: Reading) -> Agreement:
    """Every entry reads the same token; the share is that of the commonest one.

    >>> from harness.readings.reading import line
    >>> constant(line([5, 5, 6, 5])).share
    0.75
    """
    sure = reading.tokens[~reading.near_ties]
    if not reading.tokens.size:
        return noted(Agreement(agreeing=0, near_ties=0, compared=0, sides=(reading,)))
    commonest = Counter((sure if sure.size else reading.tokens).tolist()).most_common(1)[0][0]
    different = reading.tokens != commonest
    where = np.flatnonzero(different & ~reading.near_ties)
    return noted(
        Agreement(
            agreeing=int((~different).sum()),
            near_ties=int((different & reading.near_ties).sum()),
            compared=len(reading.tokens),
            first_difference=reading.place(int(where[0])) if where.size else None,
            margin=float(reading.margins[where].min()) if where.size else None,
            sides=(reading,),
        )
    )


def periodic(reading: Reading, period: int) -> Agreement:
    """Every entry reads as the one a period later does; in a triangle, query and key both move by a period.

    >>> from harness.readings.reading import line
    >>> bool(periodic(line([1, 2, 1, 2, 1]), 2))
    True
    """
    return agree(reading[:-period], reading[period:])


def period(reading: Reading) -> int:
    """The smallest period of the reading; its length where it has none.

    >>> from harness.readings.reading import line
    >>> period(line([1, 2, 1, 2, 1]))
    2
    """
    for candidate in range(1, len(reading)):
        head, tail = reading[:-candidate], reading[candidate:]
        doubtful = (head.near_ties | tail.near_ties) & (not taken_literally())
        if not ((head.tokens != tail.tokens) & ~doubtful).any():
            return candidate
    return len(reading)


@dataclass(frozen=True)
class Alphabet:
    """The set of attention tokens in a reading, as they are read, and how far near-ties put that in doubt.

    Comparisons (`<=`, `==`) count distinct tokens. `len` gives the number of certain ones.

    Attributes:
        read: every token that is read, near-ties at their word.
        sure: those read at an entry that is no near-tie.
        possible: those read, and the runners-up of near-ties.
        source: the reading.
    """

    read: frozenset[int]
    sure: frozenset[int]
    possible: frozenset[int]
    source: Reading | None = field(default=None, compare=False, repr=False)

    def __len__(self) -> int:
        return len(self.read if taken_literally() else self.sure)

    def __contains__(self, token: int) -> bool:
        return token in (self.read if taken_literally() else self.possible)

    def __le__(self, other: Alphabet) -> Agreement:
        lacking, missing = self.read - other.read, self.sure - other.possible
        return noted(
            Agreement(
                agreeing=len(self.read) - len(lacking),
                near_ties=len(lacking) - len(missing),
                compared=len(self.read),
                **_shown(self, other, missing),
            )
        )

    def __eq__(self, other: object) -> Agreement:  # type: ignore[override]  # as truthy as a bool, and says how much
        if not isinstance(other, Alphabet):
            return NotImplemented
        missing, extra = self.sure - other.possible, other.sure - self.possible
        union, lacking = len(self.read | other.read), len(self.read ^ other.read)
        certain = len(missing) + len(extra)
        shown = _shown(self, other, missing) if missing else _shown(other, self, extra)
        return noted(Agreement(agreeing=union - lacking, near_ties=lacking - certain, compared=union, **shown))

    __hash__ = None  # type: ignore[assignment]  # equality is charitable, so no hash fits it

    def __or__(self, other: Alphabet) -> Alphabet:
        return Alphabet(self.read | other.read, self.sure | other.sure, self.possible | other.possible)

    def __sub__(self, other: Alphabet) -> Alphabet:
        """The tokens of this one that the other has not: for certain, as read, and possibly."""
        return Alphabet(self.read - other.read, self.sure - other.possible, self.possible - other.sure)


def alphabet(reading: Reading) -> Alphabet:
    """The attention tokens in a reading.

    >>> from harness.readings.reading import line
    >>> bool(alphabet(line([3, 1, 3])) <= alphabet(line([1, 2, 3])))
    True
    >>> (alphabet(line([3, 1, 4])) <= alphabet(line([1, 3]))).share
    0.6666666666666666
    """
    read = frozenset(reading.tokens.tolist())
    sure = frozenset(reading.tokens[~reading.near_ties].tolist())
    return Alphabet(read, sure, read.union(reading.runners_up[reading.near_ties].tolist()), reading)


def brings_at_most(before: Reading, after: Reading, number: int) -> Agreement:
    """The later reading has at most so many attention tokens that the earlier one has not.

    The share is that of the later one's distinct tokens that are not too many; the first difference is where one too
    many appears.

    >>> from harness.readings.reading import line
    >>> bool(brings_at_most(line([1, 2]), line([1, 2, 3]), 1))
    True
    >>> brings_at_most(line([1]), line([1, 2, 3]), 1).first_difference
    (2,)
    """
    now, new = alphabet(after), alphabet(after) - alphabet(before)
    excess, certain = max(0, len(new.read) - number), max(0, len(new.sure) - number)
    first = {token: int(np.flatnonzero(after.tokens == token)[0]) for token in new.sure}
    late = frozenset(sorted(first, key=lambda token: first[token])[number:])
    return noted(
        Agreement(
            agreeing=len(now.read) - max(excess, certain),
            near_ties=max(0, excess - certain),
            compared=len(now.read),
            **_shown(now, alphabet(before), late),
        )
    )


def share_a_token(left: Reading, right: Reading) -> Agreement:
    """Some attention token is in both readings. The share is that of the smaller alphabet that is in the other.

    >>> from harness.readings.reading import line
    >>> bool(share_a_token(line([1, 2]), line([2, 3]))), bool(share_a_token(line([1]), line([2])))
    (True, False)
    """
    return _shared(left, right, least=1)


def share_at_most(left: Reading, right: Reading, number: int) -> Agreement:
    """No more than so many attention tokens are in both readings. The share is that of the common ones allowed.

    >>> from harness.readings.reading import line
    >>> bool(share_at_most(line([1, 2, 3]), line([1, 2]), 2)), bool(share_at_most(line([1, 2]), line([1, 2]), 1))
    (True, False)
    """
    return _shared(left, right, most=number)


def _shared(left: Reading, right: Reading, *, least: int = 0, most: int | None = None) -> Agreement:
    ours, theirs = alphabet(left), alphabet(right)
    certain, read, possible = ours.sure & theirs.sure, ours.read & theirs.read, ours.possible & theirs.possible
    holds = least <= len(read) and (most is None or len(read) <= most)
    may_hold = least <= len(possible) and (most is None or len(certain) <= most)
    smaller = max(1, min(len(ours.read), len(theirs.read)))
    return noted(
        Agreement(
            agreeing=int(holds),
            near_ties=int(may_hold and not holds),
            compared=1,
            sides=(left, right),
            measured=len(read) / smaller if most is None else min(1.0, most / max(1, len(read))),
        )
    )


class _Shown(TypedDict):
    first_difference: tuple[int, ...] | None
    margin: float | None
    sides: tuple[Reading, ...]


def _shown(left: Alphabet, right: Alphabet, missing: frozenset[int]) -> _Shown:
    """Where the left reading first has a token that the right one lacks, and how safe those tokens are."""
    sides = tuple(side.source for side in (left, right) if side.source is not None)
    if left.source is None or not missing:
        return _Shown(first_difference=None, margin=None, sides=sides)
    reading = left.source
    lacking = np.isin(reading.tokens, list(missing)) & ~reading.near_ties
    where = np.flatnonzero(lacking)
    # A token stands for as long as one entry holds it, so its safety is that of its safest entry.
    safest = min(float(reading.margins[lacking & (reading.tokens == token)].max()) for token in missing)
    return _Shown(first_difference=reading.place(int(where[0])), margin=safest, sides=sides)


@dataclass(frozen=True, eq=False)
class Pattern:
    """A reading with each token replaced by the order of its first appearance."""

    reading: Reading

    @property
    def order(self) -> tuple[int, ...]:
        """The orders, entry by entry."""
        return tuple(_orders(self.reading.tokens).tolist())

    def __eq__(self, other: object) -> Agreement:  # type: ignore[override]
        if not isinstance(other, Pattern):
            return NotImplemented
        left, right = self.reading, other.reading
        shared, total = sorted((len(left.tokens), len(right.tokens)))
        unsure = left.near_ties[:shared] | right.near_ties[:shared]
        alike = _orders(left.tokens[:shared]) == _orders(right.tokens[:shared])
        same = _orders(left.tokens[:shared][~unsure]) == _orders(right.tokens[:shared][~unsure])
        where = np.flatnonzero(~unsure)[~same]
        alike[where] = False
        longer = left if len(left.tokens) == total else right
        first = int(where[0]) if where.size else (shared if shared < total else None)
        return noted(
            Agreement(
                agreeing=int(alike.sum()),
                near_ties=int(shared - alike.sum() - len(where)),
                compared=total,
                first_difference=None if first is None else longer.place(first),
                sides=(left, right),
            )
        )

    __hash__ = None  # type: ignore[assignment]


def pattern(reading: Reading) -> Pattern:
    """The pattern of a reading: 0 for the first token, 1 for the next new one, and so on.

    >>> from harness.readings.reading import line
    >>> pattern(line([7, 9, 7])).order
    (0, 1, 0)
    >>> bool(pattern(line([7, 9, 7])) == pattern(line([4, 2, 4])))
    True
    """
    return Pattern(reading)


def _orders(tokens: np.ndarray) -> np.ndarray:
    _, first, inverse = np.unique(tokens, return_index=True, return_inverse=True)
    return np.argsort(np.argsort(first))[inverse]
