"""In a project of other people: their options and their fixtures are theirs, and a mistake gets one line."""

import subprocess
import sys
from functools import partial

import pytest

from harness.asserting import check_asserts

NO_ASSERTS = "python -O removes every assert, and laws are asserts; run without -O and without PYTHONOPTIMIZE."

APART = ("-p", "no:cacheprovider", "-p", "no:playwright")

CONFTEST = """
def pytest_addoption(parser):
    parser.addoption("--model", default="small", help="which of OUR models to test")
    parser.addoption("--seed", type=int, default=7)
    parser.addoption("--device", default="cpu")
"""

TEST = """
def test_mine(request):
    option = request.config.getoption
    assert (option("--model"), option("--seed"), option("--device")) == {wanted!r}
"""

CHAPTER = """
from hypothesis import given
from harness import agree, conjecture, words

@conjecture(components="z", source="a test")
@given(S=words(max_length=4))
def a_reading_is_itself(head, S):
    '''A claim.'''
    assert agree(head(S), head(S))
"""


def test_a_suite_with_options_of_the_same_names_runs(pytester):
    pytester.makeconftest(CONFTEST)
    pytester.makepyfile(TEST.format(wanted=("small", 7, "cpu")))
    pytester.runpytest_inprocess(*APART).assert_outcomes(passed=1)


def test_what_their_options_say_is_not_for_us(pytester):
    pytester.makeconftest(CONFTEST)
    pytester.makepyfile(TEST.format(wanted=("large", 3, "gpu")))
    done = pytester.runpytest_inprocess(*APART, "--model", "large", "--seed=3", "--device", "gpu")
    done.assert_outcomes(passed=1)
    assert "headlaws:" not in done.stdout.str()


def test_an_option_of_another_plugin_is_theirs_too(pytester):
    pytester.makepyfile(theirs="def pytest_addoption(parser): parser.addoption('--seed', default='s', dest='sown')")
    pytester.makepyfile(test_it="def test_it(request): assert request.config.getoption('--seed') == 's'")
    pytester.syspathinsert()
    pytester.runpytest_inprocess(*APART, "-p", "theirs").assert_outcomes(passed=1)


def test_ours_have_a_longer_name_there_and_the_run_says_so(pytester):
    pytester.makeconftest(CONFTEST)
    pytester.makepyfile(mine=CHAPTER)
    sizes = ("--search", "3", "--census", "24", "--no-nulls", "--workers", "1", "--component", "z", "--head", "0.1")
    theirs = ("--model", "large", "--seed", "3")
    done = pytester.runpytest_inprocess(
        *APART, "mine.py", *sizes, *theirs, "--headlaws-model", "specimen", "--headlaws-seed", "5"
    )
    assert done.ret == 0
    done.stdout.fnmatch_lines(
        [
            "headlaws: model specimen: built by hand",
            "headlaws: heads 0.1,*",
            "headlaws: seed 5,*",
            "headlaws: --model is an option of this project or of another plugin here; ours is --headlaws-model",
        ]
    )
    assert "ours is --headlaws-head" not in done.stdout.str()


def test_where_no_name_is_taken_nothing_is_said_of_it(pytester):
    pytester.makepyfile(mine=CHAPTER)
    done = pytester.runpytest_inprocess(*APART, "mine.py", "--model", "specimen", "--collect-only", "-q")
    assert done.ret == 0
    assert "--headlaws-" not in done.stdout.str()


def test_values_of_ours_are_not_taken_for_tests_to_run(pytester):
    """`0.0` is no place: the first conftests are those of the folders that the project's settings name."""
    pytester.makeini("[pytest]\ntestpaths = inner")
    pytester.mkdir("inner").joinpath("conftest.py").write_text(CONFTEST)
    pytester.path.joinpath("inner", "test_it.py").write_text(TEST.format(wanted=("large", 7, "cpu")))
    pytester.runpytest_inprocess(*APART, "--head", "0.0", "--headlaws-model=specimen", "--model", "large")
    done = pytester.runpytest_inprocess(*APART, "--search", "5", "--model", "large")
    done.assert_outcomes(passed=1)


@pytest.mark.parametrize("fixture", ["head", "head_pair"])
def test_a_test_that_asks_for_our_fixture_by_mistake_is_told_in_one_line(pytester, fixture):
    pytester.makepyfile(f"def test_uses_it({fixture}): assert {fixture}")
    done = pytester.runpytest_inprocess(*APART)
    done.assert_outcomes(errors=1)
    said = [line for line in done.stdout.lines if "SubRequest" in line or "Traceback" in line]
    assert said == []
    done.stdout.fnmatch_lines([f"fixture '{fixture}': headlaws gives it to laws only, and this test is not one;*"])


def test_a_fixture_of_the_same_name_is_theirs(pytester):
    pytester.makeconftest("import pytest\n@pytest.fixture\ndef head(): return 'mine'")
    pytester.makepyfile("def test_it(head): assert head == 'mine'")
    pytester.runpytest_inprocess(*APART).assert_outcomes(passed=1)


@pytest.mark.parametrize("option", ["--store", "--report", "--beliefs"])
def test_a_place_that_cannot_be_written_is_found_before_a_model_is_loaded(pytester, monkeypatch, option):
    monkeypatch.setattr("harness.readings.loading.load_model", None)
    pytester.makepyfile(mine=CHAPTER)
    pytester.path.joinpath("file").write_text("no folder")
    more = ("--believe",) if option == "--beliefs" else ()
    done = pytester.runpytest_inprocess(*APART, "mine.py", "--model", "specimen", option, "file/x", *more)
    assert done.ret == pytest.ExitCode.USAGE_ERROR
    (line,) = [line for line in done.stderr.lines if line]
    assert line.startswith(f"ERROR: {option} 'file/x': cannot be written (")


@pytest.mark.slow
def test_without_asserts_nothing_is_tried(pytester):
    """Every claim would seem to hold, or to say nothing."""
    pytester.makepyfile(mine=CHAPTER)
    start = [sys.executable, "-O", "-m", "pytest", *APART, "mine.py", "--model", "specimen"]
    done = subprocess.run(start, capture_output=True, text=True, cwd=pytester.path)
    assert done.returncode == pytest.ExitCode.USAGE_ERROR, done.stdout + done.stderr
    assert done.stderr.strip() == f"ERROR: {NO_ASSERTS}"


def test_without_asserts_a_chapter_is_refused_that_no_option_announces(pytester, monkeypatch):
    monkeypatch.setattr("harness.runs.session.check_asserts", partial(check_asserts, running=False))
    pytester.makepyfile(mine=CHAPTER)
    done = pytester.runpytest_inprocess(*APART, "mine.py")
    done.assert_outcomes(errors=1)
    done.stdout.fnmatch_lines([f"mine.py: {NO_ASSERTS}"])
