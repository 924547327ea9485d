"""Judging: does the claim hold of this head for these inputs?

Every call of a conjecture's body, by search, census or replay, goes through here, so that all of them mean the same by "violated".
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import Enum
from typing import Any, Protocol

from hypothesis.errors import UnsatisfiedAssumption

from harness.errors import ConjectureError
from harness.laws.agreement import Agreement, agreements
from harness.laws.conjecture import Conjecture
from harness.laws.sampling import Draw, inside
from harness.readings.reading import Reading

Ids = tuple[int, ...]


class Reader(Protocol):
    """What a conjecture is handed as `head`: one component of one head."""

    @property
    def layer(self) -> int:
        """The head's layer, from 0."""

    def __call__(self, ids: Iterable[int]) -> Reading:
        """The reading of a sequence."""

    def afresh(self, ids: Iterable[int]) -> Reading:
        """The reading made anew, nothing remembered used."""


class BatchReader(Reader, Protocol):
    """A reader that reads many sequences faster together than one by one."""

    def read(self, sequences: Sequence[Iterable[int]]) -> list[Reading]:
        """The readings of several sequences."""


class Outcome(Enum):
    """What one input says of a claim."""

    HOLDS = "holds"
    VIOLATED = "violated"
    NEAR_TIE = "near-tie"  # holds only if near-ties are given the benefit of the doubt
    DISCARDED = "discarded"  # the claim's precondition is not met


@dataclass(frozen=True)
class Judgement:
    """The outcome for one input, with what it rests on.

    Attributes:
        share: mean share of agreeing entries over the comparisons made; 1 or 0 where the body compares by itself.
        deciding: the comparison that failed, if one did.
        readings: the readings that the body asked for, in order.
    """

    outcome: Outcome
    share: float
    deciding: Agreement | None
    readings: tuple[Reading, ...]


@dataclass
class Sheet:
    """A conjecture's inputs, to be judged for one head after another.

    Attributes:
        draws: the inputs.
        asked: the sequences that judging them asked for last time; nearly always it will ask for the same.
    """

    draws: tuple[Draw, ...]
    asked: tuple[Ids, ...] = ()


class Watched:
    """A reader that notes what it is asked for."""

    def __init__(self, reader: Reader) -> None:
        self._reader = reader
        self.readings: list[Reading] = []

    @property
    def layer(self) -> int:
        """The head's layer, from 0."""
        return self._reader.layer

    def __call__(self, ids: Iterable[int]) -> Reading:
        """The reading of a sequence."""
        self.readings.append(self._reader(ids))
        return self.readings[-1]

    def afresh(self, ids: Iterable[int]) -> Reading:
        """The reading made anew."""
        self.readings.append(self._reader.afresh(ids))
        return self.readings[-1]


class _Missing(BaseException):
    """A reading is asked for that is not at hand yet; no `except Exception` of a body may swallow it."""


class _Prepared:
    """A reader that answers from readings made beforehand and notes those that are missing."""

    def __init__(self, reader: BatchReader, expected: Iterable[Ids]) -> None:
        self._reader = reader
        self._made: dict[Ids, Reading] = {}
        self._missing: dict[Ids, None] = dict.fromkeys(expected)
        if self._missing:
            self.fetch()

    @property
    def layer(self) -> int:
        """The head's layer, from 0."""
        return self._reader.layer

    def __call__(self, ids: Iterable[int]) -> Reading:
        """The reading, if it is at hand."""
        key = tuple(ids)
        if key not in self._made:
            self._missing[key] = None
            raise _Missing
        return self._made[key]

    def afresh(self, ids: Iterable[int]) -> Reading:
        """Made anew at once: it is there to show that batching changes nothing."""
        return self._reader.afresh(ids)

    @property
    def asked(self) -> tuple[Ids, ...]:
        """All sequences that were read."""
        return tuple(self._made)

    def fetch(self) -> None:
        """Make all that is missing, together."""
        self._made.update(zip(self._missing, self._reader.read(list(self._missing)), strict=True))
        self._missing.clear()


def judge(conjecture: Conjecture, reader: Reader, inputs: Mapping[str, Any]) -> Judgement:
    """Judge one input. Call it inside a Hypothesis test or `sampling.inside`.

    Raises:
        ConjectureError: for a body that returns a value instead of asserting.
    """
    watched = Watched(reader)
    with agreements() as log:
        try:
            returned = conjecture.body(head=watched, **inputs)
        except UnsatisfiedAssumption:
            return Judgement(Outcome.DISCARDED, 1.0, None, tuple(watched.readings))
        except AssertionError:
            failed = True
        else:
            failed = False
            if returned is not None:
                raise ConjectureError(
                    f"{conjecture.name}: returns {returned!r}; a conjecture asserts what it claims, write `assert ...` instead of `return ...`."
                )
    deciding = next((found for found in reversed(log) if not found), None) if failed else None
    share = sum(found.share for found in log) / len(log) if log else float(not failed)
    if failed:
        outcome = Outcome.VIOLATED
    elif any(found.near_ties for found in log):
        outcome = Outcome.NEAR_TIE
    else:
        outcome = Outcome.HOLDS
    return Judgement(outcome, share, deciding, tuple(watched.readings))


def judge_all(conjecture: Conjecture, reader: BatchReader, sheet: Sheet) -> list[Judgement]:
    """Judge many inputs, with the readings they need made in batches.

    A body is run until it asks for a reading that is not at hand; when all have come so far, what they ask for is read together
    and they are run again. So a body may ask for a reading that depends on another, and each round is one batch. What was asked
    for on the last head is made beforehand on the next one.
    """
    draws = sheet.draws
    prepared = _Prepared(reader, sheet.asked)
    judged: dict[int, Judgement] = {}
    waiting = list(range(len(draws)))
    while waiting:
        still = []
        for i in waiting:
            with inside(conjecture.test):
                try:
                    judged[i] = judge(conjecture, prepared, draws[i].inputs)
                except _Missing:
                    still.append(i)
        if still:
            prepared.fetch()
        waiting = still
    sheet.asked = prepared.asked
    return [judged[i] for i in range(len(draws))]
