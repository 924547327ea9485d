"""The spaces that the specimens are built in: directions of the residual stream, and coordinates inside a head.

The residual stream has, one after the other,

    TOKEN     a direction for each token         written by the embedding
    PLACE     a direction for each place         written by the embedding where places are added to it
    ONE       one direction, there at every place alike
    SAID      a direction for each token         written by the heads of layer 0: what they say
    BEFORE    a direction for each token         written by the heads of layer 0 that say the token before

The unembedding sends TOKEN and SAID to their tokens and PLACE i to the token @i; ONE and BEFORE it does not read. So
layer 1 finds token and place as layer 0 found them, beside BEFORE, and never reads SAID, where all heads speak at once.
It speaks to TOKEN itself: nobody reads that after it. And layer 0 reads SAID as it reads TOKEN, though nothing stands
there yet: so in both layers the heads speak where they read, and projections that lead back through W_Q, W_K or W_V
lead to tokens.

A linear map of what a head finds is f(token) + g(place) + h(token before) + a constant, for any tables f, g and h that
one likes. No bias is needed, and none is used.

A head's d_head coordinates are of two kinds. *Spoken* ones, one for each token: W_O sends each to the direction of
its token, so the attention token of a component's vector is the largest of its spoken coordinates. *Silent* ones:
W_O sends them nowhere; in them a head can match places or weigh keys without a word. The first few silent ones weigh;
in the others distances are matched, and in the rotary form they turn, and they alone.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

import torch
from jaxtyping import Float
from torch import Tensor

from harness.models.specimens.specimen_vocabulary import PLACES, VOCABULARY

WORDS = len(VOCABULARY)
CONTEXT = len(PLACES)

TOKEN = range(WORDS)
PLACE = range(WORDS, WORDS + CONTEXT)
ONE = WORDS + CONTEXT
SAID = range(ONE + 1, ONE + 1 + WORDS)
BEFORE = range(SAID.stop, SAID.stop + WORDS)
DIRECTIONS = BEFORE.stop
"""How many directions of the residual stream are in use."""

WEIGHING, TURNING = 4, 14
SILENT = WEIGHING + TURNING
D_HEAD = SILENT + WORDS

Reader = Float[Tensor, "directions d_head"]
Table = Callable[[int], Mapping[int, float]]


def spoken(token: int) -> int:
    """Return the coordinate that says a token."""
    return SILENT + token


def of_token(table: Table) -> Reader:
    """Read f(token): the table gives the coordinates of each token, the rest are zero."""
    return _rows(table, TOKEN)


def of_place(table: Table) -> Reader:
    """Read g(place): the table gives the coordinates of each place, the rest are zero."""
    return _rows(table, PLACE)


def of_token_before(table: Table) -> Reader:
    """Read h(token before), in layer 1: the table gives the coordinates of each token, the rest are zero."""
    return _rows(table, BEFORE)


def always(coordinates: Mapping[int, float]) -> Reader:
    """Return the same coordinates at every place."""
    return _rows(lambda _: coordinates, range(ONE, ONE + 1))


def level() -> Reader:
    """Return the same on all spoken coordinates, at every place: multiplied with it, a vector stays what it is."""
    return always(dict.fromkeys(range(SILENT, D_HEAD), 1.0))


def unembedding(*, loudness: float = 1.0) -> Float[Tensor, "directions vocab"]:
    """Return the direction of a token says the token, that of place i says @i; what heads say is taken times the
    loudness.
    """
    matrix = torch.zeros(DIRECTIONS, WORDS)
    matrix[TOKEN.start : TOKEN.stop] = torch.eye(WORDS)
    matrix[SAID.start : SAID.stop] = loudness * torch.eye(WORDS)
    for direction, token in zip(PLACE, PLACES, strict=True):
        matrix[direction, token] = 1.0
    return matrix


def _rows(table: Table, directions: range) -> Reader:
    entries = [
        (direction, coordinate, value)
        for row, direction in enumerate(directions)
        for coordinate, value in table(row).items()
    ]
    rows, columns, values = zip(*entries, strict=True)
    matrix = torch.zeros(DIRECTIONS, D_HEAD)
    matrix[list(rows), list(columns)] = torch.tensor(values)
    return matrix
