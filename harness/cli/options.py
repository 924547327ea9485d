"""Options that several commands have, declared once: which model and how it computes, which heads, how they are read.

Light, as the commands' own modules are: `--help` imports no torch.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import wraps
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from harness.models import catalogue, model_source
from harness.models.preparation import Kind
from harness.output_paths import FOLDER
from harness.readings.projection import Projection
from harness.runs.request import Request

if TYPE_CHECKING:
    from harness.readings.model import Model


def _checked(check: Callable[[str], object]) -> Callable[[click.Context, click.Parameter, str], str]:
    """Refuse a wrong value at once, before anything is loaded; a check raises what is to be said."""

    def callback(_context: click.Context, _option: click.Parameter, value: str) -> str:
        check(value)
        return value

    return callback


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


def asking(*, default: str | None) -> Decorator:
    """Add the options that say what is read, and how; the command gets a `request` in their place.

    Args:
        default: the heads that are read where none are named; without it there is no `--head`.
    """
    naming_heads = [] if default is None else [heads(default=default)]
    taken = ("model", "projection", "preparation", "dtype", "device")

    def decorate(command: Callable[..., Any]) -> Callable[..., Any]:
        @wraps(command)
        def with_request(**given: Any) -> Any:
            named = given.pop("heads", ()) or ((default,) if default else ())
            way = {name: given.pop(name) for name in taken}
            return command(request=Request(heads=named, bos=not given.pop("no_bos"), **way), **given)

        for option in reversed((model, *naming_heads, projection, no_bos, preparation, dtype, device)):
            with_request = option(with_request)
        return with_request

    return decorate


def load(request: Request) -> Model:
    """Return the model that is asked for; where its dtype is noisy, stderr says so."""
    from harness.readings.loading import load_model

    found = load_model(request.model, dtype=request.dtype, device=request.device, preparation=request.preparation)
    warn_of_half_precision(request.dtype)
    return found


def store(help: str, **kind: Any) -> Decorator:
    """Add `--store`."""
    return click.option(
        "--store",
        type=click.Path(path_type=Path, **kind),
        default=FOLDER / "store.db",
        show_default=True,
        help=help,
    )


@contextmanager
def going_on() -> Iterator[None]:
    """Say, where somebody interrupts the block, that the same command goes on from there; it ends with status 130."""
    try:
        yield
    except KeyboardInterrupt:
        click.echo("headlaws: interrupted. Finished work is kept: give the same command again to go on.", err=True)
        raise click.exceptions.Exit(130) from None


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
