"""`headlaws replay ID`: does a stored counterexample still stand?"""

from __future__ import annotations

import shutil
from pathlib import Path

import click


@click.command()
@click.argument("id")
@click.option(
    "--store",
    type=click.Path(path_type=Path),
    default=Path(".headlaws/store.db"),
    show_default=True,
    help="Where it was filed.",
)
@click.option(
    "--laws",
    type=click.Path(path_type=Path),
    default=None,
    help="The folder of chapters (default: the book that comes with headlaws).",
)
@click.option("--model", default=None, help="Another model than the run's.")
def replay(id: str, store: Path, laws: Path | None, model: str | None) -> int:
    """Run a stored counterexample again; exit status 0 if it still breaks the claim, 1 if not."""
    from harness.errors import ConjectureError
    from harness.laws.book import conjectures, shipped
    from harness.presentation import counterexample_lines
    from harness.readings.model import load_model
    from harness.records.counterexamples import stored
    from harness.trials.counterexample import counterexample, revived
    from harness.trials.judge import Outcome
    from harness.trials.trial import again

    found = stored(store, id)
    folder = laws or shipped()
    book = conjectures(folder)
    if (found.chapter, found.conjecture) not in book:
        raise ConjectureError(f"{found.chapter}.py::{found.conjecture}: not in {folder}; give its folder with --laws.")
    conjecture = book[found.chapter, found.conjecture]
    loaded = load_model(
        model or found.record["model"],
        dtype=found.record["dtype"],
        device=found.record["device"],
        preparation="default" if model else found.record["preparation"]["name"],
    )
    head = loaded.head(found.head, projection=found.projection, bos=found.record["bos"]).component(found.component)
    inputs = revived(found.inputs)
    judged = again(conjecture, head, inputs)
    checked = again(conjecture, head.in_float64, inputs)
    node = f"{found.chapter}.py::{found.conjecture}[{found.head}-{found.component}]"
    click.echo(node)
    for line in counterexample_lines(
        counterexample(node, inputs, judged, loaded.text), width=shutil.get_terminal_size().columns
    ):
        click.echo(line)
    stands = judged.outcome is Outcome.VIOLATED and checked.outcome is Outcome.VIOLATED
    if stands:
        click.echo("still stands, in float32 and in float64")
    else:
        click.echo(f"no longer stands: {judged.outcome.value} in float32, {checked.outcome.value} in float64")
    return 0 if stands else 1
