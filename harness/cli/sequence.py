"""One sequence, as a command is given it: as text or as ids."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from harness.errors import SequenceError

if TYPE_CHECKING:
    from harness.readings.model import Model

Ids = tuple[int, ...]

text = click.option("--text", help="Sequence as text.")
ids = click.option("--ids", "written", metavar="5,9,9", help="Sequence as ids.")


def parsed(written: str) -> Ids:
    """Return ids as people write them, between commas or spaces.

    Raises:
        SequenceError: where a part is not an id, or there are no ids.
    """
    parts = written.replace(",", " ").split()
    if not parts:
        raise SequenceError(f"--ids {written!r}: there are no ids; give at least one, as in 5,9,9.")
    for part in parts:
        if not (part.isascii() and part.isdecimal()) or len(part) > 18:
            raise SequenceError(f"--ids {written!r}: {part!r} is not an id; give whole numbers from 0, as in 5,9,9.")
    return tuple(int(part) for part in parts)


def encoded(model: Model, said: str) -> Ids:
    """Return the ids of a text.

    Raises:
        SequenceError: where the text is not UTF-8, or has no tokens.
    """
    try:
        said.encode("utf-8")
    except UnicodeEncodeError:
        raise SequenceError(f"--text {said!r}: the text is not UTF-8; give UTF-8, or --ids.") from None
    found = model.encode(said)
    if not found:
        raise SequenceError(f"--text {said!r}: has no tokens; give at least one word, or --ids.")
    return found
