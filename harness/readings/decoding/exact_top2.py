"""Exact top 2: the two largest exact scores of each vector, whatever the order in which candidates come.

The score of a vector c and a token t is *defined* here, once: the float64 sum of the d_head products ``c[i] *
matrix[t, i]``, each exact (a product of two float32 has 48 bits), added in one fixed binary tree, plus the token's
bias. Only element-wise operations are used, so a score has the same bits whatever stands beside it: no batch, tile or
number of threads can change a token or a margin. A matrix product could not promise that, for it chooses its order of
summation by shape.
"""

import math

import torch
from jaxtyping import Float, Int
from torch import Tensor

CHUNK = 1 << 15
"""Candidates that compete at once."""

PRODUCTS_BYTES = 1 << 21
"""What the products of the candidates scored at once may take: they should still be in the processor's cache."""


def tree_sum(terms: Float[Tensor, "n width"]) -> Float[Tensor, " n"]:
    """Sum each row in one fixed order: the halves are added to each other until one column is left.

    >>> tree_sum(torch.tensor([[1.0, 2.0, 3.0, 4.0, 5.0]]))
    tensor([15.])
    """
    while terms.shape[1] > 1:
        half = terms.shape[1] // 2
        folded = terms[:, :half] + terms[:, half : 2 * half]
        terms = folded if terms.shape[1] == 2 * half else torch.cat([folded, terms[:, 2 * half :]], 1)
    return terms[:, 0] if terms.shape[1] else terms.new_zeros(terms.shape[0])


def exact_norms(rows: Float[Tensor, "n width"]) -> Float[Tensor, " n"]:
    """Return each row's Euclidean norm in float64, with the same bits whatever rows stand beside it."""
    return tree_sum(rows.double().square()).sqrt()


class BestTwo:
    """First and second place of n vectors; of equal scores the smaller token id comes first.

    ``scores`` and ``tokens`` are ``[2, n]``; a place not yet taken has score -inf and the token id ``vocab``.
    """

    def __init__(
        self,
        vectors: Float[Tensor, "n d_head"],
        matrix: Float[Tensor, "vocab d_head"],
        bias: Float[Tensor, " vocab"] | None,
    ) -> None:
        self._vectors, self._matrix, self._bias = vectors, matrix, bias
        n = vectors.shape[0]
        self.scores = vectors.new_full((2, n), -math.inf, dtype=torch.float64)
        self.tokens = vectors.new_full((2, n), matrix.shape[0], dtype=torch.int64)
        self._rows = torch.arange(n, device=vectors.device).repeat(2)

    def admit(self, rows: Int[Tensor, " candidates"], tokens: Int[Tensor, " candidates"]) -> None:
        """Score candidates (vector, token) and let them compete. A pair that comes twice counts once."""
        for some_rows, some_tokens in zip(rows.split(CHUNK), tokens.split(CHUNK), strict=True):
            self._compete(some_rows, some_tokens, self.score(some_rows, some_tokens))

    def admit_all(self) -> None:
        """Let every token compete for every vector: sooner than one by one where very many would."""
        vocab, width = self._matrix.shape
        tokens = torch.arange(vocab, device=self._matrix.device)
        bias = None if self._bias is None else self._bias.double()
        columns = self._matrix.double().T[:, None]
        for rows in torch.arange(len(self._vectors), device=self._vectors.device).split(
            max(1, PRODUCTS_BYTES // (8 * max(1, vocab * width)))
        ):
            products = self._vectors[rows].double().T[:, :, None] * columns  # [width, rows, vocab]
            scores = tree_sum(products.flatten(1).T).view(len(rows), vocab)
            scores = scores if bias is None else scores + bias
            for place in range(min(2, vocab)):
                best = scores.amax(1)
                token = torch.where(scores == best[:, None], tokens, vocab).amin(1)
                self.scores[place, rows], self.tokens[place, rows] = best, token
                scores.scatter_(1, token.clamp(max=vocab - 1)[:, None], -math.inf)  # no token where all are nan

    def score(self, rows: Int[Tensor, " pairs"], tokens: Int[Tensor, " pairs"]) -> Float[Tensor, " pairs"]:
        """Return the exact scores of pairs (vector, token), float64."""
        some = max(1, PRODUCTS_BYTES // (8 * max(1, self._matrix.shape[1])))
        pairs = zip(rows.split(some), tokens.split(some), strict=True)
        scores = torch.cat([tree_sum(self._products(few_rows, few_tokens)) for few_rows, few_tokens in pairs])
        return scores if self._bias is None else scores + self._bias[tokens].double()

    def _products(self, rows: Int[Tensor, " pairs"], tokens: Int[Tensor, " pairs"]) -> Float[Tensor, "pairs d_head"]:
        return self._vectors.index_select(0, rows).double().mul_(self._matrix.index_select(0, tokens))

    def _compete(
        self, rows: Int[Tensor, " pairs"], tokens: Int[Tensor, " pairs"], scores: Float[Tensor, " pairs"]
    ) -> None:
        rows, tokens, scores = (
            torch.cat([rows, self._rows]),
            torch.cat([tokens, self.tokens.flatten()]),
            torch.cat([scores, self.scores.flatten()]),
        )
        for place in range(2):
            best = torch.full_like(self.scores[place], -math.inf).scatter_reduce_(0, rows, scores, "amax")
            winning = scores == best[rows]
            token = torch.full_like(self.tokens[place], self._matrix.shape[0])
            token.scatter_reduce_(0, rows[winning], tokens[winning], "amin")
            self.scores[place], self.tokens[place] = best, token
            others = tokens != token[rows]
            rows, tokens, scores = rows[others], tokens[others], scores[others]
