"""The page of a series: what is compared, what is shown, and what is left out and said to be."""

import json
import sqlite3
from contextlib import closing
from dataclasses import replace
from random import Random

import pytest

from harness.cli import headlaws
from harness.records.cell import Verdict
from harness.records.store import Store
from harness.records.words import CHECKS, VERDICTS
from harness.text import sentence
from reports.analysis.checkpoints import checkpoints
from reports.formats import figure, share
from reports.pages import series
from tests.support.invented import CLAIMS, NULLS, Claim, cell
from tests.support.invented import run as invented_run
from tests.support.invented import series as invented_series
from tests.support.tables import Tables

HEADS = ("0.0", "0.1", "0.2")
LAW = Claim("repetition", "a_repeat_adds_nothing", ("v", "z"), "")
"""Three heads, one law, two components; what each came to is a letter a head."""

LETTERS = {verdict.value[0]: verdict for verdict in Verdict}


def checkpoint(place, **changes):
    name = f"20261123-12{place:02d}00-000-abcd"
    made = invented_run(name, f"2026-11-23T12:{place:02d}:00.000+00:00", "right", HEADS, NULLS)
    return replace(made, **({"model": f"runs/step-{place}", "weights_sha256": f"{place:08x}" * 8} | changes))


def cells(v, z="rrr", claim=LAW):
    """What the heads came to, a letter each: as in 'smr'; a dot where it was not tried."""
    made = []
    for component, letters in (("v", v), ("z", z)):
        for head, letter in zip(HEADS, letters, strict=True):
            if letter != ".":
                degree = {"s": 1.0, "m": 0.9, "r": 0.25}.get(letter)
                plain = cell(head, component, replace(claim, control=""), Random(1))
                made.append(
                    replace(plain, verdict=LETTERS[letter], degree=degree, census_n=200 if degree else 0, flags="",
                            counterexample=None, message="")
                )  # fmt: skip
    return made


@pytest.fixture
def filed(tmp_path):
    """Files runs with their cells; gives the store and their ids."""

    def file(*some):
        store = Store(tmp_path / "store.db")
        for run, came in some:
            store.add(run, [LAW], came, [])
        return tmp_path / "store.db", [run.run_id for run, _ in some]

    return file


def laws(found):
    return {row.component: row for row in found.laws}


@pytest.mark.parametrize(
    ("came", "place", "said"),
    [
        (("rrr", "srr", "smr"), 2, "emerges at step-3"),
        (("rrr", "smr", "sss"), 1, "emerges at step-2"),
        (("sss", "sss", "ssr"), 0, "holds from the first"),
        (("ssr", "srr", "ssr"), 2, "emerges at step-3"),
        (("rrr", "sss", "srr"), None, "held at step-2, not at the last"),
        (("rrr", "rrr", "rrr"), None, "never seen to hold"),
        (("ssr", "uuu", "ssr"), 2, "emerges at step-3"),
        (("rrr", "suv", "suv"), 1, "emerges at step-2"),
        (("rrr", "sr.", "sr."), None, "never seen to hold"),
    ],
)
def test_when_a_law_emerges(filed, came, place, said):
    found = checkpoints(*filed(*((checkpoint(at), cells(v)) for at, v in enumerate(came, start=1))))
    row = laws(found)["v"]
    assert (row.since, row.said) == (place, said)
    assert laws(found)["z"].said == "never seen to hold"


def test_a_stage_counts_decided_heads_and_means_all_degrees(filed):
    found = checkpoints(*filed((checkpoint(1), cells("smu")), (checkpoint(2), cells("...", "smr"))))
    first, last = laws(found)["v"].stages
    assert (first.heads, first.held, first.degree) == (2, 2, pytest.approx(0.95))
    assert last is None
    stage = laws(found)["z"].stages[1]
    assert (stage.heads, stage.held, stage.degree) == (3, 2, pytest.approx((1 + 0.9 + 0.25) / 3))


def test_heads_that_obey_for_a_dull_reason_are_counted_apart(filed):
    dull = [replace(one, flags=flag) for one, flag in zip(cells("sss", "..."), ("trivial", "gauge", ""), strict=True)]
    (stage,) = laws(checkpoints(*filed((checkpoint(1), dull))))["v"].stages
    assert (stage.held, stage.learnt) == (3, 2)


