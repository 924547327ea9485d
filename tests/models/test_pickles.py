"""Pickles are opened when that is allowed, and only as what holds tensors."""

import os
import pickle
import shutil
import sys
from pathlib import Path

import pytest
import torch
from transformers import AutoModelForCausalLM

from harness.cli import main
from harness.errors import ModelError
from harness.models import bridge, catalogue, model_source
from tests.support.tokenizers_by_hand import save_tokenizer


@pytest.fixture(autouse=True)
def cache_of_this_test(tmp_path, monkeypatch):
    monkeypatch.setenv("HEADLAWS_CACHE", str(tmp_path / "cache"))


@pytest.fixture
def pickled(tiny_llama, tmp_path):
    path = Path(shutil.copytree(tiny_llama, tmp_path / "model"))
    weights = AutoModelForCausalLM.from_pretrained(path, dtype=torch.float32).state_dict()
    torch.save(weights, path / "pytorch_model.bin")
    (path / "model.safetensors").unlink()
    return path


def test_refused_until_allowed_and_then_the_same_weights(pickled, tiny_llama, capsys):
    for ask in (catalogue.boot, catalogue.outline):
        with pytest.raises(
            ModelError, match=r"its weights are pickles \(\*\.bin\), .* or write --allow-pickle if you trust"
        ):
            ask(str(pickled))
    assert model_source.chosen(str(pickled), allow_pickle=True) == str(pickled)
    assert "Pickles can run code, so allow only those of people you trust" in capsys.readouterr().err
    found, whole = catalogue.boot(str(pickled)), bridge.folder(tiny_llama, name="x")
    assert found.W_U.equal(whole.W_U)
    assert found.W_Q(2, 3).equal(whole.W_Q(2, 3))
    assert catalogue.outline(str(pickled)) == catalogue.Outline(3, 4)


def test_what_was_allowed_is_those_bytes_alone(pickled):
    model_source.chosen(str(pickled), allow_pickle=True)
    torch.save(torch.load(pickled / "pytorch_model.bin") | {"more": torch.zeros(1)}, pickled / "pytorch_model.bin")
    with pytest.raises(ModelError, match="its weights are pickles"):
        catalogue.boot(str(pickled))


def test_what_was_kept_has_the_tokenizer_that_it_was_kept_with(pickled):
    save_tokenizer(pickled, {"<unk>": 0, "seven": 7})
    model_source.chosen(str(pickled), allow_pickle=True)
    assert catalogue.boot(str(pickled)).token(7) == "seven"
    save_tokenizer(pickled, {"<unk>": 0, "sieben": 7})
    with pytest.raises(ModelError, match="its weights are pickles"):
        catalogue.boot(str(pickled))
    model_source.chosen(str(pickled), allow_pickle=True)
    assert catalogue.boot(str(pickled)).token(7) == "sieben"


class Evil:
    def __init__(self, mark):
        self.mark = mark

    def __reduce__(self):
        return os.system, (f"touch {self.mark}",)


def test_code_in_a_pickle_is_not_run_even_then(pickled, tmp_path):
    mark = tmp_path / "ran"
    torch.save({"model.norm.weight": Evil(mark)}, pickled / "pytorch_model.bin")
    with pytest.raises(ModelError, match="its pickles cannot be used") as caught:
        model_source.chosen(str(pickled), allow_pickle=True)
    assert "\n" not in str(caught.value)
    (pickled / "pytorch_model.bin").write_bytes(pickle.dumps(Evil(mark)))
    with pytest.raises(ModelError, match="its pickles cannot be used"):
        model_source.chosen(str(pickled), allow_pickle=True)
    assert not mark.exists()
    pickle.loads(pickle.dumps(Evil(mark)))
    assert mark.exists(), "it would have"


def test_from_the_command_line(pickled, capsys, monkeypatch):
    command = ["headlaws", "read", "--model", str(pickled), "--head", "0.0", "--component", "z", "--ids", "5,9,5"]
    for more, code in (([], 4), (["--allow-pickle"], 0), ([], 0)):
        monkeypatch.setattr(sys, "argv", [*command, *more])
        with pytest.raises(SystemExit) as left:
            main()
        assert left.value.code == code, capsys.readouterr().err


def test_allowed_where_there_are_none(tiny_llama):
    assert model_source.chosen(str(tiny_llama), allow_pickle=True) == str(tiny_llama)
    with pytest.raises(
        ModelError, match="--allow-pickle with --model 'specimen': this model has no pickles; leave it out"
    ):
        model_source.chosen("specimen", allow_pickle=True)
