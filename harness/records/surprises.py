"""Surprises: does what was found go against what was believed, and is a belief still about anything?

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

from collections.abc import Callable, Iterable
from dataclasses import asdict, dataclass
from pathlib import Path

from harness.errors import AddressError, BeliefError
from harness.records import chapter_source
from harness.records.address import addresses
from harness.records.beliefs import Belief, Beliefs, Identity
from harness.records.cell import Cell, Verdict

STOOD = (Verdict.REFUTED, Verdict.MOSTLY)
"""Verdicts that rest on a counterexample."""

_FIRM = (Verdict.SATISFIED, Verdict.MOSTLY, Verdict.REFUTED)


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
            f"surprise: {found.node}: believed {held.verdict.value} since {held.date} because {held.reason}, "
            f"found {found.verdict.value}"
        )


def surprise(beliefs: Beliefs, cell: Cell, *, delta: float) -> Surprise | None:
    """The surprise that a cell is, by the table above; None where it is none."""
    held = beliefs.about(cell)
    if held is None or cell.control or held.verdict not in _FIRM:
        return None
    return Surprise(held, cell) if goes_against(held.verdict, cell, delta) else None


def goes_against(held: Verdict, cell: Cell, delta: float) -> bool:
    """Whether a cell could not have come out so if that verdict were right, by the table above."""
    found = cell.verdict
    if found is Verdict.VACUOUS:
        return True
    if held is Verdict.SATISFIED:
        return found in STOOD
    if held is Verdict.MOSTLY:
        return found is Verdict.REFUTED and cell.rate_low is not None and cell.rate_low > delta
    return found is Verdict.SATISFIED


def check(beliefs: Beliefs, path: Path, *, model: str, n_layers: int, n_heads: int, places: Iterable[Path]) -> None:
    """See that every belief is about a head of the model and a claim of the books.

    Args:
        path: of the file of beliefs.
        places: the folders and files whose chapters count; the claims in them are found without running them.

    Raises:
        BeliefError: where one is not, in a line that names it.
    """
    where = f"--beliefs {str(path)!r}"
    if beliefs.model != model:
        raise BeliefError(
            f"{where}: about the model {beliefs.model!r}, and this run reads {model!r}; "
            f"give --model {beliefs.model} or another file of beliefs."
        )
    known: dict[tuple[str, str], tuple[str, ...]] = {}
    for place in places:
        for file in chapter_source.chapters(place):
            known.update({(file.stem, claim.name): claim.components for claim in chapter_source.written(file)})
    is_head = _memory_of_heads(n_layers, n_heads)
    for belief in beliefs.by_key.values():
        if (belief.chapter, belief.conjecture) not in known:
            raise BeliefError(
                f"{where}: {belief.node} is stale, no chapter {belief.chapter!r} claims that any more; "
                "delete the entry or give it the claim's new name."
            )
        spoken = known[belief.chapter, belief.conjecture]
        if spoken and belief.component not in spoken:
            raise BeliefError(
                f"{where}: {belief.node} is stale, the claim speaks of {', '.join(spoken)} and not of "
                f"{belief.component!r}; delete the entry."
            )
        if not is_head(belief.head):
            raise BeliefError(
                f"{where}: {belief.node} is stale, {model} has layers 0-{n_layers - 1} and heads 0-{n_heads - 1} and "
                f"no head {belief.head!r}; delete the entry."
            )


def check_identity(beliefs: Beliefs, path: Path, identity: Identity) -> None:
    """See that the beliefs are about this model, as far as they name it.

    Raises:
        BeliefError: where they are about another.
    """
    for name, believed in asdict(beliefs.identity).items():
        found = getattr(identity, name)
        if believed and believed != found:
            what = "weights" if name == "fingerprint" else f"the {name}"
            raise BeliefError(
                f"--beliefs {str(path)!r}: about {what} {believed[:12]}, and this model has {found[:12]}; delete the "
                f"line {name!r} to hold them of any, or renew them by --believe."
            )


def _memory_of_heads(n_layers: int, n_heads: int) -> Callable[[str], bool]:
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