def test_each_head_has_a_row_and_those_that_change_are_known(filed):
    found = checkpoints(*filed((checkpoint(1), cells("rsr")), (checkpoint(2), cells("ssr"))))
    rows = {row.head: row for row in found.heads if row.component == "v"}
    assert [row.head for row in found.heads] == ["0.0", "0.0", "0.1", "0.1", "0.2", "0.2"]
    assert {head: row.changes for head, row in rows.items()} == {"0.0": True, "0.1": False, "0.2": False}
    assert [point.verdict.value for point in rows["0.0"].points] == ["refuted", "satisfied"]
    assert rows["0.0"].said == "emerges at step-2"


@pytest.mark.parametrize(
    ("changes", "why"),
    [
        ({"projection": "seed"}, "projection: seed here, output in the last"),
        ({"bos": False}, "BOS in front: False here, True in the last"),
        ({"preparation": {"name": "none"}}, "preparation: none here, default in the last"),
        ({"profile": {"search": 100, "census": 50}}, "census: 50 here, 200 in the last"),
        ({"heads": ("0.0",)}, "heads in play: 1 here, 3 in the last, not the same ones"),
        ({"controls": "wrong"}, "a known-answer check failed, so no verdicts are filed"),
    ],
)
def test_a_run_that_cannot_be_compared_says_why_and_counts_for_nothing(filed, changes, why):
    store, ids = filed((checkpoint(1, **changes), cells("sss")), (checkpoint(2), cells("sss")))
    found = checkpoints(store, ids)
    assert found.checkpoints[0].apart == why
    assert laws(found)["v"].stages[0] is None
    assert laws(found)["v"].since == 1
    assert all(row.points[0] is None for row in found.heads)
    assert f"<strong>not compared</strong>: {why}" in series.page(found)


def test_what_else_differs_is_said_and_other_weights_are_what_it_is_about(filed):
    store, ids = filed(
        (checkpoint(1, seed=7, versions={"python": "3.12.4", "torch": "2.12.0"}), cells("sss")),
        (checkpoint(2), cells("sss")),
    )
    first, last = checkpoints(store, ids).checkpoints
    assert (first.apart, first.differs) == ("", ("seed 7 → 0", "torch 2.12.0 → 2.13.0"))
    assert (last.apart, last.differs) == ("", ())


def test_a_claim_whose_code_is_another_is_not_compared(filed):
    store, ids = filed((checkpoint(1), cells("sss")), (checkpoint(2), cells("sss")))
    with closing(sqlite3.connect(store)) as connection, connection:
        connection.execute("UPDATE conjectures SET code = code || '#' WHERE run_id = ?", (ids[0],))
    found = checkpoints(store, ids)
    assert (found.checkpoints[0].apart, found.checkpoints[0].edited) == ("", 1)
    assert laws(found)["v"].stages[0] is None
    assert "not compared where the law’s code was changed: 1 law" in series.page(found)


def test_controls_are_no_laws(filed, tmp_path):
    claims = [Claim(chapter, name, tuple(parts.split()), control) for chapter, name, parts, control in CLAIMS]
    came = [cell(head, part, claim, Random(2)) for claim in claims for head in HEADS for part in claim.components]
    Store(tmp_path / "store.db").add(checkpoint(1), claims, came, [])
    found = checkpoints(tmp_path / "store.db", [checkpoint(1).run_id])
    assert {row.conjecture for row in found.laws} == {claim.name for claim in claims if not claim.control}


@pytest.fixture
def built(filed, tmp_path):
    """The page of four checkpoints, and what its document says."""
    some = (("rrr", "uuv"), ("srr", "rrr"), ("smr", "rre"), ("sss", "ssr"))
    store, ids = filed(*((checkpoint(at), cells(*came)) for at, came in enumerate(some, start=1)))
    page = series.build(store, tmp_path / "out", ids)
    return Tables(page), json.loads(page.with_name("checkpoints.json").read_text("ascii"))


