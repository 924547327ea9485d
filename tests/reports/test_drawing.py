import random
from itertools import combinations
from xml.etree import ElementTree

import pytest

from reports.colour import in_order
from reports.documents import token_plot as plot_of
from reports.documents import transitions as graph_of
from reports.drawing import ATTENTION_STEPS, definitions, discoveries, token_plot
from reports.graph import transition_graph
from reports.placement import boxes

SMALL = {
    "ids": [1, 2],
    "input": ["a", "</text><script>"],
    "rows": [[7], [7, 8]],
    "strings": {"7": " the", "8": "\ud800\u202e" + "x" * 200},
    "near_ties": [[False], [True, False]],
    "attention": [[1.0], [0.02, 0.98]],
    "q": [7, 8],
    "k": [8, 8],
    "v": [7, 7],
    "z": [7, 8],
}


def parsed(markup):
    return ElementTree.fromstring(str(markup))


def test_a_plot_has_a_cell_a_pair_coloured_by_discovery():
    plot = plot_of("words", SMALL)
    assert [(one.order, one.token.id, one.cells) for one in discoveries(plot)] == [(0, 7, 2), (1, 8, 1)]
    drawn = parsed(token_plot(plot, "p", "a plot"))
    uses = [use.get("href") for use in drawn.iter("use")]
    assert [href for href in uses if href.startswith("#p-")] == ["#p-0", "#p-0", "#p-1"]
    fills = [rect.get("fill") for rect in drawn.iter("rect")]
    assert fills == [in_order(0, 2), in_order(1, 2)]


def test_attention_is_a_border_where_it_matters_and_a_number_everywhere():
    drawn = str(token_plot(plot_of("words", SMALL), "p", "a plot"))
    steps = [use.get("href") for use in parsed(drawn).iter("use") if use.get("href").startswith("#a")]
    assert steps == [f"#ad{ATTENTION_STEPS}", f"#al{ATTENTION_STEPS}"]
    assert "1, 0: ·the (7), attention 0.020, near-tie" in drawn


def test_borders_grow_with_attention():
    borders = [rect for rect in parsed(definitions()).iter("rect") if rect.get("id").startswith("ad")]
    widths = [float(rect.get("stroke-width")) for rect in borders]
    opacities = [float(rect.get("stroke-opacity")) for rect in borders]
    assert widths == sorted(set(widths))
    assert opacities == sorted(set(opacities))
    assert len(widths) == ATTENTION_STEPS


def test_axes_go_clockwise_from_the_query():
    drawn = parsed(token_plot(plot_of("words", SMALL), "p", "a plot"))
    assert [text.text for text in drawn.iter("text") if text.get("class") == "axis"] == [
        "query",
        "value",
        "key",
        "input",
    ]


def test_hostile_tokens_stay_text_and_stay_short():
    drawn = str(token_plot(plot_of("words", SMALL), "p", "a plot"))
    drawn.encode("utf-8")
    assert "<script" not in drawn
    assert max(len(text.text or "") for text in parsed(drawn).iter("text")) <= 13


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
