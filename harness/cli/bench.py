"""`headlaws bench`: what reading costs, the notebook's way and ours, in one run."""

from __future__ import annotations

import json
import sys
from typing import TYPE_CHECKING

import click

from harness.cli import options
from harness.errors import HeadlawsError
from harness.models import catalogue
from harness.runs.request import Request

if TYPE_CHECKING:
    from harness.bench.reading_ways import Benchmark
    from harness.bench.sweep_phases import SweepPhases
    from harness.bench.sweep_timing import SweepTiming

CHAPTER = "extension"
"""What a sweep is timed on."""

SWEPT = {"search": 60, "census": 240, "first": 16}
"""The sizes of a sweep that is timed: those of `headlaws sweep` on a layer."""


@click.command(name="bench")
@options.model
@options.preparation
@options.heads(default="one of the first layer, one of the middle, one of the last")
@click.option("--prompts", default=64, show_default=True, type=click.IntRange(min=1), help="Number of sequences.")
@click.option("--length", default=32, show_default=True, type=click.IntRange(min=1), help="Ids per sequence.")
@click.option("--seed", default=0, show_default=True, help="Seed of the random ids.")
@click.option(
    "--notebook-prompts",
    default=8,
    show_default=True,
    type=click.IntRange(min=1),
    help="Time the notebook's way on this many prompts, and scale.",
)
@click.option("--sweep", "sweeping", is_flag=True, help="Time a layer's heads swept together, and each by itself.")
@click.option("--phases-only", is_flag=True, help="With --sweep: time the phases only.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object, for programs.")
def bench(
    model: str,
    preparation: str,
    heads: tuple[str, ...],
    prompts: int,
    length: int,
    seed: int,
    notebook_prompts: int,
    sweeping: bool,
    phases_only: bool,
    as_json: bool,
) -> None:
    """Time three ways to the same attention tokens, on the same vectors of several heads.

    The seed notebook's way reads every pair of positions, and repeats q, k and v for each, through a product of
    d_model x vocab. The plain way folds a head into one matrix, then takes one product and its argmax. The engine is
    what headlaws uses. All three compute in float32 on the CPU. Run this on a quiet machine: other work distorts the
    ratios.

    With --sweep it times 'headlaws sweep' instead. The heads of the middle layer, or those of --head, are tried
    against one chapter: together, one by one, and with two workers. It also says what each phase takes, which share of
    this machine's rates it reaches, and what bounds it.
    """
    if sweeping:
        _sweep(model, preparation, heads, seed, phases_only=phases_only, as_json=as_json)
        return
    if phases_only:
        raise HeadlawsError("--phases-only: needs --sweep; write both.")
    outline = catalogue.outline(model)
    last = outline.n_layers - 1
    chosen = heads or tuple(
        dict.fromkeys(("0.0", f"{last // 2}.{outline.n_heads // 2}", f"{last}.{outline.n_heads - 1}"))
    )
    found = Request(model=model, heads=chosen).addresses
    from harness.bench.reading_ways import benchmark

    measured = benchmark(
        catalogue.boot(model, preparation=preparation),
        found,
        prompts=prompts,
        length=length,
        seed=seed,
        notebook_prompts=notebook_prompts,
        said=_say,
    )
    click.echo(json.dumps(measured.as_json(), indent=2) if as_json else "\n".join(_lines(measured)))


def _sweep(
    model: str, preparation: str, heads: tuple[str, ...], seed: int, *, phases_only: bool, as_json: bool
) -> None:
    from harness.bench.sweep_phases import phases
    from harness.bench.sweep_timing import timing
    from harness.laws.book import shipped
    from harness.sweeps.plan import SweepOrder
    from harness.trials.profile import Profile

    layer = catalogue.outline(model).n_layers // 2
    profile = Profile(seed=seed, nulls=0, **SWEPT)
    request = Request(model=model, heads=heads or (f"{layer}.*",), preparation=preparation, profile=profile,
                      components=("k", "z", "qk"), census_given=True, fresh=True)  # fmt: skip
    order = SweepOrder(request, shipped() / f"{CHAPTER}.py")
    _say("phases")
    spent = phases(order)
    measured = None if phases_only else timing(order, said=_say)
    if as_json:
        found = {} if measured is None else measured.as_json()
        click.echo(json.dumps({**found, "phases": spent.as_json()}, indent=2))
        return
    said = [] if measured is None else [*_of_a_sweep(measured), ""]
    click.echo("\n".join([*said, *_of_phases(spent)]))


