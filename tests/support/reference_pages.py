"""What is made from the code: `python -m tests.support.reference_pages` writes it anew.

`commands.md` has every command and option with its help; `store.md` has every table and column of the store, and the
words that people read for its keys; `words.js` has these words for the scripts of the pages; `laws.md` has every law of
the book, and `words.md` all that a law may import.
"""

import inspect
import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import click

import harness
from harness import cli
from harness.discovery.places import Places
from harness.discovery.transformation import Transformation
from harness.laws.book import chapters, shipped
from harness.plugin import options
from harness.records import words
from harness.text import sentence
from harness.trials.subject import Subject

ROOT = Path(__file__).parents[2]
DOCS = ROOT / ".github" / "docs" / "reference"
SCRIPTS = ROOT / "reports" / "assets" / "src"
SCHEMA = ROOT / "harness" / "records" / "schema.sql"
COLUMN = re.compile(r"^ +(?P<name>[a-z_]+) +(?P<kind>TEXT|REAL|INTEGER)(?: [^-]*)?(?:-- (?P<meaning>.*))?$")
HOW = "Made by `python -m tests.support.reference_pages`; change the code and make it again."
HEAD = ("of", "layer", "vocabulary", "afresh", "alone", "in_another_basis")
GROUPS = {
    "laws.conjecture": "The tag",
    "laws.families": "Sequences",
    "laws.relations": "Comparisons",
    "laws.roles": "Roles",
    Transformation: "Transformations",
    Places: "Places",
    "discovery.transformation": "Edits: a sequence and what a transformation makes of it",
}
"""What the words of a law are, or where they come from, and what each group is called."""

MODULES = [one for one in GROUPS if isinstance(one, str)]

MADE = f"<!-- {HOW} -->\n"


def commands() -> str:
    """Write the page of commands."""
    lines = ["# Commands and options", "", MADE]
    lines += ["| command | what it does |", "|---|---|"]
    group = cli.headlaws
    context = click.Context(group, info_name="headlaws")
    names = group.list_commands(context)
    lines += [f"| [`headlaws {name}`](#headlaws-{name}) | {cli._COMMANDS[name]} |" for name in names]
    lines += ["", "`headlaws COMMAND --help` prints the same.", ""]
    lines += [
        "## pytest properties/",
        "",
        "A project that has an option of the same name keeps it. Ours is then called",
    ]
    lines += ["`--headlaws-model`, `--headlaws-seed` and so on. `--strict` is pytest's own.", ""]
    lines += ["| option | effect |", "|---|---|"]
    for name, how in options._OPTIONS.items():
        lines.append(_row(f"--{name}", how.get("metavar"), how["help"]))
    for name in names:
        command = group.get_command(context, name)
        assert command is not None
        lines += ["", f"## headlaws {name}", "", "```text", command.get_usage(click.Context(command, context, name))]
        lines += ["```", "", *_paragraphs(command), "", "| option | effect |", "|---|---|"]
        lines += [_option(one) for one in command.params if isinstance(one, click.Option)]
    return "\n".join(lines) + "\n"


def store() -> str:
    """Write the page of the store from the comments in its schema."""
    schema = SCHEMA.read_text(encoding="utf-8")
    version = re.search(r"schema version (\d+)", schema)
    assert version is not None
    lines = ["# The store", "", MADE, f"One SQLite file, `.headlaws/store.db`. The schema's version is {version[1]}."]
    lines += ["headlaws only adds to it: each run is written once, in one transaction. Anyone may read it:", ""]
    lines += ["```sh", "headlaws sweep --model specimen --head 0.3 --component z --no-nulls", "```", "", "```python"]
    lines += ["import sqlite3", "import pandas", "", 'connection = sqlite3.connect(".headlaws/store.db")']
    lines += ['print(pandas.read_sql("SELECT head, verdict, degree FROM verdicts", connection))', "```", ""]
    lines += ["The view `verdicts` joins `cells` with the name of their model.", "", *_words()]
    for table, columns in _tables(schema):
        lines += [f"## {table}", "", "| column | type | meaning |", "|---|---|---|"]
        lines += [f"| `{name}` | {kind} | {_cell(meaning)} |" for name, kind, meaning in columns]
        lines.append("")
    return "\n".join(lines).rstrip() + "\n"


def words_of_scripts() -> str:
    """Write the words that the scripts of the pages show; verdicts and flags by the first letter of their keys."""
    named = {
        "AGREEMENT": words.NAMES["degree"],
        "VERDICTS": {one.key[0]: one.word for one in words.VERDICTS.values()},
        "FLAGS": {one.key[0]: one.word for one in words.FLAGS.values()},
    }
    lines = [f"export const {name} = {json.dumps(value)};" for name, value in named.items()]
    return "\n".join([f"// {HOW}", *lines]) + "\n"


