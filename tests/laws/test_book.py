"""The book: a folder of chapters."""

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
    assert {"controls", "repetition", "periodicity", "extension"} <= {chapter for chapter, _ in found}
    assert len(found) >= 12
    assert all((each.chapter, each.name) == place for place, each in found.items())


def test_every_claim_says_what_it_claims_and_where_it_comes_from():
    for found in conjectures(shipped()).values():
        assert found.claim.endswith(".")
        assert found.reason
        assert found.source


def test_a_folder_of_chapters_is_read_and_tests_in_it_are_not(tmp_path):
    (tmp_path / "mine.py").write_text(CHAPTER.format(name="one"))
    (tmp_path / "test_mine.py").write_text(CHAPTER.format(name="two"))
    assert list(conjectures(tmp_path)) == [("mine", "one")]


def test_a_folder_without_conjectures_is_refused(tmp_path):
    with pytest.raises(ConjectureError, match="no conjectures there"):
        conjectures(tmp_path)
