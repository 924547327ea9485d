"""Document: what came of a discovery, written down: the chapter, the numbers and the page."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from harness.discovery.chapter import chapter
from harness.discovery.confirming import CHAPTER, Confirmation, by_law, in_source
from harness.discovery.funnel import Fact
from harness.discovery.outcome import Discovery, Wanted
from harness.files import write


def write_down(wanted: Wanted, found: Discovery) -> None:
    """Write what came of it: the chapter, the numbers, and the page."""
    from reports.pages.discovery import page

    data = document(wanted, found)
    write(wanted.out / "funnel.json", json.dumps(data, indent=1))
    write(wanted.out / "index.html", page(data))
    laws = by_law(found.laws)
    file = wanted.out / f"{CHAPTER}.py"
    if laws:
        sources = {law: [in_source(one) for one in those] for law, those in laws.items()}
        write(file, chapter(sources, meaning=found.meaning))
    else:
        file.unlink(missing_ok=True)


def document(wanted: Wanted, found: Discovery) -> dict[str, Any]:
    """Return all that the page shows, and more, as plain data."""
    run = found.confirmed
    return {
        "model": wanted.request.model,
        "heads": [str(head) for head in wanted.request.addresses],
        "seed": wanted.request.profile.seed,
        "looked_at": found.funnel.looked_at,
        "steps": [{"what": what, "left": left} for what, left in found.funnel.steps],
        "left_out": {reason.value: number for reason, number in found.funnel.left_out.items()},
        "facts": [_of_facts(says, those) for says, those in found.facts.items()],
        "run": run.run_id if run else "",
        "report": run.report.relative_to(wanted.out).as_posix() if run else "",
        "store": str(wanted.store),
        "confirmed": len(found.laws),
        "standing_out": sum(one.stands for one in found.laws),
        "laws": [_of_law(those, found) for those in by_law(run.found if run else ()).values()],
    }


def _of_facts(says: str, those: Sequence[Fact]) -> dict[str, Any]:
    shares = [{"head": one.head, "component": one.component, "share": one.share} for one in those]
    return {"says": says, "components": shares}


def _of_law(those: Sequence[Confirmation], found: Discovery) -> dict[str, Any]:
    law = those[0].candidate.law
    obeying, above = found.spread[law]
    return {
        "name": law.name,
        "title": law.title,
        "says": law.says,
        "about": f"{law.sequences.says}.",
        "meaning": found.meaning[law],
        "screened": {"obeying": obeying, "above": above},
        "confirmed": any(one.confirmed for one in those),
        "stands": any(one.stands for one in those),
        "above_by": max(one.above_by for one in those),
        "heads": [_of_head(one) for one in those],
    }


def _of_head(one: Confirmation) -> dict[str, Any]:
    cell = one.cell
    return {
        "head": cell.head,
        "component": cell.component,
        "verdict": cell.verdict.value,
        "screen": one.candidate.degree,
        "screen_nulls": dict(one.candidate.nulls),
        "degree": cell.degree,
        "low": cell.degree_low,
        "high": cell.degree_high,
        "n": one.n,
        "nulls": {name: [beside.degree, beside.excess] for name, beside in cell.comparisons.items()},
        "stands_out": one.stands_out,
        "flags": cell.flags,
        "confirmed": one.confirmed,
        "stands": one.stands,
        "message": cell.message,
        "under": list(one.candidate.under),
    }
