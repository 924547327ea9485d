"""Comparison: two readings compared, in the words of a chapter and for the tokens of many heads at once.

Of arrays, an entry is a token, and a mask says which entries are there. `tests/discovery` holds the two forms against
each other.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from jaxtyping import Bool, Float, Int

Tokens = Int[np.ndarray, "head sequence place"]
Mask = Bool[np.ndarray, "sequence place"]
Shares = Float[np.ndarray, "head sequence"]

Compare = Callable[[Tokens, Mask, Tokens, Mask], Shares]


@dataclass(frozen=True)
class Comparison:
    """A way to compare two readings.

    Attributes:
        code: the assertion, with the two readings as `{sides}`.
        words: the names that the code needs.
        on_arrays: the share of agreement of each head on each sequence.
    """

    code: str
    words: tuple[str, ...]
    on_arrays: Compare


def _agreeing(left: Tokens, _: Mask, right: Tokens, there: Mask) -> Shares:
    found: Shares = ((left == right) & there).sum(-1) / np.maximum(there.sum(-1), 1)
    return found


def _in_pattern(left: Tokens, _: Mask, right: Tokens, there: Mask) -> Shares:
    found: Shares = ((_orders(left, there) == _orders(right, there)) & there).sum(-1) / np.maximum(there.sum(-1), 1)
    return found


def _in_alphabet(left: Tokens, theirs: Mask, right: Tokens, ours: Mask) -> Shares:
    both = (_first(right, ours) & _among(right, left, theirs)).sum(-1)
    union = _first(left, theirs).sum(-1) + _first(right, ours).sum(-1) - both
    found: Shares = both / np.maximum(union, 1)
    return found


def _without_new(left: Tokens, theirs: Mask, right: Tokens, ours: Mask) -> Shares:
    first = _first(right, ours)
    found: Shares = (first & _among(right, left, theirs)).sum(-1) / np.maximum(first.sum(-1), 1)
    return found


def _without_loss(left: Tokens, theirs: Mask, right: Tokens, ours: Mask) -> Shares:
    return _without_new(right, ours, left, theirs)


def _equal(left: Tokens, right: Tokens) -> Bool[np.ndarray, "head sequence left right"]:
    found: np.ndarray = left[..., :, None] == right[..., None, :]
    return found


def _first(tokens: Tokens, there: Mask) -> Bool[np.ndarray, "head sequence place"]:
    """Whether no entry before holds the same token."""
    size = tokens.shape[-1]
    before = np.tri(size, k=-1, dtype=bool) & there[..., None, :]
    found: np.ndarray = there & ~(_equal(tokens, tokens) & before).any(-1)
    return found


def _among(tokens: Tokens, others: Tokens, there: Mask) -> Bool[np.ndarray, "head sequence place"]:
    found: np.ndarray = (_equal(tokens, others) & there[..., None, :]).any(-1)
    return found


def _orders(tokens: Tokens, there: Mask) -> Int[np.ndarray, "head sequence place"]:
    """Which distinct token it is, in the order in which they appear."""
    first = _first(tokens, there)
    rank = first.cumsum(-1) - 1
    place = (_equal(tokens, tokens) & first[..., None, :]).argmax(-1)
    found: np.ndarray = np.take_along_axis(rank, place, -1)
    return found


AGREE = Comparison("agree(*{sides})", ("agree",), _agreeing)
PATTERN = Comparison("same_pattern(*{sides})", ("same_pattern",), _in_pattern)
ALPHABET = Comparison("same_alphabet(*{sides})", ("same_alphabet",), _in_alphabet)
NO_NEW = Comparison("brings_no_new_token(*{sides})", ("brings_no_new_token",), _without_new)
NO_LOSS = Comparison("loses_no_token(*{sides})", ("loses_no_token",), _without_loss)
