"""Census: how often the claim holds on independent sequences of its family.

Each draw is one sequence (or one set of inputs) from the family's stated distribution; it holds, is violated, rests
on a near-tie or does not meet the precondition. Only draws that meet it are counted, and each counts once, however
long its sequences are.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

from harness.laws.conjecture import Conjecture
from harness.laws.families import speaking
from harness.laws.sampling import Draw, draws
from harness.readings.lexicon import Lexicon
from harness.trials.judge import BatchReader, Judgement, Outcome, Sheet, judge_all


@dataclass(frozen=True)
class Census:
    """What was counted.

    Attributes:
        n: draws that met the precondition.
        violations: those that violate the claim for certain.
        near_ties: those whose disagreement rests on near-ties alone.
        discarded: draws that did not meet the precondition; not among the n.
        degree: mean share of agreement over the n, or None where n is 0.
        violating: the draws that violate the claim, each with its judgement.
        constant: whether every reading in it was one and the same token throughout.
    """

    n: int
    violations: int
    near_ties: int
    discarded: int
    degree: float | None
    violating: tuple[tuple[Draw, Judgement], ...]
    constant: bool

    @property
    def breaking(self) -> Draw | None:
        """Of the draws that violate the claim the one with the fewest choices; or None."""
        return min((draw for draw, _ in self.violating), key=lambda draw: len(draw.choices), default=None)


def census(conjecture: Conjecture, reader: BatchReader, *, number: int, seed: int, lexicon: Lexicon) -> Census:
    """Count over so many independent draws; the same seed gives every head the same draws."""
    sheet = _sheet(conjecture, number, seed, lexicon)
    return _counted(sheet.draws, judge_all(conjecture, reader, sheet))


@lru_cache(maxsize=64)
def _sheet(conjecture: Conjecture, number: int, seed: int, lexicon: Lexicon) -> Sheet:
    with speaking(lexicon):
        drawn = draws(conjecture.test, name=conjecture.draws_as, number=number, seed=seed)
    return Sheet(drawn)


def _counted(drawn: Sequence[Draw], judged: Sequence[Judgement]) -> Census:
    met = [(draw, found) for draw, found in zip(drawn, judged, strict=True) if found.outcome is not Outcome.DISCARDED]
    violating = tuple((draw, found) for draw, found in met if found.outcome is Outcome.VIOLATED)
    tokens = {int(token) for _, found in met for reading in found.readings for token in reading.tokens}
    return Census(
        n=len(met),
        violations=len(violating),
        near_ties=sum(found.outcome is Outcome.NEAR_TIE for _, found in met),
        discarded=len(drawn) - len(met),
        degree=sum(found.share for _, found in met) / len(met) if met else None,
        violating=violating,
        constant=len(tokens) == 1,
    )
