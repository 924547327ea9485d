"""The book: a folder of chapters."""

import ast

import pytest

from harness.errors import ConjectureError
from harness.laws.book import conjectures, shipped

CHAPTER = '''
from hypothesis import given
from harness import agree, conjecture, words

@conjecture(components="q", source="s")
@given(S=words())
def {name}(head, S):
    """A claim."""
    assert agree(head(S), head(S))
'''


def test_the_book_that_comes_with_headlaws_has_its_chapters():
    found = conjectures(shipped())
    assert {chapter for chapter, _ in found} >= {
        "controls",
        "repetition",
        "periodicity",
        "extension",
        "vocabulary",
        "renaming",
        "position",
        "components",
        "iteration",
    }
    assert sum(not each.control for each in found.values()) >= 30
    assert {each.name for each in found.values() if each.control == "fails"}, "an impostor is among them"
    assert all((each.chapter, each.name) == place for place, each in found.items())


def test_every_claim_says_what_it_claims_and_where_it_comes_from():
    for found in conjectures(shipped()).values():
        assert found.claim.endswith(".")
        assert found.reason
        assert found.source


def test_a_chapter_holds_conjectures_and_nothing_else():
    for file in shipped().glob("*.py"):
        text = file.read_text()
        tree = ast.parse(text)
        assert len(text.splitlines()) <= 250, file
        banned = (
            ast.For,
            ast.While,
            ast.ListComp,
            ast.SetComp,
            ast.DictComp,
            ast.GeneratorExp,
            ast.ClassDef,
            ast.Lambda,
        )
        assert not [node for node in ast.walk(tree) if isinstance(node, banned)], file
        for node in tree.body[1:]:
            assert isinstance(node, (ast.ImportFrom, ast.FunctionDef)), (file, node.lineno)
            assert isinstance(node, ast.ImportFrom) or node.decorator_list, (file, node.name)


def test_a_folder_of_chapters_is_read_and_tests_in_it_are_not(tmp_path):
    (tmp_path / "mine.py").write_text(CHAPTER.format(name="one"))
    (tmp_path / "test_mine.py").write_text(CHAPTER.format(name="two"))
    assert list(conjectures(tmp_path)) == [("mine", "one")]


def test_a_folder_without_conjectures_is_refused(tmp_path):
    with pytest.raises(ConjectureError, match="it has no laws"):
        conjectures(tmp_path)
