"""xharness summary: the tables of a run, once more."""

from __future__ import annotations

from pathlib import Path

import click

from harness.cli.options import runs_option


@click.command("summary")
@click.argument("run", required=False)
@runs_option
def command(run: str | None, runs: Path) -> None:
    """Show the summary of RUN, the latest by default."""
    from harness.cli.display import make_console
    from harness.planning.session import STORE, find_run
    from harness.results.review import summary_of

    directory = find_run(runs, run)
    console = make_console()
    console.print(str(directory), markup=False)
    console.print(summary_of(directory, runs / STORE))
