"""Where a report's numbers come from: the command, the settings, the versions, and what each score is made of."""

from __future__ import annotations

import shlex
from collections.abc import Iterator
from pathlib import Path

from harness.documents.parts import Paragraph, Part, Section, Table, Tone, row_of
from harness.report.loaded import LoadedRun
from harness.results.runs import SETTINGS, described, repeat
from harness.visible import visible

MADE_SHOWN = 400
"""Rows of the table of what scores are made of."""


def origins(run: LoadedRun) -> list[Part]:
    """The command that repeats a run, its settings and versions, then what each score is made of."""
    info = described(run.directory)
    parts: list[Part] = [Paragraph("The command that this run is of, which repeats it from what is stored:")]
    parts.append(Paragraph(_command(info.command_line) or repeat(run.directory, info), copied=True))
    settings = run.directory / SETTINGS
    if settings.is_file():
        text = settings.read_text(encoding="utf-8", errors="replace").strip()
        parts.append(Section("Settings", (Paragraph(visible(text, lines=True), copied=True),), folded=True))
    parts.append(Section("Versions", (_versions(run),), folded=True))
    parts.append(Section("What each score is made of", tuple(_made_of(run)), folded=True))
    return parts


def _command(words: tuple[str, ...]) -> str:
    """The words that started a run, where these were those of the command line."""
    program, *others = words or ("",)
    return shlex.join(["xharness", *others]) if Path(program).name == "xharness" else ""


def _versions(run: LoadedRun) -> Table:
    """Versions of what computed, and on what."""
    found: dict[str, dict[str, None]] = {}
    for one in run.records.runs:
        of = one.environment
        for name, version in (*of.versions.items(), *((p.distribution, p.version) for p in of.plugins)):
            found.setdefault(name, {})[version] = None
        found.setdefault("device", {})[of.device] = None
        found.setdefault("begun (UTC)", {})[of.started] = None
    return Table(
        "", ("", "version"), tuple(row_of(name, "; ".join(known)) for name, known in found.items()), words=(1,)
    )


def _made_of(run: LoadedRun) -> Iterator[Part]:
    """A line a task, arm and seed: the checkpoint, how it came about, and by which versions it was scored."""
    lines: dict[tuple[str, str, int], list[int]] = {}
    rows = run.main.rows
    for place, row in enumerate(rows):
        lines.setdefault((row["task"], row["arm"], row["seed"]), []).append(place)
    table = []
    for (task, arm, seed), places in list(lines.items())[:MADE_SHOWN]:
        row = rows[places[0]]
        model = run.records.models.get(row["model"]) or next(
            one.models[row["model"]] for one in run.read if row["model"] in one.models
        )
        chain = " > ".join([model.result.start[:8], *(phase.digest[:8] for phase in model.result.phases)])
        versions = f"{row['metric']} {row['metric_version']}, task {row['task_version']}"
        data = sorted({rows[one]["data"][:8] for one in places})
        digests = ", ".join(data[:2]) + (f" and {len(data) - 2} more" if len(data) > 2 else "")
        table.append(row_of(task, arm, str(seed), str(len(places)), row["source"], digests, chain, versions))
    columns = ("task", "arm", "seed", "languages", "source", "rows", "start > phases", "metric and versions")
    yield Table("", columns, tuple(table), words=(1, 4, 5, 6, 7))
    if len(lines) > MADE_SHOWN:
        yield Paragraph(f"The first {MADE_SHOWN} of {len(lines):,} are shown.", Tone.QUIET)
    yield Paragraph(
        "Digests are of content: equal ones are the same rows, the same training, the same weights. The predictions "
        "behind each score lie in the store, predict/DIGEST, by the digest that records.jsonl names.",
        Tone.QUIET,
    )
