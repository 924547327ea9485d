"""Options of the commands that sweep, and the order that comes of them."""

from __future__ import annotations

import shlex
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from harness.cli import options
from harness.errors import HeadlawsError
from harness.trials.profile import Profile

if TYPE_CHECKING:
    from harness.sweeps.plan import SweepOrder
    from harness.sweeps.sweep import MakeWorkers

FIRST = 16
"""Sequences of a sweep's first stage, which gives every cell its degree."""

ENGINES = ("local", "ray")

_OPTIONS = (
    options.asking(default="all"),
    click.option(
        "--component",
        "components",
        multiple=True,
        metavar="NAME",
        help="q, k, v, z, qk or attn; repeatable.  [default: all]",
    ),
    click.option(
        "--book",
        type=click.Path(exists=True, path_type=Path),
        help="A folder of chapters, or one chapter.  [default: the book that comes with headlaws]",
    ),
    click.option("--search", default=Profile().search, show_default=True, help="Examples that Hypothesis may try."),
    click.option(
        "--first",
        default=FIRST,
        show_default=True,
        help="Sequences of the first stage, which gives every cell its agreement; 0 makes one stage of all.",
    ),
    click.option(
        "--census",
        type=int,
        help="Sequences of the full census.  [default: 200, or more if the bounds need more]",
    ),
    click.option("--epsilon", type=float, help="Violation rate that 'satisfied' allows.  [default: 0.05]"),
    click.option("--delta", type=float, help="Violation rate that 'mostly' allows.  [default: 0.05]"),
    click.option("--confidence", type=float, help="Confidence in all verdicts together.  [default: 0.95]"),
    click.option(
        "--length", type=int, help="Length of the longest sequences in ids, unless a law says otherwise.  [default: 24]"
    ),
    click.option("--fresh", is_flag=True, help="Use no readings of earlier runs."),
    click.option("--no-nulls", is_flag=True, help="Leave out the null models."),
    click.option("--shrink", is_flag=True, help="Shorten every counterexample."),
    click.option(
        "--shrink-first",
        default=1,
        show_default=True,
        metavar="K",
        help="Shorten the counterexamples of the first K heads of each law.",
    ),
    click.option("--workers", default=1, show_default=True, type=click.IntRange(min=1), help="Number of processes."),
    click.option(
        "--engine",
        default="local",
        show_default=True,
        type=click.Choice(ENGINES),
        help="Where workers run: processes of this machine, or a Ray cluster.",
    ),
    click.option(
        "--address", metavar="ADDRESS", help="Address of the Ray cluster.  [default: start one on this machine]"
    ),
    click.option("--dry-run", is_flag=True, help="Say how much there is to do, without loading the model."),
    click.option("--minutes", type=click.FloatRange(min=0, min_open=True), help="Start nothing new after this time."),
    options.store("File that gets the run.", dir_okay=False),
)


def ordering(command: Callable[..., Any]) -> Callable[..., Any]:
    """Return the options of a sweep; see `ordered` for what comes of them."""
    for option in reversed(_OPTIONS):
        command = option(command)
    return command


def ordered(given: dict[str, Any], *, seed: int, command: str) -> SweepOrder:
    """Return the order that the options ask for.

    Raises:
        HeadlawsError: for a number that makes no sense, in one line.
    """
    from harness.sweeps.plan import SweepOrder

    request = replace(
        given["request"],
        components=given["components"],
        fresh=given["fresh"],
        profile=Profile.of_options(given, seed=seed),
        census_given=given["census"] is not None,
        command=command,
    )
    from harness.laws.book import shipped

    book = given["book"] or shipped()
    return SweepOrder(request, book.absolute(), shrink=-1 if given["shrink"] else given["shrink_first"])


def workers_wanted(given: dict[str, Any]) -> MakeWorkers:
    """Return who is to do the work.

    Raises:
        HeadlawsError: for an address without an engine that has one, and for Ray where it is not installed.
    """
    from harness.sweeps.workers_local import Processes, ThisProcess

    if given["engine"] == "ray":
        from harness.sweeps.workers_ray import RayWorkers, check

        check()
        return lambda order, worker: RayWorkers(order, given["workers"], address=given["address"])
    if given["address"]:
        raise HeadlawsError(f"--address {given['address']!r}: this is for a Ray cluster; write --engine ray as well.")
    if given["workers"] > 1:
        return lambda order, worker: Processes(order, given["workers"], worker)
    return lambda order, worker: ThisProcess(worker)


def typed() -> str:
    """Return this command line, as it can be typed again."""
    return shlex.join(["headlaws", *sys.argv[1:]])
