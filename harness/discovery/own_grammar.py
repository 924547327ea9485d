"""A grammar of one's own: a Python file with further transformations, places or relations.

It is imported under its own name and copied beside the chapter, which imports from it what its laws need.
"""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path

from harness.errors import ConjectureError
from harness.files import write
from harness.laws.book import said_of


def take(file: Path, out: Path) -> None:
    """Take a file's transformations, places and relations into the grammar, and copy it to the folder of the chapter.

    Raises:
        ConjectureError: for a file that cannot be imported, or whose name another module has.
    """
    name = file.stem
    spec = importlib.util.spec_from_file_location(name, file)
    if spec is None or spec.loader is None or not name.isidentifier() or name in sys.modules:
        raise ConjectureError(
            f"--grammar {str(file)!r}: a Python file is needed whose name no other module has, as in my_grammar.py."
        )
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    try:
        spec.loader.exec_module(module)
    except Exception as error:
        del sys.modules[name]
        raise ConjectureError(f"--grammar {said_of(file, error)}") from error
    for place in {out, out / ".work"}:
        write(place / file.name, file.read_text(encoding="utf-8"))
