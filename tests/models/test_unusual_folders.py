"""Folders as people have them: holes in the vocabulary, an adapter beside the base, a model of several parts."""

import json
import shutil
from pathlib import Path

import pytest
import torch
import transformers
from safetensors.torch import load_file, save_file

from harness.errors import ModelError
from harness.models import catalogue
from harness.models.sources import hub
from harness.models.vocabulary import Tokenizer
from harness.readings.loading import load_model
from tests.support.tokenizers_by_hand import save_tokenizer

pytestmark = pytest.mark.slow

HOLES = {"<unk>": 0, **{f"w{i}": i for i in range(1, 30)}, **{f"x{i}": i for i in range(35, 48)}}
"""Ids 30 to 34 are nobody's, as 200000 to 200017 are in o200k; the model has rows for them, and for 48 and 49."""


@pytest.fixture
def tiny(tiny_llama: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(tiny_llama, tmp_path / "model"))


def edit(folder: Path, **settings: object) -> None:
    file = folder / "config.json"
    file.write_text(json.dumps({**json.loads(file.read_text()), **settings}))


def test_a_hole_in_the_vocabulary_is_shown_by_its_id(tiny: Path) -> None:
    save_tokenizer(tiny, HOLES)
    model = load_model(str(tiny))
    shown = [model.backbone.token(id) for id in (29, 30, 34, 35, 47, 48, 49, 50, -1)]
    assert shown == ["w29", "<30>", "<34>", "x35", "x47", "<48>", "<49>", "<50>", "<-1>"]
    assert model.encode("w29 x47") == (29, 47)
    assert {30, 34, 48} <= {*model.lexicon.words}, "the model has an entry for them, so a head may say them"
    reading = model.head("0.0").component("qk")((5, 30, 34, 47, 49))
    assert all(isinstance(text, str) for text in model.text(reading.tokens))


def test_a_token_behind_a_hole_that_was_added_later_is_known(tiny: Path) -> None:
    save_tokenizer(tiny, HOLES)
    tokenizer = transformers.AutoTokenizer.from_pretrained(tiny)
    assert max(tokenizer.get_vocab().values()) == 47
    tokenizer.add_special_tokens({"additional_special_tokens": ["<sep>"]})
    (added,) = [id for id, token in tokenizer.added_tokens_decoder.items() if token.content == "<sep>"]
    words = Tokenizer(tokenizer, vocab=64, config_bos=None)
    assert (words.token(added), added in words.special) == ("<sep>", True)


@pytest.mark.parametrize("with_tokenizer", [False, True])
@pytest.mark.parametrize(("bos", "taken"), [(-1, None), (50, None), (None, None), (7, 7)])
def test_a_bos_that_is_no_id_is_none(tiny: Path, bos: object, taken: int | None, with_tokenizer: bool) -> None:
    if with_tokenizer:
        save_tokenizer(tiny, HOLES)
    edit(tiny, bos_token_id=bos)
    model = load_model(str(tiny))
    assert model.backbone.bos == taken
    assert len(model.head("0.0").component("z")((5, 9, 5)).tokens) == 3


def adapter(folder: Path, **settings: object) -> None:
    """Put a LoRA adapter into a folder."""
    said = {"peft_type": "LORA", "r": 4, "base_model_name_or_path": "org/base", **settings}
    (folder / "adapter_config.json").write_text(json.dumps(said))
    part = "base_model.model.model.layers.0.self_attn.q_proj"
    weights = {f"{part}.lora_A.weight": torch.ones(4, 32), f"{part}.lora_B.weight": torch.ones(32, 4)}
    save_file(weights, folder / "adapter_model.safetensors")


def refusal(folder: Path) -> str:
    """What is said of a folder, whoever asks: in one line, and before anything is loaded."""
    said = []
    for ask in (catalogue.outline, catalogue.boot):
        with pytest.raises(ModelError) as caught:
            ask(str(folder))
        said.append(str(caught.value))
    assert said[0] == said[1]
    assert "\n" not in said[0]
    return said[0]


def test_an_adapter_beside_the_base_is_not_ignored(tiny: Path) -> None:
    adapter(tiny)
    said = refusal(tiny)
    assert "an adapter (LORA, adapter_config.json) lies beside the base's weights and would be ignored" in said
    assert "merge_and_unload().save_pretrained(OUT), base being org/base" in said
    for file in tiny.glob("adapter_*"):
        file.unlink()
    assert catalogue.boot(str(tiny)).bos is not None


def test_an_adapter_beside_pickles_is_not_ignored_either(tiny: Path) -> None:
    adapter(tiny)
    (tiny / "model.safetensors").rename(tiny / "pytorch_model.bin")
    assert "lies beside the base's weights" in refusal(tiny)


@pytest.mark.parametrize("content", ['{"peft_type": "IA3"}', "{", "[]"])
def test_an_adapter_alone_is_called_one(tmp_path: Path, content: str) -> None:
    adapter(tmp_path)
    (tmp_path / "adapter_config.json").write_text(content)
    said = refusal(tmp_path)
    assert f"only an adapter ({'IA3' if 'IA3' in content else 'LoRA'}, adapter_config.json)" in said
    assert "no config.json" not in said


