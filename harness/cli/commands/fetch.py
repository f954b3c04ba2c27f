"""xharness fetch: the hub's datasets of tasks, in a directory for machines without a network."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from harness.cli.repeated import Names, option
from harness.errors import counted

if TYPE_CHECKING:
    from harness.sources.hub.fetched import Fetched


@click.command("fetch")
@option("--suite", "names", type=Names(), required=True, help="Suites and tasks to fetch; -NAME leaves one out.")
@option("--to", "directory", type=click.Path(path_type=Path), required=True, help="Directory to write.")
def command(names: tuple[str, ...], directory: Path) -> None:
    """Fetch the hub's datasets of tasks into a directory.

    Copied to a machine without a network, the directory is what `--data` takes there. What it has already is not
    fetched again, so an interrupted fetch goes on when repeated.
    """
    from harness.cli.display import make_console
    from harness.config import select_tasks
    from harness.planning.store import translated_errors
    from harness.registry import default_registry
    from harness.sources.hub.fetched import fetch, wanted_tables
    from harness.sources.hub.tables import HubTables

    registry = default_registry()
    chosen = [registry.task(name) for name in select_tasks(registry, names, all_means="intermediate")]
    tasks = list({task.name: task for one in chosen for task in (one, registry.task(one.trained_as))}.values())
    tables = wanted_tables(tasks)
    console = make_console()
    fetched: list[Fetched] = []
    with translated_errors(directory, "--to"):
        for number, done in enumerate(fetch(tables, HubTables(), directory), start=1):
            fetched.append(done)
            state = "there already" if done.was_there else counted(done.entry.rows, "row")
            console.print(f"{number}/{len(tables)} {done.name}: {state}", markup=False, soft_wrap=True)
    for task in tasks:
        if not task.hub:
            console.print(f"not on the hub: {task.name}; `xharness show {task.name}` names its files", markup=False)
    for licence, whose in _by_licence(fetched).items():
        console.print(f"licence {licence}: {', '.join(whose)}", markup=False, soft_wrap=True)
    console.print(f"use it: xharness train --data {directory}", markup=False, soft_wrap=True)


def _by_licence(fetched: list[Fetched]) -> dict[str, list[str]]:
    found: dict[str, dict[str, None]] = {}
    for done in fetched:
        found.setdefault(done.entry.licence, {})[done.entry.repository] = None
    return {licence: list(repositories) for licence, repositories in found.items()}
