"""The pytest plugin as people meet it: what it collects, what it says, what it exits with. On the specimen."""

import json
import sqlite3
import sys
import textwrap

import pytest

from harness.errors import ModelError
from tests.support.in_process import run

LAW = """
    from hypothesis import given
    from harness import agree, conjecture, words

    @conjecture(components="v z", source="a test")
    @given(S=words(max_length=4))
    def {name}(head, S):
        '''The reading of S twice over begins as the reading of S.'''
        assert {claim}
"""
HOLDS = LAW.format(
    name="the_reading_of_a_sequence_is_how_longer_ones_begin", claim="agree(head(S), head(S * 2)[: len(S)])"
)
FAILS = LAW.format(name="every_head_reads_the_first_letter_only", claim="agree(head(S), head((S[0],) * len(S)))")


@pytest.fixture
def book(pytester):
    """A folder `properties` beside which pytest is run, filled by name."""

    def write(**chapters):
        folder = pytester.mkdir("properties")
        for name, text in chapters.items():
            (folder / f"{name}.py").write_text(textwrap.dedent(text), encoding="utf-8")
        return folder

    return write


def rows(pytester, store=".headlaws/store.db"):
    with sqlite3.connect(pytester.path / store) as connection:
        connection.row_factory = sqlite3.Row
        return [
            dict(row) for row in connection.execute("SELECT * FROM cells ORDER BY chapter, conjecture, head, component")
        ]


@pytest.mark.slow
def test_a_run_exits_with_0_whatever_it_found_and_counts_verdicts(pytester, book):
    book(mine=HOLDS, other=FAILS)
    result = run(pytester, "properties", "--head", "0.1", "--search", "20", "--census", "100")
    assert result.ret == 0
    result.stdout.fnmatch_lines(["*headlaws: seed 0*", "*SS*", "*RR*", "*#????????*", "*report: *index.html"])
    assert "2 satisfied" in result.stdout.lines[-1]
    assert "2 refuted" in result.stdout.lines[-1]
    report = next(line for line in result.stdout.lines if line.startswith("report: ")).partition(": ")[2]
    assert "every_head_reads_the_first_letter_only" in (pytester.path / report).read_text(encoding="utf-8").replace(
        " ", "_"
    )


@pytest.mark.slow
def test_strict_turns_refutations_into_failures(pytester, book):
    book(mine=HOLDS, other=FAILS)
    result = run(pytester, "properties", "--head", "0.1", "--search", "20", "--census", "100", "--strict")
    assert result.ret == 1
    assert "2 failed" in result.stdout.lines[-1]
    book_of_strict_projects = pytester.makeini("[pytest]\nstrict = true")
    assert book_of_strict_projects.exists()
    assert run(pytester, "properties", "--head", "0.1", "--search", "5", "--census", "5").ret == 0


def test_ids_read_chapter_sentence_head_and_component_and_keep_the_order_of_the_book(pytester, book):
    book(mine=HOLDS)
    result = run(pytester, "properties", "--head", "0.0", "--head", "0.1", "--collect-only", "-q")
    assert result.ret == 0
    sentence = "properties/mine.py::the_reading_of_a_sequence_is_how_longer_ones_begin"
    listed = [line for line in result.stdout.lines if "::" in line]
    assert listed == [f"{sentence}[{cell}]" for cell in ("0.0-v", "0.0-z", "0.1-v", "0.1-z")]


