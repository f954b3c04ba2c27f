"""Metadata for the model card of one system on the Hugging Face Hub: the beginning of its README.md."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from harness.errors import SettingsError
from harness.visible import visible


def render(document: Mapping[str, Any]) -> bytes:
    """Front matter in YAML whose `model-index` has one result a task and language.

    Raises:
        SettingsError: the document has several systems, or no score at all.
    """
    import yaml

    systems = document["systems"]
    if len(systems) != 1:
        arms = ", ".join(sorted({repr(system["arm"]) for system in systems}))
        raise SettingsError(
            f"a model card is of one system, and these are {len(systems)}",
            code="several-systems",
            where=f"there are arms {arms}",
            fix="choose one with --arm, and runs of one start model",
        )
    found = list(results(systems[0]["rows"], document["benchmark"]["name"]))
    if not found:
        raise SettingsError("a model card needs a score, and all failed", code="all-scores-failed")
    index = [{"name": _name(systems[0]), "results": found}]
    text = yaml.safe_dump({"model-index": index}, sort_keys=False, allow_unicode=True, width=1000)
    return visible(f"---\n{text}---\n", lines=True).encode()


def _name(system: Mapping[str, Any]) -> str:
    name: str = system["model"]
    return f"{name} after {system['arm']}" if system["intermediate"] else name


def results(rows: Iterable[Mapping[str, Any]], within: str) -> Iterator[dict[str, Any]]:
    """The metrics of a task and language together, as the Hub wants them.

    Args:
        rows: of a document; those without value have none.
        within: name of the benchmark, or of the source, that the rows of the task are of.
    """
    places: dict[tuple[str, str], list[Mapping[str, Any]]] = {}
    for row in rows:
        if row["value"] is not None:
            places.setdefault((row["task"], row["language"]), []).append(row)
    for (task, language), found in places.items():
        dataset = {"name": f"{task} ({language}), {within}", "type": task, "config": language}
        if found[0]["split"]:
            dataset["split"] = found[0]["split"]
        yield {
            "task": {"type": found[0]["kind"], "name": task},
            "dataset": dataset,
            "metrics": [_metric(row) for row in found],
        }


def _metric(row: Mapping[str, Any]) -> dict[str, Any]:
    """A metric with its value in percent; what the Hub has no field for is among its arguments."""
    arguments = {name: row[name] for name in ("metric_version", "task_version", "seeds", "n", "data", "marks")}
    return {
        "type": row["printed"],
        "name": f"{row['metric']}, percent",
        "value": row["value"],
        "args": {**arguments, "interval": row["interval"]},
    }
