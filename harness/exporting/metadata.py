"""The metadata of a model card: the YAML at the beginning of README.md, as the Hugging Face Hub reads it."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from harness.benchmarks.leaderboard.document import MINI
from harness.benchmarks.leaderboard.formats.model_index import results

if TYPE_CHECKING:
    from harness.exporting.card import Card

HUB_ID = re.compile(r"[A-Za-z0-9][\w.-]*/[A-Za-z0-9][\w.-]*")


def front_matter(card: Card) -> str:
    """The YAML between its two lines of dashes.

    A licence stands there only where all of a model is of this program: what licence a model has that was trained on
    others' data is for its owner to say.
    """
    import yaml

    model = card.chosen.model["name"]
    entry = card.registry.models.get(model, {})
    base = entry.get("hub") or (model if not entry and HUB_ID.fullmatch(model) and not Path(model).is_dir() else None)
    of_our_own = card.source == MINI and not base and "licence" in entry
    index = [{"name": card.title, "results": found}] if (found := list(results(card.rows, card.within))) else []
    values: dict[str, Any] = {
        "language": list(dict.fromkeys(row["language"] for row in card.rows)),
        "license": entry["licence"] if of_our_own else None,
        "library_name": "transformers",
        "pipeline_tag": card.form.pipeline_tag,
        "base_model": base,
        "datasets": [] if card.source == MINI else _repositories(card),
        "tags": ["xharness"],
        "model-index": index,
    }
    given = {name: value for name, value in values.items() if value}
    return f"---\n{yaml.safe_dump(given, sort_keys=False, allow_unicode=True, width=1000)}---\n"


def licence_of(model: str, models: Mapping[str, Mapping[str, Any]]) -> str:
    """The licence of a start model in words."""
    return str(models.get(model, {}).get("licence", "not known here"))


def _repositories(card: Card) -> list[str]:
    """The hub's datasets of the tasks that were trained on or scored."""
    tasks: Sequence[str] = card.tasks
    return list(dict.fromkeys(data.repository for name in tasks for data in card.registry.task(name).hub))
