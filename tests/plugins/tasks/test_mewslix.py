"""Task mewslix: a mention in its sentence, the description of its entity, and their copies on the hub."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import datasets
import pytest
from harness_plugins.tasks.mewslix import to_row

from harness import BadRow, RetrievalRow
from tests.fixtures import HubCache

if TYPE_CHECKING:
    from collections.abc import Callable

    from harness.sources.base import Split

TEXT = "Before. We {saw} Rome\nby  night {then}. After."
SENTENCES = [{"start": 0, "end": 7}, {"start": 8, "end": 39}, {"start": 40, "end": 46}]
CONTEXT = {"text": TEXT, "sentence_spans": SENTENCES, "document_id": "en-1", "language": "en"}
ENTITY = {
    "entity_id": "Q220",
    "title": "Rome",
    "description": "Rome is a\ncity. It is  old. Unused",
    "sentence_spans": [{"start": 0, "end": 15}, {"start": 16, "end": 27}],
}
# By hand: braces of the text become parentheses, line ends and one of two blanks go.
QUERY = "Rome: We (saw) { Rome } by night (then)."
DESCRIPTION = "Rome is a city. It is old."


def mention(start: int = 17, end: int = 21, entity: str = "Q220") -> dict[str, Any]:
    span = {"start": start, "end": end, "text": TEXT[start:end]}
    return {"example_id": "m1", "mention_span": span, "entity_id": entity}


def test_mentions_of_a_language_search_all_entities(load: Callable[..., Split]) -> None:
    files = {
        "mewslix/wikinews_mentions/dev-en.jsonl": [{"context": CONTEXT, "mentions": [mention(), mention(entity="")]}],
        "mewslix/candidate_set_entities.jsonl": [ENTITY],
    }
    split = load(files, "mewslix", "validation", "en")
    assert split.rows == [
        RetrievalRow(id="m1", text=QUERY, side="query", matches=("Q220",), group="en-1"),
        RetrievalRow(text=DESCRIPTION, side="candidate", key="Q220"),
    ]
    assert [skipped.reason.partition(";")[0] for skipped in split.skipped] == ["no entity"]


def test_pairs_are_trained_on(load: Callable[..., Split]) -> None:
    pair = {"contextual_mention": {"context": CONTEXT, "mention": mention()}, "entity": ENTITY}
    split = load({"mewslix/wikipedia_pairs-train.jsonl": [pair]}, "mewslix", "train")
    assert split.rows == [RetrievalRow(id="m1", text=QUERY, side="query", positive=DESCRIPTION)]


def test_a_mention_across_sentences_is_refused() -> None:
    with pytest.raises(BadRow, match="in no sentence"):
        to_row({"context": CONTEXT, "mention": mention(start=3, end=12)})


def columns(*names: str) -> datasets.Features:
    return datasets.Features({name: datasets.Value("string") for name in names})


def test_mentions_on_the_hub_search_all_entities_of_another_table(
    hub_cache: HubCache, load_hub: Callable[..., Split]
) -> None:
    mentions = [{"mention": QUERY + "\n", "entity_id": "Q220"}, {"mention": QUERY, "entity_id": ""}]
    splits = {"validation": mentions, "test": mentions[:1]}
    hub_cache("izhx/mewsli-x", splits, columns("mention", "entity_id"), configuration="de")
    entities = [{"entity_id": "Q220", "description": "Rome is a\ncity."}, {"entity_id": "Q1", "description": "All."}]
    hub_cache(
        "izhx/mewsli-x", {"test": entities}, columns("entity_id", "description"), configuration="candidate_entities"
    )
    validation, test = load_hub("mewslix", "validation", "de"), load_hub("mewslix", "test", "de")
    assert validation.rows == test.rows
    assert test.rows == [
        RetrievalRow(text=QUERY, side="query", matches=("Q220",)),
        RetrievalRow(text="Rome is a city.", side="candidate", key="Q220"),
        RetrievalRow(text="All.", side="candidate", key="Q1"),
    ]
    assert test.keys == [
        "izhx/mewsli-x/de/test:1",
        "izhx/mewsli-x/candidate_entities/test:1",
        "izhx/mewsli-x/candidate_entities/test:2",
    ]
    assert [skipped.reason for skipped in validation.skipped] == ["no entity"]
    # The same thing is said of both tables once.
    assert test.differs.count("third party") == 1


def test_pairs_on_the_hub_are_trained_on(hub_cache: HubCache, load_hub: Callable[..., Split]) -> None:
    pair = {"mention": QUERY, "entity": DESCRIPTION}
    hub_cache("izhx/mewsli-x", {"train": [pair]}, columns("mention", "entity"), configuration="wikipedia_pairs")
    assert load_hub("mewslix", "train").rows == [RetrievalRow(text=QUERY, side="query", positive=DESCRIPTION)]
