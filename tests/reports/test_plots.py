from reports.drawing.colormap import in_order
from reports.drawing.plots import discoveries, plot_data
from reports.stored_documents import token_plot

SMALL = {
    "ids": [1, 2],
    "input": ["a", "</text><script>"],
    "rows": [[7], [7, 8]],
    "strings": {"7": " the", "8": "\ud800\u202e" + "x" * 200},
    "near_ties": [[False], [True, False]],
    "attention": [[1.0], [0.0204, None]],
    "q": [7, 8],
    "k": [8, 8],
    "v": [7, 7],
    "z": [7, 8],
}


def test_tokens_are_numbered_and_coloured_by_first_appearance():
    found = discoveries(token_plot("words", SMALL))
    assert [(one.order, one.token.id, one.cells) for one in found] == [(0, 7, 2), (1, 8, 1)]
    assert [one.colour for one in found] == [in_order(0, 2), in_order(1, 2)]
    assert [one.dark for one in found] == [True, False]


def test_the_script_gets_cells_by_number_attention_in_thousandths_and_near_ties_by_place():
    assert plot_data(token_plot("words", SMALL)) == {
        "rows": [[0], [0, 1]],
        "attention": [[1000], [20, None]],
        "near_ties": [[1, 0]],
    }
