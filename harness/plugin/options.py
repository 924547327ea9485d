"""The plugin's options: those of design.md section 5. `--strict` is pytest's own, and `--device` may be another's."""

from __future__ import annotations

import os
from importlib.metadata import entry_points

import pytest


def add_options(parser: pytest.Parser, pluginmanager: pytest.PytestPluginManager) -> None:
    """Add them to pytest's."""
    group = parser.getgroup("headlaws", "headlaws: which laws each attention head obeys")
    add = group.addoption
    add(
        "--head",
        action="append",
        default=[],
        metavar="SPEC",
        help="0.0, 0.*, *.3, 2-4.*, all; repeatable (default: layer 0)",
    )
    add(
        "--model",
        default=None,
        metavar="NAME|DIR|FILE",
        help="a name that `headlaws models` lists, a folder, a GGUF file, or a hub's name (default: smollm2-135m)",
    )
    add("--revision", default=None, metavar="REV", help="of a hub's model: a branch, tag or commit")
    add("--allow-pickle", action="store_true", help="open weights that are pickles (*.bin), which can run code")
    add(
        "--component",
        action="append",
        default=[],
        metavar="NAME",
        help="q, k, v, z, qk; repeatable (default: all a claim speaks of)",
    )
    add("--projection", default="output", metavar="NAME", help="output, seed or circuit (default: output)")
    add("--search", type=int, default=None, metavar="N", help="examples that Hypothesis may try (default: 100)")
    add(
        "--first",
        type=int,
        default=None,
        metavar="N",
        help="independent sequences of the first stage, which gives every cell its degree; 0: all in one (default: 32)",
    )
    add(
        "--census",
        type=int,
        default=None,
        metavar="N",
        help="sequences that a cell may go on to while it may still be satisfied or mostly "
        "(default: 200, or more where the bound asked for needs more)",
    )
    add("--epsilon", type=float, default=None, metavar="X", help="`satisfied`: at most so many violate (default: 0.05)")
    add("--delta", type=float, default=None, metavar="X", help="`mostly`: at most so many violate (default: 0.05)")
    add("--confidence", type=float, default=None, metavar="X", help="of the run's verdicts together (default: 0.95)")
    add(
        "--length",
        type=int,
        default=None,
        metavar="N",
        help="ids of the longest sequences, where a claim does not say otherwise (default: 24)",
    )
    add("--seed", type=int, default=0, metavar="N", help="of search and census (default: 0)")
    add(
        "--workers",
        type=int,
        default=None,
        metavar="N",
        help="processes that try the cells; 1: this one, as with --pdb (default: the cores there are, 8 at the most)",
    )
    add("--no-nulls", action="store_true", help="leave out the untrained models beside which each degree is shown")
    add("--store", default=None, metavar="FILE", help="where verdicts are filed (default: .headlaws/store.db)")
    add("--beliefs", default=None, metavar="FILE", help="what is believed of each head: only surprises fail then")
    add("--believe", action="store_true", help="write what comes out to the file of --beliefs as the new beliefs")
    add("--report", default=None, metavar="DIR", help="where the page is written (default: .headlaws/reports/RUN)")
    add("--no-bos", action="store_true", help="leave out the beginning-of-sequence token")
    add("--dtype", default="float32", metavar="NAME", help="float32 or float64 (default: float32)")
    if not brings_device(pluginmanager):
        add("--device", default=None, metavar="NAME", help="where the model runs (default: cpu)")
    add("--fresh", action="store_true", help="read everything anew: nothing that earlier runs remember is used")
    add("--preparation", default="default", metavar="NAME", help="of the weights: default, seed or none")


def brings_device(pluginmanager: pytest.PytestPluginManager) -> bool:
    """Whether pytest-playwright is in play: it has a `--device` too, is loaded after us, and pytest allows but one."""
    left_out = pluginmanager.is_blocked("playwright") or "PYTEST_DISABLE_PLUGIN_AUTOLOAD" in os.environ
    return not left_out and bool(entry_points(group="pytest11", name="playwright"))
