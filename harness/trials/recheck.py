"""Re-check: which of the violations that a census counted still stand in float64?

A difference between readings is safe by its margin. So the violations are looked at in the order of their margins,
the least safe first, and those that do not stand become near-ties; once enough in a row have stood, the safer ones
are taken to stand as well. (Re-checking all of them would cost more than the census.)
"""

from __future__ import annotations

from dataclasses import replace

from harness.laws.conjecture import Conjecture
from harness.laws.sampling import Draw
from harness.readings.component_head import ComponentHead
from harness.trials.census import Census
from harness.trials.judge import InputBatch, Judgement, Outcome, judge_all

IN_A_ROW = 3
"""So many that stand, one after another, end the re-check."""


def standing(conjecture: Conjecture, head: ComponentHead, counted: Census) -> Census:
    """Return the census with its violations re-checked in float64; what does not stand is tallied as a near-tie."""
    waiting = sorted(counted.violating, key=_safety)
    kept: list[tuple[Draw, Judgement]] = []
    row = 0
    while waiting and row < IN_A_ROW:
        some, waiting = waiting[:IN_A_ROW], waiting[IN_A_ROW:]
        again = judge_all(conjecture, head.in_float64, InputBatch(tuple(draw for draw, _ in some)))
        for violation, found in zip(some, again, strict=True):
            stands = found.outcome is Outcome.VIOLATED
            row = row + 1 if stands else 0
            if stands:
                kept.append(violation)
    violating = (*kept, *waiting)
    fallen = len(counted.violating) - len(violating)
    return replace(
        counted,
        violations=counted.violations - fallen,
        near_ties=counted.near_ties + fallen,
        violating=violating,
    )


def _safety(violation: tuple[Draw, Judgement]) -> float:
    """The smallest margin among the differences; a claim that compares by itself gives none, and comes first."""
    deciding = violation[1].deciding
    return 0.0 if deciding is None or deciding.margin is None else deciding.margin
