"""What a run did not try, and why, as far as its record says."""

import re
from collections import defaultdict
from collections.abc import Mapping, Sequence

from harness.records.claim import Control
from reports.analysis.findings import Missing
from reports.views import Cell, Conjecture, Run

_SCOPE = re.compile(r"""scope\s*=\s*["']([^"']+)["']""")


def missing(run: Run, conjectures: Sequence[Conjecture], cells: Sequence[Cell]) -> tuple[Missing, ...]:
    """Return claims, by component, that were not tried on every head of the run."""
    record = run.record
    heads = [str(head) for head in _listed(record, "heads")]
    asked = [str(part) for part in _listed(record, "components")]
    tried: defaultdict[tuple[str, str, str], set[str]] = defaultdict(set)
    for cell in cells:
        tried[cell.law].add(cell.head)
    found = []
    for claim in conjectures:
        for part in claim.components:
            filed = tried[claim.chapter, claim.name, part]
            if any("+" in head for head in filed):
                continue  # of pairs, some are tried by rule
            lacking = len([head for head in heads if head not in filed])
            if lacking:
                why = _why(run, claim, part, asked, bool(filed))
                found.append(Missing(claim.chapter, claim.name, part, lacking, why))
    return tuple(found)


def _why(run: Run, claim: Conjecture, part: str, asked: Sequence[str], some: bool) -> str:
    if run.controls.value == "wrong":
        return "a known-answer check failed, so the run filed no verdicts"
    if asked and part not in asked:
        return "the component was not asked for"
    if run.record.get("projection") == "circuit" and part == "qk":
        return "the projection circuit is not defined for qk"
    scope = _SCOPE.search(claim.code)
    if scope is not None and claim.control is Control.NONE:
        return f"the law applies only to its scope: {scope[1]}"
    if scope is not None:
        return f"the known-answer check applies only to its scope: {scope[1]}"
    left_out = run.record.get("left_out")
    if isinstance(left_out, dict) and left_out.get("why"):
        return str(left_out["why"])
    return "the run ended before these heads" if some else "the run left it out"


def _listed(record: Mapping[str, object], key: str) -> list[object]:
    value = record.get(key)
    return value if isinstance(value, list) else []
