"""The pytest plugin: `pytest properties/ --head 0.0`. Hooks that delegate; the work is done in `session`.

Loaded in every pytest run of an environment that has headlaws, so nothing heavy is imported here: neither torch nor
Hypothesis.
"""

from __future__ import annotations

import gc
import inspect
import os
import re
import shlex
from collections.abc import Generator, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict
from importlib.metadata import entry_points
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from harness.errors import HeadlawsError
from harness.laws.source import is_chapter

if TYPE_CHECKING:
    from _pytest.terminal import TerminalReporter

    from harness.contents import Section
    from harness.laws.conjecture import Conjecture, Entry
    from harness.readings.head import ComponentHead
    from harness.session import Session
    from harness.trials.cell import Cell

SESSION = pytest.StashKey["Session"]()
CELL = pytest.StashKey["Cell"]()
KEPT = pytest.StashKey["tuple[str, Path]"]()
PLACE = pytest.StashKey[int]()

_TAGGED = re.compile(r"^\s*@(\w+\.)*(given|conjecture)\b", re.MULTILINE)
_OURS = re.compile(r"^\s*(from|import)\s+harness\b", re.MULTILINE)


def pytest_addoption(parser: pytest.Parser, pluginmanager: pytest.PytestPluginManager) -> None:
    """The options of design.md section 5; `--strict` is pytest's own, and `--device` may be pytest-playwright's."""
    group = parser.getgroup("headlaws", "headlaws: which laws each attention head obeys")
    add = group.addoption
    add(
        "--head",
        action="append",
        default=[],
        metavar="SPEC",
        help="0.0, 0.*, *.3, 2-4.*, all; repeatable (default: layer 0)",
    )
    add("--model", default=None, metavar="NAME|DIR", help="`headlaws models` lists the names (default: smollm2-135m)")
    add(
        "--component",
        action="append",
        default=[],
        metavar="NAME",
        help="q, k, v, z, qk; repeatable (default: all a claim speaks of)",
    )
    add("--projection", default="output", metavar="NAME", help="output, seed or circuit (default: output)")
    add("--search", type=int, default=None, metavar="N", help="examples that Hypothesis may try (default: 100)")
    add(
        "--census",
        type=int,
        default=None,
        metavar="N",
        help="independent sequences that are counted (default: 200, or more where the bound asked for needs more)",
    )
    add("--epsilon", type=float, default=None, metavar="X", help="`satisfied`: at most so many violate (default: 0.05)")
    add("--delta", type=float, default=None, metavar="X", help="`mostly`: at most so many violate (default: 0.05)")
    add("--confidence", type=float, default=None, metavar="X", help="of the run's verdicts together (default: 0.95)")
    add("--seed", type=int, default=0, metavar="N", help="of search and census (default: 0)")
    add("--no-nulls", action="store_true", help="leave out the untrained models beside which each degree is shown")
    add("--store", default=None, metavar="FILE", help="where verdicts are filed (default: .headlaws/store.db)")
    add("--beliefs", default=None, metavar="FILE", help="what is believed of each head: only surprises fail then")
    add("--believe", action="store_true", help="write what comes out to the file of --beliefs as the new beliefs")
    add("--report", default=None, metavar="DIR", help="where the page is written (default: .headlaws/reports/RUN)")
    add("--no-bos", action="store_true", help="leave out the beginning-of-sequence token")
    add("--dtype", default="float32", metavar="NAME", help="float32 or float64 (default: float32)")
    if not _brings_device(pluginmanager):
        add("--device", default=None, metavar="NAME", help="where the model runs (default: cpu)")
    add("--preparation", default="default", metavar="NAME", help="of the weights: default, seed or none")


def pytest_configure(config: pytest.Config) -> None:
    """Refuse at once what can be refused without a model."""
    if not _asked(config):
        return
    try:
        _session(config).check()
        _believe(config)
    except HeadlawsError as error:
        raise pytest.UsageError(str(error)) from error
    if getattr(config.option, "numprocesses", None):
        config.pluginmanager.register(Gathering(config), "headlaws-gathering")
    if _is_worker(config):  # before torch is there: the processes share the cores
        cores = (os.cpu_count() or 1) // config.workerinput["workercount"]  # type: ignore[attr-defined]
        os.environ.setdefault("OMP_NUM_THREADS", str(max(1, cores)))


