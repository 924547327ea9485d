"""Theorems by exhaustion: tables against rules and fresh readings, near-ties by construction, and what is refused."""

import json
from random import Random

import numpy as np
import pytest
import torch
import transformers
from rich.cells import cell_len

from harness import load_model
from harness.cli.prove import lines
from harness.discovery.proving import Wanted, prove
from harness.discovery.token_classes import classes, kinds
from harness.errors import ModelError
from harness.laws.book import shipped
from harness.models.specimens.hand_built import BEHAVIOURS, ROTARY_BEHAVIOURS, expected
from harness.models.specimens.specimen_vocabulary import CONSONANT, LETTERS, VOCABULARY, VOWEL
from harness.readings.exhaustion import arranged, tables
from harness.readings.projection import Projection
from harness.readings.token_setting import Setting, entering
from harness.records.address import Address
from harness.runs.request import Request
from reports.pages.token_classes import page

ANYWHERE = Setting()
IDS = range(len(VOCABULARY))


@pytest.fixture(scope="module")
def rotary():
    return load_model("specimen-rotary")


def read(model, parts, setting, *, bos=True):
    some = [(Address(*map(int, head.split("."))), component) for head, component in parts]
    found = dict(tables(model, some, setting, way=Projection.OUTPUT, bos=bos))
    return {(str(address), component): table for (address, component), table in found.items()}


def agrees_with_fresh_readings(model, head, component, table, *, number=100, length=24):
    """Whether random sequences read as the table says, near-ties on either side left out; and how much was compared."""
    random = Random(1)
    sequences = [tuple(random.choices(range(len(table.tokens)), k=random.randint(1, length))) for _ in range(number)]
    reader = model.component(Address(*map(int, head.split("."))), component)
    compared = 0
    for ids, reading in zip(sequences, reader.read(sequences), strict=True):
        near = reading.near_ties | table.near_ties[list(ids)]
        assert ((reading.tokens == table.tokens[list(ids)]) | near).all(), ids
        compared += int((~near).sum())
    return compared


# tables against rules


@pytest.mark.parametrize("bos", [True, False])
def test_values_of_the_rotary_specimen_are_those_of_the_rules_for_every_id(rotary, bos):
    heads = [one.head for one in ROTARY_BEHAVIOURS if one.head.startswith("0.")]
    found = read(rotary, [(head, "v") for head in heads], ANYWHERE, bos=bos)
    for head in heads:
        table = found[head, "v"]
        assert table.tokens.tolist() == [expected(head, "v", (1, id), of=ROTARY_BEHAVIOURS)[-1] for id in IDS]
        assert table.apart is not None
        assert table.apart <= 1e-6
        assert not table.near_ties.any()


@pytest.mark.slow
@pytest.mark.parametrize("place", [0, 3, 61])
def test_at_a_place_the_absolute_specimen_reads_by_its_rules(specimen, place):
    parts = [(one.head, component) for one in BEHAVIOURS if one.head < "1" for component in ("q", "k", "v")]
    found = read(specimen, parts, Setting(place=place))
    for head, component in parts:
        said = [expected(head, component, (2,) * place + (id,))[-1] for id in IDS]
        assert found[head, component].tokens.tolist() == said, (head, component)


@pytest.mark.parametrize("context", [(), (1, 2, 1), (5, 5, 7, 2, 5)])
def test_behind_a_context_every_head_reads_by_its_rules(rotary, context):
    parts = [(one.head, component) for one in ROTARY_BEHAVIOURS for component in ("q", "k", "v", "z")]
    found = read(rotary, parts, Setting(context=context))
    for head, component in parts:
        said = [expected(head, component, (*context, id), of=ROTARY_BEHAVIOURS)[-1] for id in IDS]
        assert found[head, component].tokens.tolist() == said, (head, component)
        assert found[head, component].apart is None


