"""A worker: does tasks, one after another, with one model loaded.

Cells are tried head by head, since a head's way out is made once for all that is asked of it, and those of a head side
by side; the sequences and the runs of the model are shared by all heads of the block.
"""

from __future__ import annotations

import gc
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property, partial
from pathlib import Path

from harness.errors import ModelError
from harness.laws.conjecture import Conjecture
from harness.profiling import Part, spent_on, taken
from harness.readings.malloc import give_back
from harness.readings.side_by_side import seeded, side_by_side
from harness.readings.streams import Streams
from harness.records.address import Address, Pair
from harness.records.cell import Cell, Exhibit, Key, Verdict
from harness.records.earlier_runs import counterexamples
from harness.runs import filing
from harness.runs.session import Session
from harness.sweeps.plan import SweepOrder
from harness.sweeps.tasks import MOST, Shard, Step, Task, keyed, place_of
from harness.trials.trial import unread


@dataclass(frozen=True)
class TaskResult:
    """A task that was done.

    Attributes:
        seconds: that each part of it took; none where no worker survived.
        shown: what is to be looked at of the task's layers.
    """

    cells: list[Cell]
    seconds: dict[str, float] = field(default_factory=dict)
    shown: list[Exhibit] = field(default_factory=list)


class Worker:
    """One process's part in a sweep."""

    def __init__(self, order: SweepOrder, session: Session | None = None, *, at_once: int = MOST) -> None:
        """Take an order.

        Args:
            at_once: cells of a head that are tried side by side.
        """
        self.order = order
        self.at_once = at_once
        self.session = session or order.session()
        self._known: dict[tuple[str, str], dict[tuple[str, str], tuple[Address | Pair, int]]] = {}
        self._families: set[tuple[str, tuple[int, ...]]] = set()
        self._folder: Path | None = None

    def share(self, tasks: Sequence[Task]) -> None:
        """Make what forked processes share rather than make each for itself: the model in float64, and its nulls.

        Of controls few need the model in float64: it is not made for them alone. What making them left behind goes
        back to the system, or each process would keep it.
        """
        session, steps = self.session, {task.step for task in tasks}
        if any(task.step in (Step.CELLS, Step.VERDICTS) and not task.control for task in tasks):
            top = max(session.request.addresses)
            reader = session.model.component(top, "v", projection="output", bos=session.request.bos)
            _ = reader.in_float64.afresh(session.model.lexicon.words[:1])
        if steps & {Step.CELLS, Step.NULLS} and session.request.profile.nulls:
            for kind in session.model.nulls:
                _ = session.model.nulls[kind]
        if self.order.streams is not None and len(session.request.blocks) > 1:
            session.model.try_runs()
        gc.collect()
        give_back()

    def do(self, task: Task, *, each: Callable[[], None] = lambda: None) -> TaskResult:
        """Return the task's cells. What goes wrong in one is filed as its error; the others go on.

        Args:
            each: is called after every cell.
        """
        self._check_model()
        taken()
        cells: list[Cell] = []
        shown: list[Exhibit] = []
        with spent_on(Part.REST):
            self.session.model.decoder.one_head_at_a_time()
            self._go_on(task)
            if task.step is Step.NULL_MODELS:
                _ = self.session.model.nulls
            elif task.step is Step.SHOWN:
                shown = filing.exhibited(self.session, task.layers)
            else:
                self._of_other_families(task)
                alike = self.session.model.backbone.alike_in_company  # elsewhere it would show who is beside whom
                at_once = self.at_once if alike and not task.control else 1
                for head, shards in _head_by_head(task):
                    jobs = [partial(self._cell, task, shard, head) for shard in shards]
                    for cell in side_by_side(jobs, most=at_once):
                        cells.append(cell)
                        each()
                    give_back()
            if task.step is Step.CELLS:
                self.session.model.forget()  # the next task has a family of its own
            give_back()
        return TaskResult(cells, taken(), shown)

    def _check_model(self) -> None:
        """See that the model is the one that the sweep began with.

        Raises:
            ModelError: where its files were changed in between, and this process has loaded them since.
        """
        wanted, found = self.order.fingerprint, self.session.model.backbone.fingerprint
        if wanted and found != wanted:
            raise ModelError(
                f"--model {self.order.request.model!r}: the model changed after this sweep began (fingerprint "
                f"{wanted[:12]}, now {found[:12]}); restore it, or give the same command again to start over."
            )

    def _go_on(self, task: Task) -> None:
        """Run the model from where it was run for lower layers of the task's family."""
        blocks = self.session.request.blocks
        if self.order.streams is None or len(blocks) < 2:
            return
        folder = self.order.streams / task.folder
        if folder != self._folder:
            self.session.model.go_on_from(Streams(folder, below=blocks[-1][0]))
            self._folder = folder

    def _of_other_families(self, task: Task) -> None:
        """Forget what the task before this one left, where it was of other families."""
        claims = (self.order.claims[shard.chapter, shard.conjecture] for shard in task.shards)
        families = {(claim.draws_as, task.layers) for claim in claims}
        if not families & self._families:
            self.session.model.forget()
        self._families = families

    def _cell(self, task: Task, shard: Shard, written: str) -> Cell:
        """Try a cell, or count it; one that draws at random draws the same whatever is tried before or beside it."""
        with seeded(f"{self.order.request.profile.seed} {place_of(shard, written)}"):
            return self._tried(task, shard, written)

    def _tried(self, task: Task, shard: Shard, written: str) -> Cell:
        claim = self.order.claims[shard.chapter, shard.conjecture]
        address, place = self._heads(claim)[written, shard.component]
        small = claim.control or self.order.shrink < 0 or place < self.order.shrink
        try:
            head = self.session.head(address, shard.component)
        except Exception as error:  # such a head cannot be made; the rest of the sweep can
            return failed(shard, written, self.order, f"{type(error).__name__}: {error}")
        known = self._earlier.get(keyed(place_of(shard, written), self.order.request.projection))
        if task.step is Step.NULLS:
            return self.session.beside_nulls(claim, head, task.cells[place_of(shard, written)])
        if task.step is Step.VERDICTS:
            return self.session.verdict_on(claim, head, shrinking=bool(small), known=known)
        return self.session.try_out(claim, head, shrinking=bool(small), known=known)

    @cached_property
    def _earlier(self) -> dict[Key, dict[str, str]]:
        """The counterexamples of earlier runs, by their cells."""
        if self.order.replaying is None:
            return {}
        store, runs = self.order.replaying
        return counterexamples(store, *runs)

    def _heads(self, claim: Conjecture) -> dict[tuple[str, str], tuple[Address | Pair, int]]:
        """By how it is written and the component, each head that a claim is tried on, and its place among them."""
        named = claim.chapter, claim.name
        if named not in self._known:
            heads = dict.fromkeys(head for head, _ in self.session.request.in_play(claim))
            places = {head: place for place, head in enumerate(heads)}
            self._known[named] = {
                (str(head), component): (head, places[head]) for head, component in self.session.request.in_play(claim)
            }
        return self._known[named]


def failed(shard: Shard, head: str, order: SweepOrder, message: str) -> Cell:
    """Return the cell of a trial that did not come to its end."""
    claim = order.claims[shard.chapter, shard.conjecture]
    blank = unread(claim, head, shard.component, order.request.projection)
    return replace(blank, verdict=Verdict.ERROR, message=message)


def _head_by_head(task: Task) -> Iterator[tuple[str, list[Shard]]]:
    for head in dict.fromkeys(head for shard in task.shards for head in shard.heads):
        yield head, [shard for shard in task.shards if head in shard.heads]
