#!/usr/bin/env python3
"""See whether the hub still has what the tasks expect: columns, label names, rows; and pin the revisions found.

    scripts/hub_probe.py [--suite xtreme,...] [--write]

Needs a network, and room for the datasets in the cache of `datasets`. Prints one line a table. With --write the
revision of each repository of which all tables are as expected goes into harness/sources/hub/revisions.json.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Iterable

from harness.config import select_tasks
from harness.errors import DataError, counted
from harness.registry import default_registry
from harness.sources.hub.source import REVISIONS, check_columns, languages_of, table_names
from harness.sources.hub.tables import HubTables, Tables
from harness.tasks import Task


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--suite", default="", help="suites and tasks; every task by default")
    parser.add_argument("--write", action="store_true", help="pin the revisions that were found")
    arguments = parser.parse_args()
    registry = default_registry()
    names = [name for name in arguments.suite.split(",") if name] or list(registry.tasks)
    chosen = [registry.task(name) for name in select_tasks(registry, names, all_means="intermediate")]
    found, failed = probe(chosen, HubTables())
    if arguments.write:
        pins = json.loads(REVISIONS.read_text(encoding="utf-8")) | found
        REVISIONS.write_text(json.dumps(pins, indent=1, sort_keys=True) + "\n", encoding="utf-8")
        print(f"pinned: {', '.join(found) or 'nothing'}")
    return 1 if failed else 0


def probe(tasks: Iterable[Task], tables: Tables) -> tuple[dict[str, str], set[str]]:
    """Revisions of the repositories that are as expected, and the repositories that are not."""
    found: dict[str, str] = {}
    failed: set[str] = set()
    wanted = {
        name: data
        for task in tasks
        for data in task.hub
        for split in data.splits
        for language in languages_of(data, task)
        for name in table_names(data, split, language)
    }
    for name, data in wanted.items():
        try:
            table = tables.table(name)
            check_columns(table, data)
            record = next(table.records())
            data.row(record if data.records is None else next(iter(data.records(1, record))))
        except (DataError, LookupError, ValueError, TypeError, StopIteration) as error:
            failed.add(name.repository)
            print(f"{name}: {type(error).__name__}: {error}")
        else:
            found[name.repository] = table.revision
            print(f"{name}: {counted(table.data.num_rows, 'row')}, {table.revision or 'revision unknown'}")
    return {
        repository: revision for repository, revision in found.items() if revision and repository not in failed
    }, failed


if __name__ == "__main__":
    sys.exit(main())
