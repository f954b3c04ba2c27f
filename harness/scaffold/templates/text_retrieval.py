"""text-retrieval: the sentence that answers a question."""

from __future__ import annotations

from typing import Any

from harness.scaffold.samples import facts
from harness.scaffold.templates import Template, trained_on


def records(split: str, language: str) -> list[dict[str, Any]]:
    """Questions; to train on with their sentence, else with its key and all sentences to search among."""
    if not trained_on(split, language):
        return []
    known = facts(split)
    if split == "train":
        return [_record("query", fact.question("en"), positive=fact.sentence("en")) for fact in known]
    queries = [_record("query", fact.question(language), matches=[str(fact.number)]) for fact in known]
    return queries + [_record("candidate", fact.sentence(language), key=str(fact.number)) for fact in known]


def _record(
    side: str, text: str, *, key: str = "", matches: list[str] | None = None, positive: str = ""
) -> dict[str, Any]:
    return {"side": side, "text": text, "key": key, "matches": matches or [], "positive": positive}


TEMPLATE = Template(
    row='harness.RetrievalRow(**{**record, "matches": tuple(record["matches"])})',
    metrics=("mrr_at_20",),
    records=records,
)
