"""A session: what one run of the instrument was asked for, and what it has found so far.

The door that people use (the pytest plugin, a command) says what is wanted; the session resolves it, loads the model
when it is first needed, tries cells, and files the run. It knows nothing of pytest.
"""

from __future__ import annotations

import shlex
from collections.abc import Collection, Iterable, Mapping, Sequence
from contextlib import nullcontext
from dataclasses import asdict, dataclass, field, replace
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from harness.asserting import check_asserts
from harness.errors import ModelError
from harness.laws.conjecture import CLAIMED, Conjecture
from harness.laws.families import speaking
from harness.models import catalogue
from harness.models.preparation import Kind
from harness.readings.projection import Projection
from harness.records.address import COMPONENTS, Address, Pair, addresses, blocks, components, pairs_of
from harness.records.cell import Cell, Exhibit, Verdict
from harness.records.claim import Control, Entry
from harness.records.counterexample import Counterexample
from harness.trials.counterexample import revived
from harness.trials.profile import Profile

if TYPE_CHECKING:
    from harness.models.backbone import Backbone
    from harness.readings.component_head import ComponentHead
    from harness.readings.model import Model
    from harness.records.belief_checks import Creed
    from harness.records.beliefs import Identity
    from harness.records.run import Run
    from harness.records.surprises import Surprise

LEFT_OUT = "left out (--no-nulls)"
"""What is said of null models that were not wanted."""

FOLDER = Path(".headlaws")
"""What runs leave behind, in the folder they are run from."""

BLOCK = 5
"""Layers whose heads are read together: one run of the model serves them all."""

FEW_HEADS = 36
"""For so many heads at most a graph of each family is filed, and the growth of qk, whose triangles take long to read;
for more, a graph of all families together, and the growth of the component that is graphed."""

CONTROL_SEARCH = 20
"""Examples that the search tries for a control at the least, however few are asked for."""


@dataclass(frozen=True)
class Request:
    """What is wanted, as it was written.

    Attributes:
        heads: specifications such as `0.0` or `2-4.*`; empty for layer 0.
        components: names; empty for all that a conjecture speaks of.
        fresh: no reading of an earlier run is used, and none is remembered.
        profile: its census is a least number, unless `census_given`.
        census_given: the census is to be as large as the profile says, also where verdicts then stay undecided.
    """

    model: str = catalogue.DEFAULT
    heads: tuple[str, ...] = ()
    components: tuple[str, ...] = ()
    projection: str = "output"
    bos: bool = True
    dtype: str = "float32"
    device: str = "cpu"
    preparation: str = "default"
    fresh: bool = False
    profile: Profile = field(default_factory=Profile)
    census_given: bool = False
    command: str = ""


