"""Formats: what is written can be read again, whatever the vocabulary holds."""

import html
import json
import re
import shutil
import subprocess
from io import BytesIO
from xml.etree import ElementTree

import networkx as nx
import pytest

from harness import load_model
from harness.errors import HeadlawsError
from harness.graphs.formats import WRITERS, as_dot, as_graphml, as_json, as_svg, check, write
from harness.graphs.graph_json import FORMAT
from harness.graphs.labels import Labelling
from harness.graphs.plan import Plan, drawn
from harness.graphs.states import Abstraction
from harness.graphs.study import study
from harness.text import token
from reports.drawing.graph import MOST_EDGES, MOST_NODES
from reports.stored_documents import transitions

HOSTILE = (
    "</script><script>alert(1)</script>",
    '"];\n} digraph { x [label="',
    "\\N \\G \\l \\",
    "&lt;b&gt; & &amp;",
    "<<b>html</b>>",
    "\ud800",
    "\x00\x1b[31m\x7f",
    "\u202egnp.exe",
    "]]>",
    "a" * 200,
    "",
    " ",
    "e\u0301" + "\u0301" * 40,
    "\ufffe\uffff",
    "{|}",
)


def made(model, head="0.1", component="z", **plan):
    chosen = Plan(sequences=30, held_out=30, **plan)
    return study(model.head(head).component(component), chosen, drawn(chosen, model.lexicon)).to_json()


@pytest.fixture
def hostile(monkeypatch):
    """The specimen with a vocabulary that nobody would wish for."""
    model = load_model("specimen")
    monkeypatch.setattr(type(model.backbone), "token", lambda _self, id: HOSTILE[id % len(HOSTILE)])
    return model


PLANS = [
    {},
    {"alphabet": 20, "labelling": Labelling.NOVELTY},
    {"abstraction": Abstraction.ALPHABET, "component": "qk", "head": "0.5", "alphabet": 4},
    {"abstraction": Abstraction.PATTERN, "labelling": Labelling.KIND, "alphabet": 2},
    {"families": ("words", "repeats"), "head": "1.6"},
]


@pytest.fixture(params=PLANS, ids=str)
def data(request, hostile):
    return made(hostile, **request.param)


def test_graphml_loads_again_with_every_edge(data):
    written = BytesIO(as_graphml(data).encode("utf-8"))
    again = nx.read_graphml(written, node_type=int, force_multigraph=True)
    assert {node: (found["text"], found["count"]) for node, found in again.nodes(data=True)} == {
        node["id"]: (token(node["text"]), node["count"]) for node in data["nodes"]
    }
    assert [list(map(int, again.nodes[node["id"]]["tokens"].split())) for node in data["nodes"]] == [
        node["tokens"] for node in data["nodes"]
    ]
    edges = {
        (source, target, found["label"]): (found["text"], found["count"])
        for source, target, found in again.edges(data=True)
    }
    assert edges == {
        (edge["source"], edge["target"], str(label)): (text_of(data, label), count)
        for edge in data["edges"]
        for label, count in edge["labels"]
    }


def text_of(data, label):
    """What a label is called: its class, or the vocabulary entry of its id made visible."""
    return label if isinstance(label, str) else token(HOSTILE[label % len(HOSTILE)])


STRING = re.compile(r'"((?:[^"\\]|\\.)*)"')


def read_label(written):
    """As Graphviz reads a label: backslashes first, then entities."""
    assert not re.search(r"\\[^\\\"]", written.replace("\\\\", "")), "an escape that means something to Graphviz"
    return html.unescape(written.replace("\\\\", "\0").replace('\\"', '"').replace("\0", "\\"))


def test_dot_keeps_every_text_inside_its_quotation_marks(data):
    written = as_dot(data)
    lines = written.splitlines()
    nodes = [line for line in lines if re.match(r"  \d+ \[", line)]
    assert [read_label(STRING.findall(line)[0]) for line in nodes] == [token(node["text"]) for node in data["nodes"]]
    edges = [line for line in lines if " -> " in STRING.sub("", line)]
    assert len(edges) == len(data["edges"])
    for line, edge in zip(edges, data["edges"], strict=True):
        said = read_label(STRING.findall(line)[0])
        assert said.startswith(f"{edge['count']}: {' '.join(map(token, edge['examples']))}")
    outside = STRING.sub("", written.split("\n", 1)[1])
    assert re.fullmatch(r"[\w\s{}\[\]=,;.>-]*", outside)
    assert outside.count("{") == outside.count("}") == 1
    assert all(line.isprintable() for line in lines)


@pytest.mark.skipif(shutil.which("dot") is None, reason="Graphviz is not installed")
def test_graphviz_reads_the_same_texts(data):
    done = subprocess.run(["dot", "-Tjson0"], input=as_dot(data), capture_output=True, text=True, check=True)
    assert done.stderr == ""
    found = json.loads(done.stdout)
    assert [read_label(node["label"].replace('"', '\\"')) for node in found["objects"]] == [
        token(node["text"]) for node in data["nodes"]
    ]
    assert len(found["edges"]) == len(data["edges"])


