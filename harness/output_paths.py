"""Output paths: see that what a run will write can be written, before it computes anything."""

from __future__ import annotations

import tempfile
from pathlib import Path

from harness.errors import StoreError

FOLDER = Path(".headlaws")
"""What runs leave behind, in the folder they are run from."""


def check_file(path: Path, option: str) -> None:
    """See that a file can be made there, or written to where it is there already; nothing is left behind.

    Args:
        option: how the place was given, as in `--out`.

    Raises:
        StoreError: otherwise, in one line.
    """
    try:
        if path.is_dir():
            raise StoreError(f"{option} '{path}': is a folder; give a file in it.")
        _try(path.parent)
        if _is_there(path):
            path.open("r+b").close()
    except (OSError, ValueError) as error:
        raise _refusal(path, option, error, "a file in a folder that you may write to") from None


def check_folder(path: Path, option: str) -> None:
    """See that files can be made in a folder, or that it can be made; nothing is left behind.

    Raises:
        StoreError: otherwise, in one line.
    """
    try:
        _try(path)
    except (OSError, ValueError) as error:
        raise _refusal(path, option, error, "a folder that you may write to") from None


def _try(folder: Path) -> None:
    """Write a file without a name into a folder, or into what it would be made in: rights alone do not tell."""
    folder = folder.absolute()
    while not _is_there(folder):
        folder = folder.parent
    tempfile.TemporaryFile(dir=folder).close()


def _is_there(path: Path) -> bool:
    try:
        path.stat()  # `exists` says no of names that the system refuses, too
    except FileNotFoundError:
        return False
    return True


def _refusal(path: Path, option: str, error: Exception, remedy: str) -> StoreError:
    why = getattr(error, "strerror", None) or str(error)
    return StoreError(f"{option} '{path}': cannot be written ({why}); give {remedy}.")
