"""Writing conjectures: the usual mistakes each get one line that says what came, what is allowed and what to do."""

import os
import subprocess
import sys
import textwrap

import pytest

from tests.support import in_process

GOOD = '''
from hypothesis import given

from harness import agree, conjecture, words


@conjecture(components="v z", source="a test")
@given(S=words(max_length=4))
def a_claim(head, S):
    """What is claimed."""
    assert agree(head(S), head(S))
'''
TAG = '@conjecture(components="v z", source="a test")'
GIVEN = "@given(S=words(max_length=4))"
BODY = "assert agree(head(S), head(S))"


def run(pytester, text, *arguments):
    folder = pytester.path / "my_laws"
    folder.mkdir(exist_ok=True)
    (folder / "mine.py").write_text(textwrap.dedent(text), encoding="utf-8")
    arguments = arguments or ("--head", "0.1", "--component", "z", "--search", "20", "--census", "40")
    return in_process.run(pytester, "my_laws", *arguments)


def changed(old, new):
    assert old in GOOD
    return GOOD.replace(old, new)


REFUSED = {
    "given above conjecture": (
        changed(f"{TAG}\n{GIVEN}", f"{GIVEN}\n{TAG}"),
        "mine.py:8: a_claim: @conjecture goes above @given, on a @given test only; "
        "write @conjecture(...) first, then @given(...), then the law.",
    ),
    "no parentheses": (
        changed(TAG, "@conjecture"),
        'mine.py:7: a_claim: @conjecture needs its parentheses; write @conjecture(components="v z", source="...").',
    ),
    "no components": (
        changed('components="v z", ', ""),
        "mine.py:7: @conjecture(components=''): a law is about at least one component; "
        'write components="v z", any of q, k, v, z, qk, attn.',
    ),
    "an unknown component": (
        changed('"v z"', '"v w"'),
        "mine.py:7: @conjecture(components='v w'): 'w' is not a component; choose from q, k, v, z, qk, attn.",
    ),
    "no source": (
        changed(', source="a test"', ""),
        "mine.py:7: @conjecture(source=''): every law has a source; say where it comes from: source=\"a hunch\".",
    ),
    "no docstring": (
        changed('    """What is claimed."""\n', ""),
        "mine.py:7: a_claim: it has no docstring; write what the law claims as its first line.",
    ),
    "head not first": (
        changed("a_claim(head, S)", "a_claim(S, head)"),
        "mine.py:7: a_claim: takes 'S' first; a law is about a head; "
        "take `head` (or `head_pair`) as the first argument.",
    ),
    "no head": (
        changed("a_claim(head, S)", "a_claim(S)"),
        "mine.py:7: a_claim: takes 'S' first; a law is about a head; "
        "take `head` (or `head_pair`) as the first argument.",
    ),
    "no argument at all": (
        changed("a_claim(head, S)", "a_claim()"),
        "mine.py:7: a_claim: takes no argument; a law is about a head; "
        "take `head` (or `head_pair`) as the first argument.",
    ),
    "a drawn head": (
        changed("@given(", "@given(head=words(), "),
        "mine.py:7: a_claim: @given draws 'head', but headlaws gives it; draw only the other arguments, by name.",
    ),
    "a fixture": (
        changed("a_claim(head, S)", "a_claim(head, S, tmp_path)"),
        "mine.py:7: a_claim: takes 'tmp_path', but @given does not draw it; a law takes `head` and drawn values, "
        "no fixtures: write @given(..., tmp_path=...) or leave it out.",
    ),
    "another name in given": (
        changed("@given(S=", "@given(T="),
        "mine.py:7: a_claim: @given draws 'T', but the law does not take it; give both the same name.",
    ),
    "a family that is not called": (
        changed("words(max_length=4)", "words"),
        "mine.py:7: a_claim: @given(S=words) is not a strategy; call it, as in S=words().",
    ),
    "no conjecture": (
        changed(f"{TAG}\n", ""),
        "mine.py::a_claim: a @given test without @conjecture; "
        "write @conjecture(components=..., source=...) above @given.",
    ),
    "two of a name": (
        GOOD + GOOD.partition("words\n")[2],
        "mine.py:16: a_claim: the law in line 9 has the same name, and Python would keep only one; rename one of them.",
    ),
}


@pytest.mark.parametrize("mistake", REFUSED)
def test_a_mistake_in_form_is_a_collection_error_of_one_line(mistake, pytester):
    text, line = REFUSED[mistake]
    result = run(pytester, text)
    assert result.ret == pytest.ExitCode.INTERRUPTED
    block = result.stdout.lines[next(i for i, found in enumerate(result.stdout.lines) if " ERRORS " in found) + 1 :]
    end = next(i for i, found in enumerate(block) if "short test summary" in found)
    assert block[1:end] == [line]


@pytest.mark.parametrize(
    ("text", "says"),
    [
        (changed("max_length=4))", "max_length=4)"), ["*mine.py*", "*SyntaxError: *"]),
        (changed("import agree", "import agrees"), ["*mine.py:4: in <module>*", "*cannot import name 'agrees'*"]),
    ],
)
def test_python_that_does_not_import_is_reported_by_pytest_in_its_own_words(text, says, pytester):
    result = run(pytester, text)
    assert result.ret == pytest.ExitCode.INTERRUPTED
    result.stdout.fnmatch_lines(says)
    assert "INTERNALERROR" not in result.stdout.str()
    assert sum(line.startswith("E ") for line in result.stdout.lines) < 12


