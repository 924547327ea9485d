"""The environment of the templates: every text is made visible first and escaped second, whatever a template says."""

import json
from base64 import b64encode
from collections.abc import Iterator
from functools import cache
from hashlib import sha256
from pathlib import Path
from typing import Any, Final

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from harness.records import words
from harness.text import counted, sentence
from reports import formats, text
from reports.analysis.findings import Neighbours, Night
from reports.urls import cell_anchor, head_page, head_pages, law_page, pair_anchor, pairs_page, run_folder

HERE: Final = Path(__file__).parent

THEME: Final = (
    "try{const t=localStorage.getItem('headlaws-theme');if(t)document.documentElement.dataset.theme=t}catch{}"
    "document.documentElement.classList.add('js')"
)
"""The one script that stands in a page: the reader's choice of light or dark, before anything is drawn."""


@cache
def environment() -> Environment:
    """Make what all pages are rendered in, once: compiling the templates takes half a second. Nobody writes to it."""
    made = Environment(
        loader=FileSystemLoader(HERE / "templates", encoding="utf-8"),
        autoescape=True,
        finalize=formats.seen,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    kept = (
        *(formats.token, formats.place, formats.code, formats.share, formats.degree, formats.interval, formats.percent),
        *(formats.time, sentence, counted, formats.paragraphs, formats.figure, block),
        *(formats.percentage, formats.signed, formats.magnitude, formats.word),
    )
    made.filters.update({found.__name__: found for found in kept})
    made.filters.update({"visible": lambda raw: text.clip(text.token(raw), formats.LONGEST)})
    made.filters.update(
        {"plane_point": _plane_point, "night_point": _night_point, "checks": words.checks, "flags": words.flags}
    )
    made.globals.update(
        {
            "checks": words.CHECKS,
            "head_page": head_page,
            "head_pages": head_pages,
            "cell_anchor": cell_anchor,
            "law_page": law_page,
            "pair_anchor": pair_anchor,
            "pairs_page": pairs_page,
            "run_folder": run_folder,
            "theme": Markup(THEME),
            "policy": policy(),
        }
    )
    return made


def assets(*more: str) -> Iterator[tuple[str, str]]:
    """Give the files that all pages load, and `more` of them, by their place in a site."""
    for name in ("site.css", "site.js", "LICENSES.txt", *more):
        yield f"assets/{name}", (HERE / "assets" / name).read_text(encoding="utf-8")


def block(data: Any) -> Markup:
    r"""Return data for a script, as it may stand in a page: nothing in it can end the element that holds it.

    >>> str(block({"token": "</script>\u202e"}))
    '{"token":"\\u003c/script>\\u202e"}'
    """
    return Markup(json.dumps(data, allow_nan=False, separators=(",", ":")).replace("<", "\\u003c"))


def _plane_point(head: Neighbours) -> list[Any]:
    return [head.head, head.family, head.x, head.y]


def _night_point(night: Night) -> list[Any]:
    return [night.run_id, list(night.counts.values())]


def policy() -> str:
    """Return what a page may load: the script and the style sheet beside it, and nothing from anywhere else."""
    theme = b64encode(sha256(THEME.encode()).digest()).decode()
    return (
        f"default-src 'none'; script-src 'self' file: 'sha256-{theme}'; style-src 'self' file: 'unsafe-inline'; "
        "img-src data:; base-uri 'none'; form-action 'none'"
    )
