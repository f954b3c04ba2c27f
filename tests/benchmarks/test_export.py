"""What a run has stored goes to the leaderboard's folder; scored there, it gives the run's own numbers."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

import harness
from harness.benchmarks.check import check_folder
from harness.benchmarks.definition import Benchmark, benchmark
from harness.benchmarks.export import export_submission
from harness.benchmarks.scoring import score_folder
from harness.errors import UserError
from harness.evaluation import predictions
from harness.item_scores import item_scores
from harness.registry import default_registry
from tests.raising import raises_code
from tests.recorded import clean_rows

REGISTRY = default_registry()
LANGUAGES = ("en", "qaa")
SETTINGS: dict[str, Any] = {
    "model": "scratch",
    "preset": "mini",
    "set": {
        "target": {"steps": 2},
        "model": {"hidden_size": 16, "layers": 1, "heads": 2, "feed_forward": 32, "vocabulary": 400},
    },
}


def in_languages(name: str) -> Benchmark:
    """A benchmark on mini, in two of its languages."""
    whole = benchmark(name, REGISTRY)
    tasks = {
        name: dataclasses.replace(task, languages=tuple(code for code in task.languages if code in LANGUAGES))
        for name, task in whole.tasks.items()
    }
    return dataclasses.replace(whole, tasks=tasks)


@pytest.fixture(scope="session")
def limited(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A run of all tasks of both benchmarks on a few rows; its directory."""
    runs = tmp_path_factory.mktemp("limited")
    settings = {**SETTINGS, "limit": 12, "languages": list(LANGUAGES), "target": ["xtreme", "xtreme-r"]}
    return Path(harness.train(**settings, runs=str(runs)).directory)


