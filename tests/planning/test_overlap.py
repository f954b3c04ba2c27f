"""Overlap of test rows with rows that were trained or selected on."""

from __future__ import annotations

import dataclasses
import os
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from harness.config import settings_from
from harness.errors import DataError
from harness.planning.data import Data
from harness.planning.overlap import Overlap, OverlapFinder, normalise
from harness.planning.planner import build_plan
from harness.rows import Answer, ClassificationRow, QuestionRow, Row
from harness.sources.base import Source, Split, open_source

if TYPE_CHECKING:
    from harness.registry import Registry
    from harness.tasks import Task

ROOT = Path(__file__).parent.parent.parent
Rows = Mapping[tuple[str, str, str], Sequence[Row]]


class RowSource(Source):
    """Rows that a test has made, by task, split and language."""

    name = "rows"

    def __init__(self, rows: Rows) -> None:
        self._rows = rows

    def languages(self, task: Task, split: str) -> tuple[str, ...]:
        return tuple(code for code in task.languages if (task.name, split, code) in self._rows)

    def load(self, task: Task, split: str, language: str) -> Split:
        key = (task.name, split, language)
        if key not in self._rows:
            raise DataError(f"no rows: {key}")
        rows = self._rows[key]
        return Split(
            task=task.name,
            split=split,
            language=language,
            rows=rows,
            keys=[f"{'/'.join(key)}:{i}" for i in range(len(rows))],
            digest="/".join(key),
            source=self.name,
            origin="made by hand",
        )


def found(
    registry: Registry,
    rows: Rows,
    *,
    target: str,
    intermediate: str,
    language: str = "en",
    set_: Mapping[str, int] = {},
) -> list[Overlap]:
    """The overlap that a run would report with its scores in a language."""
    layer: dict[str, Any] = {"target": (target,), "intermediate": (intermediate,), "baseline": False}
    layer["set"] = set_
    settings = settings_from(registry, layer)
    data = Data(registry, RowSource(rows))
    plan = build_plan(settings, registry, data)
    (cell,) = (s for s in plan.cells if s.language == language)
    split = data.split(target, cell.split, language)
    return OverlapFinder(registry, data).of(split, cell.stage.checkpoint.phases)


def pairs(*texts: str, ids: Sequence[str] = (), label: str = "0") -> list[ClassificationRow]:
    """One row of each "first | second"."""
    rows = []
    for number, text in enumerate(texts):
        first, second = text.split(" | ")
        name = ids[number] if ids else ""
        rows.append(ClassificationRow(id=name, text=first, text_pair=second, label=label))
    return rows


def qqp(*texts: str, ids: Sequence[str] = ()) -> list[ClassificationRow]:
    return [dataclasses.replace(row, label="not_duplicate") for row in pairs(*texts, ids=ids)]


BASE: dict[tuple[str, str, str], Sequence[Row]] = {
    ("pawsx", "train", "en"): pairs("own training | first", "own training | second"),
    ("pawsx", "validation", "en"): pairs("own validation | first"),
    ("pawsx", "test", "en"): pairs("A cat sees a dog. | A dog sees a cat.", "One. | Two little birds are singing."),
    ("qqp", "train", "en"): qqp("nothing in | common"),
}


@pytest.fixture(autouse=True)
def labels(registry: Registry) -> None:
    """The labels that the rows here use are the tasks' own."""
    assert "0" in registry.task("pawsx").labels
    assert "not_duplicate" in registry.task("qqp").labels


def test_nothing_in_common_is_not_reported(registry: Registry) -> None:
    assert found(registry, BASE, target="pawsx", intermediate="qqp") == []


def test_items_count_whatever_case_and_punctuation(registry: Registry) -> None:
    rows = {**BASE, ("qqp", "train", "en"): qqp("a  CAT sees a dog | a dog sees a cat!", "x | y")}
    (overlap,) = found(registry, rows, target="pawsx", intermediate="qqp")
    assert overlap.to_json() == {
        "task": "qqp",
        "split": "train",
        "language": "en",
        "use": "training",
        "ids": 0,
        "items": 1,
        "texts": 1,
        "n": 2,
        "same_rows": False,
    }


def test_the_longest_text_alone_counts_as_text(registry: Registry) -> None:
    rows = {**BASE, ("qqp", "train", "en"): qqp("Another question? | two little birds are singing", "One | 1")}
    (overlap,) = found(registry, rows, target="pawsx", intermediate="qqp")
    assert (overlap.items, overlap.texts) == (0, 1)


def test_the_longest_text_counts_beside_a_longer_one(registry: Registry) -> None:
    longer = "Two little birds are singing, which nobody in the whole house hears"
    rows = {**BASE, ("qqp", "train", "en"): qqp(f"two little birds are singing | {longer}")}
    (overlap,) = found(registry, rows, target="pawsx", intermediate="qqp")
    assert (overlap.items, overlap.texts) == (0, 1)


