"""xharness eval: score tasks on the encoders of a run, or on a checkpoint."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from harness.cli.options import name_option, plan_option, runs_option, settings_options, track_option
from harness.cli.ranks import gather_ranks, ranks_option
from harness.cli.repeated import Names, option
from harness.cli.say import say
from harness.errors import SettingsError, UnknownName

if TYPE_CHECKING:
    from harness.planning.stages.base import Checkpoint
    from harness.registry import Registry

EXAMPLES = """\b
Examples:
  xharness eval --tasks tatoeba                 the latest run's encoders
  xharness eval --metric squad_f1 --no-train    every task of that metric
  xharness eval --tasks pawsx --checkpoint DIR  a model directory
  xharness eval --tasks tatoeba --measure anisotropy
  xharness eval --tasks pawsx --perturb typo:2  with typing errors, too
"""


@click.command("eval", epilog=EXAMPLES)
@option("--tasks", type=Names(), help="Tasks to score.")
@option("--suite", metavar="NAME", help="Score the tasks of a suite.")
@option(
    "--metric", metavar="NAME", help="Score by this metric, every task that has it; squad_f1 also means one task's f1."
)
@option(
    "--measure",
    "measures",
    metavar="NAME",
    multiple=True,
    help="Also compute this measure of each checkpoint and task, such as anisotropy; see `xharness ls measures`.",
)
@option(
    "--perturb",
    metavar="NAME:SEVERITY",
    multiple=True,
    help="Also score the rows with their texts changed, such as typo:2 or 'typo:2{rate=0.2}'; typo:1+case:2 does one "
    "after the other; see `xharness ls perturbations`.",
)
@option("--run", "run_name", metavar="NAME|DIR", help="A run; by default the latest of train with a score.")
@option("--checkpoint", type=click.Path(path_type=Path), help="A checkpoint directory instead of a run.")
@option("--no-train", is_flag=True, help="Refuse where a task has no trained head yet.")
@settings_options
@ranks_option
@track_option
@name_option
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
    measures: tuple[str, ...],
    perturb: tuple[str, ...],
    run_name: str | None,
    checkpoint: Path | None,
    no_train: bool,
    config: tuple[Path, ...],
    flags: dict[str, Any],
    ranks: int | None,
    track: tuple[str, ...],
    name: str | None,
    plan_only: bool,
    runs: Path,
) -> None:
    """Score tasks on the encoders of a run or checkpoint.

    A task whose head is not trained yet is trained first. The settings of a run are its own; with --checkpoint, the
    options below give them.
    """
    from harness.cli.chosen import chosen_run
    from harness.cli.running import asked_in, carry_out, ready, say_waiting
    from harness.config import load_file, settings_from
    from harness.planning import session
    from harness.planning.evaluated import evaluated_tasks, with_rows
    from harness.planning.models import model_in
    from harness.planning.run_data import find_data, given_data
    from harness.planning.unused_settings import Advice
    from harness.registry import default_registry
    from harness.results.find import root_of
    from harness.results.runs import check_name, home_of

    gather_ranks(ctx, ranks, plan_only=plan_only)
    registry = default_registry()
    named = _named(tasks, suite, registry)
    targets, metrics = evaluated_tasks(registry, named, metric)
    if name is not None:
        check_name(name)
    # The languages of the run's targets say nothing of other tasks'.
    changes = {"languages": (), **flags, "target": targets}
    if checkpoint is None:
        _refuse_changed_phases(flags, config, registry)
        directory = chosen_run(runs, run_name, trained=True)
        runs, of = home_of(directory, runs), root_of(directory)
        settings = session.settings_of_run(directory, registry, changes)
        data = find_data(directory, settings.data, registry)
        models: Mapping[str, Checkpoint] = session.models_of_run(directory, runs, registry)
    else:
        _refuse_another_model(flags, run_name)
        of = None
        layers = [load_file(path) for path in config]
        alone = {**changes, "intermediate": (), "model": str(checkpoint)}
        settings = settings_from(registry, *layers, alone, where=asked_in(config))
        # A settings file may have arms; the checkpoint is what comes after them.
        settings = dataclasses.replace(settings, arms={}, against="")
        data = given_data(settings.data)
        models = {"": model_in(checkpoint)}
    if not named:
        settings = with_rows(settings, registry, data.open(registry))
        missing = [task for task in targets if task not in settings.target]
        if missing:
            say(f"left out, no rows in {settings.data}: {', '.join(missing)}", err=True)
    trackers = ready(registry, track, runs, plan_only=plan_only)
    planned = session.plan_evaluation(
        settings,
        registry,
        runs,
        models=models,
        metrics=metrics,
        train=not no_train,
        measures=tuple(name.strip() for part in measures for name in part.split(",")),
        perturb=perturb,
        use_model_heads=checkpoint is not None,
        of=of,
        data=data,
        tell=say_waiting,
    )
    # A run's own settings also speak of phases that are not needed here; what is asked for now has to reach something.
    Advice(registry, (), targets).refuse(one for one in planned.plan.unused if one.shown in flags["set"])
    planned = planned.named(name) if name is not None else planned
    ctx.exit(carry_out(planned, plan_only=plan_only, ranks=ranks, trackers=trackers))


def _named(tasks: tuple[str, ...] | None, suite: str | None, registry: Registry) -> tuple[str, ...]:
    if tasks and suite:
        raise SettingsError("give --tasks or --suite, not both", code="options-exclude-each-other")
    if suite and suite not in registry.suites:
        raise UnknownName("suite", suite, registry.suites)
    return tasks or ((suite,) if suite else ())


def _refuse_another_model(flags: dict[str, Any], run_name: str | None) -> None:
    others = [name for name, given in (("--run", run_name), ("--model", flags.get("model"))) if given]
    if others:
        raise SettingsError(f"give --checkpoint or {' or '.join(others)}, not both", code="options-exclude-each-other")


def _refuse_changed_phases(flags: dict[str, Any], config: tuple[Path, ...], registry: Registry) -> None:
    """A run's encoders came from its own settings; only what is scored, and how it is predicted, can change."""
    kinds = registry.kinds.values()
    predicting = {"token_budget", *(name for kind in kinds for name in (*kind.decode_with, *kind.by_language))}
    same = ("languages", "strict", "deterministic", "keep", "set")
    changed = [f"--{name.replace('_', '-')}" for name in flags if name not in same]
    changed += [f"--set {key}" for key in flags["set"] if key.rpartition(".")[2] not in predicting]
    changed += ["--config"] if config else []
    if changed:
        raise SettingsError(
            f"{', '.join(changed)} would change the phases that led to the run's encoders",
            code="phases-would-change",
            fix="train with these settings, which makes anew only what they change, or score a directory with "
            "--checkpoint",
        )
