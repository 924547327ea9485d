"""What a run says at its beginning and at its end, in pytest's own report."""

from __future__ import annotations

import shlex
import textwrap
from itertools import chain
from typing import TYPE_CHECKING

import pytest

from harness.plugin.options import TAKEN, given
from harness.plugin.run import SESSION, session_of, store_of
from harness.records import words
from harness.text import counted

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path  # noqa: F401  # stash keys' types, in quotes

    from _pytest.terminal import TerminalReporter

    from harness.plugin.ahead import Ahead  # noqa: F401
    from harness.records.cell import Cell
    from harness.runs.session import Session

AHEAD = pytest.StashKey["Ahead"]()
COMPLAINT = pytest.StashKey[str]()
KEPT = pytest.StashKey["tuple[str, Path]"]()
LATE = pytest.StashKey["list[Cell]"]()


def header(config: pytest.Config) -> list[str]:
    """Return what is tried, with the seed."""
    from harness.models import catalogue
    from harness.runs.session import LEFT_OUT

    session = session_of(config)
    request, profile = session.request, session.request.profile
    heads = ", ".join(request.heads) if request.heads else "layer 0, since no --head was given"
    origin = catalogue.origin(request.model)
    least = "" if request.census_given else "at least "
    return [
        f"headlaws: model {request.model}{origin and f': {origin}'}",
        f"headlaws: heads {heads}, projection {request.projection}, bos {'in front' if request.bos else 'left out'}",
        f"headlaws: seed {profile.seed}, search {counted(profile.search, 'example')}, first stage "
        f"{counted(profile.first, 'sequence')} "
        f"of up to {counted(profile.length, 'id')}, "
        f"census {least}{profile.census:,}, "
        f"epsilon {profile.epsilon}, confidence {profile.confidence}, "
        f"nulls {f'{profile.first_on_nulls} to {profile.on_nulls} sequences' if profile.nulls else LEFT_OUT}",
        *(
            f"headlaws: --{name} is an option of this project or of another plugin here; ours is --headlaws-{name}"
            for name in config.stash.get(TAKEN, ())
            if name != "device" or not config.pluginmanager.has_plugin("playwright")
        ),
        *_roughly(session),
    ]


SMALL_MODEL = 6
"""Layers: a smaller model is tried in seconds, so no time is shown."""


def _roughly(session: Session) -> list[str]:
    """How long the whole book takes, where nothing is known yet: wide bounds, of two cores and the default model. The
    upper one is of a processor with AVX2 alone that makes the null models as well.
    """
    from harness.models import catalogue
    from harness.sweeps.progress import duration

    if catalogue.outline(session.request.model).n_layers < SMALL_MODEL:
        return []
    low = sum(60 + 3 * head.layer for head in session.request.addresses)
    high = sum(450 + 25 * head.layer for head in session.request.addresses)
    return [
        f"headlaws: the whole book takes roughly {duration(low)} to {duration(high)} the first time; "
        "the time left is shown along the way"
    ]


def estimate(config: pytest.Config) -> list[str]:
    """Return how many cells there are, who tries them, and how long that will take where earlier runs tell."""
    from harness.sweeps.progress import duration

    ahead = config.stash[AHEAD]
    who = "this process" if ahead.number == 1 else counted(ahead.number, "process")
    left = ahead.progress.still
    long = "" if left is None else f"; earlier runs took about {duration(left)}"
    return [f"headlaws: {counted(ahead.progress.cells, 'cell')}, tried by {who}{long}"]


def write_summary(terminalreporter: TerminalReporter, config: pytest.Config) -> None:
    """Write a line for each cell, the counterexamples that matter, what was found, and where the report lies."""
    found = config.stash.get(SESSION, None)
    if found is None or not found.cells:
        return
    tr, width = terminalreporter, terminalreporter._tw.fullwidth
    if found.controls == "wrong":
        tr.write_line(
            f"{words.checks('wrong').upper()}: headlaws cannot be trusted here, and no verdicts are filed.",
            red=True,
            bold=True,
        )
    shown = told(config)
    _write_counterexamples(tr, config, found, shown, width)
    if found.verdicts:
        from harness.terminal.verdicts import summary

        _write_section(tr, "verdicts", summary(found.verdicts, width=width))
        tr.write_line("")
    _write_beliefs(tr, found)
    _write_grounds(tr, config, found, width)
    if found.verdicts:
        from harness.terminal.findings import findings

        _write_section(tr, "findings", findings(found.verdicts, found.facts, width=width))
        if any(cell.counterexample is not None for cell in found.verdicts):
            more = "" if shown is None else "; -v shows all"
            _write_wrapped(tr, f"counterexamples, by the id after #: headlaws replay ID{more}", width)
    if COMPLAINT in config.stash:
        tr.write_line(f"ERROR: {config.stash[COMPLAINT]}", red=True)
    elif KEPT in config.stash:
        run_id, page = config.stash[KEPT]
        tr.write_line(f"run {run_id} filed in {store_of(config)}")
        tr.write_line(f"report: {page}")


