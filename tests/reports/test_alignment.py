from reports.drawing.alignment import grid
from reports.values import Token
from reports.views import Counterexample, Difference, Reading


def tokens(*ids):
    return tuple(Token(id, str(id)) for id in ids)


def line(label, *ids):
    return Reading(label, 0, tokens(*range(len(ids))), tokens(*ids), None)


def triangle(label, *rows):
    return Reading(label, 0, tokens(*range(len(rows))), None, tuple(tokens(*row) for row in rows))


def broken(*readings, at=None):
    difference = None if at is None else Difference(tuple(range(min(2, len(readings)))), at)
    return Counterexample("c1", (), readings, difference, None)


def marked(found):
    return [
        (row.label, place) for row in found.rows for place, entry in enumerate(row.entries) if entry.first_difference
    ]


def test_lines_stand_beneath_each_other_under_their_inputs():
    found = grid(broken(line("a", 5, 6, 7), line("b", 5, 8), at=(1,)), 8)
    assert [(row.kind, row.label) for row in found.rows] == [
        ("input", "a"),
        ("input", "b"),
        ("reading", "a"),
        ("reading", "b"),
    ]
    assert {len(row.entries) for row in found.rows} == {3}
    assert marked(found) == [("a", 1), ("b", 1)]


def test_where_the_shorter_reading_has_nothing_the_gap_is_marked():
    found = grid(broken(line("a", 5, 6, 7), line("b", 5, 6), at=(2,)), 8)
    assert marked(found) == [("a", 2), ("b", 2)]
    assert found.rows[-1].entries[2].token is None


def test_a_token_that_is_the_same_on_the_other_side_is_not_marked_there():
    assert marked(grid(broken(line("a", 5, 6), line("b", 5, 6), at=(1,)), 8)) == [("a", 1)]


def test_triangles_stand_query_by_query():
    found = grid(broken(triangle("a", [1], [2, 3]), triangle("b", [1], [2, 4]), at=(1, 1)), 8)
    assert [row.label for row in found.rows] == [
        "a",
        "b",
        "a, query 0",
        "b, query 0",
        "a, query 1",
        "b, query 1",
    ]
    assert marked(found) == [("a, query 1", 1), ("b, query 1", 1)]
    assert [row.begins for row in found.rows] == [True, False, True, False, True, False]


def test_of_a_tall_triangle_the_query_of_the_difference_is_shown():
    rows = [[0] * (i + 1) for i in range(9)]
    found = grid(broken(triangle("a", *rows), at=(4, 2)), 8)
    assert [row.label for row in found.rows] == ["a", "a, query 4"]
    assert found.hidden == 8


def test_a_difference_within_one_reading_and_none_at_all():
    assert marked(grid(broken(line("a", 5, 6), at=(1,)), 8)) == [("a", 1)]
    assert marked(grid(broken(line("a", 5, 6)), 8)) == []
    assert grid(broken(), 8).rows == ()


def test_fewer_tokens_than_ids_are_shown_as_far_as_they_go():
    last = Reading("a, last position", 0, tokens(1, 2, 3), tokens(9), None)
    assert [entry.token and entry.token.id for entry in grid(broken(last), 8).rows[1].entries] == [9, None, None]
