"""Roles: the positions that a head attends to, by the names that the literature gives to heads.

A role says, for each query, which positions it claims; queries that it says nothing of are left out. `attends` holds
of a sequence where the head gives more than half of its attention to the claimed positions, on the mean over the
queries; that mean is the degree.

Previous-token, induction and duplicate-token heads: Elhage et al. 2021, A Mathematical Framework for Transformer
Circuits; Olsson et al. 2022, In-context Learning and Induction Heads; Wang et al. 2022, Interpretability in the Wild.
Attention to the first position as a resting place: Xiao et al. 2023, Efficient Streaming Language Models with
Attention Sinks.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

import numpy as np

from harness.laws.agreement import Agreement, noted

if TYPE_CHECKING:
    from harness.readings.attention import Attention

Role = Callable[[Sequence[int], int, int], set[int]]
"""The positions that a role claims for a query: given the sequence, the query and the first position there is."""

HALF = 0.5
DOUBTFUL = 1e-4
"""A mean that near to a half is decided by rounding."""


def attends(attention: Attention, role: Role) -> Agreement:
    """Check that the head gives more than half of its attention to the positions of a role, on average over the
    role's queries.

    >>> from harness.readings.attention import by_hand
    >>> attends(by_hand([[1.0], [0.75, 0.25], [0.25, 0.75, 0.0]]), the_token_before).share
    0.75
    """
    claims = {i: role(attention.ids, i, attention.first) for i in range(len(attention.ids))}
    spoken = {i: sorted(claimed) for i, claimed in claims.items() if claimed}
    if not spoken:
        return noted(Agreement(agreeing=0, near_ties=0, compared=0, sides=(attention,)))
    given = {i: float(attention.weights[i, np.array(places) - attention.first].sum()) for i, places in spoken.items()}
    mean = min(1.0, sum(given.values()) / len(given))
    doubtful = abs(mean - HALF) <= DOUBTFUL
    return noted(
        Agreement(
            agreeing=int(mean > HALF),
            near_ties=int(doubtful and mean <= HALF),
            compared=1,
            first_difference=(min(given, key=given.__getitem__),),
            margin=abs(mean - HALF),
            sides=(attention,),
            measured=mean,
        )
    )


def the_token_before(S: Sequence[int], query: int, first: int) -> set[int]:
    """Return the position before the query's. The role says nothing about the first query.

    >>> the_token_before((7, 8, 9), 2, -1), the_token_before((7, 8, 9), 0, -1)
    ({1}, set())
    """
    return {query - 1} if query > 0 else set()


def an_earlier_copy(S: Sequence[int], query: int, first: int) -> set[int]:
    """Return every earlier position that holds the query's token.

    >>> an_earlier_copy((7, 8, 7), 2, -1), an_earlier_copy((7, 8, 7), 1, -1)
    ({0}, set())
    """
    return {j for j in range(query) if S[j] == S[query]}


def what_followed_an_earlier_copy(S: Sequence[int], query: int, first: int) -> set[int]:
    """Return every position right after an earlier one that holds the query's token.

    >>> what_followed_an_earlier_copy((7, 8, 7), 2, -1), what_followed_an_earlier_copy((7, 7), 1, -1)
    ({1}, {1})
    """
    return {j + 1 for j in range(query) if S[j] == S[query]}


def the_first_position(S: Sequence[int], query: int, first: int) -> set[int]:
    """Return the first position that the head sees, which is BOS if BOS is in front. The role says nothing about that
    position.

    >>> the_first_position((7, 8), 1, -1), the_first_position((7, 8), 0, 0)
    ({-1}, set())
    """
    return {first} if query > first else set()


def itself(S: Sequence[int], query: int, first: int) -> set[int]:
    """Return the query's own position, if there is another to attend to.

    >>> itself((7, 8), 1, 0), itself((7, 8), 0, 0)
    ({1}, set())
    """
    return {query} if query > first else set()