def _write_section(tr: TerminalReporter, title: str, lines: Iterable[str]) -> None:
    tr.section(title)
    for line in lines:
        tr.write_line(line)


def _write_wrapped(tr: TerminalReporter, text: str, width: int) -> None:
    for line in textwrap.wrap(text, width):
        tr.write_line(line)


def _write_counterexamples(
    tr: TerminalReporter, config: pytest.Config, found: Session, shown: set[str] | None, width: int
) -> None:
    """Those of the cells that are shown, or all."""
    from harness.terminal.verdicts import refutation

    known = [cell for cell in found.verdicts if cell.counterexample is not None]
    broken = [cell for cell in known if shown is None or cell.node in shown]
    store = given(config).store
    options = f" --store {shlex.quote(store)}" if store else ""
    if broken:
        lines = ((*refutation(cell, width=width, options=options), "") for cell in broken)
        _write_section(tr, "counterexamples", chain.from_iterable(lines))


def _write_grounds(tr: TerminalReporter, config: pytest.Config, found: Session, width: int) -> None:
    """How sure the verdicts are, what they are about, and what was not tried this time."""
    from harness.terminal.verdicts import nulls_line

    confidence = found.request.profile.confidence
    many = "1 cell" if found.family == 1 else f"all {found.family:,} cells together (Holm)"
    tr.write_line(f"{words.checks(found.controls)};")
    tr.write_line(f"confidence of satisfied and mostly: {confidence:g} for {many};")
    tr.write_line(f"confidence of intervals: {confidence:g} for each cell by itself")
    _write_wrapped(tr, found.about, width)
    if before := sum(cell.remembered for cell in found.cells):
        again = "as an earlier run tried the same law on the same head; --fresh tries them anew"
        _write_wrapped(tr, f"{counted(before, 'cell')} {again}", width)
    for cell in config.stash.get(LATE, ()):
        tr.write_line(f"error on the null models: {cell.node}: {cell.message}", red=True)
    for former, cell in found.raised:
        tr.write_line(
            f"raised from {words.verdict(former)} to {words.verdict(cell.verdict)} by Holm's procedure: {cell.node}"
        )
    _write_wrapped(tr, nulls_line(found.request.profile.first_on_nulls, found.without_nulls), width)


def _write_beliefs(tr: TerminalReporter, found: Session) -> None:
    if (held := found.belief_check) is not None:
        believed = f"{counted(len(held.held.by_key), 'belief')} in {held.path}"
        tr.write_line(f"{believed}{', renewed' if held.renewing else ''}; surprises: {len(found.surprises)}")
        if held.lacking:
            tr.write_line(held.lacking)
        for surprise in found.surprises:
            tr.write_line(surprise.line, red=not held.renewing)


def told(config: pytest.Config) -> set[str] | None:
    """Return the cells whose counterexamples are printed: what stands out most, and surprises; None with -v: all of
    them.
    """
    from harness.terminal.findings import MOST
    from harness.trials.standing_out import most_telling

    if config.get_verbosity() > 0:
        return None
    found = session_of(config)
    surprising = {surprise.cell.node for surprise in found.surprises}
    return surprising | {cell.node for cell in most_telling(found.verdicts)[:MOST]}


def complaint(cell: Cell, session: Session, *, strict: bool) -> str:
    """Return why a cell fails its test, in a line; nothing where it is a result like any other."""
    if cell.wrong:
        known = "hold" if cell.control == "holds" else "fail"
        return (
            f"known-answer check failed: {cell.node} must {known}, but the verdict is "
            f"{words.verdict(cell.verdict)}. {cell.message}"
        ).strip()
    if cell.verdict == "error":
        return f"error: {cell.node}: {cell.message}"
    if session.belief_check is not None and not session.belief_check.renewing:
        if (surprise := session.belief_check.surprise(cell)) is not None:
            return surprise.line
        if session.belief_check.held.about(cell) is not None:
            return ""
    if strict and cell.verdict == "refuted":
        return f"refuted: {cell.node} (--strict)"
    return ""