def test_classes_are_those_of_the_rule_and_hold_every_token_once(rotary):
    table = read(rotary, [("0.2", "v")], ANYWHERE)["0.2", "v"]
    found = classes(table, np.array(LETTERS))
    assert [(one.token, len(one.members)) for one in found] == [(CONSONANT, 21), (VOWEL, 5)]
    assert [VOCABULARY[id] for id in found[1].members] == list("aeiou")
    assert sorted(id for one in found for id in one.members) == list(LETTERS)


def test_every_id_is_read_at_two_places_and_in_other_company(rotary):
    first, second = arranged(rotary, ANYWHERE, bos=True)
    at = [{id: place for row in one.rows.tolist() for place, id in enumerate(row)} for one in (first, second)]
    assert set(at[0]) == set(at[1]) == set(IDS)
    for one, known in zip((first, second), at, strict=True):  # an id that comes twice has one place
        assert all(known[id] == place for row in one.rows.tolist() for place, id in enumerate(row))
    assert all(at[0][id] != at[1][id] for id in IDS)
    before = [
        {id: tuple(row[:place]) for row in one.rows.tolist() for place, id in enumerate(row)} for one in (first, second)
    ]
    assert all(before[0][id] != before[1][id] for id in IDS)


# other models


@pytest.fixture(scope="session")
def tiny_bloom(saved_at_random):
    """A model without places in the residual stream: they are added to the scores."""
    config = transformers.BloomConfig(
        vocab_size=50, hidden_size=32, n_layer=2, n_head=4, bos_token_id=0, eos_token_id=0, pad_token_id=0,
        seq_length=64,
    )  # fmt: skip
    return saved_at_random(transformers.BloomForCausalLM, config, "bloom")


@pytest.mark.parametrize("name", ["tiny_llama", "tiny_bloom"])
def test_fresh_sequences_read_as_the_table_says(request, name):
    model = load_model(str(request.getfixturevalue(name)))
    assert entering(model, bos=True)
    heads = ["0.0", "0.3"]
    found = read(model, [(head, "v") for head in heads], ANYWHERE)
    for head in heads:
        assert agrees_with_fresh_readings(model, head, "v", found[head, "v"]) > 900
        assert len(set(found[head, "v"].tokens.tolist())) > 5


def test_at_a_place_fresh_contexts_read_as_the_table_says(tiny_gpt2):
    model = load_model(str(tiny_gpt2))
    place, random = 7, Random(2)
    for (head, component), table in read(
        model, [("0.1", "q"), ("0.1", "k"), ("0.2", "v")], Setting(place=place)
    ).items():
        reader = model.component(Address(*map(int, head.split("."))), component)
        sequences = [tuple(random.choices(range(50), k=12)) for _ in range(60)]
        for ids, reading in zip(sequences, reader.read(sequences), strict=True):
            near = reading.near_ties[place] or table.near_ties[ids[place]]
            assert near or reading.tokens[place] == table.tokens[ids[place]]


def test_places_that_enter_the_residual_stream_are_seen(specimen, tiny_gpt2):
    for model in (specimen, load_model(str(tiny_gpt2))):
        with pytest.raises(ModelError, match=r"place \d+ differs from place 0; give --place N"):
            entering(model, bos=True)


def test_vectors_that_are_not_equal_in_both_contexts_are_refused(tiny_gpt2):
    """What the architecture says is measured all the same: here by reading a model that `entering` refuses."""
    with pytest.raises(ModelError, match=r"v of 0\.1 in .*: the vectors of id \d+ differ by .* at two places"):
        read(load_model(str(tiny_gpt2)), [("0.1", "v")], ANYWHERE)


def test_a_component_that_depends_on_its_context_is_refused_at_a_place(tiny_llama):
    with pytest.raises(ModelError, match="behind two contexts"):
        read(load_model(str(tiny_llama)), [("1.0", "v")], Setting(place=4))


# near-ties by construction

TWINS, ECHOES = (3, 4), (7, 8)


