"""The seed's format, against the notebook's formula computed directly, and its figures where gpt2 is at hand."""

import numpy as np
import pandas as pd
import pytest
import torch
from click.testing import CliRunner

from harness.cli import headlaws
from harness.errors import HeadlawsError, ModelError
from harness.readings.loading import load_model

NAMES = ["layer", "head", "Input token", "attn", "hp", "q", "k", "v"]


def ask(out, *more):
    arguments = ["dataset", "--format", "seed", "--source", "random", "--projection", "seed", "--out", str(out)]
    return CliRunner().invoke(headlaws, [*arguments, *more], catch_exceptions=False)


@pytest.fixture(scope="module")
def made(tiny_gpt2, tmp_path_factory):
    out = tmp_path_factory.mktemp("seed") / "attn.csv"
    options = ("--model", str(tiny_gpt2), "--preparation", "seed", "--prompts", "3", "--length", "7")
    assert ask(out, *options).exit_code == 0
    return pd.read_csv(out, index_col=0), load_model(str(tiny_gpt2), preparation="seed")


def notebook(bridge, ids, layer, head):
    """The notebook's way, slowly: every vector by itself, `(c @ W_V.T) * W_O.sum(0)`, the whole vocabulary."""
    _logits, cache = bridge.run_with_cache(torch.tensor([ids]))
    q, k, v = (cache[f"blocks.{layer}.attn.hook_{part}"][0, :, head] for part in "qkv")
    pattern = cache[f"blocks.{layer}.attn.hook_pattern"][0, head]
    W_V, W_O = bridge.W_V[layer, head], bridge.W_O[layer, head]

    def token(c):
        return int((((c @ W_V.T) * W_O.sum(0)) @ bridge.W_U + bridge.b_U).argmax())

    for i in range(len(ids)):
        for j in range(len(ids)):
            if j > i:
                yield [-1] * 8
            else:
                yield [
                    layer,
                    head,
                    ids[i],
                    float(pattern[i, j]),
                    token(q[i] * k[j]),
                    token(q[i]),
                    token(k[j]),
                    token(v[j]),
                ]


def test_the_columns_are_the_notebooks_and_the_masked_half_is_minus_one(made):
    table, _model = made
    assert list(table.columns) == NAMES
    assert len(table) == 3 * 4 * 3 * 7 * 7
    assert (table.loc[1] == -1).all(), "query 0 does not see key 1"
    assert (table[table.layer == -1] == -1).all().all()
    assert (table.layer >= 0).sum() == 3 * 4 * 3 * 28
    assert table.attn[0] == pytest.approx(1)


def test_every_row_is_what_the_notebooks_formula_gives(made):
    table, model = made
    square = table.to_numpy().reshape(12, 3, 49, 8)
    prompts = [[int(square[0, p, i * 7 + i, 2]) for i in range(7)] for p in range(3)]
    assert {ids[0] for ids in prompts} == {model.backbone.bos}
    for layer in range(3):
        for head in range(4):
            for prompt, ids in enumerate(prompts):
                expected = np.array(list(notebook(model.backbone.bridge, ids, layer, head)))
                found = square[layer * 4 + head, prompt]
                np.testing.assert_allclose(found[:, 3], expected[:, 3], atol=1e-6)
                assert (np.delete(found, 3, axis=1) == np.delete(expected, 3, axis=1)).all(), (layer, head, prompt)


def test_another_projection_reads_other_tokens(made, tiny_gpt2, tmp_path):
    table, _model = made
    options = (
        "--model",
        str(tiny_gpt2),
        "--preparation",
        "seed",
        "--prompts",
        "3",
        "--length",
        "7",
        "--projection",
        "output",
    )
    assert ask(tmp_path / "o.csv", *options).exit_code == 0
    other = pd.read_csv(tmp_path / "o.csv", index_col=0)
    assert (other["Input token"] == table["Input token"]).all()
    assert (other.hp != table.hp).any()


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (("--out", "x.parquet"), "--format seed writes CSV"),
        (("--projection", "circuit"), "not defined for component qk"),
        (("--no-bos",), "has BOS as its first position"),
        (("--length", "1"), "give 2 or more"),
    ],
)
def test_what_the_format_has_not_is_refused(tiny_gpt2, tmp_path, options, said):
    with pytest.raises(HeadlawsError, match=said):
        ask(tmp_path / "x.csv", "--model", str(tiny_gpt2), *options)


@pytest.mark.real
def test_the_notebooks_figures_of_gpt2():
    try:
        model = load_model("gpt2", preparation="seed")
    except ModelError as error:
        pytest.skip(f"gpt2's weights are not at hand: {error}")
    bos = model.backbone.bos
    first = model.head("0.0", projection="seed", bos=False)((bos, 464))
    assert [first.qk.rows[0][0], first.q.tokens[0], first.k.tokens[0], first.v.tokens[0]] == [262, 11, 11, 262]
    ids = (bos, *([32013] * 30))
    last = model.head("11.11", projection="seed", bos=False)(ids)
    assert last.qk.rows[30][26:] == (2887,) * 5
    assert last.q.tokens[30] == 47698
    assert last.k.tokens[26:].tolist() == [43617] * 5
    assert last.v.tokens[26:].tolist() == [2887] * 5
    pattern = list(notebook(model.backbone.bridge, list(ids), 11, 11))[30 * 31 + 26 :]
    assert [row[3] for row in pattern] == pytest.approx([0.001909, 0.001874, 0.001837, 0.001809, 0.001803], abs=2e-6)
