"""Rows: checked once, bad ones counted or refused, limited on request."""

from __future__ import annotations

import dataclasses
import shutil
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from harness.planning.data import Data
from harness.rows import Answer, ClassificationRow, MultipleChoiceRow, QuestionRow, Row, SentenceRow, TokenRow
from harness.sources.base import Source, Split, open_source
from harness.sources.files.source import open_files
from tests.raising import raises_code

if TYPE_CHECKING:
    from harness.registry import Registry
    from harness.tasks import Task
    from tests.planning.conftest import Bench


@pytest.fixture
def spoilt(tiny_map: Path, tmp_path: Path) -> Path:
    """The tiny data with a bad label in line 3 and a row of two columns in line 5 of pawsx's training rows."""
    shutil.copytree(tiny_map.parent, tmp_path / "spoilt")
    file = tmp_path / "spoilt" / "pawsx" / "train.tsv"
    lines = file.read_text().splitlines()
    lines[2] = lines[2][:-1] + "maybe"
    lines[4] = lines[4][:-2]
    file.write_text("\n".join(lines) + "\n")
    return tmp_path / "spoilt" / "map.toml"


def test_bad_rows_are_left_out_and_counted_with_their_place(registry: Registry, spoilt: Path) -> None:
    data = Data(registry, open_files(spoilt, registry))
    split = data.training("pawsx")
    assert len(split.rows) == len(split.keys) == 10
    assert [f"{row.file}:{row.line}" for row in data.skipped] == ["pawsx/train.tsv:3", "pawsx/train.tsv:5"]
    assert "'maybe'" in data.skipped[0].reason
    assert [key.rpartition(":")[2] for key in split.keys[:4]] == ["1", "2", "4", "6"]
    assert data.loaded == [split]


def test_strict_refuses_them(registry: Registry, spoilt: Path) -> None:
    with raises_code("bad-rows", "2", "pawsx train", "en", "train.tsv:3", "train.tsv:5"):
        Data(registry, open_files(spoilt, registry), strict=True).training("pawsx")


def test_a_run_says_what_it_left_out(bench: Bench, spoilt: Path) -> None:
    notes: list[str] = []
    bench.map = spoilt
    outcome = bench.session(intermediate=(), target=("pawsx",), languages=("en",)).execute(note=notes.append)
    assert (outcome.directory / "skipped.txt").read_text().splitlines()[0].startswith("pawsx/train.tsv:3: ")
    assert notes == [f"2 bad rows were left out: {outcome.directory / 'skipped.txt'}"]


def test_a_limit_keeps_the_first_items_and_changes_the_digest(registry: Registry, tiny_map: Path) -> None:
    whole, limited = (Data(registry, open_files(tiny_map, registry), limit) for limit in (0, 3))
    for task, split, language in [("pawsx", "test", "de"), ("squad", "train", "en"), ("ccg", "test", "en")]:
        few, all_ = limited.split(task, split, language), whole.split(task, split, language)
        assert (few.rows, few.keys) == (all_.rows[:3], all_.keys[:3])
        assert few.digest != all_.digest
    sides = [row.side for row in limited.split("tatoeba", "test", "de").rows]  # type: ignore[attr-defined]
    assert (sides.count("source"), sides.count("target")) == (3, 3)


class Odd(Source):
    """Rows of another kind, or rows without text."""

    name = "odd"

    def __init__(self, rows: list[Row]) -> None:
        self.rows = rows

    def languages(self, task: Task, split: str) -> tuple[str, ...]:
        return ("en",)

    def load(self, task: Task, split: str, language: str) -> Split:
        keys = [f"odd.tsv:{i + 1}" for i in range(len(self.rows))]
        return Split(
            task=task.name,
            split=split,
            language=language,
            rows=self.rows,
            keys=keys,
            digest="d",
            source="odd",
            origin="by hand",
        )


def test_rows_that_the_kind_cannot_use_are_bad_rows(registry: Registry, tiny_map: Path) -> None:
    good = list(Data(registry, open_files(tiny_map, registry)).training("pawsx").rows)
    other = TokenRow(tokens=("a",), tags=("b",))
    no_text = dataclasses.replace(good[0], text=None)  # type: ignore[call-arg]
    no_id = dataclasses.replace(good[0], id=None)  # type: ignore[arg-type]
    data = Data(registry, Odd([good[0], other, no_text, no_id, good[1]]))
    assert data.training("pawsx").rows == good[:2]
    assert [(row.line, row.reason) for row in data.skipped] == [
        (2, "a TokenRow; rows of text-classification are of type ClassificationRow"),
        (3, "text is missing"),
        (4, "id is missing"),
    ]
    with raises_code("no-usable-row", "pawsx train", "en", "by hand", "odd.tsv:1: a TokenRow"):
        Data(registry, Odd([other])).training("pawsx")


def digest_of(registry: Registry, task: str, *rows: Row) -> str:
    return Data(registry, Odd(list(rows))).training(task).digest


@pytest.mark.parametrize("character", ["\u200b", "\u00ad", "\u200f", "\ue000"])
def test_an_answer_that_reaches_over_dropped_characters_changes_the_digest(registry: Registry, character: str) -> None:
    changed = dataclasses.replace(QUESTION, context=f"cb{character}c")
    data = Data(registry, Odd([QUESTION, changed]))
    assert data.training("squad").rows == [QUESTION, changed]
    assert data.skipped == []
    assert data.training("squad").digest == "d/kept-3"
    unusual = dataclasses.replace(QUESTION, context="cb\u0301\u00a0\x85\t\x1fc", question=f"q{character}")
    assert digest_of(registry, "squad", QUESTION, unusual) == "d"


