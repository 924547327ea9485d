"""History: the runs of one model in a store, and the verdicts that flipped between them, with what differed.

Ends with the run whose report it is, so that a report made again later is the same report.
"""

import json
import sqlite3
from collections import Counter
from itertools import chain
from typing import Final

from harness.records.cell import Key, Verdict
from harness.records.queries import claims, runs_until, verdicts
from reports.analysis.difference import differences, edits, why_changed
from reports.analysis.findings import Flip, History, Night
from reports.views import Run

MOST_NIGHTS: Final = 30
MOST_FLIPS: Final = 1000


def history(connection: sqlite3.Connection, run: Run) -> History:
    """Return the history of a run's model, up to the run."""
    rows = runs_until(connection, run.model, started=run.started, run_id=run.run_id, most=MOST_NIGHTS)
    records = {row["run_id"]: json.loads(row["record"]) for row in rows}
    codes = {row["run_id"]: claims(connection, row["run_id"]) for row in rows}
    last: dict[Key, tuple[str, str]] = {}
    nights: list[Night] = []
    flips: list[Flip] = []
    before, here, past = "", dict[Key, str](), dict[Key, str]()
    for row in rows:
        name = row["run_id"]
        seen = here
        here = verdicts(connection, name)
        past = {key: last[key][1] for key in here if key in last}
        flipped = []
        for key, verdict in here.items():
            last_run, held = last.get(key, (name, verdict))
            if held != verdict:
                code = key[3:]
                causes = why_changed(records[last_run], records[name], codes[last_run].get(code), codes[name].get(code))
                head, component, _, chapter, conjecture = key
                flipped.append(Flip(name, last_run, head, component, chapter, conjecture, held, verdict, causes))
            last[key] = (name, verdict)
        counts = Counter(here.values())
        nights.append(
            Night(
                run_id=name,
                started=row["started"],
                controls=row["controls"],
                heads=len({key[0] for key in here if "+" not in key[0]}),
                counts={verdict.value: counts[verdict.value] for verdict in Verdict},
                differs=(*differences(records[before], records[name]), *chain(*edits(codes[before], codes[name])))
                if before
                else (),
                flips=len(flipped),
            )
        )
        flips.extend(flipped)
        before = name
    since = nights[-2].run_id if len(nights) > 1 else ""
    seen = seen if since else {}
    return History(
        nights=tuple(nights),
        flips=tuple(reversed(flips[-MOST_FLIPS:])),
        flips_in_all=len(flips),
        since=since,
        changed=sum(past[key] != here[key] for key in past),
        unchanged=sum(past[key] == here[key] for key in past),
        new=len(here.keys() - past.keys()),
        gone=len(seen.keys() - here.keys()),
    )
