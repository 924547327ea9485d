"""The page of a discovery: what was left out and why, and the laws that were confirmed."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from reports.environment import environment


def page(data: Mapping[str, Any]) -> str:
    """Render the page; every text of the model is made visible and escaped."""
    confirmed = [law for law in data["laws"] if law["confirmed"]]
    others = [law for law in data["laws"] if not law["confirmed"]]
    return environment().get_template("discovery.html").render(**{**data, "found": confirmed, "others": others})
