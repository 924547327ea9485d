"""From a specimen to a chapter: planted truths, resuming, the page, and what is refused."""

import ast
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from harness.discovery import screening
from harness.discovery.discover import TABLE_CODE, discover
from harness.discovery.outcome import Wanted
from harness.discovery.own_grammar import take
from harness.discovery.transformation import TRANSFORMATIONS
from harness.errors import ConjectureError, HeadlawsError
from harness.laws.book import conjectures, shipped
from harness.models.specimens import hand_built
from harness.records.address import Address
from harness.records.store import Store
from harness.runs.request import Request
from harness.trials.census import census
from harness.trials.profile import Profile
from reports.pages.discovery import page
from tests.support.by_rule import ByRule

pytestmark = pytest.mark.slow

OPTIONS = [
    "--head",
    "1.4",
    "--component",
    "z",
    "--first",
    "90",
    "--no-nulls",
    "--store",
    "again.db",
    "--report",
    "again",
]


def wanted(out, heads, *, book, model="specimen", components=("z",), most=6, seed=0):
    request = Request(model=model, heads=heads, components=components, profile=Profile(seed=seed))
    return Wanted(request, book, out, out / "store.db", most=most, in_all=240)


def told_of(found):
    """Every law that is confirmed of a head, or says no more than one that is."""
    return {
        (one.cell.head, one.cell.component, name)
        for one in found.laws
        for name in (one.candidate.law.name, *one.candidate.under)
    }


def false_laws(found, model, out):
    """Confirmed laws whose degree on other fresh sequences, by the head's own rule, is not above what was confirmed."""
    if not found.laws:
        return []
    claims = conjectures(out / "discovered.py")
    by_rule = ByRule(model)
    wrong = []
    for one in found.laws:
        head = by_rule.component(Address(*map(int, one.cell.head.split("."))), one.cell.component)
        counted = census(
            claims["discovered", one.candidate.law.name], head, number=300, seed=991, lexicon=by_rule.lexicon
        )
        if counted.degree is None or counted.degree <= 0.8:
            wrong.append((one.cell.head, one.candidate.law.name, counted.degree))
    return wrong


@pytest.fixture(scope="module")
def found(small_grammar, little_book, tmp_path_factory):
    told = []
    asked = wanted(tmp_path_factory.mktemp("found"), ("1.4", "0.6"), book=little_book)
    return discover(asked, told=told.append), asked, told


def test_a_planted_law_is_found_confirmed_and_written_down(found):
    """Head 1.4 says the token two places back, so the last is all one to it; 0.6 says the first token alone."""
    made, asked, _ = found
    assert ("1.4", "z", "exchanging_the_last_token_keeps_the_last_reading_over_few_tokens") in told_of(made)
    assert ("0.6", "z", "exchanging_all_but_the_first_token_keeps_the_last_reading") in told_of(made)
    assert not false_laws(made, "specimen", asked.out)
    confirmed = {one.candidate.law.name for one in made.laws}
    assert {name for _, name in conjectures(asked.out / "discovered.py")} == confirmed
    assert "exchanging_the_first_token_keeps_the_last_reading" not in confirmed, "the book states it"


def test_what_came_of_it_is_in_the_numbers_the_page_and_the_store(found):
    made, asked, _ = found
    data = json.loads((asked.out / "funnel.json").read_text(encoding="utf-8"))
    assert [step["left"] for step in data["steps"]] == [left for _, left in made.funnel.steps]
    assert data["steps"][0]["left"] - sum(data["left_out"].values()) == len(made.funnel.kept)
    run = Store(asked.store).run(data["run"]) if hasattr(Store, "run") else None
    assert Store(asked.store).has(data["run"])
    assert run is None or run.kind == "discovery"
    shown = (asked.out / "index.html").read_text(encoding="utf-8")
    for law in data["laws"]:
        assert law["says"] in shown.replace("&#39;", "'")
        assert law["meaning"] in shown
        assert law["screened"]["above"] <= law["screened"]["obeying"] <= 2
        assert law["screened"]["obeying"] >= len(law["heads"])
        for one in law["heads"]:
            assert one["degree"] is not None
            assert 0 <= one["low"] <= one["degree"] <= one["high"] <= 1
            assert one["stands"] == (one["confirmed"] and one["stands_out"] == "above")
            assert set(one["nulls"]) == {"random", "rotated", "surrogate"}
    assert (asked.out / data["report"]).exists()


