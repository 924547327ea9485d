"""`headlaws sweep`: many heads against the book, of one model or of each checkpoint of a training run."""

from __future__ import annotations

import json
import sys
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager, redirect_stdout
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
from click.core import ParameterSource

from harness.cli import options
from harness.cli.dry_run import say
from harness.cli.ordering import ordered, ordering, typed, workers_wanted
from harness.cli.progress import shown
from harness.errors import HeadlawsError
from harness.models import checkpoints, model_source
from harness.records import words
from harness.text import counted

if TYPE_CHECKING:
    from harness.sweeps.plan import SweepOrder
    from harness.sweeps.series import Series
    from harness.sweeps.sweep import MakeWorkers, SweepResult, Told


@click.command(name="sweep")
@ordering
@click.option("--seed", default=0, show_default=True, help="Seed of search and census.")
@click.option("--report", type=click.Path(file_okay=False, path_type=Path), help="Folder for the pages.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object, for programs.")
@click.argument("more", nargs=-1, metavar="[CHECKPOINT]...")
def sweep(seed: int, report: Path | None, as_json: bool, more: tuple[str, ...], **given: Any) -> int:
    """Try heads against the book: all of them, unless --head says which.

    Sweep checkpoints of a training run one after another with --model 'runs/step-*' or --model step-1 step-2 ...; a
    page then says when each law emerges.

    Finished work is kept: give the same command again to go on, whatever stopped it. Exit status: 0 whatever was
    found, 1 if a cell is an error, a known-answer check failed or a checkpoint could not be used.
    """
    model = given["request"].model
    several = bool(more) or checkpoints.is_pattern(model)
    names = checkpoints.series([model, *_further(more)])
    options.warn_of_half_precision(given["request"].dtype)
    order = ordered(given, seed=seed, command=typed())
    make_workers = workers_wanted(given)
    if given["dry_run"]:
        if several:
            raise HeadlawsError(
                f"--dry-run with {counted(len(names), 'checkpoint')}: it looks at one; name one with --model."
            )
        say(order, given["store"], workers=given["workers"], as_json=as_json)
        return 0
    with options.going_on():
        if several:
            return _series(order, names, make_workers, given, report, as_json)
        from harness.sweeps.sweep import sweep as swept

        with watched() as told:
            how = {"minutes": given["minutes"], "report": report, "told": told, "waiting": told}
            done = swept(order, given["store"], make_workers=make_workers, **how)
    click.echo(
        json.dumps(summary(done, given["store"]), indent=2) if as_json else "\n".join(lines(done, given["store"]))
    )
    return code(done)


def _further(more: tuple[str, ...]) -> list[str]:
    """The words after --model, as --model itself is taken.

    Raises:
        HeadlawsError: where there is no --model before them, or one revision for several models.
    """
    context = click.get_current_context()
    if more and context.get_parameter_source("model") is not ParameterSource.COMMANDLINE:
        raise HeadlawsError(f"{more[0]!r}: checkpoints come after --model; write --model before the first one.")
    if more and context.params["revision"] is not None:
        revision = context.params["revision"]
        raise HeadlawsError(
            f"--revision {revision!r} with several models: write it to each name, as in org/name@{revision}."
        )
    return [model_source.chosen(name, allow_pickle=context.params["allow_pickle"]) or name for name in more]


@contextmanager
def watched(said: str = "") -> Iterator[Told]:
    """Show the progress of a sweep; stdout has the result alone, whatever a claim or Ray may print."""
    if said:
        click.echo(said, err=True)
    with shown() as told, redirect_stdout(sys.stderr):
        yield told


def code(done: SweepResult) -> int:
    """Return the exit status of one sweep."""
    return 1 if done.errors or done.session.controls == "wrong" else 0