def _of_phases(spent: SweepPhases) -> list[str]:
    made = [
        f"By phase, one worker, {spent.cpu:.1f} s of the processor; a product reaches {spent.matrix_rate / 1e9:.0f}"
        f" GFLOP/s, memory {spent.memory_rate / 1e9:.1f} GB/s:"
    ]
    for one in spent.phases:
        share = "" if one.share is None else f"{100 * one.share:5.0f} % of the attainable rate"
        made.append(f"  {one.name:16}{one.seconds:8.1f} s  {share:32} bound by {one.bound}")
    if spent.sequences:
        each = spent.layer_runs / spent.sequences
        made.append(
            f"  {spent.sequences:,} sequences went through {each:.1f} layers each; from the bottom it had been"
            f" {spent.from_the_bottom / spent.sequences:.1f}"
        )
    return made


def _of_a_sweep(measured: SweepTiming) -> list[str]:
    sizes = ", ".join(f"{name} {number}" for name, number in measured.sizes.items())
    number = len(measured.heads)
    return [
        f"{measured.model}, heads {' '.join(measured.heads)}, {' '.join(measured.chapters)}: {measured.cells} cells,"
        f" {sizes}; load {measured.load:.1f} a core",
        "",
        f"  together          {measured.together:8.1f} s",
        f"  {number} single runs     {sum(measured.single):8.1f} s  ({_each(measured.single)})",
        f"  swept one by one  {sum(measured.alone):8.1f} s  ({_each(measured.alone)})",
        f"  two workers       {measured.workers:8.1f} s",
        "",
        "A single run is pytest's: a whole search and census, with every counterexample made short.",
        "",
        f"  together / single runs         {measured.together_over_single:6.2f}",
        f"  together / swept one by one    {measured.together_over_alone:6.2f}",
        f"  one worker / two workers       {measured.workers_gain:6.2f}",
    ]


def _each(seconds: tuple[float, ...]) -> str:
    return ", ".join(f"{one:.1f}" for one in seconds)


def _say(step: str) -> None:
    if sys.stderr.isatty():
        click.echo(f"timing: {step} ...", err=True)


def _lines(measured: Benchmark) -> list[str]:
    seconds, growth = measured.seconds, measured.growth
    part = measured.notebook_prompts < measured.prompts
    scaled = f"  (timed on {measured.notebook_prompts} of {measured.prompts} prompts, and scaled)" if part else ""
    rate = measured.matmul_flops
    return [
        f"{measured.model}, heads {' '.join(measured.heads)}: {measured.prompts} prompts x {measured.length} ids,"
        f" {measured.vectors:,} vectors, {measured.threads} threads, screen in {measured.screen}",
        "",
        f"  notebook   {seconds.notebook:10.3f} s{scaled}",
        f"  product    {seconds.product:10.3f} s  folding included",
        f"  engine     {seconds.engine:10.3f} s  folding included"
        f"  (folding {seconds.folding:.3f}, decoding {seconds.decoding:.3f})",
        "",
        f"  notebook / engine   {measured.naive_over_engine:8.1f}",
        f"  product / engine    {measured.product_over_engine:8.1f}",
        f"  engine / matmul     {measured.engine_over_matmul:8.2f}"
        f"  decoding's rate, by the {rate / 1e9:.0f} GFLOP/s of a float32 product",
        f"  peak memory         {measured.peak_rss_bytes / 1e9:8.2f} GB  with the model; the other ways together"
        f" {measured.peak_rss_bytes_of_all / 1e9:.2f} GB",
        f"  other tokens        {measured.differences:8d}  of the other ways, near-ties left out",
        "",
        "  engine by length    " + ", ".join(f"{n} ids {taken:.3f} s" for n, taken in growth.by_length.items()),
        "  engine by heads     " + ", ".join(f"{n}: {taken:.3f} s" for n, taken in growth.by_heads.items()),
    ]