@pytest.mark.thorough
def test_the_same_command_again_reads_no_head_twice(found, monkeypatch):
    made, asked, _ = found
    monkeypatch.setattr(screening, "screen", lambda *_: pytest.fail("a head was screened again"))
    again = discover(asked)
    assert told_of(again) == told_of(made)
    assert again.funnel.steps == made.funnel.steps


@pytest.mark.thorough
def test_heads_that_are_finished_are_kept_when_the_run_ends_in_between(
    small_grammar, little_book, tmp_path, monkeypatch
):
    asked = wanted(tmp_path / "out", ("1.4", "0.6"), book=little_book)
    whole, done = screening.screen, []

    def ends_after_the_first(plan, model, heads):
        for head in whole(plan, model, heads):
            done.append(head)
            yield head
            raise KeyboardInterrupt

    monkeypatch.setattr(screening, "screen", ends_after_the_first)
    with pytest.raises(KeyboardInterrupt):
        discover(asked)
    assert len(done) == 1
    rest = []
    monkeypatch.setattr(
        screening, "screen", lambda plan, model, heads: (rest.extend(heads), whole(plan, model, heads))[1]
    )
    discover(asked)
    assert sorted([*done, *rest]) == [Address(0, 6), Address(1, 4)]


@pytest.mark.thorough
def test_the_chapter_runs_as_it_stands_and_says_what_the_page_says(found):
    made, asked, _ = found
    done = subprocess.run(
        [
            *f"{sys.executable} -m pytest -p no:xdist -p no:cacheprovider discovered.py --model specimen".split(),
            *OPTIONS,
        ],
        capture_output=True,
        text=True,
        cwd=asked.out,
        env={**os.environ, "OMP_NUM_THREADS": "1"},
    )
    assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-2000:]
    (run,) = sqlite_rows(asked.out / "again.db", "SELECT run_id FROM runs")
    rows = dict(sqlite_rows(asked.out / "again.db", "SELECT conjecture, degree FROM cells WHERE head = '1.4'"))
    assert run
    for one in made.laws:
        if one.cell.head == "1.4":
            assert rows[one.candidate.law.name] == pytest.approx(one.cell.degree)


def sqlite_rows(file, query):
    import sqlite3

    with sqlite3.connect(file) as connection:
        return connection.execute(query).fetchall()


def test_what_a_model_calls_its_tokens_and_heads_is_escaped():
    hostile = "<script>alert(1)</script>"
    one = {"head": hostile, "component": "z", "verdict": "refuted", "screen": 1.0, "degree": None, "low": None}
    one |= {
        "high": None,
        "n": 0,
        "nulls": {},
        "stands_out": "",
        "flags": hostile,
        "under": [hostile],
        "confirmed": True,
    }
    law = dict.fromkeys(("title", "says", "about", "meaning"), hostile) | {"confirmed": True, "stands": True}
    law |= {"heads": [one], "above_by": 0.4, "screened": {"obeying": 1, "above": 1}}
    facts = [{"says": hostile, "components": [{"head": hostile, "component": hostile, "share": 1.0}]}]
    data = {"model": hostile, "heads": [hostile], "seed": 0, "looked_at": 1, "steps": [], "facts": facts}
    shown = page({**data, "run": hostile, "report": hostile, "confirmed": 1, "standing_out": 1, "laws": [law]})
    assert "<script" not in shown
    assert shown.count("alert(1)") >= 8


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--head", "9.0"], "layer 9"),
        (["--component", "attn"], "laws are sought of"),
        (["--component", "w"], "w"),
        (["--model", "nothing-of-the-kind"], "nothing-of-the-kind"),
        (["--grammar", "GRAMMAR"], "my_broken_grammar.py:1"),
        (["--out", "FILE"], "--out"),
    ],
)
def test_bad_input_gets_one_line(arguments, said, refused, tmp_path):
    (tmp_path / "a_file").write_text("", encoding="utf-8")
    (tmp_path / "my_broken_grammar.py").write_text("1 / 0\n", encoding="utf-8")
    named = {"GRAMMAR": str(tmp_path / "my_broken_grammar.py"), "FILE": str(tmp_path / "a_file")}
    given = [named.get(one, one) for one in arguments]
    out = [] if "--out" in given else ["--out", str(tmp_path / "out")]
    model = [] if "--model" in given else ["--model", "specimen"]
    assert said in refused("discover", *model, *out, *given)


