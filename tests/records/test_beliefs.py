"""Beliefs: the file, what is refused in it, what counts as a surprise, and what a run makes of it."""

import datetime
from dataclasses import replace

import pytest

from harness.errors import BeliefError
from harness.records import beliefs
from harness.records.belief_checks import BeliefCheck, surprise
from harness.records.cell import Cell, Verdict

CLAIM = "a_repeat_adds_no_new_attention_tokens"
ENTRY = f"""
[[beliefs]]
head = "0.1"
component = "z"
chapter = "repetition"
conjecture = "{CLAIM}"
verdict = "refuted"
reason = "it counts"
date = 2026-11-01
"""
TEXT = f'model = "specimen"\nfingerprint = "abc"\nconfiguration = "c"\nvocabulary = "v"\n{ENTRY}'
ABC = beliefs.Identity("abc", "c", "v")
TODAY = datetime.date(2026, 11, 24)
CHAPTER = f'''
from hypothesis import given
from harness import conjecture, words

@conjecture(components="v z", source="s")
@given(S=words())
def {CLAIM}(head, S):
    """A claim."""
'''


@pytest.fixture
def file(tmp_path):
    path = tmp_path / "beliefs.toml"
    path.write_text(TEXT, encoding="utf-8")
    return path


def cell(verdict, *, head="0.1", **more):
    return Cell(head, "z", "output", "repetition", CLAIM, Verdict(verdict), **more)


def believing(verdict):
    held = beliefs.Belief("0.1", "z", "output", "repetition", CLAIM, Verdict(verdict), "it counts", TODAY)
    return beliefs.Beliefs("specimen", beliefs.Identity(), {held.key: held})


def test_a_file_says_what_is_believed_since_when_and_why(file):
    held = beliefs.read(file)
    assert (held.model, held.identity) == ("specimen", ABC)
    (belief,) = held.by_key.values()
    assert (belief.verdict, belief.reason, belief.date) == (Verdict.REFUTED, "it counts", datetime.date(2026, 11, 1))
    assert belief.projection == "output"
    assert held.about(cell("satisfied")) is belief
    assert held.about(replace(cell("satisfied"), projection="seed")) is None


def test_what_is_written_is_read_back(tmp_path, file):
    held = beliefs.read(file)
    beliefs.write(tmp_path / "made" / "again.toml", held)
    assert beliefs.read(tmp_path / "made" / "again.toml") == held
    assert "date = 2026-11-01" in (tmp_path / "made" / "again.toml").read_text()


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("model = ", "not TOML"),
        (ENTRY, "the file names no model"),
        (TEXT.replace('reason = "it counts"\n', ""), "entry 1: 'reason' is missing"),
        (TEXT.replace("reason", "because"), "entry 1: 'reason' is missing"),
        (TEXT + 'colour = "red"\n', "entry 1: 'colour' is not a key; an entry has head, component"),
        (TEXT.replace("refuted", "wrong"), "entry 1: verdict 'wrong' is not a verdict; use one of satisfied"),
        (TEXT.replace("refuted", "error"), "entry 1: verdict 'error' is not a verdict"),
        (TEXT.replace("2026-11-01", '"2026-11-01"'), "entry 1: '2026-11-01' is not a date; write it without quotes"),
        (TEXT + ENTRY, "is there twice"),
        ('model = "m"\nbeliefs = [3]\n', "entry 1: 3 is not a belief"),
        (TEXT.replace("[[beliefs]]", "[[belief]]"), "'belief' is not a key of this file; it has model"),
    ],
)
def test_a_file_that_holds_no_beliefs_is_refused_in_one_line(file, text, says):
    file.write_text(text, encoding="utf-8")
    with pytest.raises(BeliefError) as refused:
        beliefs.read(file)
    assert says in str(refused.value)
    assert "\n" not in str(refused.value)


def test_a_file_that_is_not_there_is_refused_and_begun_where_it_is_to_be_renewed(tmp_path):
    with pytest.raises(BeliefError, match="add --believe to begin one"):
        BeliefCheck(tmp_path / "none.toml", model="specimen", renewing=False, delta=0.05)
    assert BeliefCheck(tmp_path / "none.toml", model="specimen", renewing=True, delta=0.05).held.by_key == {}


# Surprises

TABLE = {
    "satisfied": {"mostly", "refuted", "vacuous"},
    "mostly": {"refuted", "vacuous"},
    "refuted": {"satisfied", "vacuous"},
    "undecided": set(),
    "vacuous": set(),
}


@pytest.mark.parametrize("found", [verdict.value for verdict in Verdict])
@pytest.mark.parametrize("held", TABLE)
def test_a_surprise_is_what_could_not_come_out_if_the_belief_were_true(held, found):
    clear = cell(found, rate_low=0.06)
    assert (surprise(believing(held), clear, delta=0.05) is not None) == (found in TABLE[held])


