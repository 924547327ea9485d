"""A reading: the attention tokens of one head's component for one sequence, with how safe each of them is.

Plain numpy, so that laws can be stated of readings without torch. A reading is a *line*, one entry a position (q, k,
v, z), or a *triangle*, one entry a pair of query i and key j <= i (qk), kept row after row: pair (i, j) stands at i *
(i + 1) / 2 + j.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np
from jaxtyping import Bool, Float, Int

from harness.errors import SequenceError
from harness.html_table import LONGEST, Hover, table
from harness.text import token

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

Tokens = Int[np.ndarray, " entry"]


@dataclass(frozen=True, eq=False)
class Reading:
    """Attention tokens with their margins; slices as the sequence does.

    Attributes:
        ids: the stretch of the sequence that the entries are about, without BOS.
        triangle: whether entries are pairs (qk) or positions.
        tokens: the vocabulary id with the largest unembedded value, an entry each.
        runners_up: the id with the second largest.
        margins: largest minus second largest value, in the model's own units of logits; never negative.
        near_ties: whether the margin lies below the numeric tolerance, so that the token is not certain.
        sequence: the whole sequence that the head was given, without BOS.
        start: where in it `ids` begins.
        open: near-ties where some third token lies within the tolerance too, so that the token may be any.
        row: of a line that was a triangle's row, one entry a key: its query; None of any other reading.
        text: gives ids' vocabulary entries, where the reading is shown to people; None otherwise.
        asked: which other reading a claim asked its head for (`harness.trials.subject.Ask`); empty for the head's own.
    """

    ids: tuple[int, ...]
    triangle: bool
    tokens: Tokens
    runners_up: Tokens
    margins: Float[np.ndarray, " entry"]
    near_ties: Bool[np.ndarray, " entry"]
    sequence: tuple[int, ...]
    start: int = 0
    row: int | None = None
    open: Bool[np.ndarray, " entry"] = None  # type: ignore[assignment]  # none is, where it is not given
    asked: str = ""
    text: Callable[[Iterable[int]], list[str]] | None = None

    def __post_init__(self) -> None:
        if self.open is None:
            object.__setattr__(self, "open", np.zeros(len(self.tokens), dtype=bool))
        for array in (self.tokens, self.runners_up, self.margins, self.near_ties, self.open):
            array.setflags(write=False)

    @property
    def nbytes(self) -> int:
        """What its arrays hold."""
        arrays = (self.tokens, self.runners_up, self.margins, self.near_ties, self.open)
        return sum(array.nbytes for array in arrays)

    def named(self, text: Callable[[Iterable[int]], list[str]]) -> dict[int, str]:
        """Return what each distinct entry is called, where `text` gives ids' vocabulary entries."""
        alphabet = sorted(set(self.tokens.tolist()))
        return dict(zip(alphabet, text(alphabet), strict=True))

    def __len__(self) -> int:
        """The number of positions."""
        return len(self.ids)

    def __eq__(self, other: object) -> bool:
        """Whether both read the same tokens; conjectures compare with `agree`, which knows of near-ties."""
        if not isinstance(other, Reading):
            return NotImplemented
        return self.triangle == other.triangle and np.array_equal(self.tokens, other.tokens)

    __hash__ = None  # type: ignore[assignment]  # arrays inside

    def __getitem__(self, span: slice) -> Reading:
        """The reading of a stretch of positions; of a triangle, the pairs whose query and key both lie in it.

        >>> triangle([[7], [8, 9]])[1:].rows
        ((9,),)
        """
        if not isinstance(span, slice) or span.step not in (None, 1):
            raise SequenceError(
                f"reading[{span!r}]: a reading takes slices of step 1, as in reading[1:3]; for the last position write "
                "reading.last or reading[-1:]."
            )
        start, stop, _ = span.indices(len(self))
        stop = max(start, stop)
        if self.triangle:
            kept = np.array(
                [i * (i + 1) // 2 + j for i in range(start, stop) for j in range(start, i + 1)], dtype=np.intp
            )
        else:
            kept = np.arange(start, stop)
        return self._at(kept, start, stop, triangle=self.triangle)

    @property
    def last(self) -> Reading:
        """What the last position reads: one entry, or for a triangle its last row (one entry a key), as a line."""
        n = len(self)
        if self.triangle:
            row = self._at(np.arange(n * (n - 1) // 2, n * (n + 1) // 2), 0, n, triangle=False)
            return replace(row, row=self.start + n - 1) if n else row
        return self[-1:] if n else self

    @cached_property
    def rows(self) -> tuple[tuple[int, ...], ...]:
        """A triangle's tokens, a row a query (rows of lengths 1, 2, ... n); a line is one row."""
        return tuple(tuple(int(token) for token in row) for row in self.by_row(self.tokens))

    def by_row(self, entries: np.ndarray) -> Iterator[np.ndarray]:
        """Cut an array of entries into this reading's rows."""
        if not self.triangle:
            yield entries
            return
        for i in range(len(self)):
            yield entries[i * (i + 1) // 2 : (i + 1) * (i + 2) // 2]

    def place(self, entry: int) -> tuple[int, ...]:
        """Return where an entry stands: `(position,)`, or `(query, key)`.

        >>> triangle([[7], [8, 9]]).place(2)
        (1, 1)
        """
        if not self.triangle:
            return (entry,)
        query = int((np.sqrt(8 * entry + 1) - 1) // 2)
        return (query, entry - query * (query + 1) // 2)

    def _at(self, kept: np.ndarray, start: int, stop: int, *, triangle: bool) -> Reading:
        return replace(
            self,
            ids=self.ids[start:stop],
            start=self.start + start,
            triangle=triangle,
            tokens=self.tokens[kept],
            runners_up=self.runners_up[kept],
            margins=self.margins[kept],
            near_ties=self.near_ties[kept],
            open=self.open[kept],
        )

    def _repr_html_(self) -> str:
        """Show its tokens as text, with the id on hover; as ids where no vocabulary is known."""
        shown = range(min(len(self), LONGEST))
        caption = f"Reading of {len(self)} positions"
        if self.triangle:
            rows = [[f"query {i}", *self._shown(self.rows[i])] for i in shown]
            return table(f"{caption}, a triangle", ["", *(f"key {j}" for j in shown)], rows)
        tokens = self._shown(self.rows[0][: len(shown)])
        return table(caption, ["position", *map(str, shown)], [["token", *tokens]])

    def _shown(self, tokens: Sequence[int]) -> list[str | Hover]:
        marks = [""] * len(tokens) if self.triangle else [" ~" if near else "" for near in self.near_ties]
        if self.text is None:
            return [f"{id}{mark}" for id, mark in zip(tokens, marks, strict=False)]
        named = zip(tokens, self.text(tokens), marks, strict=False)
        return [Hover(f"{token(text)}{mark}", f"id {id}") for id, text, mark in named]

    def __repr__(self) -> str:
        tokens = self.rows if self.triangle else self.rows[0]
        return f"Reading({list(tokens)})"


def certain(ids: tuple[int, ...], tokens: Tokens, *, triangle: bool) -> Reading:
    """Return a reading without near-ties, made by no head: every margin is 1, and no runner-up is known.

    >>> certain((5, 9), np.array([7, 7]), triangle=False).margins.tolist()
    [1.0, 1.0]
    """
    n = len(tokens)
    unknown = np.full(n, -1, dtype=np.int64)
    return Reading(ids, triangle, tokens, unknown, np.ones(n), np.zeros(n, dtype=bool), sequence=ids)


def line(
    tokens: list[int], *, near_ties: tuple[int, ...] = (), runner_up: int = -1, open: tuple[int, ...] = ()
) -> Reading:
    """Return a line written by hand, for examples: safe margins but at the entries named.

    Args:
        near_ties: entries that are near-ties.
        runner_up: of all entries.
        open: entries that are near-ties of three tokens or more.

    >>> line([3, 1, 3]).tokens.tolist()
    [3, 1, 3]
    """
    return _by_hand(tokens, tuple(range(len(tokens))), near_ties, runner_up, open, triangle=False)


def triangle(
    rows: list[list[int]], *, near_ties: tuple[int, ...] = (), runner_up: int = -1, open: tuple[int, ...] = ()
) -> Reading:
    """Return a triangle written by hand, for examples: rows of lengths 1, 2, ... n; the rest as for a line.

    >>> triangle([[7], [7, 9]]).rows
    ((7,), (7, 9))
    """
    flat = [token for row in rows for token in row]
    return _by_hand(flat, tuple(range(len(rows))), near_ties, runner_up, open, triangle=True)


def _by_hand(
    tokens: list[int],
    ids: tuple[int, ...],
    near_ties: tuple[int, ...],
    runner_up: int,
    open: tuple[int, ...],
    *,
    triangle: bool,
) -> Reading:
    marks, undecided = (np.zeros(len(tokens), dtype=bool) for _ in range(2))
    marks[[*near_ties, *open]] = True
    undecided[list(open)] = True
    return Reading(
        ids=ids,
        sequence=ids,
        triangle=triangle,
        tokens=np.array(tokens, dtype=np.int64),
        runners_up=np.full(len(tokens), runner_up, dtype=np.int64),
        margins=np.where(marks, 0.0, 1.0).astype(np.float64),
        near_ties=marks,
        open=undecided,
    )
