"""Scores of folders: the reference's fixture, and by hand what the reference has no fixture for."""

from __future__ import annotations

import gc
import json
from collections.abc import Callable
from pathlib import Path

import pytest

from harness.benchmarks.aggregate import aggregates
from harness.benchmarks.definition import benchmark
from harness.benchmarks.scoring import FolderScores, score_folder
from harness.errors import UserError
from harness.registry import default_registry
from tests.raising import raises_code

Folders = Callable[..., Path]


@pytest.fixture
def goldens(shared: Path) -> Path:
    return shared / "goldens" / "xtreme"


def scored(predictions: Path, labels: Path, name: str, *, partial: bool = False) -> FolderScores:
    registry = default_registry()
    return score_folder(predictions, labels, benchmark(name, registry), registry, partial=partial)


def test_xtreme_is_scored_as_by_the_reference(goldens: Path) -> None:
    expected = json.loads((goldens / "expected.json").read_text(encoding="utf-8"))
    scores = scored(goldens / "predictions", goldens / "labels", "xtreme")
    means = aggregates(scores.values, benchmark("xtreme", default_registry()))
    found = {task: {name: mean.value for name, mean in m.metrics.items()} for task, m in means.tasks.items()}
    assert found == {task: pytest.approx(values, abs=1e-9) for task, values in expected["xtreme"].items()}
    overall = expected["xtreme_groups"].pop("all_task")
    assert {name: mean.value for name, mean in means.groups.items()} == pytest.approx(
        expected["xtreme_groups"], abs=1e-9
    )
    assert means.overall is not None
    assert means.overall.value == pytest.approx(overall, abs=1e-9)
    assert (scores.missing, scores.other_tasks) == ((), ("mewslix",))


def test_xtreme_r_is_scored_as_by_the_reference_where_it_has_a_fixture(goldens: Path) -> None:
    expected = json.loads((goldens / "expected.json").read_text(encoding="utf-8"))["xtreme_r"]
    scores = scored(goldens / "predictions", goldens / "labels", "xtreme-r", partial=True)
    means = aggregates(scores.values, benchmark("xtreme-r", default_registry()), partial=True)
    found = {task: {name: mean.value for name, mean in means.tasks[task].metrics.items()} for task in expected}
    assert found == {task: pytest.approx(values, abs=1e-9) for task, values in expected.items()}
    assert scores.missing[:2] == ("xcopa", "udpos in lt pl uk wo ro")
    assert scores.other_tasks == ("bucc2018", "pawsx")


def test_each_file_of_the_fixture_is_scored_by_itself(goldens: Path) -> None:
    values = scored(goldens / "predictions", goldens / "labels", "xtreme").values
    gold = (goldens / "labels" / "pawsx" / "test-de.tsv").read_text(encoding="utf-8").split()
    predicted = (goldens / "predictions" / "pawsx" / "test-de.tsv").read_text(encoding="utf-8").split()
    assert ("".join(gold), "".join(predicted)) == ("1001001101", "0011011011")
    # 1001001101
    # 0011011011
    #  1 11 1  1   equal at places 2, 4, 5, 7 and 10
    assert values["pawsx"]["accuracy"]["de"] == 50.0


def test_lareqa_by_hand(make_folder: Folders) -> None:
    # en, question a: right s1 and s2, ranked s1 s9 s2: (1/1 + 2/3) / 2 = 5/6; question b: right s3, second: 1/2.
    # The mean is 2/3. de: a has none of its candidates ranked: 0; b has it first: 1. The mean is 1/2.
    gold = json.dumps({"a": ["s1", "s2"], "b": ["s3"]})
    labels = make_folder("labels", {"lareqa/test-en.json": gold, "lareqa/test-de.json": gold})
    predictions = make_folder(
        "predictions",
        {
            "lareqa/test-en.json": '{"a": ["s1", "s9", "s2"], "b": ["s8", "s3"]}',
            "lareqa/test-de.json": '{"a": ["s7"], "b": ["s3", "s1"]}',
        },
    )
    values = scored(predictions, labels, "xtreme-r", partial=True).values
    assert values == {"lareqa": {"map@20": pytest.approx({"en": 200 / 3, "de": 50.0})}}


