"""xharness ls: what there is: tasks, metrics, suites, models, presets, sources, plugins, and runs."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from harness.cli.options import runs_option
from harness.cli.repeated import Names, option
from harness.cli.say import say
from harness.documents.parts import Table, row_of

if TYPE_CHECKING:
    from harness.perturbations import Perturbation
    from harness.registry import Registry

Listed = list[dict[str, Any]]


@click.command("ls")
@click.argument(
    "what",
    type=click.Choice(
        [
            "tasks",
            "metrics",
            "suites",
            "models",
            "presets",
            "sources",
            "measures",
            "image-encoders",
            "perturbations",
            "studies",
            "stages",
            "plugins",
            "runs",
        ]
    ),
    default="tasks",
)
@option("--json", "as_json", is_flag=True, help="As a JSON list.")
@option("--kind", metavar="NAME", help="Tasks and metrics of this kind only.")
@option("--suite", metavar="NAME", help="Tasks of this suite only.")
@option("--language", "languages", type=Names(), help="Tasks with all of these languages only.")
@runs_option
def command(
    what: str, as_json: bool, kind: str | None, suite: str | None, languages: tuple[str, ...] | None, runs: Path
) -> None:
    """List tasks, metrics, models, sources and the like, or runs."""
    from harness.registry import default_registry

    filters = {"--kind": kind, "--suite": suite, "--language": languages}
    allowed = {"tasks": set(filters), "metrics": {"--kind"}}.get(what, set())
    unused = [name for name, value in filters.items() if value and name not in allowed]
    if unused:
        raise click.UsageError(f"{', '.join(unused)} does not filter {what}")
    if what == "runs":
        _print_runs(runs, as_json=as_json)
        return
    registry = default_registry()
    rows = LISTS[what](registry)
    if languages:
        _known_languages(languages, rows)
        rows = [row for row in rows if set(languages) <= set(row["languages"])]
    if kind:
        _known("kind", kind, registry.kinds)
        rows = [row for row in rows if kind in (row["kind"] if what == "tasks" else row["kinds"])]
    if suite:
        _known("suite", suite, registry.suites)
        rows = [row for row in rows if row["name"] in registry.suites[suite].tasks]
    if as_json:
        say(json.dumps(rows, indent=1, ensure_ascii=False))
    else:
        _print(rows)


def _print_runs(runs: Path, *, as_json: bool) -> None:
    from harness.results.listing import listed_runs

    listed = listed_runs(runs)
    if as_json:
        say(json.dumps([run.values() for run in listed], indent=1, ensure_ascii=False))
        return
    from harness.cli.display import make_console, show
    from harness.report.run_list import run_list

    console = make_console()
    if listed:
        show(console, run_list(listed))
    else:
        console.print("none")


def _tasks(registry: Registry) -> Listed:
    return [
        {
            "name": task.name,
            "kind": task.kind,
            "languages": list(task.languages),
            "metrics": list(task.metrics),
            "suites": [suite.name for suite in registry.suites.values() if task.name in suite.tasks],
            "version": task.version,
            "licence": task.licence,
            "plugin": registry.owner("task", task.name).distribution,
        }
        for task in registry.tasks.values()
    ]


def _metrics(registry: Registry) -> Listed:
    return [
        {
            "name": metric.name,
            "kinds": list(metric.kinds),
            "tasks": [task.name for task in registry.tasks.values() if metric.name in task.metrics],
            "interval": metric.interval,
            "version": metric.version,
            "source": metric.source,
            "plugin": registry.owner("metric", metric.name).distribution,
        }
        for metric in registry.metrics.values()
    ]


def _suites(registry: Registry) -> Listed:
    return [
        {"name": suite.name, "tasks": list(suite.tasks), "plugin": registry.owner("suite", suite.name).distribution}
        for suite in registry.suites.values()
    ]


def _models(registry: Registry) -> Listed:
    return [
        {
            "name": name,
            "from": entry.origin,
            "default for": [source.name for source in registry.sources.values() if source.model == name],
            "description": entry.description,
            "plugin": registry.owner("model", name).distribution,
        }
        for name, entry in registry.models.items()
    ]


def _presets(registry: Registry) -> Listed:
    from harness.hyper import flatten

    return [
        {
            "preset": name,
            "hyper-parameter": key,
            "value": value,
            "published": preset.published.get(key, "assumed"),
            "plugin": registry.owner("preset", name).distribution,
        }
        for name, preset in registry.presets.items()
        for key, value in flatten(preset.values).items()
    ]


def _measures(registry: Registry) -> Listed:
    return [
        {
            "name": measure.name,
            "unit": measure.unit,
            "rows": measure.split or "scored",
            "kinds": list(measure.kinds),
            "version": measure.version,
            "description": measure.description,
            "plugin": registry.owner("measure", measure.name).distribution,
        }
        for measure in registry.measures.values()
    ]


def _image_encoders(registry: Registry) -> Listed:
    return [
        {
            "name": encoder.name,
            "version": encoder.version,
            "licence": encoder.licence,
            "description": encoder.description,
            "plugin": registry.owner("image encoder", encoder.name).distribution,
        }
        for encoder in registry.image_encoders.values()
    ]


def _stages(registry: Registry) -> Listed:
    return [
        {
            "name": one.name,
            "folder": one.stage.folder,
            "version": one.stage.version,
            "description": one.description,
            "plugin": registry.owner("stage", one.name).distribution,
        }
        for one in registry.stages.values()
    ]


def _sources(registry: Registry) -> Listed:
    return [
        {
            "name": source.name,
            "argument": source.argument,
            "model": source.model,
            "preset": source.preset,
            "generated": source.generated,
            "description": source.description,
            "plugin": registry.owner("source", source.name).distribution,
        }
        for source in registry.sources.values()
    ]


def _perturbations(registry: Registry) -> Listed:
    return [
        {
            "name": perturbation.name,
            "kinds": perturbed_kinds(registry, perturbation),
            "diagnostic": list(perturbation.diagnostic),
            "version": perturbation.version,
            "description": perturbation.description,
            "plugin": registry.owner("perturbation", perturbation.name).distribution,
        }
        for perturbation in registry.perturbations.values()
    ]


def _studies(registry: Registry) -> Listed:
    return [
        {
            "name": study.name,
            "tiers": list(study.tiers),
            "version": study.version,
            "question": study.question,
            "plugin": registry.owner("study", study.name).distribution,
        }
        for study in registry.studies.values()
    ]


def perturbed_kinds(registry: Registry, perturbation: Perturbation) -> list[str]:
    """Kinds of task whose rows a perturbation can be applied to."""
    from harness.kinds.base import Kind

    if perturbation.change_rows:
        return [name for name in registry.kinds if name in perturbation.kinds]
    able = [name for name, kind in registry.kinds.items() if type(kind).edited is not Kind.edited]
    return [name for name in able if not perturbation.kinds or name in perturbation.kinds]


def _plugins(registry: Registry) -> Listed:
    # Registering is what makes a plugin's problems known.
    registry.everything()
    loaded = [
        {"plugin": p.entry_point, "distribution": p.distribution, "version": p.version, "state": "loaded"}
        for p in registry.plugins.values()
    ]
    refused = [
        {"plugin": p.entry_point, "distribution": p.distribution, "version": "", "state": p.error}
        for p in registry.problems
    ]
    return loaded + refused


LISTS: Mapping[str, Callable[[Registry], Listed]] = {
    "tasks": _tasks,
    "metrics": _metrics,
    "suites": _suites,
    "models": _models,
    "presets": _presets,
    "sources": _sources,
    "measures": _measures,
    "image-encoders": _image_encoders,
    "perturbations": _perturbations,
    "studies": _studies,
    "stages": _stages,
    "plugins": _plugins,
}

_IN_JSON_ONLY = {"version", "licence", "suites", "interval", "source"}
"""Columns that would squeeze the others on a terminal; plugins have nothing but their version."""

_FLEXIBLE = {"languages", "kinds", "tasks", "description", "published", "state", "question"}
"""Columns that give way on a narrow terminal."""

_LONG = {"description": 24, "published": 24, "question": 24}
"""Columns with sentences, and how many of a terminal's columns they need to be read with ease."""

