"""The record of a run: all that is needed to tell what was measured, on what, with what."""

from __future__ import annotations

import platform
import secrets
import subprocess
from dataclasses import asdict, dataclass, field, replace
from datetime import UTC, datetime
from importlib.metadata import PackageNotFoundError, version
from typing import Any

PACKAGES = ("headlaws", "torch", "transformer-lens", "transformers", "hypothesis", "numpy", "scipy")


@dataclass(frozen=True)
class Run:
    """One run of the instrument.

    Attributes:
        run_id: names it; sorts by start.
        started, ended: UTC, ISO 8601.
        controls: `right`, `wrong` or `not run`.
        profile: the default numbers as they were.
        nulls: how many `sequences` each degree on a null model is a mean of, their `fingerprints`; where there are
            none, why they are `missing`.
        settings: the model's configuration, by name.
        vocabulary_sha256: of the text that each id stands for, and of which ids are control tokens.
        asked: the request, by the names of its fields.
        kind: `run`, `sweep`, `night`, or `checkpoint` of a series.
        book: the chapters that were tried, where they are not those that come with headlaws.
        bos_token: of what was put in front, its `id` and whose it is (`from`: tokenizer or configuration).
        origin: what the weights are, in words, where headlaws knows.
        about: which sequences its verdicts are about, in a sentence.
        left_out: of a sweep that did not come to its end, the `tasks` not done with their numbers of cells, and `why`.
    """

    run_id: str
    started: str
    model: str
    fingerprint: str
    weights_sha256: str
    preparation: dict[str, Any]
    dtype: str
    device: str
    seed: int
    profile: dict[str, Any]
    heads: tuple[str, ...]
    components: tuple[str, ...]
    projection: str
    bos: bool
    command: str
    versions: dict[str, str]
    git_commit: str
    nulls: dict[str, Any] = field(default_factory=dict)
    left_out: dict[str, Any] = field(default_factory=dict)
    settings: dict[str, str] = field(default_factory=dict)
    vocabulary_sha256: str = ""
    asked: dict[str, Any] = field(default_factory=dict)
    kind: str = "run"
    book: str = ""
    bos_token: dict[str, Any] = field(default_factory=dict)
    origin: str = ""
    about: str = ""
    ended: str = ""
    controls: str = "not run"

    def finished(self, *, controls: str) -> Run:
        """Return the same run, ended now."""
        return replace(self, ended=now(), controls=controls)

    def record(self) -> dict[str, Any]:
        """Return all of it, for JSON."""
        return asdict(self)


def now() -> str:
    """Return this moment, UTC."""
    return datetime.now(UTC).isoformat(timespec="milliseconds")


def new_run_id() -> str:
    """Return a name that sorts by time and is not given twice."""
    moment = datetime.now(UTC)
    return f"{moment:%Y%m%d-%H%M%S}-{moment.microsecond // 1000:03d}-{secrets.token_hex(2)}"


def environment() -> dict[str, str]:
    """Give the versions of Python and of the packages that the figures depend on."""
    found = {"python": platform.python_version()}
    for package in PACKAGES:
        try:
            found[package] = version(package)
        except PackageNotFoundError:
            found[package] = "not installed"
    return found


def git_commit(folder: str = ".") -> str:
    """Return the commit of the conjectures' folder, with `+` where there are uncommitted changes; empty outside git."""
    try:
        done = subprocess.run(
            ["git", "-C", folder, "describe", "--always", "--abbrev=40", "--dirty=+", "--exclude=*"],
            capture_output=True,
            text=True,
            timeout=10,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired):
        return ""
    return done.stdout.strip() if done.returncode == 0 else ""
