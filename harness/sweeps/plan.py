"""Plan: what a sweep is to try, as it may travel between processes, and a digest of all that its rows depend on."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass, fields, replace
from functools import cached_property
from pathlib import Path
from typing import Any

from harness.laws.book import conjectures, shipped
from harness.laws.conjecture import Conjecture
from harness.models.fingerprint import code_sha256
from harness.records.run import environment
from harness.runs.request import Request
from harness.runs.session import Session

COMPUTES = ("graphs", "laws", "models", "readings", "records", "sweeps", "trials", "runs")
"""The code that a sweep's rows depend on: all but the doors, what they print, and what reads without a verdict."""


@dataclass(frozen=True)
class SweepOrder:
    """What is to be swept.

    Attributes:
        request: model, heads and numbers, as a run of one head would have them.
        book: the folder of chapters, or the one chapter.
        replaying: a store and the runs whose counterexamples are tried first.
        shrink: of how many heads of each conjecture, the first in order, a counterexample is made small; -1: of all.
        checkpoint: its name in a series; of two with the same weights each has a run of its own.
        kind: what its run is filed as; see `harness.records.run`.
        beliefs: the file that the run is held against.
        fingerprint: of the model that must be read; empty before it was loaded for the first time.
        streams: the folder in which runs of the model are kept, so that those of higher layers go on from them.
    """

    request: Request
    book: Path
    shrink: int = 0
    replaying: tuple[Path, tuple[str, ...]] | None = None
    checkpoint: str = ""
    kind: str = "sweep"
    beliefs: Path | None = None
    fingerprint: str = ""
    streams: Path | None = None

    def __getstate__(self) -> dict[str, Any]:
        """Travel with every field, and nothing else: claims are functions, read again from their files on arrival."""
        return {field.name: getattr(self, field.name) for field in fields(self)}

    @classmethod
    def of_claims(cls, request: Request, claims: Iterable[Conjecture]) -> SweepOrder:
        """Return an order of claims that are at hand; every counterexample is made small. It stays in this process."""
        order = cls(request, Path(), shrink=-1)
        order.__dict__["claims"] = {(claim.chapter, claim.name): claim for claim in claims}
        return order

    @cached_property
    def claims(self) -> dict[tuple[str, str], Conjecture]:
        """The conjectures that it is about, by chapter and name, controls first.

        Raises:
            ConjectureError: where there are none, or a file of them cannot be read.
        """
        return conjectures(self.book)

    def of_model(self, fingerprint: str) -> SweepOrder:
        """Return the same order, of this very model: a worker that finds another in its place refuses."""
        return self._with(fingerprint=fingerprint)

    def keeping_streams(self, folder: Path) -> SweepOrder:
        """Return the same order, with runs of the model kept in a folder of this sweep."""
        return self._with(streams=folder)

    def _with(self, **changed: Any) -> SweepOrder:
        made = replace(self, **changed)
        if "claims" in self.__dict__:
            made.__dict__["claims"] = self.claims
        return made

    def session(self) -> Session:
        """Return a run of the instrument that knows how many cells there will be, so that each is corrected for all.

        Raises:
            HeadlawsError: for a book or a file of beliefs that cannot be used.
        """
        book = "" if self.book in (Path(), shipped().absolute()) else str(self.book.absolute())
        session = Session(self.request, kind=self.kind, book=book)
        if self.beliefs is not None:
            session.believe(self.beliefs, places=[self.book], renewing=False)
        session.expect((claim, len(self.request.in_play(claim))) for claim in self.claims.values())
        return session

    def digest(self, fingerprint: str) -> str:
        """Digest the model's fingerprint, the question, the claims' files and the versions: equal orders, equal
        rows.
        """
        own = {field.name: getattr(self, field.name) for field in fields(self) if field.name != "streams"}
        request = {name: value for name, value in asdict(self.request).items() if name not in ("command", "model")}
        instead = {  # of fields that name a place: what lies there
            "request": request,
            "book": dict(self._claims()),
            "replaying": self.replaying and self.replaying[1],
            "beliefs": self.beliefs and _sum(self.beliefs),
            "fingerprint": fingerprint,
        }
        what = {
            "order": own | instead,
            "instrument": code_sha256(*COMPUTES),  # a sweep is not finished by another instrument than began it
            "versions": environment(),
        }
        return hashlib.sha256(json.dumps(what, sort_keys=True, default=str).encode()).hexdigest()

    def _claims(self) -> Iterator[tuple[str, str]]:
        files = {claim.path for claim in self.claims.values()}
        sums = {file: _sum(file) for file in files}
        for (chapter, name), claim in self.claims.items():
            yield f"{chapter}::{name}", sums[claim.path]


def _sum(file: Path) -> str:
    return hashlib.sha256(file.read_bytes()).hexdigest()
