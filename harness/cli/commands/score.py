"""xharness score: a folder of predictions against a folder of labels, as XTREME's scorer does."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from harness.cli.options import benchmark_option
from harness.cli.repeated import Names, option
from harness.cli.say import say
from harness.errors import counted

if TYPE_CHECKING:
    from rich.table import Table

    from harness.benchmarks.aggregate import Aggregates
    from harness.benchmarks.scoring import FolderScores
    from harness.results.comparison import Mean

REFUSED = 1
"""The exit code where some files were scored and others refused."""


@click.command("score")
@option(
    "--predictions", type=click.Path(path_type=Path), required=True, help="Folder of TASK/test-LANGUAGE.EXT to score."
)
@option("--labels", type=click.Path(path_type=Path), required=True, help="Folder of the gold answers, likewise.")
@benchmark_option
@option("--tasks", type=Names(), default=(), help="Score these tasks only, by the names of their folders.")
@option(
    "--partial",
    is_flag=True,
    help="Score what there is: questions without an answer count 0, files that are refused are named (exit code 1).",
)
@option("--output", type=click.Path(path_type=Path), help="Write all scores to this JSON file, too.")
@option("--json", "as_json", is_flag=True, help="As a JSON object.")
@click.pass_context
def command(
    ctx: click.Context,
    predictions: Path,
    labels: Path,
    benchmark: str,
    tasks: tuple[str, ...],
    partial: bool,
    output: Path | None,
    as_json: bool,
) -> None:
    """Score a folder of predictions, of this program or another.

    Takes the files that XTREME's scorer takes and prints its numbers, in percent; what that one misreads without a
    word is refused. Needs no torch.
    """
    from rich.text import Text

    from harness.benchmarks.aggregate import aggregates
    from harness.benchmarks.definition import benchmark as benchmark_of
    from harness.benchmarks.scoring import score_folder
    from harness.cli.display import make_console, show
    from harness.outputs import is_standard_output, write_output
    from harness.registry import default_registry
    from harness.visible import visible

    registry = default_registry()
    chosen = benchmark_of(benchmark, registry)
    scores = score_folder(predictions, labels, chosen, registry, partial=partial, tasks=tasks)
    means = aggregates(scores.values, chosen, partial=partial or bool(tasks))
    text = json.dumps(_as_dict(scores, means), indent=1, ensure_ascii=False)
    if output:
        write_output(output, visible(f"{text}\n", lines=True).encode())
    written = output is not None and is_standard_output(output)
    if as_json and not written:
        say(text)
    elif not written:
        console = make_console()
        show(console, _table(means))
        for line in _notes(scores, benchmark):
            show(console, Text(line))
    for problem in scores.refused:
        say(f"not scored: {problem}", err=True)
    ctx.exit(REFUSED if scores.refused else 0)


def _as_dict(scores: FolderScores, means: Aggregates) -> dict[str, Any]:
    return {
        "benchmark": means.benchmark,
        "unit": "percent",
        "tasks": scores.values,
        "aggregates": means.as_dict(),
        "unanswered": scores.unanswered,
        "missing": list(scores.missing),
        "not_scored": list(scores.other_tasks),
        "notes": {name: {code: list(notes) for code, notes in found.items()} for name, found in scores.notes.items()},
        "refused": [{"what": one.what, "code": one.code, "where": one.where} for one in scores.refused],
    }


def _table(means: Aggregates) -> Table:
    from rich import box
    from rich.table import Table

    title = f"{means.benchmark}: percent, means over languages"
    table = Table(box=box.SIMPLE, title=title, title_justify="left", title_style="bold")
    table.add_column("task")
    table.add_column("metrics")
    table.add_column("languages", justify="right")
    table.add_column("score", justify="right")
    for name, task in means.tasks.items():
        metrics = ", ".join(f"{metric} {mean.value:.2f}" for metric, mean in task.metrics.items())
        table.add_row(name, metrics, _of(task.score), f"{task.score.value:.2f}")
    table.add_section()
    for group, mean in means.groups.items():
        table.add_row(group, "mean of its tasks", _tasks(mean), f"{mean.value:.2f}")
    if means.overall:
        mean = means.overall
        table.add_row("overall", "mean of all tasks", _tasks(mean), f"{mean.value:.2f}")
    return table


def _of(mean: Mean) -> str:
    return f"{mean.n}/{mean.of}" if mean.n != mean.of else str(mean.n)


def _tasks(mean: Mean) -> str:
    return counted(mean.n, "task") if mean.n == mean.of else f"{_of(mean)} tasks"


def _notes(scores: FolderScores, benchmark: str) -> list[str]:
    lines = [f"not scored, of no task of {benchmark}: {', '.join(scores.other_tasks)}"] if scores.other_tasks else []
    lines += [f"missing: {line}" for line in scores.missing]
    for task, counts in scores.unanswered.items():
        shown = ", ".join(f"{code} {count}" for code, count in counts.items())
        lines.append(f"without prediction, counted 0: {task}: {shown}")
    for task, languages in scores.notes.items():
        lines += [f"{task} {code}: {note}" for code, notes in languages.items() for note in notes]
    return lines
