"""Lengthening: tokens are put behind S, before it, or into it."""

from hypothesis.strategies import DrawFn, integers

from harness.discovery.transformation import ANY, FEW, RANDOM, TEXT, Piece, copy, kept, transformation
from harness.laws.families import Ids, tokens


@transformation("a token is appended", over=(RANDOM, TEXT))
def appending_a_token(draw: DrawFn, S: Ids) -> list[Piece]:
    """Return S + t."""
    return [*kept(S), Piece(draw(tokens()))]


@transformation("a token is appended twice")
def appending_a_token_twice(draw: DrawFn, S: Ids) -> list[Piece]:
    """Return S + t + t."""
    return [*kept(S), *[Piece(draw(tokens()))] * 2]


@transformation("a copy of the last token is appended", over=(RANDOM, FEW))
def repeating_the_last_token(draw: DrawFn, S: Ids) -> list[Piece]:
    """Return S + its last token."""
    return [*kept(S), copy(S, -1)]


@transformation("a copy of the first token is appended")
def appending_the_first_token(draw: DrawFn, S: Ids) -> list[Piece]:
    """Return S + its first token."""
    return [*kept(S), copy(S, 0)]


@transformation("a copy of one of its tokens is appended", over=(RANDOM, FEW))
def appending_a_copy(draw: DrawFn, S: Ids) -> list[Piece]:
    """Return S + any of its tokens."""
    return [*kept(S), copy(S, draw(integers(0, len(S) - 1)))]


@transformation("a token is put in front", over=ANY)
def putting_a_token_in_front(draw: DrawFn, S: Ids) -> list[Piece]:
    """Return the token t + S."""
    return [Piece(draw(tokens())), *kept(S)]


@transformation("three tokens are put in front")
def putting_three_tokens_in_front(draw: DrawFn, S: Ids) -> list[Piece]:
    """Return three tokens + S."""
    return [*(Piece(draw(tokens())) for _ in range(3)), *kept(S)]


@transformation("a copy of the last token is put in front", over=(RANDOM, FEW))
def putting_the_last_token_in_front(draw: DrawFn, S: Ids) -> list[Piece]:
    """Return the last token + S."""
    return [copy(S, -1), *kept(S)]


@transformation("a token is inserted", over=ANY)
def inserting_a_token(draw: DrawFn, S: Ids) -> list[Piece]:
    """Return S with a token more between its first and its last."""
    place = draw(integers(1, len(S) - 1))
    return [*kept(S, 0, place), Piece(draw(tokens())), *kept(S, place)]


@transformation("a token is inserted right before the last")
def inserting_a_token_before_the_last(draw: DrawFn, S: Ids) -> list[Piece]:
    """Return S with a token more before its last."""
    return [*kept(S, 0, -1), Piece(draw(tokens())), *kept(S, -1)]


@transformation("three tokens are inserted in a row")
def inserting_three_tokens(draw: DrawFn, S: Ids) -> list[Piece]:
    """Return S with three tokens more in a row, between its first and its last."""
    place = draw(integers(1, len(S) - 1))
    return [*kept(S, 0, place), *(Piece(draw(tokens())) for _ in range(3)), *kept(S, place)]


@transformation("one token of S is doubled", over=ANY)
def stuttering_once(draw: DrawFn, S: Ids) -> list[Piece]:
    """Return S with a copy of one token right behind it."""
    place = draw(integers(0, len(S) - 2))
    return [*kept(S, 0, place + 1), copy(S, place), *kept(S, place + 1)]


@transformation("every token of S is doubled")
def stuttering(draw: DrawFn, S: Ids) -> list[Piece]:
    """Return each token of S twice."""
    return [piece for one in kept(S) for piece in (one, Piece(one.token))]


@transformation("a copy of one of its tokens is inserted", over=(RANDOM, FEW))
def inserting_a_copy(draw: DrawFn, S: Ids) -> list[Piece]:
    """Return S with one of its tokens more, between its first and its last."""
    place = draw(integers(1, len(S) - 1))
    return [*kept(S, 0, place), copy(S, draw(integers(0, len(S) - 1))), *kept(S, place)]


@transformation("a copy of the last token is inserted")
def inserting_a_copy_of_the_last(draw: DrawFn, S: Ids) -> list[Piece]:
    """Return S with its last token more, between its first and its last but one."""
    place = draw(integers(1, len(S) - 2))
    return [*kept(S, 0, place), copy(S, -1), *kept(S, place)]


@transformation("S is repeated once", over=ANY)
def saying_it_twice(draw: DrawFn, S: Ids) -> list[Piece]:
    """Return S + S; the second saying stands for the first one's places too."""
    return [*kept(S), *kept(S)]


@transformation("S is followed by itself backwards")
def saying_it_forwards_and_backwards(draw: DrawFn, S: Ids) -> list[Piece]:
    """Return S + S from back to front, whose tokens stand for the same places."""
    return [*kept(S), *reversed(kept(S))]


@transformation("the same token is put after every token of S")
def putting_a_token_behind_every_token(draw: DrawFn, S: Ids) -> list[Piece]:
    """Return each token of S with t behind it."""
    t = Piece(draw(tokens()))
    return [piece for one in kept(S) for piece in (one, t)]
