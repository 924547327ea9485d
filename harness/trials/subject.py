"""The subject of a conjecture: what its body sees of a head, and how it may ask for a reading."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from copy import deepcopy
from typing import Any, NamedTuple, Protocol

from harness.laws.families import Ids
from harness.readings.reading import Reading
from harness.readings.vocabulary import Vocabulary


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

    @property
    def said(self) -> str:
        """What distinguishes it from the head's own reading, in words: empty where nothing does.

        >>> Ask().said, Ask(component="q").said, Ask(right=True).said, Ask(basis=True).said
        ('', 'q', 'right', 'in another basis')
        """
        ways = (self.right, "right"), (self.afresh or self.alone, "afresh"), (self.basis, "in another basis")
        return " ".join(word for word in (*(word for way, word in ways if way), self.component) if word)


Wanted = tuple[Ids, Ask]


class Reader(Protocol):
    """What a conjecture is handed as `head`, one component of one head; or as `head_pair`, that of two."""

    @property
    def layer(self) -> int:
        """The head's layer, from 0."""

    def __call__(self, ids: Iterable[int]) -> Reading:
        """The reading of a sequence."""

    def afresh(self, ids: Iterable[int]) -> Reading:
        """Return the reading made anew, nothing remembered used."""


class BatchReader(Reader, Protocol):
    """A reader that reads many sequences faster together than one by one.

    One that can be asked for more has `sibling(name)` for another component and `in_another_basis`, a pair has `other`:
    all of them are such readers again. A head also has a `vocabulary`.
    """

    def read(self, sequences: Sequence[Iterable[int]], *, afresh: bool = False, own: bool = False) -> list[Reading]:
        """Return the readings of several sequences; `own` says that other heads will hardly be asked for them."""


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
        """Return the reading made anew: the model runs again, and nothing remembered is used."""
        return self._answer(tuple(ids), Ask(afresh=True))

    def alone(self, ids: Iterable[int]) -> Reading:
        """Return the reading made anew, in a batch of its own."""
        return self._answer(tuple(ids), Ask(alone=True))

    def in_another_basis(self, ids: Iterable[int]) -> Reading:
        """Return the reading in other coordinates inside the head."""
        return self._answer(tuple(ids), Ask(basis=True))

    def of(self, component: str) -> Callable[[Iterable[int]], Reading]:
        """Return another component of the same head, as in `head.of("q")(S)`."""
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
        return read(asked_of(self._reader, ask), [ids], ask)[0]


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


def asked_of(reader: Any, ask: Ask) -> Any:
    """Return the reader that an ask is for."""
    whose = reader.other if ask.right else reader
    whose = whose.in_another_basis if ask.basis else whose
    return whose.sibling(ask.component) if ask.component else whose


def read(reader: Any, sequences: Sequence[Ids], ask: Ask, *, own: bool = False) -> list[Reading]:
    """Return the readings that an ask is for; `own` as for a reader."""
    if ask.alone:
        return [reader.read([ids], afresh=True)[0] for ids in sequences]
    only = {"own": True} if own and not ask.afresh else {}
    found: list[Reading] = reader.read(sequences, afresh=ask.afresh, **only)
    return found


def given(inputs: Mapping[str, Any]) -> dict[str, Any]:
    """Return the inputs for one call of a body: copies of what it could change, since they are judged again."""
    return {name: value if _cannot_change(value) else deepcopy(value) for name, value in inputs.items()}


def _cannot_change(value: object) -> bool:
    """Whether a value is a number, a text, or a tuple of such: most inputs are, and a copy of one costs much."""
    return isinstance(value, int | float | str) or (isinstance(value, tuple) and all(map(_cannot_change, value)))
