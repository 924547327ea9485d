"""Census: how often the claim holds on independent sequences of its family.

Each draw is one sequence (or one set of inputs) from the family's stated distribution; it holds, is violated, rests
on a near-tie or does not meet the precondition. Only draws that meet it are counted, and each counts once, however
long its sequences are.

A census may come in stages, of one list of draws: a first one of a fixed number, which gives the degree, and more,
twice as many each time, only for as long as it is worth it. That never makes a verdict easier to get: where the rest is
left out, nothing rests on the count but the degree.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from itertools import pairwise

from harness.laws.conjecture import Conjecture
from harness.laws.families import drawing_from
from harness.laws.sampling import Draw, draws
from harness.profiling import Part, spent_on
from harness.readings.lexicon import Lexicon
from harness.records.comparison import Shares
from harness.trials.judge import InputBatch, Judgement, Outcome, judge_all
from harness.trials.subject import BatchReader


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
        ended: whether it ended before its whole number, since the rest could not have decided anything.
        entries: of all readings that were asked for.
        near_tied: how many of these entries are near-ties, whether or not anything hangs on them.
        opening: the draws of the first stage, each with its judgement.
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
    entries: int = 0
    near_tied: int = 0
    opening: tuple[tuple[Draw, Judgement], ...] = ()

    @property
    def shares(self) -> Shares:
        """The agreement on each draw of the first stage; None where it does not meet the precondition."""
        return shares_of(self.opening)

    @property
    def near_tied_share(self) -> float:
        """The share of near-ties among the entries; 0 where nothing was read."""
        return self.near_tied / self.entries if self.entries else 0.0

    @property
    def on(self) -> int:
        """How many draws the degree is a mean of."""
        return self.n if self.first is None else self.first

    @property
    def breaking(self) -> list[Draw]:
        """The draws that violate the claim, those with the fewest choices first."""
        return sorted((draw for draw, _ in self.violating), key=lambda draw: len(draw.choices))


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
        worth: whether it is to go on, in the light of what has been counted.
    """
    stages = _stages(number, first or number)
    drawn: list[Draw] = []
    judged: list[Judgement] = []
    begun = counted = _counted(drawn, judged)
    for stage, (start, stop) in enumerate(stages):
        if stage and not worth(counted):
            return replace(counted, ended=True)
        batch = input_batch(conjecture, start, stop, seed, lexicon)
        drawn += batch.draws
        judged += judge_all(conjecture, reader, batch)
        counted = _counted(drawn, judged)
        begun = replace(counted, opening=tuple(zip(drawn, judged, strict=True))) if stage == 0 else begun
        counted = replace(
            counted, degree=begun.degree, first=begun.n if len(stages) > 1 else None, opening=begun.opening
        )
    return counted


def on_text(conjecture: Conjecture, reader: BatchReader, *, number: int, seed: int, lexicon: Lexicon) -> Census | None:
    """Count a claim on natural text; None where it cannot be asked of every sequence, or there is no text.

    Its sequences are passages of the text, and its single tokens are tokens of it; their lengths are drawn as ever.
    """
    if not conjecture.of_any_sequence or len(lexicon.text) <= lexicon.longest:
        return None
    return census(conjecture, reader, number=number, seed=seed, lexicon=lexicon._replace(natural=True))


def judged_on(
    conjecture: Conjecture, reader: BatchReader, start: int, stop: int, *, seed: int, lexicon: Lexicon
) -> list[tuple[Draw, Judgement]]:
    """Judge a claim on its draws from `start` to `stop`."""
    batch = input_batch(conjecture, start, stop, seed, lexicon)
    return [*zip(batch.draws, judge_all(conjecture, reader, batch), strict=True)]


def shares(
    conjecture: Conjecture, reader: BatchReader, start: int, stop: int, *, seed: int, lexicon: Lexicon
) -> Shares:
    """Give the agreement on each draw from `start` to `stop`; None where it does not meet the precondition."""
    return shares_of(judged_on(conjecture, reader, start, stop, seed=seed, lexicon=lexicon))


def shares_of(judged: Sequence[tuple[Draw, Judgement]]) -> Shares:
    """Give the agreement on each draw; None where it does not meet the precondition."""
    return tuple(None if found.outcome is Outcome.DISCARDED else found.share for _, found in judged)


@lru_cache(maxsize=256)
def input_batch(conjecture: Conjecture, start: int, stop: int, seed: int, lexicon: Lexicon) -> InputBatch:
    """Draw what a claim is asked about, from `start` to `stop`; the same seed gives the same draws."""
    with spent_on(Part.HYPOTHESIS), drawing_from(lexicon):
        return InputBatch(draws(conjecture.test, name=conjecture.draws_as, number=stop - start, seed=seed, first=start))


def _stages(number: int, first: int) -> list[tuple[int, int]]:
    """Where each stage begins and ends.

    >>> _stages(200, 32)
    [(0, 32), (32, 96), (96, 200)]
    """
    ends = [0]
    while ends[-1] < number:
        ends.append(min(number, ends[-1] + first * max(1, 2 ** (len(ends) - 1))))
    return [*pairwise(ends)]


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
        entries=sum(found.entries for _, found in met),
        near_tied=sum(found.near_tied for _, found in met),
    )
