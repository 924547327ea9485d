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