@pytest.fixture(scope="module")
def twinned(tmp_path_factory):
    """A Llama in which two tokens have one embedding, and two have one row of the unembedding, which is the longest."""
    config = transformers.LlamaConfig(
        num_hidden_layers=1, num_attention_heads=4, num_key_value_heads=2, hidden_size=32, intermediate_size=48,
        vocab_size=50, max_position_embeddings=64, tie_word_embeddings=False,
    )  # fmt: skip
    with torch.random.fork_rng(devices=[]), torch.no_grad():
        torch.manual_seed(0)
        model = transformers.LlamaForCausalLM(config)
        embedding, unembedding = model.model.embed_tokens.weight, model.lm_head.weight
        embedding[TWINS[1]] = embedding[TWINS[0]]
        unembedding[ECHOES[0]] *= 20
        unembedding[ECHOES[1]] = unembedding[ECHOES[0]]
    folder = tmp_path_factory.mktemp("tied") / "twinned"
    model.save_pretrained(folder)
    return folder


def test_tokens_of_one_embedding_are_in_one_class_and_tied_readings_in_none(twinned):
    model = load_model(str(twinned))
    for head in ("0.0", "0.2"):
        table = read(model, [(head, "v")], ANYWHERE)[head, "v"]
        assert table.tokens[TWINS[0]] == table.tokens[TWINS[1]]
        tied = np.isin(table.tokens, ECHOES)
        assert 5 < tied.sum() < 45
        assert table.near_ties.tolist() == tied.tolist()
        assert set(table.runners_up[tied].tolist()) <= set(ECHOES)
        found = classes(table, np.arange(50))
        assert sorted(id for one in found for id in one.members) == np.flatnonzero(~tied).tolist()
        assert not {one.token for one in found} & set(ECHOES)
        assert agrees_with_fresh_readings(model, head, "v", table) > 400


def test_near_ties_of_coarse_numbers_are_settled_in_float64(twinned):
    coarse, fine = (
        read(load_model(str(twinned), dtype=dtype), [("0.0", "v")], ANYWHERE)["0.0", "v"]
        for dtype in ("bfloat16", "float64")
    )
    assert coarse.settled.any()
    assert not (coarse.settled & coarse.near_ties).any()
    assert np.isin(coarse.tokens[coarse.near_ties], ECHOES).all()
    assert (coarse.tokens == fine.tokens)[coarse.settled].mean() > 0.8, "weights are rounded"
    assert not fine.settled.any()


# what is written


def wanted(out, heads, components=("v",), *, model="specimen-rotary", **more):
    return Wanted(Request(model=model, heads=heads, components=components), shipped(), out, **more)


def test_what_is_written_says_what_is_proved_of_what(tmp_path):
    data = prove(wanted(tmp_path, ("0.1", "0.2")))
    assert data == json.loads((tmp_path / "classes.json").read_text(encoding="utf-8"))
    assert data["fingerprint"] == load_model("specimen-rotary").backbone.fingerprint
    assert data["kinds"] == {"tokens": 26, "special": len(VOCABULARY) - 26, "holes": 0}
    assert [one["name"] for one in data["tables"]] == ["v of 0.1", "v of 0.2"]
    assert [len(one["classes"]) for one in data["tables"]] == [26, 2]
    assert data["tables"][1]["claim"].startswith("In any context and at any place, a token exchanged")
    assert {one["id"] for one in data["tables"][0]["special"]} == set(IDS) - set(LETTERS)
    assert len(data["rests_on"]) == 2
    assert "a_prefix_does_not_change_the_reading_after_it" in {one["name"] for one in data["follows"]}
    data["tables"][0]["says"] = "漢字 " * 60
    told = lines(data, tmp_path, 80)
    assert max(map(cell_len, told)) in range(70, 81)
    assert "v of 0.2 sorts 26 tokens into 2 classes in any context" in " ".join(told)
    shown = (tmp_path / "index.html").read_text(encoding="utf-8")
    assert "26 classes have one token only" in shown
    assert "The reading of S + t begins" not in shown, "a control is no claim that follows"


