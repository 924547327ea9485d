"""Folders that hold no usable model: one line each, before anything heavy is imported."""

import json
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from harness.errors import ModelError
from harness.models import bridge, catalogue
from harness.models.sources import folder


@pytest.fixture
def copied(tiny_llama: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(tiny_llama, tmp_path / "model"))


def cut(path: Path) -> None:
    file = path / "model.safetensors"
    file.write_bytes(file.read_bytes()[:-100])


def pickles_only(path: Path) -> None:
    (path / "model.safetensors").rename(path / "pytorch_model.bin")


def indexed(path: Path, names: dict[str, str]) -> None:
    (path / "model.safetensors").rename(path / "model-00001-of-00002.safetensors")
    (path / "model.safetensors.index.json").write_text(json.dumps({"weight_map": names}), encoding="utf-8")


@pytest.mark.parametrize(
    ("damage", "said"),
    [
        (
            lambda path: (path / "config.json").unlink(),
            "the folder has no config.json; give a folder made by save_pretrained",
        ),
        (lambda path: (path / "config.json").write_text("{"), "its config.json cannot be read"),
        (lambda path: (path / "config.json").write_text("[]"), "its config.json is not a JSON object"),
        (lambda path: (path / "model.safetensors").unlink(), "the folder has no model.safetensors"),
        (lambda path: (path / "model.safetensors").write_bytes(b""), "its model.safetensors is not a safetensors file"),
        (
            lambda path: (path / "model.safetensors").write_bytes(b"\xff" * 400),
            "its model.safetensors is not a safetensors file",
        ),
        (cut, "bytes; it was cut off or changed; copy it again"),
        (pickles_only, "its weights are pickles (*.bin), which can run code, so they are not opened"),
        (
            lambda path: indexed(path, {"a": "gone.safetensors"}),
            "gone.safetensors that its model.safetensors.index.json names",
        ),
        (lambda path: indexed(path, {}), "every file that its model.safetensors.index.json names is missing"),
    ],
)
def test_damaged_folders(copied: Path, damage: Callable[[Path], object], said: str) -> None:
    damage(copied)
    with pytest.raises(ModelError) as caught:
        catalogue.boot(str(copied))
    assert said in str(caught.value)
    assert str(caught.value).startswith(f"--model '{copied}': ")
    assert "\n" not in str(caught.value)


def test_no_such_folder(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match="the folder does not exist; give a folder made by save_pretrained, or a name"):
        catalogue.boot(str(tmp_path / "nothing"))


def test_weights_that_the_config_wants_and_the_file_lacks_are_not_made_up(copied: Path) -> None:
    config = json.loads((copied / "config.json").read_text(encoding="utf-8"))
    (copied / "config.json").write_text(json.dumps({**config, "num_hidden_layers": 4}), encoding="utf-8")
    with pytest.raises(ModelError, match=r"its files lack 9 weights of the model, .*such as model\.layers\.3"):
        catalogue.boot(str(copied))


def test_an_architecture_that_is_unknown(copied: Path) -> None:
    config = json.loads((copied / "config.json").read_text(encoding="utf-8"))
    (copied / "config.json").write_text(json.dumps({**config, "model_type": "no_such_type"}), encoding="utf-8")
    with pytest.raises(ModelError, match="it cannot be loaded") as caught:
        catalogue.boot(str(copied))
    assert "\n" not in str(caught.value)


def test_code_in_a_folder_is_not_run(copied: Path, tmp_path: Path) -> None:
    config = json.loads((copied / "config.json").read_text(encoding="utf-8"))
    config |= {"model_type": "evil", "auto_map": {"AutoConfig": "evil.Evil", "AutoModelForCausalLM": "evil.Evil"}}
    (copied / "config.json").write_text(json.dumps(config), encoding="utf-8")
    (copied / "evil.py").write_text(f"open({str(tmp_path / 'ran')!r}, 'w')", encoding="utf-8")
    with pytest.raises(ModelError, match="it cannot be loaded"):
        catalogue.boot(str(copied))
    assert not (tmp_path / "ran").exists()


def test_sharded_weights(tiny_gpt2: Path, tmp_path: Path) -> None:
    from transformers import AutoModelForCausalLM

    AutoModelForCausalLM.from_pretrained(tiny_gpt2).save_pretrained(tmp_path / "sharded", max_shard_size="20KB")
    assert len(folder.weight_files(tmp_path / "sharded")) > 1
    whole, sharded = bridge.folder(tiny_gpt2, name="x"), catalogue.boot(str(tmp_path / "sharded"))
    assert whole.W_O(1, 1).equal(sharded.W_O(1, 1))
    assert whole.weights_sha256 != sharded.weights_sha256, "other files, although the same numbers"


def test_sizes_from_the_config(tiny_gpt2: Path, tiny_llama: Path, copied: Path) -> None:
    assert folder.sizes(tiny_gpt2) == folder.sizes(tiny_llama) == (3, 4)
    (copied / "config.json").write_text("{}", encoding="utf-8")
    with pytest.raises(ModelError, match="does not say how many layers and heads it has"):
        folder.sizes(copied)


@pytest.mark.parametrize("name", ["./x", "/x", "~/x", "../x", "a/b/c", "."])
def test_names_that_mean_a_folder(name: str) -> None:
    assert folder.looks_like_folder(name)


@pytest.mark.parametrize("name", ["gpt2", "org/model", "nope"])
def test_names_that_mean_a_hub(name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert not folder.looks_like_folder(name)
    (tmp_path / name).mkdir(parents=True)
    assert folder.looks_like_folder(name)
