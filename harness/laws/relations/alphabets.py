"""Alphabets: which attention tokens are in a reading, and how many."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, TypedDict

import numpy as np

from harness.laws.agreement import Agreement, noted, taken_literally

if TYPE_CHECKING:
    from harness.readings.reading import Reading
    from harness.readings.vocabulary import Vocabulary


@dataclass(frozen=True)
class Alphabet:
    """The set of attention tokens in a reading, and which of them near-ties put in doubt.

    Comparisons (`<=`, `==`) count distinct tokens. `len` gives the number of certain ones.

    Attributes:
        read: every token that is read, near-ties at their word.
        sure: those read at an entry that is no near-tie.
        possible: those read, and the runners-up where two tokens tie.
        source: the reading.
        open: how many entries may be any token, for three or more tie there; each may stand for one token more.
    """

    read: frozenset[int]
    sure: frozenset[int]
    possible: frozenset[int]
    source: Reading | None = field(default=None, compare=False, repr=False)
    open: int = 0

    def __len__(self) -> int:
        return len(self.read if taken_literally() else self.sure)

    def __contains__(self, token: int) -> bool:
        return token in self.read if taken_literally() else self.open > 0 or token in self.possible

    def __le__(self, other: Alphabet | Vocabulary) -> Agreement:
        lacking, missing = self.read - other.read, self._lacks(other)
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
        missing, extra = self._lacks(other), other._lacks(self)
        union, lacking = len(self.read | other.read), len(self.read ^ other.read)
        certain = len(missing) + len(extra)
        shown = _shown(self, other, missing) if missing else _shown(other, self, extra)
        return noted(Agreement(agreeing=union - lacking, near_ties=lacking - certain, compared=union, **shown))

    __hash__ = None  # type: ignore[assignment]  # equality is charitable, so no hash fits it

    def __or__(self, other: Alphabet) -> Alphabet:
        return Alphabet(
            self.read | other.read, self.sure | other.sure, self.possible | other.possible, open=self.open + other.open
        )

    def __sub__(self, other: Alphabet) -> Alphabet:
        """The tokens of this one that the other has not: for certain, as read, and possibly.

        None is so for certain where the other has an open entry, which may be any of them.
        """
        sure = frozenset[int]() if other.open else self.sure - other.possible
        return Alphabet(self.read - other.read, sure, self.possible - other.sure, open=self.open)

    def _lacks(self, other: Alphabet | Vocabulary) -> frozenset[int]:
        """Tokens here that the other lacks for certain.

        Each open entry of the other may be any one of them, so that as many are left out, the least safe first.
        """
        missing = self.sure - other.possible
        if not other.open or not missing:
            return missing
        return frozenset(sorted(missing, key=self._safest)[other.open :])

    def _safest(self, token: int) -> tuple[float, int]:
        return (0.0 if self.source is None else _safety(self.source, (token,)), token)


def alphabet(reading: Reading) -> Alphabet:
    """Return the attention tokens in a reading.

    >>> from harness.readings.reading import line
    >>> bool(alphabet(line([3, 1, 3])) <= alphabet(line([1, 2, 3])))
    True
    >>> (alphabet(line([3, 1, 4])) <= alphabet(line([1, 3]))).share
    0.6666666666666666
    """
    read = frozenset(reading.tokens.tolist())
    sure = frozenset(reading.tokens[~reading.near_ties].tolist())
    possible = read.union(reading.runners_up[reading.near_ties & ~reading.open].tolist())
    return Alphabet(read, sure, possible, reading, open=int(reading.open.sum()))


def same_alphabet(left: Reading, right: Reading) -> Agreement:
    """Check that two readings have the same attention tokens.

    >>> from harness.readings.reading import line
    >>> bool(same_alphabet(line([3, 1, 3]), line([1, 3])))
    True
    """
    return alphabet(left) == alphabet(right)


def brings_no_new_token(before: Reading, after: Reading) -> Agreement:
    """Check that the later reading has only attention tokens of the earlier one.

    >>> from harness.readings.reading import line
    >>> bool(brings_no_new_token(line([3, 1]), line([1]))), brings_no_new_token(line([1]), line([3, 1])).share
    (True, 0.5)
    """
    return alphabet(after) <= alphabet(before)


def loses_no_token(before: Reading, after: Reading) -> Agreement:
    """Check that the later reading has every attention token that the earlier one has.

    >>> from harness.readings.reading import line
    >>> bool(loses_no_token(line([1]), line([3, 1]))), loses_no_token(line([3, 1]), line([1])).share
    (True, 0.5)
    """
    return alphabet(before) <= alphabet(after)


def brings_at_most(before: Reading, after: Reading, number: int) -> Agreement:
    """Check that the later reading has at most a given number of new attention tokens.

    The agreement is the share of its distinct tokens within the limit. The first difference is the first token beyond
    it.

    >>> from harness.readings.reading import line
    >>> bool(brings_at_most(line([1, 2]), line([1, 2, 3]), 1))
    True
    >>> brings_at_most(line([1]), line([1, 2, 3]), 1).first_difference
    (2,)
    """
    earlier, later = alphabet(before), alphabet(after)
    new = replace(later - earlier, sure=later.sure - earlier.possible)
    return _at_most(after, new, limit=number, possible=number + earlier.open, sides=(after, before))


def needs_at_most(reading: Reading, number: int) -> Agreement:
    """Check that the reading has at most a given number of attention tokens. The agreement is the share of its tokens
    within the limit.

    >>> from harness.readings.reading import line
    >>> bool(needs_at_most(line([4, 5, 4]), 2))
    True
    >>> needs_at_most(line([4, 5, 6]), 2).first_difference
    (2,)
    """
    return _at_most(reading, alphabet(reading), limit=number, possible=number, sides=(reading,))


def needs_no_more_than(left: Reading, right: Reading) -> Agreement:
    """Check that the first reading has no more attention tokens than the second, whichever they are.

    >>> from harness.readings.reading import line
    >>> bool(needs_no_more_than(line([4, 5, 4]), line([6, 7, 8])))
    True
    >>> needs_no_more_than(line([4, 5]), line([6, 6])).share
    0.5
    """
    other = alphabet(right)
    return _at_most(
        left, alphabet(left), limit=len(other.read), possible=len(other.possible) + other.open, sides=(left, right)
    )


def _at_most(
    reading: Reading, counted: Alphabet, *, limit: int, possible: int, sides: tuple[Reading, ...]
) -> Agreement:
    """At most `limit` of the counted tokens are in the reading; for certain too many are only those over `possible`."""
    excess, certain = max(0, len(counted.read) - limit), max(0, len(counted.sure) - possible)
    safe = ~reading.near_ties
    first = {token: int(np.flatnonzero((reading.tokens == token) & safe)[0]) for token in counted.sure}
    late = sorted(first, key=lambda token: first[token])[possible:]
    read = len(set(reading.tokens.tolist()))
    return noted(
        Agreement(
            agreeing=read - max(excess, certain),
            near_ties=max(0, excess - certain),
            compared=read,
            first_difference=reading.place(first[late[0]]) if late else None,
            margin=_safety(reading, late) if late else None,
            sides=sides,
        )
    )


def _safety(reading: Reading, tokens: Iterable[int]) -> float:
    """A token stands for as long as one entry holds it, so its safety is that of its safest entry."""
    safe = ~reading.near_ties
    return min(float(reading.margins[safe & (reading.tokens == token)].max()) for token in tokens)


def share_a_token(left: Reading, right: Reading) -> Agreement:
    """Check that two readings have an attention token in common. The agreement is the share of the smaller alphabet
    that is in the other.

    >>> from harness.readings.reading import line
    >>> bool(share_a_token(line([1, 2]), line([2, 3]))), bool(share_a_token(line([1]), line([2])))
    (True, False)
    """
    return _shared(left, right, least=1)


def share_at_most(left: Reading, right: Reading, number: int) -> Agreement:
    """Check that two readings have at most a given number of attention tokens in common. The agreement is the share
    of the common tokens within the limit.

    >>> from harness.readings.reading import line
    >>> bool(share_at_most(line([1, 2, 3]), line([1, 2]), 2)), bool(share_at_most(line([1, 2]), line([1, 2]), 1))
    (True, False)
    """
    return _shared(left, right, most=number)


def _shared(left: Reading, right: Reading, *, least: int = 0, most: int | None = None) -> Agreement:
    ours, theirs = alphabet(left), alphabet(right)
    certain, read, possible = ours.sure & theirs.sure, ours.read & theirs.read, ours.possible & theirs.possible
    holds = least <= len(read) and (most is None or len(read) <= most)
    open = bool((ours.open and theirs.possible) or (theirs.open and ours.possible))
    may_hold = (least <= len(possible) or open) and (most is None or len(certain) <= most)
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


def _shown(left: Alphabet, right: Alphabet | Vocabulary, missing: frozenset[int]) -> _Shown:
    """Where the left reading first has a token that the right one lacks, and how safe those tokens are."""
    sides = tuple(side.source for side in (left, right) if isinstance(side, Alphabet) and side.source is not None)
    if left.source is None or not missing:
        return _Shown(first_difference=None, margin=None, sides=sides)
    reading = left.source
    lacking = np.isin(reading.tokens, list(missing)) & ~reading.near_ties
    where = np.flatnonzero(lacking)
    return _Shown(first_difference=reading.place(int(where[0])), margin=_safety(reading, missing), sides=sides)
