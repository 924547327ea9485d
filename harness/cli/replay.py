"""`headlaws replay ID`: does a stored counterexample still stand, and what about it breaks the claim?"""

from __future__ import annotations

import json
import shutil
import textwrap
from pathlib import Path
from typing import TYPE_CHECKING

import click

from harness.cli import options

if TYPE_CHECKING:
    from harness.laws.conjecture import Conjecture
    from harness.records.earlier_runs import StoredCounterexample


@click.command()
@click.argument("id")
@options.store("File that holds the counterexample.")
@click.option(
    "--laws",
    type=click.Path(path_type=Path),
    default=None,
    help="Folder of chapters.  [default: the chapter's file of that run, else the book]",
)
@options.naming(default=None, help="Model to run it on.  [default: the run's]")
@click.option("--explain", is_flag=True, help="Show which changes of a single token would save the law.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object, for programs.")
def replay(id: str, store: Path, laws: Path | None, model: str | None, explain: bool, as_json: bool) -> int:
    """Run a stored counterexample again; exit status 0 if it still breaks the law, 1 if not."""
    from harness.cli.explained import explained_lines, explained_plain
    from harness.readings.loading import load_model
    from harness.records.earlier_runs import counterexample_named
    from harness.terminal.verdicts import counterexample_lines
    from harness.text import word
    from harness.trials.counterexample import Whose, counterexample, revived, sequences
    from harness.trials.explanation import explanation
    from harness.trials.judge import Outcome
    from harness.trials.trial import again

    found = counterexample_named(store, id)
    conjecture = _conjecture(found, laws)
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
    stands = judged.outcome is Outcome.VIOLATED and checked.outcome is Outcome.VIOLATED
    made = explanation(conjecture, head, inputs) if explain else None
    if as_json:
        plain = {"id": id, "node": node, "claim": conjecture.claim, "inputs": found.inputs, "stands": stands}
        plain |= {"float32": judged.outcome.value, "float64": checked.outcome.value}
        click.echo(json.dumps(plain | (explained_plain(made, loaded.text) if made else {}), indent=2))
        return 0 if stands else 1
    width = shutil.get_terminal_size().columns
    click.echo(node)
    shown = counterexample(node, inputs, judged, loaded.text, whose=Whose(found.head, found.component))
    read = [tuple(one.ids) for one in shown.readings]
    for name, ids in sequences(inputs).items():
        if ids not in read:  # what the law makes of it is shown below, and not itself
            said = f"{name}: {' '.join(word(text) for text in loaded.text(ids))}"
            click.echo(textwrap.fill(said, width, initial_indent="  ", subsequent_indent="    "))
    for line in counterexample_lines(shown, width=width):
        click.echo(line)
    if stands:
        click.echo("the law is still broken, in float32 and in float64")
    else:
        click.echo(
            f"the law is no longer broken: {judged.outcome.value} in float32, {checked.outcome.value} in float64"
        )
    for line in explained_lines(made, loaded.text, width=width) if made else ():
        click.echo(line)
    return 0 if stands else 1


def _conjecture(found: StoredCounterexample, laws: Path | None) -> Conjecture:
    """The claim: from where the reader says, or where the run found it, or our book."""
    from harness.errors import ConjectureError
    from harness.laws.book import conjectures, shipped

    kept = found.path if found.path is not None and found.path.is_file() else None
    place = laws or kept or shipped()
    book = conjectures(place)
    if (found.chapter, found.conjecture) not in book:
        raise ConjectureError(
            f"{found.chapter}.py::{found.conjecture}: {place} does not have it; give its folder with --laws."
        )
    return book[found.chapter, found.conjecture]
