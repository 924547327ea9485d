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
    "atlas": "Show what all heads read, together: vocabularies, shared tokens, growth.",
    "bench": "Time three ways of reading, the seed notebook's among them.",
    "dataset": "Write the attention tokens of many prompts by all heads as one table.",
    "diff": "Show the verdicts on which two runs disagree, and what differed.",
    "discover": "Find laws that nobody stated, and write them as a chapter.",
    "forget": "Delete the readings that earlier runs left.",
    "graph": "Draw how one more token moves a head, and test what the graph claims.",
    "history": "Show each cell's verdict across runs.",
    "laws": "List the chapters of the book and their laws.",
    "models": "List the models, and say which are cached.",
    "nightly": "Try every head against the book with tonight's sequences, and show what changed.",
    "plot": "Draw token plots of a sequence, as PNG or SVG.",
    "prove": "Prove which tokens a head cannot tell apart, by reading every one.",
    "read": "Show the attention tokens of a text, of ids, or of a drawn sequence.",
    "replay": "Run a stored counterexample again.",
    "report": "Write the pages of a stored run.",
    "selfcheck": "Check that headlaws is right on this machine.",
    "sweep": "Try many heads against the book; a stopped sweep can go on.",
}


class Commands(click.Group):
    """Knows its subcommands by name, so that `--help` imports none of them."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Return the subcommands, in alphabetical order."""
        return sorted(_COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Return the subcommand, imported now."""
        if cmd_name not in _COMMANDS:
            return None
        found: click.Command = getattr(import_module(f"harness.cli.{cmd_name}"), cmd_name)
        return found

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the list in `--help`, without importing anything."""
        with formatter.section("Commands"):
            formatter.write_dl(sorted(_COMMANDS.items()))


@click.command(cls=Commands, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.version_option(package_name="headlaws")
def headlaws() -> None:
    """Find out which laws each attention head of a language model obeys."""


def main() -> None:
    """Run the command; this is its entry point."""
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
