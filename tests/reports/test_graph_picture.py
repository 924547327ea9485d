import random
from dataclasses import replace
from itertools import combinations
from xml.etree import ElementTree

import pytest

from reports.drawing.graph import MOST_EDGES, MOST_NODES, layout, picture
from reports.drawing.layout import boxes
from reports.graph_views import Box
from reports.stored_documents import transitions as graph_of

SVG = "{http://www.w3.org/2000/svg}"


def parsed(markup):
    return ElementTree.fromstring(str(markup))


def loops():
    return graph_of(
        "z",
        {
            "nodes": [{"id": 1, "text": "a", "count": 9}, {"id": 2, "text": "</svg>", "count": 3}],
            "edges": [
                {"source": 1, "target": 1, "count": 6, "examples": ["t"]},
                {"source": 1, "target": 2, "count": 2, "examples": []},
                {"source": 2, "target": 1, "count": 1, "examples": []},
            ],
            "sequences": 9,
        },
    )


def test_every_edge_is_drawn_self_loops_too_wider_where_commoner():
    drawn = parsed(picture(loops(), "a graph"))
    edges = [path for path in drawn.iter(f"{SVG}path") if path.get("class") == "edge"]
    assert [path.find(f"{SVG}title").text for path in edges] == [
        "a → a: 6 times",
        "a → </svg>: 2 times",
        "</svg> → a: 1 time",
    ]
    widths = [float(path.get("stroke-width")) for path in edges]
    assert widths == sorted(widths, reverse=True)
    assert "C" in edges[0].get("d")
    assert len({path.get("d") for path in edges}) == 3


def test_a_large_graph_is_cut_to_its_commonest_edges():
    many = range(MOST_EDGES + 2)
    drawn = layout(
        graph_of(
            "z",
            {
                "nodes": [{"id": id, "text": str(id), "count": 99 - id} for id in many],
                "edges": [{"source": id, "target": 0, "count": 99 - id} for id in many],
                "sequences": 9,
            },
        )
    )
    assert [(edge.source, edge.target) for edge in drawn.edges] == [(id, 0) for id in range(MOST_NODES)]
    assert {node.token.id for node in drawn.nodes} == drawn.boxes.keys() == {*range(MOST_NODES)}


def test_nodes_stand_where_the_study_put_them():
    graph = loops()
    boxes = {1: Box(30.0, 40.0, 46.0, 38.0), 2: Box(230.0, 40.0, 46.0, 38.0)}
    placed = replace(graph, nodes=tuple(replace(node, box=boxes[node.token.id]) for node in graph.nodes))
    assert layout(placed).boxes == boxes
    assert "translate(230.0 40.0)" in picture(placed, "a graph")
    one_only = replace(placed, nodes=(placed.nodes[0], graph.nodes[1]))
    assert layout(one_only).boxes == layout(graph).boxes, "a store of an older version names no places"


def test_a_graph_without_edges_is_no_picture():
    empty = graph_of("z", {"nodes": [], "edges": [], "sequences": 0})
    assert not list(parsed(picture(empty, "a graph")).iter(f"{SVG}g"))


@pytest.mark.parametrize("seed", range(5))
def test_no_box_covers_another_and_places_stay(seed):
    rng = random.Random(seed)
    sizes = {node: (rng.uniform(40, 150), 38.0) for node in range(18)}
    edges = [(rng.randrange(18), rng.randrange(12)) for _ in range(25)]
    placed = boxes(sizes, edges, 900, 500)
    assert placed == boxes(sizes, edges[::-1], 900, 500)
    for one, other in combinations(placed.values(), 2):
        assert (
            abs(one.x - other.x) >= (one.width + other.width) / 2
            or abs(one.y - other.y) >= (one.height + other.height) / 2
        )
