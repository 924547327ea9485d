"""Transformation: something that can be done to a sequence, as pieces that say where they come from.

A piece is a token and the place of S that it stands for, or no place. Alignment then comes of itself: a place whose
token came along unchanged can be compared with where it came from. One more takes some lines:

    @transformation("the first token is appended once more", over=ANY)
    def appending_the_first_token(draw, S):
        return [*kept(S), copy(S, 0)]

The function's name is a phrase that the names of laws begin with, and its sentence goes into their docstrings.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from hypothesis import strategies as st

from harness.errors import ConjectureError
from harness.laws.families import Edit, Ids

NOWHERE = -1
"""The origin of a token that stands for no place of S."""

RANDOM, FEW, TEXT = "random", "few", "text"
"""What S may be: random tokens, a few tokens in any order, or natural text."""

ANY = (RANDOM, FEW, TEXT)


class Piece(NamedTuple):
    """A token of the new sequence, and the place of S that it stands for."""

    token: int
    origin: int = NOWHERE


Make = Callable[[st.DrawFn, Ids], Iterable[Piece]]
"""What a transformation does to a sequence; it may draw."""


@dataclass(frozen=True, repr=False)
class Transformation:
    """Something that can be done to a sequence of three tokens or more.

    Attributes:
        name: a phrase, as `reversing`.
        says: a sentence without its full stop, as "S is read from back to front".
        over: what S may be.
    """

    name: str
    says: str
    make: Make
    over: tuple[str, ...]

    def __repr__(self) -> str:
        """The name, as it is written in a chapter."""
        return self.name


TRANSFORMATIONS: dict[str, Transformation] = {}
"""All of them, by name."""


def transformation(says: str, *, over: Sequence[str] = (RANDOM,)) -> Callable[[Make], Transformation]:
    """Take a function into the grammar.

    Args:
        says: what is done to S, a sentence without its full stop.
        over: what S may be; random tokens where it is not given.

    Raises:
        ConjectureError: for a name that is taken, a sentence with its full stop, or unknown sequences.
    """

    def take(make: Make) -> Transformation:
        name = make.__name__
        if name in TRANSFORMATIONS:
            raise ConjectureError(f"{name}: there is a transformation of that name; give it another.")
        if not says or says.endswith(".") or not over or not set(over) <= set(ANY):
            raise ConjectureError(
                f"@transformation({says!r}, over={tuple(over)!r}): give a sentence without full stop, and over some "
                f"of {', '.join(ANY)}."
            )
        TRANSFORMATIONS[name] = Transformation(name, says, make, tuple(over))
        return TRANSFORMATIONS[name]

    return take


@st.composite
def edits(draw: st.DrawFn, transformation: Transformation, S: st.SearchStrategy[Ids]) -> Edit:
    """Return a sequence, and what a transformation makes of it.

    Sampled: S as its family says, and whatever the transformation draws uniformly. Shrinks as S does.
    """
    drawn = draw(S)
    pieces = list(transformation.make(draw, drawn))
    return Edit(drawn, tuple(piece.token for piece in pieces), tuple(piece.origin for piece in pieces))


def kept(S: Ids, start: int = 0, stop: int | None = None) -> list[Piece]:
    """Return the tokens of a stretch of S, as they are.

    >>> kept((7, 8, 9), 1)
    [Piece(token=8, origin=1), Piece(token=9, origin=2)]
    """
    return [Piece(S[i], i) for i in range(*slice(start, stop).indices(len(S)))]


def moved(S: Ids, places: Iterable[int]) -> list[Piece]:
    """Return the tokens of some places of S, in this order.

    >>> moved((7, 8, 9), (2, 0))
    [Piece(token=9, origin=2), Piece(token=7, origin=0)]
    """
    return [Piece(S[i], i) for i in places]


def copy(S: Ids, place: int) -> Piece:
    """Return the token of a place of S once more, which stands for no place."""
    return Piece(S[place % len(S)])