@pytest.mark.parametrize("file", ["adapter_model.safetensors", "adapter_model.bin"])
def test_an_adapter_that_lost_its_configuration_is_not_ignored(tiny: Path, file: str) -> None:
    (tiny / file).write_bytes(b"")
    assert f"an adapter (LoRA, {file}) lies beside the base's weights and would be ignored" in refusal(tiny)


def test_an_adapter_in_a_folder_inside_is_mentioned(tiny: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """As `save_pretrained` leaves one that has a name: plain transformers reads the base alone."""
    catalogue.boot(str(tiny))
    assert capsys.readouterr().err == ""
    (tiny / "named").mkdir()
    adapter(tiny / "named")
    catalogue.boot(str(tiny))
    said = f"headlaws: {tiny}: only the base is read, without the adapter in 'named'; to read both, merge them"
    assert capsys.readouterr().err.startswith(said)


def test_an_adapter_in_a_folder_of_nothing_else_is_called_one(tmp_path: Path) -> None:
    (tmp_path / "named").mkdir()
    adapter(tmp_path / "named")
    assert refusal(tmp_path).startswith(
        f"--model '{tmp_path}': this is not a model, but has an adapter in 'named'; merge the adapter into"
    )


def rewrite(folder: Path, **weights: torch.Tensor) -> None:
    """Save a folder's weights with other ones among them."""
    file = folder / "model.safetensors"
    save_file({**load_file(file), **weights}, file, metadata={"format": "pt"})


def test_weights_that_the_model_has_no_place_for_are_mentioned_once(
    tiny: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """A bias that config.json does not know of; transformers ignores it, and says so where it may."""
    rewrite(tiny, **{"model.layers.0.self_attn.q_proj.bias": torch.ones(32)})
    catalogue.boot(str(tiny))
    assert capsys.readouterr().err == (
        f"headlaws: {tiny}: ignoring 1 weight in its files (such as model.layers.0.self_attn.q_proj.bias) that the "
        "configured model does not have.\n"
    )


def test_weights_of_another_shape_are_named(tiny: Path) -> None:
    rewrite(tiny, **{"model.layers.0.self_attn.q_proj.weight": torch.ones(16, 32)})
    with pytest.raises(ModelError) as caught:
        catalogue.boot(str(tiny))
    assert str(caught.value) == (
        f"--model '{tiny}': its files lack 1 weight of the model, or have them in another shape "
        "(such as model.layers.0.self_attn.q_proj.weight); save it again with save_pretrained."
    )


def test_an_assertion_that_says_nothing_is_quoted(tmp_path: Path) -> None:
    sizes = {"hidden_size": 32, "num_hidden_layers": 1, "num_attention_heads": 4, "intermediate_size": 48}
    config = transformers.GPTNeoXConfig(**sizes, vocab_size=50, attention_bias=False)
    transformers.GPTNeoXForCausalLM(config).save_pretrained(tmp_path)
    with pytest.raises(
        ModelError, match=r"\(AssertionError: assert isinstance\(qkv_bias, torch.Tensor\)\); give a causal"
    ):
        catalogue.boot(str(tmp_path))


def test_adapters_of_a_hub_are_fetched_so_that_they_are_seen() -> None:
    assert "adapter_config.json" in hub._WANTED


def test_a_multimodal_folder_is_called_one_and_what_it_says_to_do_works(tmp_path: Path) -> None:
    """Sizes lie under text_config, as in Gemma 3 4b; its text model, saved as the message says, can be read."""
    sizes = {"num_hidden_layers": 2, "num_attention_heads": 4, "num_key_value_heads": 2, "head_dim": 8}
    text = {"vocab_size": 97, "hidden_size": 32, "intermediate_size": 48, "max_position_embeddings": 64, **sizes}
    sight = {"hidden_size": 16, "num_hidden_layers": 1, "num_attention_heads": 2, "intermediate_size": 16}
    config = transformers.Gemma3Config(
        text_config=text, vision_config={**sight, "image_size": 28, "patch_size": 14}, mm_tokens_per_image=4
    )
    whole = transformers.Gemma3ForConditionalGeneration(config)
    whole.save_pretrained(tmp_path / "whole")
    said = refusal(tmp_path / "whole")
    assert said.startswith(f"--model '{tmp_path / 'whole'}': multimodal (gemma3: ")
    assert "text_config" in said
    assert "vision_config" in said
    recipe = said.partition("save its own: ")[2].partition("; and give OUT")[0]
    names = {name: getattr(transformers, name) for name in ("AutoModelForImageTextToText", "AutoModelForCausalLM")}
    exec(recipe, {**names, "OUT": tmp_path / "text"})
    model = load_model(str(tmp_path / "text"), preparation="none")
    torch.testing.assert_close(model.backbone.W_U.T, whole.lm_head.weight.detach())
    assert len(model.head("1.3").component("z")((5, 9, 5)).tokens) == 3


def test_a_folder_that_says_no_sizes_at_all_is_still_told_so(tiny: Path) -> None:
    config = json.loads((tiny / "config.json").read_text())
    del config["num_hidden_layers"]
    (tiny / "config.json").write_text(json.dumps(config))
    with pytest.raises(ModelError, match="does not say how many layers and heads it has"):
        catalogue.outline(str(tiny))
