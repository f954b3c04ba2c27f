"""xharness eval: score tasks on the encoders of a run, or on a checkpoint."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from harness.cli.options import Names, plan_option, runs_option, settings_options
from harness.errors import SettingsError

EXAMPLES = """\b
Examples:
  xharness eval --tasks tatoeba                   the latest run's encoders, with and without intermediate tasks
  xharness eval --metric squad_f1 --no-train      every task of that metric whose head is already trained
  xharness eval --tasks pawsx --checkpoint DIR    a model directory, trained on the target first if it has no head
"""


@click.command("eval", epilog=EXAMPLES)
@click.option("--tasks", type=Names(), help="Tasks to score.")
@click.option("--suite", help="Score the tasks of a suite.")
@click.option("--metric", help="Score every task of this metric, by this metric; tydiqa_f1 means one task's.")
@click.option("--run", "run_name", help="A run's name or directory; the latest by default.")
@click.option("--checkpoint", type=click.Path(path_type=Path), help="A checkpoint directory instead of a run.")
@click.option("--no-train", is_flag=True, help="Refuse where a task has no trained head yet.")
@settings_options
@plan_option
@runs_option
@click.pass_context
def command(
    ctx: click.Context,
    /,
    *,
    tasks: tuple[str, ...] | None,
    suite: str | None,
    metric: str | None,
    run_name: str | None,
    checkpoint: Path | None,
    no_train: bool,
    config: Path | None,
    flags: dict[str, Any],
    plan_only: bool,
    runs: Path,
) -> None:
    """Score tasks on the encoders of a run."""
    from harness.cli.running import carry_out
    from harness.config import load_file, settings_from
    from harness.planning import session
    from harness.planning.models import given_model
    from harness.registry import default_registry

    registry = default_registry()
    metrics = registry.scored_by(metric) if metric else None
    if metrics == {}:
        raise SettingsError(f"no task is scored by {metric}")
    targets = _targets(tasks, suite, metrics)
    if metrics and tasks and not set(tasks) <= set(metrics):
        raise SettingsError(f"{metric} does not score {', '.join(sorted(set(tasks) - set(metrics)))}")
    changes = {**flags, "target": targets}
    if checkpoint is None:
        _refuse_changed_phases(flags, config)
        directory = session.find_run(runs, run_name)
        settings = session.settings_of_run(directory, registry, changes)
        model = session.model_of_run(directory, runs)
    else:
        layers = [load_file(config)] if config else []
        alone = {**changes, "intermediate": (), "model": str(checkpoint)}
        settings = settings_from(registry, *layers, alone, where=str(config or "command line"))[0]
        model = given_model(checkpoint)
    planned = session.plan_evaluation(settings, registry, runs, model=model, metrics=metrics, train=not no_train)
    ctx.exit(carry_out([planned], plan_only=plan_only))


def _targets(tasks: tuple[str, ...] | None, suite: str | None, metrics: dict[str, str] | None) -> tuple[str, ...]:
    if tasks and suite:
        raise SettingsError("give --tasks or --suite, not both")
    targets = tasks or ((suite,) if suite else tuple(metrics or ()))
    if not targets:
        raise SettingsError("nothing to score", mend="give --tasks, --suite or --metric")
    return targets


def _refuse_changed_phases(flags: dict[str, Any], config: Path | None) -> None:
    """A run's encoders came from its own settings; only what is scored can change."""
    changed = [f"--{name}" for name in flags if name not in ("languages", "set")]
    changed += ["--set"] if flags["set"] else []
    changed += ["--config"] if config else []
    if changed:
        raise SettingsError(
            f"{', '.join(changed)} would change the phases that led to the run's encoders",
            mend="train with these settings, or score a directory with --checkpoint",
        )
