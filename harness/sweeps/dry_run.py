"""Dry run: how much a sweep has to do, before anything of the model is loaded.

Sequences are counted on a sample: the first draws of each claim are made over stand-in tokens, and claims are run on
made-up heads to see what they ask for. What a claim asks for in the light of what it has read, what a search tries and
what is counted on null models comes on top, so the numbers are at least so large.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import SimpleNamespace

from harness.laws.conjecture import Conjecture
from harness.laws.families import Ids, drawing_from
from harness.laws.sampling import draws, inside
from harness.readings.lexicon import Lexicon
from harness.records.address import ATTENTION
from harness.records.earlier_runs import last_fingerprint
from harness.records.journal import FOLDER
from harness.runs.request import Request
from harness.runs.session import Session
from harness.sweeps.eta import FILE, TaskTimes
from harness.sweeps.plan import SweepOrder
from harness.sweeps.tasks import Task, exhibit_tasks, tasks
from harness.trials.foresight import foreseen

SAMPLE = 16
"""Draws of each family that are looked at."""

STAND_INS = range(3, 1000)
"""Ids that sequences are made of here; they say nothing of a model's tokens."""


@dataclass(frozen=True)
class Amount:
    """Work.

    Attributes:
        sequences: that go through the model, each once for a block of layers.
        positions: of these, BOS among them.
        vectors: that are decoded.
    """

    sequences: int
    positions: int
    vectors: int


@dataclass(frozen=True)
class DryRun:
    """How much a sweep has to do.

    Attributes:
        cells: how many it makes, controls apart.
        controls: cells that are controls.
        blocks: of layers whose heads share their sequences.
        least: where every cell stops after its first stage.
        most: where every cell goes through its whole census.
        seconds: that it will take by the times remembered of an earlier sweep; None where there are none.
    """

    model: str
    heads: int
    cells: int
    controls: int
    tasks: int
    blocks: int
    least: Amount
    most: Amount
    seconds: float | None


def dry_run(order: SweepOrder, store: Path, *, workers: int) -> DryRun:
    """Tell how much an order has to do.

    Args:
        store: beside which an earlier sweep has left its times.

    Raises:
        HeadlawsError: for an order that cannot be tried at all.
    """
    session = order.session()
    order.request.check()
    planned = tasks(order, session)
    named = {(shard.chapter, shard.conjecture, shard.component) for task in planned for shard in task.shards}
    asked = {name: _asked(order.claims[name[:2]], name[2], order.request) for name in named}
    counts = [_amounts(order, session, task, asked) for task in planned]
    controls = sum(len(task) for task in planned if task.control)
    request = order.request
    fingerprint = last_fingerprint(store, request.model, preparation=request.preparation, dtype=request.dtype)
    times = TaskTimes(store.with_name(f"{store.name}.{FOLDER}") / FILE, fingerprint)
    return DryRun(
        model=request.model,
        heads=len(request.addresses),
        cells=sum(map(len, planned)) - controls,
        controls=controls,
        tasks=len(planned),
        blocks=len(request.blocks),
        least=_sum(least for least, _ in counts),
        most=_sum(most for _, most in counts),
        seconds=times.left((*planned, *exhibit_tasks(session)), workers) if fingerprint else None,
    )


def _amounts(
    order: SweepOrder, session: Session, task: Task, asked: Mapping[tuple[str, str, str], Sequence[Ids]]
) -> tuple[Amount, Amount]:
    """Of one task: after the first stage, and after the whole census."""
    profile = session.profile(order.claims[task.shards[0].chapter, task.shards[0].conjecture])
    sequences: dict[Ids, None] = {}
    vectors = 0
    for shard in task.shards:
        some = asked[shard.chapter, shard.conjecture, shard.component]
        sequences |= dict.fromkeys(some)
        vectors += len(shard.heads) * sum(_entries(len(ids), shard.component) for ids in some)
    positions = sum(len(ids) + order.request.bos for ids in sequences)

    def amount(draws: int) -> Amount:
        return Amount(*(round(draws / SAMPLE * found) for found in (len(sequences), positions, vectors)))

    return amount(profile.first or profile.census), amount(profile.census)


def _entries(length: int, component: str) -> int:
    """Vectors of a sequence; attention is not decoded."""
    return 0 if component == ATTENTION else length * (length + 1) // 2 if component == "qk" else length


def _asked(claim: Conjecture, component: str, request: Request) -> tuple[Ids, ...]:
    """The different sequences that a claim asks for in the sample, whatever it is answered."""
    words = tuple(STAND_INS)
    lexicon = Lexicon(words, special=(0, 1, 2), text=words, longest=request.profile.length)
    reader = SimpleNamespace(name=component, layer=1)
    found: dict[Ids, None] = {}
    with drawing_from(lexicon), inside(claim.test):
        for draw in draws(claim.test, name=claim.draws_as, number=SAMPLE, seed=request.profile.seed):
            found |= {ids: None for ids, _ask in foreseen(claim, reader, draw.inputs)}
    return tuple(found)


def _sum(amounts: Iterator[Amount]) -> Amount:
    found = [*amounts]
    return Amount(*(sum(getattr(one, name) for one in found) for name in ("sequences", "positions", "vectors")))
