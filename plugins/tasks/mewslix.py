"""Task mewslix: find the entity that a mention in a news text means among descriptions in other languages."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import harness

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

LANGUAGES = ("en", "ar", "de", "es", "fa", "ja", "pl", "ro", "ta", "tr", "uk")
HUB = "izhx/mewsli-x"
DIFFERS = "Sentences with mentions and descriptions are as a third party prepared them."
BRACES = re.compile(r"\{(.*?)\}")


@harness.hookimpl
def register_tasks(register: Callable[[harness.Task], None]) -> None:
    register(MEWSLIX)


def to_row(record: harness.Record) -> harness.RetrievalRow:
    """A mention in its sentence (a query), or an entity's description (a candidate)."""
    if "mention" not in record:
        return harness.RetrievalRow(text=description(record), side="candidate", key=record["entity_id"])
    mention, context = record["mention"], record["context"]
    if not mention["entity_id"]:
        raise harness.BadRow("no entity; XTREME-R's scripts take the labels off the test mentions")
    return harness.RetrievalRow(
        id=mention["example_id"],
        text=marked_sentence(mention, context),
        side="query",
        matches=(mention["entity_id"],),
        group=context["document_id"],
    )


def to_training_row(record: harness.Record) -> harness.RetrievalRow:
    """A mention in Wikipedia with the description of its entity."""
    mention = record["contextual_mention"]
    return harness.RetrievalRow(
        id=mention["mention"]["example_id"],
        text=marked_sentence(mention["mention"], mention["context"]),
        side="query",
        positive=description(record["entity"]),
    )


def mention_from_hub(record: harness.Record) -> harness.RetrievalRow:
    """A mention of the hub's copy, in its sentence already."""
    if not record["entity_id"]:
        raise harness.BadRow("no entity")
    return harness.RetrievalRow(text=on_one_line(record["mention"]), side="query", matches=(record["entity_id"],))


def entity_from_hub(record: harness.Record) -> harness.RetrievalRow:
    text = on_one_line(record["description"])
    return harness.RetrievalRow(text=text, side="candidate", key=record["entity_id"])


def pair_from_hub(record: harness.Record) -> harness.RetrievalRow:
    """A mention in Wikipedia with the description of its entity, as the hub's copy has them."""
    positive = on_one_line(record["entity"])
    return harness.RetrievalRow(text=on_one_line(record["mention"]), side="query", positive=positive)


def marked_sentence(mention: Mapping[str, Any], context: Mapping[str, Any]) -> str:
    """The mention, a colon, and its sentence with the mention in braces; braces of the text become parentheses."""
    span, text = mention["mention_span"], context["text"]
    start, end = span["start"], span["end"]
    for sentence in context["sentence_spans"]:
        if sentence["start"] <= start and end <= sentence["end"]:
            left = BRACES.sub(r"(\1)", text[sentence["start"] : start])
            right = BRACES.sub(r"(\1)", text[end : sentence["end"]])
            return on_one_line(f"{span['text']}: {left} {{ {span['text']} }} {right}")
    raise harness.BadRow("the mention lies in no sentence")


def description(entity: Mapping[str, Any]) -> str:
    """The sentences of an entity's description."""
    text = entity["description"]
    return on_one_line(" ".join(text[span["start"] : span["end"]] for span in entity["sentence_spans"]))


def on_one_line(text: str) -> str:
    return " ".join(text.splitlines()).replace("  ", " ").strip()


MEWSLIX = harness.Task(
    name="mewslix",
    kind="text-retrieval",
    languages=LANGUAGES,
    metrics=("mrr_at_20",),
    formats={
        "wikipedia": harness.Format(
            reader="jsonl", row=to_training_row, files={"train": "mewslix/wikipedia_pairs-train.jsonl"}
        ),
        # XTREME-R's scripts take the labels off their test files, so these have no test split here.
        "xtreme-r": harness.Format(
            reader="mewsli-x",
            row=to_row,
            files={
                "validation": (
                    "mewslix/wikinews_mentions/dev-{language}.jsonl",
                    "mewslix/candidate_set_entities.jsonl",
                )
            },
        ),
    },
    hub=(
        harness.HubData(
            repository=HUB,
            configuration="wikipedia_pairs",
            splits={"train": "train"},
            row=pair_from_hub,
            columns=("mention", "entity"),
            differs=DIFFERS,
        ),
        harness.HubData(
            repository=HUB,
            configuration="{language}",
            splits={"validation": "validation", "test": "test"},
            row=mention_from_hub,
            columns=("mention", "entity_id"),
            differs=DIFFERS,
        ),
        # Mentions of every language and split search all entities.
        harness.HubData(
            repository=HUB,
            configuration="candidate_entities",
            splits={"validation": "test", "test": "test"},
            languages={code: code for code in LANGUAGES},
            row=entity_from_hub,
            columns=("entity_id", "description"),
            differs=DIFFERS,
        ),
    ),
    description="Find the entity that a mention in a Wikinews text means among a million descriptions in 50 languages "
    "(Mewsli-X, XTREME-R). Trained on English Wikipedia. XTREME-R's files have labels for validation only; without "
    "test rows the validation rows are scored.",
    licence="not stated",
    citation="Ruder et al. 2021",
    homepage="https://github.com/google-research/google-research/tree/master/dense_representations_for_entity_retrieval/mel",
)
