"""Writing: a file of a report is there as a whole, or not at all."""

import os
from contextlib import suppress
from pathlib import Path


def write(path: Path, content: str) -> None:
    """Write a file so that nobody ever finds half of it."""
    part = path.with_name(f".{path.name}.{os.getpid()}.part")
    try:
        part.write_text(content, encoding="utf-8", newline="\n")
        part.replace(path)
    finally:
        with suppress(OSError):
            part.unlink()