def test_a_refutation_where_mostly_was_believed_must_be_more_than_a_lack_of_sequences():
    assert surprise(believing("mostly"), cell("refuted", rate_low=0.05), delta=0.05) is None
    assert surprise(believing("mostly"), cell("refuted"), delta=0.05) is None


def test_of_a_control_and_of_what_nothing_is_believed_nothing_surprises():
    assert surprise(believing("satisfied"), cell("refuted", control="holds"), delta=0.05) is None
    assert surprise(believing("satisfied"), cell("refuted", head="0.2"), delta=0.05) is None


def test_a_surprise_is_one_line():
    found = surprise(believing("satisfied"), cell("refuted"), delta=0.05)
    assert found.line == (
        f"surprise: repetition.py::{CLAIM}[0.1-z]: believed satisfied since 2026-11-24 because it counts, found refuted"
    )


# Stale ones


@pytest.fixture
def book(tmp_path):
    folder = tmp_path / "book"
    folder.mkdir()
    (folder / "repetition.py").write_text(CHAPTER, encoding="utf-8")
    return folder


def held_by(file):
    return BeliefCheck(file, model="specimen", renewing=False, delta=0.05)


def checked(file, book):
    held_by(file).check(model="specimen", n_layers=1, n_heads=8, places=[book])


def test_a_belief_about_a_head_and_a_claim_that_are_there_passes(file, book):
    checked(file, book)
    file.write_text(TEXT.replace('"0.1"', '"0.1+0.4"'))
    checked(file, book)


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        (CLAIM, "gone", "repetition.py::gone[0.1-z] is stale: chapter 'repetition' no longer has this law; delete"),
        ('"repetition"', '"gone"', "gone.py::"),
        ('"0.1"', '"0.9"', "no head '0.9'; delete the entry"),
        ('"0.1"', '"0.*"', "no head '0.*'"),
        ('"0.1"', '"0.1+0.9"', "no head '0.1+0.9'"),
        ('"z"', '"qk"', "the law is about v, z, not about 'qk'; delete the entry"),
        ('"specimen"', '"other"', "about the model 'other', but this run reads 'specimen'; give --model other"),
    ],
)
def test_a_belief_about_nothing_is_refused_in_one_line(file, book, old, new, says):
    file.write_text(TEXT.replace(old, new), encoding="utf-8")
    with pytest.raises(BeliefError) as refused:
        checked(file, book)
    assert says in str(refused.value)
    assert "\n" not in str(refused.value)


@pytest.mark.parametrize(
    ("name", "line", "says"),
    [
        ("fingerprint", 'fingerprint = "abc"\n', "about weights abc, but this model has other"),
        ("configuration", 'configuration = "c"\n', "about the configuration c, but this model has other"),
        ("vocabulary", 'vocabulary = "v"\n', "about the vocabulary v, but this model has other"),
    ],
)
def test_beliefs_are_about_what_they_name_of_the_model(file, name, line, says):
    held_by(file).check_identity(ABC)
    edited = replace(ABC, **{name: "other"})
    with pytest.raises(BeliefError, match=says):
        held_by(file).check_identity(edited)
    file.write_text(TEXT.replace(line, ""))
    held_by(file).check_identity(edited)


def test_a_file_of_an_older_version_says_in_a_line_what_it_lacks(file):
    assert beliefs.read(file).lacking == ""
    file.write_text(TEXT.replace('configuration = "c"\nvocabulary = "v"\n', ""))
    assert beliefs.read(file).lacking == (
        "the beliefs name weights but no configuration and no vocabulary, so they also count for a model whose "
        "configuration or vocabulary was edited too; --believe adds what is missing"
    )
    file.write_text(f'model = "specimen"\n{ENTRY}')
    assert beliefs.read(file).lacking == "", "held of any weights, on purpose"


# After a run


def renewed(file, *cells):
    now = beliefs.Identity("def", "d", "w")
    found = beliefs.renewed(beliefs.read(file), cells, run_id="R1", identity=now, today=TODAY)
    beliefs.write(file, found)
    assert beliefs.read(file).identity == found.identity == now
    return {(one.head, one.verdict.value, one.reason, one.date) for one in found.by_key.values()}


OLD = ("0.1", "refuted", "it counts", datetime.date(2026, 11, 1))


@pytest.mark.parametrize("verdict", ["refuted", "undecided", "error"])
def test_what_came_out_as_believed_or_says_nothing_keeps_reason_and_date(file, verdict):
    assert renewed(file, cell(verdict)) == {OLD}


def test_what_came_out_otherwise_is_believed_from_today_on(file):
    assert renewed(file, cell("mostly")) == {("0.1", "mostly", "found by run R1", TODAY)}


def test_cells_that_were_not_in_the_run_stay_and_new_ones_are_added(file):
    new = ("0.2", "satisfied", "found by run R1", TODAY)
    assert renewed(file, cell("satisfied", head="0.2"), cell("error", head="0.3")) == {OLD, new}


def test_controls_are_no_beliefs(file):
    assert renewed(file, cell("satisfied", head="0.2", control="holds")) == {OLD}
