"""Options that several commands have, declared once: which model and how it computes, which heads, how they are read.

Light, as the commands' own modules are: `--help` imports no torch.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping
from functools import wraps
from typing import Any

import click

from harness.models import catalogue, model_source
from harness.models.preparation import Kind
from harness.readings.projection import Projection
from harness.runs.request import Request


def _checked(check: Callable[[str], object]) -> Callable[[click.Context, click.Parameter, str], str]:
    """Refuse a wrong value at once, before anything is loaded; a check raises what is to be said."""

    def callback(_context: click.Context, _option: click.Parameter, value: str) -> str:
        check(value)
        return value

    return callback


def requested(given: Mapping[str, Any], *, heads: str, **more: Any) -> Request:
    """Return the request that the shared options make.

    Args:
        given: the command's arguments by name.
        heads: those that are tried where none are named.
        more: what else the request says.
    """
    named = ("model", "components", "projection", "dtype", "device", "preparation")
    return Request(
        heads=given["heads"] or (heads,), bos=not given["no_bos"], **{name: given[name] for name in named}, **more
    )


Decorator = Callable[[Callable[..., Any]], Callable[..., Any]]

HALF_PRECISION = ("bfloat16", "float16")

_revision = click.option("--revision", metavar="REV", help="Branch, tag or commit of a hub's model.")
_allow_pickle = click.option(
    "--allow-pickle", is_flag=True, help="Open weights that are pickles (*.bin), which can run code."
)
preparation = click.option(
    "--preparation",
    default=Kind.DEFAULT.value,
    show_default=True,
    metavar="|".join(Kind),
    callback=_checked(Kind.named),
    help="How to prepare the weights; seed does it as the seed notebook did.",
)
dtype = click.option(
    "--dtype",
    default=catalogue.DTYPES[0],
    show_default=True,
    metavar="NAME",
    callback=_checked(catalogue.check_dtype),
    help=f"Number format of the model: {', '.join(catalogue.DTYPES)}.",
)
device = click.option(
    "--device", default="cpu", show_default=True, metavar="NAME", help="Device that runs the model, as torch names it."
)
projection = click.option(
    "--projection",
    default=Projection.OUTPUT.value,
    show_default=True,
    metavar="|".join(Projection),
    callback=_checked(Projection.named),
    help="How a vector reaches the vocabulary; circuit has no qk.",
)
no_bos = click.option("--no-bos", is_flag=True, help="Leave out the model's beginning-of-sequence token.")


def naming(*, default: str | None, help: str) -> Decorator:
    """Add `--model`, `--revision` and `--allow-pickle`; the command gets the whole name as `model`."""

    def decorate(command: Callable[..., Any]) -> Callable[..., Any]:
        @wraps(command)
        def with_name(*args: Any, model: str | None, revision: str | None, allow_pickle: bool, **others: Any) -> Any:
            return command(*args, model=model_source.chosen(model, revision, allow_pickle=allow_pickle), **others)

        shown = default is not None
        named = click.option("--model", default=default, show_default=shown, metavar="NAME|DIR|FILE", help=help)
        for option in (_allow_pickle, _revision, named):
            with_name = option(with_name)
        return with_name

    return decorate


model = naming(
    default=catalogue.DEFAULT,
    help="A name that 'headlaws models' lists, a folder, a GGUF file, or a hub's name.",
)


def heads(*, default: str) -> Decorator:
    """Add `--head`, as `heads`; a command decides itself what no head means."""
    return click.option(
        "--head",
        "heads",
        multiple=True,
        metavar="SPEC",
        help=f"Heads such as '0.0', '0.*', '*.3', '2-4.*', 'all'; repeatable.  [default: {default}]",
    )


def say(line: str) -> None:
    """Print one line; what the terminal's encoding does not know becomes a question mark."""
    encoding = sys.stdout.encoding or "utf-8"
    click.echo(line.encode(encoding, "replace").decode(encoding))


def warn_of_half_precision(dtype: str) -> None:
    """Warn on stderr where a dtype's own noise is as large as many margins."""
    if dtype in HALF_PRECISION:
        from harness.readings.tolerance import relative_of

        click.echo(
            f"headlaws: --dtype {dtype}: margins are noisy. Those below {relative_of(dtype):.1%} of their scale count "
            "as near-ties, which may be most of them; float32 settles more.",
            err=True,
        )
