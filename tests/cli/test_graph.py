"""`headlaws graph`: from the command line to a summary, to files, and to one line for what is refused."""

import json
import sys

import networkx as nx
import pytest
from rich.cells import cell_len

from harness.cli import WRONG_ARGUMENT, main
from harness.cli.graph import ABSTRACTIONS, FAMILIES, LABELS
from harness.graphs import walks
from harness.graphs.labels import Labelling
from harness.graphs.plan import Plan, drawn
from harness.graphs.states import Abstraction, states
from harness.graphs.study import study
from harness.graphs.summary import summary

SMALL = ("--sequences", "40", "--held-out", "40")


@pytest.fixture
def run(monkeypatch, capsys, specimen):
    monkeypatch.setattr("harness.readings.loading.load_model", lambda _name, **_: specimen)

    def run(*arguments):
        monkeypatch.setenv("COLUMNS", "80")
        monkeypatch.setattr(sys, "argv", ["headlaws", "graph", "--model", "specimen", *arguments])
        with pytest.raises(SystemExit) as left:
            main()
        found = capsys.readouterr()
        return left.value.code, found.out, found.err

    return run


def test_choices_are_those_that_there_are():
    assert tuple(Abstraction) == ABSTRACTIONS
    assert tuple(Labelling) == LABELS
    assert tuple(walks.FAMILIES) == FAMILIES


def test_a_summary_says_every_claim_with_its_interval_and_n(run):
    code, out, err = run("--head", "1.6", "--family", "repeats")
    assert (code, err) == (0, "")
    said = " ".join(out.split())
    assert "head 1.6 of specimen, component z" in said
    assert "200 sequences (repeats) to count, 200 held out, seed 0" in said
    assert "4 nodes, 32 edges" in said
    assert "32 of 32 (1.000)" in said
    assert "4 strongly connected components, 1 with a cycle" in said
    assert "absorbing set of 1 node, period 1; held-out sequences that stay: 1.000 [0.9" in said
    assert "graph 1.000 [0.982, 1.000], n 200" in said
    assert "has 4 states, 32 transitions, 0 never met" in said
    assert said.endswith(
        "The node of S helps to predict the next one beyond the label. Together they determine it in at least 0.982 "
        "of the known steps."
    )


@pytest.mark.parametrize(
    ("arguments", "ends"),
    [
        (["--head", "0.0"], "There is one node: nothing in these sequences moves the head."),
        (["--head", "0.1"], "Together they determine it in at least 0.982 of the known steps."),
        (["--head", "0.5"], "no better than the label alone. Together they do not determine it."),
        (["--head", "1.0", "--label", "novelty"], "Together they determine it in at least 0.982 of the known steps."),
        (["--head", "0.1", "--abstraction", "pattern", "--alphabet", "26", "--sequences", "1", "--held-out", "1"], ""),
    ],
)
def test_a_summary_ends_with_what_it_comes_to_and_fits_80_columns(run, arguments, ends):
    code, out, _ = run(*arguments)
    assert code == 0
    assert " ".join(out.split()).endswith(ends)
    assert max(map(cell_len, out.splitlines())) <= 80


def test_where_nothing_is_known_it_says_what_to_do(run):
    _, out, _ = run("--head", "0.1", "--alphabet", "26", "--sequences", "1", "--held-out", "1", "--seed", "3")
    said = " ".join(out.split())
    assert "nothing to count" in said
    assert "none: the graph knows no held-out step" in said
    assert "draw more sequences, use fewer tokens" in said


def test_json_has_the_claims_and_the_record(run):
    code, out, err = run("--head", "0.4", "--json", "--family", "repeats", "--family", "words", *SMALL)
    found = json.loads(out)
    assert (code, err) == (0, "")
    assert (found["head"], found["component"], found["families"]) == ("0.4", "z", ["words", "repeats"])
    assert (found["sequences"], found["held_out"]) == (80, 80)
    assert found["statistics"]["structure"]["recurrent"][0]["period"] == 2
    assert found["statistics"]["prediction"]["graph"]["n"] == 80
    assert not found.keys() & {"nodes", "edges"}


def test_files_in_every_format_at_once(run, tmp_path):
    files = [tmp_path / f"g{ending}" for ending in (".graphml", ".dot", ".json", ".svg")]
    code, out, _ = run("--head", "0.1", *SMALL, *(part for path in files for part in ("--out", str(path))))
    assert code == 0
    assert out.endswith(f"written: {' '.join(map(str, files))}\n")
    frozen = json.loads(files[2].read_text())
    assert len(nx.read_graphml(files[0])) == len(frozen["nodes"]) == 8
    assert files[1].read_text().count(" -> ") == len(frozen["edges"])
    assert "<svg" in files[3].read_text()


def test_a_hostile_vocabulary_harms_no_line(run, monkeypatch, specimen):
    hostile = (
        "\n\x1b[31m",
        "\u202eabc",
        "東京都庁舎前広場" * 3,
        "\ud800",
        "",
        "e\u0301" * 30,
        "x" * 200,
        "a-b c-d " * 9,
    )
    monkeypatch.setattr(type(specimen.backbone), "token", lambda _self, id: hostile[id % len(hostile)])
    for abstraction in ABSTRACTIONS:
        _, out, _ = run("--head", "0.1", "--abstraction", abstraction, *SMALL)
        assert all(cell_len(line) <= 80 and (line.isprintable() or not line) for line in out.splitlines())


def test_steps_left_out_for_near_ties_are_told(run, monkeypatch):
    monkeypatch.setattr("harness.graphs.walks.states", doubting(states))
    _, out, _ = run("--head", "0.1", "--family", "repeats", "--sequences", "40", "--held-out", "30")
    assert "left out because of near-ties: 40 steps, and 30 of the held-out ones" in " ".join(out.split())
    monkeypatch.setattr("harness.graphs.walks.states", states)
    assert "near-tie" not in run("--head", "0.1", *SMALL)[1]


def doubting(read):
    """States as they are, but for the first of each walk."""
    return lambda reading, abstraction: (None, *read(reading, abstraction)[1:])


def test_a_name_longer_than_a_line_is_cut(specimen):
    plan = Plan(sequences=5, held_out=5)
    data = study(specimen.head("0.1").component("z"), plan, drawn(plan, specimen.lexicon)).to_json()
    lines = list(summary(data | {"model": "folder/" * 40}, width=60))
    assert max(map(cell_len, lines)) <= 60
    assert "folder/" * 40 in "".join(line.strip() for line in lines[:8])


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--head", "0.*"], "--head '0.*': this names 8 heads; a graph needs one, as in '0.0'."),
        (["--head", "9.0"], "layer 9 does not exist"),
        (["--out", "g.png"], "the name's ending gives the format"),
        (["--component", "w"], "'w' is not one of 'q', 'k', 'v', 'z', 'qk'"),
        (["--component", "qk", "--projection", "circuit"], "not defined for component qk"),
        (["--family", "tweets"], "'tweets' is not one of"),
        (["--sequences", "0"], "0 is not in the range x>=1"),
        (["--held-out", "0"], "0 is not in the range x>=1"),
        (
            ["--alphabet", "27"],
            "--alphabet 27: give 1 to 26, the number of tokens of this model that sequences are made of",
        ),
    ],
)
def test_refused_in_one_line(run, arguments, said):
    code, out, err = run(*arguments)
    assert (code, out, err.count("\n")) == (WRONG_ARGUMENT, "", 1)
    assert said in err
