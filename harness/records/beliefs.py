"""Beliefs: what is believed of each head, in a file that people read, mend and keep under version control.

    model = "smollm2-135m"
    fingerprint = "b179c95..."
    configuration = "5ad0f2e..."
    vocabulary = "c21e77a..."

    [[beliefs]]
    head = "0.0"
    component = "z"
    chapter = "repetition"
    conjecture = "a_repeat_adds_no_new_attention_tokens"
    verdict = "refuted"
    reason = "it tracks the position"
    date = 2026-11-23

The fingerprint is the sha256 of the weights, the other two are those of the configuration, which says how weights are
used, and of the vocabulary; without one of these lines the beliefs are held of any weights, configuration or vocabulary
of that model. A `projection` stands beside the component where it is not `output`. What counts as a surprise is in
`belief_checks`.
"""

from __future__ import annotations

import datetime
import tomllib
from collections.abc import Iterable
from dataclasses import asdict, dataclass, fields, replace
from pathlib import Path
from typing import Any

import tomli_w

from harness import files
from harness.errors import BeliefError
from harness.records.cell import Cell, Key, Verdict
from harness.records.renames import present

DEFAULT_PROJECTION = "output"
SILENT = (Verdict.UNDECIDED, Verdict.ERROR)
"""Verdicts that say nothing of the head: they neither make a belief nor end one."""

_NEEDED = ("head", "component", "chapter", "conjecture", "verdict", "reason", "date")


@dataclass(frozen=True)
class Belief:
    """The verdict that one cell is believed to get, since when, and why."""

    head: str
    component: str
    projection: str
    chapter: str
    conjecture: str
    verdict: Verdict
    reason: str
    date: datetime.date

    @property
    def key(self) -> Key:
        """The cell that it is about."""
        return (self.head, self.component, self.projection, self.chapter, self.conjecture)

    @property
    def node(self) -> str:
        """What it is about, as pytest would write it."""
        return f"{self.chapter}.py::{self.conjecture}[{self.head}-{self.component}]"


@dataclass(frozen=True)
class Identity:
    """What a model is known by, as sha256: a name does not say it. Empty where it may be any.

    Attributes:
        fingerprint: of the weights.
    """

    fingerprint: str = ""
    configuration: str = ""
    vocabulary: str = ""


@dataclass(frozen=True)
class Beliefs:
    """The beliefs of one file, about one model."""

    model: str
    identity: Identity
    by_key: dict[Key, Belief]

    @property
    def lacking(self) -> str:
        """What a file of an older version, which names the weights alone, does not hold against a model."""
        missing = [name for name, value in asdict(self.identity).items() if not value]
        if not missing or not self.identity.fingerprint:
            return ""
        return (
            f"the beliefs name weights but no {' and no '.join(missing)}, so they also count for a model whose "
            f"{' or '.join(missing)} was edited too; --believe adds what is missing"
        )

    def about(self, cell: Cell) -> Belief | None:
        """Return what is believed of a cell."""
        return self.by_key.get(cell.key)


def read(path: Path) -> Beliefs:
    """Return the beliefs in a file.

    Raises:
        BeliefError: where it is not there, is not TOML, or an entry is not a belief.
    """
    try:
        with path.open("rb") as file:
            plain = tomllib.load(file)
    except OSError as error:
        raise BeliefError(
            f"--beliefs {str(path)!r}: {error.strerror}; give a file of beliefs, or add --believe to begin one."
        ) from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise BeliefError(f"--beliefs {str(path)!r}: this is not TOML ({error}); mend it.") from error
    model, entries = plain.get("model"), plain.get("beliefs", [])
    if not isinstance(model, str) or not isinstance(entries, list):
        raise BeliefError(
            f'--beliefs {str(path)!r}: the file names no model; write model = "NAME" at its top and [[beliefs]] '
            "entries below."
        )
    known = [field.name for field in fields(Identity)]
    if strange := sorted(plain.keys() - {"model", *known, "beliefs"}):
        raise BeliefError(
            f"--beliefs {str(path)!r}: {strange[0]!r} is not a key of this file; it has model, {', '.join(known)} and "
            "[[beliefs]]."
        )
    found = [_belief(entry, f"--beliefs {str(path)!r}, entry {i}") for i, entry in enumerate(entries, 1)]
    by_key: dict[Key, Belief] = {}
    for belief in found:
        if belief.key in by_key:
            raise BeliefError(f"--beliefs {str(path)!r}: {belief.node} is there twice; delete one of the two.")
        by_key[belief.key] = belief
    return Beliefs(model, Identity(**{name: str(plain.get(name, "")) for name in known}), by_key)