def test_empty_texts_are_nothing_in_common(registry: Registry) -> None:
    rows = {**BASE, ("pawsx", "test", "en"): pairs(". | !", "a | b"), ("qqp", "train", "en"): qqp("? | x")}
    assert found(registry, rows, target="pawsx", intermediate="qqp") == []


def test_texts_in_the_other_order_are_another_item(registry: Registry) -> None:
    rows = {**BASE, ("qqp", "train", "en"): qqp("Two little birds are singing. | One.")}
    (overlap,) = found(registry, rows, target="pawsx", intermediate="qqp")
    assert (overlap.items, overlap.texts) == (0, 1)


def test_ids_count_where_they_are_no_row_numbers(registry: Registry) -> None:
    rows = dict(BASE)
    rows["pawsx", "test", "en"] = pairs("a b | c", "d e | f", "g | h", ids=["56be4db0acb8001400a502ec", "17", ""])
    rows["qqp", "train", "en"] = qqp("x | y", "x | z", "x | w", ids=["17", "56be4db0acb8001400a502ec", ""])
    (overlap,) = found(registry, rows, target="pawsx", intermediate="qqp")
    assert (overlap.ids, overlap.items, overlap.texts, overlap.n) == (1, 0, 0, 3)


def test_rows_that_were_selected_on_are_reported_as_that(registry: Registry) -> None:
    rows = {**BASE, ("pawsx", "validation", "en"): BASE["pawsx", "test", "en"]}
    (overlap,) = found(registry, rows, target="pawsx", intermediate="qqp")
    assert (overlap.task, overlap.split, overlap.use, overlap.items) == ("pawsx", "validation", "selection", 2)


def test_the_targets_own_rows_under_another_name(registry: Registry) -> None:
    own = ("own training | first", "own training | second")
    for texts, same in [(own, True), ((*own, "and | more"), True), ((own[0], "a | b"), True), (("a | b",), False)]:
        rows = {**BASE, ("qqp", "train", "en"): qqp(*texts)}
        overlaps = found(registry, rows, target="pawsx", intermediate="qqp")
        assert [overlap.same_rows for overlap in overlaps] == ([True] if same else [])


def test_the_same_task_before_itself_is_no_other_name(registry: Registry) -> None:
    assert found(registry, BASE, target="pawsx", intermediate="pawsx") == []


def questions(*texts: str) -> list[QuestionRow]:
    return [QuestionRow(question=text, context="A cat sat.", answers=(Answer("cat", 2),)) for text in texts]


BORROWED: dict[tuple[str, str, str], Sequence[Row]] = {
    ("squad", "train", "en"): questions("Who?", "What?", "Which?", "Where?"),
    ("squad_v2", "train", "en"): questions("Who?", "Why?"),
    ("xquad", "test", "de"): questions("Wer?"),
}


def overlaps_of_xquad(registry: Registry, intermediate: str, rows: Rows = BORROWED, **examples: int) -> list[Overlap]:
    asked = {"target.examples": examples.get("target", 0), "intermediate.examples": examples.get("before", 0)}
    return found(registry, rows, target="xquad", intermediate=intermediate, language="de", set_=asked)


def same_rows(registry: Registry, intermediate: str, rows: Rows = BORROWED, **examples: int) -> list[tuple[str, bool]]:
    return [(o.task, o.same_rows) for o in overlaps_of_xquad(registry, intermediate, rows, **examples)]


def test_rows_that_a_target_borrows_are_its_own_under_another_name(registry: Registry) -> None:
    # The target phase trains on squad again, which does not take the mark back.
    assert same_rows(registry, "squad") == [("squad", True)]
    # One of four of squad's questions is not half of them; the context alone is what is left in common.
    assert same_rows(registry, "squad_v2") == [("squad_v2", False), ("squad", False)]
    rows = {**BORROWED, ("squad_v2", "train", "en"): questions("Who?", "What?", "Why?")}
    assert same_rows(registry, "squad_v2", rows) == [("squad_v2", True), ("squad", False)]


def test_only_rows_that_were_used_are_compared(registry: Registry) -> None:
    # Of squad's first question alone, squad_v2 holds all; of its four, an intermediate phase on one holds a quarter.
    assert same_rows(registry, "squad_v2", target=1) == [("squad_v2", True), ("squad", False)]
    assert same_rows(registry, "squad", before=1) == [("squad", False), ("squad", False)]
    assert same_rows(registry, "squad", before=1, target=1) == [("squad", True)]
    rows = {**BORROWED, ("xquad", "test", "de"): questions("Where?")}
    assert [o.items for o in overlaps_of_xquad(registry, "squad", rows)] == [1]
    assert [o.items for o in overlaps_of_xquad(registry, "squad", rows, before=3, target=3)] == [0]
    assert [o.items for o in overlaps_of_xquad(registry, "squad", rows, target=3)] == [1, 0]


