"""xharness rescore: metrics of a run computed anew from its stored predictions, without a model."""

from __future__ import annotations

from pathlib import Path

import click

from harness.cli.options import runs_option
from harness.cli.repeated import option
from harness.errors import counted


@click.command("rescore")
@click.argument("run", metavar="[RUN]", required=False)
@option("--metric", metavar="NAME", help="Score by this metric, instead of the ones the run was scored by.")
@option("--output", type=click.Path(path_type=Path), help="Directory of the new records; a new run by default.")
@runs_option
@click.pass_context
def command(ctx: click.Context, /, run: str | None, metric: str | None, output: Path | None, runs: Path) -> None:
    """Compute a run's metrics anew, without a model.

    Reads the stored predictions of RUN, a run's name or directory, the latest by default, and writes new records.
    Needs no torch.
    """
    from harness.cli.chosen import chosen_run
    from harness.cli.display import COMPARING, Display, make_console, show
    from harness.evaluation.rescore import rescore
    from harness.planning.store import translated_errors
    from harness.registry import default_registry
    from harness.report.summary import summary_view
    from harness.results.records import FILE
    from harness.results.runs import STORE, home_of

    directory = chosen_run(runs, run)
    store = home_of(directory, runs) / STORE
    display = Display(make_console(stderr=True))
    with translated_errors(output or runs, "--output"), display.busy("computing metrics and intervals"):
        done = rescore(directory, store, default_registry(), metric=metric, output=output)
    console = make_console()
    with display.busy(COMPARING):
        summary = summary_view(done.directory, store)
    show(console, summary)
    changed = f"{done.changed} of {done.compared} values differ from the run's" if done.compared else "new to the run"
    failed = f", {done.failed} failed" if done.failed else ""
    console.print(f"{counted(done.scores, 'score')}{failed}; {changed}", markup=False, soft_wrap=True)
    console.print(f"records: {done.directory / FILE}", markup=False, soft_wrap=True)
    ctx.exit(1 if done.failed else 0)
