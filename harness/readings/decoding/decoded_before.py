"""Decoded before: what single vectors were decoded to, for those that come again.

A counterexample is made small step by step, and each step reads sequences that mostly begin as those before: their
vectors have the same bits there. A vector's two best tokens and their exact scores do not depend on what stands beside
it, so they may be kept. They are found by the whole vector, and never by a hash alone.
"""

from __future__ import annotations

from collections.abc import Sequence
from threading import Lock

import torch
from jaxtyping import Bool, Float, Int
from torch import Tensor

ROOM = 8192
"""Vectors that are kept; the first to come is the first to go."""

FEW = 1024
"""Vectors that are decoded together, at most, if they are to be kept: of the many of a census few come again."""

_BYTES = 400
"""That a vector takes beside its own."""


class DecodedBefore:
    """Vectors of one folded matrix, each with its two tokens and their scores."""

    def __init__(self) -> None:
        self._found: dict[bytes, tuple[int, int, float, float]] = {}
        self._each = 0
        self._lock = Lock()

    @property
    def nbytes(self) -> int:
        """What it holds, roughly."""
        return len(self._found) * self._each

    def fill(
        self, rows: Float[Tensor, "n width"], tokens: Int[Tensor, "2 n"], scores: Float[Tensor, "2 n"]
    ) -> Bool[Tensor, " n"]:
        """Write down what is known of some vectors, and return which those are."""
        with self._lock:
            found = [self._found.get(key) for key in _keys(rows)]
        known = torch.tensor([one is not None for one in found], dtype=torch.bool)
        of_known = [one for one in found if one is not None]
        if of_known:
            first, second, best, next_best = zip(*of_known, strict=True)
            tokens[:, known] = torch.tensor([first, second])
            scores[:, known] = torch.tensor([best, next_best], dtype=torch.float64)
        return known

    def keep(self, rows: Float[Tensor, "n width"], tokens: Int[Tensor, "2 n"], scores: Float[Tensor, "2 n"]) -> None:
        """Know these from now on."""
        each = zip(_keys(rows), *tokens.tolist(), *scores.tolist(), strict=True)
        with self._lock:
            self._each = _BYTES + rows.shape[1] * rows.element_size()
            for key, first, second, best, next_best in each:
                self._found[key] = first, second, best, next_best
            for key in [*self._found][: max(0, len(self._found) - ROOM)]:
                del self._found[key]


def _keys(rows: Float[Tensor, "n width"]) -> Sequence[bytes]:
    return [row.tobytes() for row in rows.numpy()]
