"""The claims of a chapter as they are written."""

import pytest

from harness.errors import ConjectureError
from harness.records.chapter_source import chapters, check_names, written

TEXT = '''
import harness
from harness import conjecture

@conjecture(components="v, z", source="s")
@given(S=words())
def one(head, S):
    """A claim."""

@harness.conjecture(components=SPOKEN, source="s")
@given(S=words())
def two(head, S):
    """Another."""

def none():
    pass
'''


def test_tagged_functions_are_found_without_running_the_file(tmp_path):
    (tmp_path / "mine.py").write_text(TEXT)
    found = written(tmp_path / "mine.py")
    assert [(claim.name, claim.line, claim.components) for claim in found] == [("one", 7, ("v", "z")), ("two", 12, ())]
    check_names(tmp_path / "mine.py", found)


def test_two_claims_of_one_name_are_refused(tmp_path):
    (tmp_path / "mine.py").write_text(TEXT.replace("two", "one"))
    with pytest.raises(
        ConjectureError, match=r"mine\.py:12: one: the law in line 7 has the same name, .* rename one of them"
    ):
        check_names(tmp_path / "mine.py", written(tmp_path / "mine.py"))


def test_what_is_not_python_is_refused_in_one_line(tmp_path):
    (tmp_path / "mine.py").write_text("def f(:\n")
    with pytest.raises(
        ConjectureError, match=r"mine\.py:1: this is not Python \(invalid syntax\); mend this line"
    ) as refused:
        written(tmp_path / "mine.py")
    assert "\n" not in str(refused.value)


def test_chapters_are_the_python_files_that_are_no_tests(tmp_path):
    for name in ("b.py", "a.py", "test_a.py", "a_test.py", "conftest.py", "__init__.py", "note.txt"):
        (tmp_path / name).touch()
    assert [file.name for file in chapters(tmp_path)] == ["a.py", "b.py"]
    assert chapters(tmp_path / "a.py") == (tmp_path / "a.py",)
    assert chapters(tmp_path / "note.txt") == chapters(tmp_path / "gone") == ()
