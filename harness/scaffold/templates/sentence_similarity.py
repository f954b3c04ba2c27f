"""sentence-similarity: the English translation of each sentence; nothing is trained."""

from __future__ import annotations

from typing import Any

from harness.scaffold.samples import facts
from harness.scaffold.templates import Template


def records(split: str, language: str) -> list[dict[str, Any]]:
    """The sentences of both sides; those that are translations of each other have the same key here."""
    if split != "test":
        return []
    sides = {"source": language, "target": "en"}
    return [
        {"side": side, "key": str(fact.number), "matches": [str(fact.number)], "text": fact.sentence(spoken)}
        for side, spoken in sides.items()
        for fact in facts(split)
    ]


ROW = 'harness.SentenceRow(**{**record, "matches": tuple(record["matches"])})'

TEMPLATE = Template(row=ROW, metrics=("retrieval_accuracy",), languages=("sw",), records=records)
