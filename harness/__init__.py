"""headlaws: which laws each attention head of a language model obeys.

    from harness import load_model
    load_model("specimen").head("0.1")((7, 9, 7))

A chapter in `properties/` imports its words from here: the tag `conjecture`, the families, the relations. Nothing is
loaded before it is asked for; torch not before a model is.
"""

from __future__ import annotations

import os
from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from harness.laws.conjecture import conjecture as conjecture
    from harness.laws.families import Couple as Couple
    from harness.laws.families import Extension as Extension
    from harness.laws.families import babbles as babbles
    from harness.laws.families import contrasts as contrasts
    from harness.laws.families import extensions as extensions
    from harness.laws.families import passages as passages
    from harness.laws.families import periodics as periodics
    from harness.laws.families import renamings as renamings
    from harness.laws.families import repeats as repeats
    from harness.laws.families import shuffles as shuffles
    from harness.laws.families import tokens as tokens
    from harness.laws.families import twins as twins
    from harness.laws.families import words as words
    from harness.laws.relations import agree as agree
    from harness.laws.relations import alphabet as alphabet
    from harness.laws.relations import brings_at_most as brings_at_most
    from harness.laws.relations import constant as constant
    from harness.laws.relations import ends_alike as ends_alike
    from harness.laws.relations import goes_on_from_the_last as goes_on_from_the_last
    from harness.laws.relations import is_prefix as is_prefix
    from harness.laws.relations import iterated as iterated
    from harness.laws.relations import needs_at_most as needs_at_most
    from harness.laws.relations import needs_no_more_than as needs_no_more_than
    from harness.laws.relations import pattern as pattern
    from harness.laws.relations import period as period
    from harness.laws.relations import periodic as periodic
    from harness.laws.relations import reads_equal_tokens_alike as reads_equal_tokens_alike
    from harness.laws.relations import repeats_no_sooner as repeats_no_sooner
    from harness.laws.relations import settled_by as settled_by
    from harness.laws.relations import share_a_token as share_a_token
    from harness.laws.relations import share_at_most as share_at_most
    from harness.laws.roles import an_earlier_copy as an_earlier_copy
    from harness.laws.roles import attends as attends
    from harness.laws.roles import itself as itself
    from harness.laws.roles import the_first_position as the_first_position
    from harness.laws.roles import the_token_before as the_token_before
    from harness.laws.roles import what_followed_an_earlier_copy as what_followed_an_earlier_copy
    from harness.readings.loading import load_model as load_model

# Threads that spin long while they wait for each other cost ten times their work when a third program wants a core;
# threads that do not spin at all wake too late for small products. GNU OpenMP reads this when torch is imported,
# which is later: https://gcc.gnu.org/onlinedocs/libgomp/GOMP_005fSPINCOUNT.html
if "OMP_WAIT_POLICY" not in os.environ:
    os.environ.setdefault("GOMP_SPINCOUNT", "10000")

_HOMES = {
    "harness.laws.conjecture": ("conjecture",),
    "harness.laws.families": (
        "Couple",
        "Extension",
        "babbles",
        "contrasts",
        "extensions",
        "passages",
        "periodics",
        "renamings",
        "repeats",
        "shuffles",
        "tokens",
        "twins",
        "words",
    ),
    "harness.laws.relations": (
        "agree",
        "alphabet",
        "brings_at_most",
        "constant",
        "ends_alike",
        "goes_on_from_the_last",
        "is_prefix",
        "iterated",
        "needs_at_most",
        "needs_no_more_than",
        "pattern",
        "period",
        "periodic",
        "reads_equal_tokens_alike",
        "repeats_no_sooner",
        "settled_by",
        "share_a_token",
        "share_at_most",
    ),
    "harness.laws.roles": (
        "an_earlier_copy",
        "attends",
        "itself",
        "the_first_position",
        "the_token_before",
        "what_followed_an_earlier_copy",
    ),
    "harness.readings.loading": ("load_model",),
}
_HOME_OF = {name: home for home, names in _HOMES.items() for name in names}

__all__ = sorted(_HOME_OF)


def __getattr__(name: str) -> Any:
    if name not in _HOME_OF:
        raise AttributeError(f"module 'harness' has no attribute {name!r}")
    return getattr(import_module(_HOME_OF[name]), name)


def __dir__() -> list[str]:
    return sorted([*globals(), *__all__])
