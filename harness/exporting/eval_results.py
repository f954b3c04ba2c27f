"""Scores as the Hugging Face Hub shows them on the pages of models and of datasets: `.eval_results/TASK.yaml`."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import PurePosixPath
from typing import TYPE_CHECKING, Any

from harness.errors import counted
from harness.exporting.datasets import HUB, hub_tables
from harness.outputs import portable_name
from harness.results.marks import REFUSED
from harness.results.words import number
from harness.visible import in_a_line

if TYPE_CHECKING:
    from huggingface_hub import EvalResultEntry

    from harness.exporting.card import Card

FOLDER = ".eval_results"


def eval_results_path(card: Card) -> PurePosixPath:
    """Where the file is in the model's folder."""
    return PurePosixPath(FOLDER, f"{portable_name(card.chosen.task.name)}.yaml")


def eval_results(card: Card) -> bytes:
    """The scores on rows of the hub by the task's main metric, one per language, in YAML; empty where there are none.

    What a leaderboard would refuse, such as scores of the first rows alone, is not among them: the hub ranks what it
    finds.
    """
    import yaml
    from huggingface_hub import eval_result_entries_to_yaml

    entries = list(_entries(card))
    if not entries:
        return b""
    text = yaml.safe_dump(eval_result_entries_to_yaml(entries), sort_keys=False, allow_unicode=True, width=1000)
    return text.encode()


def _entries(card: Card) -> Iterator[EvalResultEntry]:
    from huggingface_hub import EvalResultEntry

    task, run = card.chosen.task, card.chosen.run
    for row in card.rows:
        if row["metric"] != task.metrics[0] or row["source"] != HUB or REFUSED.keys() & set(row["marks"]):
            continue
        tables = hub_tables(task, row["split"], row["language"])
        if len({table.repository for table in tables}) != 1:
            continue
        configuration = tables[0].configuration or "default"
        several = all(table == tables[0] for one in task.languages for table in hub_tables(task, row["split"], one))
        yield EvalResultEntry(
            dataset_id=tables[0].repository,
            dataset_revision=tables[0].revision or None,
            task_id=f"{configuration}.{row['language']}" if several and len(task.languages) > 1 else configuration,
            value=row["value"],
            date=run.environment.started,
            notes=in_a_line(_notes(card, row)),
        )


def _notes(card: Card, row: Mapping[str, Any]) -> str:
    """What the value is, in words."""
    interval = row["interval"]
    parts = [
        f"{row['printed']} in percent",
        f"language {row['language']}",
        f"split {row['split']}",
        counted(row["n"], "item"),
    ]
    if interval:
        ends = f"{number(interval['low'])} to {number(interval['high'])}"
        parts.append(f"{100 * interval['level']:g} % interval {ends} ({interval['method']}: {interval['answers']})")
    parts += [f"arm {card.chosen.arm.label}, seed {card.chosen.seed}"]
    parts += [f"marks: {', '.join(row['marks'])}"] if row["marks"] else []
    return f"{'; '.join(parts)}; xharness {card.chosen.run.environment.versions.get('xharness', '?')}"
