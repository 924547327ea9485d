"""Cells: what is filed of one head, component and conjecture. Plain data."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import asdict, dataclass, field, replace
from enum import StrEnum
from typing import Any

from harness.records.claim import Control
from harness.records.comparison import Comparison, Shares, comparisons
from harness.records.counterexample import Counterexample


class Verdict(StrEnum):
    """The verdict on one cell."""

    SATISFIED = "satisfied"
    MOSTLY = "mostly"
    REFUTED = "refuted"
    UNDECIDED = "undecided"
    VACUOUS = "vacuous"
    ERROR = "error"

    @property
    def holds(self) -> bool:
        """Whether the claim holds of the head."""
        return self in HOLDING

    @property
    def decided(self) -> bool:
        """Whether it says that the claim holds of the head, or that it does not."""
        return self.holds or self is Verdict.REFUTED


Key = tuple[str, str, str, str, str]
"""What names a cell in a run: head, component, projection, chapter and conjecture."""

HOLDING = (Verdict.SATISFIED, Verdict.MOSTLY)
"""The verdicts by which a claim holds of a head."""

FLAGS = ("trivial", "architectural", "untrained", "gauge")
"""The flags of a cell."""


def dull(flags: Iterable[str]) -> bool:
    """Return whether some flags give a verdict a reason other than what the head has learnt."""
    return not {"trivial", "architectural", "untrained"}.isdisjoint(flags)


@dataclass(frozen=True)
class Cell:
    """One cell of the matrix: what is filed of one head, component and conjecture.

    Attributes:
        degree: mean agreement over the census, with its interval; None where nothing was counted.
        null_random, null_rotated: the mean degree of the same claim on a few heads of the model's nulls
            (`harness.models.nulls`).
        null_surrogate: its degree where the head's own attention tokens are dealt out at random.
        comparisons: the degree beside each of these nulls, by name.
        p_above, p_below: the p-value that the degree exceeds every null by no more than `comparison.LEAST`, or falls
            short of every null by no more; None where a null was not counted.
        stands_out: `above` or `below` where that is rejected for the whole run's cells; otherwise nothing.
        text_degree, text_low, text_high, text_n: the degree on natural text, its interval, and its sequences; None
            where the claim cannot be asked of every sequence.
        holds_on_null: whether the claim holds there, on either; a flag where it holds of the head as well. Not asked
            where the head's census ended early, since it does not hold of the head then.
        search_n: examples that the search tried before it found a counterexample, or all.
        census_n: independent sequences counted.
        violations, near_ties: among the census.
        near_tied: the share of near-ties among the entries that the census read; None where nothing was counted.
        discarded: inputs of search and census that did not meet the precondition.
        rate_low, rate_high: interval of the violation rate.
        margin: how safe the counterexample is, in logits.
        p_value: of the verdict that is open to the cell (see `multiplicity`); None where nothing was counted.
        p_epsilon: of a cell that may be `mostly`, the p-value of `satisfied`, which the correction goes by; None where
            the two are the same.
        p_at_best: of a census that ended early, the p-value that the rest could have led to; None of a whole one.
        family: how many cells share the chance of error; 1 where the verdict stands for itself.
        flags: space-separated, of `FLAGS`, in that order.
        message: what went wrong, or what a reader should know of the verdict.
        shares, dealt: the agreement on each sequence of the first stage, by the head and by its tokens dealt out; kept
            until the cell has been compared with the null models, and not filed.
        remembered: whether an earlier run tried it; not filed.
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
    null_random: float | None = None
    null_rotated: float | None = None
    holds_on_null: bool = False
    search_n: int = 0
    census_n: int = 0
    violations: int = 0
    near_ties: int = 0
    discarded: int = 0
    near_tied: float | None = None
    rate_low: float | None = None
    rate_high: float | None = None
    p_value: float | None = None
    p_epsilon: float | None = None
    p_at_best: float | None = None
    family: int = 1
    margin: float | None = None
    flags: str = ""
    counterexample: Counterexample | None = None
    message: str = ""
    started: str = ""
    seconds: float = 0.0
    control: str = ""
    null_surrogate: float | None = None
    comparisons: dict[str, Comparison] = field(default_factory=dict)
    p_above: float | None = None
    p_below: float | None = None
    stands_out: str = ""
    text_degree: float | None = None
    text_low: float | None = None
    text_high: float | None = None
    text_n: int = 0
    shares: Shares = ()
    dealt: Shares = ()
    remembered: bool = False

    def ruled(self, verdict: Verdict) -> Cell:
        """Return the same with this verdict, and with the flag `untrained` where that goes with it."""
        flags = [flag for flag in self.flags.split() if flag != "untrained"]
        if self.holds_on_null and verdict in HOLDING:
            flags.append("untrained")
        return replace(self, verdict=verdict, flags=" ".join(sorted(flags, key=FLAGS.index)))

    @property
    def how_broken(self) -> str:
        """Of a refuted cell, how many of its sequences break the claim: few, many, or nearly all; otherwise nothing."""
        return how_broken(self.verdict, self.violations, self.census_n)

    @property
    def wrong(self) -> bool:
        """Whether this is a control that came out wrong."""
        if self.control == Control.HOLDS:
            return self.verdict is not Verdict.SATISFIED
        return self.control == Control.FAILS and self.verdict is not Verdict.REFUTED

    @property
    def key(self) -> Key:
        """What names it in a run."""
        return self.head, self.component, self.projection, self.chapter, self.conjecture

    @property
    def node(self) -> str:
        """What the cell is about, as pytest would write it: `repetition.py::a_repeat_adds_nothing[0.0-v]`."""
        return f"{self.chapter}.py::{self.conjecture}[{self.head}-{self.component}]"

    def to_json(self) -> str:
        """Return all of it, to travel between processes."""
        return json.dumps(asdict(self))

    @classmethod
    def from_json(cls, text: str) -> Cell:
        """Return what `to_json` wrote."""
        plain = json.loads(text)
        found = plain["counterexample"]
        revived = {
            "verdict": Verdict(plain["verdict"]),
            "counterexample": None if found is None else Counterexample.of(found),
            "comparisons": comparisons(plain["comparisons"]),
            "shares": tuple(plain["shares"]),
            "dealt": tuple(plain["dealt"]),
        }
        return cls(**{**plain, **revived})


RARE, ALWAYS = 0.05, 0.95
"""A refuted claim has rare exceptions up to the one rate of violations, and is always broken from the other on."""


def how_broken(verdict: Verdict, violations: int, n: int) -> str:
    """Say how often a refuted claim is broken; nothing of other verdicts, or where nothing was counted.

    >>> how_broken(Verdict.REFUTED, 2, 96), how_broken(Verdict.REFUTED, 16, 32), how_broken(Verdict.SATISFIED, 0, 200)
    ('with rare exceptions', 'often broken', '')
    """
    if verdict is not Verdict.REFUTED or not n:
        return ""
    if violations <= RARE * n:
        return "with rare exceptions"
    return "always broken" if violations >= ALWAYS * n else "often broken"


@dataclass(frozen=True)
class Exhibit:
    """Something to be looked at: of a head, a token plot, transitions or growth; of no head, what a family draws."""

    head: str
    kind: str
    name: str
    data: dict[str, Any]
