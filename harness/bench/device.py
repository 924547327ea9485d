"""`python -m harness.bench.device`: what a device gives, in some minutes: exactness, rates, a head, a sweep.

    exactness   tokens, margins and marks decoded on the device, with those of the CPU, for vectors of a head and for
                vectors made so that many scores lie within the rounding of a product
    reading     vectors decoded a second, there and on the CPU's one thread
    one head    against the book
    ten heads   of all layers, against one chapter

With `--device cpu` it runs the device's code on the CPU; `--small` makes everything small, to see that it runs.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator
from dataclasses import fields
from typing import Any

import click
import torch
from jaxtyping import Float
from torch import Tensor

from harness.laws.book import shipped
from harness.models import catalogue
from harness.models.threads import threads
from harness.profiling import counted
from harness.readings.decoder import way_out
from harness.readings.decoding.folded import Folded, fold
from harness.readings.decoding.on_device import full_precision, top2_on_device
from harness.readings.decoding.top_two import Top2, top2
from harness.readings.projection import Projection
from harness.records.address import Address
from harness.runs.request import Request
from harness.sweeps.plan import SweepOrder
from harness.sweeps.tasks import tasks
from harness.sweeps.worker import Worker
from harness.trials.profile import Profile

CHAPTER = "extension"


@click.command()
@click.option("--model", default=catalogue.DEFAULT, show_default=True)
@click.option("--device", default="cuda" if torch.cuda.is_available() else "cpu", show_default=True)
@click.option("--small", is_flag=True, help="See that it runs.")
def main(model: str, device: str, small: bool) -> None:
    """Measure a device; one JSON object."""
    found: dict[str, Any] = {"model": model, "device": _named(device), "torch": torch.__version__}
    backbone = catalogue.boot(model, device=device)
    vectors = 512 if small else 1 << 17
    address = Address(backbone.shape.n_layers // 2, backbone.shape.n_heads // 2)
    out = way_out(backbone, address, "z", Projection.OUTPUT)
    with full_precision():
        folded = fold(out, backbone.W_U, backbone.b_U, device=backbone.device)
    found["exactness"] = exactness(folded, 256 if small else 4096)
    found["reading"] = reading(folded, vectors)
    outline = catalogue.outline(model)
    profile = Profile(seed=0, nulls=0, search=4 if small else 60, first=8 if small else 16, census=8 if small else 240)
    how: dict[str, Any] = {"model": model, "device": device, "profile": profile, "census_given": True, "fresh": True}
    ten = tuple(f"{number * outline.n_layers // 10}.{number % outline.n_heads}" for number in range(10))
    chapter = shipped() / f"{CHAPTER}.py"
    one = Request(heads=(str(address),), **how)
    found["one head"] = swept(SweepOrder(one, chapter if small else shipped()))
    some = Request(heads=ten[:3] if small else ten, **how)
    found["ten heads"] = swept(SweepOrder(some, chapter))
    click.echo(json.dumps(found, indent=2))


def exactness(folded: Folded, number: int) -> dict[str, dict[str, int]]:
    """Count the vectors of which each column differs from the CPU's."""
    there = folded.on_cpu()
    return {
        name: _differences(top2_on_device(vectors.to(folded.matrix.device), folded), top2(vectors, there, anew=True))
        for name, vectors in _vectors(there, number)
    }


def reading(folded: Folded, number: int) -> dict[str, float]:
    """Return vectors a second."""
    vectors = torch.randn(number, folded.matrix.shape[1])
    there, few = vectors.to(folded.matrix.device), vectors[: max(256, number // 16)]
    cpu = folded.on_cpu()
    with threads(1):
        return {
            "device": number / _seconds(lambda: top2_on_device(there, folded)),
            "cpu": len(few) / _seconds(lambda: top2(few, cpu, anew=True)),
        }


def swept(order: SweepOrder) -> dict[str, Any]:
    """Sweep an order by one worker: cells, seconds by part, and what went through the model."""
    session = order.session()
    worker = Worker(order, session)
    planned = tasks(order, session)
    session.make_ready()
    counted()
    began = time.perf_counter()
    parts: dict[str, float] = {}
    cells = 0
    for task in planned:
        done = worker.do(task)
        cells += len(done.cells)
        for part, seconds in done.seconds.items():
            parts[part] = parts.get(part, 0.0) + seconds
    return {"cells": cells, "seconds": time.perf_counter() - began, "parts": parts, "counts": counted()}


def _vectors(folded: Folded, number: int) -> Iterator[tuple[str, Float[Tensor, "n d_head"]]]:
    generator = torch.Generator().manual_seed(0)
    width = folded.matrix.shape[1]
    yield "random", torch.randn(number, width, generator=generator)
    first, second = folded.matrix[torch.randint(len(folded.matrix), (2, number), generator=generator)]
    between = first + second
    apart = first - second
    along = (between * apart).sum(1, keepdim=True) / apart.square().sum(1, keepdim=True).clamp(min=1e-30)
    yield "two tokens alike", between - along * apart
    yield "tiny", torch.randn(number, width, generator=generator) * 1e-30
    yield "one large coordinate", torch.randn(number, width, generator=generator).index_fill(1, torch.tensor([0]), 1e6)


def _differences(one: Top2, other: Top2) -> dict[str, int]:
    return {field.name: int((getattr(one, field.name) != getattr(other, field.name)).sum()) for field in fields(Top2)}


def _seconds(trial: Callable[[], object]) -> float:
    trial()
    began = time.perf_counter()
    trial()
    return time.perf_counter() - began


def _named(device: str) -> str:
    return torch.cuda.get_device_name(device) if device.startswith("cuda") else device


if __name__ == "__main__":
    main()
