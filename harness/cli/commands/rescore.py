"""xharness rescore: metrics of a run computed anew from its stored predictions, without a model."""

from __future__ import annotations

from pathlib import Path

import click

from harness.cli.options import runs_option


@click.command("rescore")
@click.argument("run", required=False)
@click.option("--metric", help="Score by this metric, instead of the ones the run was scored by.")
@click.option("--output", type=click.Path(path_type=Path), help="Directory of the new records; a new run by default.")
@runs_option
@click.pass_context
def command(ctx: click.Context, /, run: str | None, metric: str | None, output: Path | None, runs: Path) -> None:
    """Compute the metrics of RUN (the latest by default) anew from stored predictions, without torch."""
    from harness.cli.display import make_console
    from harness.planning.session import STORE, find_run
    from harness.registry import default_registry
    from harness.results.rescore import rescore
    from harness.results.review import summary_of

    directory = find_run(runs, run)
    done = rescore(directory, runs / STORE, default_registry(), metric=metric, output=output)
    console = make_console()
    console.print(summary_of(done.directory, runs / STORE))
    changed = f"{done.changed} values differ from the run's" if done.compared else "none of them was in the run"
    console.print(f"{done.scores} scores, {changed}; records: {done.directory}/records.jsonl", markup=False)
    ctx.exit(1 if done.failed else 0)
