"""Standing out: by how much a head's degree lies above, or below, what heads do that have learnt nothing.

A cell is held against three nulls: heads of the model with random weights, heads of the model with rotated weights, and
the surrogate, the head's own tokens dealt out at random. All are asked about the same sequences, so that the unit is
one sequence and its difference d = (share of the head) - (share of a null's head), which lies in [-1, 1]. A cell stands
out *above* where the mean of d is more than `LEAST` for every head of every null, and *below* where it is less than
-`LEAST` for every one of them.

For one head of a null the p-value comes from bets on the sequences. With w = (1 + d) / 2 and m = (1 + LEAST) / 2, and
for a fixed share f of the largest bet there may be, the product over all sequences of

    1 + f (w - m) / m

has a mean of at most 1 where the mean of w is at most m, since no factor is negative and the sequences are independent.
So has the mean of such products over several f, and by Markov's inequality it exceeds 1 / alpha with a chance of at
most alpha. p is its reciprocal (at most 1). This is exact for every distribution on [-1, 1] and every number of
sequences; see Waudby-Smith and Ramdas (2024), Journal of the Royal Statistical Society B 86, 1-27.

A cell's p-value is the largest over its nulls' heads, since all of them must be rejected (an intersection-union test,
which needs no correction). Both directions of all cells of a run are one family, corrected by Holm's procedure.

That says how sure the distance from these heads is. Heads of one null differ as well, for some laws widely (a head with
rotated weights may read its own reading to rest, another never). So a second p-value says how likely one more head of
that null has such a degree: that of Student's t for a prediction, with the mean and the standard deviation of the
null's heads, on the scale of the arcsine of the root. The larger of the two counts.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace

import numpy as np
from scipy.special import stdtr

from harness.records.cell import Cell
from harness.records.comparison import BARRED, LEAST, NULLS, SURROGATE, Comparison, Shares, distance, explained
from harness.trials.multiplicity import holm

BETS = (0.2, 0.4, 0.6, 0.8, 0.9, 0.97)
"""Shares of the largest bet: small ones find a small difference in many sequences, large ones a great one in few."""

DIGITS = 5
"""Decimal places that a comparison keeps, so that a site of many heads stays small."""

STEPS = 1000
"""The ends of an interval are multiples of a thousandth; each is moved outwards to one."""

PROMISING = 0.2
"""On the first stage's sequences a cell must lie this far from its nulls' first heads for more to be asked."""

LIKELY = 0.005
"""The p-value of one more head of a null, on the first stage's sequences, above which no more sequences are read."""

HOPED = 0.5
"""The bets of more sequences must be able to bring the p-value to this, should they go on as they went so far. Of
221 simulated cells that stand out on 96 sequences, it let four go."""

SURE = 1e-6
"""A cell with a p-value below this stands out among thousands; more sequences would tell nothing more."""


def p_value(differences: Sequence[float], *, least: float = LEAST) -> float:
    """Give the p-value that the mean of independent differences in [-1, 1] is at most `least`; 1 where there are none.

    >>> p_value([0.9] * 32) < 1e-6, p_value([0.1] * 32), p_value([])
    (True, 1.0, 1.0)
    """
    bound = (1 + least) / 2
    gains = ((1 + np.asarray(differences, dtype=float)) / 2 - bound) / bound
    with np.errstate(over="ignore"):  # a product beyond the largest float is evidence enough
        wealth = np.mean([np.prod(1 + bet * gains) for bet in BETS])
    return float(min(1.0, 1 / wealth)) if wealth > 0 else 1.0


def differences(shares: Shares, other: Shares) -> list[float]:
    """Give the differences of the sequences that both have; the longer draw is cut to the shorter.

    >>> differences((1.0, None, 0.5), (0.25, 0.5, 0.5))
    [0.75, 0.0]
    """
    return [a - b for a, b in zip(shares, other, strict=False) if a is not None and b is not None]


def interval_of_difference(found: Sequence[float], *, confidence: float) -> tuple[float, float]:
    """Give the two-sided interval of the mean of independent differences in [-1, 1]: what the bets do not rule out.

    So an interval and `p_value` never say different things of the same differences.

    >>> low, high = interval_of_difference([0.8, 0.6] * 16, confidence=0.95)
    >>> 0.4 < low < 0.7 < high < 0.9
    True
    """
    alpha = (1 - confidence) / 2
    return _lowest(found, alpha), -_lowest([-one for one in found], alpha)


