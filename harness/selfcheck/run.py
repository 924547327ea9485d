"""All checks on one model, one after another, each timed; where one fails, it says what is not to be trusted."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

from harness.errors import HeadlawsError
from harness.readings.checks.soundness import Compared
from harness.records.words import SELFCHECKS
from harness.selfcheck import checks
from harness.selfcheck.checks import CheckedModel


@dataclass(frozen=True)
class Check:
    """One check.

    Attributes:
        compares: in a few words.
        distrust: what is not to be trusted where it fails.
    """

    name: str
    compares: str
    distrust: str
    run: Callable[[CheckedModel], Iterable[Compared]]


@dataclass(frozen=True)
class Result:
    """The result of a check.

    Attributes:
        n: comparisons made.
        wrong: how many of them disagree.
        where: the first of what disagrees, or what went wrong; empty where all is right.
        distrust: what is not to be trusted; empty where all is right.
    """

    name: str
    compares: str
    n: int
    wrong: int
    where: str
    distrust: str
    seconds: float

    @property
    def right(self) -> bool:
        """Whether nothing disagrees, and anything was compared."""
        return not self.distrust


CHECKS = (
    Check(
        "specimens",
        "readings of heads built by hand, with what they were built to say",
        "all readings",
        checks.specimens,
    ),
    Check(
        "device",
        "heads' values on the device, with float64 on the CPU",
        "this device or dtype: use --device cpu --dtype float32",
        checks.device,
    ),
    Check(
        "exactness",
        "tokens, with the largest of the whole vocabulary in float64",
        "every attention token",
        checks.exactness,
    ),
    Check(
        "determinism",
        "readings alone, in batches, and on 1 and 2 threads",
        "repeated readings: verdicts may depend on the batch",
        checks.determinism,
    ),
    Check(
        "gauge",
        "the effect of a change of basis inside the head, with algebra",
        "the projections, and the flag basis-dependent",
        checks.gauge,
    ),
    Check(
        "controls",
        "verdicts on laws of known truth, with that truth",
        "every verdict",
        checks.controls,
    ),
    Check(
        "calibration",
        "verdicts and intervals on simulated heads, with their rates",
        "the confidence of verdicts and intervals",
        checks.calibration,
    ),
)


def examine(subject: CheckedModel, names: Iterable[str] = ()) -> Iterator[Result]:
    """Yield the results of the checks of these names, or of all, as they come."""
    wanted = set(names)
    for check in CHECKS:
        if not wanted or check.name in wanted:
            yield _result(check, subject)


def judgement(results: Iterable[Result]) -> str:
    """Return one plain sentence.

    >>> judgement([])
    'Nothing was checked.'
    """
    found = list(results)
    if not found:
        return "Nothing was checked."
    failed = [result for result in found if not result.right]
    if not failed:
        return "All right: everything that was checked can be trusted on this machine."
    return "NOT RIGHT. " + " ".join(
        f"{SELFCHECKS.get(result.name, result.name)}: distrust {result.distrust} (first: {result.where})."
        for result in failed
    )


def _result(check: Check, subject: CheckedModel) -> Result:
    start = time.perf_counter()
    n = wrong = 0
    where = ""
    try:
        for compared in check.run(subject):
            n, wrong = n + compared.n, wrong + compared.wrong
            where = where or (compared.what if compared.wrong else "")
        if not n:
            where = "nothing could be compared"
    except Exception as error:  # a check that cannot be made is no reason to keep silent about the others
        reason = str(error) if isinstance(error, HeadlawsError) else f"{type(error).__name__}: {error}"
        where = " ".join(reason.split())
    seconds = round(time.perf_counter() - start, 1)
    return Result(check.name, check.compares, n, wrong, where, check.distrust if where else "", seconds)
