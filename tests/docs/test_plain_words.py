"""All text that people meet is easy to read, as far as a machine sees it: pages, help, laws, messages, labels."""

import ast
import re
from collections.abc import Iterator
from itertools import chain

import click
import pytest

from harness import cli
from harness.plugin import options
from harness.records import words
from harness.records.cell import FLAGS, Verdict
from tests.support import plain_words
from tests.support.documents import PAGES, ROOT, named

MADE_BY_CODE = {"ARCHITECTURES.md"}
"""A table whose words are those of refusals."""


SQL = re.compile(r"\b(?:SELECT|INSERT|UPDATE|CREATE|ALTER|REAL|TEXT)\b")


def modules(*rooms: str) -> Iterator[tuple[str, ast.Module]]:
    """Give each module's name and tree."""
    for room in rooms:
        for file in sorted((ROOT / room).rglob("*.py")):
            yield str(file.relative_to(ROOT)), ast.parse(file.read_text(encoding="utf-8"))


def laws() -> dict[str, ast.FunctionDef]:
    """Give the laws of the book by name."""
    found = {}
    for _, tree in modules("properties"):
        found |= {node.name: node for node in tree.body if isinstance(node, ast.FunctionDef)}
    return found


def helps() -> Iterator[tuple[str, str]]:
    """Give the help of every command and option."""
    yield from cli._COMMANDS.items()
    yield from ((f"pytest --{name}", how["help"]) for name, how in options._OPTIONS.items())
    for name in cli._COMMANDS:
        command = cli.headlaws.get_command(click.Context(cli.headlaws), name)
        assert command is not None
        yield name, command.help or ""
        for one in command.params:
            if isinstance(one, click.Option):
                yield f"{name} {one.opts[0]}", one.help or ""


def messages(tree: ast.Module) -> Iterator[str]:
    """Give the texts of a module that are no docstrings, where they have more than two words."""
    documentation = {
        id(node.value)
        for node in ast.walk(tree)
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant) and isinstance(node.value.value, str)
    }
    for node in ast.walk(tree):
        if isinstance(node, ast.JoinedStr):
            yield "".join(str(part.value) if isinstance(part, ast.Constant) else "x" for part in node.values)
        elif isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in documentation:
            yield node.value


def labels(template: str) -> str:
    """Give the words of a template that a browser shows."""
    text = re.sub(r"\{%.*?%\}|\{\{.*?\}\}|\{#.*?#\}", " x ", template, flags=re.DOTALL)
    return re.sub(r"<[^>]*>", ". ", re.sub(r"<(script|style).*?</\1>", "", text, flags=re.DOTALL))


def public(node: ast.AST) -> Iterator[ast.FunctionDef]:
    """Give the public functions and methods of a module that are no properties."""
    for child in ast.iter_child_nodes(node):
        if isinstance(child, ast.ClassDef | ast.If | ast.Try):
            yield from public(child)
        elif isinstance(child, ast.FunctionDef) and not child.name.startswith("_"):
            decorators = " ".join(ast.unparse(one) for one in child.decorator_list)
            if "property" not in decorators and "command" not in decorators:
                yield child


@pytest.mark.parametrize("page", PAGES, ids=named)
def test_a_page_is_easy_to_read(page):
    text = page.read_text(encoding="utf-8")
    assert plain_words.grade(text) <= plain_words.HIGHEST_GRADE
    longest = max(plain_words.sentences(plain_words.prose(text)), key=lambda one: len(one.split()))
    assert len(longest.split()) <= plain_words.LONGEST_SENTENCE, longest


@pytest.mark.parametrize("page", [page for page in PAGES if page.name not in MADE_BY_CODE], ids=named)
def test_a_page_has_none_of_the_patterns(page):
    text = re.sub(r"```.*?```", "", page.read_text(encoding="utf-8"), flags=re.DOTALL)
    for name in laws():
        text = text.replace(name.replace("_", " "), "law")
    assert list(plain_words.hard_to_read(text)) == []


def test_help_has_none_of_the_patterns():
    assert [(place, found) for place, text in helps() for found in plain_words.hard_to_read(text)] == []


def test_laws_say_what_they_claim_in_plain_words():
    docstrings = ((name, ast.get_docstring(node) or "") for name, node in laws().items())
    assert [(name, found) for name, text in docstrings for found in plain_words.hard_to_read(text)] == []


