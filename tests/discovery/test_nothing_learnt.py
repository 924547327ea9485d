"""A model that has learnt nothing, screened as if it were trained: hardly a law of it stands out."""

import os
import shutil

import pytest

from harness.discovery.discover import discover
from harness.discovery.outcome import Wanted
from harness.laws.book import shipped
from harness.models.nulls.null_weights import save_random
from harness.models.sources.smollm2 import converted
from harness.runs.request import Request
from harness.trials.profile import Profile

HEADS = tuple(os.environ.get("HEADLAWS_HEADS", "0.0 0.4 7.2 7.5 14.1 14.8").split())


@pytest.fixture(scope="module")
def unlearnt(smollm2, tmp_path_factory):
    """The default model's architecture and tokenizer, with weights that were never trained."""
    assert smollm2 is not None, "so that its files are there"
    folder = tmp_path_factory.mktemp("unlearnt")
    with converted() as source:
        save_random(source, folder, seed=5)
        for name in ("tokenizer.json", "tokenizer_config.json"):
            shutil.copy(source / name, folder / name)
    return folder


@pytest.mark.real
@pytest.mark.thorough
def test_of_a_model_that_has_learnt_nothing_no_law_stands_out(unlearnt, tmp_path):
    request = Request(model=str(unlearnt), heads=HEADS, profile=Profile(seed=0))
    wanted = Wanted(request, shipped(), tmp_path, tmp_path / "store.db", most=40, in_all=240)
    found = discover(wanted, told=print)
    print(found.funnel.steps)
    print([(one.cell.node, one.cell.degree, one.stands_out) for one in found.laws])
    assert found.funnel.looked_at > 10_000
    assert found.funnel.obeyed > 1_000, "a model without training obeys much"
    assert not [one.cell.node for one in found.laws if one.stands]