class Gathering:
    """With pytest-xdist: takes what the workers find out into the one run that files it, in the order of the book."""

    def __init__(self, config: pytest.Config) -> None:
        self.config = config
        self._sent: list[dict[str, Any]] = []

    def pytest_sessionstart(self) -> None:
        """Load the model before the workers start, where its download can be seen, and happens once."""
        _load(self.config)

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Keep what a worker sends."""
        if report.when == "call" and "cell" in (sent := getattr(report, "headlaws", {})):
            self._sent.append(sent)

    @pytest.hookimpl(tryfirst=True)
    def pytest_sessionfinish(self) -> None:
        """File it all."""
        from harness.laws.conjecture import Entry
        from harness.trials.cell import Cell

        for sent in sorted(self._sent, key=lambda sent: int(sent["place"])):
            entry = Entry(**{**sent["entry"], "components": tuple(sent["entry"]["components"])})
            _session(self.config).file(entry, Cell.from_json(sent["cell"]))


def pytest_collect_file(file_path: Path, parent: pytest.Collector) -> pytest.Module | None:
    """Collect chapters, whatever their files are called; those named on the command line come by themselves."""
    if parent.session.isinitpath(file_path) or not _is_chapter(file_path):
        return None
    return Chapter.from_parent(parent, path=file_path)


def pytest_pycollect_makemodule(module_path: Path, parent: pytest.Collector) -> pytest.Module | None:
    """A chapter named on the command line."""
    return Chapter.from_parent(parent, path=module_path) if _is_chapter(module_path) else None


class Chapter(pytest.Module):
    """A file of conjectures."""

    def collect(self) -> Iterable[pytest.Item | pytest.Collector]:
        """Its conjectures.

        Raises:
            CollectError: for a claim that is not written as one, in one line that says where and what to do.
        """
        from harness.laws import source
        from harness.laws.book import said_of

        try:
            found = list(super().collect())
        except HeadlawsError as error:
            raise self.CollectError(said_of(self.path, error)) from error
        try:
            source.check_names(self.path, source.written(self.path))
        except HeadlawsError as error:  # which says where
            raise self.CollectError(str(error)) from error
        return found


@pytest.hookimpl(tryfirst=True)
def pytest_pycollect_makeitem(collector: pytest.Module, name: str, obj: Any) -> list[pytest.Item] | None:
    """Refuse a `@given` test without a tag; leave out what is about other components."""
    found: Conjecture | None = getattr(obj, "conjecture", None) if callable(obj) else None
    if isinstance(collector, Chapter) and found is None and getattr(obj, "is_hypothesis_test", False) is True:
        raise collector.CollectError(
            f"{collector.path.name}::{name}: a @given test without @conjecture; "
            f"write @conjecture(components=..., source=...) above @given."
        )
    if found is not None and getattr(obj, "__test__", False) is True and not _session(collector.config).in_play(found):
        return []
    return None


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """One test for each head and component that a conjecture is tried on."""
    found: Conjecture | None = getattr(metafunc.function, "conjecture", None)
    if found is None:
        return
    try:
        cells = _session(metafunc.config).in_play(found)
    except HeadlawsError as error:
        raise pytest.UsageError(str(error)) from error
    metafunc.parametrize(
        found.subject,
        cells,
        ids=[f"{address}-{component}" for address, component in cells],
        indirect=True,
        scope="session",
    )


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> Iterator[None]:
    """Keep the order of the book (pytest would group by head), controls first."""
    order = {item: (not _is_control(item), i) for i, item in enumerate(items)}
    yield
    if any(_conjecture(item) for item in items):
        items.sort(key=lambda item: order.get(item, (True, len(order))))


@pytest.hookimpl(tryfirst=True)
def pytest_collection_finish(session: pytest.Session) -> None:
    """Say so when there is nothing to try; load the model before the first test, where its download can be seen."""
    config = session.config
    tried = [item for item in session.items if _conjecture(item)]
    _check_chapters(tried)
    if not tried:
        if _asked(config) and not session.testsfailed:
            where = " ".join(str(arg) for arg in config.args)
            raise pytest.UsageError(
                f"{where}: no conjectures there; "
                f"give a folder or file with tests tagged @conjecture, such as properties/."
            )
        return
    for place, item in enumerate(session.items):
        item.stash[PLACE] = place
    _session(config).expect((found, 1) for item in tried if (found := _conjecture(item)))
    if not config.option.collectonly:
        _load(config)


def pytest_report_collectionfinish(config: pytest.Config, items: Sequence[pytest.Item]) -> list[str]:
    """With --collect-only -v, conjectures are listed as a table of contents, and not as a tree of nodes."""
    wanted = config.option.collectonly and config.option.verbose > 0
    if not wanted or not items or not all(_conjecture(item) for item in items):
        return []
    from shutil import get_terminal_size

    from harness.contents import contents

    items[0].session.items = []  # what pytest would list
    return ["", *contents(_sections(items), width=get_terminal_size().columns)]


@pytest.fixture(scope="session")
def head(request: pytest.FixtureRequest) -> ComponentHead:
    """One component of one head: call it with ids, it gives the reading."""
    address, component = request.param
    return _session(request.config).head(address, component)


@pytest.fixture(scope="session")
def head_pair(request: pytest.FixtureRequest) -> ComponentHead:
    """The same component of two heads of a layer: `head_pair.left(ids)`, `head_pair.right(ids)`.

    Each of the two has what `head` has: `head_pair.right.vocabulary`, `head_pair.left.in_another_basis(ids)`.
    """
    address, component = request.param
    return _session(request.config).head(address, component)


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_setup(item: pytest.Item) -> None:
    """After the controls: where one came out wrong, nothing else is tried."""
    if _conjecture(item) and not _is_control(item) and _session(item.config).controls == "wrong":
        item.session.shouldfail = (
            "a control came out wrong: the instrument cannot be trusted, so nothing else was tried"
        )
        pytest.skip("a control came out wrong")


@pytest.hookimpl(tryfirst=True)
def pytest_pyfunc_call(pyfuncitem: pytest.Function) -> bool | None:
    """Try a conjecture instead of calling it; where --pdb asks for it, stop in the smallest counterexample."""
    found = _conjecture(pyfuncitem)
    if found is None:
        return None
    session = _session(pyfuncitem.config)
    reader: Any = pyfuncitem.funcargs[found.subject]
    cell = session.try_out(found, reader)
    session.file(found.entry, cell)
    pyfuncitem.stash[CELL] = cell
    if pyfuncitem.config.option.usepdb and cell.counterexample is not None:
        session.break_in(found, reader, cell.counterexample)
    return True


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """A refutation is a result; a wrong control or an error is a failure; under --strict a refutation is one too."""
    report = yield
    cell = item.stash.get(CELL, None)
    if cell is None or report.when != "call" or report.failed:
        return report
    report.headlaws = {  # type: ignore[attr-defined]  # a report takes what it is given, also across processes
        "verdict": cell.verdict.value,
        "control": cell.control,
        "wrong": cell.wrong,
    }
    found = _conjecture(item)
    if _is_worker(item.config) and found is not None:
        sent = {"place": item.stash[PLACE], "cell": cell.to_json(), "entry": asdict(found.entry)}
        report.headlaws |= sent  # type: ignore[attr-defined]
    complaint = _complaint(cell, _session(item.config), strict=_strict(item.config))
    if complaint:
        report.outcome = "failed"
        report.longrepr = complaint
    return report


def pytest_report_teststatus(report: pytest.TestReport) -> tuple[str, str, tuple[str, dict[str, bool]]] | None:
    """A verdict's own word, letter and colour."""
    found = getattr(report, "headlaws", None)
    if found is None or report.when != "call":
        return None
    from harness.presentation import COLOURS, MARKS
    from harness.trials.cell import Verdict

    if report.failed:
        return "failed", "F", ("WRONG CONTROL" if found["wrong"] else found["verdict"].upper(), {"red": True})
    if found["control"]:
        return "controls right", "c", ("CONTROL RIGHT", {"green": True})
    verdict = Verdict(found["verdict"])
    return verdict.value, MARKS[verdict], (verdict.value.upper(), {COLOURS[verdict]: True})


