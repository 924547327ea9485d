"""Counterexamples as they are kept: inputs that break a claim, with the readings that show it. Plain data."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any


@dataclass(frozen=True)
class ShownReading:
    """A reading as it is shown: ids, tokens and margins with their texts.

    Attributes:
        label: how the sequence came from the inputs, as in `head(word * 3)[2:4]`.
        start: the position in the sequence where `ids` begins.
        tokens, strings, margins: an entry a position, or for qk in `rows` a row a query.
    """

    label: str
    start: int
    ids: list[int]
    text: list[str]
    rows: list[list[int]] | None
    tokens: list[int] | None
    strings: list[Any]
    margins: list[Any]


@dataclass(frozen=True)
class Counterexample:
    """What breaks the claim.

    Attributes:
        id: names it, for `headlaws replay`; made from head, conjecture and inputs.
        inputs: the drawn arguments, written as Python.
        readings: those that the failing comparison set side by side, or all that the claim asked for.
        first_difference: where they first differ: the place in the first of the readings.
        margin: the smallest margin among the differences.
        length: of the longest sequence read.
    """

    id: str
    inputs: dict[str, str]
    readings: tuple[ShownReading, ...]
    first_difference: tuple[int, ...] | None
    margin: float | None
    length: int

    def to_json(self) -> str:
        """Return the form that is stored; text is escaped, so lone surrogates survive."""
        where = None
        if self.first_difference is not None:
            where = {"reading": list(range(min(2, len(self.readings)))), "at": list(self.first_difference)}
        return json.dumps({**asdict(self), "first_difference": where})

    @classmethod
    def of(cls, plain: Mapping[str, Any]) -> Counterexample:
        """Make one from `dataclasses.asdict`, by way of JSON."""
        where = plain["first_difference"]
        return cls(
            **{
                **plain,
                "readings": tuple(ShownReading(**shown) for shown in plain["readings"]),
                "first_difference": None if where is None else tuple(where),
            }
        )