class Session:
    """One run of the instrument.

    Attributes:
        kind: what sort of run it is filed as; see `harness.records.run`.
        book: the chapters that it tries, where they are not those that come with headlaws.
    """

    def __init__(self, request: Request) -> None:
        """Take a request.

        Raises:
            HeadlawsError: where Python takes asserts away.
        """
        check_asserts()
        self.request = request
        self.cells: list[Cell] = []
        self.entries: dict[tuple[str, str], Entry] = {}
        self.store = FOLDER / "store.db"
        self.complaint = ""
        self.creed: Creed | None = None
        self.family = 1
        self._claims: dict[tuple[str, str], Conjecture] = {}
        self.raised: list[tuple[Verdict, Cell]] = []
        self.left_out: dict[str, Any] = {}
        self.uncounted = ""
        self.kind = "run"
        self.book = ""

    @cached_property
    def addresses(self) -> tuple[Address, ...]:
        """The heads in play; layer 0 where none were named.

        Raises:
            HeadlawsError: for a model or a head that does not exist.
        """
        outline = catalogue.outline(self.request.model)
        return addresses(
            self.request.heads or ("0.*",),
            n_layers=outline.n_layers,
            n_heads=outline.n_heads,
            model=self.request.model,
        )

    @cached_property
    def blocks(self) -> tuple[tuple[int, ...], ...]:
        """The layers in play, cut into blocks whose heads are read together."""
        return blocks(self.addresses, BLOCK)

    @cached_property
    def components(self) -> tuple[str, ...]:
        """The components in play.

        Raises:
            AddressError: for one that does not exist.
        """
        return components(self.request.components, among=CLAIMED) if self.request.components else CLAIMED

    def check(self) -> None:
        """Refuse what can be refused without loading a model.

        Raises:
            HeadlawsError: in one line.
        """
        way = Projection.named(self.request.projection)
        Kind.named(self.request.preparation)
        for component in self.components if self.request.components else ():
            way.check(component)
        _ = self.addresses

    def believe(self, path: Path, *, places: Iterable[Path], renewing: bool) -> None:
        """Hold the run against a file of beliefs, whose claims must stand in the chapters of these places.

        Raises:
            HeadlawsError: for a file that cannot be read, or a belief about no claim or head.
        """
        from harness.records.belief_checks import Creed

        outline = catalogue.outline(self.request.model)
        creed = Creed(path, model=self.request.model, renewing=renewing, delta=self.request.profile.delta)
        creed.check(model=self.request.model, n_layers=outline.n_layers, n_heads=outline.n_heads, places=places)
        self.creed = creed

    @property
    def surprises(self) -> list[Surprise]:
        """The cells so far that go against what is believed of them."""
        return self.creed.surprises(self.verdicts) if self.creed else []

    def in_play(self, conjecture: Conjecture) -> list[tuple[Address | Pair, str]]:
        """The heads, or pairs of heads, and the components that a conjecture is tried on."""
        way = Projection.named(self.request.projection)
        spoken = [part for part in conjecture.components if part in self.components and way.defined_for(part)]
        whose: tuple[Address | Pair, ...] = self.addresses if conjecture.subject == "head" else self.pairs
        return [
            (address, component)
            for address in whose
            for component in spoken
            if conjecture.scope.includes(address.layer, component, way)
        ]

    @cached_property
    def pairs(self) -> tuple[Pair, ...]:
        """The pairs of heads in play."""
        return pairs_of(self.addresses, n_heads=catalogue.outline(self.request.model).n_heads)

    def expect(self, tried: Iterable[tuple[Conjecture, int]]) -> None:
        """Be told what is to be tried, as conjectures and numbers of cells: what the correction must reckon with."""
        some = list(tried)
        self._claims |= {(conjecture.chapter, conjecture.name): conjecture for conjecture, _ in some}
        self.family = max(1, sum(number for conjecture, number in some if not conjecture.control))

    def profile(self, conjecture: Conjecture) -> Profile:
        """The numbers that a conjecture is tried with: enough sequences for the bound asked, after the correction.

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
        from harness.readings.loading import load_model  # torch is imported here and not before

        request = self.request
        found = load_model(
            request.model,
            dtype=request.dtype,
            device=request.device,
            preparation=request.preparation,
            remembering=not request.fresh,
        )
        if self.creed is not None:
            self.creed.check_identity(identity(found.backbone))
        length, most = request.profile.length, found.backbone.shape.n_ctx - request.bos
        if length != found.lexicon.longest:
            if length > most:
                front = " behind BOS" if request.bos else ""
                raise ModelError(f"--length {length}: {request.model} reads {most} ids at most{front}; give no more.")
            found.lexicon = found.lexicon._replace(longest=length)
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
        """The cells so far that are to be counted on the null models, and are not yet."""
        from harness.trials.trial import on_nulls

        return [] if self.controls == "wrong" else [cell for cell in self.cells if on_nulls(cell, self.request.profile)]

    def put(self, cells: Iterable[Cell]) -> None:
        """Take cells in the place of those of the same name."""
        newer = {cell.node: cell for cell in cells}
        self.cells = [newer.get(cell.node, cell) for cell in self.cells]

    def _nulls(self) -> dict[str, Any]:
        if self.without_nulls:
            return {"sequences": 0, "missing": self.without_nulls}
        return {"sequences": self.request.profile.first_on_nulls, "fingerprints": self.model.nulls.fingerprints}

    def head(self, address: Address | Pair, component: str) -> ComponentHead:
        """What a conjecture is handed as `head`, or as `head_pair`."""
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

        believed = self.creed.expects(named(conjecture, head, Verdict.ERROR)) if self.creed else ""
        self._read_together(head.layer)
        smaller = shrunk if shrinking and not believed else as_found
        try:
            family = 1 if conjecture.control else self.family
            earlier = None if known is None else revived(known)
            with self.model.reading_anew() if conjecture.control else nullcontext():
                numbers: dict[str, Any] = {"family": family, "ending": ending}
                cell = tried(conjecture, head, self.profile(conjecture), smaller=smaller, known=earlier, **numbers)
            self.model.keep()
        except (Exception, SystemExit) as error:  # a cell must never take the rest of the run with it
            return named(conjecture, head, Verdict.ERROR, message=explained(conjecture, error))
        if believed and cell.counterexample is not None:
            cell = replace(cell, message=f"believed {believed}, so the counterexample is as found and not made small")
        return cell

    def beside_nulls(self, conjecture: Conjecture, head: ComponentHead, cell: Cell) -> Cell:
        """The cell, counted on the null models where that is wanted; what goes wrong makes it an error."""
        from harness.trials.error_messages import explained
        from harness.trials.trial import beside_nulls, named

        self._read_together(head.layer)
        try:
            return beside_nulls(conjecture, head, self.profile(conjecture), cell)
        except (Exception, SystemExit) as error:
            return named(conjecture, head, Verdict.ERROR, message=explained(conjecture, error))

    def _read_together(self, layer: int) -> None:
        self.model.read_together(next((block for block in self.blocks if layer in block), (layer,)))

    def break_in(self, conjecture: Conjecture, head: ComponentHead, found: Counterexample) -> None:
        """Run a counterexample again, as the plain assertion that it is: for a debugger to stop in."""
        from harness.trials.subject import Subject

        with speaking(head.model.lexicon):
            conjecture.body(**{conjecture.subject: Subject(head)}, **revived(found.inputs))

    def file(self, entry: Entry, cell: Cell) -> None:
        """Take a cell into the run, and what its conjecture says."""
        self.entries[entry.chapter, entry.name] = entry
        self.cells.append(cell)
        self.family = max(self.family, cell.family)

    @property
    def _exhibited(self) -> str:
        """The component whose transitions are shown: z, or the first that was asked for; attention has none."""
        asked = [part for part in COMPONENTS if part in self.components]
        return "z" if "z" in asked or not asked else asked[0]

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

    def close(self) -> None:
        """All cells are there: correct their verdicts as one family. To be called once, before they are shown.

        Cells whose census ended early are first tried to the end where the correction could raise them, so that ending
        early changes no verdict. `raised` then holds the cells whose verdict the correction changed, each with the
        verdict before.
        """
        from harness.trials.verdict import corrected, unfinished

        for place in unfinished(self.cells, alpha=self.request.profile.alpha):
            self.cells[place] = self._to_the_end(self.cells[place])
        final = corrected(self.cells, alpha=self.request.profile.alpha)
        pairs = zip(self.cells, final, strict=True)
        self.raised = [(before.verdict, after) for before, after in pairs if before.verdict is not after.verdict]
        self.cells = final

    def _to_the_end(self, cell: Cell) -> Cell:
        """The cell with its whole census, where its claim is at hand; what was searched, shown and told stays."""
        claim = self._claims.get((cell.chapter, cell.conjecture))
        places = [] if claim is None else [one for one in self.in_play(claim) if _is(one, cell)]
        if claim is None or not places:
            return cell
        known = None if cell.counterexample is None else cell.counterexample.inputs
        found = self.verdict_on(claim, self.head(*places[0]), shrinking=False, known=known, ending=1)
        if found.verdict is Verdict.ERROR:
            return cell
        return replace(
            found,
            search_n=cell.search_n,
            counterexample=cell.counterexample or found.counterexample,
            margin=cell.margin if cell.counterexample else found.margin,
            null_random=cell.null_random,
            null_rotated=cell.null_rotated,
            holds_on_null=cell.holds_on_null,
            started=cell.started,
            seconds=round(cell.seconds + found.seconds, 3),
        ).ruled(found.verdict)

    def keep(
        self,
        store: Path | None,
        report: Path | None,
        *,
        reports: Path = FOLDER / "reports",
        run_id: str = "",
        started: str = "",
        shown: Sequence[Exhibit] | None = None,
    ) -> tuple[str, Path]:
        """Write the run to the store and its report; gives the run's id and the report's page.

        A run of that id that is in the store already is not written again.

        Args:
            report: the report's folder; without one, it is named by the run and lies in `reports`.
            run_id, started: of a run that was begun by another process; otherwise it gets an id of its own.
            shown: what `shown` gave of every block; it is made now where it was not.

        Raises:
            StoreError: where the store cannot be written.
        """
        from harness.records.run import Run, git_commit, new_run_id, now, versions
        from harness.records.store import Store
        from reports.pages.site_writer import build

        backbone, request = self.model.backbone, self.request
        run = Run(
            run_id=run_id or new_run_id(),
            started=started or min((cell.started for cell in self.cells if cell.started), default=now()),
            model=backbone.name,
            fingerprint=backbone.fingerprint,
            weights_sha256=backbone.weights_sha256,
            preparation=backbone.preparation.as_dict(),
            dtype=request.dtype,
            device=request.device,
            seed=request.profile.seed,
            profile=asdict(request.profile),
            heads=tuple(str(address) for address in self.addresses),
            components=self.components,
            projection=request.projection,
            bos=request.bos,
            bos_token={"id": backbone.bos, "from": backbone.bos_from} if request.bos and backbone.bos_from else {},
            command=request.command,
            versions=versions(),
            git_commit=git_commit(),
            nulls=self._nulls(),
            left_out=self.left_out,
            settings=dict(backbone.settings),
            vocabulary_sha256=backbone.vocabulary_sha256,
            asked=asdict(request),
            kind=self.kind,
            book=self.book,
            about=self.about,
        ).finished(controls=self.controls)
        self.store = store or self.store
        if not Store(self.store).has(run.run_id):
            self._file(run, shown)
        return run.run_id, build(self.store, report or reports / run.run_id, run.run_id)

    def _file(self, run: Run, shown: Sequence[Exhibit] | None) -> None:
        from harness.records.store import Store
        from harness.trials.samples import samples

        if shown is None:
            shown = [exhibit for layers in self.blocks for exhibit in self.shown(layers)]
        lexicon, text = self.model.lexicon, self.model.text
        drawn = samples(self.entries.values(), seed=self.request.profile.seed, lexicon=lexicon, text=text)
        filed = [] if self.controls == "wrong" else self.cells
        Store(self.store).add(run, self.entries.values(), filed, [*shown, *drawn])
        if self.creed is not None and self.creed.renewing and self.verdicts:
            self.creed.renew(self.verdicts, run_id=run.run_id, identity=identity(self.model.backbone))

    def shown(self, layers: Collection[int]) -> list[Exhibit]:
        """What is to be looked at of the heads in these layers: token plots, transitions and growth."""
        from harness.graphs.exhibits import exhibits
        from harness.graphs.growth import growths

        request = self.request
        way: dict[str, Any] = {"projection": request.projection, "bos": request.bos, "seed": request.profile.seed}
        apart = len(self.addresses) <= FEW_HEADS
        wanted = ("qk", self._exhibited) if apart else (self._exhibited,)
        parts = [part for part in COMPONENTS if part in wanted and part in self.components]
        heads = tuple(address for address in self.addresses if address.layer in layers)
        self.model.read_together(layers)
        found = exhibits(self.model, heads, component=self._exhibited, apart=apart, **way)
        found += growths(self.model, heads, parts=parts, **way)
        self.model.forget()  # what is read next is read in other layers
        return found


def _is(place: tuple[Address | Pair, str], cell: Cell) -> bool:
    """Whether a head or a pair of heads and a component are a cell's."""
    return (str(place[0]), place[1]) == (cell.head, cell.component)


def written(arguments: Iterable[str]) -> str:
    """A command line as it can be typed again."""
    return shlex.join(["pytest", *arguments])


def identity(backbone: Backbone) -> Identity:
    """What beliefs know a model by."""
    from harness.records.beliefs import Identity

    return Identity(backbone.weights_sha256, backbone.config_sha256, backbone.vocabulary_sha256)