@pytest.mark.thorough
def test_a_grammar_of_ones_own_is_taken_and_its_laws_can_be_run(small_grammar, little_book, tmp_path):
    file = tmp_path / "my_grammar.py"
    file.write_text(
        "from harness.discovery.transformation import kept, transformation\n\n\n"
        '@transformation("all but the last three tokens are dropped")\n'
        "def keeping_only_the_last_three_tokens(draw, S):\n"
        '    """The last three tokens by themselves."""\n'
        "    return kept(S, -3)\n",
        encoding="utf-8",
    )
    out = tmp_path / "out"
    try:
        take(file, out)
        made = discover(wanted(out, ("1.4",), book=little_book))
        assert ("1.4", "z", "keeping_only_the_last_three_tokens_keeps_the_last_reading") in told_of(made)
        assert "my_grammar" in (out / "discovered.py").read_text(encoding="utf-8")
        with pytest.raises(ConjectureError, match="name no other module has"):
            take(file, out)
    finally:
        sys.modules.pop("my_grammar", None)
        TRANSFORMATIONS.pop("keeping_only_the_last_three_tokens", None)


def test_a_component_that_no_law_speaks_of_is_refused(tmp_path):
    with pytest.raises(HeadlawsError, match="laws are sought of"):
        discover(wanted(tmp_path, ("0.0",), book=shipped(), components=("attn",)))


PLANTED = {
    "specimen": {
        ("1.4", "z", "exchanging_the_last_token_keeps_the_last_reading_over_few_tokens"),
    },
    "specimen-rotary": {("1.3", "z", "exchanging_the_last_token_keeps_the_last_reading_over_few_tokens")},
}
"""Laws that follow from the rules of heads and stand in no chapter, for either way to encode places."""


@pytest.mark.thorough
@pytest.mark.parametrize("seed", range(10))
@pytest.mark.parametrize("model", PLANTED)
def test_every_planted_law_is_found_and_none_that_is_false(model, seed, tmp_path):
    heads = tuple(sorted({head for head, _, _ in PLANTED[model]}))
    made = discover(wanted(tmp_path, heads, book=shipped(), model=model, most=40, seed=seed))
    assert not false_laws(made, model, tmp_path)
    assert told_of(made) >= PLANTED[model]


def test_a_table_is_kept_under_all_the_code_that_it_depends_on():
    """Whatever the screen imports of its room is in the digest, so that no edit of it is missed."""
    room = Path(screening.__file__).parent
    seen, ahead = set(), ["screen"]
    while ahead:
        name = ahead.pop()
        seen.add(name)
        for node in ast.walk(ast.parse((room / f"{name}.py").read_text(encoding="utf-8"))):
            if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("harness.discovery"):
                inner = node.module.removeprefix("harness.discovery").lstrip(".")
                named = [inner] if inner else [alias.name for alias in node.names]
                ahead += [one for one in named if one not in seen]
    assert {f"discovery/{name}.py" for name in seen} <= set(TABLE_CODE)


def test_planted_laws_are_of_heads_that_are_there():
    assert {head for head, _, _ in PLANTED["specimen"]} <= {one.head for one in hand_built.BEHAVIOURS}
    assert Path(shipped()).is_dir()
