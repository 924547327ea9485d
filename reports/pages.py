"""Pages: a stored run as one folder that opens anywhere, from a file, with no network.

Writes `report.json`, which holds everything the page shows, and `index.html`. Every text that reaches the page is made
visible first and escaped second, whatever the template says: the environment sees to that. No template computes.
"""

import json
import os
from contextlib import suppress
from dataclasses import asdict
from pathlib import Path
from typing import Final

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from harness.errors import HeadlawsError
from reports import formats
from reports.drawing import definitions
from reports.legend import CONTROLS, FLAGS, VERDICTS
from reports.rows import report
from reports.sheets import anchor_of, chapters, examples, sheets
from reports.views import Report

FORMAT: Final = 1
"""Of `report.json`; grows when a name in it changes its meaning or goes."""

_HERE: Final = Path(__file__).parent


def build(store: Path, out: Path, run_id: str | None = None) -> Path:
    """Write the report of one run, by default the newest, into a folder; gives the page's path.

    Raises:
        StoreError: the store cannot be read, or has no such run.
        HeadlawsError: the folder cannot be written.
    """
    found = report(store, run_id)
    files = {"report.json": document(found), "index.html": page(found)}
    try:
        out.mkdir(parents=True, exist_ok=True)
        for name, content in files.items():
            _write(out / name, content)
    except OSError as error:
        raise HeadlawsError(f"{out}: the report cannot be written ({error.strerror}); name another folder.") from error
    return out / "index.html"


def document(found: Report) -> str:
    """The report as JSON in ASCII: what no encoding can hold, such as half a surrogate pair, is an escape in it."""
    return json.dumps({"format": FORMAT, **asdict(found)}, allow_nan=False, separators=(",", ":")) + "\n"


def page(found: Report) -> str:
    """The report as one HTML page that needs nothing beside it."""
    return (
        _environment()
        .get_template("index.html")
        .render(
            report=found,
            run=found.run,
            facts=formats.facts(found.run),
            sheets=sheets(found),
            chapters=chapters(found),
            control=CONTROLS[found.run.controls],
            verdicts=VERDICTS,
            flags=FLAGS,
            definitions=definitions(),
            style=Markup((_HERE / "assets" / "page.css").read_text(encoding="utf-8")),
        )
    )


def _environment() -> Environment:
    made = Environment(
        loader=FileSystemLoader(_HERE / "templates", encoding="utf-8"),
        autoescape=True,
        finalize=formats.seen,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    kept = (
        formats.token,
        formats.code,
        formats.share,
        formats.degree,
        formats.interval,
        formats.percent,
        formats.time,
        formats.sentence,
        formats.counted,
        formats.paragraphs,
    )
    made.filters.update({found.__name__: found for found in kept})
    made.filters.update({"examples": examples, "anchor": anchor_of})
    return made


def _write(path: Path, content: str) -> None:
    """Write a file so that nobody ever finds half of it."""
    part = path.with_name(f".{path.name}.{os.getpid()}.part")
    try:
        part.write_text(content, encoding="utf-8", newline="\n")
        part.replace(path)
    finally:
        with suppress(OSError):
            part.unlink()