def test_right_candidates_beyond_twenty_divide_by_twenty(make_folder: Folders) -> None:
    # 25 right candidates, the first ten ranks right: ten precisions of 1, divided by 20.
    gold = json.dumps({"a": [f"s{i}" for i in range(25)]})
    labels = make_folder("labels", {"lareqa/test-en.json": gold})
    predictions = make_folder("predictions", {"lareqa/test-en.json": json.dumps({"a": [f"s{i}" for i in range(10)]})})
    assert scored(predictions, labels, "xtreme-r", partial=True).values["lareqa"]["map@20"] == {"en": 50.0}


def test_mewslix_by_hand_over_languages(make_folder: Folders) -> None:
    # ar: ranks 1 and 2: (1 + 1/2) / 2 = 75 %. de: rank 4 and not found: (1/4 + 0) / 2 = 12.5 %. Mean: 43.75 %.
    gold = '{"m": ["Q1"], "n": ["Q2"]}'
    labels = make_folder("labels", {"mewslix/test-ar.json": gold, "mewslix/test-de.json": gold})
    predictions = make_folder(
        "predictions",
        {
            "mewslix/test-ar.json": '{"m": ["Q1", "Q2"], "n": ["Q1", "Q2"]}',
            "mewslix/test-de.json": '{"m": ["Q7", "Q8", "Q9", "Q1"], "n": ["Q1"]}',
        },
    )
    scores = scored(predictions, labels, "xtreme-r", partial=True)
    assert scores.values["mewslix"]["map@20"] == {"ar": 75.0, "de": 12.5}
    means = aggregates(scores.values, benchmark("xtreme-r", default_registry()), partial=True)
    assert means.tasks["mewslix"].score.value == 43.75


def test_xcopa_by_hand_over_languages(make_folder: Folders) -> None:
    # et: 3 of 4 right; ht: 1 of 4. Mean 50 %.
    labels = {f"xcopa/test-{code}.jsonl": rows(0, 1, 1, 0) for code in ("et", "ht")}
    given = {"xcopa/test-et.jsonl": rows(0, 1, 0, 0), "xcopa/test-ht.jsonl": rows(1, 0, 1, 1)}
    scores = scored(make_folder("predictions", given), make_folder("labels", labels), "xtreme-r", partial=True)
    assert scores.values == {"xcopa": {"accuracy": {"et": 75.0, "ht": 25.0}}}


def test_with_partial_unanswered_questions_count_0_and_are_counted(make_folder: Folders) -> None:
    # Four questions, two without answer. One answer is right; of "red car" one word of two is gold: precision 1/2,
    # recall 1, F1 2/3. So exact match is 1/4, and F1 is (1 + 2/3) / 4 = 5/12.
    # The gold "The" has no word left, so that an empty answer would equal it; no answer does not.
    golds = {"a": "yes", "b": "car", "c": "no", "d": "The"}
    qas = [{"id": name, "answers": [{"text": text}]} for name, text in golds.items()]
    labels = {"tydiqa/test-en.json": json.dumps({"data": [{"paragraphs": [{"qas": qas}]}]})}
    given = {"tydiqa/test-en.json": '{"a": "Yes!", "b": "red car"}'}
    folders = make_folder("predictions", given), make_folder("labels", labels)
    scores = scored(*folders, "xtreme", partial=True)
    assert scores.values["tydiqa"] == {"exact_match": {"en": 25.0}, "f1": {"en": pytest.approx(500 / 12)}}
    assert scores.unanswered == {"tydiqa": {"en": 2}}


def test_no_answer_at_all_is_0(make_folder: Folders) -> None:
    labels = make_folder("labels", {"mewslix/test-ar.json": '{"m": ["Q1"]}'})
    predictions = make_folder("predictions", {"mewslix/test-ar.json": "{}"})
    scores = scored(predictions, labels, "xtreme-r", partial=True)
    assert (scores.values, scores.unanswered) == ({"mewslix": {"map@20": {"ar": 0.0}}}, {"mewslix": {"ar": 1}})