def _series(
    order: SweepOrder,
    names: list[str],
    make_workers: MakeWorkers,
    given: dict[str, Any],
    report: Path | None,
    as_json: bool,
) -> int:
    """Sweep checkpoint after checkpoint; of their exit statuses, the worst."""
    from harness.sweeps.series import folder_of, orders, series

    codes, summaries = [0], list[dict[str, Any]]()

    def each(name: str, done: SweepResult) -> None:
        codes.append(code(done))
        summaries.append({"model": name, **summary(done, given["store"])})
        if not as_json:
            click.echo("\n".join([name, *(f"  {line}" for line in lines(done, given["store"]))]))

    some = orders(order, names)
    found = series(
        some,
        given["store"],
        report or folder_of(some),
        watched=lambda name: watched(f"{name}, {1 + names.index(name)} of {len(names)}"),
        make_workers=make_workers,
        minutes=given["minutes"],
        each=each,
    )
    click.echo(
        json.dumps(_object(found, summaries, given["store"]), indent=2) if as_json else "\n".join(_ending(found))
    )
    return 1 if found.unusable else max(codes)


def _object(found: Series, summaries: list[dict[str, Any]], store: Path) -> dict[str, Any]:
    """A series, for programs."""
    return {
        "store": str(store),
        "page": str(found.page),
        "runs": summaries,
        "unusable": found.unusable,
        "not_begun": list(found.not_begun),
    }


def _ending(found: Series) -> list[str]:
    """What is said after the last checkpoint, for people."""
    said = [f"not tried: {why}" for why in found.unusable.values()]
    if found.not_begun:
        those = ", ".join(found.not_begun)
        said.append(f"not begun, because the time was up: {those}; give the same command again to go on.")
    return [*said, f"checkpoints: {found.page}"]


def summary(done: SweepResult, store: Path) -> dict[str, Any]:
    """Return the result, for programs."""
    session = done.session
    return {
        "run": done.run_id,
        "store": str(store),
        "report": str(done.page),
        "controls": session.controls,
        "verdicts": dict(Counter(cell.verdict.value for cell in session.verdicts)),
        "errors": [{"cell": cell.node, "message": cell.message} for cell in done.errors],
        "left_out": done.left_out,
        "why": done.why,
        "seconds": done.seconds,
    }


def lines(done: SweepResult, store: Path) -> list[str]:
    """Return the result, for people."""
    session = done.session
    by_verdict = Counter(cell.verdict for cell in session.verdicts).most_common()
    found = [", ".join(f"{number:,} {words.verdict(key)}" for key, number in by_verdict) or "no verdicts"]
    if session.controls == "wrong":
        wrong = [cell.node for cell in session.cells if cell.wrong]
        found.insert(0, f"{words.checks('wrong').upper()}: headlaws cannot be trusted here ({', '.join(wrong[:3])})")
    else:
        where = ", on the first head of each block of layers" if session.controls == "right" else ""
        found.append(f"{words.checks(session.controls)}{where}")
    if done.errors:
        found.append(f"{counted(len(done.errors), 'error')}:")
        found += [f"  {cell.node}: {cell.message}" for cell in done.errors[:10]]
    if done.left_out:
        later = "" if session.controls == "wrong" else "; give the same command again to go on with them"
        found.append(f"{counted(sum(done.left_out.values()), 'cell')} not tried: {done.why}{later}.")
    if done.seconds:
        found.append(f"time of all workers: {_parts(done.seconds)}")
    return [*found, f"run {done.run_id} filed in {store}", f"report: {done.page}", session.about]


def _parts(seconds: dict[str, float]) -> str:
    """What the time went to, the most first.

    >>> _parts({"reading": 30.0, "forward passes": 89.6})
    '120 s; forward passes 75 %, reading 25 %'
    """
    whole = sum(seconds.values())
    shares = sorted(seconds.items(), key=lambda part: -part[1])
    return f"{whole:.0f} s; " + ", ".join(f"{part} {100 * spent / whole:.0f} %" for part, spent in shares)
