"""Bitext mining in a run: the threshold comes from the validation rows of the same language, never from test rows."""

from __future__ import annotations

import dataclasses
import random
import shutil
from typing import TYPE_CHECKING, Any

import pytest

from harness.evaluation import predictions
from harness.evaluation.rescore import rescore
from harness.kinds.search.mining import best_threshold
from tests.raising import raises_code

if TYPE_CHECKING:
    from pathlib import Path

    from harness.metrics import Metric
    from tests.planning.conftest import Bench

WORDS = "the old red cat sees a small green dog near every house while nobody hears three birds sing"

MAP = """
[bucc2018.validation]
file = "bucc2018/{language}-en.dev.{language}"
format = "xtreme"
languages = ["de", "fr"]
[bucc2018.test]
file = "bucc2018/{language}-en.test.{language}"
format = "xtreme"
languages = ["de", "fr"]
"""


def bitext(name: str, pairs: int, others: int) -> dict[str, str]:
    """Three files: pairs of the same words in opposite order, and other sentences of each side."""
    draw = random.Random(name)
    foreign, english = ([draw.choices(WORDS.split(), k=6) for _ in range(pairs + others)] for _ in range(2))
    english[:pairs] = [list(reversed(words)) for words in foreign[:pairs]]
    sides = {"foreign": foreign, "en": english}
    texts = {
        side: "".join(f"{side}-{i}\t{' '.join(words)}\n" for i, words in enumerate(sentences))
        for side, sentences in sides.items()
    }
    return {**texts, "gold": "".join(f"foreign-{i}\ten-{i}\n" for i in range(pairs))}


def with_map(bench: Bench, directory: Path) -> Bench:
    """The same, but on a copy of its files that a test may change."""
    shutil.copytree(bench.map.parent, directory)
    return dataclasses.replace(bench, map=directory / bench.map.name, _data={})


@pytest.fixture
def mining(bench: Bench, tmp_path: Path) -> Bench:
    changed = with_map(bench, tmp_path / "mining")
    changed.map.write_text(changed.map.read_text() + MAP)
    (changed.map.parent / "bucc2018").mkdir()
    for language in ("de", "fr"):
        for split, pairs, others in (("dev", 6, 9), ("test", 8, 12)):
            for side, text in bitext(f"{language} {split}", pairs, others).items():
                suffix = language if side == "foreign" else side
                (changed.map.parent / f"bucc2018/{language}-en.{split}.{suffix}").write_text(text)
    return changed


def test_test_pairs_are_mined_by_the_threshold_of_development_pairs(mining: Bench) -> None:
    outcome = mining.run(target=("bucc2018",), baseline=False)
    assert outcome.failures == []
    scores = mining.results(outcome)
    # Both sets of BUCC count their sentences from 1, which is no overlap.
    assert [score["overlap"] for score in scores] == [[], []]
    assert [(score["language"], score["split"], score["metric"], score["n"]) for score in scores] == [
        ("de", "test", "mining_f1", 20),
        ("fr", "test", "mining_f1", 20),
    ]
    thresholds = []
    for score in scores:
        directory = mining.store.path("predict", score["predictions"])
        development = predictions.read(directory, predictions.TUNING_FILE)
        assert len(development) == 15
        assert {row["key"].split(":")[0] for row in development} == {
            f"bucc2018/{score['language']}-en.dev.{score['language']}"
        }
        rows = predictions.read(directory)
        (threshold,) = {row["threshold"] for row in rows}
        assert threshold == best_threshold(predictions.columns_of(development)) > 0
        mined = [row for row in rows if row["prediction"] is not None and row["score"] >= threshold]
        right = sum(row["prediction"] in row["gold"] for row in mined)
        assert score["value"] == pytest.approx(200 * right / (len(mined) + 8))
        thresholds.append(threshold)
    assert thresholds[0] != thresholds[1]


def test_scores_are_computed_anew_without_the_model(mining: Bench) -> None:
    outcome = mining.run(target=("bucc2018",), baseline=False)
    shutil.rmtree(mining.store.root / "train")
    again = rescore(outcome.directory, mining.store.root, mining.registry)
    assert (again.compared, again.changed, again.failed) == (2, 0, 0)


def test_scored_development_rows_are_marked_as_selected_on(mining: Bench) -> None:
    text = mining.map.read_text()
    mining.map.write_text(text.partition("[bucc2018.test]")[0])
    (score, _) = mining.results(mining.run(target=("bucc2018",), baseline=False))
    assert score["split"] == "validation"
    (overlap,) = score["overlap"]
    assert (overlap["task"], overlap["use"], overlap["items"], overlap["n"]) == ("bucc2018", "selection", 30, 30)


