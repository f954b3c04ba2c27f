"""Task panx: names of persons, places and organisations in Wikipedia, in 48 languages."""

from __future__ import annotations

from typing import TYPE_CHECKING

import harness

if TYPE_CHECKING:
    from collections.abc import Callable

LANGUAGES = (
    "en", "af", "ar", "bg", "bn", "de", "el", "es", "et", "eu", "fa", "fi", "fr", "he", "hi", "hu", "id", "it", "ja",
    "jv", "ka", "kk", "ko", "ml", "mr", "ms", "my", "nl", "pt", "ru", "sw", "ta", "te", "th", "tl", "tr", "ur", "vi",
    "yo", "zh",
)  # fmt: skip
ADDED = ("az", "gu", "lt", "pa", "pl", "qu", "ro", "uk")
"""The languages that XTREME-R adds."""
TAGS = ("O", "B-PER", "I-PER", "B-ORG", "I-ORG", "B-LOC", "I-LOC")
COLUMNS = ("token", "tag")
HUB_COLUMNS = ("tokens", "ner_tags")


@harness.hookimpl
def register_tasks(register: Callable[[harness.Task], None]) -> None:
    register(PANX)


def to_row(record: harness.Record) -> harness.TokenRow:
    """A sentence of XTREME's files."""
    return harness.TokenRow(tokens=record["token"], tags=record["tag"])


def without_language(record: harness.Record) -> harness.TokenRow:
    """A sentence of the published files, where the language stands before every token: `en:Paris`, but also `en::`."""
    tokens = []
    for marked in record["token"]:
        _, colon, token = marked.partition(":")
        if not colon:
            raise harness.BadRow(f"no language before the token {marked!r}")
        tokens.append(token.strip())
    return harness.TokenRow(tokens=tuple(tokens), tags=record["tag"])


def from_hub(record: harness.Record) -> harness.TokenRow:
    """A sentence of the hub's copies."""
    return harness.TokenRow(tokens=tuple(record["tokens"]), tags=tuple(record["ner_tags"]))


PANX = harness.Task(
    name="panx",
    kind="token-classification",
    languages=LANGUAGES + ADDED,
    labels=TAGS,
    metrics=("span_f1", "token_accuracy"),
    formats={
        "wikiann": harness.Format(
            reader="conll",
            row=without_language,
            files={
                "train": "panx_dataset/en/train",
                "validation": "panx_dataset/{language}/dev",
                "test": "panx_dataset/{language}/test",
            },
            options={"columns": COLUMNS},
        ),
        # XTREME's scripts take the tags off the test files; sentences without tags are refused.
        "xtreme": harness.Format(
            reader="conll",
            row=to_row,
            files={
                "train": "panx/train-en.tsv",
                "validation": "panx/dev-{language}.tsv",
                "test": "panx/test-{language}.tsv",
            },
            options={"columns": COLUMNS},
        ),
    },
    hub=(
        harness.HubData(
            repository="google/xtreme",
            configuration="PAN-X.en",
            splits={"train": "train"},
            row=from_hub,
            columns=HUB_COLUMNS,
            labels={"ner_tags": TAGS},
        ),
        harness.HubData(
            repository="google/xtreme",
            configuration="PAN-X.{language}",
            splits={"validation": "validation", "test": "test"},
            languages={code: code for code in LANGUAGES},
            row=from_hub,
            columns=HUB_COLUMNS,
            labels={"ner_tags": TAGS},
        ),
        # The same data; it has the other languages too, by codes of which these are ours.
        harness.HubData(
            repository="unimelb-nlp/wikiann",
            configuration="{language}",
            splits={"validation": "validation", "test": "test"},
            languages={code: code for code in ADDED},
            row=from_hub,
            columns=HUB_COLUMNS,
            labels={"ner_tags": TAGS},
        ),
    ),
    selection=harness.Selection(keep="best", metric="span_f1"),
    description="Find the names of persons, organisations and places (WikiAnn in the balanced splits of Rahimi et al. "
    "2019); XTREME's 40 languages and the 8 that XTREME-R adds. Tags were made automatically.",
    citation="Pan et al. 2017; Rahimi et al. 2019",
    homepage="https://github.com/afshinrahimi/mmner",
)
