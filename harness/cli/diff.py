"""`headlaws diff`: the verdicts that changed between two runs, and what else differed."""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import asdict
from pathlib import Path

import click

from harness.cli import options
from harness.records.queries import opened
from harness.records.words import verdict
from harness.text import counted
from reports.analysis.difference import Change, Difference, compared, run_named

SHOWN = 40
"""Changes that are written out for people."""


@click.command(name="diff")
@click.argument("before")
@click.argument("after")
@options.store("File that holds the runs.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object, for programs.")
def diff(before: str, after: str, store: Path, as_json: bool) -> int:
    """Compare two runs, BEFORE and AFTER. A run is its id, the beginning of it, 'last', or 'last~1' for the one before.

    Exit status: 0 if no verdict flipped between holding and refuted, 1 if one did, 3 if the runs cannot be compared.
    """
    with opened(store) as connection:
        found = compared(connection, run_named(connection, before), run_named(connection, after))
    click.echo(json.dumps(as_object(found), indent=2) if as_json else "\n".join(lines(found)))
    if found.apart:
        return 3
    return 1 if any(change.flipped for change in found.changes) else 0


def as_object(found: Difference) -> dict[str, object]:
    """Return a difference for programs."""
    return {
        **asdict(found),
        "changes": [
            {
                **dict(zip(("head", "component", "projection", "chapter", "conjecture"), change.key, strict=True)),
                "before": change.before,
                "after": change.after,
                "flipped": change.flipped,
                "causes": change.causes,
            }
            for change in found.changes
        ],
    }


def lines(found: Difference) -> list[str]:
    """Return a difference for people: what differed between the runs once, and each change; flips first."""
    head = f"{found.before} -> {found.after}"
    if found.apart:
        return [head, f"not comparable: {found.apart}"]
    flips = sum(change.flipped for change in found.changes)
    made = [
        head,
        f"differs: {', '.join(found.between) or 'nothing on record'}",
        f"{counted(found.same, 'verdict')} the same, {len(found.changes):,} changed ({flips:,} flipped between "
        "holding and refuted), "
        f"{found.new:,} new, {found.gone:,} gone",
    ]
    kinds = Counter((change.before, change.after) for change in found.changes)
    made += [f"  {verdict(before)} -> {verdict(after)}: {number:,}" for (before, after), number in kinds.most_common()]
    for change in sorted(found.changes, key=lambda change: not change.flipped)[:SHOWN]:
        made.append(_line(change, found))
    if len(found.changes) > SHOWN:
        made.append(f"... and {len(found.changes) - SHOWN} more; --json gives all")
    return made


def _line(change: Change, found: Difference) -> str:
    own = [cause for cause in change.causes if cause not in found.between]
    why = f"  ({', '.join(own)})" if own else ""
    return f"{verdict(change.before)} -> {verdict(change.after)}  {change.cell}{why}"
