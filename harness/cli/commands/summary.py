"""xharness summary: the tables of a run, once more."""

from __future__ import annotations

from pathlib import Path

import click

from harness.cli.options import against_option, beside_option, runs_option


@click.command("summary")
@click.argument("run", metavar="[RUN]", required=False)
@against_option
@beside_option
@runs_option
def command(run: str | None, against: str | None, beside: Path | None, runs: Path) -> None:
    """Show the tables of RUN, the latest by default.

    Scores of its evaluations stand in the same tables.
    """
    from harness.cli.chosen import chosen_run
    from harness.cli.display import COMPARING, Display, make_console, show
    from harness.report.summary import summary_view
    from harness.results.find import belonging
    from harness.results.runs import STORE, home_of

    directory = chosen_run(runs, run)
    with Display(make_console(stderr=True)).busy(COMPARING):
        summary = summary_view(directory, home_of(directory, runs) / STORE, belonging(directory), against, beside)
    show(make_console(), summary)
