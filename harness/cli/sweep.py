"""`headlaws sweep`: many heads against the book."""

from __future__ import annotations

import json
import sys
from collections import Counter
from contextlib import redirect_stdout
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from harness.cli import options
from harness.cli.ordering import hiring, ordered, ordering, typed
from harness.cli.progress import shown

if TYPE_CHECKING:
    from harness.sweep.sweep import Swept


@click.command(name="sweep")
@ordering
@click.option("--seed", default=0, show_default=True, help="Of search and census.")
@click.option("--report", type=click.Path(file_okay=False, path_type=Path), help="Where the page is written.")
@click.option("--json", "as_json", is_flag=True, help="One JSON object, for programs.")
def sweep(seed: int, report: Path | None, as_json: bool, **given: Any) -> int:
    """Try heads against the book: all of them, unless --head says which.

    What is finished is kept; the same command given again goes on where it stopped, whatever stopped it. Exit status:
    0 whatever was found, 1 where a cell is an error or a control came out wrong.
    """
    options.warn_of_half_precision(given["dtype"])
    order = ordered(given, seed=seed, command=typed())
    hire = hiring(given)
    from harness.sweep.sweep import sweep as swept

    try:
        with shown() as told, redirect_stdout(sys.stderr):  # stdout is the result's, whatever a claim or Ray may print
            done = swept(order, given["store"], hire=hire, minutes=given["minutes"], report=report, told=told)
    except KeyboardInterrupt:
        click.echo("headlaws: interrupted; what is finished is kept: give the same command again to go on.", err=True)
        return 130
    click.echo(
        json.dumps(summary(done, given["store"]), indent=2) if as_json else "\n".join(lines(done, given["store"]))
    )
    return 1 if done.errors or done.session.controls == "wrong" else 0


def summary(done: Swept, store: Path) -> dict[str, Any]:
    """What came of it, for programs."""
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


def lines(done: Swept, store: Path) -> list[str]:
    """What came of it, for people."""
    session = done.session
    counted = Counter(cell.verdict.value for cell in session.verdicts)
    found = [", ".join(f"{number} {verdict}" for verdict, number in counted.most_common()) or "no verdicts"]
    if session.controls == "wrong":
        wrong = [cell.node for cell in session.cells if cell.wrong]
        found.insert(0, f"CONTROLS WRONG: the instrument cannot be trusted here ({', '.join(wrong[:3])})")
    else:
        where = ", on the first head of each block of layers" if session.controls == "right" else ""
        found.append(f"controls {session.controls}{where}")
    if done.errors:
        found.append(f"{len(done.errors)} cells are errors:")
        found += [f"  {cell.node}: {cell.message}" for cell in done.errors[:10]]
    if done.left_out:
        later = "" if session.controls == "wrong" else "; give the same command again to go on with them"
        found.append(f"{sum(done.left_out.values())} cells not tried: {done.why}{later}.")
    if done.seconds:
        found.append(f"time of all workers: {_parts(done.seconds)}")
    return [*found, f"run {done.run_id} filed in {store}", f"report: {done.page}"]


def _parts(seconds: dict[str, float]) -> str:
    """What the time went to, the most first.

    >>> _parts({"reading": 30.0, "forward passes": 89.6})
    '120 s; forward passes 75 %, reading 25 %'
    """
    whole = sum(seconds.values())
    shares = sorted(seconds.items(), key=lambda part: -part[1])
    return f"{whole:.0f} s; " + ", ".join(f"{part} {100 * spent / whole:.0f} %" for part, spent in shares)
