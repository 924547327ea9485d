"""The pytest plugin: `pytest properties/ --head 0.0`. Hooks that delegate; the work is done in `session`.

Loaded in every pytest run of an environment that has headlaws, so nothing heavy is imported here: neither torch nor
Hypothesis.
"""

from __future__ import annotations

import os
from collections.abc import Generator, Iterator, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from harness.errors import HeadlawsError
from harness.plugin.chapters import Chapter, check_chapters, looks_like_a_chapter, sections
from harness.plugin.gathering import Gathering, send_counted
from harness.plugin.options import add_options, given, leave_out_ours
from harness.plugin.run import (
    CELL,
    PLACE,
    SESSION,
    asked,
    believe,
    break_in,
    check_places,
    conjecture_of,
    head_of,
    is_control,
    is_worker,
    load,
    session_of,
    store_of,
)
from harness.plugin.summary import AHEAD, COMPLAINT, KEPT, LATE, complaint, estimate, header, write_summary

if TYPE_CHECKING:
    from _pytest.terminal import TerminalReporter

    from harness.laws.conjecture import Conjecture
    from harness.readings.component_head import ComponentHead
    from harness.records.cell import Cell, Exhibit  # noqa: F401  # a stash key's type, in quotes


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_load_initial_conftests(
    early_config: pytest.Config, parser: pytest.Parser, args: list[str]
) -> Generator[None, None, None]:
    """Yield the options of design.md section 5, after those of everybody else."""
    leave_out_ours(early_config, parser, args)
    yield
    add_options(early_config, parser)


def pytest_configure(config: pytest.Config) -> None:
    """Refuse at once what can be refused without a model."""
    if not asked(config):
        return
    try:
        session_of(config).request.check()
        check_places(config)
        believe(config)
    except HeadlawsError as error:
        raise pytest.UsageError(str(error)) from error
    if getattr(config.option, "numprocesses", None):
        config.pluginmanager.register(Gathering(config), "headlaws-gathering")
    if is_worker(config):  # before torch is there: the processes share the cores
        cores = (os.cpu_count() or 1) // config.workerinput["workercount"]  # type: ignore[attr-defined]
        os.environ.setdefault("OMP_NUM_THREADS", str(max(1, cores)))


def pytest_collect_file(file_path: Path, parent: pytest.Collector) -> pytest.Module | None:
    """Collect chapters, whatever their files are called; those named on the command line come by themselves."""
    if parent.session.isinitpath(file_path) or not looks_like_a_chapter(file_path):
        return None
    return Chapter.from_parent(parent, path=file_path)


def pytest_pycollect_makemodule(module_path: Path, parent: pytest.Collector) -> pytest.Module | None:
    """Return a chapter named on the command line."""
    return Chapter.from_parent(parent, path=module_path) if looks_like_a_chapter(module_path) else None


@pytest.hookimpl(tryfirst=True)
def pytest_pycollect_makeitem(collector: pytest.Module, name: str, obj: Any) -> list[pytest.Item] | None:
    """Refuse a `@given` test without a tag; leave out what is about other components."""
    found: Conjecture | None = getattr(obj, "conjecture", None) if callable(obj) else None
    if isinstance(collector, Chapter) and found is None and getattr(obj, "is_hypothesis_test", False) is True:
        raise collector.CollectError(
            f"{collector.path.name}::{name}: a @given test without @conjecture; "
            f"write @conjecture(components=..., source=...) above @given."
        )
    if (
        found is not None
        and getattr(obj, "__test__", False) is True
        and not session_of(collector.config).request.in_play(found)
    ):
        return []
    return None


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Make one test for each head and component that a conjecture is tried on."""
    found: Conjecture | None = getattr(metafunc.function, "conjecture", None)
    if found is None:
        return
    try:
        cells = session_of(metafunc.config).request.in_play(found)
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
    order = {item: (not is_control(item), i) for i, item in enumerate(items)}
    yield
    if any(conjecture_of(item) for item in items):
        items.sort(key=lambda item: order.get(item, (True, len(order))))


@pytest.hookimpl(tryfirst=True)
def pytest_collection_finish(session: pytest.Session) -> None:
    """Say so when there is nothing to try; load the model before the first test, where its download can be seen."""
    config = session.config
    tried = [item for item in session.items if conjecture_of(item)]
    check_chapters(tried)
    if not tried:
        if asked(config) and not session.testsfailed:
            where = " ".join(str(arg) for arg in config.args)
            raise pytest.UsageError(
                f"{where}: it has no laws; give a folder or file with tests tagged @conjecture, such as properties/."
            )
        return
    for place, item in enumerate(session.items):
        item.stash[PLACE] = place
    session_of(config).expect((found, 1) for item in tried if (found := conjecture_of(item)))
    if not config.option.collectonly:
        load(config)
        if not is_worker(config):
            from harness.plugin.ahead import Ahead

            config.stash[AHEAD] = Ahead(config, tried)


def pytest_report_collectionfinish(config: pytest.Config, items: Sequence[pytest.Item]) -> list[str]:
    """Return how long it will take; with --collect-only -v, the conjectures as a table of contents, not as a tree of
    nodes.
    """
    wanted = config.option.collectonly and config.option.verbose > 0
    if AHEAD in config.stash:
        return estimate(config)
    if not wanted or not items or not all(conjecture_of(item) for item in items):
        return []
    from shutil import get_terminal_size

    from harness.terminal.contents import contents

    items[0].session.items = []  # what pytest would list
    return ["", *contents(sections(items), width=get_terminal_size().columns)]


@pytest.fixture(scope="session")
def head(request: pytest.FixtureRequest) -> ComponentHead:
    """Give one component of one head: call it with ids, and it returns the reading."""
    return head_of(request)


@pytest.fixture(scope="session")
def head_pair(request: pytest.FixtureRequest) -> ComponentHead:
    """Give the same component of two heads of a layer: `head_pair.left(ids)`, `head_pair.right(ids)`.

    Each of the two has what `head` has: `head_pair.right.vocabulary`, `head_pair.left.in_another_basis(ids)`.
    """
    return head_of(request)


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_setup(item: pytest.Item) -> None:
    """Skip everything else after a known-answer check that failed."""
    if conjecture_of(item) and not is_control(item) and session_of(item.config).controls == "wrong":
        item.session.shouldfail = (
            "a known-answer check failed: headlaws cannot be trusted here, so nothing else was tried"
        )
        pytest.skip("a known-answer check failed")


@pytest.hookimpl(tryfirst=True)
def pytest_pyfunc_call(pyfuncitem: pytest.Function) -> bool | None:
    """Try a conjecture instead of calling it; where --pdb asks for it, stop in the smallest counterexample."""
    found = conjecture_of(pyfuncitem)
    if found is None:
        return None
    session = session_of(pyfuncitem.config)
    reader: Any = pyfuncitem.funcargs[found.subject]
    ahead = pyfuncitem.config.stash.get(AHEAD, None)
    cell = session.verdict_on(found, reader) if ahead is None else ahead.cell(pyfuncitem)
    session.file(found.entry, cell)
    pyfuncitem.stash[CELL] = cell
    pyfuncitem.user_properties += [("verdict", cell.verdict.value), ("degree", cell.degree)]  # for --junitxml
    if pyfuncitem.config.option.usepdb and cell.counterexample is not None:
        break_in(found, reader, cell.counterexample)
    return True


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Make a failed known-answer check and an error a failure; a refutation is one under --strict alone."""
    report = yield
    cell = item.stash.get(CELL, None)
    if cell is None or report.when != "call" or report.failed:
        return report
    report.headlaws = {  # type: ignore[attr-defined]  # a report takes what it is given, also across processes
        "verdict": cell.verdict.value,
        "control": cell.control,
        "wrong": cell.wrong,
    }
    found = conjecture_of(item)
    if is_worker(item.config) and found is not None:
        sent = {"place": item.stash[PLACE], "cell": cell.to_json(), "entry": asdict(found.entry)}
        report.headlaws |= sent  # type: ignore[attr-defined]
    said = complaint(cell, session_of(item.config), strict=_strict(item.config))
    if said:
        report.outcome = "failed"
        report.longrepr = said
    return report


