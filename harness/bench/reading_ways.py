"""What reading costs: three ways to the same attention tokens, timed in one run on the same vectors.

The engine is `decode`, folding and all, a head's components one after another; the others are its `rivals`. The
vectors are q, k, v and q * k of some heads for random sequences with BOS in front, which is no position. Times are
wall-clock: the notebook's of one run (it takes long), the others' the best of several. The rate of plain float32 matrix
multiplication is measured before and after, and the better one counts. Peak memory is the process's, with the model in
it, noted when the engine has run and before the rivals do, and once more at the end.
"""

from __future__ import annotations

import resource
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from functools import partial

import torch
from jaxtyping import Float, Int
from torch import Tensor

from harness.bench.other_ways import Vectors, notebook_tokens, product_tokens
from harness.errors import SequenceError
from harness.models.backbone import Backbone
from harness.readings.decoding.low_precision import fastest
from harness.readings.decoding.top_two import Folded, Top2, fold, top2
from harness.records.address import Address
from harness.text import counted

Components = Mapping[str, Float[Tensor, "n d_head"]]
"""A head's vectors by component."""

WayOut = tuple[Float[Tensor, "d_head d_model"], Tensor, Tensor | None]
"""A head's output matrix, the unembedding and its bias."""

_REPEATS = 5
_SIDE = 2048  # of the square matrices whose product gives the processor's rate
_LENGTHS = (8, 16, 32, 64)


@dataclass(frozen=True)
class Seconds:
    """Of all heads together.

    Attributes:
        notebook: measured on ``Benchmark.notebook_prompts`` prompts and scaled up where these are not all.
        product: with its folding.
        folding: the engine's, without the screen, which is made from the first vectors decoded.
        decoding: the engine's, with a screen made before.
        engine: folding and decoding, from the start.
    """

    notebook: float
    product: float
    folding: float
    decoding: float
    engine: float


@dataclass(frozen=True)
class EngineSeconds:
    """The engine's seconds, folding included.

    Attributes:
        by_length: of one head, for the same number of prompts of each length.
        by_heads: of the first one, two, three ... heads.
    """

    by_length: dict[int, float]
    by_heads: dict[int, float]


@dataclass(frozen=True)
class Benchmark:
    """One run.

    Attributes:
        vectors: how many are read, of all heads together, each pair j <= i once.
        screen: the precision in which the engine screened.
        matmul_flops: float32 operations a second of a plain product in this run.
        naive_over_engine: the notebook's seconds by the engine's, folding included.
        product_over_engine: those of the plain product by the engine's, folding included on both sides.
        engine_over_matmul: the rate of decoding by ``matmul_flops``, counting only what one plain product of all
            vectors would need, 2 d_head vocab for each.
        peak_rss_bytes: after the engine, before the other ways.
        peak_rss_bytes_of_all: at the end.
        differences: of tokens, engine against product and against notebook, near-ties left out. Should be 0.
    """

    model: str
    heads: tuple[str, ...]
    prompts: int
    length: int
    vectors: int
    threads: int
    screen: str
    notebook_prompts: int
    seconds: Seconds
    growth: EngineSeconds
    matmul_flops: float
    naive_over_engine: float
    product_over_engine: float
    engine_over_matmul: float
    peak_rss_bytes: int
    peak_rss_bytes_of_all: int
    differences: int

    def as_json(self) -> dict[str, object]:
        """Return what `--json` prints."""
        return asdict(self)


def benchmark(
    backbone: Backbone,
    heads: Sequence[Address],
    *,
    prompts: int = 8,
    length: int = 32,
    seed: int = 0,
    notebook_prompts: int | None = None,
    said: Callable[[str], None] = lambda step: None,
) -> Benchmark:
    """Time the three ways. ``said`` is told what is being timed.

    Raises:
        SequenceError: for prompts that the model cannot read, or none to time.
    """
    shape, longest = backbone.shape, _longest(backbone, prompts, length)
    timed = min(prompts, notebook_prompts or prompts)
    rate = matmul_rate()
    said("activations")
    ids = _ids(backbone, prompts, length, seed)
    read = [_vectors(backbone, head, ids) for head in heads]
    parts = [vectors.by_component() for vectors in read]
    unembedding = backbone.W_U.float(), None if backbone.b_U is None else backbone.b_U.float()
    ways_out = [(backbone.W_O(*head).float(), *unembedding) for head in heads]

    said("engine")
    folding = [best(partial(fold, *way)) for way in ways_out]
    decoding = [
        best(partial(_decoded, vectors, _ready(vectors, *way))) for vectors, way in zip(parts, ways_out, strict=True)
    ]
    engine = [best(partial(_from_the_start, vectors, *way)) for vectors, way in zip(parts, ways_out, strict=True)]
    found = [_from_the_start(vectors, *way) for vectors, way in zip(parts, ways_out, strict=True)]
    by_length = _by_length(backbone, heads[0], ways_out[0], longest, prompts, seed)
    peak = peak_rss_bytes()
    product, notebook, differences = 0.0, 0.0, 0
    for number, (of_prompts, vectors, way, ours) in enumerate(zip(read, parts, ways_out, found, strict=True), 1):
        said(f"product and notebook, head {number} of {len(heads)}")
        seconds, differ = _other_ways(of_prompts, vectors, way, ours, prompts, timed)
        product, notebook, differences = product + seconds[0], notebook + seconds[1], differences + differ
    rate = max(rate, matmul_rate())
    count = sum(len(some) for vectors in parts for some in vectors.values())
    return Benchmark(
        model=backbone.name,
        heads=tuple(map(str, heads)),
        prompts=prompts,
        length=length,
        vectors=count,
        threads=torch.get_num_threads(),
        screen=fastest().value,
        notebook_prompts=timed,
        seconds=Seconds(notebook, product, sum(folding), sum(decoding), sum(engine)),
        growth=EngineSeconds(by_length, {number: sum(engine[:number]) for number in range(1, len(heads) + 1)}),
        matmul_flops=rate,
        naive_over_engine=notebook / sum(engine),
        product_over_engine=product / sum(engine),
        engine_over_matmul=2 * count * shape.d_head * shape.vocab / sum(decoding) / rate,
        peak_rss_bytes=peak,
        peak_rss_bytes_of_all=peak_rss_bytes(),
        differences=differences,
    )