FAILED = {
    "a strategy that is never satisfied": (
        changed("words(max_length=4)", "words(max_length=4).filter(lambda S: len(S) > 9)"),
        "a strategy rejected 50 draws in a row; build the condition into it instead of filtering.",
    ),
    "a value returned": (
        changed(BODY, "return agree(head(S), head(S)).share"),
        "a_claim: it returns 1.0; a law asserts its claim, so write `assert ...` instead of `return ...`.",
    ),
    "a sequence compared instead of its reading": (
        changed(BODY, "assert agree(head((1, 2)), (1, 2))"),
        "a_claim: this compares (1, 2), which is not a reading; relations compare readings, "
        "so call head on the sequence first, as in agree(head(S), head(R)).",
    ),
    "the head compared instead of its reading": (
        changed(BODY, "assert agree(head, head(S))"),
        "a_claim: this compares the head itself; relations compare readings, so write head(S) for head.",
    ),
    "a misspelt name": (
        changed(BODY, "assert agree(head(S), head(R))"),
        "NameError: name 'R' is not defined; the law itself raised this error; mend a_claim.",
    ),
}


@pytest.mark.parametrize("mistake", FAILED)
def test_a_mistake_in_the_claim_is_an_error_of_its_cell_in_one_line(mistake, pytester):
    text, line = FAILED[mistake]
    result = run(pytester, text)
    assert result.ret == 1
    (said,) = [found for found in result.stdout.lines if found.startswith("error: mine.py::a_claim[0.1-z]: ")]
    assert said.endswith(line)
    assert "Traceback" not in result.stdout.str()


def test_without_a_census_a_strategy_that_is_never_satisfied_says_so_too(pytester):
    text = FAILED["a strategy that is never satisfied"][0]
    result = run(pytester, text, "--head", "0.1", "--component", "z", "--search", "20", "--census", "0")
    (line,) = [line for line in result.stdout.lines if line.startswith("error: ")]
    assert line.partition("[0.1-z]: ")[2] == (
        "a_claim: its strategies reject nearly all examples; build the condition into them instead of filtering."
    )


def test_an_assumption_that_throws_nearly_all_away_is_vacuous_and_says_how_many(pytester):
    text = changed(BODY, f"assume(S == (1, 1))\n    {BODY}").replace("import given", "import assume, given")
    result = run(pytester, text, "--head", "0.1", "--component", "z", "--search", "20", "--census", "60")
    assert result.ret == 0
    shown = " ".join(" ".join(result.stdout.lines).split())
    assert "of 60 sequences met the law's precondition; build it into the strategy instead of assuming it" in shown
    assert "1 precondition rarely met" in result.stdout.lines[-1]


def test_two_files_of_one_name_are_refused(pytester):
    for folder in ("one", "two"):
        (pytester.path / "my_laws" / folder).mkdir(parents=True)
        (pytester.path / "my_laws" / folder / "__init__.py").touch()
        (pytester.path / "my_laws" / folder / "same.py").write_text(GOOD, encoding="utf-8")
    result = run(pytester, GOOD)
    assert result.ret == 4
    (error,) = [line for line in result.stderr.lines if line.strip()]
    assert "the chapter 'same' is" in error
    assert "rename one of the two files" in error


def test_a_chapter_is_listed_as_a_table_of_contents(pytester, monkeypatch):
    monkeypatch.setenv("COLUMNS", "80")
    text = f'"""Mine: what I think."""\n{GOOD}'
    result = run(pytester, text, "--head", "0.1", "--head", "0.2", "--collect-only", "-v")
    assert result.ret == 0
    lines = result.stdout.lines
    first = lines.index("mine (1 law)")
    assert lines[first : first + 6] == [
        "mine (1 law)",
        "  What I think.",
        "",
        "  a claim",
        "      What is claimed.",
        "      0.1 0.2: v z",
    ]
    assert "<Function" not in result.stdout.str()


@pytest.mark.thorough
def test_a_folder_anywhere_is_tried_and_replayed_from_anywhere(tmp_path):
    laws, elsewhere = tmp_path / "my laws", tmp_path / "elsewhere"
    laws.mkdir()
    elsewhere.mkdir()
    (laws / "beside.py").write_text("WORD = 4\n", encoding="utf-8")
    text = changed(BODY, "assert agree(head(S), head((S[0],) * len(S)))").replace("=4", "=WORD")
    (laws / "mine.py").write_text(text.replace("from hypothesis", "from beside import WORD\nfrom hypothesis", 1))
    environment = os.environ | {"COLUMNS": "80"}

    def python(*arguments):
        return subprocess.run(
            [sys.executable, *arguments], cwd=elsewhere, env=environment, capture_output=True, text=True, check=False
        )

    small = (
        "--model",
        "specimen",
        "--component",
        "z",
        "--search",
        "20",
        "--census",
        "0",
        "-p",
        "no:cacheprovider",
        "-p",
        "no:playwright",
    )
    done = python("-m", "pytest", str(laws), "--head", "0.1", "-v", *small)
    assert done.returncode == 0, done.stdout + done.stderr
    (line,) = [line for line in done.stdout.splitlines() if "replay: headlaws replay " in line]
    door = "import sys; from harness.cli import main; sys.argv[0] = 'headlaws'; main()"
    again = python("-c", door, "replay", line.split()[-1])
    assert again.returncode == 0, again.stdout + again.stderr
    assert "the law is still broken" in again.stdout
