"""Census: how often the claim holds on independent sequences of its family.

Each draw is one sequence (or one set of inputs) from the family's stated distribution; it holds, is violated, rests
on a near-tie or does not meet the precondition. Only draws that meet it are counted, and each counts once, however
long its sequences are.

A census may come in two stages, of one list of draws: a first one of a fixed number, which gives the degree, and the
rest only where it is worth it. That never makes a verdict easier to get: where the rest is left out, nothing rests on
the count but the degree.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
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
        degree: mean share of agreement over the first stage, or None where it has no draw that meets the precondition.
        violating: the draws that violate the claim, each with its judgement.
        constant: whether every reading in it was one and the same token throughout.
        first: how many of the n are of the first stage; None where it came in one.
        ended: whether it ended with the first stage, since the rest could not have decided anything.
    """

    n: int
    violations: int
    near_ties: int
    discarded: int
    degree: float | None
    violating: tuple[tuple[Draw, Judgement], ...]
    constant: bool
    first: int | None = None
    ended: bool = False

    @property
    def on(self) -> int:
        """How many draws the degree is a mean of."""
        return self.n if self.first is None else self.first

    @property
    def breaking(self) -> Draw | None:
        """Of the draws that violate the claim the one with the fewest choices; or None."""
        return min((draw for draw, _ in self.violating), key=lambda draw: len(draw.choices), default=None)


def census(
    conjecture: Conjecture,
    reader: BatchReader,
    *,
    number: int,
    seed: int,
    lexicon: Lexicon,
    first: int = 0,
    worth: Callable[[Census], bool] = lambda counted: True,
) -> Census:
    """Count over so many independent draws; the same seed gives every head the same draws.

    Args:
        first: how many of them are the first stage; 0 for all.
        worth: whether the rest is to be counted, in the light of the first stage.
    """
    some, rest = _sheets(conjecture, number, first or number, seed, lexicon)
    judged = judge_all(conjecture, reader, some)
    begun = _counted(some.draws, judged)
    if not rest.draws:
        return begun
    if not worth(begun):
        return replace(begun, ended=True)
    judged += judge_all(conjecture, reader, rest)
    return replace(_counted(some.draws + rest.draws, judged), degree=begun.degree, first=begun.n)


@lru_cache(maxsize=128)
def _sheets(conjecture: Conjecture, number: int, first: int, seed: int, lexicon: Lexicon) -> tuple[Sheet, Sheet]:
    with speaking(lexicon):
        drawn = draws(conjecture.test, name=conjecture.draws_as, number=number, seed=seed)
    return Sheet(drawn[:first]), Sheet(drawn[first:])


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
