"""xharness train: intermediate phases, target phases, scores in every language, with the baseline."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from harness.cli.options import plan_option, runs_option, settings_options, track_option
from harness.cli.ranks import gather_ranks, ranks_option
from harness.cli.repeated import Names, option

EXAMPLES = """\b
Examples:
  xharness train --intermediate all --target pawsx
  xharness train --intermediate mnli,squad --target pawsx --mode single
  xharness train --intermediate all,-ccg --target pawsx --data DIR --plan
  xharness train --config runs/RUN/settings.toml
"""


@click.command("train", epilog=EXAMPLES)
@option(
    "--intermediate", type=Names(), help="Intermediate tasks: names, suites, all, target-english; -NAME leaves one out."
)
@option("--target", type=Names(), help="Target tasks: names, suites; -NAME leaves one out.")
@option("--mode", metavar="multitask|sequential|single", help="How several intermediate tasks are trained.")
@option("--baseline/--no-baseline", default=None, help="Also train targets without intermediate tasks.")
@settings_options
@ranks_option
@track_option
@plan_option
@runs_option
@click.pass_context
def command(
    ctx: click.Context,
    /,
    *,
    config: tuple[Path, ...],
    flags: dict[str, Any],
    ranks: int | None,
    track: tuple[str, ...],
    plan_only: bool,
    runs: Path,
    **own: Any,
) -> None:
    """Train intermediate tasks, then targets, and score all languages."""
    from harness.cli.running import asked_in, carry_out, say_waiting
    from harness.config import load_file, settings_from
    from harness.lifecycle import start_trackers
    from harness.planning.session import plan_training
    from harness.registry import default_registry

    gather_ranks(ctx, ranks, plan_only=plan_only)
    registry = default_registry()
    trackers = start_trackers(registry, track, runs)
    layers = [load_file(path) for path in config]
    given = {name: value for name, value in own.items() if value is not None} | flags
    wanted = settings_from(registry, *layers, given, where=asked_in(config))
    if len(wanted) > 1:
        # What cannot be planned is refused before the first of the runs trains.
        for settings in wanted:
            plan_training(settings, registry, runs)
    sessions = (plan_training(settings, registry, runs, tell=say_waiting) for settings in wanted)
    ctx.exit(carry_out(sessions, plan_only=plan_only, trackers=trackers))
