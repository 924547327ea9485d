"""`headlaws discover`: laws that nobody stated, proposed by a grammar and confirmed on fresh sequences."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from harness.cli import options
from harness.cli.ordering import typed
from harness.output_paths import check_folder
from harness.runs.request import Request
from harness.text import counted
from harness.trials.profile import Profile

if TYPE_CHECKING:
    from harness.discovery.outcome import Discovery, Wanted

SHOWN = 12
"""Laws, and components that a fact is told of, in the terminal; the page has all."""


@click.command(name="discover")
@options.asking(default="0.*")
@click.option(
    "--component", "components", multiple=True, metavar="NAME", help="q, k, v, z or qk; repeatable.  [default: all]"
)
@click.option(
    "--book",
    type=click.Path(exists=True, path_type=Path),
    help="Chapters whose laws do not count as discoveries.  [default: the book that comes with headlaws]",
)
@click.option(
    "--out",
    required=True,
    type=click.Path(path_type=Path),
    metavar="DIR",
    help="Folder for the chapter, the page and the numbers.",
)
@click.option(
    "--most", default=6, show_default=True, type=click.IntRange(min=1), help="Number of laws to confirm for each head."
)
@click.option(
    "--in-all",
    default=240,
    show_default=True,
    type=click.IntRange(min=1),
    help="Number of cells to confirm in all; a cell is a law and a head's component.",
)
@click.option("--seed", default=0, show_default=True, help="Seed of every draw.")
@click.option("--no-nulls", is_flag=True, help="Leave out the null models; then nothing can stand out.")
@click.option("--workers", default=1, show_default=True, type=click.IntRange(min=1), help="Processes.")
@click.option(
    "--grammar",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    metavar="FILE",
    help="A Python file with transformations, places or relations of your own.",
)
@options.store("File that gets the confirmation.", dir_okay=False)
def discover(request: Request, out: Path, book: Path | None, grammar: Path | None, **given: Any) -> None:
    """Propose laws, screen them on some heads, drop those that say nothing new, and confirm the rest.

    DIR/discovered.py is a chapter: `pytest DIR --head 8.7` runs it. DIR/funnel.json counts the laws that were dropped
    and says why; DIR/index.html shows it. Give the same command again to go on where it stopped.
    """
    check_folder(out, "--out")
    request = replace(
        request,
        components=given["components"],
        profile=Profile(seed=given["seed"], nulls=0 if given["no_nulls"] else Profile.nulls),
        command=typed(),
    )
    request.check()
    from harness.discovery.discover import discover as discovered
    from harness.discovery.outcome import Wanted
    from harness.discovery.own_grammar import take
    from harness.laws.book import shipped

    if grammar is not None:
        take(grammar, out)
    wanted = Wanted(
        request,
        book or shipped(),
        out,
        given["store"].absolute(),
        most=given["most"],
        in_all=given["in_all"],
        workers=given["workers"],
    )
    with options.going_on():
        found = discovered(wanted, told=lambda line: click.echo(line, err=True))
    for line in lines(wanted, found):
        options.say(line)


def lines(wanted: Wanted, found: Discovery) -> list[str]:
    """Return the result, for people."""
    funnel = " -> ".join(f"{left:,}" for _, left in found.funnel.steps)
    told = [f"{counted(found.funnel.looked_at, 'cell')} tried; {funnel} (DIR/funnel.json says why)"]
    for says, those in found.facts.items():
        some = ", ".join(f"{one.head} {one.component} {one.share:.2f}" for one in those[:SHOWN])
        told.append(f"{says}: {some}{f' and {len(those) - SHOWN} more' if len(those) > SHOWN else ''}")
    standing = [one for one in found.laws if one.stands]
    best = sorted(standing, key=lambda one: -one.above_by)
    for one in best[:SHOWN]:
        cell = one.cell
        told.append(
            f"{cell.head} {cell.component} {cell.degree:.3f} "
            f"[{cell.degree_low:.2f}, {cell.degree_high:.2f}] n {one.n}: {one.candidate.law.says}"
        )
    told.append(
        f"{counted(len(found.laws), 'law')} confirmed; {len(standing):,} of them above all three nulls; "
        f"page: {wanted.out / 'index.html'}"
    )
    return told
