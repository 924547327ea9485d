"""What stands in the terminal: it fits, it is aligned, and no vocabulary entry can do anything but be read."""

import unicodedata

from hypothesis import given, settings
from hypothesis import strategies as st
from rich.cells import cell_len

from harness.records.cell import Cell, Verdict
from harness.records.counterexample import Counterexample, ShownReading
from harness.records.words import VERDICTS
from harness.terminal.verdicts import COLOURS, counterexample_lines, legend, nulls_line, refutation, summary
from harness.text import word

quick = settings(max_examples=80, deadline=None)
ENTRIES = st.sampled_from(
    [
        " the",
        "x",
        "",
        "\n",
        "\t\r",
        "\x1b[31m",
        "\u202e",
        "\ud800",
        "日本語",
        "👩‍👩‍👧",
        "e\u0301",
        "internationalisation",
        "</script>",
    ]
) | st.text(max_size=6)
CLAIM = "a_repeated_token_reads_the_same_after_its_first_copy"


def flat(texts, read, label="head(S)"):
    return ShownReading(
        label=label,
        start=0,
        ids=list(range(len(texts))),
        text=texts,
        rows=None,
        tokens=list(range(len(read))),
        strings=read,
        margins=[1.0] * len(read),
    )


def stacked(texts, rows, label="head(S)", start=0):
    tokens = [list(range(len(row))) for row in rows]
    return ShownReading(
        label=label,
        start=start,
        ids=list(range(len(texts))),
        text=texts,
        rows=tokens,
        tokens=None,
        strings=rows,
        margins=tokens,
    )


def broken(*readings, at=None, inputs=None):
    return Counterexample(
        id="c1a2b3d4", inputs=inputs or {"S": "(1, 2)"}, readings=readings, first_difference=at, margin=1.0, length=3
    )


def cell(verdict=Verdict.REFUTED, **more):
    measured = (
        {}
        if verdict in (Verdict.ERROR, Verdict.VACUOUS)
        else {"degree": 0.5, "degree_low": 0.4, "degree_high": 0.6, "census_n": 200}
    )
    return Cell("11.10", "qk", "output", "repetition", more.pop("conjecture", CLAIM), verdict, **{**measured, **more})


# One entry


@quick
@given(ENTRIES)
def test_a_vocabulary_entry_is_one_printable_word(entry):
    shown = word(entry)
    assert shown
    assert shown.isprintable()
    assert " " not in shown
    assert not any(unicodedata.category(c) in ("Mn", "Me", "Cc", "Cf", "Cs") for c in shown)
    shown.encode()


def test_plain_words_stay_as_they_are():
    assert word("◌") == "◌"
    assert [word(entry) for entry in ("the", " the", "", "<b>", "日本")] == ["the", "·the", "∅", "<b>", "日本"]


# The table


@st.composite
def tables(draw):
    n = draw(st.integers(1, 30))
    texts, one, other = (draw(st.lists(ENTRIES, min_size=n, max_size=n)) for _ in range(3))
    return broken(
        flat(texts, one, draw(st.sampled_from(["head(S)", "head(S + a + b + t)[11:24] and more"]))),
        flat(texts, other),
        at=(draw(st.integers(0, n - 1)),),
    )


@quick
@given(tables(), st.integers(60, 200))
def test_every_line_fits_the_terminal_whatever_the_vocabulary_holds(found, width):
    for row in counterexample_lines(found, width=width):
        assert cell_len(row) <= width
        assert row.isprintable()


@quick
@given(tables())
def test_the_caret_stands_under_the_first_difference(found):
    """Cut where the caret is, in columns of the terminal, both readings begin with their differing entries."""
    *_, one, other, carets = counterexample_lines(found, width=80)
    column = cell_len(carets[: carets.index("^")])
    (at,) = found.first_difference
    for row, shown in ((one, found.readings[0]), (other, found.readings[1])):
        rest = from_column(row, column)
        entry = word(shown.strings[at])
        assert rest.split(" ")[0].rstrip("…") in entry
        assert entry[0] == rest[0]
        assert from_column(row, column - 1)[0] == " ", "an entry begins here"


def from_column(row, column):
    for i in range(len(row) + 1):
        if cell_len(row[:i]) == column:
            return row[i:]
    raise AssertionError(f"no character begins at column {column}: {row!r}")


def test_a_counterexample_reads_as_a_table():
    left, right = flat([" the", " dog"], ["even", "odd"]), flat([" the", " dog"], ["even", "even"], "head(S * 2)")
    assert list(counterexample_lines(broken(left, right, at=(1,)), width=80)) == [
        "  S = (1, 2)",
        "  input       ·the ·dog",
        "  head(S)     even odd",
        "  head(S * 2) even even",
        "                   ^",
    ]


def test_different_inputs_stand_above_their_own_readings():
    left, right = flat(["a", "b"], ["x", "y"]), flat(["c", "b"], ["z", "y"], "head(R)")
    assert [row.split()[0] for row in list(counterexample_lines(broken(left, right, at=(0,)), width=80))[1:]] == [
        "input",
        "head(S)",
        "input",
        "head(R)",
        "^",
    ]


