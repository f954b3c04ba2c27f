"""xharness validate: whether tasks can be used with the rows of a source, check by check."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import click

from harness.cli.repeated import Names, option
from harness.cli.say import say
from harness.errors import counted
from harness.validation import LIMIT

if TYPE_CHECKING:
    from rich.console import Console
    from rich.table import Table

    from harness.validation.report import TaskReport

FAILED = 1


@click.command("validate")
@click.argument("tasks", nargs=-1, required=True, metavar="TASK...")
@option(
    "--data",
    metavar="mini[:WORLD]|hub|DIR|MAP",
    default="mini",
    show_default=True,
    help="The data whose rows are tried.",
)
@option(
    "--model",
    metavar="NAME|DIR|ID",
    default="",
    help="What encodes and trains; by default the data's usual model where it is at hand, else scratch.",
)
@option("--languages", type=Names(), default=(), help="Try scored rows in these languages only.")
@option(
    "--limit",
    metavar="N",
    type=click.IntRange(min=0),
    default=LIMIT,
    show_default=True,
    help="Look at the first N items of each split; 0 for all.",
)
@option("--json", "as_json", is_flag=True, help="As a JSON list, one object a task.")
def command(
    tasks: tuple[str, ...], data: str, model: str, languages: tuple[str, ...], limit: int, as_json: bool
) -> int:
    """Try tasks, or all of a suite, on the rows of some data.

    Reads the rows of every language and split, encodes them, trains two steps, predicts, scores gold answers against
    themselves and against those of other items, and looks for test rows among training rows. Ends with code 1 where
    something is to be fixed.
    """
    from harness.cli.display import make_console
    from harness.config import select_tasks
    from harness.registry import default_registry
    from harness.validation.validate import validate

    registry = default_registry()
    names = select_tasks(registry, [name for given in tasks for name in given.split(",")], all_means="all")
    reports = validate(registry, names, data=data, model=model, languages=languages, limit=limit)
    console = make_console()
    done = []
    for report in reports:
        done.append(report)
        if not as_json:
            _print(console, report)
    wrong = [report.task for report in done if report.problems]
    if as_json:
        say(json.dumps([report.to_json() for report in done], indent=2, ensure_ascii=False))
    else:
        ending = f": {', '.join(wrong)}" if wrong else ""
        console.print(f"{counted(len(done), 'task')}, {len(wrong)} with problems{ending}", markup=False, soft_wrap=True)
    return FAILED if wrong else 0


def _print(console: Console, report: TaskReport) -> None:
    from rich.text import Text

    from harness.cli.display import show

    looked_at = f"the first {counted(report.limit, 'item')} of each split" if report.limit else "all rows"
    with_model = f", model {report.model}" if report.model else ""
    show(console, Text(f"{report.task}, {report.kind}; data {report.data}{with_model}; {looked_at}"))
    if report.languages:
        show(console, _table(report.languages))
    for finding in report.findings:
        show(console, Text(str(finding), style="bold" if finding.problem else ""))
    console.print()


def _table(languages: Mapping[str, Mapping[str, Any]]) -> Table:
    """A line per language; without columns that no language has anything in."""
    from rich import box
    from rich.table import Table

    table = Table(box=box.SIMPLE, pad_edge=False, collapse_padding=True)
    rows = {language: dict(zip(COLUMNS, _cells(facts), strict=True)) for language, facts in languages.items()}
    columns = [column for column in COLUMNS if any(cells[column] != NOTHING for cells in rows.values())]
    table.add_column("", no_wrap=True)
    for column in columns:
        table.add_column(column, justify="right")
    for language, cells in rows.items():
        table.add_row(language, *(cells[column] for column in columns))
    return table


NOTHING = "-"
COLUMNS = ("train", "validation", "test", "bad rows", "cut off %", "pieces", "unknown %", "gold", "shuffled")


def _cells(facts: Mapping[str, Any]) -> Iterator[str]:
    for split in ("train", "validation", "test"):
        yield f"{facts[split]:,}" if split in facts else NOTHING
    yield f"{facts['skipped']:,}" if "skipped" in facts else NOTHING
    for name, form in (("truncated", ".1f"), ("pieces", ".2f"), ("unknown", ".1f")):
        yield format(facts[name], form) if name in facts else NOTHING
    for name in ("gold", "shuffled"):
        yield _main(list(facts.get(name, {}).values()))


def _main(values: Sequence[float]) -> str:
    """The main metric's value, which comes first."""
    return f"{values[0]:.1f}" if values else NOTHING
