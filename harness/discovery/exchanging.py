"""Exchanging: tokens of S are replaced by others, which stand for the same places."""

from collections.abc import Callable, Iterable

from hypothesis.strategies import DrawFn, integers

from harness.discovery.transformation import ANY, FEW, RANDOM, TEXT, Piece, transformation
from harness.laws.families import Ids, alike, tokens


def exchanged(S: Ids, places: Iterable[int], by: Callable[[int], int]) -> list[Piece]:
    """Return S with the tokens of some places replaced: each by what `by` makes of it.

    >>> exchanged((7, 8), {1}, lambda token: 5)
    [Piece(token=7, origin=0), Piece(token=5, origin=1)]
    """
    some = {place % len(S) for place in places}
    return [Piece(by(token) if place in some else token, place) for place, token in enumerate(S)]


def _any(draw: DrawFn) -> Callable[[int], int]:
    return lambda token: draw(tokens())


def _alike(draw: DrawFn) -> Callable[[int], int]:
    return lambda token: draw(alike(token=token))


@transformation("the last token is exchanged for another", over=ANY)
def exchanging_the_last_token(draw: DrawFn, S: Ids) -> list[Piece]:
    """Return another token in the last place."""
    return exchanged(S, (-1,), _any(draw))


@transformation("the second-to-last token is exchanged for another", over=ANY)
def exchanging_the_last_but_one(draw: DrawFn, S: Ids) -> list[Piece]:
    """Return another token in the last place but one."""
    return exchanged(S, (-2,), _any(draw))


@transformation("the last two tokens are exchanged for others")
def exchanging_the_last_two_tokens(draw: DrawFn, S: Ids) -> list[Piece]:
    """Return other tokens in the last two places."""
    return exchanged(S, (-1, -2), _any(draw))


@transformation("the first token is exchanged for another", over=(RANDOM, TEXT))
def exchanging_the_first_token(draw: DrawFn, S: Ids) -> list[Piece]:
    """Return another token in the first place."""
    return exchanged(S, (0,), _any(draw))


@transformation("a token between the first and the last is exchanged for another", over=(RANDOM, FEW))
def exchanging_a_token(draw: DrawFn, S: Ids) -> list[Piece]:
    """Return another token in one place inside S."""
    return exchanged(S, (draw(integers(1, len(S) - 2)),), _any(draw))


@transformation("every token is exchanged for another")
def exchanging_every_token(draw: DrawFn, S: Ids) -> list[Piece]:
    """Return another sequence of the same length."""
    return exchanged(S, range(len(S)), _any(draw))


@transformation("every token but the last is exchanged for another", over=ANY)
def exchanging_the_past(draw: DrawFn, S: Ids) -> list[Piece]:
    """Return other tokens before the last."""
    return exchanged(S, range(len(S) - 1), _any(draw))


@transformation("every token but the last two is exchanged for another", over=(RANDOM, TEXT))
def exchanging_all_but_the_last_two_tokens(draw: DrawFn, S: Ids) -> list[Piece]:
    """Return other tokens before the last two."""
    return exchanged(S, range(len(S) - 2), _any(draw))


@transformation("every token but the first is exchanged for another")
def exchanging_all_but_the_first_token(draw: DrawFn, S: Ids) -> list[Piece]:
    """Return other tokens behind the first."""
    return exchanged(S, range(1, len(S)), _any(draw))


@transformation("every token between the first and the last is exchanged for another", over=(RANDOM, TEXT))
def exchanging_the_middle(draw: DrawFn, S: Ids) -> list[Piece]:
    """Return other tokens between the ends."""
    return exchanged(S, range(1, len(S) - 1), _any(draw))


@transformation("the last token is exchanged for another of its class", over=(RANDOM, TEXT))
def exchanging_the_last_token_within_its_class(draw: DrawFn, S: Ids) -> list[Piece]:
    """Return another token of the same class of readability in the last place."""
    return exchanged(S, (-1,), _alike(draw))


@transformation("the second-to-last token is exchanged for another of its class")
def exchanging_the_last_but_one_within_its_class(draw: DrawFn, S: Ids) -> list[Piece]:
    """Return another token of the same class of readability in the last place but one."""
    return exchanged(S, (-2,), _alike(draw))


@transformation("every token is exchanged for another of its class", over=(RANDOM, TEXT))
def exchanging_every_token_within_its_class(draw: DrawFn, S: Ids) -> list[Piece]:
    """Return other tokens of the same classes of readability."""
    return exchanged(S, range(len(S)), _alike(draw))


@transformation("every token but the last is exchanged for another of its class", over=(RANDOM, TEXT))
def exchanging_the_past_within_its_class(draw: DrawFn, S: Ids) -> list[Piece]:
    """Return other tokens of the same classes of readability before the last."""
    return exchanged(S, range(len(S) - 1), _alike(draw))


@transformation("one token before the last is replaced by another token of S")
def replacing_an_earlier_token_by_another(draw: DrawFn, S: Ids) -> list[Piece]:
    """Return a copy of one token of S in the place of another."""
    place, other = draw(integers(0, len(S) - 2)), draw(integers(0, len(S) - 1))
    return exchanged(S, (place,), lambda token: S[other])


@transformation("the last token is replaced by another token of S", over=(RANDOM, FEW))
def replacing_the_last_token_by_an_earlier_one(draw: DrawFn, S: Ids) -> list[Piece]:
    """Return a copy of an earlier token in the last place."""
    other = draw(integers(0, len(S) - 2))
    return exchanged(S, (-1,), lambda token: S[other])


@transformation("each distinct token is replaced by another one throughout", over=(FEW, TEXT))
def renaming_the_tokens(draw: DrawFn, S: Ids) -> list[Piece]:
    """Replace each distinct token by another one throughout."""
    names = {token: draw(tokens()) for token in dict.fromkeys(S)}
    return exchanged(S, range(len(S)), names.__getitem__)


@transformation("every token is replaced by the last")
def replacing_every_token_by_the_last(draw: DrawFn, S: Ids) -> list[Piece]:
    """Return the last token again and again."""
    return exchanged(S, range(len(S)), lambda token: S[-1])


@transformation("every token but the last is replaced by the same token")
def making_the_past_one_token(draw: DrawFn, S: Ids) -> list[Piece]:
    """Return one token again and again, and then the last."""
    t = draw(tokens())
    return exchanged(S, range(len(S) - 1), lambda token: t)
