"""What a study writes: study.json and the page say what was answered, of every encoder, with figures of their own."""

from __future__ import annotations

import csv
import dataclasses
import io
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import msgspec
import pytest

from harness.config import Settings
from harness.documents.figures import Forest, Point
from harness.documents.html import html
from harness.documents.parts import Cell, Table
from harness.planning.session import Session
from harness.registry import Registry, default_registry
from harness.results.scores import Scores
from harness.statistics.answer import Question, answer, answer_by_interval
from harness.statistics.intervals import Interval
from harness.studied import ShownStudy
from harness.studies import session
from harness.studies.asked import Asked, asked_of
from harness.studies.base import Answered, DataTable, Findings, FromFiles, Study, StudyRun
from harness.studies.document import COLUMNS, StudyPart, check_folder, document, page, table, write
from harness.studies.evidence import Evidence
from harness.studies.options import StudyOptions
from harness.studies.readable import as_document
from harness.studies.session import (
    NO_ENCODER,
    StudyResult,
    answer_from_files,
    plan_study,
    pooled_answer,
)
from harness.studies.words import answer_words
from tests.flat import flat_row
from tests.raising import raises_code

STORED = Path(__file__).parents[2] / "docs" / "studies"
GAINS = {"first": [6.0, 7.0, 9.0], "second": [5.0, 6.0, 10.0], "third": [7.0, 9.0, 11.0]}
MEASURES = [
    {"arm": "none", "seed": 1, "clean": True, "measure": "cka", "value": 0.5, "unit": "", "n": None, "model_name": "m"}
    | {"run_directory": "runs/one"}
]


def study(runs: Sequence[StudyRun] = ()) -> Study:
    words = dict.fromkeys(("primary", "yes", "no", "cannot_tell", "corrected_for"), "x")
    tiers = {"smoke": StudyOptions(seeds=(1,)), "small": StudyOptions(seeds=(1, 2, 3))}
    return Study(
        name="made",
        question="Is it?",
        tiers=tiers,
        runs=lambda _: runs,
        analyse=lambda *_: pytest.fail("not asked"),
        **words,  # type: ignore[arg-type]
    )


def asked(**given: Any) -> Asked:
    return asked_of(study(), default_registry(), "small", given)


def result(*models: str) -> StudyResult:
    findings = {}
    for model in models:
        found = answer(GAINS[model], Question.GAIN, margin=5.0)
        forest = Forest(title=f"gains of {model}", unit="points", points=(Point(y=found.mean or 0.0),))
        findings[model] = Findings(primary=Answered("does it gain", found), figures=(forest,))
    rows = {model: Scores([flat_row(50.0, model_name=model), flat_row(51.0, step=4)]) for model in models}
    return StudyResult(
        asked=asked(models=models),
        findings=findings,
        pooled=pooled_answer(findings),
        evidence={model: Evidence(own, MEASURES, starts=(f"start of {model}",)) for model, own in rows.items()},
        runs=(Path("runs/one"),),
        remarks=("something to know",),
    )


def test_answers_stand_as_they_are() -> None:
    told = msgspec.to_builtins(document(result("first")))
    primary = told["findings"][0]["primary"]
    # Mean 7.33, standard deviation 1.53, t(0.975, 2) = 4.303: 3.79 on either side.
    assert [primary[name] for name in ("mean", "low", "high")] == pytest.approx([7.333, 3.539, 11.128], abs=0.001)
    assert (primary["reply"], primary["material"], primary["margin"], primary["n"]) == ("yes", False, 5.0, 3)
    assert (told["pooled"], list(told["remarks"]), list(told["runs"])) == (None, ["something to know"], ["one"])
    assert list(told["findings"][0]["starts"]) == ["start of first"]


def test_encoders_in_general_are_asked_of_three_and_not_of_two() -> None:
    assert result("first", "second").pooled is None
    pooled = document(result("first", "second", "third")).pooled
    assert pooled is not None
    assert pooled.mean == pytest.approx((22 / 3 + 7 + 9) / 3)
    assert (pooled.n, pooled.unit) == (3, "encoders")


def test_every_encoder_has_figures_of_its_own(tmp_path: Path) -> None:
    found = result("first", "second")
    write(found, tmp_path)
    for part in document(found).findings:
        (name,) = part.figures
        assert f"gains of {part.model}" in (tmp_path / name).read_text(encoding="utf-8")
        assert f"]({name})" in page(found)
    assert "something to know" in page(found)
    write(result("first"), tmp_path)
    assert sorted(path.name for path in tmp_path.glob("*.svg")) == ["figure-1-1.svg"]


def test_the_flat_table_has_a_row_for_each_score_and_measure() -> None:
    rows = list(csv.DictReader(io.StringIO(table(result("first", "second")))))
    assert tuple(rows[0]) == COLUMNS
    own = [("accuracy", "50.0", ""), ("accuracy", "51.0", "4"), ("cka", "0.5", "")]
    assert [(row["model"], row["metric"], row["value"], row["step"]) for row in rows] == [
        (model, *one) for model in ("first", "second") for one in own
    ]


def test_further_numbers_are_files_of_all_encoders(tmp_path: Path) -> None:
    found = result("first", "second")
    data = {
        model: DataTable(name="picks", columns=("seed", "worth"), rows=((1, 0.5), (2, value)))
        for model, value in (("first", 3), ("second", "="))
    }
    with_data = {model: replace(own, data=(data[model],)) for model, own in found.findings.items()}
    write(replace(found, findings=with_data), tmp_path)
    assert (tmp_path / "data-picks.csv").read_text(encoding="utf-8").splitlines() == [
        "model,seed,worth",
        "first,1,0.5",
        "first,2,3",
        "second,1,0.5",
        "second,2,'=",
    ]
    told = document(replace(found, findings=with_data)).findings
    assert [one.data for one in told] == [("data-picks.csv",)] * 2
    check_folder(tmp_path, "made")
    write(found, tmp_path)
    assert not list(tmp_path.glob("data-*"))


