"""Every architecture of the zoo reads as the plain transformers model computes, and its controls hold."""

from functools import cache
from pathlib import Path

import pytest
import torch

from harness.models import catalogue
from harness.readings.model import Model
from harness.readings.projection import Projection
from harness.records.address import COMPONENTS, Address
from tests.support.zoo import N_HEADS, N_LAYERS, VOCAB, ZOO, noted, save

pytestmark = pytest.mark.slow

EACH = pytest.mark.parametrize("name", ZOO)
IDS = torch.tensor([[0, 5, 9, 5, 31, 8, 60], [0, 7, 7, 7, 2, 96, 1]])


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    place = tmp_path_factory.mktemp("zoo")

    @cache
    def saved(name: str) -> Path:
        return save(ZOO[name], place / name)

    return saved


@EACH
def test_what_the_heads_compute(name, folder):
    plain = noted(ZOO[name], folder(name), IDS)
    found = catalogue.boot(str(folder(name)), preparation="none").activations(IDS, range(N_LAYERS))
    for layer in range(N_LAYERS):
        for part in ("q", "k", "v", "z"):
            wanted = plain.parts[layer][part]
            wanted = wanted.repeat_interleave(N_HEADS // wanted.shape[2], 2)
            torch.testing.assert_close(getattr(found[layer], part), wanted, atol=2e-5, rtol=1e-4)
        torch.testing.assert_close(found[layer].pattern, plain.pattern[layer], atol=2e-5, rtol=1e-4)


@EACH
@pytest.mark.parametrize("way", Projection)
def test_what_is_read(name, folder, way):
    """The argmax over the whole vocabulary of the vector, its way out and the unembedding, each written out."""
    plain = noted(ZOO[name], folder(name), IDS)
    model = Model(catalogue.boot(str(folder(name)), preparation="none"))
    sequence = tuple(IDS[0, 1:].tolist())
    entries = compared = 0
    for layer in range(N_LAYERS):
        for head in range(N_HEADS):
            for component in COMPONENTS:
                if not way.defined_for(component):
                    continue
                reading = model.head(f"{layer}.{head}", projection=way.value)(sequence)[component]
                scores = _behind_bos(plain.vectors(component, layer, head), component) @ _out(
                    plain, way, component, layer, head
                ) @ plain.W_U  # fmt: skip
                safe = ~reading.near_ties
                assert (scores.argmax(1).numpy()[safe] == reading.tokens[safe]).all()
                entries, compared = entries + len(safe), compared + int(safe.sum())
    assert compared > 0.9 * entries > 150


def _behind_bos(vectors, component):
    """What is left of a sequence's vectors without those of its BOS."""
    if component != "qk":
        return vectors[1:]
    pairs = [(i, j) for i in range(IDS.shape[1]) for j in range(i + 1)]
    return vectors[[place for place, (_, j) in enumerate(pairs) if j]]


def _out(plain, way, component, layer, head):
    if way is Projection.SEED:
        return plain.W("v", layer, head).T * plain.W_O(layer, head).sum(0)
    if way is Projection.CIRCUIT and component in "qk":
        return plain.W("k" if component == "q" else "q", layer, head).T
    return plain.W_O(layer, head)


@EACH
def test_what_preparation_must_not_change(name, folder):
    """What a head writes to the residual stream stays, up to a constant over the model's dimensions."""
    bare, prepared = (catalogue.boot(str(folder(name)), preparation=kind) for kind in ("none", "default"))
    for layer in range(N_LAYERS):
        for head in range(N_HEADS):
            before, after = (
                made.activations(IDS, [layer])[layer].z[:, :, head] @ made.W_O(layer, head) for made in (bare, prepared)
            )
            if prepared.preparation.center_writing_weights:
                before, after = (written - written.mean(-1, keepdim=True) for written in (before, after))
            gap = after - before
            shift = (gap - gap[:1, :1]).abs().max()  # a bias of v may have moved into the layer's own
            assert shift < 1e-3 * before.abs().max()


@pytest.mark.parametrize(
    "name",
    [
        name if name in ("GPT-2", "Gemma 2", "Gemma 3") else pytest.param(name, marks=pytest.mark.thorough)
        for name in ZOO
    ],
)
def test_the_controls_hold(name, folder, tmp_path, unexhibited):
    from harness.laws.book import shipped
    from harness.runs.request import Request
    from harness.sweeps.plan import SweepOrder
    from harness.sweeps.sweep import sweep
    from harness.trials.profile import Profile

    profile = Profile(search=20, census=60, first=16, nulls=0)
    request = Request(model=str(folder(name)), heads=("0.1", "1.2"), profile=profile)
    done = sweep(SweepOrder(request, shipped() / "controls.py"), tmp_path / "store.db", report=tmp_path / "report")
    assert done.session.controls == "right", [cell.message or cell.node for cell in done.session.cells if cell.wrong]
    assert not done.errors


def test_a_reading_of_each_in_float64(folder):
    for name in ZOO:
        model = Model(catalogue.boot(str(folder(name))))
        sequence = (5, 9, 5, 31)
        for component in COMPONENTS:
            here, there = (found.read([sequence], Address(1, 2), component)[0] for found in (model, model.in_float64))
            safe = ~here.near_ties
            assert (here.tokens[safe] == there.tokens[safe]).all(), name
            assert max(here.tokens) < VOCAB
