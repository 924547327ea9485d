"""The pages that people read: their blocks of code, their links, and the commands in them."""

import os
import re
import shlex
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

from tests.support import forked

ROOT = Path(__file__).parents[2]
DOCS = ROOT / ".github" / "docs"
PAGES = (
    ROOT / "README.md",
    ROOT / "CHANGES.md",
    ROOT / "properties" / "README.md",
    *sorted((ROOT / ".github").rglob("*.md")),
)
BLOCK = re.compile(
    r"(?:Save this as `(?P<file>[^`]+)`:\n\n)?^```(?P<kind>\w+)\n(?P<text>.*?)^```$", re.DOTALL | re.MULTILINE
)
INDENTED = re.compile(r"^ {4}(?P<line>(?:headlaws|pytest|tox|bash|pip|python3?|\d+ \d+ \* \* \*) .*)$", re.MULTILINE)
LINK = re.compile(r"\]\((?P<target>[^)\s]+)\)")


@dataclass(frozen=True)
class Block:
    """A fenced block: its language, its text, and the file that the page asks the reader to save it as."""

    kind: str
    text: str
    file: str | None


def named(page: Path) -> str:
    """Name a page for a test's id."""
    return str(page.relative_to(ROOT))


def blocks(page: Path) -> list[Block]:
    """Give the fenced blocks of a page, in order."""
    return [Block(found["kind"], found["text"], found["file"]) for found in BLOCK.finditer(page.read_text("utf-8"))]


def shown_commands(page: Path) -> list[str]:
    """Give the command lines that a page shows in indented blocks; nothing runs them as they stand."""
    return [found["line"].split("  #")[0].strip() for found in INDENTED.finditer(page.read_text("utf-8"))]


def anchors(page: Path) -> set[str]:
    """Give the anchors of a page's headings, as GitHub makes them."""
    heads = re.findall(r"^#+ (.*)$", page.read_text("utf-8"), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", head.lower()).replace(" ", "-") for head in heads}


def run(command: str, folder: Path, **environment: str) -> subprocess.CompletedProcess[str]:
    """Run a command line of a page by this interpreter, in a folder."""
    program, *arguments = shlex.split(command)
    if program != "python":
        apart = ["-p", "no:cacheprovider", "-p", "no:playwright"] if program == "pytest" else []
        return forked.run(program, [*apart, *arguments], folder, COLUMNS="80", **environment)
    return subprocess.run(
        [sys.executable, *arguments],
        cwd=folder,
        env=os.environ | {"COLUMNS": "80"} | environment,
        capture_output=True,
        text=True,
        check=False,
    )


def missing(lines: list[str], output: str) -> str | None:
    """Give the first of the lines that does not stand in the output, after those before it; None if all do."""
    rest = iter([line.rstrip() for line in output.splitlines()])
    return next((line for line in lines if line not in rest), None)
