"""Two pages of the reference, made from the code: `python -m tests.support.reference_pages` writes them anew.

`commands.md` has every command and option with its help; `store.md` has every table and column of the store.
"""

import inspect
import re
from collections.abc import Iterator
from pathlib import Path

import click

from harness import cli
from harness.plugin import options

DOCS = Path(__file__).parents[2] / ".github" / "docs" / "reference"
SCHEMA = Path(__file__).parents[2] / "harness" / "records" / "schema.sql"
COLUMN = re.compile(r"^ +(?P<name>[a-z_]+) +(?P<kind>TEXT|REAL|INTEGER)(?: [^-]*)?(?:-- (?P<meaning>.*))?$")
MADE = "<!-- Made by `python -m tests.support.reference_pages`; change the code and make it again. -->\n"


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
    lines += ["The view `verdicts` joins `cells` with the name of their model.", ""]
    for table, columns in _tables(schema):
        lines += [f"## {table}", "", "| column | type | meaning |", "|---|---|---|"]
        lines += [f"| `{name}` | {kind} | {_cell(meaning)} |" for name, kind, meaning in columns]
        lines.append("")
    return "\n".join(lines).rstrip() + "\n"


PAGES = {"commands.md": commands, "store.md": store}


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
    for name, page in PAGES.items():
        (DOCS / name).write_text(page(), encoding="utf-8")
