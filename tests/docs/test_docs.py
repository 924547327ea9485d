"""README and docs: every link leads somewhere, every command is run or parsed, and its output is as shown."""

import os
import re
import shlex
import shutil
import subprocess

import click
import pytest
import yaml

from harness import cli
from harness.models import cache
from harness.plugin import options
from tests.support import reference_pages
from tests.support.documents import LINK, PAGES, ROOT, anchors, blocks, missing, named, run, shown_commands

each_page = pytest.mark.parametrize("page", PAGES, ids=named)
SHORT = "README.md"
"""The page whose commands take half a minute; those of the others take longer, and are tried before a release."""

WITH_COMMANDS = [
    pytest.param(
        page, id=named(page), marks=[pytest.mark.real, *([] if named(page) == SHORT else [pytest.mark.thorough])]
    )
    for page in PAGES
    if any(block.kind in ("sh", "python") for block in blocks(page))
]
PROMPTS = "a b c d e f g h\nh g f e d c b a\n"
"""The text file that the page on the atlas speaks of."""


@each_page
def test_every_link_leads_somewhere(page):
    for found in LINK.finditer(re.sub(r"```.*?```", "", page.read_text("utf-8"), flags=re.DOTALL)):
        target = found["target"]
        if target.startswith("https://"):
            continue
        file, _, anchor = target.partition("#")
        place = (page.parent / file).resolve() if file else page
        assert place.exists(), f"{named(page)}: {target}"
        assert place.is_relative_to(ROOT), f"{named(page)}: {target}"
        if anchor:
            assert anchor in anchors(place), f"{named(page)}: {target}"


def test_every_page_of_the_docs_is_reached_from_their_index():
    index = ROOT / ".github" / "docs" / "README.md"
    linked = {(index.parent / found["target"]).resolve() for found in LINK.finditer(index.read_text("utf-8"))}
    assert set(index.parent.rglob("*.md")) <= linked | {index}


@each_page
def test_every_block_is_of_a_kind_that_is_tried(page):
    assert {block.kind for block in blocks(page)} <= {"sh", "python", "text", "yaml", "bibtex"}
    for block in blocks(page):
        if block.kind == "python":
            compile(block.text, named(page), "exec")
        elif block.kind == "yaml":
            yaml.safe_load(block.text)


@each_page
def test_every_command_that_is_shown_has_options_that_exist(page):
    lines = [line for block in blocks(page) if block.kind == "sh" for line in block.text.splitlines()]
    for line in [*lines, *shown_commands(page)]:
        for command in re.split(r" (?:&&|\|\||>) ", line):
            _parse(shlex.split(command), line)


def _parse(words, line):
    if "headlaws" in words[0] and len(words) > 1:
        command = cli.headlaws.get_command(click.Context(cli.headlaws), words[1])
        assert command is not None, line
        known = {flag for one in command.params for flag in one.opts}
        assert {word for word in words[2:] if word.startswith("--")} <= known, line
        if not any(word.startswith("<") for word in words):
            command.make_context(words[1], words[2:], resilient_parsing=True)
    elif words[0] == "pytest":
        known = {f"--{name}" for name in options._OPTIONS} | {"--pyargs", "--strict", "--dist"}
        assert {word.partition("=")[0] for word in words if word.startswith("--")} <= known, line
        for word in words[1:]:
            if word.startswith(("properties/", "tests/")):
                assert (ROOT / word).exists(), line
    elif words[0] in ("tox", "bash", "python", "python3", "pip"):
        _parse_other(words, line)


def _parse_other(words, line):
    if words[0] == "bash":
        assert (ROOT / words[1]).exists(), line
    if words[:2] == ["tox", "-e"]:
        assert f"[testenv:{words[2]}]" in (ROOT / "tox.ini").read_text("utf-8"), line


def models_apart(folder):
    """Makes another cache of the models that there are: their files are linked, and nothing is remembered."""
    for model in cache.root().glob("*-*"):
        if model.is_dir():
            shutil.copytree(model, folder / model.name, copy_function=link)
    return folder


def link(source, target):
    try:
        os.link(source, target)
    except OSError:  # on another file system
        shutil.copy2(source, target)