def pytest_report_header(config: pytest.Config) -> list[str]:
    """What is tried, with the seed."""
    if not _asked(config):
        return []
    from harness.session import LEFT_OUT

    session = _session(config)
    request, profile = session.request, session.request.profile
    heads = ", ".join(request.heads) if request.heads else "layer 0, since no --head was given"
    least = "" if request.census_given else "at least "
    return [
        f"headlaws: model {request.model}, heads {heads}, projection {request.projection}, "
        f"bos {'in front' if request.bos else 'left out'}",
        f"headlaws: seed {profile.seed}, search {profile.search} examples, census {least}{profile.census} sequences, "
        f"epsilon {profile.epsilon}, confidence {profile.confidence}, "
        f"nulls {f'{profile.on_nulls} sequences' if profile.nulls else LEFT_OUT}",
    ]


@pytest.hookimpl(trylast=True)
def pytest_sessionfinish(session: pytest.Session) -> None:
    """File the run and write its page."""
    config = session.config
    found = config.stash.get(SESSION, None)
    if found is None or not found.cells or _is_worker(config):
        return
    found.close()
    if found.creed is not None and not found.creed.renewing and found.surprises:  # the correction may have made some
        session.exitstatus = max(session.exitstatus, pytest.ExitCode.TESTS_FAILED)
    store = Path(config.option.store) if config.option.store else None
    report = Path(config.option.report) if config.option.report else None
    try:
        config.stash[KEPT] = found.keep(store, report)
    except (HeadlawsError, OSError) as error:
        found.complaint = str(error)
        session.exitstatus = pytest.ExitCode.TESTS_FAILED


