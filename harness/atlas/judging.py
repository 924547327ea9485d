"""Judging: a number with its interval and its control, and what becomes of a claim by such numbers.

Intervals are the delete-one jackknife's over prompts at 0.95; a prompt is the unit, for positions of one prompt are
not independent. Of a smallest or a largest number the jackknife is rough.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum

import numpy as np

from harness.atlas.tokens import Tokens

NORMAL = 1.959964


class ClaimOutcome(StrEnum):
    """What comes of a claim."""

    HOLDS = "holds"
    PART = "holds in part"
    NOT = "does not hold here"
    UNTESTED = "cannot be tested here"


@dataclass(frozen=True)
class Measure:
    """One number that bears on a claim: its interval, what the notebook says, what the control shows."""

    what: str
    value: float
    low: float
    high: float
    said: str
    control: float | None
    control_name: str


@dataclass(frozen=True)
class Claim:
    """One claim with its judgement, and why it is that."""

    name: str
    says: str
    judgement: ClaimOutcome
    why: str
    measures: tuple[Measure, ...] = ()


def jackknife(found: Tokens, measure: Callable[[Tokens], float]) -> tuple[float, float, float]:
    """Return a measure with its interval: the measure without each prompt in turn says how much it depends on
    prompts.
    """
    value, number = measure(found), found.prompts
    if number < 2:
        return value, float("-inf"), float("inf")
    without = np.array([measure(found.only([i for i in range(number) if i != left])) for left in range(number)])
    error = float(np.sqrt((number - 1) / number * ((without - without.mean()) ** 2).sum()))
    return value, value - NORMAL * error, value + NORMAL * error


def judged(outcomes: list[bool], *, halfway: bool = False) -> ClaimOutcome:
    """Return all of it, some of it or none of it; `halfway` where none is quite so but all comes near.

    >>> judged([True, True]), judged([True, False]), judged([False]), judged([False], halfway=True)
    (<ClaimOutcome.HOLDS: 'holds'>, <ClaimOutcome.PART: 'holds in part'>, <ClaimOutcome.NOT: 'does not hold here'>, \
<ClaimOutcome.PART: 'holds in part'>)
    """
    if all(outcomes):
        return ClaimOutcome.HOLDS
    return ClaimOutcome.PART if any(outcomes) or halfway else ClaimOutcome.NOT


def whole(component: str) -> Callable[[Tokens], float]:
    """Return how many distinct tokens all heads read together."""
    return lambda found: float(len(np.unique(found.read[component])))


def beside(found: Mapping[str, Tokens], what: str, measure: Callable[[Tokens], float], said: str) -> Measure:
    """Return a measure of natural text, beside the same measure of untrained weights if there are any."""
    control = "untrained natural"
    if control not in found:
        return Measure(what, *jackknife(found["natural"], measure), said, None, "")
    return against(what, measure, found["natural"], found[control], control, said)


def against(
    what: str, measure: Callable[[Tokens], float], found: Tokens, other: Tokens, name: str, said: str = ""
) -> Measure:
    """Return a measure beside the same measure of a control, by its name."""
    return Measure(what, *jackknife(found, measure), said, measure(other), name)


def factor(one: float, other: float) -> float:
    """Return the ratio of the larger of two numbers to the smaller."""
    return max(one, other) / max(1e-12, min(one, other))


def same(measure: Measure) -> str:
    """Return what the control says of whether it was learnt."""
    if measure.control is None:
        return ""
    alike = measure.low <= measure.control <= measure.high
    return (
        " Random weights show the same, so it was not learnt."
        if alike
        else f" With random weights: {measure.control:.3g}."
    )
