"""What a trial depends on besides the model, as digests: the claim as its files have it, the lexicon, and the code."""

from __future__ import annotations

import ast
import inspect
import linecache
import sys
import sysconfig
from functools import cache, lru_cache
from importlib.util import resolve_name
from pathlib import Path
from types import FunctionType, ModuleType

from harness.laws.conjecture import Conjecture
from harness.models.fingerprint import code_sha256, digest
from harness.readings.lexicon import Lexicon

_ROOMS = ("laws", "models", "readings", "records", "trials")
"""The code that trials depend on."""


def of_claim(conjecture: Conjecture) -> list[str]:
    """Return what a claim is known by: its names and its file, and what else that imports of its author's."""
    return [conjecture.chapter, conjecture.name, conjecture.family, digest(_texts(inspect.unwrap(conjecture.test)))]


@lru_cache(maxsize=4)
def of_lexicon(lexicon: Lexicon) -> str:
    """Return the digest of a lexicon: the ids and the text that sequences are drawn from."""
    return digest(lexicon)


def instrument() -> str:
    """Return the digest of the code that a trial depends on."""
    return code_sha256(*_ROOMS)


def _texts(claim: FunctionType) -> list[str]:
    """The text of a claim's file, and of all modules that it imports, however far off, but for installed ones."""
    own = _text(claim.__code__.co_filename)
    texts: dict[str, str] = {}
    waiting = [(own, claim.__globals__.get("__package__") or "")]
    while waiting:
        for name in _imported(*waiting.pop()):
            other = sys.modules.get(name)
            if other is not None and name not in texts and _written_by_the_author(other):
                texts[name] = _text(other.__file__ or "")
                waiting.append((texts[name], other.__package__ or ""))
    return [own, *(texts[name] for name in sorted(texts))]


def _text(file: str) -> str:
    """A file's text, as it is now."""
    linecache.checkcache(file)
    return "".join(linecache.getlines(file))


@lru_cache(maxsize=64)
def _imported(text: str, package: str) -> tuple[str, ...]:
    """The names that a module imports; some name a module, others something in one."""
    found = []
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.Import):
            found += [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            named = "." * node.level + (node.module or "")
            origin = resolve_name(named, package) if node.level else named
            found += [origin, *(f"{origin}.{alias.name}" for alias in node.names)]
    return tuple(found)


def _written_by_the_author(module: ModuleType) -> bool:
    """Whether a module is neither of the instrument nor installed, and has a file of text."""
    file = getattr(module, "__file__", None)
    if not file or not file.endswith(".py"):
        return False
    return not any(Path(file).is_relative_to(place) for place in _installed())


@cache
def _installed() -> tuple[Path, ...]:
    """The folders of the instrument, of Python's own modules and of packages."""
    paths = sysconfig.get_paths()
    return Path(__file__).parents[1], *(Path(paths[name]) for name in ("stdlib", "purelib", "platlib"))
