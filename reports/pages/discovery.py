"""The page of a discovery: what was left out and why, and the laws that were confirmed."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from harness.records import words
from reports.environment import environment


def page(data: Mapping[str, Any]) -> str:
    """Render the page; every text of the model is made visible and escaped."""
    laws = sorted(data["laws"], key=_distance, reverse=True)
    parts = {
        "found": [law for law in laws if law["stands"]],
        "shared": [law for law in laws if law["confirmed"] and not law["stands"]],
        "others": [law for law in laws if not law["confirmed"]],
    }
    return environment().get_template("discovery.html").render(**{**data, **parts, "verdicts": words.VERDICTS})


def _distance(law: Mapping[str, Any]) -> float:
    """How far a law's best head lies above the nearest of its nulls."""
    nulls = [one["nulls"].values() for one in law["heads"] if one["nulls"]]
    return max((min(excess for _, excess in those) for those in nulls), default=0.0)
