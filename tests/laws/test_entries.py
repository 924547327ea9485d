"""The catalogue: every claim says all that it must, is known to hold of one head and to fail of another, and a chapter
holds conjectures and nothing else.
"""

import ast

import pytest

from harness.laws.book import chapters, conjectures, shipped
from harness.records import chapter_source
from harness.records.address import CLAIMED
from harness.runs.request import Request
from harness.runs.session import Session
from harness.trials.profile import Profile
from tests.support.by_rule import ByRule
from tests.support.truth import ACROSS, ACROSS_HEADS, CHAPTERS, IMPLIED, OTHERS

BOOK = conjectures(shipped())
FILES = chapter_source.chapters(shipped())
CLAIMS = [place for place, found in BOOK.items() if not found.control and place[0] not in OTHERS]
UNRULED = [place for place in BOOK if place[0] in OTHERS]
COLUMNS = [(chapter, name) for chapter, names in CHAPTERS.items() for name in names]
LONGEST = 250

FORBIDDEN = (
    ast.ClassDef,
    ast.For,
    ast.While,
    ast.AsyncFor,
    ast.AsyncFunctionDef,
    ast.ListComp,
    ast.SetComp,
    ast.DictComp,
    ast.GeneratorExp,
    ast.Lambda,
)


def beyond(text):
    """What in a chapter's text is no conjecture, each with its line."""
    tree = ast.parse(text)
    found = [f"{node.lineno}: {type(node).__name__}" for node in ast.walk(tree) if isinstance(node, FORBIDDEN)]
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef):
            tags = {getattr(getattr(made, "func", None), "id", "") for made in node.decorator_list}
            if not {"conjecture", "given"} <= tags or node not in tree.body:
                found.append(f"{node.lineno}: function {node.name}")
        if isinstance(node, ast.Import):
            found += [f"{node.lineno}: import {name.name}" for name in node.names]
        if isinstance(node, ast.ImportFrom) and (node.module or "").partition(".")[0] not in ("hypothesis", "harness"):
            found.append(f"{node.lineno}: from {node.module}")
    return found


@pytest.mark.parametrize("place", BOOK, ids="::".join)
def test_a_claim_says_all_that_it_must(place):
    entry = BOOK[place].entry
    assert entry.claim.endswith(".")
    assert entry.reason
    assert entry.source
    assert entry.family
    assert entry.components
    assert set(entry.components) <= set(CLAIMED)
    assert entry.code in (shipped() / f"{entry.chapter}.py").read_text(encoding="utf-8")
    assert (shipped() / f"{entry.chapter}.py").samefile(entry.path)


@pytest.mark.parametrize("place", CLAIMS, ids="::".join)
def test_a_claim_holds_of_one_specimen_head_and_fails_of_another(place):
    """What no head obeys says nothing of heads, and what no head breaks cannot fail."""
    columns, rows = (ACROSS, ACROSS_HEADS) if place in ACROSS else (COLUMNS, IMPLIED)
    assert place in columns, "give it a column in tests/support/truth.py"
    letters = {row.replace(" ", "")[columns.index(place)] for row in rows.values()}
    assert "S" in letters, "no specimen obeys it"
    assert letters & set("RrM"), "no specimen breaks it"


@pytest.fixture(scope="module")
def session():
    made = Session(Request(model="specimen", heads=("all",), profile=Profile(search=30, nulls=0)))
    made.__dict__["model"] = ByRule()
    return made


@pytest.mark.slow
@pytest.mark.parametrize("place", UNRULED, ids="::".join)
def test_a_claim_that_no_rule_decides_is_found_true_of_one_specimen_and_false_of_another(place, session):
    """Of heads by where they look, and of pairs, the table says nothing; so they are tried until both have come."""
    found = set()
    for subject, component in session.request.in_play(BOOK[place]):
        head = session.head(subject, component)
        found.add(session.try_out(BOOK[place], head, shrinking=False).verdict.value)
        if "satisfied" in found and found & {"refuted", "mostly"}:
            return
    raise AssertionError(f"only {', '.join(sorted(found))} comes out")


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_a_chapter_holds_conjectures_and_nothing_else(file):
    text = file.read_text(encoding="utf-8")
    assert beyond(text) == []
    assert len(text.splitlines()) <= LONGEST


@pytest.mark.parametrize("chapter", chapters(shipped()), ids=lambda chapter: chapter.name)
def test_a_chapter_says_what_it_is_about(chapter):
    assert chapter.about.lower().startswith(chapter.name.replace("_", " "))
    assert chapter.about.endswith((".", "?"))


@pytest.mark.parametrize(
    "text",
    [
        "def helper(S):\n    return S",
        "class A: pass",
        "for i in (): pass",
        "x = [i for i in ()]",
        "f = lambda S: S",
        "import torch",
        "from numpy import array",
        "@conjecture(components='q')\n@given(S=1)\ndef f(head, S):\n    def g(): pass",
        "@conjecture(components='q')\n@given(S=1)\ndef f(head, S):\n    assert all(s for s in S)",
    ],
)
def test_the_rule_finds_what_is_beyond_it(text):
    assert beyond(text)
