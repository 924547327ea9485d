"""How many positions go through a network together."""

from dataclasses import replace
from types import SimpleNamespace

import pytest
import torch

from harness.models import memory_limits
from harness.readings.batch_size import FEW, ON_A_CORE, positions_at_once


def backbone(specimen, **changed):
    of = {"alike_in_company": True, "device": torch.device("cpu"), "shape": specimen.backbone.shape}
    return SimpleNamespace(**of | changed)


def test_on_a_core_there_are_as_many_as_its_cache_holds(specimen):
    assert positions_at_once(backbone(specimen)) == ON_A_CORE


def test_where_bits_depend_on_the_company_the_number_stays_what_it_was(specimen):
    assert positions_at_once(backbone(specimen, alike_in_company=False)) == FEW


def test_little_memory_and_wide_networks_take_fewer_and_never_fewer_than_a_controls(specimen, monkeypatch):
    wide = replace(specimen.backbone.shape, d_model=8192, n_heads=64, d_head=128)
    found = []
    for memory in (64 << 30, 8 << 30, 5 << 30, 3 << 30, 1 << 20):
        monkeypatch.setattr(memory_limits, "limit", lambda memory=memory: memory)
        found.append(positions_at_once(backbone(specimen, shape=wide)))
    assert found == sorted(found, reverse=True)
    assert (found[0], found[-1]) == (ON_A_CORE, FEW)
    assert len({*found}) > 2


def test_a_device_takes_what_is_free_on_it(specimen, monkeypatch):
    monkeypatch.setattr(torch.cuda, "mem_get_info", lambda _device: (1 << 30, 80 << 30), raising=False)
    some = positions_at_once(backbone(specimen, device=torch.device("cuda"), alike_in_company=False))
    monkeypatch.setattr(torch.cuda, "mem_get_info", lambda _device: (40 << 30, 80 << 30), raising=False)
    assert FEW < some < positions_at_once(backbone(specimen, device=torch.device("cuda")))


def test_a_control_has_batches_of_its_own(specimen):
    before = specimen.source.runs.most
    specimen.source.runs.most = ON_A_CORE
    with specimen.as_for_a_control():
        assert specimen.source.runs.most == FEW
    assert specimen.source.runs.most == ON_A_CORE
    specimen.source.runs.most = before


@pytest.mark.real
def test_no_bit_depends_on_how_many_go_together(smollm2):
    assert smollm2.backbone.alike_in_company
    assert smollm2.backbone.in_float64().alike_in_company
    words = smollm2.lexicon.words
    sequences = [tuple(words[start : start + 8 + start % 17]) for start in range(0, 400, 11)]

    def made(most):
        source = type(smollm2.source)(smollm2.backbone)
        source.runs.most = most
        return source.of(sequences, 7, bos=True)

    for few, many in zip(made(FEW), made(4 * ON_A_CORE), strict=True):
        for part in ("q", "k", "v", "z", "pattern"):
            assert torch.equal(getattr(few, part), getattr(many, part))