_BELOW = {"from": ("description", "default for"), "hyper-parameter": ("published",)}
"""Columns of long names, and those that go below them on a narrow terminal."""

_OWN = "xharness"
"""The distribution that brings what is built in."""


def _print(rows: Listed) -> None:
    from harness.cli.display import make_console, show
    from harness.report.terminal import table_view

    console = make_console()
    if not rows:
        console.print("none")
        return
    hidden = {"plugin"} if all(row.get("plugin") == _OWN for row in rows) else set()
    hidden |= set() if "distribution" in rows[0] else _IN_JSON_ONLY
    rows = [{name: value for name, value in row.items() if name not in hidden} for row in rows]
    narrow = _table([_narrow(row) for row in rows])
    show(console, table_view(dataclasses.replace(_table(rows), narrow=narrow)))


def _table(rows: Listed) -> Table:
    columns = tuple(rows[0])
    return Table(
        "",
        columns,
        tuple(
            row_of(*(_cell(value, "\n" if _is_names(column) else " ") for column, value in row.items())) for row in rows
        ),
        words=tuple(range(1, len(columns))),
        whole=tuple(place for place, column in enumerate(columns) if _is_names(column)),
        least={place: _LONG.get(column, len(column)) for place, column in enumerate(columns)},
    )


def _is_names(column: str) -> bool:
    """Whether a column holds names to copy, which are not broken: columns with a text, or texts below names, may be."""
    return column not in _FLEXIBLE and ", " not in column


def _narrow(row: Mapping[str, Any]) -> dict[str, Any]:
    """A row with what explains a long name below it."""
    lower = {name for upper, names in _BELOW.items() if upper in row for name in names}
    shown = {name: value for name, value in row.items() if name not in lower}
    for upper, (first, *others) in _BELOW.items():
        if upper in row:
            more = [f"{name} {', '.join(row[name])}" for name in others if row[name]]
            below = f"{row[upper]}\n{'; '.join([row[first], *more])}"
            shown = {f"{name}, {first}" if name == upper else name: shown[name] for name in shown}
            shown[f"{upper}, {first}"] = below
    return shown


def _cell(value: Any, joint: str) -> str:
    if isinstance(value, list) and len(value) > 12:
        value = [*value[:9], f"and {len(value) - 9} more"]
    return joint.join(value) if isinstance(value, list) else str(value)


def _known(noun: str, name: str, known: Mapping[str, Any]) -> None:
    from harness.errors import UnknownName

    if name not in known:
        raise UnknownName(noun, name, known)


def _known_languages(languages: Sequence[str], rows: Listed) -> None:
    from harness.errors import UnknownName

    known = {code for row in rows for code in row["languages"]}
    for language in languages:
        if language not in known:
            raise UnknownName("language", language, known)
