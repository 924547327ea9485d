"""Which single changes save a claim: judged on specimen heads whose readings are known."""

from hypothesis import given
from hypothesis.strategies import integers

from harness import conjecture, constant, tokens, words
from harness.cli.explained import explained_lines, explained_plain
from harness.laws.families import Extension
from harness.trials.explanation import EditKind, changes, explanation, parts


@conjecture(components="z", source="a test")
@given(S=words())
def one_token_is_read(head, S):
    """Every position reads the same."""
    assert constant(head(S))


@conjecture(components="z", source="a test")
@given(t=tokens(), times=integers(1, 9))
def few_positions_are_read(head, t, times):
    """A token said so often reads the same everywhere."""
    assert constant(head((t,) * times))


one_token_is_read.__test__ = few_positions_are_read.__test__ = False  # explained here, not tried
A, B, C = 1, 2, 3


def test_each_token_is_replaced_and_left_out_and_each_count_varied():
    made = [(part, at, kind.value, by) for part, at, kind, by, _ in changes({"S": (B, A), "times": 1}, (A, B))]
    assert made == [
        ("S", 0, "deleted", None),
        ("S", 0, "replaced", A),
        ("S", 1, "deleted", None),
        ("S", 1, "replaced", B),
        ("times", 0, "counted", 2),
    ]


def test_an_extension_is_its_sequence_and_its_token():
    inputs = {"extension": Extension((A,), B)}
    assert [(part.name, part.ids, part.is_sequence) for part in parts(inputs)] == [
        ("extension.S", (A,), True),
        ("extension.t", (B,), False),
    ]
    made = [changed["extension"] for *_, changed in changes(inputs, (A,))]
    assert made == [Extension((A,), A)]


def test_the_token_that_differs_is_the_one_that_matters(specimen):
    head = specimen.head("0.1").component("z")  # it echoes
    found = explanation(one_token_is_read.conjecture, head, {"S": (A, A, C)})
    (S,) = found.parts
    assert [found.matters(S, i) for i in range(3)] == [False, False, True]
    saving = {(change.position, change.kind, change.by) for change in found.changes if change.saves}
    assert saving == {(2, EditKind.DELETED, None), (2, EditKind.REPLACED, A)}


def test_it_is_shown_as_a_grid_of_eighty_columns(specimen):
    head = specimen.head("0.1").component("z")
    found = explanation(one_token_is_read.conjecture, head, {"S": (A, A, C)})
    lines = [line.rstrip() for line in explained_lines(found, specimen.text, width=80)]
    assert all(len(line) <= 80 for line in lines)
    first = lines.index("S =      a a c")
    assert lines[first:] == [
        "S =      a a c",
        "             ^",
        "left out . . +",
        "b        . . .",
        "c        . .",
        "a            +",
        "",
        "1 of 3 tokens matter: S[2]",
    ]


def test_where_only_the_count_matters_it_is_said(specimen):
    head = specimen.head("0.3").component("z")  # it reads positions
    found = explanation(few_positions_are_read.conjecture, head, {"t": A, "times": 2})
    lines = list(explained_lines(found, specimen.text, width=80))
    assert "times = 2; 1 +, 3 ." in "\n".join(lines).splitlines()
    assert lines[-1] == "changing any one of its 1 token does not save the law"
    plain = explained_plain(found, specimen.text)
    assert plain["matters"] == {"t": []}
    assert {(one["by"], one["saves"]) for one in plain["changes"] if one["kind"] == "counted"} == {
        (1, True),
        (3, False),
    }
