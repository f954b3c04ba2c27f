"""xharness store: what the store of finished stages holds, whether it is as it was made, and making room."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING

import click

from harness.cli.options import runs_option
from harness.cli.repeated import option
from harness.cli.say import say

if TYPE_CHECKING:
    from collections import Counter

    from harness.planning.housekeeping import Entry

json_option = option("--json", "as_json", is_flag=True, help="As a JSON list.")


@click.group("store")
def command() -> None:
    """List, verify and prune the store of finished stages."""


@command.command("ls")
@json_option
@runs_option
def ls(as_json: bool, runs: Path) -> None:
    """List stages, with how many runs refer to them and their size, without what other stages have, too."""
    from harness.errors import StoreError
    from harness.planning.housekeeping import FINISHED, LET_GO, entries, references

    found = entries(runs)
    counts: Counter[str] | None = None
    try:
        counts = references(runs, found)
    except StoreError as error:
        say(f"warning: {error}", err=True)
    if as_json:
        rows = [_row(entry) | {"runs": None if counts is None else counts[entry.digest]} for entry in found]
        say(json.dumps(rows, indent=1, ensure_ascii=False))
        return
    _print(found, counts)
    finished = [entry for entry in found if entry.state == FINISHED]
    let_go = [entry for entry in found if entry.state == LET_GO]
    begun = [entry for entry in found if entry not in finished and entry not in let_go]
    parts = {"finished": finished, "let go, can be made again": let_go, "half-done or left over": begun}
    say("; ".join(f"{name}: {_total(some)}" for name, some in parts.items() if some or name == "finished"))


@command.command("verify")
@json_option
@runs_option
@click.pass_context
def verify(ctx: click.Context, /, as_json: bool, runs: Path) -> None:
    """Compare the files of finished stages with their manifests.

    The exit code is 1 if any is missing, changed or too many. What was made from such a stage is named, too.
    """
    from harness.errors import counted
    from harness.planning.housekeeping import FINISHED, entries, faults_of, made_from

    checked = [(entry, faults_of(entry)) for entry in entries(runs) if entry.state == FINISHED]
    wrong = [(entry, faults) for entry, faults in checked if faults]
    doubtful = made_from((entry for entry, _ in checked), (entry for entry, _ in wrong))
    if as_json:
        rows = [
            _row(entry) | dataclasses.asdict(faults) | {"made_from_wrong": doubtful.get(entry.digest)}
            for entry, faults in checked
        ]
        say(json.dumps(rows, indent=1, ensure_ascii=False))
    else:
        for entry, faults in wrong:
            named = "; ".join(f"{what} {', '.join(names)}" for what, names in vars(faults).items() if names)
            say(f"{entry.path}: {named}")
        for entry, _ in checked:
            if entry.digest in doubtful:
                say(f"{entry.path}: as it was made, but perhaps after {doubtful[entry.digest]} had changed")
        of = counted(len(checked), "stage")
        if wrong:
            fix = "fix: delete with `xharness store prune --broken --yes`, and repeat the command that made it"
            say(f"{len(wrong):,} of {of} are not as they were made; {fix}")
        else:
            say(f"{of} {'is as it was' if len(checked) == 1 else 'are as they were'} made")
    ctx.exit(1 if wrong else 0)


@command.command("prune")
@option("--unused", is_flag=True, help="Finished stages that no run refers to, nor anything made from them.")
@option("--encoded", is_flag=True, help="All encoded rows; a run that needs them again makes them in seconds.")
@option("--broken", is_flag=True, help="Finished stages that `xharness store verify` finds wrong.")
@option("--work", is_flag=True, help="Half-done work and leftovers that no process is working on.")
@option("--yes", is_flag=True, help="Delete; without it, what would go is only listed.")
@runs_option
def prune(unused: bool, encoded: bool, broken: bool, work: bool, yes: bool, runs: Path) -> None:
    """Make room in the store.

    Nothing that a process is building is deleted. Runs keep their records. Let no run work meanwhile: predictions that
    it has not scored yet count as unused.
    """
    from rich.filesize import decimal

    from harness.errors import counted
    from harness.planning import housekeeping

    if not (unused or encoded or broken or work):
        raise click.UsageError("say what is to go: --unused, --encoded, --broken or --work; several are allowed")
    pruned = housekeeping.prune(runs, unused=unused, encoded=encoded, broken=broken, work=work, delete=yes)
    if pruned.gone:
        _print(pruned.gone, None)
    for entry in pruned.busy:
        say(f"left alone, another process is building it: {entry.path}")
    if pruned.kept:
        kept = f"kept, as half-done work may need what no run refers to: {_total(pruned.kept)}"
        say(f"{kept}; finish that work by repeating its command, or add --work")
    total = f"{counted(len(pruned.gone), 'stage')}, {decimal(pruned.freed)}"
    say(f"deleted: {total}" if yes else f"would go: {total}; --yes deletes them")


def _row(entry: Entry) -> dict[str, object]:
    """An entry as --json shows it."""
    return {
        "kind": entry.kind,
        "digest": entry.digest,
        "about": entry.about,
        "state": entry.state,
        "bytes": entry.size,
        "own_bytes": entry.own,
        "made": entry.made.isoformat(timespec="milliseconds"),
        "seconds": entry.seconds,
    }


def _total(found: Iterable[Entry]) -> str:
    from rich.filesize import decimal

    from harness.errors import counted
    from harness.planning.housekeeping import room

    listed = list(found)
    total = room(listed)
    shared = total - sum(entry.own for entry in listed)
    return f"{counted(len(listed), 'stage')}, {decimal(total)}" + (
        f", {decimal(shared)} of it in files that several have" if shared else ""
    )


WORDS = 24
"""Columns that a stage's description needs, to be read with ease."""


def _print(found: Iterable[Entry], counts: Counter[str] | None) -> None:
    from rich import box
    from rich.filesize import decimal
    from rich.markup import escape
    from rich.table import Table

    from harness.cli.display import make_console, show
    from harness.planning.housekeeping import FINISHED, LET_GO, PARTLY_LET_GO
    from harness.report.fit import Narrowing

    wide, narrow = (Table(box=box.SIMPLE, pad_edge=False, collapse_padding=True) for _ in range(2))
    for column in ("kind", "digest"):
        wide.add_column(column, no_wrap=True)
    wide.add_column("what it is", min_width=WORDS)
    narrow.add_column("stage, and what it is")
    for column in ("size", "made (UTC)", "took", *(["runs"] if counts is not None else [])):
        for table in (wide, narrow):
            table.add_column(column, justify="right", no_wrap=True)
    for entry in found:
        about = escape(entry.about or ("its manifest cannot be read" if entry.state == FINISHED else entry.state))
        about += f" ({entry.state})" if entry.state in (LET_GO, PARTLY_LET_GO) else ""
        took = "" if entry.seconds is None else f"{entry.seconds:,.1f} s"
        runs = [str(counts[entry.digest])] if counts is not None else []
        numbers = [decimal(entry.own), f"{entry.made:%Y-%m-%d %H:%M}", took, *runs]
        wide.add_row(entry.kind, entry.digest, about, *numbers)
        narrow.add_row(f"{entry.kind}/{entry.digest}\n{about}", *numbers)
    show(make_console(), Narrowing(wide, narrow))