@pytest.mark.parametrize("page", WITH_COMMANDS)
def test_every_block_comes_out_as_written(page, tmp_path):
    """Saves what is to be saved, runs what is to be run, and looks for the output that the page shows."""
    (tmp_path / "prompts.txt").write_text(PROMPTS, encoding="utf-8")
    apart = {"HEADLAWS_CACHE": str(models_apart(tmp_path / "cache"))}  # a page may throw remembered readings away
    output = ""
    for block in blocks(page):
        if block.file:
            (tmp_path / block.file).parent.mkdir(exist_ok=True)
            (tmp_path / block.file).write_text(block.text, encoding="utf-8")
        elif block.kind == "python" and not block.text.startswith("@"):
            (tmp_path / "block.py").write_text(block.text, encoding="utf-8")
            done = run("python block.py", tmp_path, **apart)
            assert done.returncode == 0, f"{block.text}\n{done.stdout}{done.stderr}"
            output = done.stdout
        elif block.kind == "sh":
            output = ""
            for command in block.text.splitlines():
                done = run(command, tmp_path, **apart)
                assert done.returncode == 0 or "diff" in command, f"{command}\n{done.stdout}{done.stderr}"
                output += done.stdout
        elif block.kind == "text" and output:
            lost = missing(block.text.splitlines(), output)
            assert lost is None, f"{lost!r} does not come out:\n{output}"


@pytest.mark.real
@pytest.mark.thorough
def test_the_tutorials_law_is_false_of_every_head_of_the_default_models_first_layer(tmp_path):
    page = ROOT / ".github" / "docs" / "tutorial" / "your-first-law.md"
    (block,) = [block for block in blocks(page) if block.kind == "python"]
    (tmp_path / block.file).parent.mkdir()
    (tmp_path / block.file).write_text(block.text, encoding="utf-8")
    done = run("pytest my_laws --head '0.*'", tmp_path)
    assert done.returncode == 0, done.stdout + done.stderr
    letters = [line.split()[0] for line in done.stdout.splitlines() if re.match(r"    [A-Z] \w+ +0\.\d-z", line)]
    assert letters == ["R"] * 9, done.stdout


@pytest.mark.parametrize("path", reference_pages.MADE_FILES, ids=lambda path: path.name)
def test_files_made_from_the_code_are_fresh(path):
    kept = path.read_text(encoding="utf-8")
    assert kept == reference_pages.MADE_FILES[path](), "run python -m tests.support.reference_pages"


def test_the_page_of_report_json_names_every_key_and_column():
    from reports import report_json

    page = (reference_pages.DOCS / "report-json.md").read_text(encoding="utf-8")
    source = (ROOT / "reports" / "report_json.py").read_text(encoding="utf-8")
    whole = source[source.index("whole = {") : source.index('whole["tokens"]')]
    keys = set(re.findall(r'^        "(\w+)":', whole, re.MULTILINE)) | {"tokens"}
    assert len(keys) > 10
    named_in_page = set(re.findall(r"`(\w+)`", page))
    assert keys <= named_in_page
    assert {*report_json.CELL_COLUMNS, *report_json.RATE_COLUMNS} <= named_in_page
    assert f"`format` is {report_json.FORMAT};" in " ".join(page.split())


def test_the_two_lines_of_the_readme_are_where_the_gate_looks_for_them():
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    assert len(re.findall(r"^ {4}python3 -m venv ", readme, re.MULTILINE)) == 2
    done = subprocess.run(["grep", "-cE", "^ {4}python3 -m venv ", ROOT / "README.md"], capture_output=True, text=True)
    assert done.stdout.strip() == "2"


def test_the_readme_counts_the_laws_of_the_book():
    from harness.laws.book import chapters, shipped

    laws = [law for chapter in chapters(shipped()) for law in chapter.conjectures if not law.entry.control]
    assert f"a book of {len(laws)} laws" in " ".join((ROOT / "README.md").read_text(encoding="utf-8").split())
    assert f"{len(laws)} laws, in ten" in (ROOT / "CHANGES.md").read_text(encoding="utf-8")
    assert len({law.chapter for law in laws}) == 10


def test_the_readme_is_a_screen_and_a_half():
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    assert len(text.split()) < 800
    assert text.index("previous-token.svg") < text.index("## Start")
