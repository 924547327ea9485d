"""The book: conjectures by chapter and name, found in a folder of chapters."""

from __future__ import annotations

import importlib.util
from pathlib import Path

from harness.errors import ConjectureError
from harness.laws.conjecture import Conjecture


def conjectures(folder: Path) -> dict[tuple[str, str], Conjecture]:
    """The conjectures of every chapter in a folder, by chapter and name.

    Raises:
        ConjectureError: where the folder has none.
    """
    found: dict[tuple[str, str], Conjecture] = {}
    for file in sorted(folder.glob("*.py")):
        if file.name.startswith(("__", "test_", "conftest")):
            continue
        for value in vars(_imported(file)).values():
            tagged = getattr(value, "conjecture", None)
            if isinstance(tagged, Conjecture):
                found[tagged.chapter, tagged.name] = tagged
    if not found:
        raise ConjectureError(f"{folder}: no conjectures there; give a folder of chapters, such as properties/.")
    return found


def shipped() -> Path:
    """The book that comes with headlaws."""
    import properties

    return Path(next(iter(properties.__path__)))


def _imported(file: Path) -> object:
    spec = importlib.util.spec_from_file_location(f"headlaws_chapter_{file.stem}", file)
    if spec is None or spec.loader is None:
        raise ConjectureError(f"{file}: not a Python file; a chapter is one.")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module
