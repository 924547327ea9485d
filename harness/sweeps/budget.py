"""Budget: which tasks come first where there is not time for all."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from harness.records.earlier_runs import last_verdicts
from harness.runs.session import Session
from harness.sweeps.tasks import Place, Task, keyed


def by_need(some: Sequence[Task], store: Path, session: Session) -> list[Task]:
    """Sort tasks: first those with cells never tried, then those with undecided ones; by their share."""
    request = session.request
    known = last_verdicts(store, session.model.backbone.fingerprint, bos=request.bos)
    weight = {"never": 2.0, "undecided": 1.0}

    def weighed(place: Place) -> float:
        return weight.get(known.get(keyed(place, request.projection), "never"), 0.0)

    need = {task.name: sum(map(weighed, task.places)) / len(task) for task in some}
    return sorted(some, key=lambda task: -need[task.name])
