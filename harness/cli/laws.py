"""`headlaws laws`: what the book claims, chapter by chapter. Looks at no model, so torch is not imported."""

from __future__ import annotations

import json
import shutil
from dataclasses import asdict
from pathlib import Path

import click

from harness.laws.book import chapters, shipped
from harness.terminal.contents import Section, contents, facts
from harness.text import counted


@click.command()
@click.argument("place", metavar="[FOLDER|FILE]", type=click.Path(path_type=Path), required=False)
@click.option("--json", "as_json", is_flag=True, help="Print a JSON list, one object per law.")
def laws(place: Path | None, as_json: bool) -> None:
    """List the chapters and laws of the book, or of a folder or file of your own."""
    found = chapters(place or shipped())
    if as_json:
        click.echo(json.dumps([asdict(claim.entry) for chapter in found for claim in chapter.conjectures], indent=2))
        return
    sections = [
        Section(
            chapter.name, chapter.about, [(entry, facts(entry)) for entry in (one.entry for one in chapter.conjectures)]
        )
        for chapter in found
    ]
    for line in contents(sections, width=shutil.get_terminal_size().columns):
        click.echo(line)
    number = sum(len(chapter.conjectures) for chapter in found)
    said = f"{counted(number, 'law')} in {counted(len(found), 'chapter')}"
    click.echo(f"{said}, from {found[0].path.parent}")
