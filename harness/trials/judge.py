"""Judging: does the claim hold of this head for these inputs?

Every call of a conjecture's body, by search, census or replay, goes through here, so that all of them mean the same
by "violated".
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass, replace
from enum import Enum
from typing import Any

from hypothesis.errors import UnsatisfiedAssumption

from harness.errors import ConjectureError, HeadlawsError
from harness.laws.agreement import Agreement, agreements, literally
from harness.laws.conjecture import Conjecture
from harness.laws.families import Ids
from harness.laws.sampling import Draw, inside
from harness.profiling import Part, spent_on
from harness.readings.reading import Reading
from harness.trials.foresight import foreseen
from harness.trials.subject import Ask, BatchReader, Reader, Subject, Wanted, asked_of, given, read


class Outcome(Enum):
    """What one input says of a claim."""

    HOLDS = "holds"
    VIOLATED = "violated"
    NEAR_TIE = "near-tie"  # the benefit of the doubt, given to near-ties or not, decides it
    DISCARDED = "discarded"  # the claim's precondition is not met


@dataclass(frozen=True)
class Judgement:
    """The outcome for one input, with what it rests on.

    Attributes:
        share: mean share of agreeing entries over the comparisons made; 1 or 0 where the body compares by itself.
        deciding: the comparison that failed, if one did.
        readings: the readings that the body asked for, in order.
        asked: what each of them was asked as.
        entries: of these readings, attention left out that was weighed and not read.
        near_tied: how many of the entries are near-ties.
    """

    outcome: Outcome
    share: float
    deciding: Agreement | None
    readings: tuple[Reading, ...]
    entries: int = 0
    near_tied: int = 0
    asked: tuple[Wanted, ...] = ()


@dataclass
class InputBatch:
    """A conjecture's inputs, to be judged for one head after another.

    Attributes:
        draws: the inputs.
        asked: the readings that judging them asks for, whatever the head: those that all heads so far asked for. What
            else one asks for follows from what it reads. None before the first.
    """

    draws: tuple[Draw, ...]
    asked: tuple[Wanted, ...] | None = None


class Watched(Subject):
    """A subject that notes what it is asked for."""

    def __init__(self, reader: Reader) -> None:
        super().__init__(reader)
        self.readings: list[Reading] = []
        self.asked: list[Wanted] = []

    def _answer(self, ids: Ids, ask: Ask) -> Reading:
        answer = super()._answer(ids, ask)
        self.readings.append(replace(answer, asked=ask.said) if ask.said else answer)
        self.asked.append((ids, ask))
        return self.readings[-1]


class _Missing(BaseException):
    """A reading is asked for that is not at hand yet; no `except Exception` of a body may swallow it."""


class _Prepared(Subject):
    """A subject that answers from readings made beforehand and notes those that are missing."""

    def __init__(self, reader: BatchReader, expected: Iterable[Wanted], *, rest_is_own: bool) -> None:
        """Make what is expected to be asked for.

        Args:
            rest_is_own: whether what else is asked for follows from what the head reads.
        """
        super().__init__(reader)
        self._made: dict[Wanted, Reading] = {}
        self._used: dict[Wanted, None] = {}
        self._missing: dict[Wanted, None] = dict.fromkeys(expected)
        self._own = False
        with suppress(HeadlawsError):  # what is expected, this head may refuse: it need not be asked
            self.fetch()
        self._missing.clear()
        self._own = rest_is_own

    @property
    def used(self) -> tuple[Wanted, ...]:
        """All that was asked for; not what was expected in vain."""
        return tuple(self._used)

    def fetch(self) -> None:
        """Make all that is missing, together."""
        for ask in dict.fromkeys(ask for _, ask in self._missing):
            wanted = [want for want in self._missing if want[1] == ask]
            made = read(asked_of(self._reader, ask), [ids for ids, _ in wanted], ask, own=self._own)
            self._made.update(zip(wanted, made, strict=True))
        self._missing.clear()

    def _answer(self, ids: Ids, ask: Ask) -> Reading:
        want = (ids, ask)
        if want not in self._made:
            self._missing[want] = None
            raise _Missing
        self._used[want] = None
        return self._made[want]


def judge(conjecture: Conjecture, reader: Reader, inputs: Mapping[str, Any]) -> Judgement:
    """Judge one input. Call it inside a Hypothesis test or `sampling.inside`.

    Raises:
        ConjectureError: for a body that returns a value instead of asserting.
    """
    watched = Watched(reader)
    with agreements() as log:
        outcome = _outcome(conjecture, watched, inputs)
    readings = tuple(watched.readings)
    if outcome is Outcome.DISCARDED:
        return Judgement(outcome, 1.0, None, readings, asked=tuple(watched.asked))
    failed = outcome is Outcome.VIOLATED
    deciding = next((found for found in reversed(log) if not found), None)
    share = sum(found.share for found in log) / len(log) if log else float(not failed)
    near_tied = [int(reading.near_ties.sum()) for reading in readings]
    if any(near_tied):
        with literally(), agreements():  # the log of this one is nobody's
            at_its_word = _outcome(conjecture, Watched(reader), inputs)
        if at_its_word is not outcome:
            outcome = Outcome.NEAR_TIE
    weighed = {id(side) for found in log if found.measured is not None for side in found.sides if _has_weights(side)}
    read = [(len(one.tokens), ties) for one, ties in zip(readings, near_tied, strict=True) if id(one) not in weighed]
    return Judgement(
        outcome,
        share,
        deciding if outcome is Outcome.VIOLATED else None,
        readings,
        entries=sum(entries for entries, _ in read),
        near_tied=sum(ties for _, ties in read),
        asked=tuple(watched.asked),
    )


def _has_weights(reading: Reading) -> bool:
    """Whether it is attention: a claim about how much is given where says nothing of the largest share."""
    return hasattr(reading, "weights")


def _outcome(conjecture: Conjecture, watched: Watched, inputs: Mapping[str, Any]) -> Outcome:
    try:
        with spent_on(Part.PREDICATES):
            returned = conjecture.body(**{conjecture.subject: watched}, **given(inputs))
    except UnsatisfiedAssumption:
        return Outcome.DISCARDED
    except AssertionError:
        return Outcome.VIOLATED
    if returned is not None:
        raise ConjectureError(
            f"{conjecture.name}: it returns {returned!r}; a law asserts its claim, so write `assert ...` instead of "
            "`return ...`."
        )
    return Outcome.HOLDS


def judge_at_once(conjecture: Conjecture, reader: BatchReader, inputs: Mapping[str, Any]) -> Judgement:
    """Judge one input, with the readings that can be foreseen made together. Call it inside a Hypothesis test."""
    prepared = _Prepared(reader, foreseen(conjecture, reader, inputs), rest_is_own=True)
    while True:
        try:
            return judge(conjecture, prepared, inputs)
        except _Missing:
            prepared.fetch()


def judge_all(conjecture: Conjecture, reader: BatchReader, batch: InputBatch) -> list[Judgement]:
    """Judge many inputs, with the readings they need made in batches.

    A body is run until it asks for a reading that is not at hand; when all have come so far, what they ask for is
    read together and they are run again. So a body may ask for a reading that depends on another, and each round is
    one batch. What every head so far was asked for is made beforehand on the next one, and on the first one what can be
    foreseen.
    """
    draws = batch.draws
    expected = batch.asked
    if expected is None:
        with inside(conjecture.test):
            expected = tuple(want for draw in draws for want in foreseen(conjecture, reader, draw.inputs))
    prepared = _Prepared(reader, expected, rest_is_own=batch.asked is not None)
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
    used = dict.fromkeys(prepared.used)
    batch.asked = prepared.used if batch.asked is None else tuple(want for want in batch.asked if want in used)
    return [judged[i] for i in range(len(draws))]
