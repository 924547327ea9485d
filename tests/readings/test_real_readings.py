"""The default model's attention tokens against the formula, `(c @ W_O) @ W_U`, argmax over the whole vocabulary."""

import pytest
import torch

from harness.records.address import COMPONENTS

HEADS = ("0.0", "0.8", "7.4", "15.2", "22.7", "29.3")

pytestmark = pytest.mark.real


@pytest.fixture(scope="module")
def sequences(smollm2):
    text = "When Mary and John went to the store, John gave a drink to Mary. The cat sat on the mat; the cat sat still."
    ids = smollm2.encode(text)
    return [ids[:16], ids[5:21], (28, 260, 28, 260, 28, 260, 28, 260), (1000,) * 12, tuple(range(20000, 20024))]


def direct(model, address, component, ids):
    """Scores of every entry, in float32, straight from the backbone's hooks and weights."""
    layer, head = (int(part) for part in address.split("."))
    backbone = model.backbone
    made = backbone.activations(torch.tensor([(backbone.bos, *ids)]), [layer])[layer]
    q, k, v, z = (part[0, 1:, head] for part in (made.q, made.k, made.v, made.z))
    if component == "qk":
        vectors = torch.stack([q[i] * k[j] for i in range(len(ids)) for j in range(i + 1)])
    else:
        vectors = {"q": q, "k": k, "v": v, "z": z}[component]
    scores = (vectors @ backbone.W_O(layer, head)) @ backbone.W_U
    return scores if backbone.b_U is None else scores + backbone.b_U


@pytest.mark.parametrize("component", COMPONENTS)
@pytest.mark.parametrize("address", HEADS)
def test_attention_tokens_are_the_argmax_over_the_whole_vocabulary(smollm2, sequences, address, component):
    compared = 0
    for ids in sequences:
        reading = smollm2.head(address).component(component)(ids)
        best, tokens = direct(smollm2, address, component, ids).topk(2, dim=1)
        certain = ~torch.from_numpy(reading.near_ties.copy())
        compared += int(certain.sum())
        assert torch.equal(torch.from_numpy(reading.tokens.copy())[certain], tokens[certain, 0])
        assert torch.allclose(
            torch.from_numpy(reading.margins.copy()).float(), best[:, 0] - best[:, 1], atol=1e-3, rtol=1e-3
        )
    assert compared > 0.95 * sum(len(ids) if component != "qk" else len(ids) * (len(ids) + 1) // 2 for ids in sequences)


def test_only_the_layers_up_to_the_heads_own_are_run(smollm2, sequences, monkeypatch):
    asked = []
    backbone = type(smollm2.backbone)
    before = backbone.activations
    monkeypatch.setattr(
        backbone,
        "activations",
        lambda self, ids, layers, lengths=None: asked.append(list(layers)) or before(self, ids, layers),
    )
    smollm2.head("7.4").component("v").afresh(sequences[0])
    assert asked == [[7]]
