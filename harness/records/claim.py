"""Claims: what a run keeps of the conjectures that it tried. Plain data."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Control(StrEnum):
    """Whether a claim's truth is known beforehand, so that it tests the instrument and not the head."""

    NONE = ""
    HOLDS = "holds"
    FAILS = "fails"


@dataclass(frozen=True)
class ClaimEntry:
    """What the catalogue and the records say of a conjecture: plain data, which may travel between processes.

    Attributes:
        claim, reason: the docstring's first line, and the rest of it.
        family: the strategies, as they are written.
        control: `""`, `"holds"` or `"fails"`.
        code: the source text.
        path: the chapter's file, as it lay when the claim was read from it.
    """

    chapter: str
    name: str
    claim: str
    reason: str
    source: str
    components: tuple[str, ...]
    family: str
    control: str
    code: str
    path: str
