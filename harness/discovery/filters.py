"""Filters: why a law that a component obeys says nothing new, each by a rule that no person judges.

A law's meaning decides (see `meaning`): what the book implies, what a simpler reader explains, which of two laws is the
stronger, and which two are one.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum

import numpy as np
from jaxtyping import Bool, Float, Int

from harness.discovery.meaning import BROKEN, OBEYED, Meanings, implies
from harness.discovery.screen import Table
from harness.discovery.simple_readers import SimpleReader
from harness.records.comparison import LEAST

RESEMBLES = 0.9
"""The share of entries from which a component reads as a simpler reader does."""

AS_SURE = 0.03
"""A law explains another only where its own degree is at most so much lower."""

AS_FAR = LEAST
"""It must lie as far above its nearest null as the other, but for so much: a null may share the stronger law alone."""


class Reason(StrEnum):
    """Why a law of a component is left out."""

    CONSTANT = "the component reads one token nearly always"
    TAUTOLOGY = "readers without any structure obey it"
    BOOK = "the book states it, or implies it by a law that holds"
    SURROGATE = "the frequencies of the head's tokens explain it"
    NULLS = "heads with random weights and heads with rotated weights obey it too"
    SIMPLE = "the component reads like a simpler reader that obeys it"
    IMPLIED = "a stronger law of the component implies it"
    SAME = "no reader and no head tells it from another law"
    RANK = "other laws, of the head or of all heads, lie further above their nulls"


@dataclass(frozen=True, eq=False)
class Known:
    """What the funnel goes by, of lines or of pairs.

    Attributes:
        book: which simple readers obey each claim of the book.
        rows: the tables of all components of all heads that were screened.
    """

    meanings: Meanings
    book: Mapping[str, Bool[np.ndarray, " reader"]]
    rows: Float[np.ndarray, "reading law column"]

    @property
    def on_heads(self) -> Float[np.ndarray, "reading law"]:
        """The degree of each law on every component of every head that was screened."""
        return self.rows[..., 0]


SIMPLER = {
    False: ("the token", "the place", "the token before"),
    True: ("the key's token", "the key's place", "the distance", "the query's token", "the query's place"),
}
"""The facts, of lines and of pairs, that a component may read alone, so that one sentence says all of it."""

NEARLY_ALL = 0.95
"""The share of the laws of a simple reader that a component must obey to be taken for one of its kind."""


def in_the_book(degree: Float[np.ndarray, " law"], known: Known) -> Bool[np.ndarray, " law"]:
    """Return whether the book states a law, or a claim of the book that holds of the component implies it.

    A claim holds where the component obeys a law of the same meaning.
    """
    obeying = known.meanings.obeying
    found = np.zeros(len(degree), dtype=bool)
    for claim in known.book.values():
        same = (obeying == claim).all(1)
        found |= same
        if (degree[same] >= OBEYED).any():
            found |= (obeying | ~claim).all(1)
    return found


def resembled(table: Table, meanings: Meanings) -> Iterator[tuple[str, float, SimpleReader]]:
    """Give the simpler readers that a component reads as: what to say of it, how nearly, and the reader."""
    first = "whether it is the first place"
    shares = [
        ("reads one token at all positions but the first", table.constant_after_the_first, RESEMBLES, (first,)),
        ("says what the value of BOS alone says: attention rests there", table.sink, RESEMBLES, ()),
    ]
    pairs = meanings.laws[0].pairs
    for fact in SIMPLER[pairs]:
        laws = meanings.obeyed_by(SimpleReader((fact,))) & ~meanings.says_nothing
        obeyed = float((table.rows[laws, 0] >= BROKEN).mean())
        shares.append(
            (f"reads as if it saw only {fact}: it obeys nearly all laws of such readers", obeyed, NEARLY_ALL, (fact,))
        )
    for said, share, least, facts in shares:
        if share >= least:
            yield said, share, SimpleReader(facts)


def pruned(
    some: Int[np.ndarray, " some"],
    rows: Float[np.ndarray, "law column"],
    meanings: Meanings,
    on_heads: Float[np.ndarray, "reading law"],
) -> tuple[dict[int, list[int]], dict[Reason, int]]:
    """Leave out what a stronger law implies, and what is another law in other words.

    Of laws that imply one another the shortest to say is kept, of a chain the strongest, unless a weaker one holds more
    surely, or lies further above its nulls.

    Args:
        rows: the component's table.

    Returns:
        The places of the laws that are kept, each with those that are listed under it, and how many were left out.
    """
    implied = implies(meanings.obeying[some], on_heads[:, some])
    sure, nulls = rows[some, 0], np.nan_to_num(rows[some, 1:], nan=0.0)
    far = sure - nulls.max(axis=1)
    explains = implied & (sure[:, None] >= sure - AS_SURE) & (far[:, None] >= far - AS_FAR)
    length = [len(meanings.laws[place].name) for place in some]
    order = sorted(range(len(some)), key=lambda i: (int(meanings.obeying[some[i]].sum()), length[i]))
    kept: list[int] = []
    explained: dict[int, int] = {}
    for i in order:
        by = next((other for other in kept if explains[other, i]), None)
        if by is None:
            explained |= {other: i for other in kept if explains[i, other]}
            kept = [other for other in kept if other not in explained] + [i]
        else:
            explained[i] = by
    under: dict[int, list[int]] = {int(some[i]): [] for i in kept}
    left_out = {Reason.IMPLIED: 0, Reason.SAME: 0}
    for i, by in explained.items():
        left_out[Reason.SAME if explains[i, by] else Reason.IMPLIED] += 1
        while (
            by in explained
        ):  # what explained it was explained later; since degrees differ, the last may not do for both
            by = explained[by]
        under[int(some[by])].append(int(some[i]))
    return under, left_out