def _lowest(found: Sequence[float], alpha: float) -> float:
    """The largest mean, to a thousandth and none too large, that is ruled out for being too small."""
    low, high = -STEPS, math.ceil(STEPS * sum(found) / len(found))
    while high - low > 1:
        middle = (low + high) // 2
        if p_value(found, least=middle / STEPS) <= alpha:
            low = middle
        else:
            high = middle
    return low / STEPS


def comparison(shares: Shares, null: Sequence[Shares], *, confidence: float) -> Comparison | None:
    """Hold a cell's shares against those of a null's heads; None where they have no sequence in common.

    The interval of the excess is that of the difference from the nearest head, as wide as the choice among several
    heads asks for.
    """
    each = [found for found in (differences(shares, other) for other in null) if found]
    if not each:
        return None
    means = [sum(found) / len(found) for found in each]
    surer = 1 - (1 - confidence) / len(each)
    bounds = [interval_of_difference(found, confidence=surer) for found in each]
    if min(means) > 0:
        excess, low, high = min(means), min(low for low, _ in bounds), min(high for _, high in bounds)
    elif max(means) < 0:
        excess, low, high = max(means), max(low for low, _ in bounds), max(high for _, high in bounds)
    else:
        excess, low, high = 0.0, min(low for low, _ in bounds), max(high for _, high in bounds)
    excess, low, high = (round(value, DIGITS) for value in (excess, low, high))
    return Comparison(tuple(round(degree, DIGITS) for degree in _degrees(null)), excess, low, high, min(map(len, each)))


def _degree(shares: Shares) -> float | None:
    met = [share for share in shares if share is not None]
    return sum(met) / len(met) if met else None


def _degrees(heads: Sequence[Shares]) -> list[float]:
    """The degrees of those heads that meet the claim's precondition."""
    return [share for share in map(_degree, heads) if share is not None]


def compared(cell: Cell, nulls: Mapping[str, Sequence[Shares]], *, confidence: float) -> Cell:
    """Give the cell with what its degree is beside each null, and the p-values of standing out.

    Args:
        nulls: by name, the shares of each of the null's heads on the cell's sequences.
    """
    found = {name: comparison(cell.shares, heads, confidence=confidence) for name, heads in nulls.items()}
    made = {name: one for name, one in found.items() if one is not None}
    above, below = p_values(cell.shares, nulls) if set(made) == set(NULLS) else (None, None)
    return replace(cell, comparisons=made, p_above=above, p_below=below)


def p_values(shares: Shares, nulls: Mapping[str, Sequence[Shares]]) -> tuple[float, float]:
    """Give the p-values of standing out above and below: the largest over all heads of all nulls, and of one more head.

    The bets may be taken anew on more sequences of the same draw whenever one likes: their wealth is a martingale, and
    the chance that it ever exceeds 1 / alpha is at most alpha (Ville's inequality).
    """
    bets, more = _by_bets(shares, nulls), _of_one_more(shares, nulls)
    return max(bets[0], more[0]), max(bets[1], more[1])


def _of_one_more(shares: Shares, nulls: Mapping[str, Sequence[Shares]]) -> tuple[float, float]:
    """The largest p-values over the null models that one more head of it lies as high, and as low."""
    drawn = [
        (_degree(shares[: max(map(len, heads))]) or 0.0, _degrees(heads))
        for name, heads in nulls.items()
        if name != SURROGATE
    ]
    above = [p_of_one_more(degree, others) for degree, others in drawn]
    below = [p_of_one_more(1 - degree, [1 - one for one in others]) for degree, others in drawn]
    return max(above, default=0.0), max(below, default=0.0)


def _by_bets(shares: Shares, nulls: Mapping[str, Sequence[Shares]]) -> tuple[float, float]:
    """The largest p-values over all heads, of lying above and below them."""
    pairs = [differences(shares, other) for heads in nulls.values() for other in heads]
    return max(map(p_value, pairs)), max(p_value([-one for one in pair]) for pair in pairs)


