"""xharness from Python: train, evaluate and read records, for notebooks and scripts."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from harness.config import check_keys, load_file, settings_from
from harness.errors import SettingsError
from harness.lifecycle import start_trackers
from harness.planning import session
from harness.registry import default_registry
from harness.results.find import find_run, root_of
from harness.results.records import load_records as load_records
from harness.results.runs import home_of
from harness.results.steplog import load_steps as load_steps
from harness.training.ranks import launched

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True)
class Run:
    """A finished run.

    Attributes:
        directory: with records.jsonl, settings.toml and logs.
        failed: what failed, in words; empty where everything worked.
    """

    directory: Path
    failed: tuple[str, ...]

    @property
    def records(self) -> pd.DataFrame:
        """Its scores; see `load_records`."""
        return load_records(self.directory)


def train(
    *,
    runs: str | os.PathLike[str] = "runs",
    config: str | os.PathLike[str] | None = None,
    track: Sequence[str] = (),
    **settings: Any,
) -> Run:
    """Train intermediate tasks and targets, score all languages, with the no-intermediate baseline.

    Args:
        runs: directory of runs and their store of finished stages.
        config: a settings file; keyword settings beat it.
        track: names of trackers, such as tensorboard.
        settings: fields of `harness.config.Settings`, such as intermediate=["all"], target=["pawsx"], seeds=[1, 2].

    Raises:
        UserError: something in the settings or the data cannot be used.
    """
    registry = default_registry()
    layers = [load_file(Path(config))] if config else []
    wanted = settings_from(registry, *layers, check_keys(settings, where="train()"))
    if len(wanted) > 1:
        raise SettingsError(
            f"these settings ask for {len(wanted)} runs",
            code="several-runs-in-settings",
            fix="call train() once for each value of a hyper-parameter",
        )
    return _run(session.plan_training(wanted[0], registry, Path(runs)), track)


def evaluate(
    tasks: str | Sequence[str],
    *,
    run: str | None = None,
    runs: str | os.PathLike[str] = "runs",
    languages: str | Sequence[str] | None = None,
    train: bool = True,
    measures: Sequence[str] = (),
    perturb: Sequence[str] = (),
    track: Sequence[str] = (),
) -> Run:
    """Score tasks on the encoders of a run.

    Args:
        tasks: task and suite names.
        run: name or path of a run directory; the latest by default.
        languages: target languages; all that the data have by default, whatever the run scored.
        train: train the target phase of tasks that have no head yet; otherwise refuse.
        measures: names of measures to compute beside the scores, such as ["anisotropy"].
        perturb: conditions under which rows are scored beside the clean ones, such as ["typo:2", "typo:1+case:2"].
        track: names of trackers, such as tensorboard.
    """
    registry = default_registry()
    directory = find_run(Path(runs), run, trained=True)
    home = home_of(directory, Path(runs))
    changes = {"target": tasks, "languages": languages or ()}
    settings = session.settings_of_run(directory, registry, check_keys(changes, where="evaluate()"))
    model = session.model_of_run(directory, home, registry)
    planned = session.plan_evaluation(
        settings,
        registry,
        home,
        model=model,
        metrics=None,
        train=train,
        measures=measures,
        perturb=perturb,
        of=root_of(directory),
    )
    return _run(planned, track)


def _run(planned: session.Session, track: Sequence[str]) -> Run:
    if launched() > 1:
        raise SettingsError(
            f"each of {launched()} processes would do the whole run",
            code="launched-in-python",
            where="WORLD_SIZE",
            fix="start the command xharness with the launcher, whose processes then work together",
        )
    outcome = planned.execute(trackers=start_trackers(planned.bench.registry, track, planned.runs))
    return Run(outcome.directory, tuple(f"{failure.what}: {failure.error}" for failure in outcome.failures))
