"""Reordering: the tokens of S in another order."""

from hypothesis.strategies import DrawFn, integers, permutations

from harness.discovery.transformation import ANY, FEW, RANDOM, Piece, kept, moved, transformation
from harness.laws.families import Ids


@transformation("the last two tokens change places", over=ANY)
def swapping_the_last_two_tokens(draw: DrawFn, S: Ids) -> list[Piece]:
    """Return S with its last two tokens swapped."""
    n = len(S)
    return moved(S, (*range(n - 2), n - 1, n - 2))


@transformation("the first two tokens change places")
def swapping_the_first_two_tokens(draw: DrawFn, S: Ids) -> list[Piece]:
    """Return S with its first two tokens swapped."""
    return moved(S, (1, 0, *range(2, len(S))))


@transformation("two neighbours before the last token change places")
def swapping_two_neighbours(draw: DrawFn, S: Ids) -> list[Piece]:
    """Return S with two neighbours before its last token swapped."""
    i = draw(integers(0, len(S) - 3))
    return moved(S, (*range(i), i + 1, i, *range(i + 2, len(S))))


@transformation("the two tokens before the last change places", over=(RANDOM, FEW))
def swapping_the_two_before_the_last(draw: DrawFn, S: Ids) -> list[Piece]:
    """Return S with the two tokens before its last swapped."""
    n = len(S)
    return moved(S, (*range(n - 3), n - 2, n - 3, n - 1))


@transformation("the first token and the last change places")
def swapping_the_ends(draw: DrawFn, S: Ids) -> list[Piece]:
    """Return S with its ends swapped."""
    n = len(S)
    return moved(S, (n - 1, *range(1, n - 1), 0))


@transformation("S is reversed", over=ANY)
def reversing(draw: DrawFn, S: Ids) -> list[Piece]:
    """Return S from back to front."""
    return moved(S, reversed(range(len(S))))


@transformation("the first token moves to the end")
def rotating(draw: DrawFn, S: Ids) -> list[Piece]:
    """Return S from its second token on, and then its first."""
    return moved(S, (*range(1, len(S)), 0))


@transformation("the last token moves to the front")
def rotating_back(draw: DrawFn, S: Ids) -> list[Piece]:
    """Return the last token, and then S without it."""
    n = len(S)
    return moved(S, (n - 1, *range(n - 1)))


@transformation("the tokens are shuffled")
def shuffling(draw: DrawFn, S: Ids) -> list[Piece]:
    """Return S in any order."""
    return moved(S, draw(permutations(range(len(S)))))


@transformation("the tokens before the last are shuffled", over=ANY)
def shuffling_the_past(draw: DrawFn, S: Ids) -> list[Piece]:
    """Return S with all but its last token in any order."""
    n = len(S)
    return moved(S, (*draw(permutations(range(n - 1))), n - 1))


@transformation("the tokens between the first and the last are shuffled")
def shuffling_the_middle(draw: DrawFn, S: Ids) -> list[Piece]:
    """Return S with all but its ends in any order."""
    n = len(S)
    return [*kept(S, 0, 1), *moved(S, draw(permutations(range(1, n - 1)))), *kept(S, -1)]