@pytest.mark.slow
def test_messages_have_none_of_the_patterns():
    found = {
        f"{name}: {place}"
        for name, tree in modules("harness", "reports")
        for place in chain.from_iterable(plain_words.hard_to_read(text) for text in messages(tree) if " " in text)
    }
    assert sorted(found) == []


def test_labels_of_pages_have_none_of_the_patterns():
    templates = sorted((ROOT / "reports" / "templates").rglob("*.html"))
    assert len(templates) > 20
    found = [
        (one.name, place) for one in templates for place in plain_words.hard_to_read(labels(one.read_text("utf-8")))
    ]
    assert found == []


def test_docstrings_of_public_functions_begin_with_a_verb():
    found = [
        f"{name}: {node.name}: {text.splitlines()[0]}"
        for name, tree in modules("harness", "reports")
        for node in public(tree)
        if (text := ast.get_docstring(node)) and not plain_words.begins_with_a_verb(text)
    ]
    assert found == []


def scripts() -> Iterator[tuple[str, str]]:
    """Give the texts between quotes of the pages' scripts, where they have more than a word."""
    assets = ROOT / "reports" / "assets"
    files = [*sorted((assets / "src").glob("*.js")), assets / "atlas.js"]
    assert len(files) > 10
    for file in files:
        code = re.sub(r"^\s*//.*$|\$\{[^}]*\}", "x", file.read_text(encoding="utf-8"), flags=re.MULTILINE)
        quoted = (found[0] for found in re.finditer(r'"[^"\n]*"|\'[^\'\n]*\'|`[^`\n]*`', code))
        yield from ((file.name, text.strip("\"'`")) for text in quoted if " " in text)


def read_by_people() -> Iterator[tuple[str, str]]:
    """Give all that people meet, with its place: pages, help, laws, messages, labels and scripts."""
    pages = (page for page in PAGES if page.name not in MADE_BY_CODE)
    yield from ((named(page), re.sub(r"```.*?```", "", page.read_text("utf-8"), flags=re.DOTALL)) for page in pages)
    yield from helps()
    yield from ((name, ast.get_docstring(node) or "") for name, node in laws().items())
    for name, tree in modules("harness", "reports"):
        yield from ((name, text) for text in messages(tree) if " " in text and not SQL.search(text))
    for template in (ROOT / "reports" / "templates").rglob("*.html"):
        yield template.name, labels(template.read_text("utf-8"))
    yield from scripts()


def test_nobody_meets_an_old_word():
    assert [(place, found) for place, text in read_by_people() for found in plain_words.old_words(text)] == []


@pytest.mark.parametrize(
    "text",
    [
        "the degree of a head",
        "controls right",
        "a verdict may be vacuous",
        "Leave out the untrained models.",
        "carries the flag gauge",
        "without the flags trivial and untrained",
        "What came of a check.",
    ],
)
def test_old_words_are_found(text):
    assert list(plain_words.old_words(text))
    assert not list(plain_words.old_words("also true untrained; the column `degree`; known-answer checks passed"))


def test_every_key_that_is_shown_has_a_word():
    assert set(words.VERDICTS) == {verdict.value for verdict in Verdict}
    assert set(words.FLAGS) == set(FLAGS)
    for table in (words.VERDICTS, words.FLAGS):
        letters = [one.letter for one in table.values()]
        assert len(set(letters)) == len(letters)
        assert len({key[0] for key in table}) == len(table), "scripts and style sheets go by the first letter of a key"


def test_the_grade_tells_a_hard_page_from_an_easy_one():
    hard = (
        "That is reckoned from what each task took in an earlier sweep of the same weights into the same store, and "
        "how fast this one goes; in a first sweep from its own tasks alone, of which the dearest come early, so "
        "that it says, notwithstanding considerable precautionary estimation, too much."
    )
    easy = "The estimate uses earlier timings. A first sweep overestimates, because the slowest tasks run first."
    assert plain_words.grade(easy) < plain_words.HIGHEST_GRADE < plain_words.grade(hard)


@pytest.mark.parametrize(
    "text",
    [
        "What each cell came to in the runs of a store.",
        "One verdict a conjecture and component of a head.",
        "Of a model of a gigabyte or more.",
        "Three nights were skipped where there is one.",
        "It begins nothing new after so many.",
    ],
)
def test_the_patterns_are_found(text):
    assert list(plain_words.hard_to_read(text))
    assert not list(plain_words.hard_to_read("Show each cell's verdict across runs."))
