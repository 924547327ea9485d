"""Multiplicity: a run files many verdicts, so each must be surer than it would have to be alone.

`satisfied` and `mostly` are tests. Their null hypothesis is that the claim's violation rate is at least the bound
(epsilon for the one, delta for the other), and the p-value is the chance of so few violations at the bound itself,

    p = P(X <= violations),  X binomial(n, bound),

which is exact: p <= alpha just where the one-sided Clopper-Pearson upper bound at confidence 1 - alpha is at most the
bound. The family is all cells of a run but the controls. Holm's procedure (1979, Scandinavian Journal of Statistics 6,
65-70) keeps the chance that even one of its verdicts of these two kinds is false at most alpha, however the cells
depend on each other. They do: heads share their sequences.

A cell may bear either verdict, for a counterexample found by chance makes it `mostly`, and epsilon <= delta. So each
has two p-values, p at epsilon and p' <= p at delta, and one rule serves both. Holm's steps go by p alone, whether or
not a counterexample stands: with k of m cells at p <= alpha / (m - k), the next is held against alpha / (m - k). The
level at which this ends decides everything: `satisfied` asks for p, `mostly` for p' to be at most that level. A cell
that is `mostly` alone loosens nothing for the others, since `satisfied` could still be false of it.

Proof. Of the t cells whose rate is epsilon or more, let q be p', where the rate is delta or more, and p elsewhere. A
false verdict on such a cell needs q <= the last level: at delta or more both verdicts are false and p' <= p; below,
`satisfied` alone is. With a chance of at least 1 - alpha no q is at most alpha / t (Bonferroni). Then no level exceeds
alpha / t: while none of the t has been passed, k <= m - t, so the level is at most alpha / t, and none of them passes,
for p >= q. Hence no verdict is false. With epsilon = delta it is Holm's procedure. (It is an instance of the sequential
rejection principle: Goeman and Solari 2010, Annals of Statistics 38, 3782-3810.)

A counterexample that stands needs no correction: it is a proof.
"""

from __future__ import annotations

import math
from collections.abc import Sequence


def p_value(violations: int, n: int, *, bound: float) -> float:
    """Return the chance of at most this number of violations among n sequences, were their rate the bound; 1 where n
    is 0.

    >>> round(p_value(0, 59, bound=0.05), 4), round(p_value(4, 200, bound=0.05), 4), p_value(0, 0, bound=0.05)
    (0.0485, 0.0264, 1.0)
    """
    from scipy.special import betaincc  # a fifth of a second, which those who only ask for a size can do without

    return float(betaincc(violations + 1, n - violations, bound)) if violations < n else 1.0


def sequences_needed(*, bound: float, confidence: float, family: int = 1) -> int:
    """Return how many sequences without a violation a family's least sure cell needs: ln(alpha / family) / ln(1 -
    bound).

    >>> sequences_needed(bound=0.05, confidence=0.95), sequences_needed(bound=0.05, confidence=0.95, family=1000)
    (59, 194)
    """
    return max(1, math.ceil(math.log((1 - confidence) / family) / math.log1p(-bound)))


def holm(p_values: Sequence[float], *, alpha: float) -> tuple[bool, ...]:
    """Return which of a family's null hypotheses are rejected, by Holm's step-down procedure.

    The smallest p is held against alpha / m, the next against alpha / (m - 1), and so on up to the first that is too
    large; what is rejected at alpha / m (Bonferroni) is always rejected here.

    >>> holm([0.01, 0.04, 0.03, 0.005], alpha=0.05)
    (True, False, False, True)
    >>> holm([], alpha=0.05)
    ()
    """
    rejected = [False] * len(p_values)
    for rank, place in enumerate(sorted(range(len(p_values)), key=p_values.__getitem__)):
        if p_values[place] > alpha / (len(p_values) - rank):
            break
        rejected[place] = True
    return tuple(rejected)


def level_reached(p_values: Sequence[float], *, alpha: float) -> float:
    """Return the level at which Holm's steps end: what the first p-value that is not rejected is held against.

    It is alpha where all are rejected, or there are none.

    >>> level_reached([0.01, 0.04, 0.03, 0.005], alpha=0.05)
    0.025
    """
    rejected = sum(holm(p_values, alpha=alpha))
    return alpha / max(1, len(p_values) - rejected)
