"""Places: which places of the readings of S and of R, which was made of it, are compared.

Each is a function of the edit that gives places of S and places of R, as many of either where they are compared one by
one. It is called with the head in a chapter, and gives the two readings there:

    assert agree(*the_last_place(head, edit))

A triangle (qk) stands for its last row: the pairs of the last query with each key, and a place is a key's. One more
takes some lines:

    @places("the last place reads")
    def the_last_place(edit):
        return [len(edit.S) - 1], [len(edit.R) - 1]
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from hypothesis import assume

from harness.discovery.transformation import NOWHERE
from harness.laws.families import Edit

if TYPE_CHECKING:
    from harness.readings.reading import Reading
    from harness.trials.subject import Subject

Pair = tuple[Sequence[int], Sequence[int]]

Choose = Callable[[Edit], Pair]


@dataclass(frozen=True, repr=False)
class Places:
    """A choice of places.

    Attributes:
        name: as it is written in a chapter.
        within: whether both sides are places of R.
    """

    name: str
    choose: Choose
    within: bool

    def of(self, edit: Edit) -> Pair:
        """Return the places of S and of R; none where R is S, so that nothing could differ."""
        return self.choose(edit) if edit.R != edit.S else ((), ())

    def __call__(self, head: Subject, edit: Edit) -> tuple[Reading, Reading]:
        """The readings of S and of R there; an edit without such places does not meet the claim's precondition."""
        left, right = self.of(edit)
        assume(bool(right))
        after = _line(head(edit.R))
        before = after if self.within else _line(head(edit.S))
        return _at(before, left), _at(after, right)

    def __repr__(self) -> str:
        """The name, as it is written in a chapter."""
        return self.name


PLACES: dict[str, Places] = {}
"""All of them, by name."""


def places(*, within: bool = False) -> Callable[[Choose], Places]:
    """Take a choice of places into the grammar."""

    def take(choose: Choose) -> Places:
        PLACES[choose.__name__] = Places(choose.__name__, choose, within)
        return PLACES[choose.__name__]

    return take


def _line(reading: Reading) -> Reading:
    return reading.last if reading.triangle else reading


def _at(reading: Reading, chosen: Sequence[int]) -> Reading:
    where = list(chosen)
    return replace(
        reading,
        ids=tuple(reading.ids[place] for place in where),
        start=min(where),
        tokens=reading.tokens[where],
        runners_up=reading.runners_up[where],
        margins=reading.margins[where],
        near_ties=reading.near_ties[where],
        open=reading.open[where],
    )


def change(edit: Edit) -> int:
    """Return the first place at which R is not as S is.

    >>> change(Edit(S=(7, 8, 9), R=(7, 5, 9), origins=(0, 1, 2)))
    1
    """
    same = (i for i, (a, b) in enumerate(zip(edit.S, edit.R, strict=False)) if a != b)
    return next(same, min(len(edit.S), len(edit.R)))


@places()
def the_last_place(edit: Edit) -> Pair:
    """Return the last of each."""
    return [len(edit.S) - 1], [len(edit.R) - 1]


@places()
def the_last_two_places(edit: Edit) -> Pair:
    """Return the last two of each, where both have two."""
    n, m = len(edit.S), len(edit.R)
    return ([n - 2, n - 1], [m - 2, m - 1]) if m > 1 else ([], [])


@places()
def the_first_place(edit: Edit) -> Pair:
    """Return the first of each."""
    return [0], [0]


@places()
def places_before_the_change(edit: Edit) -> Pair:
    """Return those up to which S and R are the same."""
    same = range(change(edit))
    return same, same


@places()
def places_after_the_change(edit: Edit) -> Pair:
    """Return those whose token came along unchanged, but not what stood before them; each with where it came from."""
    first = change(edit)
    found = [
        (origin, i)
        for i, origin in enumerate(edit.origins)
        if origin != NOWHERE and i >= first and edit.S[origin] == edit.R[i]
    ]
    return [origin for origin, _ in found], [i for _, i in found]


@places()
def exchanged_places(edit: Edit) -> Pair:
    """Return those whose token is another than where it came from."""
    found = [(origin, i) for i, origin in enumerate(edit.origins) if origin != NOWHERE and edit.S[origin] != edit.R[i]]
    return [origin for origin, _ in found], [i for _, i in found]


@places()
def place_for_place(edit: Edit) -> Pair:
    """Return all from the first on, as far as both go, from the change on."""
    shared = range(change(edit), min(len(edit.S), len(edit.R)))
    return shared, shared


@places()
def place_for_place_from_the_end(edit: Edit) -> Pair:
    """Return all from the last back, as far as both go; of two sequences of one length nothing, since they are the
    others.
    """
    n, m = len(edit.S), len(edit.R)
    back = range(min(n, m), 0, -1)
    return ([n - i for i in back], [m - i for i in back]) if n != m else ([], [])


@places()
def one_place_later(edit: Edit) -> Pair:
    """Return each place of R from the change on, with the one before it in S."""
    first = max(change(edit), 1)
    later = range(first, min(len(edit.S) + 1, len(edit.R)))
    return [i - 1 for i in later], later


@places()
def all_places(edit: Edit) -> Pair:
    """Return all of S and all of R, for what is compared as sets."""
    return range(len(edit.S)), range(len(edit.R))


@places(within=True)
def new_places_and_those_before(edit: Edit) -> Pair:
    """Return, in R, each new place, with the one before it."""
    new = [i for i, origin in enumerate(edit.origins) if origin == NOWHERE and i]
    return [i - 1 for i in new], new


@places(within=True)
def later_copies_and_first_ones(edit: Edit) -> Pair:
    """Return, in R, each place that holds a token that has stood in R before, with the first that did."""
    found = [(edit.R.index(token), i) for i, token in enumerate(edit.R) if edit.R.index(token) < i]
    return [first for first, _ in found], [i for _, i in found]


@places(within=True)
def the_last_place_and_the_one_before(edit: Edit) -> Pair:
    """Return, in R, the last place, with the one before it."""
    m = len(edit.R)
    return ([m - 2], [m - 1]) if m > 1 else ([], [])


@places(within=True)
def places_after_the_first(edit: Edit) -> Pair:
    """Return, in R, all but the first place, with the second."""
    later = range(2, len(edit.R))
    return [1] * len(later), later