def test_every_table_is_written_down_again_from_the_document_alone(built):
    page, known = built
    tables = {table.name: table.rows for table in page.tables}
    labels = [one["label"] for one in known["checkpoints"]]
    assert labels == ["step-1", "step-2", "step-3", "step-4"]
    assert [row[:6] for row in tables["Checkpoints, in order"][1:]] == [
        [
            one["label"],
            one["model"],
            one["run_id"],
            CHECKS[one["controls"]].word,
            one["weights"][:8],
            str(one["left_out"]),
        ]
        for one in known["checkpoints"]
    ]
    assert tables["Laws by checkpoint"] == [
        ["law", "component", *labels, "emerges"],
        *map(law_line, records(known, "laws")),
    ]
    lines = [["law", "component", *labels, "emerges"]]
    changed = [row for row in records(known, "heads") if len({point[0] for point in row["points"] if point}) > 1]
    for head in dict.fromkeys(row["head"] for row in changed):
        lines.append([f"Head {head}"])
        lines += [head_line(row) for row in changed if row["head"] == head]
    assert tables["Heads by checkpoint"] == lines
    assert len(tables) == 3
    assert f"whose verdict changes: {len(changed)} of {len(known['heads']['rows'])} rows" in page.source


def records(known, name):
    return [dict(zip(known[name]["columns"], row, strict=True)) for row in known[name]["rows"]]


def law_line(row):
    came = []
    for place, stage in enumerate(row["stages"]):
        heads, held, learnt, degree = stage
        sign = "○" if 2 * held <= heads else "▲" if place == row["since"] and place else "●"
        dull = f", {held - learnt} dull" if learnt < held else ""
        came.append(f"{sign} {held} of {heads} {'no agreement' if degree is None else figure(degree)}{dull}")
    return [sentence(row["conjecture"]), row["component"], *came, row["said"]]


def head_line(row):
    came = []
    for verdict, degree, _ in row["points"]:
        came.append(f"{VERDICTS[verdict].sign} {VERDICTS[verdict].word}{'' if degree is None else f' {share(degree)}'}")
    return [sentence(row["conjecture"]), row["component"], *came, row["said"]]


def test_a_curve_has_a_point_wherever_there_is_a_degree(built):
    page, known = built
    (drawn,) = page.source.split('<svg class="curves"')[1:]
    degrees = [stage[3] for row in records(known, "laws") for stage in row["stages"]]
    assert degrees.count(None) == 1
    assert drawn.count("<circle") + drawn.count("<rect") == len(degrees) - 1
    assert drawn.count("<polyline") == 2


def test_a_single_checkpoint_has_no_curve(filed):
    page = series.page(checkpoints(*filed((checkpoint(1), cells("ssr")))))
    assert "<svg" not in page
    assert "holds from the first" in page


def test_rows_without_end_are_cut_and_it_is_said(filed, monkeypatch):
    monkeypatch.setattr(series, "MOST_CELLS", 4)
    found = checkpoints(*filed((checkpoint(1), cells("rsu", "sss")), (checkpoint(2), cells("ssr", "ssr"))))
    page = series.page(found)
    assert "The table shows 2 of them, first those where a law emerges" in page
    assert 'id="head-0.0"' in page
    changing = [row for row in found.heads if row.changes]
    assert len(changing) == 3


def test_hostile_names_are_text(tmp_path):
    ids = invented_series(tmp_path / "store.db")
    assert len(ids) > 10
    source = series.build(tmp_path / "store.db", tmp_path / "out", ids).read_text("utf-8")
    assert source.count("<script") == 2, "the theme's and the site's"
    assert "<img" not in source
    assert not set("\u202e\x00\x1b") & set(source)


@pytest.mark.parametrize("names", [["20261123-1201", "20261123-1202"], ["last~1", "last"]])
def test_the_command_takes_runs_as_diff_does(filed, tmp_path, names):
    from click.testing import CliRunner

    store, ids = filed((checkpoint(1), cells("rrr")), (checkpoint(2), cells("sss")))
    given = ["report", "--store", str(store), "--checkpoints", *names, "--out", str(tmp_path / "out")]
    done = CliRunner().invoke(headlaws, given, standalone_mode=False)
    assert done.exception is None
    assert done.stdout.strip() == str(tmp_path / "out" / "checkpoints.html")
    assert all((tmp_path / "out" / run_id / "index.html").is_file() for run_id in ids)
