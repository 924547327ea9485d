"""Cells: what is filed of one head, component and conjecture. Plain data."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from harness.laws.conjecture import Control
from harness.trials.counterexample import Counterexample


class Verdict(StrEnum):
    """The verdict on one cell."""

    SATISFIED = "satisfied"
    MOSTLY = "mostly"
    REFUTED = "refuted"
    UNDECIDED = "undecided"
    VACUOUS = "vacuous"
    ERROR = "error"


@dataclass(frozen=True)
class Cell:
    """One cell of the matrix: what is filed of one head, component and conjecture.

    Attributes:
        degree: mean agreement over the census, with its interval; None where nothing was counted.
        search_n: examples that the search tried before it found a counterexample, or all.
        census_n: independent sequences counted.
        violations, near_ties: among the census.
        discarded: inputs of search and census that did not meet the precondition.
        rate_low, rate_high: interval of the violation rate.
        margin: how safe the counterexample is, in logits.
        flags: space-separated, of `trivial architectural untrained gauge`.
        message: what went wrong, or what a reader should know of the verdict.
    """

    head: str
    component: str
    projection: str
    chapter: str
    conjecture: str
    verdict: Verdict
    degree: float | None = None
    degree_low: float | None = None
    degree_high: float | None = None
    search_n: int = 0
    census_n: int = 0
    violations: int = 0
    near_ties: int = 0
    discarded: int = 0
    rate_low: float | None = None
    rate_high: float | None = None
    margin: float | None = None
    flags: str = ""
    counterexample: Counterexample | None = None
    message: str = ""
    started: str = ""
    seconds: float = 0.0
    control: str = ""

    @property
    def wrong(self) -> bool:
        """Whether this is a control that came out wrong."""
        if self.control == Control.HOLDS:
            return self.verdict is not Verdict.SATISFIED
        return self.control == Control.FAILS and self.verdict is not Verdict.REFUTED

    @property
    def node(self) -> str:
        """What the cell is about, as pytest would write it: `repetition.py::a_repeat_adds_nothing[0.0-v]`."""
        return f"{self.chapter}.py::{self.conjecture}[{self.head}-{self.component}]"


@dataclass(frozen=True)
class Exhibit:
    """Something of a head to be looked at: a token plot of a family, or the transitions of a component."""

    head: str
    kind: str
    name: str
    data: dict[str, Any]
