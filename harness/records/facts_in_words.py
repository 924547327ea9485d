"""Facts of a head in words, as a terminal and a page say them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

KINDS: Final[Mapping[str, str]] = {"random": "on random tokens", "text": "on natural text"}
"""The kinds of sequences that facts are counted on."""


def kind_of(covering: int) -> str:
    """Say what kind of thing a component is, by how many of its tokens cover 95 % of positions.

    >>> kind_of(1), kind_of(2), kind_of(24)
    ('is nearly constant', 'is a switch between two tokens', 'says 24 tokens in 95 % of positions')
    """
    known = {1: "is nearly constant", 2: "is a switch between two tokens"}
    return known.get(covering, f"says {covering} tokens in 95 % of positions")


def shown_tokens(covering: int) -> int:
    """Give how many tokens a sentence names: of a constant component one, else two."""
    return 1 if covering == 1 else 2


MUCH: Final = 0.4
"""A head that gives a role more than this share of its attention is called by it."""

CALLED: Final[Mapping[str, str]] = {
    "the token before": "a previous-token head",
    "an earlier copy": "a duplicate-token head",
    "what followed an earlier copy": "an induction head",
}
"""What the literature calls heads that attend so."""

OF_COPIES: Final = frozenset({"an earlier copy", "what followed an earlier copy"})
"""Roles whose share is that of sequences said twice; the others have one of sequences said once."""


def called(attends: Mapping[str, float]) -> str:
    """Give what a head is called by its attention on random tokens, the largest share first; else nothing.

    >>> called({"the token before": 0.75, "itself": 0.1}), called({"itself": 0.9})
    ('a previous-token head', '')
    """
    named = [(-share, CALLED[role]) for role, share in attends.items() if role in CALLED and share > MUCH]
    return " and ".join(name for _, name in sorted(named))