def test_components_that_a_claim_does_not_speak_of_are_left_out(pytester, book):
    book(mine=HOLDS)
    result = run(pytester, "properties", "--head", "0.0", "--component", "q v", "--collect-only", "-q")
    assert [line.rpartition("[")[2] for line in result.stdout.lines if "::" in line] == ["0.0-v]"]


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (("--head", "99.0"), "--head '99.0': layer 99 does not exist; specimen has layers 0-1. Did you mean '1.0'?"),
        (("--head", "0.9"), "--head '0.9': head 9 does not exist; specimen has heads 0-7. Did you mean '0.7'?"),
        (("--head", "foo"), "--head 'foo': this is not a head; write layer.head as in '0.0'"),
        (("--component", "w"), "--component 'w': this component is not known; choose from q, k, v, z, qk, attn."),
        (("--projection", "sideways"), "--projection 'sideways': this projection is not known"),
        (
            ("--projection", "circuit", "--component", "qk"),
            "--projection 'circuit': it is not defined for component qk; use output",
        ),
        (("--census", "-1"), "--census -1"),
        (("--dtype", "float8"), "float8"),
        (("--epsilon", "5"), "--epsilon 5.0: this is a share of sequences; give a number between 0 and 1"),
        (("--epsilon", "0.05", "--delta", "0.01"), "--epsilon 0.05: it is above --delta 0.01"),
        (
            ("--preparation", "svd"),
            "--preparation 'svd': this preparation is not known; choose from default, seed, none.",
        ),
        (
            ("--preparation", "seed"),
            "--preparation 'seed' with --model 'specimen': the specimen is read as it was built",
        ),
    ],
)
def test_wrong_arguments_get_one_clear_line_and_status_4(pytester, book, arguments, says):
    book(mine=HOLDS)
    result = run(pytester, "properties", *arguments)
    assert result.ret == 4
    errors = [line for line in result.stderr.lines if line.strip()]
    assert len(errors) == 1, errors
    assert says in errors[0]
    assert "Traceback" not in result.stdout.str() + result.stderr.str()


def test_a_model_that_does_not_exist_gets_one_clear_line_and_status_4(pytester, book):
    book(mine=HOLDS)
    result = run(pytester, "properties", "--model", "nope")
    assert result.ret == 4
    (error,) = [line for line in result.stderr.lines if line.strip()]
    assert "nope" in error
    assert "smollm2-135m" in error


def test_an_empty_folder_gets_one_clear_line_and_status_4(pytester, book):
    book()
    result = run(pytester, "properties", "--head", "0.0")
    assert result.ret == 4
    (error,) = [line for line in result.stderr.lines if line.strip()]
    assert "it has no laws" in error


def test_a_given_test_without_a_tag_is_a_collection_error(pytester, book):
    book(mine=HOLDS.replace('@conjecture(components="v z", source="a test")', ""))
    result = run(pytester, "properties", "--head", "0.0")
    assert result.ret != 0
    result.stdout.fnmatch_lines(["*a @given test without @conjecture*"])


def test_a_control_that_comes_out_wrong_is_said_at_the_top_and_no_verdicts_are_filed(pytester, book):
    wrong = FAILS.replace('source="a test"', 'source="a test", control="holds"')
    book(controls=wrong, mine=HOLDS)
    result = run(pytester, "properties", "--head", "0.1", "--search", "20", "--census", "100")
    assert result.ret == 1
    lines = result.stdout.lines
    said = next(i for i, line in enumerate(lines) if "KNOWN-ANSWER CHECKS FAILED" in line)
    assert not any(line.startswith("mine") for line in lines[said:])
    assert rows(pytester) == []
    with sqlite3.connect(pytester.path / ".headlaws/store.db") as connection:
        assert connection.execute("SELECT controls FROM runs").fetchall() == [("wrong",)]


def test_a_control_that_must_fail_is_wrong_when_it_holds(pytester, book):
    book(controls=HOLDS.replace('source="a test"', 'source="a test", control="fails"'))
    assert run(pytester, "properties", "--head", "0.1", "--search", "20", "--census", "100").ret == 1


def test_a_body_that_raises_is_an_error_of_its_cell_and_the_rest_goes_on(pytester, book):
    book(broken=LAW.format(name="this_one_is_broken", claim="head(S)[0.5]"), mine=HOLDS)
    result = run(pytester, "properties", "--head", "0.1", "--search", "20", "--census", "100")
    assert result.ret == 1
    assert "2 failed" in result.stdout.lines[-1]
    assert "2 satisfied" in result.stdout.lines[-1]
    assert {row["verdict"] for row in rows(pytester) if row["chapter"] == "broken"} == {"error"}


@pytest.mark.slow
def test_the_same_command_twice_files_the_same_rows(pytester, book):
    book(mine=HOLDS, other=FAILS)
    for store in ("one.db", "two.db"):
        assert (
            run(
                pytester,
                "properties",
                "--head",
                "0.1",
                "--head",
                "0.5",
                "--search",
                "20",
                "--census",
                "40",
                "--store",
                store,
            ).ret
            == 0
        )
    apart = {"run_id", "started", "seconds"}
    first, second = (
        [{name: value for name, value in row.items() if name not in apart} for row in rows(pytester, store)]
        for store in ("one.db", "two.db")
    )
    assert first == second
    assert len(first) == 8


