"""Shortening: tokens of S are left out."""

from hypothesis.strategies import DrawFn, integers

from harness.discovery.transformation import ANY, RANDOM, TEXT, Piece, kept, transformation
from harness.laws.families import Ids, tokens


@transformation("the first token is dropped", over=ANY)
def dropping_the_first_token(draw: DrawFn, S: Ids) -> list[Piece]:
    """Return S from its second token on."""
    return kept(S, 1)


@transformation("the first two tokens are dropped")
def dropping_the_first_two_tokens(draw: DrawFn, S: Ids) -> list[Piece]:
    """Return S from its third token on."""
    return kept(S, 2)


@transformation("the last token is dropped")
def dropping_the_last_token(draw: DrawFn, S: Ids) -> list[Piece]:
    """Return S up to its last token but one."""
    return kept(S, 0, -1)


@transformation("the second-to-last token is dropped")
def dropping_the_last_but_one(draw: DrawFn, S: Ids) -> list[Piece]:
    """Return S without what stands right before its last token."""
    return [*kept(S, 0, -2), *kept(S, -1)]


@transformation("a token between the first and the last is dropped", over=ANY)
def dropping_a_token(draw: DrawFn, S: Ids) -> list[Piece]:
    """Return S without one token inside it."""
    place = draw(integers(1, len(S) - 2))
    return [*kept(S, 0, place), *kept(S, place + 1)]


@transformation("only the last token is kept", over=ANY)
def keeping_only_the_last_token(draw: DrawFn, S: Ids) -> list[Piece]:
    """Return the last token by itself."""
    return kept(S, -1)


@transformation("only the last two tokens are kept", over=ANY)
def keeping_only_the_last_two_tokens(draw: DrawFn, S: Ids) -> list[Piece]:
    """Return the last two tokens by themselves."""
    return kept(S, -2)


@transformation("only the first token and the last are kept", over=(RANDOM, TEXT))
def keeping_only_the_ends(draw: DrawFn, S: Ids) -> list[Piece]:
    """Return the first token and the last by themselves."""
    return [*kept(S, 0, 1), *kept(S, -1)]


@transformation("only the second-to-last token is kept, with another token after it")
def keeping_only_the_token_before_the_last(draw: DrawFn, S: Ids) -> list[Piece]:
    """Return the last token but one with another one behind it, which stands for the last."""
    return [*kept(S, -2, -1), Piece(draw(tokens()), len(S) - 1)]
