"""xharness summary: the tables of a run, once more."""

from __future__ import annotations

from pathlib import Path

import click

from harness.cli.options import runs_option


@click.command("summary")
@click.argument("run", metavar="[RUN]", required=False)
@runs_option
def command(run: str | None, runs: Path) -> None:
    """Show the tables of RUN, the latest by default."""
    from harness.cli.display import make_console, show
    from harness.planning.session import STORE, find_run, home_of
    from harness.report.summary import summary_view

    directory = find_run(runs, run)
    console = make_console()
    summary = summary_view(directory, home_of(directory, runs) / STORE)
    console.print(str(directory), markup=False, soft_wrap=True)
    show(console, summary)
