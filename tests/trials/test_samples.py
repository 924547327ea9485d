"""Samples of a family: what its census draws first."""

import json
from dataclasses import replace

import pytest

from harness.laws.book import conjectures, shipped
from harness.trials.census import census
from harness.trials.counterexample import revived
from harness.trials.judge import Judgement, Outcome
from harness.trials.samples import NUMBER, samples

CHAPTERS = ("extension", "pairs", "vocabulary")


@pytest.fixture(scope="module")
def book():
    return {key: claim for name in CHAPTERS for key, claim in conjectures(shipped() / f"{name}.py").items()}


@pytest.fixture(scope="module")
def made(book, specimen):
    entries = [claim.entry for claim in book.values()]
    return samples(entries, seed=3, lexicon=specimen.lexicon, text=specimen.text)


def test_every_claim_has_them_and_they_are_of_no_head(made, book):
    assert [one.name for one in made] == [f"{chapter}.py::{name}" for chapter, name in book]
    assert {(one.head, one.kind) for one in made} == {("", "draws")}
    assert all(json.loads(json.dumps(one.data)) == one.data for one in made)


def test_they_are_the_first_that_the_census_of_a_head_draws(made, book, specimen, monkeypatch):
    asked = []

    def note(conjecture, reader, sheet):
        asked.append([dict(draw.inputs) for draw in sheet.draws])
        return [Judgement(Outcome.DISCARDED, 0.0, None, ()) for _ in sheet.draws]

    monkeypatch.setattr("harness.trials.census.judge_all", note)
    for claim in book.values():
        census(claim, None, number=20, seed=3, lexicon=specimen.lexicon)
    shown = [[revived(draw["inputs"]) for draw in one.data["draws"]] for one in made]
    assert shown == [inputs[:NUMBER] for inputs in asked]


def test_tokens_are_named_as_the_vocabulary_has_them(made, specimen):
    named = 0
    for draw in (draw for one in made for draw in one.data["draws"]):
        for part in draw["sequences"]:
            assert part["text"] == specimen.text(part["ids"])
            named += len(part["ids"])
    assert named > 100


def test_a_chapter_that_is_gone_has_none(book, specimen, tmp_path):
    entries = [replace(claim.entry, path=str(tmp_path / "gone.py")) for claim in book.values()]
    assert samples(entries, seed=3, lexicon=specimen.lexicon, text=specimen.text) == []