def test_runs_are_appended_and_their_record_says_what_was_measured(pytester, book):
    book(mine=HOLDS)
    for seed in ("0", "5"):
        assert run(pytester, "properties", "--head", "0.1", "--search", "5", "--census", "5", "--seed", seed).ret == 0
    with sqlite3.connect(pytester.path / ".headlaws/store.db") as connection:
        records = [json.loads(record) for (record,) in connection.execute("SELECT record FROM runs ORDER BY run_id")]
    assert [record["seed"] for record in records] == [0, 5]
    assert len(records[0]["weights_sha256"]) == 64
    assert records[0]["preparation"]["name"] == "none"
    assert {"torch", "transformer-lens", "hypothesis", "python"} <= set(records[0]["versions"])


@pytest.mark.slow
def test_the_preparation_asked_for_is_recorded(pytester, book, tiny_gpt2):
    book(mine=HOLDS)
    arguments = ("--head", "0.1", "--component", "z", "--search", "5", "--census", "5", "--preparation", "seed")
    assert run(pytester, "properties", "--model", str(tiny_gpt2), *arguments).ret == 0
    with sqlite3.connect(pytester.path / ".headlaws/store.db") as connection:
        ((record,),) = connection.execute("SELECT record FROM runs")
    assert json.loads(record)["preparation"] == {
        "name": "seed",
        "fold_ln": True,
        "center_unembed": True,
        "center_writing_weights": True,
        "refactor_factored_attn_matrices": True,
        "note": "",
        "fold_layer_norms": True,
        "fold_value_biases": True,
    }
    assert json.loads(record)["bos_token"] == {"id": 0, "from": "configuration"}


def test_a_chapter_outside_the_repository_and_named_on_the_command_line_is_collected_once(pytester):
    pytester.path.joinpath("my_laws").mkdir()
    pytester.path.joinpath("my_laws", "mine.py").write_text(textwrap.dedent(HOLDS), encoding="utf-8")
    for place in ("my_laws", "my_laws/mine.py"):
        result = run(pytester, place, "--head", "0.1", "--search", "5", "--census", "0")
        assert result.ret == 0
        assert "2 undecided" in result.stdout.lines[-1]


def test_tests_of_other_projects_are_left_alone(pytester):
    pytester.makepyfile(
        test_theirs="from hypothesis import given, strategies as st\n@given(st.integers())\ndef test_it(x): pass\n"
    )
    pytester.makepyfile(
        helper="from hypothesis import given, strategies as st\n@given(st.integers())\ndef check(x): assert 0\n"
    )
    result = pytester.runpytest_inprocess("-p", "no:cacheprovider", "-p", "no:playwright")
    result.assert_outcomes(passed=1)
    assert "headlaws:" not in result.stdout.str()


@pytest.mark.slow
def test_collecting_imports_neither_torch_nor_transformer_lens(pytester, book):
    book(mine=HOLDS)
    script = "import sys, pytest; code = pytest.main(['properties', '--collect-only', '--head', '0.0']);"
    result = pytester.run(
        sys.executable,
        "-c",
        script + "print('heavy:', sorted({'torch', 'transformer_lens', 'scipy'} & set(sys.modules)), int(code))",
    )
    result.stdout.fnmatch_lines(["heavy: *[[]] 0"])


def test_width_is_kept_to(pytester, book, monkeypatch):
    monkeypatch.setenv("COLUMNS", "80")
    book(mine=HOLDS, other=FAILS)
    result = run(pytester, "properties", "--head", "0.1", "--search", "20", "--census", "100")
    lines = result.stdout.lines
    first = next(i for i, line in enumerate(lines) if " verdicts =" in line)
    assert all(len(line) <= 80 for line in lines[first:] if "report: " not in line and "filed in" not in line)


@pytest.mark.thorough
def test_two_processes_file_the_rows_of_one(pytester, book, network):
    book(controls=HOLDS.replace('source="a test"', 'source="a test", control="holds"'), mine=HOLDS, other=FAILS)
    heads = ("--head", "0.1", "--head", "0.5", "--search", "20", "--census", "100")
    assert run(pytester, "properties", *heads, "--store", "one.db").ret == 0
    both = run(pytester, "properties", *heads, "--store", "two.db", "-n", "2")
    assert both.ret == 0
    both.stdout.fnmatch_lines(["*all 8 cells together (Holm);", "run * filed in two.db"])
    apart = {"run_id", "started", "seconds"}
    first, second = (
        [{name: value for name, value in row.items() if name not in apart} for row in rows(pytester, store)]
        for store in ("one.db", "two.db")
    )
    assert first == second
    assert len(first) == 12


