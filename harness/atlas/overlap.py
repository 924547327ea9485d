"""Overlap: how much of two vocabularies is the same, of whole models and head by head.

Beside natural against random text stand what two halves of the natural prompts have in common, which is as much as
could be expected of more of the same, and both again for weights that have learnt nothing.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from harness.atlas.tokens import Tokens
from harness.atlas.vocabularies import Vocabulary, vocabulary


@dataclass(frozen=True)
class Overlap:
    """Of two vocabularies: sizes, what is in both, and Jaccard's index of the whole and as a mean over heads."""

    left: int
    right: int
    both: int
    whole: float
    heads: float


def overlap(left: Vocabulary, right: Vocabulary) -> Overlap:
    """Compare two vocabularies of the same heads.

    >>> overlap(Vocabulary(("0.0",), ({1: 1, 2: 1},)), Vocabulary(("0.0",), ({2: 5, 3: 1},)))
    Overlap(left=2, right=2, both=1, whole=0.3333333333333333, heads=0.3333333333333333)
    """
    each = [jaccard(one.keys(), other.keys()) for one, other in zip(left.counts, right.counts, strict=True)]
    return Overlap(
        left=len(left.whole),
        right=len(right.whole),
        both=len(left.whole & right.whole),
        whole=jaccard(left.whole, right.whole),
        heads=sum(each) / len(each),
    )


def halves(found: Tokens, component: str) -> Overlap | None:
    """Compare every other prompt with those between; return None for a single prompt."""
    if found.prompts < 2:
        return None
    parts = [found.only(range(start, found.prompts, 2)) for start in (0, 1)]
    return overlap(*(vocabulary(part.heads, part.read[component]) for part in parts))


def jaccard(left: Iterable[int], right: Iterable[int]) -> float:
    """Return tokens of both over tokens of either; 1 of nothing and nothing."""
    one, other = set(left), set(right)
    either = one | other
    return len(one & other) / len(either) if either else 1.0
