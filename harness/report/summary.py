"""The summary of a run, from its records and stored predictions alone.

First each target's tables, then what they come to over all targets.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from harness.documents.parts import Paragraph, Part
from harness.errors import counted
from harness.registry import default_registry
from harness.report.benchmark_tables import benchmark_tables
from harness.report.footnotes import footnotes
from harness.report.loaded import LoadedRun, load_run
from harness.report.measure_tables import measure_tables
from harness.report.phase_tables import phase_tables
from harness.report.published_tables import published_tables
from harness.report.step_tables import step_tables
from harness.report.target_tables import perturbed_tables, target_notes, target_tables
from harness.report.terminal import view
from harness.results.comparison import compare_perturbed
from harness.results.consistency import mixed_training, mixed_versions
from harness.results.further import PHASE, STEP
from harness.results.joined import RUN, main_scores
from harness.results.records import Records, read_records
from harness.results.runs import RUNNING, described, repeat, state
from harness.results.schema import TASK
from harness.results.scores import Row, Scores
from harness.results.settings_choice import best_settings

if TYPE_CHECKING:
    from rich.console import RenderableType

    from harness.results.find import StoredRun


CUT_OFF = "the last line of records.jsonl is cut off"


def summary_view(
    directory: Path,
    store: Path,
    belonging: Sequence[StoredRun] = (),
    against: str | None = None,
    published: Path | None = None,
) -> RenderableType:
    """The tables of a run on a terminal.

    Args and errors are those of `load_run`, and:
        published: file of published scores that are shown beside the run's.
    """
    run = load_run(directory, store, belonging, against)
    tables = published_tables(run.scores.clean.rows, published, default_registry()) if published else []
    told = told_of(run)
    return view([*target_tables(run.comparisons), *told, *further_tables(run, told), *tables, *belonging_to(run)])


def told_of(run: LoadedRun) -> list[Paragraph]:
    """What is to be known of the scores of a run."""
    rows = run.main.rows
    told = [*mixed_versions(rows), *mixed_training(model.result for model in run.records.models.values())]
    return [
        *target_notes(run.comparisons, rows, best_settings(run.main)),
        *map(Paragraph, [*_notes(rows), *told, *unfinished(run.records)]),
    ]


def further_tables(run: LoadedRun, told: Collection[Part]) -> list[Part]:
    """Scores on the way, after phases and on perturbed rows, measures, and what scores come to over targets.

    Args:
        told: what is to be known of the scores and is said already.
    """
    return [
        *(part for part in _on_the_way(main_scores(run.scores)) if part not in told),
        *_perturbed(run.scores),
        *(part for one in run.read for part in measure_tables(one)),
        *benchmark_tables(run.scores.clean, default_registry()),
    ]


def belonging_to(of: LoadedRun) -> Iterator[Paragraph]:
    """Which evaluations scores in the tables are from, and what else there is of the run."""
    shown = {(row[RUN], row["predictions"]) for row in of.scores.rows}
    known = {predictions for _, predictions in shown}
    shown_whole = {one.directory for one in of.read}
    evaluations = [run for run in reversed(of.belonging) if run.info.command == "eval"]
    records = {run.directory: read_records(run.directory) for run in evaluations}
    for run in of.belonging:
        if run.info.command == "rescore":
            yield Paragraph(f"rescored: `xharness summary {run.called}`")
        own = [score.result for score in records[run.directory].scores] if run.directory in records else []
        here = dict.fromkeys(str(one.at[TASK]) for one in own if (str(run.directory), one.predictions) in shown)
        if here:
            yield Paragraph(f"evaluation {run.called}: {', '.join(here)}")
        apart = dict.fromkeys(str(one.at[TASK]) for one in own if one.predictions not in known)
        if run.directory in records and run.directory not in shown_whole:
            measured = [str(measure.result.at.get(TASK, "")) for measure in records[run.directory].measures]
            apart = dict.fromkeys([*(str(one.at[TASK]) for one in own), *filter(None, measured)])
        if apart:
            tasks = ", ".join(apart)
            yield Paragraph(f"evaluation {run.called}, in another way: {tasks}; `xharness summary {run.called}`")


def _on_the_way(scores: Scores) -> Iterator[Part]:
    """Scores by step and by phase, with what their signs mean."""
    tables = [*step_tables(scores), *phase_tables(scores)]
    yield from tables
    if tables:
        yield from footnotes([row for row in scores.rows if {STEP, PHASE} & row.keys() and not row["perturbation"]])


def _perturbed(scores: Scores) -> list[Part]:
    """Scores on perturbed rows beside those on clean ones."""
    perturbed = main_scores(scores.where(lambda row: bool(row["perturbation"]) and not {STEP, PHASE} & row.keys()))
    if not perturbed.rows:
        return []
    both = Scores([*perturbed.rows, *scores.clean.rows], scores.items)
    return perturbed_tables(compare_perturbed(both), perturbed.rows)


def _notes(rows: Iterable[Row]) -> Iterator[str]:
    """What is to be known of all scores of a model."""
    models = default_registry().models
    for name in dict.fromkeys(row["model_name"] for row in rows):
        if name in models and (note := models[name].note):
            yield f"note: {note}"


def unfinished(records: Records) -> Iterator[str]:
    """That scores are missing, which the tables do not show where none of a target or an arm is there."""
    if records.cut or records.unscored:
        missing = f"{counted(records.unscored, 'prediction')} not scored yet" if records.unscored else CUT_OFF
        info = described(records.directory)
        running = state(records.directory, info) == RUNNING
        fix = "the run is at work" if running else f"to resume it: {repeat(records.directory, info)}"
        yield f"not finished: {missing}; {fix}"