def book() -> str:
    """Write the page of the laws of the book, chapter by chapter."""
    found = chapters(shipped())
    number = sum(not one.control for chapter in found for one in chapter.conjectures)
    lines = ["# The laws of the book", "", MADE]
    lines += [f"{number} laws in {len(found) - 1} chapters, after known-answer checks of headlaws itself."]
    lines += ["`headlaws laws` prints the same, with the source of each.", ""]
    for chapter in found:
        lines += [f"## {chapter.name}", "", chapter.about, "", "| law | components | what it claims |", "|---|---|---|"]
        for entry in (one.entry for one in chapter.conjectures):
            lines.append(f"| {_cell(sentence(entry.name))} | {' '.join(entry.components)} | {_cell(entry.claim)} |")
        lines.append("")
    return "\n".join(lines).rstrip() + "\n"


def words_of_a_law() -> str:
    """Write the page that lists what a law may import from `harness`, by kind."""
    lines = ["# The words of a law", "", MADE]
    lines += ["A law imports its words from `harness`, and numbers and lists from `hypothesis.strategies`.", ""]
    lines += [
        "```python",
        "from hypothesis import given",
        "",
        "from harness import agree, conjecture, words",
        "```",
        "",
    ]
    lines += ["## head", "", "What a law is handed.", "", "| word | what it is |", "|---|---|"]
    lines += [_word("head", Subject.__call__), *(_word(f"head.{name}", getattr(Subject, name)) for name in HEAD)]
    groups: dict[str, list[str]] = {}
    for name in harness.__all__:
        thing = getattr(harness, name)
        title = GROUPS.get(type(thing)) or next((GROUPS[one] for one in MODULES if one in thing.__module__), None)
        if title:
            groups.setdefault(title, []).append(_word(name, thing))
    for title in GROUPS.values():
        lines += ["", f"## {title}", "", "| word | what it is |", "|---|---|", *sorted(groups[title])]
    return "\n".join(lines) + "\n"


def _word(name: str, thing: Any) -> str:
    first = inspect.cleandoc(thing.__doc__ or "").split("\n\n")[0].replace("\n", " ")
    if isinstance(thing, Places):
        first = inspect.getdoc(thing.choose) or ""
    if isinstance(thing, Transformation):
        first = f"{thing.says[0].upper()}{thing.says[1:]}."
    takes = ""
    if inspect.isfunction(thing):
        names = [one for one in inspect.signature(thing).parameters if one != "self"]
        takes = f"({', '.join(names)})"
    return f"| `{_cell(name + takes)}` | {_cell(first)} |"


MADE_FILES = {
    DOCS / "commands.md": commands,
    DOCS / "laws.md": book,
    DOCS / "words.md": words_of_a_law,
    DOCS / "store.md": store,
    SCRIPTS / "words.js": words_of_scripts,
}


def _words() -> list[str]:
    """The keys whose word is another, as a table."""
    lines = ["## Keys and words", "", "Stores, JSON files and Python have the key; people read the word.", ""]
    lines += ["| key | word | what it is |", "|---|---|---|"]
    return [*lines, *(f"| `{key}` | {word} | {kind} |" for key, word, kind in words.changed()), ""]


def _tables(schema: str) -> Iterator[tuple[str, list[tuple[str, str, str]]]]:
    for found in re.finditer(r"CREATE TABLE (\w+) \((.*?)\n\)", schema, re.DOTALL):
        columns = [match for line in found[2].splitlines() if (match := COLUMN.match(line))]
        yield found[1], [(one["name"], one["kind"], one["meaning"] or "") for one in columns]


def _paragraphs(command: click.Command) -> list[str]:
    return inspect.cleandoc(command.help or "").splitlines()


def _option(option: click.Option) -> str:
    flag = max(option.opts, key=len)
    shown = option.help or ""
    if option.show_default and option.default is not None and not option.is_flag:
        said = option.show_default if isinstance(option.show_default, str) else option.default
        shown += f" Default: {said}."
    return _row(flag, None if option.is_flag else option.make_metavar(click.Context(click.Command("x"))), shown)


def _row(flag: str, metavar: str | None, shown: str) -> str:
    named = f"{flag} {metavar}" if metavar else flag
    return f"| `{_cell(named)}` | {_cell(shown)} |"


def _cell(text: str) -> str:
    return " ".join(text.split()).replace("|", "\\|")


if __name__ == "__main__":
    for path, text in MADE_FILES.items():
        path.write_text(text(), encoding="utf-8")
