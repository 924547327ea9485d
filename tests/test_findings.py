"""The last lines of a run: at 80 columns, the facts first, then what stands out, then the counts."""

from dataclasses import replace

import pytest
from rich.cells import cell_len

from harness.records.cell import Cell, Verdict
from harness.records.comparison import Comparison
from harness.terminal.findings import counts, findings

CELL = Cell(
    *("0.0", "z", "output", "iteration", "reading_ones_own_reading_comes_to_rest_by_the_third_time_whatever_it_is"),
    verdict=Verdict.REFUTED,
    degree=0.97,
    census_n=32,
    violations=1,
    comparisons={
        "random": Comparison((0.0, 0.07), 0.9, 0.5, 1.0, 32),
        "rotated": Comparison((0.29, 0.01), 0.68, 0.4, 0.9, 32),
        "surrogate": Comparison((0.49,), 0.48, 0.2, 0.7, 32),
    },
    stands_out="above",
)
FACTS = {
    "says": {
        "z": {
            "random": {"positions": 414, "covering": 2, "commonest": [[1, " affili", 0.94], [2, " strugg", 0.06]]},
            "text": {"positions": 414, "covering": 2, "commonest": [[2, " strugg", 0.68], [1, " affili", 0.3]]},
        }
    },
    "attends": {"random": {"itself": 0.2, "the first position": 0.24}},
    "reads_bos": {"random": 0.94},
}


def told(cells, facts, width=80):
    return [*findings(cells, facts, width=width)]


def test_the_finding_of_a_switch():
    lines = told([CELL, replace(CELL, stands_out="", conjecture="another", p_above=None)], {"0.0": FACTS})
    assert "\n".join(lines) == (
        'head 0.0: z is a switch between two tokens: on random tokens "·affili" 94 %,\n'
        '    "·strugg" 6 %; on natural text "·strugg" 68 %, "·affili" 30 %\n'
        "  attends widely, most to the first position 24 %; at 94 % of positions z says\n"
        "    what the value of BOS alone says (random tokens)\n"
        "1 of 2 cells stands out\n"
        "agreement; nearest head of each null: random, rotated, dealt out; sequences; law\n"
        "   0.97  .07 .29 .49  32  z reading ones own reading comes to rest by the third\n"
        "                          time whatever it is\n"
        "2 cells: 2 refuted (2 with rare exceptions)"
    )


@pytest.mark.parametrize("width", [80, 60, 120])
def test_every_line_fits(width):
    hostile = {
        **FACTS,
        "says": {"z": {"random": {"positions": 9, "covering": 1, "commonest": [[1, "\x1b[31m名" * 9, 1.0]]}}},
    }
    many = [replace(CELL, head=f"0.{i}", degree=i / 9) for i in range(9)]
    lines = told(many, dict.fromkeys((f"0.{i}" for i in range(9)), hostile), width)
    assert max(map(cell_len, lines)) <= width
    assert "\x1b" not in "".join(lines)
    assert "the report has the facts of 6 more heads" in lines
    assert sum("  z reading" in line or "-z reading" in line for line in lines) == 5


def test_the_head_of_a_law_is_named_where_there_are_several_or_it_is_a_pair():
    pair = replace(CELL, head="0.0+0.1", conjecture="a_law_of_two")
    said = [line.partition("  32 ")[2].strip() for line in told([CELL, pair], {}) if "  32 " in line]
    assert "0.0+0.1-z a law of two" in said
    assert any(line.startswith("z reading") for line in said)
    assert any(" 0.0-z reading" in line for line in told([CELL, replace(CELL, head="0.1")], {}))


def test_a_null_of_1_stands_in_its_column():
    sure = {**CELL.comparisons, "random": Comparison((1.0,), -0.2, -0.3, -0.1, 32)}
    nearly = {**sure, "rotated": Comparison((0.997,), -0.2, -0.3, -0.1, 32)}
    lines = told([replace(CELL, stands_out="below", comparisons=nearly)], {})
    assert any("    1 .99 .49  32  z" in line for line in lines)


def test_below_the_nearest_null_is_the_lowest():
    beside = {name: replace(one, excess=-0.2) for name, one in CELL.comparisons.items()}
    lines = told([replace(CELL, degree=0.0, stands_out="below", comparisons=beside)], {})
    assert any(".00 .01 .49" in line for line in lines)


def test_where_nothing_stands_out_it_is_said():
    assert told([replace(CELL, stands_out="")], {})[0].startswith("nothing stands out")
    assert told([replace(CELL, stands_out="", comparisons={})], {})[0].startswith("nothing was compared")


def test_where_few_stand_out_those_furthest_from_their_nulls_are_told_as_unsure():
    unsure = replace(CELL, stands_out="", p_above=0.2, p_below=1.0, conjecture="a_law_of_its_own")
    near = {**CELL.comparisons, "surrogate": Comparison((0.9,), 0.07, -0.1, 0.2, 32)}
    lines = told([unsure, replace(unsure, comparisons=near), replace(unsure, flags="gauge")], {})
    assert lines[:3] == [
        "nothing stands out from all three nulls at the confidence of the run",
        "1 of 3 cells cannot: they depend on a basis that the model does not fix",
        "agreement; nearest head of each null: random, rotated, dealt out; sequences; law",
    ]
    assert [line for line in lines if line.startswith(" ? 0")] == [" ? 0.97  .07 .29 .49  32  z a law of its own"]
    assert " ? among the furthest from their nulls, but not for certain" in lines
    assert not [line for line in told([CELL] * 3 + [unsure], {}) if line.startswith(" ?")]


def test_what_frequencies_explain_is_counted():
    same = {**CELL.comparisons, "surrogate": Comparison((0.95,), 0.02, -0.1, 0.1, 32)}
    lines = told([replace(CELL, stands_out="", comparisons=same)] * 3, {})
    assert "laws above or below both null models that the head's token frequencies explain:" in " ".join(lines)
    assert "3 of z" in " ".join(" ".join(lines).split())


def test_refuted_laws_are_counted_by_how_often_they_are_broken():
    cells = [replace(CELL, violations=n) for n in (1, 16, 32)] + [replace(CELL, verdict=Verdict.SATISFIED)]
    assert counts(cells) == "4 cells: 1 satisfied, 3 refuted (1 with rare exceptions, 1 often broken, 1 always broken)"
    assert counts([replace(CELL, verdict=Verdict.UNDECIDED)]) == "1 cell: 1 undecided"


def test_a_head_is_called_by_its_attention():
    heads = {"1.2": {**FACTS, "attends": {"random": {"the token before": 0.76, "itself": 0.1}}}}
    assert "  a previous-token head: attends to the token before 76 %; at 94 % of positions" in told([CELL], heads)
    assert not [line for line in told([CELL], {"0.0": FACTS}) if "-token head" in line]
    induction = {"itself": 0.91, "what followed an earlier copy": 0.48}
    said = " ".join(" ".join(told([CELL], {"18.6": {**FACTS, "attends": {"random": induction}}})).split())
    assert "head: attends to itself 91 %, what followed an earlier copy 48 % (sequences said twice); at 94" in said