def pytest_terminal_summary(terminalreporter: TerminalReporter, config: pytest.Config) -> None:
    """The refutations, one line a cell, and where the report lies."""
    found = config.stash.get(SESSION, None)
    if found is None or not found.cells:
        return
    from harness.presentation import nulls_line, refutation, summary

    tr, width = terminalreporter, terminalreporter._tw.fullwidth
    if found.controls == "wrong":
        tr.write_line(
            "CONTROLS WRONG: the instrument cannot be trusted here, and no verdicts are filed.", red=True, bold=True
        )
    broken = [cell for cell in found.verdicts if cell.counterexample is not None]
    if broken:
        tr.section("counterexamples")
        store = config.option.store
        options = f" --store {shlex.quote(store)}" if store else ""
        for cell in broken:
            for line in refutation(cell, width=width, options=options):
                tr.write_line(line)
            tr.write_line("")
    if found.verdicts:
        tr.section("verdicts")
        for line in summary(found.verdicts, width=width):
            tr.write_line(line)
        tr.write_line("")
    if found.creed is not None:
        believed = f"{len(found.creed.held.by_place)} beliefs in {found.creed.path}"
        tr.write_line(f"{believed}{', renewed' if found.creed.renewing else ''}; surprises: {len(found.surprises)}")
        for surprise in found.surprises:
            tr.write_line(surprise.line, red=not found.creed.renewing)
    confidence = found.request.profile.confidence
    many = "1 cell" if found.family == 1 else f"all {found.family} cells together (Holm)"
    tr.write_line(f"controls {found.controls}; satisfied and mostly at {confidence:g} for {many};")
    tr.write_line(f"intervals at {confidence:g} for each cell by itself")
    for before, cell in found.raised:
        tr.write_line(f"raised from {before.value} to {cell.verdict.value} when all cells were there: {cell.node}")
    tr.write_line(nulls_line(found.request.profile.on_nulls, found.without_nulls))
    if found.complaint:
        tr.write_line(f"ERROR: {found.complaint}", red=True)
    elif KEPT in config.stash:
        run_id, page = config.stash[KEPT]
        tr.write_line(f"run {run_id} filed in {found.store}")
        tr.write_line(f"report: {page}")


def _brings_device(pluginmanager: pytest.PytestPluginManager) -> bool:
    """Whether pytest-playwright is in play: it has a `--device` too, is loaded after us, and pytest allows but one."""
    left_out = pluginmanager.is_blocked("playwright") or "PYTEST_DISABLE_PLUGIN_AUTOLOAD" in os.environ
    return not left_out and bool(entry_points(group="pytest11", name="playwright"))


def _session(config: pytest.Config) -> Session:
    if SESSION not in config.stash:
        from harness.session import Request, Session, written
        from harness.trials.profile import Profile

        option, numbers = config.option, Profile()
        asked = ("search", "census", "epsilon", "delta", "confidence")
        given = {name: value for name in asked if (value := getattr(option, name)) is not None}
        if "epsilon" in given and "delta" not in given:
            given["delta"] = max(numbers.delta, given["epsilon"])
        nulls = 0 if option.no_nulls else numbers.nulls
        profile = Profile(seed=option.seed, nulls=nulls, **given)
        request = Request(
            heads=tuple(option.head),
            components=tuple(option.component),
            projection=option.projection,
            bos=not option.no_bos,
            dtype=option.dtype,
            device=getattr(option, "device", None) or "cpu",
            preparation=option.preparation,
            profile=profile,
            census_given=option.census is not None,
            command=written(config.invocation_params.args),
            **({"model": option.model} if option.model is not None else {}),
        )
        config.stash[SESSION] = Session(request)
    return config.stash[SESSION]


