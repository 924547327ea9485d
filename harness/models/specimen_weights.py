"""The specimen's weights, head by head, computed from their definitions.

The residual stream has a direction for each token and one for each place. Position i of a sequence x enters layer 0
as the sum of two unit vectors, token x[i] and place i; so a linear map of it is f(x[i]) + g(i), for any tables f
and g that one likes, and a constant is a g that does not depend on i. No bias is needed, and none is used. The
unembedding sends the direction of a token to that token, and the direction of place i to the token @i.

A head's d_head coordinates are of two kinds. *Spoken* ones, one for each token: W_O sends each to the direction of
its token, so the attention token of a component's vector is the largest of its spoken coordinates. *Silent* ones:
W_O sends them nowhere; in them a head can match places or weigh keys without a word. They come first, so that a
rotary form of the model may turn them and them alone.

Every query (but that of the first head) is SHARP times something plain; leave SHARP out, and the score of query i for
key j is S * (q[i] . k[j]) with S = SHARP / sqrt(d_head) = 45. So keys whose product lies 1/2 below the best get e^-22
of its attention: attention is, to about eight digits, shared equally among the best. The element-wise product of q[i]
and k[j] has a definite largest spoken coordinate, not zeros only, where one of them is level (the same positive number
everywhere) plus something, and the other something alone; each head's docstring says what is done.

Counting. Let N - 1 be how often x[i] has come before. The head attends equally to the N tokens equal to x[i],
itself among them, and to BOS: shares 1 / (N + 1) each. With value c - 13 in coordinate #(c - 1) for a token, and
100 - c^2 / 2 for BOS, z is there

    (N (c - 13) + 100 - c^2 / 2) / (N + 1)  =  (something of N alone - (N - c)^2 / 2) / (N + 1)

largest at c = N, by 1 / (2 (N + 1)); beyond the last c, at the last. Without BOS, z is c - 13: largest at the last.
The numbers 13 and 100 make no difference to which is largest: they keep it above zero, where all other coordinates
are, and the rest near zero.

All numbers are multiples of 1/4 and small: nothing is rounded before the scores are divided by sqrt(d_head).

A second layer would find the token directions mixed with what layer 0 said; it needs further directions in the
residual stream, for W_O of layer 0 to write to and W_U not to read.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import torch
from jaxtyping import Float
from torch import Tensor

from harness.models.specimen_vocabulary import (
    BLANK,
    BOS,
    COUNTS,
    EVEN,
    ODD,
    PLACES,
    VOCABULARY,
    class_of,
    parity_of,
)

WORDS = len(VOCABULARY)
CONTEXT = len(PLACES)
SILENT = 6
D_MODEL = WORDS + CONTEXT
D_HEAD = SILENT + WORDS
SHARP = 512.0

Reader = Float[Tensor, "d_model d_head"]


@dataclass(frozen=True)
class Circuit:
    """What a head's query, key and value read from the residual stream."""

    query: Reader
    key: Reader
    value: Reader


@dataclass(frozen=True)
class HeadWeights:
    """A head's four matrices."""

    W_Q: Reader
    W_K: Reader
    W_V: Reader
    W_O: Float[Tensor, "d_head d_model"]


def spoken(token: int) -> int:
    """The coordinate that says a token."""
    return SILENT + token


def of_token(table: Callable[[int], Mapping[int, float]]) -> Reader:
    """Reads f(token): the table gives the coordinates of each token, the rest are zero."""
    return _rows(table, first=0, count=WORDS)


def of_place(table: Callable[[int], Mapping[int, float]]) -> Reader:
    """Reads g(place): the table gives the coordinates of each place, the rest are zero."""
    return _rows(table, first=WORDS, count=CONTEXT)


def level() -> Reader:
    """The same on all spoken coordinates, at every place: multiplied with it, a vector stays what it is."""
    matrix = torch.zeros(D_MODEL, D_HEAD)
    matrix[WORDS:, SILENT:] = 1.0
    return matrix


def code(place: int) -> dict[int, float]:
    """A place in silent coordinates, a sign for each binary digit: equal places have product 6, others 4 at most."""
    return {digit: 1.0 if place >> digit & 1 else -1.0 for digit in range(SILENT)}


def constant() -> Circuit:
    """Everything says blank; attention is uniform."""
    blank = of_place(lambda place: {spoken(BLANK): 1.0})
    return Circuit(query=blank, key=blank, value=blank)


def echo() -> Circuit:
    """Attends to tokens equal to the query's; the key is level, so the product says the query's token."""
    own = of_token(lambda token: {spoken(token): 1.0})
    return Circuit(query=SHARP * own, key=own + level() / 2, value=own)


def token_class() -> Circuit:
    """Attends to tokens of the query's class; the query is level, so the product says the key's class."""
    own = of_token(lambda token: {spoken(class_of(token)): 1.0})
    return Circuit(query=SHARP * (own + level() / 2), key=own, value=own)