def _longest(backbone: Backbone, prompts: int, length: int) -> int:
    """The most ids of a prompt; raises where so many prompts of this length cannot be timed."""
    longest = backbone.shape.n_ctx - (backbone.bos is not None)
    if prompts < 1 or not 1 <= length <= longest:
        raise SequenceError(
            f"{counted(prompts, 'prompt')} x {length} ids: give at least 1 prompt of 1 to {longest} ids for "
            f"{backbone.name}."
        )
    return longest


def _by_length(
    backbone: Backbone, head: Address, way: WayOut, longest: int, prompts: int, seed: int
) -> dict[int, float]:
    """The engine's seconds for prompts of each length."""
    found = {}
    for some in (some for some in _LENGTHS if some <= longest):
        vectors = _vectors(backbone, head, _ids(backbone, prompts, some, seed)).by_component()
        found[some] = best(partial(_from_the_start, vectors, *way))
    return found


def _other_ways(
    read: Vectors, vectors: Components, way: WayOut, ours: Mapping[str, Top2], prompts: int, timed: int
) -> tuple[tuple[float, float], int]:
    """Seconds of the plain product and of the notebook for a head; how many of their tokens are others than ours."""
    product = best(partial(product_tokens, vectors, *way, prompts))
    differences = _differences(product_tokens(vectors, *way, prompts), ours)
    start = time.perf_counter()
    tokens = notebook_tokens(read, *way, timed)
    notebook = (time.perf_counter() - start) * prompts / timed
    return (product, notebook), differences + _differences(tokens, ours)


def matmul_rate() -> float:
    """Measure the float32 operations a second of a product of two square matrices."""
    left, right = torch.ones(_SIDE, _SIDE), torch.ones(_SIDE, _SIDE)
    return 2 * _SIDE**3 / best(lambda: left @ right)


def peak_rss_bytes() -> int:
    """Return the most memory that this process has had so far."""
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak if sys.platform == "darwin" else peak * 1024  # https://man7.org/linux/man-pages/man2/getrusage.2.html


def best(what: Callable[[], object]) -> float:
    """Return seconds of the fastest of several runs, after one that is not counted."""
    what()
    times = []
    for _ in range(_REPEATS):
        start = time.perf_counter()
        what()
        times.append(time.perf_counter() - start)
    return min(times)


def _ready(vectors: Components, out: Float[Tensor, "d_head d_model"], W_U: Tensor, b_U: Tensor | None) -> Folded:
    """The folded matrix with its screens, which are made from the vectors."""
    folded = fold(out, W_U, b_U)
    _decoded(vectors, folded)
    return folded


def _decoded(vectors: Components, folded: Folded) -> dict[str, Top2]:
    return {component: top2(some, folded, kind=component, anew=True) for component, some in vectors.items()}


def _from_the_start(
    vectors: Components, out: Float[Tensor, "d_head d_model"], W_U: Tensor, b_U: Tensor | None
) -> dict[str, Top2]:
    return _decoded(vectors, fold(out, W_U, b_U))


def _differences(tokens: Mapping[str, Int[Tensor, " n"]], ours: Mapping[str, Top2]) -> int:
    """How many of a rival's tokens, which may be the first few only, are others than ours."""
    return sum(
        int(((theirs != ours[component].tokens[: len(theirs)]) & ~ours[component].near_ties[: len(theirs)]).sum())
        for component, theirs in tokens.items()
    )


def _ids(backbone: Backbone, prompts: int, length: int, seed: int) -> Int[Tensor, "prompt pos"]:
    ordinary = torch.tensor([id for id in range(backbone.shape.vocab) if id not in backbone.special])
    drawn = torch.randint(len(ordinary), (prompts, length), generator=torch.Generator().manual_seed(seed))
    ids = ordinary[drawn]
    return ids if backbone.bos is None else torch.cat([torch.full((prompts, 1), backbone.bos), ids], 1)


def _vectors(backbone: Backbone, head: Address, ids: Int[Tensor, "prompt pos"]) -> Vectors:
    layer, number = head
    found = backbone.activations(ids, [layer])[layer]
    first = 0 if backbone.bos is None else 1
    return Vectors(*(part[:, first:, number].float().contiguous() for part in (found.q, found.k, found.v)))
