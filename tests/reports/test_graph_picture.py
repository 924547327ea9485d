import random
from itertools import combinations
from xml.etree import ElementTree

import pytest

from reports.drawing.graph import transition_graph
from reports.drawing.layout import boxes
from reports.stored_documents import transitions as graph_of


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
    drawn = transition_graph(loops(), "a graph", most_nodes=9, most_edges=9)
    edges = [path for path in parsed(drawn.picture).iter("path") if path.get("class") == "edge"]
    assert [path.find("title").text for path in edges] == [
        "a → a: 6 times",
        "a → </svg>: 2 times",
        "</svg> → a: 1 time",
    ]
    widths = [float(path.get("stroke-width")) for path in edges]
    assert widths == sorted(widths, reverse=True)
    assert "C" in edges[0].get("d")
    assert len({path.get("d") for path in edges}) == 3


def test_a_large_graph_is_cut_to_its_commonest_edges():
    drawn = transition_graph(loops(), "a graph", most_nodes=9, most_edges=1)
    assert [(edge.source, edge.target) for edge in drawn.edges] == [(1, 1)]
    assert len(drawn.nodes) == 1


def test_a_graph_without_edges_is_no_picture():
    empty = graph_of("z", {"nodes": [], "edges": [], "sequences": 0})
    assert transition_graph(empty, "a graph", most_nodes=9, most_edges=9).picture == ""


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
