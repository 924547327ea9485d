"""Judging: does the claim hold of this head for these inputs?

Every call of a conjecture's body, by search, census or replay, goes through here, so that all of them mean the same
by "violated".
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import suppress
from copy import deepcopy
from dataclasses import dataclass
from enum import Enum
from typing import Any, NamedTuple, Protocol

from hypothesis.errors import UnsatisfiedAssumption

from harness.errors import ConjectureError, HeadlawsError
from harness.laws.agreement import Agreement, agreements, literally
from harness.laws.conjecture import Conjecture
from harness.laws.sampling import Draw, inside
from harness.parts import Part, spent_on
from harness.readings.reading import Reading
from harness.readings.vocabulary import Vocabulary

Ids = tuple[int, ...]


class Ask(NamedTuple):
    """How a sequence is to be read.

    Attributes:
        afresh: the reading made anew, nothing remembered used.
        alone: made anew, and in a batch of its own.
        basis: in other coordinates inside the head.
        component: another one of the same head; empty for the reader's own.
        right: by the second head of a pair.
    """

    afresh: bool = False
    alone: bool = False
    basis: bool = False
    component: str = ""
    right: bool = False


Wanted = tuple[Ids, Ask]


class Reader(Protocol):
    """What a conjecture is handed as `head`, one component of one head; or as `head_pair`, that of two."""

    @property
    def layer(self) -> int:
        """The head's layer, from 0."""

    def __call__(self, ids: Iterable[int]) -> Reading:
        """The reading of a sequence."""

    def afresh(self, ids: Iterable[int]) -> Reading:
        """The reading made anew, nothing remembered used."""


class BatchReader(Reader, Protocol):
    """A reader that reads many sequences faster together than one by one.

    One that can be asked for more has `sibling(name)` for another component and `in_another_basis`, a pair has `other`:
    all of them are such readers again. A head also has a `vocabulary`.
    """

    def read(self, sequences: Sequence[Iterable[int]], *, afresh: bool = False, own: bool = False) -> list[Reading]:
        """The readings of several sequences; `own` says that other heads will hardly be asked for them."""


class Subject:
    """What the body of a conjecture sees of a reader."""

    def __init__(self, reader: Reader) -> None:
        self._reader = reader

    @property
    def layer(self) -> int:
        """The head's layer, from 0."""
        return self._reader.layer

    @property
    def vocabulary(self) -> Vocabulary:
        """The attention tokens that the component reads in the calibration sample."""
        found: Vocabulary = self._reader.vocabulary  # type: ignore[attr-defined]  # of a head, not of every reader
        return found

    def __call__(self, ids: Iterable[int]) -> Reading:
        """The reading of a sequence."""
        return self._answer(tuple(ids), Ask())

    def afresh(self, ids: Iterable[int]) -> Reading:
        """The reading made anew: the model runs again, and nothing remembered is used."""
        return self._answer(tuple(ids), Ask(afresh=True))

    def alone(self, ids: Iterable[int]) -> Reading:
        """The reading made anew, in a batch of its own."""
        return self._answer(tuple(ids), Ask(alone=True))

    def in_another_basis(self, ids: Iterable[int]) -> Reading:
        """The reading in other coordinates inside the head."""
        return self._answer(tuple(ids), Ask(basis=True))

    def of(self, component: str) -> Callable[[Iterable[int]], Reading]:
        """Another component of the same head, as in `head.of("q")(S)`."""
        return lambda ids: self._answer(tuple(ids), Ask(component=component))

    @property
    def left(self) -> Subject:
        """The first head of a pair, a subject by itself; it is also the one that a pair reads as."""
        return self

    @property
    def right(self) -> Subject:
        """The second head of a pair, a subject by itself."""
        return _Right(self)

    def _answer(self, ids: Ids, ask: Ask) -> Reading:
        if isinstance(self._reader, Subject):
            return self._reader._answer(ids, ask)
        return _read(_asked(self._reader, ask), [ids], ask)[0]