def test_of_one_context_nothing_else_follows(tmp_path):
    data = prove(wanted(tmp_path, ("1.0",), ("z",), context="a b a"))
    assert data["context"] == [1, 2, 1]
    assert data["follows"] == data["rests_on"] == []
    assert data["tables"][0]["claim"].startswith("Right behind this context")
    assert prove(wanted(tmp_path, ("1.0",), ("z",), context="1,2,1"))["tables"] == data["tables"]
    assert prove(wanted(tmp_path, ("1.0",), ("z",), context=""))["context"] == []


def test_holes_and_control_tokens_are_kept_apart_and_no_tokenizer_means_no_holes(tiny_llama):
    model = load_model(str(tiny_llama))
    assert kinds(model.backbone, 50)["holes"] == []

    class Holed:
        special = frozenset({0})

        def token(self, id):
            return f"<{id}>" if id in (3, 4) else "a word"

    assert kinds(Holed(), 6) == {"tokens": [1, 2, 5], "special": [0], "holes": [3, 4]}


def test_what_a_model_calls_its_tokens_is_escaped():
    hostile = "<script>alert(1)</script>\u202e"
    entry = {"id": 2, "token": 0, "runner_up": -1, "margin": None, "near_tie": True}
    table = {
        "name": hostile,
        "claim": hostile,
        "apart": 1e-7,
        "classes": [{"token": 0, "members": [0, 1]}],
        "near_ties": [entry],
        "settled_in_float64": [],
        "special": [entry],
        "holes": [],
    }
    data = {"model": hostile, "preparation": hostile, "dtype": hostile, "projection": hostile, "bos": None}
    data |= {"kinds": {"tokens": 2, "special": 1, "holes": 0}, "tables": [table], "texts": [hostile] * 3}
    data |= {"context": [0], "rests_on": [hostile], "follows": [{"claim": hostile, "chapter": "c", "name": hostile}]}
    shown = page(data)
    assert "<script" not in shown
    assert "\u202e" not in shown
    assert shown.count("alert(1)") >= 10


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--head", "1.1", "--component", "v"], "depends on the whole context; give one with --context"),
        (["--head", "0.1", "--component", "z"], "depends on the whole context; give one with --context"),
        (["--head", "0.1", "--component", "q"], "depends on the place; name one with --place"),
        (["--head", "0.1", "--component", "qk", "--context", "1"], "name q, k, v, z"),
        (["--head", "0.1", "--component", "attn"], "name q, k, v, z"),
        (["--head", "0.1", "--component", "q", "--place", "63"], "reads places 0 to 62"),
        (["--head", "0.1", "--component", "q", "--place", "-1"], "--place"),
        (["--head", "0.1", "--place", "3", "--context", "1,2"], "leave one out"),
        (["--head", "0.1", "--context", "5,777"], "id 777: it is outside the vocabulary"),
        (["--head", "0.1", "--context", "a zebra"], "'zebra'"),
        (["--head", "0.1", "--context", ",".join(["1"] * 63)], "reads 1 to 63"),
        (["--head", "9.0"], "layer 9"),
        (["--model", "specimen", "--head", "0.1"], "places enter the residual stream"),
        (["--out", "FILE"], "--out"),
    ],
)
def test_bad_input_gets_one_line(arguments, said, refused, tmp_path):
    (tmp_path / "a_file").write_text("", encoding="utf-8")
    given = [str(tmp_path / "a_file") if one == "FILE" else one for one in arguments]
    out = [] if "--out" in given else ["--out", str(tmp_path / "out")]
    model = [] if "--model" in given else ["--model", "specimen-rotary"]
    assert said in refused("prove", *model, *out, *given)


# the default model


@pytest.mark.real
@pytest.mark.thorough
def test_fresh_sequences_of_the_default_model_read_as_the_table_says(smollm2):
    table = read(smollm2, [("0.3", "v")], ANYWHERE)["0.3", "v"]
    assert agrees_with_fresh_readings(smollm2, "0.3", "v", table, number=200) > 2000
    assert table.apart < 1e-6
