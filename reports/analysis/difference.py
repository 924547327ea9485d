"""Differences: which verdicts two runs in a store disagree on, and what differed between the runs.

Two runs can be compared where they asked the same of some cells: the same projection, with or without BOS, of a model
of the same name. Other weights, another seed, other sizes, an edited claim do not stand in the way: they are what may
explain a flip, and are named.
"""

from __future__ import annotations

import sqlite3
from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from harness.errors import StoreError
from harness.records.cell import Key, Verdict
from harness.records.queries import claims, record_of, run_ids, verdicts
from harness.text import counted

UNEXPLAINED: Final = "nothing on record"

_WHOLE: Final = (
    ("weights", "weights_sha256"),
    ("tokenizer", "vocabulary_sha256"),
    ("preparation", "preparation"),
    ("seed", "seed"),
    ("dtype", "dtype"),
    ("device", "device"),
    ("projection", "projection"),
    ("BOS in front", "bos"),
    ("harness", "git_commit"),
)
_NEWER: Final = ("settings", "vocabulary_sha256")
"""What records of older versions do not have: whether it differed is not known, but for the fingerprint."""

_FINGERPRINTED: Final = (
    "weights",
    "tokenizer",
    "preparation",
    "dtype",
    "configuration",
    "torch",
    "transformers",
    "transformer-lens",
)
"""How a line begins that says why a model's fingerprint is another."""

SIZES: Final = ("search", "census", "first", "epsilon", "delta", "confidence", "length")


@dataclass(frozen=True)
class Change:
    """A cell on which two runs disagree.

    Attributes:
        causes: what differed that the verdict may depend on; `UNEXPLAINED` where nothing did.
    """

    key: Key
    before: str
    after: str
    causes: tuple[str, ...]

    @property
    def flipped(self) -> bool:
        """Whether the claim holds in one and is refuted in the other."""
        before, after = Verdict(self.before), Verdict(self.after)
        return before.decided and after.decided and before.holds != after.holds

    @property
    def cell(self) -> str:
        """What it is about, in one line."""
        head, component, _, chapter, conjecture = self.key
        return f"{chapter}::{conjecture}[{head}-{component}]"


@dataclass(frozen=True)
class Difference:
    """What two runs disagree on.

    Attributes:
        before, after: their ids.
        between: what differed between them altogether.
        changes: the cells of both on which they disagree, in the order of the later one.
        same: cells of both on which they agree.
        new, gone: cells that only the later, only the earlier one has.
        apart: why they cannot be compared, or nothing.
        by: how many cells are compared with runs before the earlier one, since that lacks them.
    """

    before: str
    after: str
    between: tuple[str, ...]
    changes: tuple[Change, ...]
    same: int
    new: int
    gone: int
    apart: str = ""
    by: Mapping[str, int] = field(default_factory=dict)


def run_named(connection: sqlite3.Connection, name: str) -> str:
    """Return the id of a run: its whole id or how it begins, `last`, or `last~1` for the one before.

    Raises:
        StoreError: where no run, or more than one, is called so.
    """
    ids = run_ids(connection)
    word, _, back = name.partition("~")
    if word == "last" and (not back or back.isdecimal()):
        place = int(back or 0) + 1
        if place <= len(ids):
            return str(ids[-place])
        raise StoreError(f"{name!r}: the store has {counted(len(ids), 'run')}; name one of them.")
    found = [run_id for run_id in ids if run_id.startswith(name)]
    if len(found) == 1 and name:
        return str(found[0])
    what = f"{len(found)} runs begin like this: {', '.join(found[:3])}" if found else "no run begins like this"
    raise StoreError(f"{name!r}: {what}; give a run's id, the beginning of it, 'last' or 'last~1'.")


