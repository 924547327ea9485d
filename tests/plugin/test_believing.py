"""`--beliefs` and `--believe`: only surprises fail, and what is believed refuted is not made small again."""

import textwrap

import pytest

from harness.trials.search import shrunk
from tests.support import in_process

LAWS = """
    from hypothesis import given
    from harness import agree, conjecture, words

    @conjecture(components="z", source="a test")
    @given(S=words(max_length=4))
    def a_sequence_begins_its_double(head, S):
        '''The reading of S twice over begins as the reading of S.'''
        assert agree(head(S), head(S * 2)[: len(S)])

    @conjecture(components="z", source="a test")
    @given(S=words(max_length=4))
    def only_the_first_letter_counts(head, S):
        '''S reads as its first letter said as often.'''
        assert agree(head(S), head((S[0],) * len(S)))
"""


@pytest.fixture
def run(pytester):
    folder = pytester.mkdir("properties")
    (folder / "mine.py").write_text(textwrap.dedent(LAWS), encoding="utf-8")

    def start(*arguments, head="0.1"):
        small = ("--search", "20", "--census", "100")
        return in_process.run(pytester, "properties", "--head", head, *small, *arguments)

    return start


@pytest.fixture(scope="module")
def found():
    """What the first run here found, once it is there."""
    return []


@pytest.fixture
def believed(run, pytester, found):
    """What an echoing head is found to do, as the file of beliefs."""
    file = pytester.path / "b.toml"
    if not found:
        assert run("--beliefs", file.name, "--believe").ret == 0
        found.append(file.read_text())
    file.write_text(found[0])
    return file


def errors(result):
    return [line for line in result.stderr.lines if line.strip()]


@pytest.mark.slow
def test_what_came_out_is_believed_and_does_not_surprise(run, believed):
    text = believed.read_text()
    assert 'model = "specimen"' in text
    assert text.count("[[beliefs]]") == 2
    assert 'reason = "found by run 2' in text
    result = run("--beliefs", "b.toml", "--strict")
    assert result.ret == 0
    result.stdout.fnmatch_lines(["*2 beliefs in b.toml; surprises: 0"])
    assert run("--beliefs", "b.toml", "--believe").ret == 0
    assert believed.read_text() == text


def test_a_surprise_fails_in_one_line_and_nothing_else_does(run, believed):
    text = believed.read_text().replace('"satisfied"', '"mostly"').replace('"refuted"', '"satisfied"')
    believed.write_text(text.replace('reason = "found', 'reason = "we found'))
    result = run("--beliefs", "b.toml")
    assert result.ret == 1
    (line,) = {line for line in result.stdout.lines if line.startswith("surprise: ")}
    assert line.startswith("surprise: mine.py::only_the_first_letter_counts[0.1-z]: believed satisfied since 20")
    assert "because we found by run" in line
    assert line.endswith("found refuted")
    assert "1 failed" in result.stdout.lines[-1]


def test_renewing_tells_surprises_and_does_not_fail(run, believed):
    believed.write_text(believed.read_text().replace('"refuted"', '"satisfied"'))
    result = run("--beliefs", "b.toml", "--believe")
    assert result.ret == 0
    result.stdout.fnmatch_lines(["*2 beliefs in b.toml, renewed; surprises: 1", "surprise: *found refuted"])
    assert '"refuted"' in believed.read_text()


@pytest.mark.slow
def test_a_believed_refutation_is_not_made_small_again(run, believed, monkeypatch):
    made = []

    def watched(*arguments, **more):
        made.append(1)
        return shrunk(*arguments, **more)

    monkeypatch.setattr("harness.trials.search.shrunk", watched)
    here = ("--workers", "1")  # what other processes make is not seen
    result = run("--beliefs", "b.toml", *here)
    assert result.ret == 0
    assert made == []
    result.stdout.fnmatch_lines(["*believed refuted, so the counterexample was not made short*"])
    assert run(*here).ret == 0
    assert made


@pytest.mark.thorough
def test_two_processes_find_the_same_surprise(run, network, believed):
    believed.write_text(believed.read_text().replace('"refuted"', '"satisfied"'))
    result = run("--beliefs", "b.toml", "-n", "2")
    assert result.ret == 1
    result.stdout.fnmatch_lines(["*surprises: 1", "surprise: *found refuted"])


def test_beliefs_about_cells_that_are_not_in_the_run_are_left_alone(run, believed):
    result = run("--beliefs", "b.toml", "--strict", head="0.0")
    assert result.ret == 0
    assert "1 satisfied" in run("--beliefs", "b.toml", "-k", "begins").stdout.lines[-1]


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        ("only_the_first_letter_counts", "gone", "mine.py::gone[0.1-z] is stale"),
        ('"0.1"', '"7.1"', "no head '7.1'"),
        ('"refuted"', '"no"', "verdict 'no' is not a verdict; use one of satisfied"),
        ('model = "specimen"', 'model = "other"', "about the model 'other'"),
        ('fingerprint = "', 'fingerprint = "0', "about weights 0"),
        ('configuration = "', 'configuration = "0', "about the configuration 0"),
        ('vocabulary = "', 'vocabulary = "0', "about the vocabulary 0"),
    ],
)
def test_a_belief_about_nothing_gets_one_line_and_status_4(run, believed, old, new, says):
    believed.write_text(believed.read_text().replace(old, new))
    result = run("--beliefs", "b.toml")
    assert result.ret == 4
    (error,) = errors(result)
    assert says in error


def test_a_file_that_names_the_weights_alone_is_held_and_says_so(run, believed):
    lines = believed.read_text().splitlines(keepends=True)
    believed.write_text("".join(line for line in lines if not line.startswith(("configuration", "vocabulary"))))
    result = run("--beliefs", "b.toml")
    assert result.ret == 0
    result.stdout.fnmatch_lines(["the beliefs name weights but no configuration and no vocabulary*"])
    renewed = run("--beliefs", "b.toml", "--believe")
    renewed.stdout.no_fnmatch_line("the beliefs name weights*")
    assert believed.read_text() == "".join(lines)


def test_believe_needs_a_file(run):
    result = run("--believe")
    assert result.ret == 4
    assert "--believe: needs a file; write --beliefs FILE --believe." in errors(result)[0]
