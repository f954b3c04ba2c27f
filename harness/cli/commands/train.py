"""xharness train: intermediate phases, target phases, scores in every language, with the baseline."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from harness.cli.options import name_option, plan_option, runs_option, settings_options, track_option
from harness.cli.ranks import gather_ranks, ranks_option
from harness.cli.repeated import Names, option
from harness.cli.say import say

EXAMPLES = """\b
Examples:
  xharness train --intermediate all --target pawsx
  xharness train --intermediate mnli,squad --target pawsx --mode single
  xharness train --arm 'mnli > squad' --arm 'squad > mnli' --target pawsx
  xharness train --intermediate all,-ccg --target pawsx --data DIR --plan
  xharness train --intermediate mnli --target pawsx --name after-mnli
  xharness train --resume after-mnli
"""


@click.command("train", epilog=EXAMPLES)
@option(
    "--intermediate", type=Names(), help="Intermediate tasks: names, suites, all, target-english; -NAME leaves one out."
)
@option("--target", type=Names(), help="Target tasks: names, suites; -NAME leaves one out.")
@option("--mode", metavar="multitask|sequential|single", help="How several intermediate tasks are trained.")
@option("--baseline/--no-baseline", default=None, help="Also train targets without intermediate tasks.")
@option(
    "--arm",
    "arms",
    multiple=True,
    metavar="TEXT",
    help="A further arm, such as 'late: mnli{steps=300} > squad + qqp'; see docs/settings.md. May be repeated.",
)
@option("--against", metavar="ARM", help="The arm that gains are against; without intermediate tasks by default.")
@option(
    "--score-snapshots",
    is_flag=True,
    default=None,
    help="Also score steps 1, 2, 4, 8, ... of the phase that a target is scored after.",
)
@option(
    "--score-phases",
    is_flag=True,
    default=None,
    help="Also score all tasks that are trained so far, and targets without training, after each phase.",
)
@settings_options
@ranks_option
@track_option
@option("--resume", metavar="RUN", help="Resume an interrupted run, with its settings and its name.")
@name_option
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
    resume: str | None,
    name: str | None,
    plan_only: bool,
    runs: Path,
    **own: Any,
) -> None:
    """Train intermediate tasks, then targets, and score all languages."""
    from harness.arms import labelled_texts
    from harness.cli.running import asked_in, carry_out, ready, say_waiting
    from harness.config import load_file, settings_from
    from harness.planning.resuming import check_resumable
    from harness.planning.session import plan_training
    from harness.registry import default_registry
    from harness.results.find import find_run
    from harness.results.runs import SETTINGS, check_name, home_of

    gather_ranks(ctx, ranks, plan_only=plan_only)
    registry = default_registry()
    own["arms"] = labelled_texts(own["arms"])
    given = {key: value for key, value in own.items() if value is not None} | flags
    resumed, directory = None, None
    if resume is not None:
        _refuse_beside_resume(given, config, name)
        directory = find_run(runs, resume)
        say(f"run: {directory}", err=True)
        resumed = check_resumable(directory)
        runs, config = home_of(directory, runs), (directory / SETTINGS,)
    if name is not None:
        check_name(name)
    trackers = ready(registry, track, runs, plan_only=plan_only)
    wanted = settings_from(registry, *map(load_file, config), given, where=asked_in(config))
    planned = plan_training(wanted, registry, runs, resumes=directory, tell=say_waiting)
    planned = planned.resuming(resumed) if resumed else planned
    planned = planned.named(name) if name is not None else planned
    ctx.exit(carry_out(planned, plan_only=plan_only, ranks=ranks, trackers=trackers))


def _refuse_beside_resume(given: dict[str, Any], config: tuple[Path, ...], name: str | None) -> None:
    """What is set beside --resume would make another run of it."""
    from harness.errors import SettingsError

    names = {key: f"--{key.replace('_', '-')}" for key in given} | {"arms": "--arm"}
    options = [names[key] for key, value in given.items() if value != {}]
    options += ["--config"] if config else []
    options += ["--name"] if name is not None else []
    if options:
        raise SettingsError(
            f"--resume goes on with the run's own settings and name, so that {', '.join(options)} cannot be given",
            code="options-exclude-each-other",
            fix="leave it out; or start a run: `xharness train --config runs/RUN/settings.toml` and what is to change, "
            "which trains only what that makes another",
        )