def test_of_triangles_the_row_that_differs_is_shown():
    left = stacked(["a", "b", "c"], [["p"], ["q", "r"], ["s", "t", "u"]])
    right = stacked(["a", "b", "c"], [["p"], ["q", "!"], ["s", "t", "u"]])
    rows = list(counterexample_lines(broken(left, right, at=(1, 1)), width=80))
    assert rows[1] == "  row 1 of the triangle (query 1, keys from 0)"
    assert [row.split() for row in rows[2:]] == [
        ["input", "a", "b"],
        ["head(S)", "q", "r"],
        ["head(S)", "q", "!"],
        ["^"],
    ]
    assert rows[-1].index("^") == rows[3].index("r")


def test_a_far_difference_is_kept_in_sight():
    left, right = flat(["word"] * 40, ["token"] * 40), flat(["word"] * 40, ["token"] * 39 + ["other"])
    rows = list(counterexample_lines(broken(left, right, at=(39,)), width=80))
    assert rows[-2].endswith("other")
    assert rows[-1].index("^") == rows[-2].index("other")
    assert all("…" in row for row in rows[1:-1])


def test_a_reading_without_a_partner_stands_by_itself():
    rows = list(counterexample_lines(broken(flat(["a"], ["x"])), width=80))
    assert [row.split() for row in rows[1:]] == [["input", "a"], ["head(S)", "x"]]


# The refutation and the summary


def test_a_refutation_ends_with_the_line_that_replays_it():
    made = cell(counterexample=broken(flat(["a"], ["x"])))
    rows = list(refutation(made, width=80))
    assert rows[0] == f"repetition.py::{CLAIM}[11.10-qk]"
    assert rows[-1] == "  replay: headlaws replay c1a2b3d4"
    assert list(refutation(made, width=80, options=" --store 'my store.db'"))[-1].endswith(
        "replay c1a2b3d4 --store 'my store.db'"
    )
    assert list(refutation(cell(), width=80)) == []


@quick
@given(
    verdict=st.sampled_from(Verdict),
    message=st.sampled_from(["", "IsADirectoryError: a/very/long/path/" * 8, "two words"]),
    near_ties=st.integers(0, 300),
    with_counterexample=st.booleans(),
    width=st.integers(60, 200),
)
def test_the_summary_fits_and_names_every_verdict(verdict, message, near_ties, with_counterexample, width):
    found = broken(flat(["a"], ["x"]), inputs={"S": str(tuple(range(40)))}) if with_counterexample else None
    cells = [cell(verdict, message=message, near_ties=near_ties, counterexample=found)]
    rows = list(summary(cells, width=width))
    assert rows[len([*legend(cells, width=width)])] == "repetition"
    assert all(len(row) <= width for row in rows)
    assert f" {VERDICTS[verdict].letter} {VERDICTS[verdict].word}" in "\n".join(rows)


def test_a_rate_is_never_without_its_n():
    text = "\n".join(summary([cell()], width=100))
    assert "0.500 [.40, .60] 200/200" in text
    assert "0.500 [.40, .60]  20/200" in "\n".join(summary([cell(violations=180)], width=100))
    assert "not measured" in "\n".join(summary([cell(Verdict.VACUOUS)], width=100))


def test_all_columns_fit_into_80_and_near_ties_are_never_cut():
    found = broken(flat(["a"], ["x"]), inputs={"S": str(tuple(range(40)))})
    more = {"null_random": 0.9996, "null_rotated": 0.0, "null_surrogate": 0.41, "flags": "trivial gauge"}
    made = cell(counterexample=found, near_ties=3, near_tied=0.3, violations=194, **more)
    row, below = [*summary([made], width=80)][-2:]
    assert row == "    R refuted   11.10-qk 0.500 [.40, .60]   6/200 null .99/0/.41 #c1a2b3d4 tb"
    assert below.split() == ["3", "near-ties,", "near-tied", "entries", "30", "%"]
    assert "3 near-ties" in [*summary([made], width=130)][-1]
    assert [*summary([made], width=300)][-1].endswith("39)")
    few = [*summary([cell(near_tied=0.004, flags="gauge"), cell(Verdict.SATISFIED)], width=80)]
    assert few[1] == "flags: b basis-dependent, ≈ near-ties among its entries, under 1 %"
    assert [line.endswith(" b≈") for line in few if "0.500" in line] == [True, False]


def test_columns_and_letters_are_explained_above_the_lines_that_have_them():
    first, second, *_ = summary([cell(flags="gauge"), cell(flags="untrained gauge")], width=80)
    assert first == "agreement [interval], sequences that obey/drawn, nulls, #counterexample, flags"
    assert second == "flags: u also true untrained, b basis-dependent"
    assert next(iter(summary([cell(Verdict.VACUOUS)], width=80))) == "repetition"
    assert "null -/1/-" in "\n".join(summary([cell(null_rotated=1.0)], width=80))
    assert "null" not in "\n".join([*summary([cell()], width=200)][1:])


def test_what_was_done_about_nulls_is_one_line():
    assert nulls_line(0, "left out (--no-nulls)") == "null models: left out (--no-nulls)"
    assert "60 sequences" in nulls_line(60, "")


def test_chapters_and_claims_are_named_once():
    cells = [cell(), cell(Verdict.SATISFIED), cell(conjecture="another_claim")]
    text = "\n".join(summary(cells, width=100))
    assert text.count("repetition") == 1
    assert text.count("a repeated token") == 1
    assert text.index("a repeated token") < text.index("another claim")


def test_every_verdict_has_its_colour():
    assert set(COLOURS) == set(Verdict), "colour is never the only sign: tests/docs/test_plain_words.py has the letters"