def test_only_what_a_study_wrote_is_written_anew(tmp_path: Path) -> None:
    write(result("first"), tmp_path)
    check_folder(tmp_path, "made")
    with raises_code("study-output-taken"):
        check_folder(tmp_path, "another")
    (tmp_path / "mine.txt").write_text("", encoding="utf-8")
    with raises_code("study-output-taken", "mine.txt"):
        check_folder(tmp_path, "made")


def test_what_is_given_beats_what_the_study_says(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    wanted: list[Settings] = []

    def plan(settings: Settings, *_: object, **__: object) -> Session:
        wanted.append(settings)
        return Session("train", SimpleNamespace(cells=()), None, Path())  # type: ignore[arg-type]

    monkeypatch.setattr(session, "plan_training", plan)
    own = StudyRun(settings={"target": ["pawsx"], "set": {"target.lr": 1.0, "batch_size": 8}})
    of_it = asked_of(study([own]), Registry(), "small", {"set": {"target.lr": 2.0}, "languages": ("en",)})
    plan_study(of_it, Registry(), tmp_path)
    (settings,) = wanted
    assert dict(settings.set) == {"target.lr": 2.0, "batch_size": 8}
    assert (settings.languages, settings.seeds, settings.target) == (("en",), (1, 2, 3), ("pawsx",))


def test_a_correlation_is_told_in_its_own_words() -> None:
    interval = Interval(low=0.12, high=0.72, level=0.95, method="permutations", answers="other tasks")
    found = answer_by_interval(
        0.42, interval, Question.GAIN, margin=0.1, n=9, unit="tasks", quantity="rank correlation", p=0.01
    )
    assert answer_words(Answered("are they alike", found)) == (
        "are they alike: yes, and it matters. rank correlation +0.42 over 9 tasks; the 95 % interval [+0.12, +0.72] "
        "lies above 0 and beyond the margin of 0.1"
    )


def test_files_answer_without_any_run(tmp_path: Path) -> None:
    found = answer(GAINS["first"], Question.GAIN, margin=5.0)
    files = FromFiles(options=("margin",), answer=lambda _: Findings(primary=Answered("of a file", found)))
    own = dataclasses.replace(study(), from_files=files)
    idle = asked_of(own, default_registry(), "small", {"seeds": [1], "margin": 2.0})
    with raises_code("option-beside-file", "--seeds"):
        answer_from_files(idle, default_registry())
    for tier in ("small", "smoke"):
        with raises_code("option-beside-file", "--tier"):
            answer_from_files(asked_of(own, default_registry(), tier, {}), default_registry())
    # One that says otherwise what is read has an effect.
    tiers = {**own.tiers, "smoke": StudyOptions(seeds=(1,), margin=3.0)}
    wide = asked_of(dataclasses.replace(own, tiers=tiers), default_registry(), "smoke", {})
    assert answer_from_files(wide, default_registry()) is not None
    given = asked_of(own, default_registry(), None, {})
    told = answer_from_files(given, default_registry())
    assert told is not None
    (part,) = document(told).findings
    assert (part.model, part.primary.asked, document(told).runs) == (NO_ENCODER, "of a file", ())
    text = write(told, tmp_path).read_text(encoding="utf-8")
    assert "nothing was run" in text
    # What no run had is not told as if one had.
    assert "seeds;" not in text.partition("## How this was made")[2]
    assert answer_from_files(asked(), default_registry()) is None


@pytest.mark.parametrize(
    ("cells", "told", "untold"),
    [
        ((Cell(text="+2.0 ± 1.0", best=True), Cell(text="+1.0 ± 2.0")), ("±", "Bold"), ()),
        ((Cell(text="+1.0 ± 2.0"), Cell(text="3e-4", best=True)), ("±",), ("Bold",)),
        ((Cell(text="+1.0"), Cell(text="3e-4", best=True)), (), ("±", "Bold")),
    ],
    ids=["bold", "no bold interval", "no interval"],
)
def test_pages_say_what_halves_and_bold_numbers_are(
    cells: tuple[Cell, ...], told: Sequence[str], untold: Sequence[str]
) -> None:
    found = result("first")
    shown = Table("t", ("a", "b"), (cells,))
    found = replace(found, findings={"first": replace(found.findings["first"], tables=(shown,))})
    words = {"±": "± in these tables is half of a 95 % interval.", "Bold": "leaves out 0, each by itself"}
    screen = " ".join(str(ShownStudy(found)).split())
    for text in (page(found), html(as_document(found)), screen):
        assert all(words[one] in text for one in told)
        assert not any(words[one] in text for one in untold)


@pytest.mark.parametrize("folder", sorted(STORED.glob("*/study.json")), ids=lambda path: path.parent.name)
def test_stored_answers_are_of_the_schema(folder: Path) -> None:
    told = msgspec.json.decode(folder.read_bytes(), type=StudyPart)
    text = (folder.parent / "README.md").read_text(encoding="utf-8").replace("\\_", "_")
    assert all(f"{one.name} {one.value}" in text for one in told.otherwise)
    assert ("fixed beforehand" in text) is not bool(told.otherwise)
