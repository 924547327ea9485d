"""The page of a discovery: what was left out and why, and the laws that were confirmed."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from harness.records import words
from reports.environment import environment


def page(data: Mapping[str, Any]) -> str:
    """Render the page; every text of the model is made visible and escaped."""
    laws = sorted(data["laws"], key=lambda law: law["above_by"], reverse=True)
    parts = {
        "found": [law for law in laws if law["stands"]],
        "shared": [law for law in laws if law["confirmed"] and not law["stands"]],
        "others": [law for law in laws if not law["confirmed"]],
    }
    return environment().get_template("discovery.html").render(**{**data, **parts, "verdicts": words.VERDICTS})
