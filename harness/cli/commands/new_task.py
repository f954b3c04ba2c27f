"""xharness new-task: a package for a task of one's own, ready to be installed and tested."""

from __future__ import annotations

from pathlib import Path

import click

from harness.cli.repeated import option
from harness.cli.say import say


@click.command("new-task")
@click.argument("name")
@option("--kind", metavar="NAME", default="text-classification", show_default=True, help="What the task asks for.")
@option(
    "--to",
    type=click.Path(path_type=Path),
    default=Path(),
    help="Directory to write the package into; here by default.",
)
def command(name: str, kind: str, to: Path) -> None:
    """Write a package with a task of your own.

    It has the task's module, sample rows and a test. Install it, see it pass, then put your rows in.
    """
    from harness.registry import default_registry
    from harness.scaffold.package import write_package

    files = write_package(name, kind, to, default_registry())
    for file in files:
        say(f"wrote {file}")
    directory = files[0].parent
    say(f"next: pip install -e {directory} && xharness validate {name} --data {directory / 'tests' / 'data'}")