def position() -> Circuit:
    """Attends to itself, places being all different; the key is level, so the product says the query's place."""
    own = of_place(lambda place: {spoken(PLACES[place]): 1.0})
    return Circuit(query=SHARP * own, key=own + level() / 2, value=own)


def position_parity() -> Circuit:
    """Attends to places of the query's parity.

    Coordinate `even` holds a sign and `odd` one half: the product holds the product of the signs, which is that of
    the distance, and one quarter.
    """
    signs = of_place(lambda place: {spoken(EVEN): 1.0 - 2 * (place % 2), spoken(ODD): 0.5})
    return Circuit(query=SHARP * signs, key=signs, value=of_place(lambda place: {spoken(parity_of(place)): 1.0}))


def previous_token() -> Circuit:
    """Matches codes of places in silence; the query is level, so the product says the key's token."""
    own = of_token(lambda token: {spoken(token): 1.0})
    looked_at = of_place(lambda place: {spoken(PLACES[max(place - 1, 0)]): 1.0, **code(max(place - 1, 0))})
    return Circuit(query=SHARP * (looked_at + level()), key=own + of_place(code), value=own)


def first_token() -> Circuit:
    """Weighs keys in silence: place 0 by 3 and place 1 by 2, but BOS by 2 less.

    The query is level, so the product says the key's place.
    """
    blank = of_place(lambda place: {spoken(BLANK): 1.0, 0: 1.0})
    weight = of_place(lambda place: {0: (3.0, 2.0)[place] if place < 2 else 0.0})
    without_bos = of_token(lambda token: {0: -2.0 if token == BOS else 0.0})
    return Circuit(
        query=SHARP * (blank + level()),
        key=of_place(lambda place: {spoken(PLACES[place]): 1.0}) + weight + without_bos,
        value=of_token(lambda token: {spoken(token): 1.0}),
    )


def count() -> Circuit:
    """Attends to BOS in front, weighed in silence, as much as to each token equal to the query's.

    Query and key both hold a half of blank: their product says the token where they are equal, else blank. For the
    token blank itself, equality is matched in silence. BOS weighs 1/2 and place 0 weighs 1/2, so that only BOS in
    front comes up to an equal token.
    """
    own = of_token(lambda token: {1: 1.0} if token == BLANK else {spoken(token): 1.0})
    half_blank = of_place(lambda place: {spoken(BLANK): 0.5})
    asks = of_place(lambda place: {0: 1.0})
    bos = of_token(lambda token: {0: 0.5 if token == BOS else 0.0}) + of_place(lambda place: {0: 0.0 if place else 0.5})
    value = of_token(
        lambda token: {spoken(id): 100 - c**2 / 2 if token == BOS else c - 13 for c, id in enumerate(COUNTS, 1)}
    )
    return Circuit(query=SHARP * (own + half_blank + asks), key=own + half_blank + bos, value=value)


LAYERS: tuple[tuple[Callable[[], Circuit], ...], ...] = (
    (constant, echo, token_class, position, position_parity, previous_token, first_token, count),
)
"""The heads of each layer, in order."""


def head_weights(layer: int, head: int) -> HeadWeights:
    """The matrices of one head.

    Each head of a layer keeps its spoken coordinates in an order of its own, so that no head can be read with
    another's W_O.
    """
    circuit = LAYERS[layer][head]()
    turned = (torch.arange(WORDS) + 13 * (head + 1)) % WORDS
    order = torch.cat([torch.arange(SILENT), SILENT + turned])
    says = torch.zeros(D_HEAD, D_MODEL)
    says[SILENT:, :WORDS] = torch.eye(WORDS)
    return HeadWeights(
        W_Q=circuit.query[:, order], W_K=circuit.key[:, order], W_V=circuit.value[:, order], W_O=says[order]
    )


def token_embedding() -> Float[Tensor, "vocab d_model"]:
    """Each token in its own direction."""
    return torch.eye(WORDS, D_MODEL)


def place_embedding() -> Float[Tensor, "ctx d_model"]:
    """Each place in its own direction."""
    return torch.eye(D_MODEL)[WORDS:]


def unembedding() -> Float[Tensor, "d_model vocab"]:
    """The direction of a token says the token, that of place i says @i."""
    matrix = torch.eye(D_MODEL, WORDS)
    for place, token in enumerate(PLACES):
        matrix[WORDS + place, token] = 1.0
    return matrix


def _rows(table: Callable[[int], Mapping[int, float]], *, first: int, count: int) -> Reader:
    entries = [(first + row, coordinate, value) for row in range(count) for coordinate, value in table(row).items()]
    rows, columns, values = zip(*entries, strict=True)
    matrix = torch.zeros(D_MODEL, D_HEAD)
    matrix[list(rows), list(columns)] = torch.tensor(values)
    return matrix