def pytest_report_teststatus(report: pytest.TestReport) -> tuple[str, str, tuple[str, dict[str, bool]]] | None:
    """Return a verdict's own word, letter and colour."""
    found = getattr(report, "headlaws", None)
    if found is None or report.when != "call":
        return None
    from harness.records.cell import Verdict
    from harness.records.words import VERDICTS
    from harness.terminal.verdicts import COLOURS

    if report.failed:
        said = "known answer wrong" if found["wrong"] else VERDICTS[found["verdict"]].word
        return "failed", "F", (said.upper(), {"red": True})
    if found["control"]:
        return "passed a known-answer check", "c", ("KNOWN ANSWER RIGHT", {"green": True})
    one = VERDICTS[found["verdict"]]
    return one.word, one.letter, (one.word.upper(), {COLOURS[Verdict(one.key)]: True})


def pytest_report_header(config: pytest.Config) -> list[str]:
    """Return what is tried, with the seed."""
    return header(config) if asked(config) else []


@pytest.hookimpl(trylast=True)
def pytest_sessionfinish(session: pytest.Session, exitstatus: int) -> None:
    """Count on the null models, file the run and write its page."""
    config = session.config
    found, ahead = config.stash.get(SESSION, None), config.stash.get(AHEAD, None)
    if ahead is not None:
        ahead.stop()
    if found is None or not found.cells:
        return
    if is_worker(config):
        send_counted(session)
        return
    shown: list[Exhibit] | None = None
    if ahead is not None:
        sound = {cell.node for cell in found.cells if cell.verdict != "error"}
        shown = ahead.finish(interrupted=exitstatus == pytest.ExitCode.INTERRUPTED)
        config.stash[LATE] = [cell for cell in found.cells if cell.verdict == "error" and cell.node in sound]
    from harness.runs import filing
    from harness.runs.correction import correct

    correct(found)
    late = bool(config.stash.get(LATE, None))
    if late or (
        found.belief_check is not None and not found.belief_check.renewing and found.surprises
    ):  # the correction may make some
        session.exitstatus = max(session.exitstatus, pytest.ExitCode.TESTS_FAILED)
    option = given(config)
    report = Path(option.report) if option.report else None
    try:
        config.stash[KEPT] = filing.keep(found, store_of(config), report, shown=shown)
    except (HeadlawsError, OSError) as error:
        config.stash[COMPLAINT] = str(error)
        session.exitstatus = pytest.ExitCode.TESTS_FAILED
    if ahead is not None:
        ahead.status.clear()


def pytest_terminal_summary(terminalreporter: TerminalReporter, config: pytest.Config) -> None:
    """Print the refutations, one line per cell, and where the report lies."""
    write_summary(terminalreporter, config)


def _strict(config: pytest.Config) -> bool:
    """Whether `--strict` stands on the command line; a project's own `strict = true` is about other things."""
    return "strict=true" in (config.option.override_ini or [])
