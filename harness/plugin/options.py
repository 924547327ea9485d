"""The plugin's options: those of design.md section 5. `--strict` is pytest's own.

The plugin is there in every run of its environment, and a project's own suite may have an option of the same name. So
ours come last, when all plugins and the first conftests have theirs: where a name is taken, it stays theirs, and ours
is called `--headlaws-NAME`. What ours say is kept under names of their own (`headlaws_model`), apart from theirs.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from copy import copy
from types import SimpleNamespace
from typing import Any

import pytest

TAKEN = pytest.StashKey[tuple[str, ...]]()
"""Our names that are another's in this run."""


def _value(metavar: str, help: str, default: Any = None, **more: Any) -> dict[str, Any]:
    """An option with a value."""
    return {"default": default, "metavar": metavar, "help": help, **more}


def _several(metavar: str, help: str) -> dict[str, Any]:
    """An option that may be given again and again."""
    return {"action": "append", **_value(metavar, help, [])}


def _flag(help: str) -> dict[str, Any]:
    """An option without a value."""
    return {"action": "store_true", "default": False, "help": help}


_OPTIONS: dict[str, dict[str, Any]] = {
    "head": _several("SPEC", "heads such as 0.0, 0.*, *.3, 2-4.*, all; repeatable (default: layer 0)"),
    "model": _value(
        "NAME|DIR|FILE",
        "a name that `headlaws models` lists, a folder, a GGUF file, or a hub's name (default: smollm2-135m)",
    ),
    "revision": _value("REV", "branch, tag or commit of a hub's model"),
    "allow-pickle": _flag("open weights that are pickles (*.bin), which can run code"),
    "component": _several("NAME", "q, k, v, z, qk or attn; repeatable (default: all that a law names)"),
    "projection": _value("NAME", "output, seed or circuit (default: output)", "output"),
    "search": _value("N", "examples that Hypothesis may try (default: 100)", type=int),
    "first": _value(
        "N",
        "sequences of the first stage, which gives every cell its agreement; 0 makes one stage (default: 32)",
        type=int,
    ),
    "census": _value("N", "sequences of the full census (default: 200, or more if the bounds need more)", type=int),
    "epsilon": _value("X", "violation rate that `satisfied` allows (default: 0.05)", type=float),
    "delta": _value("X", "violation rate that `mostly` allows (default: 0.05)", type=float),
    "confidence": _value("X", "confidence in all verdicts of the run together (default: 0.95)", type=float),
    "length": _value(
        "N", "length of the longest sequences in ids, unless a law says otherwise (default: 24)", type=int
    ),
    "seed": _value("N", "seed of search and census (default: 0)", 0, type=int),
    "workers": _value(
        "N", "processes that try the cells; 1 is this one, as with --pdb (default: one per core, at most 8)", type=int
    ),
    "no-nulls": _flag("leave out the null models that each agreement is compared with"),
    "store": _value("FILE", "file that gets the verdicts (default: .headlaws/store.db)"),
    "beliefs": _value("FILE", "file of beliefs about heads; then only surprises fail"),
    "believe": _flag("write the results to the file of --beliefs, as the new beliefs"),
    "report": _value("DIR", "folder for the pages (default: .headlaws/reports/RUN)"),
    "no-bos": _flag("leave out the beginning-of-sequence token"),
    "dtype": _value("NAME", "float32 or float64 (default: float32)", "float32"),
    "device": _value("NAME", "device that runs the model, as torch names it (default: cpu)"),
    "fresh": _flag("use no readings or verdicts of earlier runs"),
    "preparation": _value("NAME", "how to prepare the weights: default, seed or none (default: default)", "default"),
}


def given(config: pytest.Config) -> SimpleNamespace:
    """Return what our options say, by their names without dashes in front."""
    return SimpleNamespace(
        **{
            _plain(name): getattr(config.option, f"headlaws_{_plain(name)}", how["default"])
            for name, how in _OPTIONS.items()
        }
    )


def add_options(config: pytest.Config, parser: pytest.Parser) -> None:
    """Add ours to those that there are, each by a name that is free."""
    group = parser.getgroup("headlaws", "headlaws: which laws each attention head obeys")
    taken = tuple(name for name in _OPTIONS if _is_known(parser, f"--{name}"))
    for name, how in _OPTIONS.items():
        written = f"--headlaws-{name}" if name in taken else f"--{name}"
        group.addoption(written, dest=f"headlaws_{_plain(name)}", **how)
    config.stash[TAKEN] = taken


def leave_out_ours(config: pytest.Config, parser: pytest.Parser, arguments: Sequence[str]) -> None:
    """Keep the values of our options, which pytest does not know yet, from being taken for the tests to run."""
    known = parser.parse_known_args(list(_others(arguments)), namespace=copy(config.option))
    config.known_args_namespace.file_or_dir = known.file_or_dir


def _is_known(parser: pytest.Parser, flag: str) -> bool:
    try:
        return flag not in parser.parse_known_and_unknown_args([flag])[1]
    except pytest.UsageError:  # it asks for its value
        return True


def _others(arguments: Sequence[str]) -> Iterator[str]:
    """The arguments that are neither options of ours nor their values.

    >>> list(_others(["-q", "--head", "0.0", "tests", "--model=m", "--no-nulls", "more"]))
    ['-q', 'tests', 'more']
    """
    some = iter(arguments)
    for argument in some:
        flag, equals, _ = argument.partition("=")
        name = flag.removeprefix("--").removeprefix("headlaws-")
        if not flag.startswith("--") or name not in _OPTIONS:
            yield argument
        elif not equals and _OPTIONS[name].get("action") != "store_true":
            next(some, None)


def _plain(name: str) -> str:
    return name.replace("-", "_")
