"""Belief checks: hold a run against a file of beliefs. What goes against one, and is one still about anything?

A surprise is a verdict that could not have come out if the belief were true, or a belief that nothing tests any more.
It is never a surprise that a run was too small to tell. By what is believed (rows) and what is found:

    believed    satisfied   mostly     refuted     undecided  vacuous
    satisfied   -           surprise   surprise    -          surprise
    mostly      -           -          surprise *  -          surprise
    refuted     surprise    -          -           -          surprise
    undecided   -           -          -           -          -
    vacuous     -           -          -           -          -

- A counterexample that stands ends a belief that there is none: `satisfied` is then gone, whatever the rate.
- `mostly` and `refuted` both say that a counterexample stands, and which of the two is filed turns on how many
  sequences were counted and on how many cells share the correction. So from `refuted` to `mostly` is no surprise, and
  (*) from `mostly` to `refuted` only if the interval of the violation rate lies above delta.
- `satisfied` where `mostly` was believed says that the search missed a rare counterexample this time.
- `undecided` and `vacuous` say nothing of the head; believed, they claim nothing, and found, `undecided` never
  surprises. `vacuous` does: a claim that was tried and is not tried any more must not go unnoticed.
- `error` is no verdict and fails by itself.
"""

from __future__ import annotations

import datetime
from collections.abc import Callable, Iterable
from dataclasses import asdict, dataclass
from pathlib import Path

from harness.errors import AddressError, BeliefError
from harness.records import beliefs, chapter_source, words
from harness.records.address import addresses
from harness.records.beliefs import Belief, Beliefs, Identity
from harness.records.cell import Cell, Verdict

STOOD = (Verdict.REFUTED, Verdict.MOSTLY)
"""Verdicts that rest on a counterexample."""


@dataclass(frozen=True)
class Surprise:
    """A verdict that goes against a belief."""

    belief: Belief
    cell: Cell

    @property
    def line(self) -> str:
        """All of it in one line."""
        held, found = self.belief, self.cell
        return (
            f"surprise: {found.node}: believed {words.verdict(held.verdict)} since {held.date} because {held.reason}, "
            f"found {words.verdict(found.verdict)}"
        )


def surprise(held: Beliefs, cell: Cell, *, delta: float) -> Surprise | None:
    """Return the surprise for this cell, by the table above, or None."""
    belief = held.about(cell)
    if belief is None or cell.control or not belief.verdict.decided:
        return None
    return Surprise(belief, cell) if goes_against(belief.verdict, cell, delta) else None


def goes_against(held: Verdict, cell: Cell, delta: float) -> bool:
    """Return whether a cell could not have come out so if that verdict were right, by the table above."""
    found = cell.verdict
    if found is Verdict.VACUOUS:
        return True
    if held is Verdict.SATISFIED:
        return found in STOOD
    if held is Verdict.MOSTLY:
        return found is Verdict.REFUTED and cell.rate_low is not None and cell.rate_low > delta
    return found is Verdict.SATISFIED


class BeliefCheck:
    """What a run is held against.

    Attributes:
        path: of the file.
        renewing: whether the file is to say afterwards what came out; then nothing is a failure for being a surprise.
    """

    def __init__(self, path: Path, *, model: str, renewing: bool, delta: float) -> None:
        """Read the file; where it is to be made, it may not be there yet.

        Raises:
            BeliefError: where it cannot be read.
        """
        self.path = path
        self.renewing = renewing
        self._delta = delta
        self.held = Beliefs(model, Identity(), {}) if renewing and not path.exists() else beliefs.read(path)

    def check(self, *, model: str, n_layers: int, n_heads: int, places: Iterable[Path]) -> None:
        """See that every belief is about a head of the model and a claim of the books.

        Args:
            places: the folders and files whose chapters count; the claims in them are found without running them.

        Raises:
            BeliefError: where one is not, in a line that names it.
        """
        where = f"--beliefs {str(self.path)!r}"
        if self.held.model != model:
            raise BeliefError(
                f"{where}: the beliefs are about the model {self.held.model!r}, but this run reads {model!r}; "
                f"give --model {self.held.model} or another file of beliefs."
            )
        known: dict[tuple[str, str], tuple[str, ...]] = {}
        for place in places:
            for file in chapter_source.chapters(place):
                known.update({(file.stem, claim.name): claim.components for claim in chapter_source.written(file)})
        is_head = _names_a_head(n_layers, n_heads)
        for belief in self.held.by_key.values():
            if (belief.chapter, belief.conjecture) not in known:
                raise BeliefError(
                    f"{where}: {belief.node} is stale: chapter {belief.chapter!r} no longer has this law; "
                    "delete the entry, or give it the law's new name."
                )
            spoken = known[belief.chapter, belief.conjecture]
            if spoken and belief.component not in spoken:
                raise BeliefError(
                    f"{where}: {belief.node} is stale: the law is about {', '.join(spoken)}, not about "
                    f"{belief.component!r}; delete the entry."
                )
            if not is_head(belief.head):
                raise BeliefError(
                    f"{where}: {belief.node} is stale: {model} has layers 0-{n_layers - 1} and heads "
                    f"0-{n_heads - 1} and no head {belief.head!r}; delete the entry."
                )

    def check_identity(self, identity: Identity) -> None:
        """See that the beliefs are about this model, as far as they name it, unless they are to be renewed.

        Raises:
            BeliefError: where they are about another.
        """
        if self.renewing:
            return
        for name, believed in asdict(self.held.identity).items():
            found = getattr(identity, name)
            if believed and believed != found:
                what = "weights" if name == "fingerprint" else f"the {name}"
                raise BeliefError(
                    f"--beliefs {str(self.path)!r}: the beliefs are about {what} {believed[:12]}, but this model has "
                    f"{found[:12]}; "
                    f"delete the line {name!r} to use them for any, or renew them with --believe."
                )

    @property
    def lacking(self) -> str:
        """What the file does not hold against a model, in a line, unless it is to be renewed."""
        return "" if self.renewing else self.held.lacking

    def surprise(self, cell: Cell) -> Surprise | None:
        """Return the surprise for this cell, or None."""
        return surprise(self.held, cell, delta=self._delta)

    def surprises(self, cells: Iterable[Cell]) -> list[Surprise]:
        """Return those among the cells."""
        return [found for cell in cells if (found := self.surprise(cell)) is not None]

    def expects(self, cell: Cell) -> str:
        """Return the verdict that a cell is believed to get, where it rests on a counterexample; else nothing."""
        held = self.held.about(cell)
        return held.verdict.value if held is not None and held.verdict in STOOD else ""

    def renew(self, cells: Iterable[Cell], *, run_id: str, identity: Identity) -> None:
        """Write what came out as the file of beliefs.

        Raises:
            BeliefError: where it cannot be written.
        """
        today = datetime.datetime.now(datetime.UTC).date()
        made = beliefs.renewed(self.held, cells, run_id=run_id, identity=identity, today=today)
        beliefs.write(self.path, made)


def _names_a_head(n_layers: int, n_heads: int) -> Callable[[str], bool]:
    """Whether text names one head of the model, or several joined by `+`; each text is looked at once."""
    seen: dict[str, bool] = {}

    def is_head(written: str) -> bool:
        if written not in seen:
            try:
                named = [addresses([part], n_layers=n_layers, n_heads=n_heads, model="") for part in written.split("+")]
                seen[written] = all(len(one) == 1 for one in named)
            except AddressError:
                seen[written] = False
        return seen[written]

    return is_head
