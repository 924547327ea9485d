"""Nights: a page that lists them, beside their folders."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from harness.errors import HeadlawsError
from harness.files import write
from reports.environment import environment


def index(folder: Path, nights: Sequence[Mapping[str, Any]]) -> Path:
    """Write `index.html`: each night with its verdicts, flips and surprises, newest first, and a link to its report.

    Raises:
        HeadlawsError: where the folder cannot be written.
    """
    page = folder / "index.html"
    text = environment().get_template("nights.html").render(nights=list(reversed(nights)))
    try:
        write(page, text)
    except OSError as error:
        raise HeadlawsError(f"{page}: cannot be written ({error.strerror}); name another folder.") from error
    return page