@pytest.mark.slow
def test_the_census_is_as_large_as_the_bound_and_the_family_need(pytester, book):
    book(mine=HOLDS)
    assert run(pytester, "properties", "--head", "0.*", "--search", "5", "--epsilon", "0.02").ret == 0
    # 16 cells: ln(0.05 / 16) / ln(0.98) = 285.5
    assert {(row["census_n"], row["family"], row["verdict"]) for row in rows(pytester)} == {(286, 16, "satisfied")}


def test_a_census_too_small_for_the_bound_leaves_verdicts_undecided(pytester, book):
    book(mine=HOLDS)
    assert run(pytester, "properties", "--head", "0.1", "--search", "5", "--census", "71").ret == 0
    assert {row["verdict"] for row in rows(pytester)} == {"undecided"}  # two cells: ln(0.05 / 2) / ln(0.95) = 71.9
    assert run(pytester, "properties", "--head", "0.1", "--search", "5", "--census", "72", "--store", "two.db").ret == 0
    assert {row["verdict"] for row in rows(pytester, "two.db")} == {"satisfied"}


def records(pytester):
    with sqlite3.connect(pytester.path / ".headlaws/store.db") as connection:
        return [json.loads(record) for (record,) in connection.execute("SELECT record FROM runs ORDER BY run_id")]


def test_a_degree_stands_beside_the_nulls(pytester, book):
    book(mine=HOLDS, other=FAILS)
    result = run(
        pytester, "properties", "--head", "0.1", "--search", "20", "--census", "100"
    )  # 4 cells: ln(0.05 / 4) / ln(0.95) = 85.4
    assert result.ret == 0
    result.stdout.fnmatch_lines(
        [
            "headlaws: * nulls 16 to 60 sequences",
            "flags: u also true untrained*",
            "*satisfied 0.1-v * 100/100 null * u",
            "*refuted   0.1-v * ?/32 null .??/.??/.?? #????????*",
            "null: agreement on random weights / on rotated weights, over 16 sequences / its*",
        ]
    )
    assert all(None not in (row["null_random"], row["null_rotated"]) for row in rows(pytester))
    assert {row["flags"] for row in rows(pytester) if row["verdict"] == "satisfied"} == {"untrained"}
    (record,) = records(pytester)
    assert record["nulls"]["sequences"] == 16
    assert {kind: len(found) for kind, found in record["nulls"]["fingerprints"].items()} == {
        "random": 64,
        "rotated": 64,
    }


def test_no_nulls_leaves_them_out_and_says_so(pytester, book, monkeypatch):
    monkeypatch.setattr("harness.models.catalogue.nulls", None)
    book(mine=HOLDS)
    result = run(pytester, "properties", "--head", "0.1", "--search", "20", "--census", "80", "--no-nulls")
    assert result.ret == 0
    result.stdout.fnmatch_lines(
        ["headlaws: * nulls left out (--no-nulls)", "null models: left out (--no-nulls)", "report: *"]
    )
    assert "null 1" not in result.stdout.str()
    assert {(row["null_random"], row["null_rotated"], row["flags"]) for row in rows(pytester)} == {(None, None, "")}
    assert records(pytester)[0]["nulls"] == {"sequences": 0, "missing": "left out (--no-nulls)"}
    report = next(line for line in result.stdout.lines if line.startswith("report: ")).partition(": ")[2]
    assert "Null models: left out (--no-nulls)." in (pytester.path / report).read_text(encoding="utf-8")


def test_where_nulls_cannot_be_made_the_run_says_so_and_goes_on(pytester, book, monkeypatch):
    def refuse(name, backbone):
        raise ModelError("this architecture is not known.")

    monkeypatch.setattr("harness.models.catalogue.nulls", refuse)
    book(mine=HOLDS)
    result = run(pytester, "properties", "--head", "0.1", "--search", "20", "--census", "80")
    assert result.ret == 0
    result.stdout.fnmatch_lines(["null models: this architecture is not known."])
    assert {row["verdict"] for row in rows(pytester)} == {"satisfied"}
    assert records(pytester)[0]["nulls"]["missing"] == "this architecture is not known."
