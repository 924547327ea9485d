"""Orders: what a sweep is to try, as it may travel between processes, and a digest of all that its rows depend on."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass
from functools import cached_property
from pathlib import Path

from harness.laws.book import conjectures
from harness.laws.conjecture import Conjecture
from harness.models.fingerprint import code_sha256
from harness.records.run import versions
from harness.session import Request, Session


@dataclass(frozen=True)
class Order:
    """What is to be swept.

    Attributes:
        request: model, heads and numbers, as a run of one head would have them.
        book: the folder of chapters, or the one chapter.
        replaying: a store and a run whose counterexamples are tried first.
        shrink: of how many heads of each conjecture, the first in order, a counterexample is made small; -1: of all.
        checkpoint: its name in a series; of two with the same weights each has a run of its own.
    """

    request: Request
    book: Path
    shrink: int = 0
    replaying: tuple[Path, str] | None = None
    checkpoint: str = ""

    def __reduce__(self) -> tuple[type[Order], tuple[Request, Path, int]]:
        """It travels as it was made: claims are functions of files, which are read again where it arrives."""
        return Order, (self.request, self.book, self.shrink)

    @classmethod
    def of_claims(cls, request: Request, claims: Iterable[Conjecture]) -> Order:
        """An order of claims that are at hand; every counterexample is made small. It stays in this process."""
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

    def session(self) -> Session:
        """A run of the instrument that knows how many cells there will be, so that each is corrected for all."""
        session = Session(self.request)
        session.expect((claim, len(session.in_play(claim))) for claim in self.claims.values())
        return session

    def digest(self, fingerprint: str) -> str:
        """Of the model's fingerprint, what is asked, the claims' files and the versions: equal orders, equal rows."""
        request = {name: value for name, value in asdict(self.request).items() if name not in ("command", "model")}
        what = {
            "model": fingerprint,
            "request": request,
            "shrink": self.shrink,
            "checkpoint": self.checkpoint,
            "replaying": self.replaying and self.replaying[1],
            "claims": dict(self._claims()),
            "instrument": code_sha256(),  # a sweep is not finished by another instrument than began it
            "versions": versions(),
        }
        return hashlib.sha256(json.dumps(what, sort_keys=True).encode()).hexdigest()

    def _claims(self) -> Iterator[tuple[str, str]]:
        files = {claim.path for claim in self.claims.values()}
        sums = {file: hashlib.sha256(file.read_bytes()).hexdigest() for file in files}
        for (chapter, name), claim in self.claims.items():
            yield f"{chapter}::{name}", sums[claim.path]