def test_all_that_is_missing_is_named(make_folder: Folders) -> None:
    predictions = make_folder("predictions", {"pawsx/test-de.tsv": "0\n", "pawsx/test-en.tsv": "0\n"})
    labels = make_folder(
        "labels", {f"pawsx/test-{code}.tsv": "0\n" for code in ("de", "en", "es", "fr", "ja", "ko", "zh")}
    )
    with pytest.raises(UserError) as caught:
        scored(predictions, labels, "xtreme")
    lines = [line.strip() for line in str(caught.value.where).splitlines()]
    tasks = ["xnli", "udpos", "panx", "xquad", "mlqa", "tydiqa", "bucc2018", "tatoeba"]
    assert sorted(lines) == sorted(
        [
            f"{predictions}: pawsx in es fr ja ko zh",
            *(f"{path}: {task}" for path in (predictions, labels) for task in tasks),
        ]
    )
    assert scored(predictions, labels, "xtreme", partial=True).values == {"pawsx": {"accuracy": {"de": 100, "en": 100}}}


def test_a_language_of_another_benchmark_is_refused(make_folder: Folders) -> None:
    files = {"panx/test-qu.tsv": "O\n", "panx/test-en.tsv": "O\n"}
    folders = make_folder("predictions", files), make_folder("labels", files)
    with raises_code("not-of-benchmark", "xtreme", "panx", "qu"):
        scored(*folders, "xtreme")
    scores = scored(*folders, "xtreme", partial=True)
    assert [(one.code, one.where) for one in scores.refused] == [
        ("not-of-benchmark", str(folders[0] / "panx" / "test-qu.tsv"))
    ]
    assert scores.values["panx"].keys() == {"f1", "precision", "recall"}


def test_with_partial_a_refused_file_does_not_withhold_the_others(make_folder: Folders) -> None:
    wrong = {"pawsx/test-de.tsv": "0\n0\n", "pawsx/test-fr.tsv": "yes\n", "panx/test-en.tsv": "O\nB-LOC\n"}
    predictions = make_folder("predictions", wrong | {"pawsx/test-en.tsv": "0\n"})
    labels = make_folder("labels", dict.fromkeys(wrong, "0\n") | {"pawsx/test-en.tsv": "0\n"})
    (labels / "panx" / "test-en.tsv").write_text("O\nB-LOC\n")
    scores = scored(predictions, labels, "xtreme", partial=True)
    assert scores.values["pawsx"] == {"accuracy": {"en": 100.0}}
    assert scores.values["panx"]["f1"] == {"en": 100.0}
    assert [(one.code, Path(str(one.where).partition(":")[0]).name) for one in scores.refused] == [
        ("wrong-number-of-items", "test-de.tsv"),
        ("unknown-label", "test-fr.tsv"),
    ]
    assert "pawsx in de es fr ja ko zh" in scores.missing
    with raises_code("unknown-label"):
        scored(make_folder("bad", {"pawsx/test-fr.tsv": "yes\n"}), make_folder("labels", {}), "xtreme", partial=True)


def test_only_the_tasks_that_are_asked_for_are_looked_at(make_folder: Folders) -> None:
    codes = ("de", "fr", "ru", "zh")
    pairs = {f"bucc2018/test-{code}.tsv": f"{code}-1\ten-1\n" for code in codes}
    predictions = make_folder("predictions", pairs | {"pawsx/test-en.tsv": "wrong\n", "pawsx/note.txt": ""})
    labels = make_folder("labels", pairs | {"pawsx/test-en.tsv": "0\n"})
    registry = default_registry()
    for name in ("bucc2018", registry.tasks["bucc2018"].name):
        scores = score_folder(predictions, labels, benchmark("xtreme", registry), registry, tasks=[name])
        assert scores.values["bucc2018"]["f1"] == dict.fromkeys(codes, 100.0)
        assert ([*scores.values], [*scores.missing], [*scores.other_tasks]) == (["bucc2018"], [], [])
    with raises_code("unknown-task", "xtreme", "bucc", "--tasks"):
        score_folder(predictions, labels, benchmark("xtreme", registry), registry, tasks=["bucc"])


def test_folders_that_have_nothing_in_common_are_refused(make_folder: Folders) -> None:
    one = make_folder("predictions", {"panx/test-de.tsv": "O\n"})
    other = make_folder("labels", {"panx/test-en.tsv": "O\n"})
    with raises_code("nothing-in-common"):
        scored(one, other, "xtreme", partial=True)


def rows(*labels: int) -> str:
    return "".join(json.dumps({"label": label}) + "\n" for label in labels)


def test_garbage_collection_goes_on_afterwards(make_folder: Folders) -> None:
    files = {"pawsx/test-de.tsv": "0\n"}
    scored(make_folder("predictions", files), make_folder("labels", files), "xtreme", partial=True)
    assert gc.isenabled()
