"""The `headlaws` command. Each subcommand is a module beside this one, imported when it is asked for.

What is refused is said in one line, with exit status 4, and no traceback.
"""

from __future__ import annotations

import sys
from importlib import import_module

import click

from harness.asserting import check_asserts
from harness.errors import HeadlawsError

WRONG_ARGUMENT = 4

_COMMANDS = {
    "atlas": "What all heads read, together: vocabularies, what they share, how it grows.",
    "bench": "What reading costs, the notebook's way and ours, in one run.",
    "dataset": "Attention tokens of many prompts by all heads, as one table.",
    "diff": "Which verdicts two runs disagree on, and what differed.",
    "discover": "Laws that nobody stated, as a chapter.",
    "forget": "Throw away the readings that runs remember.",
    "graph": "How one more token moves a head: a graph, and what is claimed of it.",
    "history": "What each cell came to in the runs of a store.",
    "laws": "The book: its chapters and what they claim.",
    "models": "The models there are, and which are cached.",
    "nightly": "Every head against the book with tonight's sequences, and what changed.",
    "plot": "Token plots of a sequence, as PNG or SVG.",
    "read": "Attention tokens of a text, of ids, or of a drawn sequence.",
    "replay": "Run a stored counterexample again.",
    "report": "Write the page of a stored run.",
    "selfcheck": "Is the instrument right on this machine?",
    "sweep": "Many heads against the book, resumable.",
}


class Commands(click.Group):
    """Knows its subcommands by name, so that `--help` imports none of them."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """The subcommands, in alphabetical order."""
        return sorted(_COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """The subcommand, imported now."""
        if cmd_name not in _COMMANDS:
            return None
        found: click.Command = getattr(import_module(f"harness.cli.{cmd_name}"), cmd_name)
        return found

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """The list in `--help`, without importing anything."""
        with formatter.section("Commands"):
            formatter.write_dl(sorted(_COMMANDS.items()))


@click.command(cls=Commands, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.version_option(package_name="headlaws")
def headlaws() -> None:
    """Find out which laws each attention head of a language model obeys."""


def main() -> None:
    """The entry point."""
    try:
        check_asserts()
        code = headlaws.main(standalone_mode=False)
    except HeadlawsError as error:
        _refuse(str(error))
    except click.UsageError as error:
        hint = f" See '{error.ctx.command_path} --help'." if error.ctx else ""
        _refuse(f"{error.format_message()}{hint}")
    except click.ClickException as error:
        _refuse(error.format_message())
    except (click.Abort, KeyboardInterrupt):
        click.echo("headlaws: interrupted", err=True)
        sys.exit(130)
    except BrokenPipeError:
        sys.exit(141)
    sys.exit(code if isinstance(code, int) else 0)


def _refuse(message: str) -> None:
    click.echo(f"headlaws: {' '.join(message.split())}", err=True)
    sys.exit(WRONG_ARGUMENT)
