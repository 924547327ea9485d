"""Search: Hypothesis looks for a counterexample and makes it small.

Its examples are chosen to break the claim, so they say nothing about rates and are never counted as a sample.

Under one seed Hypothesis tries the same examples on every head for as long as the head passes. So they are drawn once
for a conjecture (`examples`), judged for any head in batches, and only a head that fails is handed to Hypothesis
again, to shrink what broke it.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Any

from hypothesis import HealthCheck, Phase, Verbosity, assume, settings
from hypothesis.errors import FailedHealthCheck, Flaky, HypothesisException, Unsatisfiable

from harness.errors import ConjectureError
from harness.laws.conjecture import Conjecture
from harness.laws.families import drawing_from, mixing
from harness.laws.sampling import Draw, current_choices, driven, inside
from harness.profiling import Part, spent_on
from harness.readings.lexicon import Lexicon
from harness.trials.judge import InputBatch, Judgement, Outcome, judge, judge_all, judge_at_once
from harness.trials.subject import BatchReader

SETTINGS = settings(
    deadline=None,  # numeric code warms up
    database=None,  # the same command twice does the same
    derandomize=False,  # the seed is ours, and shown
    print_blob=False,
    report_multiple_bugs=False,
    verbosity=Verbosity.quiet,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.large_base_example],
)


FEW = 16
"""Examples that are tried before the rest are."""

SMALLER = 250
"""Inputs that are judged while a counterexample is made small; the smallest by then is kept. Of 134 of head 0.0, 128
needed at most a hundred, and three more than this: one of them 938."""


@dataclass(frozen=True)
class BreakingInputs:
    """A counterexample: the inputs, as small as the search could make them, and the judgement of them."""

    inputs: dict[str, Any]
    judgement: Judgement


@dataclass(frozen=True)
class Search:
    """What a search did.

    Attributes:
        examples: inputs tried up to the first counterexample, or all of them; those that meet the precondition.
        discarded: inputs that do not meet it.
        near_ties: inputs whose disagreement rests on near-ties alone, or does not stand.
        breaking: of the helping that first breaks the claim, the smallest example that does and stands; or None.
        fallen: how many of the near-ties broke the claim, and did not stand.
    """

    examples: int
    discarded: int
    near_ties: int
    breaking: Draw | None
    fallen: int = 0


NONE = Search(examples=0, discarded=0, near_ties=0, breaking=None)
"""A search that was not needed."""


def search(
    conjecture: Conjecture,
    reader: BatchReader,
    *,
    number: int,
    seed: int,
    lexicon: Lexicon,
    few: bool = False,
    stands: Callable[[Draw], bool] = lambda draw: True,
) -> Search:
    """Try so many examples of Hypothesis's choice; or the first few of them, where the claim is known to be broken.

    Args:
        stands: whether one that breaks the claim still does in float64; one that does not is a near-tie, and the
            search goes on.

    Raises:
        ConjectureError: for a strategy that Hypothesis cannot work with.
    """
    judged: list[Judgement] = []
    breaking = None
    fallen = 0
    helpings = examples(conjecture, number, seed, lexicon)
    for batch in helpings[:1] if few else helpings:
        begun = len(judged)
        judged += judge_all(conjecture, reader, batch)
        violated = [i for i, draw in enumerate(batch.draws) if judged[begun + i].outcome is Outcome.VIOLATED]
        for i in sorted(
            violated, key=lambda i: len(batch.draws[i].choices)
        ):  # the author's own, which have none, first
            if stands(batch.draws[i]):
                breaking = batch.draws[i]
                break
            judged[begun + i] = replace(judged[begun + i], outcome=Outcome.NEAR_TIE)
            fallen += 1
        if breaking is not None:
            break
    outcomes = [found.outcome for found in judged]
    if breaking is not None:
        del outcomes[outcomes.index(Outcome.VIOLATED) + 1 :]
    discarded = outcomes.count(Outcome.DISCARDED)
    return Search(
        examples=len(outcomes) - discarded,
        discarded=discarded,
        near_ties=outcomes.count(Outcome.NEAR_TIE),
        breaking=breaking,
        fallen=fallen,
    )


@lru_cache(maxsize=64)
def examples(conjecture: Conjecture, number: int, seed: int, lexicon: Lexicon) -> tuple[InputBatch, ...]:
    """Return the examples that Hypothesis would try on a head that passes; the author's `@example` ones first.

    In two helpings, a few and the rest: most claims that a head breaks, the first few break.
    """
    found: list[Draw] = []

    def note(**given: Any) -> None:
        inputs = {name: value for name, value in given.items() if name != conjecture.subject}
        found.append(Draw(dict(inputs), current_choices(), mixed=True))

    if number:
        phases = [Phase.explicit, Phase.generate]
        with spent_on(Part.HYPOTHESIS), drawing_from(lexicon), mixing(True):
            _driven(conjecture, note, subject=None, number=number, seed=seed, phases=phases, start=None)
    return tuple(InputBatch(tuple(helping)) for helping in (found[:FEW], found[FEW:]) if helping)


def shrunk(conjecture: Conjecture, reader: BatchReader, start: Draw, *, seed: int) -> BreakingInputs:
    """Let Hypothesis shrink a known counterexample in `SMALLER` tries, and return the smallest.

    An example that the author wrote by hand is taken as it is.
    """
    found: BreakingInputs | None = None
    tried = 0

    def watch(**given: Any) -> None:
        nonlocal found, tried
        inputs = {name: value for name, value in given.items() if name != conjecture.subject}
        if tried == SMALLER and not (found is not None and inputs == found.inputs):
            assume(False)  # Hypothesis soon finds nothing more
        tried = min(tried + 1, SMALLER)
        judgement = judge_at_once(conjecture, reader, inputs)
        if judgement.outcome is Outcome.DISCARDED:
            assume(False)
        if judgement.outcome is Outcome.VIOLATED:
            found = BreakingInputs(dict(inputs), judgement)  # the last one that Hypothesis tries is the smallest
            raise _ViolatedError

    phases = [Phase.reuse, Phase.shrink]
    if start.choices:
        try:
            with spent_on(Part.HYPOTHESIS), mixing(start.mixed):
                _driven(conjecture, watch, subject=reader, number=1, seed=seed, phases=phases, start=start)
        except _ViolatedError:
            pass
    return as_found(conjecture, reader, start, seed=seed) if found is None else found


def as_found(conjecture: Conjecture, reader: BatchReader, start: Draw, *, seed: int) -> BreakingInputs:
    """Return a counterexample that is known, not made small: for those that are no news."""
    with inside(conjecture.test):
        return BreakingInputs(dict(start.inputs), judge(conjecture, reader, start.inputs))


class _ViolatedError(AssertionError):
    """Raised to Hypothesis when a claim is violated for certain."""


def _driven(
    conjecture: Conjecture,
    body: Any,
    *,
    subject: BatchReader | None,
    number: int,
    seed: int,
    phases: Sequence[Phase],
    start: Draw | None,
) -> None:
    """Let Hypothesis run a body in the place of a conjecture's own."""
    chosen = settings(SETTINGS, max_examples=number, phases=phases)
    try:
        driven(conjecture.test, {conjecture.subject: subject}, body=body, chosen=chosen, seed=seed, start=start)
    except FailedHealthCheck:
        raise ConjectureError(
            f"{conjecture.name}: its strategies reject nearly all examples; build the condition into them instead of "
            "filtering."
        ) from None
    except Unsatisfiable:
        raise ConjectureError(
            f"{conjecture.name}: its strategies never gave an example; loosen their filters, or build the condition in."
        ) from None
    except HypothesisException as error:
        if start is not None and isinstance(error, Flaky):
            return  # readings that come and go cannot be made small; the last that broke the claim is what there is
        raise ConjectureError(f"{conjecture.name}: {' '.join(str(error).split())}") from error