def compared(
    connection: sqlite3.Connection,
    before: str,
    after: str,
    *,
    earlier: Sequence[str] = (),
    missed: Collection[Key] = (),
) -> Difference:
    """Return what two runs disagree on; with nothing but the reason where they cannot be compared.

    Args:
        earlier: runs before these, the latest first: a cell that `before` lacks is compared with the first of them that
            has it.
        missed: cells that the later run was to try and did not come to; they are not gone.
    """
    runs = (before, *earlier)
    records = {run: record_of(connection, run) for run in (*runs, after)}
    old, new = records[before], records[after]
    here, there = verdicts(connection, after), dict[Key, tuple[str, str]]()
    for run in runs:
        for key, verdict in verdicts(connection, run).items():
            there.setdefault(key, (run, verdict))
    both = [key for key in here if key in there]
    apart = _apart(old, new, shared=bool(both))
    if apart:
        return Difference(before, after, (), (), 0, 0, 0, apart)
    codes = {run: claims(connection, run) for run in (*runs, after)}

    def causes(key: Key) -> tuple[str, ...]:
        run = there[key][0]
        return why_changed(records[run], new, codes[run].get(key[3:]), codes[after].get(key[3:]))

    changes = tuple(Change(key, there[key][1], here[key], causes(key)) for key in both if there[key][1] != here[key])
    whose = Counter(there[key][0] for key in both)
    edited, _ = edits(codes[before], codes[after])
    return Difference(
        before,
        after,
        (*differences(old, new), *edited),
        changes,
        same=len(both) - len(changes),
        new=len(here.keys() - there.keys()),
        gone=len(there.keys() - here.keys() - {*missed}),
        by={run: whose[run] for run in earlier if whose[run]},
    )


def _apart(old: Mapping[str, Any], new: Mapping[str, Any], *, shared: bool) -> str:
    for what, key in (("model", "model"), ("projection", "projection"), ("BOS in front", "bos")):
        if old.get(key) != new.get(key):
            return f"{what}: {_short(old, key)} and {_short(new, key)}"
    return "" if shared else "no cell was tried in both"


def edits(
    before: Mapping[tuple[str, ...], str], after: Mapping[tuple[str, ...], str]
) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Say how many claims were edited between two runs, and how many are new; nothing of none."""
    edited = sum(before[place] != code for place, code in after.items() if place in before)
    added = len(after.keys() - before.keys())
    return (
        (f"the code of {counted(edited, 'law')}",) if edited else (),
        (f"{counted(added, 'law')} more",) if added else (),
    )


def why_changed(old: Mapping[str, Any], new: Mapping[str, Any], code: str | None, now: str | None) -> tuple[str, ...]:
    """Give what differed between two runs that a cell's verdict may depend on, its claim's code first."""
    found = differences(old, new)
    return (("the law's code", *found) if code != now else found) or (UNEXPLAINED,)


def differences(before: Mapping[str, Any], after: Mapping[str, Any]) -> tuple[str, ...]:
    """Return the differences of two runs' records on which a verdict may depend.

    >>> differences({"seed": 0, "versions": {"torch": "2.12"}}, {"seed": 1, "versions": {"torch": "2.13"}})
    ('seed 0 → 1', 'torch 2.12 → 2.13')
    """
    unknown = [key for key in _NEWER if not (before.get(key) and after.get(key))]
    found = [
        f"{name} {_short(before, key)} → {_short(after, key)}"
        for name, key in _WHOLE
        if before.get(key) != after.get(key) and key not in unknown
    ]
    for group, said, names in (("settings", "configuration ", None), ("profile", "", SIZES), ("versions", "", None)):
        old, new = before.get(group) or {}, after.get(group) or {}
        for name in names or sorted({*old, *new}):
            if old.get(name) != new.get(name) and group not in unknown:
                found.append(f"{said}{name} {_short(old, name)} → {_short(new, name)}")
    if before.get("fingerprint") != after.get("fingerprint") and not any(_of_the_model(line) for line in found):
        found.append(f"the model's fingerprint {_short(before, 'fingerprint')} → {_short(after, 'fingerprint')}")
    if (heads := [len(record.get("heads") or ()) for record in (before, after)])[0] != heads[1]:
        found.append(f"heads in play {heads[0]} → {heads[1]}")
    return tuple(found)


def _of_the_model(line: str) -> bool:
    return line.split(" ", 1)[0] in _FINGERPRINTED


def _short(record: Mapping[str, Any], key: str) -> str:
    value = record.get(key)
    if isinstance(value, Mapping):
        return str(value.get("name", "changed"))
    if key in ("weights_sha256", "vocabulary_sha256", "fingerprint", "git_commit"):
        return str(value or "none")[:8]
    return "none" if value is None else str(value)
