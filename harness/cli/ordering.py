"""Options of the commands that sweep, and the order that comes of them."""

from __future__ import annotations

import shlex
import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from harness.cli import options
from harness.errors import HeadlawsError
from harness.output_paths import FOLDER
from harness.runs.request import Request
from harness.trials.profile import Profile

if TYPE_CHECKING:
    from harness.sweeps.plan import SweepOrder
    from harness.sweeps.sweep import MakeWorkers

FIRST = 16
"""Sequences of a sweep's first stage, which gives every cell its degree."""

ENGINES = ("local", "ray")

_OPTIONS = (
    options.model,
    options.heads(default="all"),
    click.option(
        "--component", "components", multiple=True, metavar="NAME", help="q, k, v, z, qk, attn; repeatable.  [all]"
    ),
    options.projection,
    options.preparation,
    options.dtype,
    options.device,
    options.no_bos,
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
        help="Sequences of the first stage, which gives every cell its degree; 0: all in one stage.",
    ),
    click.option(
        "--census",
        type=int,
        help="Sequences that a cell may go on to.  [default: 200, or more where the bound asked for needs more]",
    ),
    click.option("--epsilon", type=float, help="'satisfied': at most so many violate.  [default: 0.05]"),
    click.option("--delta", type=float, help="'mostly': at most so many violate.  [default: 0.05]"),
    click.option("--confidence", type=float, help="Of all verdicts together.  [default: 0.95]"),
    click.option(
        "--length", type=int, help="Ids of the longest sequences, where a claim does not say otherwise.  [24]"
    ),
    click.option("--fresh", is_flag=True, help="Read everything anew: use nothing that earlier runs remember."),
    click.option("--no-nulls", is_flag=True, help="Leave out the untrained models."),
    click.option("--shrink", is_flag=True, help="Make every counterexample small."),
    click.option(
        "--shrink-first",
        default=1,
        show_default=True,
        metavar="K",
        help="Of each conjecture, make those of the first K heads small.",
    ),
    click.option("--workers", default=1, show_default=True, type=click.IntRange(min=1), help="Processes."),
    click.option(
        "--engine",
        default="local",
        show_default=True,
        type=click.Choice(ENGINES),
        help="Processes of this machine, or workers of a Ray cluster.",
    ),
    click.option("--address", metavar="ADDRESS", help="Of the Ray cluster.  [default: one of this machine's own]"),
    click.option("--dry-run", is_flag=True, help="Say how much there is to do, and load nothing."),
    click.option("--minutes", type=click.FloatRange(min=0, min_open=True), help="Begin nothing new after so many."),
    click.option(
        "--store",
        type=click.Path(dir_okay=False, path_type=Path),
        default=FOLDER / "store.db",
        show_default=True,
        help="Where the run is filed.",
    ),
)


def ordering(command: Callable[..., Any]) -> Callable[..., Any]:
    """The options of a sweep; see `ordered` for what comes of them."""
    for option in reversed(_OPTIONS):
        command = option(command)
    return command


def ordered(given: dict[str, Any], *, seed: int, command: str) -> SweepOrder:
    """The order that the options ask for.

    Raises:
        HeadlawsError: for a number that makes no sense, in one line.
    """
    from harness.sweeps.plan import SweepOrder

    request = Request(
        model=given["model"],
        heads=given["heads"] or ("all",),
        components=given["components"],
        projection=given["projection"],
        bos=not given["no_bos"],
        dtype=given["dtype"],
        device=given["device"],
        preparation=given["preparation"],
        fresh=given["fresh"],
        profile=Profile.of_options(given, seed=seed),
        census_given=given["census"] is not None,
        command=command,
    )
    from harness.laws.book import shipped

    book = given["book"] or shipped()
    return SweepOrder(request, book.absolute(), shrink=-1 if given["shrink"] else given["shrink_first"])


def workers_wanted(given: dict[str, Any]) -> MakeWorkers:
    """Who is to do the work.

    Raises:
        HeadlawsError: for an address without an engine that has one, and for Ray where it is not installed.
    """
    from harness.sweeps.workers_local import Processes, ThisProcess

    if given["engine"] == "ray":
        from harness.sweeps.workers_ray import RayWorkers, check

        check()
        return lambda order, worker: RayWorkers(order, given["workers"], address=given["address"])
    if given["address"]:
        raise HeadlawsError(f"--address {given['address']!r}: of a Ray cluster; write --engine ray as well.")
    if given["workers"] > 1:
        return lambda order, worker: Processes(order, given["workers"], worker)
    return lambda order, worker: ThisProcess(worker)


def typed() -> str:
    """This command line, as it can be typed again."""
    return shlex.join(["headlaws", *sys.argv[1:]])
