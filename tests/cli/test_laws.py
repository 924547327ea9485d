"""`headlaws laws`: the book as a table of contents, and as data."""

import json
import subprocess
import sys

import pytest
from click.testing import CliRunner

from harness.cli import headlaws
from harness.errors import ConjectureError
from harness.laws.book import conjectures, shipped
from harness.text import sentence

CHAPTER = '''"""Mine: what I think of heads."""
from hypothesis import given
from harness import agree, conjecture, words

@conjecture(components="z v", source="a hunch", control="fails")
@given(S=words(max_length=4))
def heads_are_what_they_are(head, S):
    """A head reads.

    Or else it is none.
    """
    assert agree(head(S), head(S))
'''


def run(*arguments):
    return CliRunner().invoke(headlaws, ["laws", *arguments], standalone_mode=False, env={"COLUMNS": "80"})


@pytest.fixture
def mine(tmp_path):
    (tmp_path / "mine.py").write_text(CHAPTER, encoding="utf-8")
    return tmp_path


def test_a_book_is_listed_by_chapter(mine):
    for place in (mine, mine / "mine.py"):
        done = run(str(place))
        assert done.exception is None
        assert done.output.splitlines()[:-1] == [
            "mine (1 law)",
            "  What I think of heads.",
            "",
            "  heads are what they are",
            "      A head reads.",
            "      of v z, over S=words(max_length=4)",
            "      source: a hunch; a known-answer check, which must fail",
            "",
        ]
        assert done.output.splitlines()[-1].startswith("1 law in 1 chapter, from ")


def test_the_shipped_book_is_listed_in_eighty_columns_controls_first():
    lines = run().output.splitlines()
    assert lines[0].startswith("controls (")
    assert all(len(line) <= 80 for line in lines[:-1])
    for found in conjectures(shipped()).values():
        assert any(sentence(found.name).startswith(line.strip()) for line in lines if line.startswith("  "))


def test_as_json_it_is_a_list_of_claims(mine):
    (claim,) = json.loads(run(str(mine), "--json").output)
    assert {name: claim[name] for name in ("chapter", "name", "claim", "reason", "source", "family", "control")} == {
        "chapter": "mine",
        "name": "heads_are_what_they_are",
        "claim": "A head reads.",
        "reason": "Or else it is none.",
        "source": "a hunch",
        "family": "S=words(max_length=4)",
        "control": "fails",
    }
    assert claim["components"] == ["v", "z"]
    assert len(json.loads(run("--json").output)) == len(conjectures(shipped()))


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("", "it has no laws"),
        (CHAPTER + "def f(:", "mine.py:13: this is not Python (invalid syntax)"),
        (CHAPTER.replace("import agree", "import agrees"), "mine.py:3: ImportError: cannot import name 'agrees'"),
        (
            CHAPTER.replace('"z v"', '"w"'),
            "mine.py:5: @conjecture(components='w'): 'w' is not a component; choose from q",
        ),
    ],
)
def test_a_book_that_cannot_be_read_is_one_line(mine, text, says):
    (mine / "mine.py").write_text(text, encoding="utf-8")
    done = run(str(mine))
    assert isinstance(done.exception, ConjectureError)
    assert says in str(done.exception)
    assert "\n" not in str(done.exception)


def test_it_imports_neither_torch_nor_transformer_lens(mine):
    script = (
        "import sys; from harness.cli import headlaws; headlaws.main(['laws'], standalone_mode=False);"
        "print('heavy:', sorted({'torch', 'transformer_lens', 'scipy'} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert done.stdout.splitlines()[-1] == "heavy: []"
