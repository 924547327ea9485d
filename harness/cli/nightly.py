"""`headlaws nightly`: every head against the whole book, and what changed since the night before."""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import asdict
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from harness.cli import options
from harness.cli.dry_run import say
from harness.cli.ordering import ordered, ordering, typed, workers_wanted
from harness.cli.progress import shown
from harness.models.checkpoints import refuse_pattern
from harness.output_paths import FOLDER
from harness.records.words import checks, verdict
from harness.text import counted

if TYPE_CHECKING:
    from harness.sweeps.nightly import Night

SHOWN = 20


@click.command(name="nightly")
@ordering
@click.option(
    "--date",
    "day",
    type=click.DateTime(["%Y-%m-%d"]),
    help="Date of the night, which is also its seed.  [default: today]",
)
@click.option(
    "--beliefs", type=click.Path(dir_okay=False, path_type=Path), help="File of beliefs: only surprises fail."
)
@click.option(
    "--out",
    type=click.Path(file_okay=False, path_type=Path),
    default=FOLDER / "nights",
    show_default=True,
    help="Folder of all nights.",
)
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object, for programs.")
def nightly(day: datetime | None, beliefs: Path | None, out: Path, as_json: bool, **given: Any) -> int:
    """Try every head against the book with tonight's sequences, write the report, and say what changed.

    Give the same command again to go on with an interrupted night; a finished one is only shown. Exit status: 0 without
    surprises, 1 with surprises, 2 if something broke: a cell is an error, or a known-answer check failed.
    """
    from harness.sweeps.nightly import nightly as done
    from harness.sweeps.nightly import seed_of

    refuse_pattern(given["request"].model)
    options.warn_of_half_precision(given["request"].dtype)
    night = (day or datetime.now()).date()
    order = ordered(given, seed=seed_of(night), command=typed())
    make_workers = workers_wanted(given)
    if given["dry_run"]:
        say(order, given["store"], workers=given["workers"], as_json=as_json)
        return 0
    with options.going_on(), shown() as told:
        how = {"minutes": given["minutes"], "told": told, "waiting": told}
        found = done(order, given["store"], out, night, beliefs=beliefs, make_workers=make_workers, **how)
    click.echo(json.dumps(asdict(found), indent=2) if as_json else "\n".join(lines(found, out)))
    return found.code


def lines(night: Night, out: Path) -> list[str]:
    """Return the result of a night, for people."""
    made = [
        f"night of {night.date}, {night.model}, seed {night.seed}: {counted(night.cells, 'cell')}",
        ", ".join(f"{number:,} {verdict(key)}" for key, number in Counter(night.verdicts).most_common())
        or "no verdicts",
        checks(night.controls),
    ]
    if night.before:
        made.append(f"since {night.before}: {counted(night.changed, 'verdict')} changed, {night.flips:,} flipped")
        made += [
            f"  {counted(number, 'cell')} not tried that night: compared with {run}"
            for run, number in night.earlier.items()
        ]
        made += (
            [f"  {counted(night.new, 'cell')} that no earlier night tried: compared with nothing"] if night.new else []
        )
    else:
        made.append("compared with nothing: the store has no earlier night that asked the same")
    if night.left_out:
        made.append(f"{counted(night.left_out, 'cell')} not tried: {night.why}")
    for what, some in (("broken", night.broken), ("surprises", night.surprises)):
        if some:
            made += [f"{what}: {len(some)}", *(f"  {line}" for line in some[:SHOWN])]
            made += [f"  ... and {len(some) - SHOWN} more, in night.json"] if len(some) > SHOWN else []
    made += [said for said in (night.lacking, night.about) if said]
    return [*made, f"report: {out / night.date / 'index.html'}", f"all nights: {out / 'index.html'}"]
