"""Outcome: what is asked of a discovery, and what came of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from harness.discovery.confirming import Confirmation, Confirmed
from harness.discovery.funnel import Fact, Funnel
from harness.discovery.law import Law
from harness.runs.request import Request


@dataclass(frozen=True)
class Wanted:
    """What is asked for.

    Attributes:
        request: model, heads, components and seed.
        book: the chapters whose claims are no discovery.
        out: the folder that the chapter, the page and the numbers are written to.
        most: laws of one head that are confirmed at most.
        in_all: cells of all heads that are confirmed at most.
    """

    request: Request
    book: Path
    out: Path
    store: Path
    most: int
    in_all: int
    workers: int = 1


@dataclass(frozen=True)
class Discovery:
    """What came of it.

    Attributes:
        confirmed: None where the funnel left nothing to confirm.
        meaning: one sentence for each law that was tried: what it would mean.
        spread: of each law, how many components obey it at the screen, and how many of these lie above all nulls.
    """

    funnel: Funnel
    confirmed: Confirmed | None
    meaning: Mapping[Law, str]
    spread: Mapping[Law, tuple[int, int]]

    @property
    def facts(self) -> dict[str, list[Fact]]:
        """What is said once in place of many laws: the components that each sentence is about."""
        found: dict[str, list[Fact]] = {}
        for fact in self.funnel.facts:
            found.setdefault(fact.says, []).append(fact)
        return found

    @property
    def laws(self) -> list[Confirmation]:
        """What is confirmed, law by law."""
        return [] if self.confirmed is None else [one for one in self.confirmed.found if one.confirmed]
