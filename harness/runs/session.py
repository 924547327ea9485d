"""A session: one run of the instrument, and what it has found so far.

The door that people use (the pytest plugin, a command) says what is wanted; the session loads the model when it is
first needed, and tries cells. It knows nothing of pytest. `correction` corrects what it found, and `filing` files it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from contextlib import nullcontext
from dataclasses import replace
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from harness.asserting import check_asserts
from harness.garbage import unsearched
from harness.laws.conjecture import Conjecture
from harness.records import words
from harness.records.address import Address, Pair
from harness.records.cell import Cell, Verdict
from harness.records.claim import ClaimEntry, Control
from harness.runs.request import Request
from harness.trials.counterexample import revived
from harness.trials.profile import Profile

if TYPE_CHECKING:
    from harness.models.backbone import Backbone
    from harness.readings.component_head import ComponentHead
    from harness.readings.model import Model
    from harness.records.belief_checks import BeliefCheck, Surprise
    from harness.records.beliefs import Identity

LEFT_OUT = "left out (--no-nulls)"
"""Stands in place of null degrees when null models were not wanted."""

CONTROL_SEARCH = 20
"""Examples that the search tries for a control at the least, however few are asked for."""


class Session:
    """One run of the instrument.

    Attributes:
        kind: what sort of run it is filed as; see `harness.records.run`.
        book: the chapters that it tries, where they are not those that come with headlaws.
        claims: what is to be tried, by chapter and name.
        family: how many cells are corrected together.
        raised: the cells whose verdict the correction changed, each with the verdict before.
        left_out: what was not tried, and why.
        uncounted: why nothing was counted on null models that are there.
        facts: of each head, once the run was filed; see `harness.graphs.facts`.
    """

    def __init__(self, request: Request, *, kind: str = "run", book: str = "") -> None:
        """Take a request.

        Raises:
            HeadlawsError: where Python takes asserts away.
        """
        check_asserts()
        self.request = request
        self.kind = kind
        self.book = book
        self.cells: list[Cell] = []
        self.entries: dict[tuple[str, str], ClaimEntry] = {}
        self.belief_check: BeliefCheck | None = None
        self.family = 1
        self.raised: list[tuple[Verdict, Cell]] = []
        self.left_out: dict[str, Any] = {}
        self.uncounted = ""
        self.facts: dict[str, dict[str, Any]] = {}
        self.claims: dict[tuple[str, str], Conjecture] = {}

    def believe(self, path: Path, *, places: Iterable[Path], renewing: bool) -> None:
        """Hold the run against a file of beliefs, whose claims must stand in the chapters of these places.

        Raises:
            HeadlawsError: for a file that cannot be read, or a belief about no claim or head.
        """
        from harness.records.belief_checks import BeliefCheck

        outline = self.request.outline
        belief_check = BeliefCheck(path, model=self.request.model, renewing=renewing, delta=self.request.profile.delta)
        belief_check.check(model=self.request.model, n_layers=outline.n_layers, n_heads=outline.n_heads, places=places)
        self.belief_check = belief_check

    @property
    def surprises(self) -> list[Surprise]:
        """The cells so far that go against what is believed of them."""
        return self.belief_check.surprises(self.verdicts) if self.belief_check else []

    def expect(self, tried: Iterable[tuple[Conjecture, int]]) -> None:
        """Be told what is to be tried, as conjectures and numbers of cells: what the correction must reckon with."""
        some = list(tried)
        self.claims |= {(conjecture.chapter, conjecture.name): conjecture for conjecture, _ in some}
        self.family = max(1, sum(number for conjecture, number in some if not conjecture.control))

    def profile(self, conjecture: Conjecture) -> Profile:
        """Return the numbers that a conjecture is tried with: enough sequences for the bound asked, after the
        correction.

        A control is no finding and belongs to no family, but it is always tried with enough to be decided.
        """
        given = self.request.profile
        if conjecture.control:
            return replace(given.counting(1), search=max(given.search, CONTROL_SEARCH))
        return self._counted

    @property
    def _counted(self) -> Profile:
        """The numbers that all is tried with but controls."""
        given = self.request.profile
        return given if self.request.census_given else given.counting(self.family)

    @property
    def about(self) -> str:
        """What the run's verdicts are about, once it is known how many there are."""
        return self._counted.about

    @cached_property
    def model(self) -> Model:
        """The model, loaded when it is first asked for.

        Raises:
            ModelError: where it cannot be used.
        """
        with unsearched():
            found = self.request.load()
        if self.belief_check is not None:
            self.belief_check.check_identity(identity(found.backbone))
        return found

    def make_ready(self) -> None:
        """Load the model, and make its null models where they are wanted and the cache has none.

        Raises:
            ModelError: where the model cannot be used. Where its nulls cannot be made, the run goes on without.
        """
        _ = self.model.nulls if self.request.profile.nulls else self.model

    @property
    def without_nulls(self) -> str:
        """Why nothing was counted on null models; nothing where they were there to be counted on."""
        if not self.request.profile.nulls:
            return LEFT_OUT
        return self.uncounted or self.model.nulls.missing

    def on_nulls(self) -> list[Cell]:
        """Return the cells so far that are to be counted on the null models, and are not yet."""
        from harness.trials.trial import on_nulls

        return [] if self.controls == "wrong" else [cell for cell in self.cells if on_nulls(cell, self.request.profile)]

    def put(self, cells: Iterable[Cell]) -> None:
        """Take cells in the place of those of the same name."""
        newer = {cell.node: cell for cell in cells}
        self.cells = [newer.get(cell.node, cell) for cell in self.cells]

    def head(self, address: Address | Pair, component: str) -> ComponentHead:
        """Return what a conjecture is handed as `head`, or as `head_pair`."""
        return self.model.component(address, component, projection=self.request.projection, bos=self.request.bos)

    def try_out(
        self,
        conjecture: Conjecture,
        head: ComponentHead,
        *,
        shrinking: bool = True,
        known: Mapping[str, str] | None = None,
    ) -> Cell:
        """Try one cell and count it on the null models: `verdict_on`, and then `beside_nulls`."""
        cell = self.verdict_on(conjecture, head, shrinking=shrinking, known=known)
        return self.beside_nulls(conjecture, head, cell)

    def verdict_on(
        self,
        conjecture: Conjecture,
        head: ComponentHead,
        *,
        shrinking: bool = True,
        known: Mapping[str, str] | None = None,
        ending: int | None = None,
    ) -> Cell:
        """Try one cell. What goes wrong inside is filed as an error with its message; nothing is raised.

        What it read is remembered for later runs; a control reads everything anew, and what it read is not.

        Args:
            shrinking: whether a counterexample is made small; one that was believed to stand never is.
            known: the inputs of an earlier counterexample, which are tried first.
            ending: how many cells the census reckons with when it asks whether to go on; see `tried`.
        """
        from harness.trials.error_messages import explained
        from harness.trials.search import as_found, shrunk
        from harness.trials.trial import named, tried

        believed = self.belief_check.expects(named(conjecture, head, Verdict.ERROR)) if self.belief_check else ""
        self._read_together(head.layer)
        smaller = shrunk if shrinking and not believed else as_found
        try:
            family = 1 if conjecture.control else self.family
            earlier = None if known is None else revived(known)
            with self.model.as_for_a_control() if conjecture.control else nullcontext():
                numbers: dict[str, Any] = {"family": family, "ending": ending}
                cell = tried(conjecture, head, self.profile(conjecture), smaller=smaller, known=earlier, **numbers)
            self.model.keep()
        except (Exception, SystemExit) as error:  # a cell must never take the rest of the run with it
            return named(conjecture, head, Verdict.ERROR, message=explained(conjecture, error))
        if believed and cell.counterexample is not None:
            cell = replace(
                cell, message=f"believed {words.verdict(believed)}, so the counterexample was not made short"
            )
        return cell

    def beside_nulls(self, conjecture: Conjecture, head: ComponentHead, cell: Cell) -> Cell:
        """Return the cell, counted on the null models where that is wanted; what goes wrong makes it an error."""
        from harness.trials.error_messages import explained
        from harness.trials.trial import beside_nulls, named

        self._read_together(head.layer)
        try:
            return beside_nulls(conjecture, head, self.profile(conjecture), cell)
        except (Exception, SystemExit) as error:
            return named(conjecture, head, Verdict.ERROR, message=explained(conjecture, error))

    def holds_on_nulls(self, conjecture: Conjecture, head: ComponentHead) -> bool | None:
        """Return whether a conjecture holds of the null models as well; None where they cannot be asked."""
        from harness.trials.null import without_learning

        self._read_together(head.layer)
        try:
            return without_learning(conjecture, head, self.profile(conjecture)).holds
        except (Exception, SystemExit):
            return None

    def _read_together(self, layer: int) -> None:
        self.model.read_together(next((block for block in self.request.blocks if layer in block), (layer,)))

    def file(self, entry: ClaimEntry, cell: Cell) -> None:
        """Take a cell into the run, and what its conjecture says."""
        self.entries[entry.chapter, entry.name] = entry
        self.cells.append(cell)
        self.family = max(self.family, cell.family)

    @property
    def controls(self) -> str:
        """`right`, `wrong`, or `not run`."""
        tried = [cell for cell in self.cells if cell.control != Control.NONE]
        if not tried:
            return "not run"
        return "wrong" if any(cell.wrong for cell in tried) else "right"

    @property
    def verdicts(self) -> list[Cell]:
        """The cells that are findings: controls apart, and none at all where a control came out wrong."""
        if self.controls == "wrong":
            return []
        return [cell for cell in self.cells if cell.control == Control.NONE]


def identity(backbone: Backbone) -> Identity:
    """Return what beliefs know a model by."""
    from harness.records.beliefs import Identity

    return Identity(backbone.weights_sha256, backbone.config_sha256, backbone.vocabulary_sha256)