def p_of_one_more(degree: float, others: Sequence[float]) -> float:
    """Give the p-value that one more draw from where `others` come from is at least `degree`; 1 of fewer than two.

    The arcsine of the root of a share has nearly the same variance wherever the share lies.

    >>> p_of_one_more(0.9, [0.1, 0.2, 0.15, 0.1]) < 0.001, p_of_one_more(0.9, [0.1, 0.9, 0.5]) > 0.1
    (True, True)
    """
    if len(others) < 2:
        return 1.0
    one, *rest = np.arcsin(np.sqrt(np.clip([degree, *others], 0, 1)))
    away = float(one - np.mean(rest))
    spread = float(np.std(rest, ddof=1)) * math.sqrt(1 + 1 / len(rest))
    if spread == 0:
        return 0.0 if away > 0 else 1.0
    return float(stdtr(len(others) - 1, -away / spread))


def may_stand_out(cell: Cell) -> bool:
    """Return whether a cell may stand out: nothing else explains its degree, and it lies far from the first heads.

    Below `PROMISING`, the sequences of a null's first stage give no p-value under 0.2, so the cell stands out no more.
    """
    if cell.p_above is None or _barred(cell):
        return False
    return abs(distance(cell.comparisons)) >= PROMISING


def worth_more(cell: Cell, nulls: Mapping[str, Sequence[Shares]]) -> bool:
    """Return whether more sequences may make a cell stand out, by what all heads of its nulls do on the first ones.

    They cannot where the cell is sure already. They hardly can where it lies near one of the heads, or where one more
    head of a null would lie as far with a chance of more than `LIKELY`: then it does not stand out.
    """
    if not may_stand_out(cell) or sure(cell.shares, nulls):
        return False
    return min(_of_one_more(cell.shares, nulls)) <= LIKELY


def still_open(shares: Shares, nulls: Mapping[str, Sequence[Shares]], *, upto: int) -> bool:
    """Return whether more sequences, `upto` at the most, may decide what those at hand leave open.

    They hardly can where the bets have won so little that as much again from each of the others would not bring the
    p-value to `HOPED`: wealth grows as a power of the number of sequences.
    """
    bets = min(_by_bets(shares, nulls))
    so_far = min(len(one) for heads in nulls.values() for one in heads)
    may_win = bets >= SURE and bets ** (upto / max(1, so_far)) <= HOPED
    return may_win and min(_of_one_more(shares, nulls)) <= LIKELY


def sure(shares: Shares, nulls: Mapping[str, Sequence[Shares]]) -> bool:
    """Return whether more sequences would tell nothing more of a cell's distance from its nulls."""
    return min(_by_bets(shares, nulls)) < SURE


def standing_out(cells: Sequence[Cell], *, alpha: float) -> list[Cell]:
    """Decide for the cells of a run together which of them stand out, controls and barred cells apart."""
    asked = [i for i, cell in enumerate(cells) if not cell.control and not _barred(cell)]
    tests = [(i, way) for i in asked for way in ("above", "below")]
    rejected = holm([_p(cells[i], way) for i, way in tests], alpha=alpha)
    decided = {i: way for (i, way), out in zip(tests, rejected, strict=True) if out}
    return [replace(cell, stands_out=decided.get(i, "")) for i, cell in enumerate(cells)]


def _barred(cell: Cell) -> bool:
    return not BARRED.isdisjoint(cell.flags.split())


def _p(cell: Cell, way: str) -> float:
    found = cell.p_above if way == "above" else cell.p_below
    return 1.0 if found is None else found


def most_telling(cells: Iterable[Cell]) -> list[Cell]:
    """Sort the cells that stand out, the one furthest from its nearest null first."""
    return sorted(
        (cell for cell in cells if cell.stands_out), key=lambda cell: (-abs(distance(cell.comparisons)), cell.node)
    )


def furthest(cells: Iterable[Cell]) -> list[Cell]:
    """Sort the cells that do not stand out but lie from their nulls by more than `LEAST`, the furthest first."""
    found = [
        cell
        for cell in cells
        if not cell.stands_out
        and cell.p_above is not None
        and not _barred(cell)
        and abs(distance(cell.comparisons)) > LEAST
    ]
    return sorted(found, key=lambda cell: (-abs(distance(cell.comparisons)), cell.node))


def explained_by_frequencies(cell: Cell) -> bool:
    """Return whether a cell exceeds every null model's heads by more than `LEAST`, but not its own tokens dealt out."""
    return explained(cell.comparisons, cell.flags.split())