def test_mini_has_no_row_of_which_later_rules_make_something_else(registry: Registry) -> None:
    data = Data(registry, open_source("mini", registry))
    for task in ("squad", "squad_v2", "mlqa", "xquad", "tydiqa"):
        for split in ("train", "test"):
            if languages := data.source.languages(registry.task(task), split):
                rows = data.split(task, split, languages[-1]).rows
                assert {registry.kind("question-answering").rules(row) for row in rows} == {1}


NULL: Any = None
TEXT: Any = "0"
NUMBER: Any = 7
TRUE: Any = True
PAIR = ClassificationRow(text="a", text_pair="b", label="1")
CHOICE = MultipleChoiceRow(context="c", choices=("a", "b"), label=0)
QUESTION = QuestionRow(question="q", context="cbc", answers=(Answer("c", 0),))
SENTENCE = TokenRow(tokens=("a",), tags=("N",))


@pytest.mark.parametrize(
    ("task", "row", "reason"),
    [
        ("pawsx", dataclasses.replace(PAIR, text_pair="\ud83d!"), "text_pair has half of a character, \\ud83d, at 0"),
        ("pawsx", dataclasses.replace(PAIR, id="x\udc00"), "id has half of a character, \\udc00, at 1"),
        ("cosmosqa", dataclasses.replace(CHOICE, label=TRUE), "label is True, not a whole number"),
        ("cosmosqa", dataclasses.replace(CHOICE, choices=TEXT * 2), "choices is '00', not a list"),
        (
            "ccg",
            dataclasses.replace(SENTENCE, tokens=("\udfff",)),
            "tokens number 1 has half of a character, \\udfff, at 0",
        ),
        ("ccg", dataclasses.replace(SENTENCE, tokens=TEXT), "tokens is '0', not a list"),
        ("squad", dataclasses.replace(QUESTION, answers=(Answer("c", -3),)), "answers number 1 begins at -3"),
        ("squad", dataclasses.replace(QUESTION, answers=(Answer("b", TRUE),)), "answers number 1 begins at True"),
    ],
    ids=["half a pair", "id", "truth", "text as choices", "word", "text as words", "before", "truth as place"],
)
def test_a_value_that_was_used_though_of_another_type_is_bad_and_changes_the_digest(
    registry: Registry, task: str, row: Row, reason: str
) -> None:
    good = {"pawsx": PAIR, "cosmosqa": CHOICE, "ccg": SENTENCE, "squad": QUESTION}[task]
    data = Data(registry, Odd([good, row]))
    assert data.training(task).rows == [good]
    assert [(bad.line, bad.reason) for bad in data.skipped] == [(2, reason)]
    assert digest_of(registry, task, good, row) == "d/kept-2"
    # Neither good rows nor such as were always left out change it.
    assert digest_of(registry, task, good, PAIR if task == "ccg" else SENTENCE) == "d"


@pytest.mark.parametrize("number", [31193, 2.5])
def test_a_number_as_id_is_written_as_text(registry: Registry, number: Any) -> None:
    named = dataclasses.replace(PAIR, id=number)
    data = Data(registry, Odd([PAIR, named]))
    assert data.training("pawsx").rows == [PAIR, dataclasses.replace(PAIR, id=str(number))]
    assert data.training("pawsx").digest == "d/kept-2"
    assert data.skipped == []


@pytest.mark.parametrize("value", [None, True, float("nan"), ["a"]])
def test_what_is_no_number_is_no_id(registry: Registry, value: Any) -> None:
    data = Data(registry, Odd([PAIR, dataclasses.replace(PAIR, id=value)]))
    assert data.training("pawsx").rows == [PAIR]
    assert data.training("pawsx").digest == "d"


def test_numbers_as_keys_and_matches_stay_together(registry: Registry) -> None:
    sides = [SentenceRow(text="a", side="source", key=NUMBER, matches=(NUMBER,))]
    sides.append(SentenceRow(text="b", side="target", key="7", matches=("7",)))
    rows: list[Any] = list(Data(registry, Odd(list(sides))).split("tatoeba", "test", "en").rows)
    assert [(row.key, row.matches) for row in rows] == [("7", ("7",)), ("7", ("7",))]


SPOILT: dict[str, list[Row]] = {
    "ccg": [TokenRow(tokens=("a", NULL), tags=("N", "N")), TokenRow(tokens=("a", "b"), tags=("N", NULL))],
    "cosmosqa": [
        MultipleChoiceRow(context=NULL, choices=("a", "b"), label=0),
        MultipleChoiceRow(context="c", question=NULL, choices=("a", "b"), label=0),
        MultipleChoiceRow(context="c", choices=("a", NULL), label=0),
        MultipleChoiceRow(context="c", choices=("a", "b"), label=TEXT),
    ],
    "squad": [
        QuestionRow(question="q", context="c", answers=NULL),
        QuestionRow(question="q", context="c", answers=(Answer("c", TEXT),)),
    ],
}


@pytest.mark.parametrize("task", SPOILT)
def test_values_of_an_unexpected_type_spoil_their_own_row_only(registry: Registry, tiny_map: Path, task: str) -> None:
    good = Data(registry, open_files(tiny_map, registry)).training("squad" if task == "squad" else "ccg").rows[0]
    if task == "cosmosqa":
        good = MultipleChoiceRow(context="c", choices=("a", "b"), label=0)
    data = Data(registry, Odd([*SPOILT[task], good]))
    assert data.training(task).rows == [good]
    assert [row.line for row in data.skipped] == list(range(1, len(SPOILT[task]) + 1))