def test_paragraphs_with_other_questions(registry: Registry) -> None:
    paragraph = "Super Bowl 50 was an American football game."

    def question(text: str, name: str) -> QuestionRow:
        return QuestionRow(id=name, question=text, context=paragraph, answers=(Answer("Super Bowl 50", 0),))

    rows = {
        ("squad", "train", "en"): [question("Who played in the final of that year?", "aaaaaaaaaaaa")],
        ("squad_v2", "train", "en"): [question("What was it?", "bbbbbbbbbbbb")],
        ("squad_v2", "validation", "en"): [question("What was Super Bowl 50?", "cccccccccccc")] * 2,
    }
    overlaps = found(registry, rows, target="squad_v2", intermediate="squad")
    assert [(o.task, o.use, o.ids, o.items, o.texts, o.n) for o in overlaps] == [
        ("squad", "training", 0, 0, 2, 2),
        ("squad_v2", "training", 0, 0, 2, 2),
    ]


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("The CAT, sat.", "the cat sat"),
        ("ｆｕｌｌ width", "full width"),
        ("Straße — 5€", "strasse 5"),
        ("a\n b\t c", "a b c"),
        ("《紅樓夢》", "紅樓夢"),
        ("„Wie bitte?“", "wie bitte"),
    ],
)
def test_what_editing_changes_does_not_count(one: str, other: str) -> None:
    assert normalise(one) == normalise(other)


@pytest.mark.parametrize(("one", "other"), [("कि", "के"), ("மை", "மு"), ("a b", "ab"), ("1 2", "12"), ("ά", "α")])
def test_what_makes_another_word_does(one: str, other: str) -> None:
    assert normalise(one) != normalise(other)


def test_no_hash_that_differs_between_processes_reaches_a_record() -> None:
    code = """
from harness.planning.overlap import OverlapFinder
from harness.planning.data import Data
from harness.registry import default_registry
from harness.sources.mini.source import MiniSource
from types import SimpleNamespace
from harness.hyper import Hyper
data = Data(default_registry(), MiniSource(), 50)
trained = SimpleNamespace(task="pawsx", split="train", hyper=Hyper())
phase = SimpleNamespace(tasks=(trained,), phase="intermediate", development=None)
split = data.split("pawsx", "train", "en")
print([o.to_json() for o in OverlapFinder(default_registry(), data).of(split, (phase,))])
"""
    said = set()
    for salt in ("1", "2"):
        environment = {**os.environ, "PYTHONHASHSEED": salt}
        done = subprocess.run([sys.executable, "-c", code], check=True, stdout=subprocess.PIPE, env=environment)
        said.add(done.stdout.decode())
    assert len(said) == 1
    assert "'items': 50" in said.pop()


# --- the real rows


def real(registry: Registry, shared: Path, monkeypatch: pytest.MonkeyPatch, **changes: Any) -> list[Overlap]:
    monkeypatch.setenv("XHARNESS_SHARED", str(shared))
    layer = {"data": str(ROOT / "tests" / "real_rows.toml"), "model": "scratch", "baseline": False, **changes}
    settings = settings_from(registry, layer)
    data = Data(registry, open_source(settings.data, registry))
    plan = build_plan(settings, registry, data)
    (cell,) = plan.cells
    split = data.split(cell.task, cell.split, cell.language)
    return OverlapFinder(registry, data).of(split, cell.stage.checkpoint.phases)


def test_the_english_pawsx_stand_in_was_selected_on(
    registry: Registry, shared: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    overlaps = real(registry, shared, monkeypatch, target=("pawsx",), languages=("en",))
    (selection,) = (overlap for overlap in overlaps if overlap.use == "selection")
    assert (selection.split, selection.language) == ("validation", "en")
    assert selection.items == selection.texts == selection.n
    assert all(overlap.items < overlap.n for overlap in overlaps if overlap.use == "training")


def test_mnli_is_in_anlis_training_rows(registry: Registry, shared: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    overlaps = real(registry, shared, monkeypatch, target=("mnli",), intermediate=("anli",))
    assert [(overlap.task, overlap.same_rows) for overlap in overlaps if overlap.same_rows] == [("anli", True)]


@pytest.mark.parametrize(("target", "language", "intermediate"), [("xnli", "sw", "mnli"), ("xquad", "th", "squad")])
def test_targets_are_marked_after_the_task_that_they_train_on(
    registry: Registry, shared: Path, monkeypatch: pytest.MonkeyPatch, target: str, language: str, intermediate: str
) -> None:
    asked: dict[str, Any] = {"target": (target,), "languages": (language,), "intermediate": (intermediate,)}
    overlaps = real(registry, shared, monkeypatch, **asked)
    assert [(o.task, o.use, o.same_rows) for o in overlaps] == [(intermediate, "training", True)]
    assert real(registry, shared, monkeypatch, **asked | {"intermediate": ("qqp",)}) == []


def test_squads_own_development_rows_share_nothing_with_its_training_rows(
    registry: Registry, shared: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert real(registry, shared, monkeypatch, target=("squad",)) == []