@pytest.fixture(scope="session")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A run of one task on all rows, with two arms."""
    runs = tmp_path_factory.mktemp("whole")
    settings = {**SETTINGS, "target": ["tatoeba"], "languages": ["qaa"], "intermediate": ["qqp"]}
    settings["set"] = {**SETTINGS["set"], "intermediate": {"steps": 2}}
    return Path(harness.train(**settings, runs=str(runs)).directory)


@pytest.mark.loads_torch
@pytest.mark.parametrize("name", ["xtreme@mini", "xtreme-r@mini"])
def test_the_folder_gives_exactly_the_scores_of_the_run(limited: Path, tmp_path: Path, name: str) -> None:
    chosen, store = in_languages(name), limited.parent / "store"
    output, labels = tmp_path / "predictions", tmp_path / "labels"
    done = export_submission(limited, store, chosen, REGISTRY, output=output, labels=labels, unofficial=True)
    expected: dict[str, dict[str, dict[str, float]]] = {}
    recorded = {(s["task"], s["language"], s["metric"]): s["value"] for s in clean_rows(limited)}
    stored = {(s["task"], s["language"]): store / "predict" / s["predictions"] for s in clean_rows(limited)}
    for folder, task in chosen.tasks.items():
        for printed, metric in task.metrics.items():
            values = expected.setdefault(folder, {}).setdefault(printed, {})
            for code in task.languages:
                key = (task.name, code, metric)
                # Precision and recall are no metrics of the run.
                columns = predictions.read_columns(stored[task.name, code])
                values[code] = recorded[key] if key in recorded else item_scores(REGISTRY.metric(metric), columns).value
    scores = score_folder(output, labels, chosen, REGISTRY)
    found = {(t, m): values for t, metrics in scores.values.items() for m, values in metrics.items()}
    assert found == {(t, m): pytest.approx(v, abs=1e-9) for t, metrics in expected.items() for m, v in metrics.items()}
    assert {task.score[0] for task in chosen.tasks.values()} <= {printed for _, printed in found}
    assert done.files == sum(len(task.languages) for task in chosen.tasks.values())
    assert check_folder(output, chosen, REGISTRY, labels).problems == ()


def test_what_is_not_the_official_test_set_is_refused(limited: Path, tmp_path: Path) -> None:
    with pytest.raises(UserError) as caught:
        export_submission(
            limited, limited.parent / "store", in_languages("xtreme@mini"), REGISTRY, output=tmp_path / "out"
        )
    assert caught.value.what == "the run did not predict the official test set of xtreme@mini"
    assert str(caught.value.where).startswith("limited to the first rows: xnli en qaa; pawsx en qaa;")
    assert "--unofficial" in str(caught.value.fix)
    assert not (tmp_path / "out").exists()


def test_rows_of_mini_are_for_benchmarks_on_mini_alone(limited: Path, tmp_path: Path) -> None:
    with raises_code("other-benchmark-rows", "are those of mini", "--benchmark xtreme@mini"):
        export_submission(
            limited,
            limited.parent / "store",
            benchmark("xtreme", REGISTRY),
            REGISTRY,
            output=tmp_path / "out",
            partial=True,
            unofficial=True,
        )


@pytest.mark.loads_torch
def test_an_arm_has_to_be_chosen(whole: Path, tmp_path: Path) -> None:
    chosen, store = benchmark("xtreme@mini", REGISTRY), whole.parent / "store"
    with raises_code("several-to-choose-from", "name one with --arm: 'none', 'qqp'"):
        export_submission(whole, store, chosen, REGISTRY, output=tmp_path / "out", partial=True)
    with raises_code("not-in-run", "--arm 'mnli'", "'none', 'qqp'"):
        export_submission(whole, store, chosen, REGISTRY, output=tmp_path / "out", partial=True, arm="mnli")
    done = export_submission(whole, store, chosen, REGISTRY, output=tmp_path / "out", partial=True, arm="qqp", seed=1)
    assert (done.arm, done.seed, done.files, done.unofficial) == ("qqp", 1, 1, ())
    assert done.missing[-1] == "tatoeba in qab qac qad qae"
    # Mini has 300 English sentences, whose rows are those of the foreign ones.
    rows = [int(line) for line in (tmp_path / "out" / "tatoeba" / "test-qaa.tsv").read_text().split()]
    assert len(rows) == 300
    assert set(rows) <= set(range(300))


def test_what_is_missing_is_named(whole: Path, tmp_path: Path) -> None:
    with pytest.raises(UserError) as caught:
        export_submission(
            whole,
            whole.parent / "store",
            benchmark("xtreme@mini", REGISTRY),
            REGISTRY,
            output=tmp_path / "out",
            arm="none",
        )
    lines = [line.strip() for line in str(caught.value.where).splitlines()]
    assert lines[:2] == ["xnli", "pawsx"]
    assert lines[-1] == "tatoeba in qab qac qad qae"


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"split": "validation"}, "validation rows: tatoeba qaa"),
        ({"stand_in": True}, "stand-in rows: tatoeba qaa"),
        ({"n_skipped": 2}, "some rows could not be read and have no prediction: tatoeba qaa"),
        ({"limited": True}, "limited to the first rows: tatoeba qaa"),
    ],
)
def test_every_mark_of_other_rows_is_seen(whole: Path, tmp_path: Path, changes: Mapping[str, Any], reason: str) -> None:
    run = changed(whole, tmp_path / "run", changes)
    arguments: dict[str, Any] = {"arm": "none", "partial": True}
    chosen, store = benchmark("xtreme@mini", REGISTRY), whole.parent / "store"
    with pytest.raises(UserError) as caught:
        export_submission(run, store, chosen, REGISTRY, output=tmp_path / "out", **arguments)
    assert caught.value.where == reason
    done = export_submission(run, store, chosen, REGISTRY, output=tmp_path / "out", unofficial=True, **arguments)
    assert done.unofficial == (reason,)


def test_a_score_that_failed_is_missing(whole: Path, tmp_path: Path) -> None:
    failure = {"status": "failed", "value": None, "interval": None, "error": "no memory"}
    run = changed(whole, tmp_path / "run", failure)
    with pytest.raises(UserError) as caught:
        export_submission(
            run,
            whole.parent / "store",
            benchmark("xtreme@mini", REGISTRY),
            REGISTRY,
            output=tmp_path / "out",
            arm="none",
        )
    assert str(caught.value.where).endswith("tatoeba (failed)")


def test_a_run_that_asked_about_the_foreign_side_is_refused(whole: Path, tmp_path: Path) -> None:
    run = changed(whole, tmp_path / "run", {"hyper": {"direction": "backward"}})
    with raises_code("wrong-direction"):
        export_submission(
            run,
            whole.parent / "store",
            benchmark("xtreme@mini", REGISTRY),
            REGISTRY,
            output=tmp_path / "out",
            arm="none",
            partial=True,
            unofficial=True,
        )


def test_nothing_is_written_over(whole: Path, tmp_path: Path) -> None:
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "mine").touch()
    with raises_code("output-exists"):
        export_submission(
            whole, whole.parent / "store", benchmark("xtreme@mini", REGISTRY), REGISTRY, output=tmp_path / "out"
        )


def test_predictions_that_are_gone_are_named(whole: Path, tmp_path: Path) -> None:
    with raises_code("predictions-gone"):
        export_submission(
            whole,
            tmp_path / "empty",
            benchmark("xtreme@mini", REGISTRY),
            REGISTRY,
            output=tmp_path / "out",
            arm="none",
            partial=True,
        )


def changed(run: Path, copy: Path, changes: Mapping[str, Any]) -> Path:
    """A copy of a run's records with other fields in its scores."""
    copy.mkdir()
    lines = []
    for line in (run / "records.jsonl").read_text(encoding="utf-8").splitlines():
        record = json.loads(line)
        if record["record"] == "score":
            at = {name: changes.get(name, value) for name, value in record["result"]["at"].items()}
            record["result"] |= {**{name: value for name, value in changes.items() if name not in at}, "at": at}
        lines.append(f"{json.dumps(record)}\n")
    (copy / "records.jsonl").write_text("".join(lines), encoding="utf-8")
    return copy


def test_a_benchmark_on_generated_rows_says_so_of_itself() -> None:
    found = benchmark("xtreme@mini", REGISTRY)
    assert found.description == "the tasks of xtreme on the generated rows of mini; 9 tasks, 6 languages"
    assert benchmark("xtreme", REGISTRY).description == "Hu et al. 2020; nine tasks, 40 languages"