def _believe(config: pytest.Config) -> None:
    """Take a file of beliefs into the run. Claims may stand in what is named on the command line or in our book."""
    option = config.option
    if option.believe and not option.beliefs:
        raise HeadlawsError("--believe: no file named; write --beliefs FILE --believe.")
    if option.beliefs:
        from harness.laws.book import shipped

        named = [config.invocation_params.dir / str(arg).partition("::")[0] for arg in config.args]
        places = [shipped(), *(place if place.is_dir() else place.parent for place in named)]
        _session(config).believe(Path(option.beliefs), places=places, renewing=option.believe)


def _load(config: pytest.Config) -> None:
    """Load the model with nothing captured, so that a download can be seen."""
    capture = config.pluginmanager.getplugin("capturemanager")
    try:
        with capture.global_and_fixture_disabled(), _uncollected():
            _session(config).make_ready()
    except HeadlawsError as error:
        raise pytest.UsageError(str(error)) from error


@contextmanager
def _uncollected() -> Iterator[None]:
    """Keep the garbage collector away from what the block makes: a model and its libraries are there to stay.

    It would walk their millions of objects while they are imported, and again whenever pytest asks it to at the end.
    """
    collecting = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        gc.freeze()
        if collecting:
            gc.enable()


def _is_worker(config: pytest.Config) -> bool:
    """Whether this is a process of pytest-xdist that finds out and does not file."""
    return hasattr(config, "workerinput")


def _is_chapter(path: Path) -> bool:
    """A file with tagged tests that imports the harness, or any with `@given` tests in a folder called properties."""
    if not is_chapter(path):
        return False
    text = path.read_text(encoding="utf-8", errors="replace")
    return bool(_TAGGED.search(text) and (_OURS.search(text) or path.parent.name == "properties"))


def _asked(config: pytest.Config) -> bool:
    """Whether this run is about heads at all: the plugin is there in every run of its environment."""
    option = config.option
    named = option.head or option.component or option.model or option.store or option.report or option.beliefs
    folders = any(Path(str(arg).partition("::")[0]).name == "properties" for arg in config.args)
    return bool(named or option.believe or folders or option.projection != "output")


def _conjecture(item: pytest.Item) -> Conjecture | None:
    found: Conjecture | None = getattr(getattr(item, "function", None), "conjecture", None)
    return found


def _sections(items: Sequence[pytest.Item]) -> list[Section]:
    """The chapters that the items come from, each claim with the heads and components that it is tried on."""
    from harness.contents import Section, cells

    chapters: dict[pytest.Item | pytest.Collector, dict[Entry, list[tuple[str, str]]]] = {}
    for item in items:
        if (found := _conjecture(item)) is not None:
            head, _, component = item.name.rpartition("[")[2].rstrip("]").rpartition("-")
            claims = chapters.setdefault(item.getparent(pytest.Module) or item, {})
            claims.setdefault(found.entry, []).append((head, component))
    return [
        Section(
            next(iter(claims)).chapter,
            (inspect.getdoc(getattr(chapter, "obj", None)) or "").partition("\n")[0],
            [(entry, [cells(tried)]) for entry, tried in claims.items()],
        )
        for chapter, claims in chapters.items()
    ]


def _check_chapters(tried: Iterable[pytest.Item]) -> None:
    """Verdicts are filed by chapter and name, so no two files may be the same chapter."""
    files: dict[str, Path] = {}
    for item in tried:
        first = files.setdefault(item.path.stem, item.path)
        if first != item.path:
            raise pytest.UsageError(
                f"{item.path}: the chapter {item.path.stem!r} is {first} already, and verdicts are filed by chapter; "
                "rename one of the two files."
            )


def _is_control(item: pytest.Item) -> bool:
    found = _conjecture(item)
    return found is not None and bool(found.control)


def _strict(config: pytest.Config) -> bool:
    """Whether `--strict` stands on the command line; a project's own `strict = true` is about other things."""
    return "strict=true" in (config.option.override_ini or [])


def _complaint(cell: Cell, session: Session, *, strict: bool) -> str:
    if cell.wrong:
        known = "hold" if cell.control == "holds" else "fail"
        return f"control came out wrong: {cell.node} should {known}, got {cell.verdict.value}. {cell.message}".strip()
    if cell.verdict == "error":
        return f"error: {cell.node}: {cell.message}"
    if session.creed is not None and not session.creed.renewing:
        if (surprise := session.creed.surprise(cell)) is not None:
            return surprise.line
        if session.creed.held.about(cell) is not None:
            return ""
    if strict and cell.verdict == "refuted":
        return f"refuted: {cell.node} (--strict)"
    return ""
