"""The report of runs, from simulated ones whose answers are known."""

from __future__ import annotations

import dataclasses
import json
import shutil
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest

from harness.documents.html import html
from harness.documents.parts import Document, Illustration, Paragraph, Part, Section, Table
from harness.item_scores import item_scores
from harness.registry import default_registry
from harness.report.chapters.mistakes import _wrong
from harness.report.loaded import LoadedRun, load_run
from harness.report.page import Asked, report_of
from harness.results.records import FILE
from harness.results.scores import Scores
from harness.testing.simulated import simulate
from harness.testing.worlds import Place, SimulatedTask, World
from harness.testing.written import write_run
from tests.raising import raises_code

HOSTILE = "<script>alert(1)</script>\u202e"


def world(effect: float = 20.0, **other: object) -> World:
    def gain(place: Place) -> float:
        return 0.0 if place.arm == "none" else effect

    languages = ("en", "de", "hi", "sw", "ur")
    tasks = tuple(SimulatedTask(name=name, languages=languages, items=80) for name in ("xnli", "xcopa"))
    given: dict[str, object] = {"arms": ("none", "mnli", "squad"), "tasks": tasks, "seeds": 3, "effect": gain}
    return World(**{**given, **other})  # type: ignore[arg-type]


Loaded = Callable[..., LoadedRun]


