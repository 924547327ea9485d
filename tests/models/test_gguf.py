"""A GGUF file is a model like any other; one that is damaged is refused in one line."""

from pathlib import Path

import gguf
import pytest
import torch
from transformers import AutoModelForCausalLM

from harness.errors import ModelError
from harness.models import bridge, catalogue

LAYERS, HEADS, GROUPS, WIDTH = 3, 4, 2, 32
NAMES = {
    "input_layernorm": "attn_norm",
    "self_attn.q_proj": "attn_q",
    "self_attn.k_proj": "attn_k",
    "self_attn.v_proj": "attn_v",
    "self_attn.o_proj": "attn_output",
    "post_attention_layernorm": "ffn_norm",
    "mlp.gate_proj": "ffn_gate",
    "mlp.up_proj": "ffn_up",
    "mlp.down_proj": "ffn_down",
}


def write(model: Path, file: Path, *, without: str = "") -> Path:
    """The tiny Llama as llama.cpp would have it: other names, and the halves of each q and k interleaved."""
    weights = AutoModelForCausalLM.from_pretrained(model, dtype=torch.float32).state_dict()
    writer = gguf.GGUFWriter(file, "llama")
    writer.add_block_count(LAYERS)
    writer.add_context_length(64)
    writer.add_embedding_length(WIDTH)
    writer.add_feed_forward_length(48)
    writer.add_head_count(HEADS)
    writer.add_head_count_kv(GROUPS)
    writer.add_layer_norm_rms_eps(1e-6)
    writer.add_rope_dimension_count(WIDTH // HEADS)
    writer.add_vocab_size(50)
    writer.add_tokenizer_model("gpt2")
    writer.add_token_list(["a", "b", "ab", *(f"w{number}" for number in range(3, 50))])
    writer.add_token_types([1] * 50)
    writer.add_token_merges(["a b"])
    writer.add_bos_token_id(49)
    writer.add_eos_token_id(49)

    def add(name: str, weight: torch.Tensor) -> None:
        if name != without:
            writer.add_tensor(name, weight.contiguous().numpy())

    add("token_embd.weight", weights["model.embed_tokens.weight"])
    add("output_norm.weight", weights["model.norm.weight"])
    for layer in range(LAYERS):
        for ours, theirs in NAMES.items():
            weight = weights[f"model.layers.{layer}.{ours}.weight"]
            heads = {"attn_q": HEADS, "attn_k": GROUPS}.get(theirs)
            if heads is not None:
                weight = weight.view(heads, 2, -1, WIDTH).transpose(1, 2).reshape(weight.shape)
            add(f"blk.{layer}.{theirs}.weight", weight)
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()
    return file


@pytest.fixture(autouse=True)
def cache_of_this_test(tmp_path, monkeypatch):
    monkeypatch.setenv("HEADLAWS_CACHE", str(tmp_path / "cache"))


@pytest.fixture
def file(tiny_llama, tmp_path):
    return write(tiny_llama, tmp_path / "tiny.gguf")


def test_it_is_the_model_that_was_written(file, tiny_llama, capsys):
    found, plain = catalogue.boot(str(file)), bridge.folder(tiny_llama, name="x")
    assert capsys.readouterr().err == "Turning tiny.gguf into safetensors, once.\n"
    assert (found.name, found.shape) == (str(file), plain.shape)
    assert found.W_U.equal(plain.W_U)
    for layer in range(LAYERS):
        for head in range(HEADS):
            for part in ("W_Q", "W_K", "W_V", "W_O"):
                assert getattr(found, part)(layer, head).equal(getattr(plain, part)(layer, head))
    assert found.encode("abba") == (2, 1, 0)
    catalogue.boot(str(file))
    assert capsys.readouterr().err == "", "turned once"


def test_its_size_is_known_without_the_command_being_told(file):
    assert catalogue.outline(str(file)) == catalogue.Outline(LAYERS, HEADS)


def test_another_file_of_the_same_name_is_another_model(file, tiny_llama, tmp_path):
    before = catalogue.boot(str(file)).fingerprint
    changed = bytearray(file.read_bytes())
    changed[-1] ^= 1
    file.write_bytes(bytes(changed))
    assert catalogue.boot(str(file)).fingerprint != before


def cut(file):
    file.write_bytes(file.read_bytes()[:-1000])


def in_the_middle_of_its_header(file):
    file.write_bytes(file.read_bytes()[:200])


def of_another_version(file):
    whole = bytearray(file.read_bytes())
    whole[4:8] = (99).to_bytes(4, "little")
    file.write_bytes(bytes(whole))


@pytest.mark.parametrize("damage", [cut, in_the_middle_of_its_header, of_another_version])
def test_a_damaged_one(file, damage, tmp_path):
    damage(file)
    with pytest.raises(ModelError, match="it cannot be loaded") as caught:
        catalogue.boot(str(file))
    assert str(caught.value).startswith(f"--model '{file}': ")
    assert "\n" not in str(caught.value)
    left = [path for path in (tmp_path / "cache").iterdir() if path.suffix != ".lock"]
    assert not left, "nothing half-made is kept"


def test_one_that_lacks_weights(tiny_llama, tmp_path):
    file = write(tiny_llama, tmp_path / "less.gguf", without="blk.1.attn_v.weight")
    with pytest.raises(
        ModelError, match=r"its files lack 1 weight of the model, .*such as model\.layers\.1\.self_attn\.v_proj"
    ):
        catalogue.boot(str(file))


def test_what_is_no_gguf(tmp_path):
    for name, content in (("a.gguf", b""), ("b.gguf", b"PK\3\4 something"), ("model.safetensors", b"\0" * 80)):
        (tmp_path / name).write_bytes(content)
        with pytest.raises(ModelError, match="this file is not GGUF"):
            catalogue.outline(str(tmp_path / name))
    with pytest.raises(ModelError, match="the file cannot be read"):
        catalogue.outline(str(tmp_path / "none.gguf"))