def write(path: Path, beliefs: Beliefs) -> None:
    """Write a file of beliefs, in the order in which they stand, new ones last.

    Raises:
        BeliefError: where it cannot be written.
    """
    head = {"model": beliefs.model, **asdict(beliefs.identity)}
    plain = {
        **{key: value for key, value in head.items() if value},
        "beliefs": list(map(_plain, beliefs.by_key.values())),
    }
    try:
        files.write(path, tomli_w.dumps(plain))
    except OSError as error:
        raise BeliefError(
            f"--beliefs {str(path)!r}: {error.strerror}; the beliefs were not written; make room or give another file."
        ) from error


def renewed(held: Beliefs, cells: Iterable[Cell], *, run_id: str, identity: Identity, today: datetime.date) -> Beliefs:
    """Return the beliefs after a run: what came out is believed, what came out as believed keeps its reason and date.

    A cell that was not in the run, or whose verdict says nothing of the head, leaves a belief as it is. Controls are
    no beliefs.
    """
    by_key = dict(held.by_key)
    for cell in cells:
        before = by_key.get(cell.key)
        if cell.control or cell.verdict is Verdict.ERROR or (before is not None and cell.verdict in SILENT):
            continue
        if before is None or before.verdict is not cell.verdict:
            by_key[cell.key] = Belief(*cell.key, verdict=cell.verdict, reason=f"found by run {run_id}", date=today)
    return replace(held, identity=identity, by_key=by_key)


def _belief(entry: Any, where: str) -> Belief:
    """One entry of the file, checked."""
    if not isinstance(entry, dict):
        raise BeliefError(f"{where}: {entry!r} is not a belief; write it as a [[beliefs]] table.")
    missing = [name for name in _NEEDED if name not in entry]
    unknown = sorted(set(entry) - {*_NEEDED, "projection"})
    if missing or unknown:
        said = f"{missing[0]!r} is missing" if missing else f"{unknown[0]!r} is not a key"
        raise BeliefError(f"{where}: {said}; an entry has {', '.join(_NEEDED)}, and projection if it is not output.")
    if entry["verdict"] not in [verdict.value for verdict in Verdict if verdict is not Verdict.ERROR]:
        allowed = ", ".join(verdict.value for verdict in Verdict if verdict is not Verdict.ERROR)
        raise BeliefError(f"{where}: verdict {entry['verdict']!r} is not a verdict; use one of {allowed}.")
    date = entry["date"]
    if not isinstance(date, datetime.date):
        raise BeliefError(f"{where}: {date!r} is not a date; write it without quotes, as in 2026-11-23.")
    text = {name: str(entry[name]) for name in _NEEDED if name not in ("verdict", "date")}
    text["conjecture"] = present(text["conjecture"])
    return Belief(
        **text,
        projection=str(entry.get("projection", DEFAULT_PROJECTION)),
        verdict=Verdict(entry["verdict"]),
        date=date.date() if isinstance(date, datetime.datetime) else date,
    )


def _plain(belief: Belief) -> dict[str, Any]:
    plain = {**asdict(belief), "verdict": belief.verdict.value}
    if belief.projection == DEFAULT_PROJECTION:
        del plain["projection"]
    return plain