def test_other_development_rows_make_other_predictions_but_not_for_other_kinds(mining: Bench, tmp_path: Path) -> None:
    def digests(bench: Bench) -> dict[tuple[str, str], str]:
        plan = bench.plan(target=("bucc2018", "tatoeba"), baseline=False)
        return {(cell.task, cell.language): cell.stage.digest for cell in plan.cells}

    before = digests(mining)
    changed = with_map(mining, tmp_path / "changed")
    english = changed.map.parent / "bucc2018/de-en.dev.en"
    english.write_text(english.read_text() + "en-99\tone more\n")
    after = digests(changed)
    assert len(before) == 4
    assert {key for key in before if before[key] != after[key]} == {("bucc2018", "de")}


def test_another_metric_that_tunes_makes_other_predictions(mining: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    def digests() -> dict[str, str]:
        plan = mining.plan(target=("bucc2018", "tatoeba"), languages=("de",), baseline=False)
        return {cell.task: cell.stage.digest for cell in plan.cells}

    def with_metric(metric: Metric) -> dict[str, str]:
        metrics = {**mining.registry.metrics, "mining_f1": metric}
        monkeypatch.setattr(mining.registry, "metrics", metrics)
        return digests()

    before, metric = digests(), mining.registry.metric("mining_f1")
    newer, renamed = (
        with_metric(dataclasses.replace(metric, version=2)),
        with_metric(dataclasses.replace(metric, name="other_f1")),
    )
    assert len({before["bucc2018"], newer["bucc2018"], renamed["bucc2018"]}) == 3
    assert before["tatoeba"] == newer["tatoeba"] == renamed["tatoeba"]


def test_a_language_without_development_rows_is_refused_before_training(mining: Bench, tmp_path: Path) -> None:
    changed = with_map(mining, tmp_path / "changed")
    text = changed.map.read_text()
    both = 'dev.{language}"\nformat = "xtreme"\nlanguages = ["de", "fr"]'
    assert both in text
    changed.map.write_text(text.replace(both, both.replace(', "fr"', "")))
    with raises_code("no-rows", "validation", "bucc2018", "fr"):
        changed.plan(target=("bucc2018",))


def test_a_metric_that_changed_for_some_gold_makes_other_predictions_only_where_development_rows_have_such(
    mining: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    def digest(**changed: Any) -> str:
        metric = dataclasses.replace(mining.registry.metric("mining_f1"), **changed)
        with monkeypatch.context() as patch:
            patch.setattr(mining.registry, "metrics", {**mining.registry.metrics, "mining_f1": metric})
            (cell,) = mining.plan(target=("bucc2018",), languages=("de",), baseline=False).cells
            return cell.stage.digest

    asked: list[Any] = []
    assert digest(version=2, changed=asked.append) == digest()
    assert [] in asked
    assert ["en-0"] in asked
    assert digest(version=2, changed=lambda gold: "en-5" in gold) == digest(version=2) != digest()
    # It is a pair of the test rows alone.
    assert digest(version=2, changed=lambda gold: "en-7" in gold) == digest()


SQUAD_V2_MAP = """
[squad_v2.train]
file = "squad/train.json"
[squad_v2.validation]
file = "squad/validation.json"
"""


def test_unanswerable_questions_are_tuned_on_the_scored_rows_only_where_the_task_has_such_a_metric(
    bench: Bench, tmp_path: Path
) -> None:
    changed = with_map(bench, tmp_path / "squad")
    changed.map.write_text(changed.map.read_text() + SQUAD_V2_MAP)
    outcome = changed.run(target=("squad", "squad_v2"), baseline=False)
    assert outcome.failures == []
    scores = {(score["task"], score["metric"]): score for score in changed.results(outcome)}
    assert [metric for task, metric in scores if task == "squad_v2"] == [
        "squad_f1",
        "squad_exact_match",
        "squad_v2_f1",
        "squad_v2_exact_match",
    ]
    assert scores["squad", "squad_f1"]["overlap"] == []
    (overlap,) = scores["squad_v2", "squad_v2_f1"]["overlap"]
    assert (overlap["task"], overlap["use"], overlap["items"], overlap["n"]) == ("squad_v2", "selection", 12, 12)
    directory = changed.store.path("predict", scores["squad_v2", "squad_f1"]["predictions"])
    columns = predictions.read_columns(directory)
    assert len(set(columns["threshold"])) == 1
    # Every question has an answer here, so no threshold is better than one that answers all that gains by it.
    assert scores["squad_v2", "squad_v2_f1"]["value"] >= scores["squad_v2", "squad_f1"]["value"]
    assert (directory / predictions.TUNING_FILE).is_file()
    plain = changed.store.path("predict", scores["squad", "squad_f1"]["predictions"])
    assert "threshold" not in predictions.read_columns(plain)
    assert not (plain / predictions.TUNING_FILE).exists()
