"""Shows a plan, carries it out with progress, and ends with the summary."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from rich.console import Console

from harness.cli.display import COMPARING, PLAIN_WIDTH, Display, make_console, show
from harness.cli.say import say
from harness.errors import counted
from harness.lifecycle import check_trackers, start_trackers
from harness.planning.session import Session
from harness.planning.store import Store
from harness.registry import Registry
from harness.report.plan import plan_view
from harness.report.screen import Screen
from harness.report.summary import summary_view
from harness.results.records import FILE
from harness.results.runs import STORE, described

FAILED = 1


def say_waiting(line: str) -> None:
    """A line about another process that builds what this one wants; it is no part of the output."""
    say(line, err=True)


def asked_in(config: Sequence[Path]) -> str:
    """Where settings were given, for messages about them."""
    return " or ".join([*map(str, config), "command line"])


def ready(registry: Registry, track: Sequence[str], runs: Path, *, plan_only: bool) -> dict[str, object]:
    """Make sure that runs can be written, and start trackers: before planning, which can take minutes.

    A plan writes nothing: it only checks that trackers could start.
    """
    if plan_only:
        check_trackers(registry, track, runs)
        return {}
    Store(runs / STORE).prepare()
    return start_trackers(registry, track, runs)


def carry_out(
    session: Session, *, plan_only: bool, ranks: int | None = None, trackers: Mapping[str, object] | None = None
) -> int:
    """Do what a session asks for; 0, or 1 if something failed.

    Args:
        ranks: that were asked for, which a plan alone does not start.
    """
    console = make_console()
    show(console, plan_view(session, ranks=ranks))
    return 0 if plan_only else _execute(session, console, trackers)


def _execute(session: Session, console: Console, trackers: Mapping[str, object] | None) -> int:
    display = Display(console)
    try:
        outcome = session.execute(display, trackers=trackers, note=display.note)
    finally:
        display.close()
    console.print()
    with display.busy(COMPARING):
        summary = summary_view(outcome.directory, session.bench.store.root)
    show(console, summary)
    with (outcome.directory / "summary.txt").open("w", encoding="utf-8") as file:
        show(Screen(file=file, width=PLAIN_WIDTH), summary)
    stages = f"{outcome.reused} of {outcome.reused + outcome.built} stages were in the store"
    measured = f" and {counted(outcome.measured, 'measure')}" if outcome.measured else ""
    ending = described(outcome.directory).ending
    of = f" of {counted(ending.scored, 'prediction')}" if ending and ending.scored != outcome.scores else ""
    display.note(f"{counted(outcome.scores, 'score')}{of}{measured} in {outcome.seconds:.1f} s, {stages}")
    display.note(f"records: {outcome.directory / FILE}")
    return FAILED if outcome.failures else 0
