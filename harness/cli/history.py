"""`headlaws history`: the runs of a store, and each cell's verdicts in them."""

from __future__ import annotations

import json
from itertools import pairwise
from pathlib import Path
from typing import Any

import click

from harness.cli import options
from harness.errors import StoreError
from harness.records import queries
from harness.records.cell import Key, Verdict
from harness.records.queries import opened, record_of, verdicts
from harness.records.words import VERDICTS, checks
from harness.text import counted

SHOWN = 60


@click.command(name="history")
@click.option("--model", help="Show this model's runs.  [default: the model of the last run]")
@click.option("--head", "heads", multiple=True, metavar="L.H", help="Show these heads only; repeatable.")
@click.option("--claim", help="Show laws whose name or chapter contains this.")
@click.option("--all", "every", is_flag=True, help="Show cells that never changed, too.")
@click.option("--runs", default=10, show_default=True, type=click.IntRange(min=1), help="Number of runs, newest last.")
@options.store("File that holds the runs.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object, for programs.")
def history(
    model: str | None, heads: tuple[str, ...], claim: str | None, every: bool, runs: int, store: Path, as_json: bool
) -> None:
    """Show each cell's verdict across the last runs, one letter per run.

    The letters: S satisfied, M mostly, R refuted, U undecided, P precondition rarely met, E error, and a dot for not
    tried. Cells that flipped between holding and refuted come first. Cells that never changed are left out.
    """
    with opened(store) as connection:
        rows = queries.runs(connection)
        if not rows:
            raise StoreError(
                f"--store {str(store)!r}: the file has no runs yet; make one with `headlaws sweep` or pytest."
            )
        wanted = model or rows[-1]["model"]
        chosen = [row for row in rows if row["model"] == wanted][-runs:]
        if not chosen:
            known = ", ".join(sorted({row["model"] for row in rows}))
            raise StoreError(f"--model {wanted!r}: {store} has no run of it, only of {known}; name one of these.")
        found = [verdicts(connection, row["run_id"]) for row in chosen]
        seeds = [record_of(connection, row["run_id"]).get("seed") for row in chosen]
    cells: dict[Key, list[str | None]] = {}
    for place in dict.fromkeys(key for night in found for key in night):
        if (not heads or place[0] in heads) and (not claim or claim in place[3] or claim in place[4]):
            cells[place] = [night.get(place) for night in found]
    shown = {place: came for place, came in cells.items() if every or len(set(came) - {None}) > 1}
    ordered = sorted(shown.items(), key=lambda item: -_flips(item[1]))
    if as_json:
        click.echo(json.dumps(_as_object(chosen, seeds, ordered), indent=2))
        return
    for number, (row, seed, night) in enumerate(zip(chosen, seeds, found, strict=True), start=1):
        click.echo(f"{number:3} {row['run_id']}  seed {seed}, {checks(row['controls'])}, {counted(len(night), 'cell')}")
    changed = sum(_changed(came) for came in cells.values())
    click.echo(f"{counted(len(cells), 'cell')}, {changed:,} changed")
    for (head, component, _, chapter, conjecture), came in ordered[:SHOWN]:
        marks = "".join("." if verdict is None else VERDICTS[verdict].letter for verdict in came)
        click.echo(f"{marks}  {chapter}::{conjecture}[{head}-{component}]")
    if len(ordered) > SHOWN:
        click.echo(f"... and {len(ordered) - SHOWN} more; --json gives all")


def _changed(came: list[str | None]) -> bool:
    return len(set(came) - {None}) > 1


def _flips(came: list[str | None]) -> int:
    """How often it went from holding to refuted, or back."""
    firm = [verdict.holds for verdict in map(Verdict, filter(None, came)) if verdict.decided]
    return sum(before != after for before, after in pairwise(firm))


def _as_object(chosen: list[Any], seeds: list[Any], cells: list[tuple[Key, list[str | None]]]) -> dict[str, Any]:
    names = ("head", "component", "projection", "chapter", "conjecture")
    return {
        "runs": [
            {"run": row["run_id"], "started": row["started"], "controls": row["controls"], "seed": seed}
            for row, seed in zip(chosen, seeds, strict=True)
        ],
        "cells": [
            {**dict(zip(names, place, strict=True)), "verdicts": came, "flips": _flips(came)} for place, came in cells
        ],
    }