@pytest.fixture(scope="module")
def stored(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_run(simulate(world(), seed=1, intervals=True), tmp_path_factory.mktemp("runs"), "simulated")


@pytest.fixture(scope="module")
def run(stored: Path) -> LoadedRun:
    return load_run(stored, stored.parent / "store")


def written(tmp_path: Path, given: World, name: str = "other") -> LoadedRun:
    directory = write_run(simulate(given, seed=1, intervals=True), tmp_path, name)
    return load_run(directory, tmp_path / "store")


def every(parts: Sequence[Part]) -> Iterator[Part]:
    for part in parts:
        yield part
        if isinstance(part, Section):
            yield from every(part.parts)


def texts(document: Document) -> list[str]:
    return [part.text for part in every(document.parts) if isinstance(part, Paragraph)]


def section(document: Document, title: str) -> Section:
    (found,) = (part for part in every(document.parts) if isinstance(part, Section) and part.title == title)
    return found


def numbers(document: Document) -> dict[str, Table]:
    """The numbers beside figures, by the beginning of the figures' titles."""
    found = (part for part in every(document.parts) if isinstance(part, Illustration))
    return {part.figure.title.partition(",")[0]: part.table for part in found if part.table}


def test_it_answers_first_and_with_an_interval(run: LoadedRun) -> None:
    first = report_of([run], Asked()).parts[0]
    assert isinstance(first, Section)
    answer = texts(Document("", first.parts))[0]
    assert answer.startswith(
        "Is there a gain? Asked of the mean of 2 arms against no intermediate training, on 2 targets in other "
        "languages than English: yes, and it matters. +18.4 points over 3 seeds; the "
        "95 % interval [+14.32, +22.50]"
    )


def test_the_answer_does_not_depend_on_which_arm_is_best(run: LoadedRun) -> None:
    whole, one = (texts(report_of([run], Asked(contrast=name)))[0] for name in (None, "squad"))
    assert "Asked of the mean of 2 arms" in whole
    assert "Asked of arm squad against no intermediate training" in one
    with raises_code("unknown-arm"):
        report_of([run], Asked(contrast="qqp"))


def test_a_margin_that_decides_nothing_is_refused(run: LoadedRun) -> None:
    with raises_code("margin-not-positive"):
        report_of([run], Asked(margin=0.0))


def test_languages_stand_by_their_resources_with_means(run: LoadedRun) -> None:
    shown = numbers(report_of([run], Asked()))["Gain by language"]
    names = [row[0].text for row in shown.rows]
    # Swahili is of class 2, Urdu of 3, German and Hindi of 5 and 4; of one language a mean would say nothing new.
    assert names == [
        "sw Swahili",
        "ur Urdu",
        "hi Hindi",
        "de German",
        "mean, high-resource",
        "mean without en",
        "en English",
    ]
    by_name = {row[0].text: float(row[3].text.split()[0]) for row in shown.rows}
    high = (by_name["hi Hindi"] + by_name["de German"]) / 2
    assert by_name["mean, high-resource"] == pytest.approx(high, abs=0.1)
    four = [by_name[name] for name in ("sw Swahili", "ur Urdu", "hi Hindi", "de German")]
    assert by_name["mean without en"] == pytest.approx(sum(four) / 4, abs=0.1)


def test_languages_of_a_group_stand_by_their_class(tmp_path: Path) -> None:
    # By script alone, Swahili (2) would stand before Malayalam (1), and French (5) before Turkish (4) and Hindi (4).
    tasks = (SimulatedTask(name="xnli", languages=("en", "fr", "tr", "hi", "sw", "ml", "de", "bg"), items=20),)
    document = report_of([written(tmp_path, world(tasks=tasks, seeds=2))], Asked(mistakes=None))
    rows = [row for row in numbers(document)["Gain by language"].rows if row[1].text and row[0].text != "en English"]
    assert [row[0].text[:2] for row in rows] == ["ml", "sw", "bg", "hi", "tr", "de", "fr"]
    assert [row[1].text for row in rows] == sorted(row[1].text for row in rows)


def test_gains_by_arm_and_target_say_what_their_intervals_are_for(run: LoadedRun, tmp_path: Path) -> None:
    def note(document: Document) -> str:
        (found,) = (
            part.note
            for part in every(document.parts)
            if isinstance(part, Illustration) and part.figure.title.startswith("Gain by arm and target")
        )
        return found

    said = "Intervals of targets are for other seeds on the same items"
    assert said in note(report_of([run], Asked()))
    # Those of one seed are all for other items.
    tasks = (SimulatedTask(name="xnli", languages=("en", "de"), items=20),)
    one = written(tmp_path, world(tasks=tasks, seeds=1))
    assert said not in note(report_of([one], Asked(mistakes=None)))


def test_gains_by_arm_and_target_are_those_of_the_tables(run: LoadedRun) -> None:
    shown = numbers(report_of([run], Asked()))["Gain by arm and target"]
    assert shown.columns == ("arm", "xnli", "xcopa", "mean")
    expected = {(one.arm, one.task): mean.value for one in run.comparisons if (mean := one.mean("gain", english=False))}
    for row in shown.rows:
        for task, cell in zip(("xnli", "xcopa"), row[1:], strict=False):
            assert float(cell.text.split()[0]) == pytest.approx(expected[row[0].text, task], abs=0.051)


def test_every_score_is_there_and_marks_are_explained(run: LoadedRun) -> None:
    document = report_of([run], Asked())
    tables = [part for part in section(document, "Every score").parts if isinstance(part, Table)]
    assert len(tables) == 2 * 2 + 2  # a table an arm and task, then one a task
    told = section(document, "What to know about these scores")
    assert any("Student's t" in text for text in texts(Document("", told.parts)))


def test_it_is_the_same_bytes_twice(stored: Path) -> None:
    made = [html(report_of([load_run(stored, stored.parent / "store")], Asked())) for _ in range(2)]
    assert made[0] == made[1]


def test_items_that_arms_get_wrong_are_shown_with_what_each_says(run: LoadedRun) -> None:
    document = report_of([run], Asked())
    found = section(document, "xnli sw")
    (table,) = (part for part in found.parts if isinstance(part, Table))
    assert table.columns == ("text", "right answer", "none", "mnli", "squad")
    assert 0 < len(table.rows) <= 20
    for row in table.rows:
        gold, answers = row[1].text, row[2:]
        assert [cell.best for cell in answers] == [cell.text == gold for cell in answers]
        assert not all(cell.best for cell in answers)
    left_out = report_of([run], Asked(mistakes=None))
    assert not any(isinstance(part, Section) and part.title == "xnli sw" for part in every(left_out.parts))


def test_where_predictions_are_gone_it_says_so(stored: Path, tmp_path: Path) -> None:
    copied = shutil.copytree(stored, tmp_path / stored.name)
    document = report_of([load_run(copied, tmp_path / "store")], Asked())
    assert any(text.endswith("predictions are gone") for text in texts(document))
    assert texts(document)[0].startswith("Is there a gain? ")
    assert any("for other seeds on the same items, since predictions are gone." in text for text in texts(document))
    whole = report_of([load_run(stored, stored.parent / "store")], Asked())
    assert any("for other seeds and other items." in text for text in texts(whole))


def test_one_seed_is_said_to_be_one(tmp_path: Path) -> None:
    document = report_of([written(tmp_path, world(seeds=1))], Asked())
    answer = texts(document)[0]
    assert answer.endswith("; what other seeds would give, one seed does not tell.")
    assert "for other items like these, with these checkpoints" in texts(document)[2]


def test_one_language_and_no_arm_to_compare(tmp_path: Path) -> None:
    tasks = (SimulatedTask(name="xnli", languages=("en",), items=40),)
    english = report_of([written(tmp_path, world(tasks=tasks))], Asked())
    assert "on 1 target in English" in texts(english)[0]
    alone = report_of([written(tmp_path, world(arms=("none",), tasks=tasks), "alone")], Asked())
    assert texts(alone)[0] == "No arm with a score is compared with another one here, so there is no gain to ask about."
    assert html(alone).startswith("<!doctype html>")


def test_failures_are_told(stored: Path, tmp_path: Path) -> None:
    copied = shutil.copytree(stored, tmp_path / stored.name)
    lines = [json.loads(line) for line in (copied / FILE).read_text().splitlines()]
    for line in lines:
        if line["record"] == "score" and line["result"]["at"]["language"] == "ur":
            line["result"] |= {"status": "failed", "value": None, "interval": None, "error": f"ran out {HOSTILE}"}
    (copied / FILE).write_text("".join(f"{json.dumps(line)}\n" for line in lines))
    document = report_of([load_run(copied, stored.parent / "store")], Asked())
    assert any(text.startswith("failed: xnli ur after mnli") for text in texts(document))
    assert "<script>alert" not in html(document)
    shown = numbers(document)["Gain by language"]
    assert "ur Urdu" not in {row[0].text for row in shown.rows if row[3].text != "-"}


def test_many_arms_do_not_make_it_large(tmp_path: Path) -> None:
    arms = ("none", *(f"arm-{number}: mnli{{steps={number + 1}}}" for number in range(150)))
    tasks = (SimulatedTask(name="xnli", languages=("en", "de", "sw"), items=4),)
    document = report_of([written(tmp_path, world(arms=arms, tasks=tasks, seeds=1))], Asked(mistakes=None))
    assert "The first 40 of 150 arms are shown, in the order of the run." in texts(document)
    assert len(numbers(document)["Gain by arm and target"].rows) == 40
    assert len(html(document)) < 460_000


def test_later_evaluations_do_not_change_the_answer(stored: Path, tmp_path: Path) -> None:
    from harness.results.find import StoredRun
    from harness.results.runs import described

    own = load_run(stored, stored.parent / "store")
    lines = [json.loads(line) for line in (stored / FILE).read_text().splitlines()]
    for line in lines:
        if line["record"] == "score":
            line["result"]["at"]["language"] = {"sw": "th"}.get(line["result"]["at"]["language"], "te")
            line["result"]["value"] = 99.0
    later = tmp_path / "later"
    shutil.copytree(stored, later)
    (later / FILE).write_text(
        "".join(
            f"{json.dumps(line)}\n"
            for line in lines
            if line["record"] != "score" or line["result"]["at"]["language"] == "th"
        )
    )
    info = json.loads((later / "run.json").read_text())
    (later / "run.json").write_text(json.dumps(info | {"command": "eval", "of": stored.name}))
    both = load_run(stored, stored.parent / "store", [StoredRun(later, described(later))])
    assert {row["language"] for row in both.main.rows} - {row["language"] for row in own.main.rows} == {"th"}
    first, second = (report_of([one], Asked(mistakes=None)) for one in (own, both))
    assert texts(first)[0] == texts(second)[0]
    assert numbers(first) == numbers(second)
    assert any(text.startswith("evaluation ") and "xnli" in text for text in texts(second))


def test_what_rows_are_worth_stands_below_the_answer(run: LoadedRun) -> None:
    told = texts(Document("", section(report_of([run], Asked()), "Answer").parts))
    assert any("Differences within 1 point do not matter." in text for text in told)
    assert not any("stand-in" in text for text in told)
    marked = [{**row, "stand_in": True} for row in run.scores.rows]
    other = dataclasses.replace(run, scores=Scores(marked, run.scores.items))
    told = texts(Document("", section(report_of([other], Asked()), "Answer").parts))
    assert told[1] == "Its rows are of the source simulated, which is not installed here."
    assert told[2].startswith("Some of these scores are of stand-in rows: not the dataset's official split")


def test_the_gap_to_english_is_told_before_and_after(run: LoadedRun) -> None:
    gains = section(report_of([run], Asked()), "Gains")
    (table,) = (part for part in gains.parts if isinstance(part, Table))
    expected = {(one.task, one.arm): one for one in run.comparisons}
    for row in table.rows:
        one = expected[row[0].text, row[1].text]
        before, after = one.transfer_gap("baseline"), one.transfer_gap("score")
        assert before
        assert after
        assert float(row[2].text.split()[0]) == pytest.approx(before.value, abs=0.051)
        assert float(row[3].text.split()[0]) == pytest.approx(after.value, abs=0.051)
        assert float(row[4].text.split()[0]) == pytest.approx(after.value - before.value, abs=0.11)


def test_an_arm_without_a_target_has_no_mean_over_targets(stored: Path, tmp_path: Path) -> None:
    copied = shutil.copytree(stored, tmp_path / stored.name)
    lines = [json.loads(line) for line in (copied / FILE).read_text().splitlines()]
    kept = [
        line
        for line in lines
        if line["record"] != "score"
        or (line["result"]["at"]["arm"], line["result"]["at"]["task"]) != ("squad", "xcopa")
    ]
    (copied / FILE).write_text("".join(f"{json.dumps(line)}\n" for line in kept))
    document = report_of([load_run(copied, stored.parent / "store")], Asked())
    means = {row[0].text: row[-1].text for row in numbers(document)["Gain by arm and target"].rows}
    assert means["squad"] == "-"
    assert means["mnli"] != "-"


def test_several_runs_answer_each_for_itself(run: LoadedRun, tmp_path: Path) -> None:
    none = written(tmp_path, world(effect=0.0))
    document = report_of([run, none], Asked())
    overview = section(document, "Runs").parts[0]
    assert isinstance(overview, Table)
    replies = {row[0].text: row[-1].text for row in overview.rows}
    assert replies["simulated"].startswith("yes")
    assert not replies["other"].startswith("yes")
    assert [part.title for part in document.parts if isinstance(part, Section)] == ["Runs", "simulated", "other"]


def test_tables_that_would_make_it_too_large_are_left_out_by_name(run: LoadedRun) -> None:
    document = report_of([run], Asked(rows=10))
    assert any("`xharness summary simulated` shows them" in text for text in texts(document))


def test_what_equals_its_gold_answer_is_no_mistake() -> None:
    metric = default_registry().metric("span_f1")
    columns: dict[str, list[Any]] = {
        "key": ["a", "b"],
        "gold": [["O", "O"], ["B-PER", "O"]],
        "prediction": [["O", "O"], ["O", "O"]],
        "language": ["en", "en"],
    }
    found = item_scores(metric, columns)
    assert list(_wrong(found, columns["prediction"], columns["gold"])) == [1]