class _Right(Subject):
    """The second head of a pair; what it is asked for, its pair answers, and takes note of."""

    def __init__(self, pair: Subject) -> None:
        super().__init__(pair)
        self._pair = pair

    @property
    def vocabulary(self) -> Vocabulary:
        """The attention tokens that the second head reads in the calibration sample."""
        reader: Any = self._pair
        while isinstance(reader, Subject):
            reader = reader._reader
        found: Vocabulary = reader.other.vocabulary
        return found

    def _answer(self, ids: Ids, ask: Ask) -> Reading:
        return self._pair._answer(ids, ask._replace(right=True))


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
        entries: of these readings, attention left out that was weighed and not read.
        near_tied: how many of the entries are near-ties.
    """

    outcome: Outcome
    share: float
    deciding: Agreement | None
    readings: tuple[Reading, ...]
    entries: int = 0
    near_tied: int = 0


@dataclass
class Sheet:
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

    def _answer(self, ids: Ids, ask: Ask) -> Reading:
        self.readings.append(super()._answer(ids, ask))
        return self.readings[-1]


class _Missing(BaseException):
    """A reading is asked for that is not at hand yet; no `except Exception` of a body may swallow it."""


class _Prepared(Subject):
    """A subject that answers from readings made beforehand and notes those that are missing."""

    def __init__(self, reader: BatchReader, expected: Iterable[Wanted] | None) -> None:
        super().__init__(reader)
        self._made: dict[Wanted, Reading] = {}
        self._used: dict[Wanted, None] = {}
        self._missing: dict[Wanted, None] = dict.fromkeys(expected or ())
        self._own = False
        with suppress(HeadlawsError):  # what the last head was asked for, this one may refuse: it need not be asked
            self.fetch()
        self._missing.clear()
        self._own = expected is not None

    @property
    def used(self) -> tuple[Wanted, ...]:
        """All that was asked for; not what was expected in vain."""
        return tuple(self._used)

    def fetch(self) -> None:
        """Make all that is missing, together."""
        for ask in dict.fromkeys(ask for _, ask in self._missing):
            wanted = [want for want in self._missing if want[1] == ask]
            made = _read(_asked(self._reader, ask), [ids for ids, _ in wanted], ask, own=self._own)
            self._made.update(zip(wanted, made, strict=True))
        self._missing.clear()

    def _answer(self, ids: Ids, ask: Ask) -> Reading:
        want = (ids, ask)
        if want not in self._made:
            self._missing[want] = None
            raise _Missing
        self._used[want] = None
        return self._made[want]


def _asked(reader: Any, ask: Ask) -> Any:
    """The reader that an ask is for."""
    whose = reader.other if ask.right else reader
    whose = whose.in_another_basis if ask.basis else whose
    return whose.sibling(ask.component) if ask.component else whose


def _read(reader: Any, sequences: Sequence[Ids], ask: Ask, *, own: bool = False) -> list[Reading]:
    if ask.alone:
        return [reader.read([ids], afresh=True)[0] for ids in sequences]
    only = {"own": True} if own and not ask.afresh else {}
    found: list[Reading] = reader.read(sequences, afresh=ask.afresh, **only)
    return found


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
        return Judgement(outcome, 1.0, None, readings)
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
    )


def _has_weights(reading: Reading) -> bool:
    """Whether it is attention: a claim about how much is given where says nothing of the largest share."""
    return hasattr(reading, "weights")


def _outcome(conjecture: Conjecture, watched: Watched, inputs: Mapping[str, Any]) -> Outcome:
    try:
        with spent_on(Part.PREDICATES):
            # copies: the same draws are judged again, for other heads too, whatever a body does to a list it was given
            given = {name: value if _cannot_change(value) else deepcopy(value) for name, value in inputs.items()}
            returned = conjecture.body(**{conjecture.subject: watched}, **given)
    except UnsatisfiedAssumption:
        return Outcome.DISCARDED
    except AssertionError:
        return Outcome.VIOLATED
    if returned is not None:
        raise ConjectureError(
            f"{conjecture.name}: returns {returned!r}; a conjecture asserts what it claims, "
            f"write `assert ...` instead of `return ...`."
        )
    return Outcome.HOLDS


def _cannot_change(value: object) -> bool:
    """Whether a value is a number, a text, or a tuple of such: most inputs are, and a copy of one costs much."""
    return isinstance(value, int | float | str) or (isinstance(value, tuple) and all(map(_cannot_change, value)))


def judge_all(conjecture: Conjecture, reader: BatchReader, sheet: Sheet) -> list[Judgement]:
    """Judge many inputs, with the readings they need made in batches.

    A body is run until it asks for a reading that is not at hand; when all have come so far, what they ask for is
    read together and they are run again. So a body may ask for a reading that depends on another, and each round is
    one batch. What every head so far was asked for is made beforehand on the next one.
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
    used = dict.fromkeys(prepared.used)
    sheet.asked = prepared.used if sheet.asked is None else tuple(want for want in sheet.asked if want in used)
    return [judged[i] for i in range(len(draws))]