def test_json_is_the_document_itself(data):
    written = as_json(data)
    assert written.isascii()
    assert json.loads(written) == data


def test_svg_is_well_formed_and_shows_texts_as_texts(data):
    root = ElementTree.fromstring(as_svg(data))
    kinds = {element.tag.rpartition("}")[2] for element in root.iter()}
    assert kinds <= {"svg", "style", "defs", "marker", "rect", "g", "title", "text", "path"}
    titles = {element.text for element in root.iter("{http://www.w3.org/2000/svg}title")}
    drawn_nodes = [node for node in data["nodes"] if "place" in node]
    assert titles >= {f"{token(node['text'])} ({node['id']}), {node['count']} readings" for node in drawn_nodes}


def test_the_document_says_what_its_module_says(data, hostile):
    assert (data["format"], data["model"], data["fingerprint"]) == (
        FORMAT,
        "specimen",
        hostile.backbone.fingerprint,
    )
    counts = {node["id"]: node["count"] for node in data["nodes"]}
    assert list(counts.values()) == sorted(counts.values(), reverse=True)
    steps = data["statistics"]["support"]["steps"]
    assert sum(edge["count"] for edge in data["edges"]) == steps
    assert sum(counts.values()) == steps + data["sequences"]
    for edge in data["edges"]:
        assert edge["count"] == sum(count for _, count in edge["labels"])
        assert list(map(token, edge["examples"])) == [text_of(data, label) for label, _ in edge["labels"][:3]]
        assert {edge["source"], edge["target"]} <= counts.keys()
    for part in data["statistics"]["structure"]["recurrent"]:
        assert set(part["nodes"]) <= counts.keys()
    for taken in data["statistics"]["automaton"].get("transitions", []):
        assert taken["says"] in counts


def test_places_are_the_same_every_time_and_no_two_boxes_overlap(data, hostile):
    placed = [node["place"] for node in data["nodes"] if "place" in node]
    assert 1 <= len(placed) <= MOST_NODES
    for i, one in enumerate(placed):
        for other in placed[:i]:
            across = abs(one["x"] - other["x"]) - (one["width"] + other["width"]) / 2
            down = abs(one["y"] - other["y"]) - (one["height"] + other["height"]) / 2
            assert max(across, down) >= 0
    assert min(box["x"] - box["width"] / 2 for box in placed) >= 0


def test_a_study_made_again_is_the_same_bytes(specimen):
    assert as_json(made(specimen, "0.7")) == as_json(made(load_model("specimen"), "0.7"))
    assert as_json(made(specimen, "0.7", seed=1)) != as_json(made(specimen, "0.7"))


PLACES = {"#3": (23.0, 19.0), "#2": (58.2, 123.3), "#1": (135.5, 220.9), "#0": (251.3, 307.0)}


def test_places_of_a_small_graph_do_not_depend_on_the_machine(specimen):
    """Written down once: they come from sums, products and square roots alone."""
    climb = made(specimen, "1.6", families=("repeats",))
    assert {node["text"]: (node["place"]["x"], node["place"]["y"]) for node in climb["nodes"]} == PLACES


def test_a_graph_of_many_nodes_is_drawn_in_part(specimen):
    position = made(specimen, "0.3", families=("repeats",))
    assert len(position["nodes"]) == MOST_NODES
    many = made(specimen, "0.1", alphabet=26)
    assert len(many["nodes"]) == 26 > sum("place" in node for node in many["nodes"]) > 0
    told = re.search(r"26 nodes, (\d+) edges, the commonest (\d+) edges between (\d+) nodes drawn", as_svg(many))
    edges, drawn_edges, drawn_nodes = map(int, told.groups())
    assert edges == len(many["edges"]) > MOST_EDGES >= drawn_edges > 0
    assert drawn_nodes == sum("place" in node for node in many["nodes"])


def test_reports_can_show_it(specimen):
    data = made(specimen, "0.4")
    view = transitions("z", data)
    assert [node.token.text for node in view.nodes] == ["odd", "even"]
    assert {(edge.source, edge.target) for edge in view.edges} == {(30, 31), (31, 30)}
    assert (view.sequences, view.family, view.caption) == (30, "words", data["caption"])


def test_files_are_written_by_their_ending(tmp_path, specimen):
    data = made(specimen, "0.4")
    for ending, writer in WRITERS.items():
        path = tmp_path / f"g{ending.upper()}"
        check(path)
        write(path, data)
        assert path.read_text(encoding="utf-8") == writer(data)


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("g.png", "the name's ending gives the format; use one of .graphml, .dot, .json, .svg"),
        ("g", "the name's ending gives the format"),
        ("none/g.svg", "its folder does not exist"),
        ("folder.svg", "this is a folder"),
    ],
)
def test_files_that_cannot_be_written_are_refused_beforehand(tmp_path, name, said):
    (tmp_path / "folder.svg").mkdir()
    with pytest.raises(HeadlawsError, match=said):
        check(tmp_path / name)
