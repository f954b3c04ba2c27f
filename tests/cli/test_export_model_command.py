"""`xharness export model`: what it writes answers as the stored predictions do, and its card says what it is."""

from __future__ import annotations

import contextlib
import io
import json
import math
import re
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import yaml

from harness.evaluation import predictions
from harness.registry import default_registry
from harness.sources.mini.source import MiniSource
from tests.recorded import results

if TYPE_CHECKING:
    from tests.fixtures import Cli

TASKS = ("pawsx", "copa", "udpos", "tydiqa", "squad_v2", "tatoeba", "lareqa")
ROWS = 12
SCORED = {"copa": "en", "squad_v2": "en"}
"""The language that is looked at; qaa for other tasks."""

USE = """
import io, contextlib, json, os, sys
import torch, transformers

transformers.utils.logging.disable_progress_bar()
asked, found = json.load(sys.stdin), {}
for task, (directory, code, function, calls) in asked.items():
    os.chdir(directory)
    names = {}
    with contextlib.redirect_stdout(io.StringIO()) as shown:
        exec(code, names)
    answers = [names[function](*arguments) for arguments in calls]
    answers = [answer.tolist() if hasattr(answer, "tolist") else answer for answer in answers]
    found[task] = {"answers": answers, "example": shown.getvalue()}
assert not [name for name in sys.modules if name.partition(".")[0] == "harness"]
json.dump(found, sys.stdout)
"""


@pytest.fixture(scope="module")
def trained(program: Cli, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A directory of runs with one run of a task of each kind after one intermediate task, on mini's encoder."""
    runs = tmp_path_factory.mktemp("trained") / "runs"
    words = ["--intermediate", "qqp", "--target", ",".join(TASKS), "--languages", "en,qaa", "--limit", "24"]
    steps = ["--set", "intermediate.steps=3", "--set", "target.steps=12"]
    done = program("train", *words, *steps, "--no-baseline", "--runs", runs)
    assert done.code == 0, done.out + done.err
    return runs


@pytest.fixture(scope="module")
def exported(program: Cli, trained: Path) -> Callable[[str], Path]:
    """The folder of a task's model, written once."""

    def write(task: str) -> Path:
        output = trained / "exported" / task
        if not output.exists():
            done = program("export", "model", "--task", task, "--output", output, "--runs", trained)
            assert done.code == 0, done.err
        return output

    return write


def records(runs: Path) -> list[dict[str, Any]]:
    (path,) = runs.glob("*/records.jsonl")
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


def score_of(runs: Path, task: str, language: str) -> dict[str, Any]:
    (path,) = runs.glob("*/records.jsonl")
    found = results(path.parent, "score")
    return next(score for score in found if (score["task"], score["language"]) == (task, language))


def stored(runs: Path, task: str) -> list[dict[str, Any]]:
    """The predictions of these rows."""
    return predictions.read(runs / "store" / "predict" / score_of(runs, task, SCORED.get(task, "qaa"))["predictions"])


def rows_of(runs: Path, task: str) -> list[Any]:
    """The scored rows of a task in the language that is looked at."""
    registry = default_registry()
    language = SCORED.get(task, "qaa")
    split = MiniSource().load(registry.task(task), score_of(runs, task, language)["split"], language)
    return list(registry.kind(registry.task(task).kind).take(split.rows, 24))


def example(directory: Path) -> str:
    (code,) = re.findall(r"^```python\n(.*?)^```$", (directory / "README.md").read_text(), re.MULTILINE | re.DOTALL)
    return str(code)


def front_matter(directory: Path) -> dict[str, Any]:
    _, text, _ = (directory / "README.md").read_text(encoding="utf-8").split("---\n", 2)
    values: dict[str, Any] = yaml.safe_load(text)
    return values


@pytest.fixture(scope="module")
def answers(trained: Path, exported: Callable[[str], Path]) -> dict[str, Any]:
    """What the examples of the cards answer about the scored rows, in a process without this program."""
    texts = {task: [row.text for row in rows_of(trained, task)] for task in ("tatoeba", "lareqa")}
    calls: dict[str, tuple[str, list[Any]]] = {
        "pawsx": ("classify", [(row.text, row.text_pair) for row in rows_of(trained, "pawsx")[:ROWS]]),
        "copa": ("choose", [(row.context, row.question, row.choices) for row in rows_of(trained, "copa")[:ROWS]]),
        "udpos": ("tag", [(row.tokens,) for row in rows_of(trained, "udpos")[:ROWS]]),
        "tydiqa": ("answer", [(row.question, row.context) for row in rows_of(trained, "tydiqa")[:ROWS]]),
        "squad_v2": ("answer", [(row.question, row.context) for row in rows_of(trained, "squad_v2")[:ROWS]]),
        "tatoeba": ("embed", [(texts["tatoeba"],)]),
        "lareqa": ("embed", [(texts["lareqa"], 64)]),
    }
    asked = {
        task: (str(exported(task)), example(exported(task)), function, asked)
        for task, (function, asked) in calls.items()
    }
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", USE], input=json.dumps(asked), capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    found: dict[str, Any] = json.loads(done.stdout)
    assert all(found[task]["example"].strip() for task in TASKS)
    return {task: found[task]["answers"] for task in TASKS}


def probabilities(prediction: dict[str, Any]) -> list[float]:
    return [math.exp(value) for value in prediction["log_probs"]]


def test_labels_and_choices_have_the_stored_probabilities(trained: Path, answers: dict[str, Any]) -> None:
    for answer, prediction in zip(answers["pawsx"], stored(trained, "pawsx"), strict=False):
        assert list(answer) == ["0", "1"]
        assert list(answer.values()) == pytest.approx(probabilities(prediction), abs=1e-5)
    for answer, prediction in zip(answers["copa"], stored(trained, "copa"), strict=False):
        assert answer == pytest.approx(probabilities(prediction), abs=1e-5)


def test_words_have_the_stored_tags(trained: Path, answers: dict[str, Any]) -> None:
    assert len(answers["udpos"]) == ROWS
    for answer, prediction in zip(answers["udpos"], stored(trained, "udpos"), strict=False):
        assert answer == prediction["prediction"]
    assert len({tag for answer in answers["udpos"] for tag in answer}) > 1


@pytest.mark.parametrize("task", ["tydiqa", "squad_v2"])
def test_questions_have_the_stored_answers(task: str, trained: Path, answers: dict[str, Any]) -> None:
    assert len(answers[task]) == ROWS
    assert answers[task] == [prediction["prediction"] for prediction in stored(trained, task)[:ROWS]]
    assert len(set(answers[task])) > 1


@pytest.mark.parametrize("task", ["tatoeba", "lareqa"])
def test_vectors_have_the_stored_neighbours(task: str, trained: Path, answers: dict[str, Any]) -> None:
    import numpy as np

    rows, vectors = rows_of(trained, task), np.asarray(answers[task][0])
    assert len(rows) == len(vectors)
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    by_key = {row.key: vector for row, vector in zip(rows, vectors, strict=True) if row.side in ("target", "candidate")}
    asked = [vector for row, vector in zip(rows, vectors, strict=True) if row.side in ("source", "query")]
    found = stored(trained, task)
    assert len(asked) == len(found) > 10
    for vector, prediction in zip(asked, found, strict=True):
        best = max(by_key, key=lambda key: float(vector @ by_key[key]))
        assert best == prediction["prediction"]
        for candidate in prediction["candidates"]:
            assert float(vector @ by_key[candidate["key"]]) == pytest.approx(candidate["score"], abs=1e-5)


def test_a_masked_language_model_is_the_one_that_was_scored(cli: Cli, tmp_path: Path) -> None:
    import torch
    from transformers import AutoModelForMaskedLM

    from harness.sources.mini.encoder import directory as mini

    (tmp_path / "mlm").mkdir()
    (tmp_path / "mlm" / "en.txt").write_text("the old house is red\nnobody sees the dog\n", encoding="utf-8")
    (tmp_path / "map.toml").write_text('[mlm.validation]\nfile = "mlm/{language}.txt"\nlanguages = ["en"]\n')
    words = ("--target", "mlm", "--data", tmp_path / "map.toml", "--model", "mini", "--preset", "mini")
    done = cli("train", *words, "--runs", tmp_path / "runs")
    assert done.code == 0, done.out + done.err
    output = tmp_path / "out"
    done = cli("export", "model", "--runs", tmp_path / "runs", "--output", output)
    assert done.out == f"mlm after 'none', seed 1, for AutoModelForMaskedLM: {output}\n"
    ids = torch.tensor([[0, 40, 300, 4, 77, 2]])
    with torch.no_grad():
        # Nothing was trained, so that they are the model's own scores.
        wanted, found = (
            AutoModelForMaskedLM.from_pretrained(place, dtype=torch.float32).eval()(input_ids=ids).logits
            for place in (mini(), output)
        )
    torch.testing.assert_close(found, wanted, rtol=0, atol=1e-6)
    names: dict[str, Any] = {}
    with contextlib.chdir(output), contextlib.redirect_stdout(io.StringIO()) as shown:
        exec(example(output), names)
    assert shown.getvalue().count("(") == 5
    guesses = names["guess"]("the <mask> house")
    assert [share for _, share in guesses] == sorted((share for _, share in guesses), reverse=True)
    text = (output / "README.md").read_text(encoding="utf-8")
    assert "None: the weights are the start model's." in text
    assert "15 % of the tokens were masked." in text


@pytest.mark.parametrize("task", TASKS)
def test_the_hub_reads_the_card(task: str, trained: Path, exported: Callable[[str], Path]) -> None:
    from huggingface_hub import ModelCard

    card = ModelCard.load(exported(task) / "README.md")
    assert card.data.library_name == "transformers"
    assert card.data.license == "apache-2.0"
    scored = [r["result"] for r in records(trained) if r["record"] == "score" and r["result"]["at"]["task"] == task]
    assert card.data.language == sorted({score["at"]["language"] for score in scored})
    kind = default_registry().task(task).kind
    assert card.data.pipeline_tag == ("sentence-similarity" if kind == "text-retrieval" else kind)
    found = {
        (result.dataset_config, result.metric_name.removesuffix(", percent")): result.metric_value
        for result in card.data.eval_results or []
    }
    assert found == {(score["at"]["language"], score["metric"]): score["value"] for score in scored}


def test_the_card_says_how_the_model_came_about(trained: Path, exported: Callable[[str], Path]) -> None:
    text = (exported("pawsx") / "README.md").read_text(encoding="utf-8")
    model = next(r["result"] for r in records(trained) if r["record"] == "model")
    assert "# mini after qqp, pawsx\n" in text
    assert re.search(r"\| intermediate \| qqp \| 24 \| 3 of 3 \| last \| 0.001 \| 48 \| 1 \| fp32 \|", text)
    assert re.search(r"\| target \| pawsx \| 24 \| \d+ of 12 \| best accuracy on validation, [\d.]+ accuracy \|", text)
    for phase in model["phases"]:
        assert phase["digest"] in text
        assert next(iter(phase["data"].values())) in text
    assert "Inputs were cut to 64 tokens" in text
    assert "in their order, are id, sentence1, sentence2." in text
    assert "- 0: 0\n- 1: 1\n" in text
    score = score_of(trained, "pawsx", "qaa")
    shown = f"{score['value']:.1f} | \\[{score['interval']['low']:.1f}, {score['interval']['high']:.1f}\\] | 24 |"
    assert re.search(rf"\| qaa \| accuracy \| test \| {re.escape(shown)} (constant, )?limited \|", text)
    assert "limited, in en qaa: only the first rows of each split" in text
    assert "All rows are of mini" in text
    assert str(trained) not in text


def test_the_same_export_has_the_same_bytes_and_may_be_repeated(
    cli: Cli, trained: Path, exported: Callable[[str], Path], tmp_path: Path
) -> None:
    once = exported("copa")
    words = ("export", "model", "--task", "copa", "--runs", trained, "--output")
    assert cli(*words, tmp_path / "deep" / "again").code == 0
    for path in once.iterdir():
        assert (tmp_path / "deep" / "again" / path.name).read_bytes() == path.read_bytes()
    assert sorted(p.name for p in once.iterdir()) == sorted(p.name for p in (tmp_path / "deep" / "again").iterdir())
    assert [path.name for path in (tmp_path / "deep").iterdir()] == ["again"]
    repeated = cli(*words, once)
    assert repeated.code == 0
    assert "there already, unchanged" in repeated.out


@pytest.mark.parametrize("change", ["a file more", "another card", "a file"])
def test_what_is_not_this_model_is_not_touched(
    change: str, cli: Cli, trained: Path, exported: Callable[[str], Path], tmp_path: Path
) -> None:
    output = tmp_path / "out"
    if change == "a file":
        output.write_text("mine")
    else:
        shutil.copytree(exported("copa"), output)
        (output / ("README.md" if change == "another card" else "mine")).write_text("mine")
    refused = cli("export", "model", "--task", "copa", "--runs", trained, "--output", output)
    assert refused.code == 2
    assert "[output-exists]" in refused.err
    assert "mine" in [p.read_text(errors="replace") for p in ([output] if output.is_file() else output.iterdir())]


def test_an_empty_folder_is_filled(cli: Cli, trained: Path, tmp_path: Path) -> None:
    # The one that the tests are in.
    assert cli("export", "model", "--task", "copa", "--runs", trained, "--output", ".").code == 0
    found = {path.name: path.stat().st_mode & 0o777 for path in (tmp_path / "here").iterdir()}
    assert sorted(found) == ["README.md", "config.json", "model.safetensors", "tokenizer.json", "tokenizer_config.json"]
    assert len(set(found.values())) == 1


def changed(runs: Path, directory: Path, change: Callable[[dict[str, Any]], None]) -> Path:
    """A copy of the runs, linked where it can be, of which each record was changed."""
    for path in runs.glob("*/records.jsonl"):
        shutil.copytree(path.parent, directory / path.parent.name)
        found = records(runs)
        for record in found:
            change(record)
        text = "".join(f"{json.dumps(record)}\n" for record in found)
        (directory / path.parent.name / path.name).write_text(text, encoding="utf-8")
    (directory / "store").symlink_to(runs / "store")
    return directory


def test_limits_and_data_are_marked(cli: Cli, trained: Path, tmp_path: Path) -> None:
    selected = {"phase": "target", "task": "pawsx", "split": "validation", "language": "qab", "metric": "accuracy"}

    def change(record: dict[str, Any]) -> None:
        result = record["result"]
        if record["record"] == "run":
            result["source"] = "files"
        if record["record"] == "model":
            result["name"] = "FacebookAI/xlm-roberta-base"
            result["phases"][-1]["stand_in"] = ["pawsx"]
        if record["record"] == "score":
            result |= {"limited": False, "constant": False, "source": "files", "precision": "bf16"}
            if result["at"]["language"] == "qaa":
                result |= {"value": None, "interval": None, "status": "failed", "error": "a disk broke"}
            else:
                result |= {"stand_in": True, "differs": "the rows are others", "selected_on": [selected]}

    runs = changed(trained, tmp_path / "runs", change)
    done = cli("export", "model", "--task", "pawsx", "--runs", runs, "--output", tmp_path / "out")
    assert done.code == 0, done.err
    text = (tmp_path / "out" / "README.md").read_text(encoding="utf-8")
    for line in (
        "| qaa | accuracy | - | - | - | - | failed, stand-in |",
        "- failed, in qaa: there is no score; the reason is below",
        "- stand-in, in en qaa: scored or trained on rows that are not the dataset's official split",
        "- differs: the rows are others",
        "- target rows that are not the official split: pawsx",
        "- failed: a disk broke",
        "- It was scored in bf16",
        "- Not zero-shot: a checkpoint was selected on rows in qab.",
        "| pawsx | trained on and scored | free for any purpose, with attribution | Yang et al. 2019 |",
        "| qqp | trained on | Quora's terms of service |",
    ):
        assert line in text
    values = front_matter(tmp_path / "out")
    assert values["base_model"] == "FacebookAI/xlm-roberta-base"
    assert values["datasets"] == ["nyu-mll/glue", "google-research-datasets/paws-x"]
    # Nobody but its owner knows which licence a model has that was trained on others' data.
    assert "license" not in values
    (result,) = values["model-index"][0]["results"]
    assert result["dataset"]["config"] == "en"
    assert result["metrics"][0]["args"]["marks"] == ["differs", "stand-in"]


def test_scores_on_the_hubs_rows_are_for_its_leaderboards(cli: Cli, trained: Path, tmp_path: Path) -> None:
    from huggingface_hub import parse_eval_result_entries

    def change(record: dict[str, Any]) -> None:
        result = record["result"]
        if record["record"] == "score":
            result |= {"source": "hub", "limited": False, "overlap": []}

    runs = changed(trained, tmp_path / "runs", change)
    found = {}
    for task in ("pawsx", "tydiqa"):
        words = ("export", "model", "--task", task, "--runs", runs, "--output", tmp_path / task)
        assert cli(*words).code == 0
        assert "there already, unchanged" in cli(*words).out
        (file,) = (tmp_path / task / ".eval_results").iterdir()
        assert file.name == f"{task}.yaml"
        # The hub has no rows in the other language.
        (found[task],) = parse_eval_result_entries(yaml.safe_load(file.read_text(encoding="utf-8")))
        score = score_of(trained, task, "en")
        assert found[task].value == score["value"]
        ends = f"{score['interval']['low']:.1f} to {score['interval']['high']:.1f}"
        assert f"95 % interval {ends} ({score['interval']['method']}: this checkpoint" in str(found[task].notes)
        (run,) = [one for one in records(trained) if one["record"] == "run"]
        assert found[task].date == run["environment"]["started"]
        assert front_matter(tmp_path / task)["model-index"]
    pawsx, tydiqa = found["pawsx"], found["tydiqa"]
    assert (pawsx.dataset_id, pawsx.task_id, pawsx.dataset_revision) == ("google-research-datasets/paws-x", "en", None)
    # One table holds all its languages.
    assert (tydiqa.dataset_id, tydiqa.task_id) == ("google-research-datasets/tydiqa", "secondary_task.en")
    assert str(tydiqa.notes).startswith("f1 in percent; language en; split test; 24 items; ")


@pytest.mark.parametrize("change", [{"source": "files", "limited": False}, {"source": "hub"}])
def test_scores_on_other_rows_are_for_no_leaderboard_of_the_hub(
    change: dict[str, Any], cli: Cli, trained: Path, tmp_path: Path
) -> None:
    """Rows of files; and the first rows alone."""

    def changes(record: dict[str, Any]) -> None:
        if record["record"] == "score":
            assert record["result"]["limited"]
            record["result"] |= change

    runs = changed(trained, tmp_path / "runs", changes)
    assert cli("export", "model", "--task", "pawsx", "--runs", runs, "--output", tmp_path / "out").code == 0
    assert front_matter(tmp_path / "out")["model-index"]
    assert not (tmp_path / "out" / ".eval_results").exists()


def test_records_without_digests_of_rows_are_of_older_runs(cli: Cli, trained: Path, tmp_path: Path) -> None:
    def change(record: dict[str, Any]) -> None:
        for phase in record["result"].get("phases", []):
            del phase["data"], phase["rows"]

    runs = changed(trained, tmp_path / "runs", change)
    assert cli("export", "model", "--task", "pawsx", "--runs", runs, "--output", tmp_path / "out").code == 0
    text = (tmp_path / "out" / "README.md").read_text(encoding="utf-8")
    assert "| target | pawsx | - |" in text
    assert "rows of pawsx" not in text


def test_a_checkpoint_that_is_gone_is_said(cli: Cli, trained: Path, tmp_path: Path) -> None:
    runs = changed(trained, tmp_path / "runs", lambda record: None)
    (runs / "store").unlink()
    (runs / "store").mkdir()
    refused = cli("export", "model", "--task", "pawsx", "--runs", runs, "--output", tmp_path / "out")
    assert refused.code == 2
    assert "[checkpoint-gone]" in refused.err
    assert not (tmp_path / "out").exists()


def test_several_tasks_are_listed(cli: Cli, trained: Path, tmp_path: Path) -> None:
    refused = cli("export", "model", "--runs", trained, "--output", tmp_path / "out")
    assert refused.code == 2
    assert "[several-to-choose-from]" in refused.err
    assert f"--task: {', '.join(repr(task) for task in TASKS)}" in refused.err


def test_several_seeds_are_listed(cli: Cli, trained: Path, tmp_path: Path) -> None:
    seeds: dict[str, int] = {}

    def change(record: dict[str, Any]) -> None:
        result = record["result"]
        if record["record"] == "score":
            seed = seeds.setdefault(result["model"], len(seeds) + 1)
            result["at"] |= {"task": "pawsx", "seed": seed}

    runs = changed(trained, tmp_path / "runs", change)
    refused = cli("export", "model", "--task", "pawsx", "--runs", runs, "--output", tmp_path / "out")
    assert refused.code == 2
    assert "[several-to-choose-from]" in refused.err
    assert "--seed: 1, 2, 3" in refused.err


def test_a_full_run_without_scores_has_no_model(cli: Cli, trained: Path, tmp_path: Path) -> None:
    run = changed(trained, tmp_path / "runs", lambda record: None)
    (path,) = run.glob("*/records.jsonl")
    path.write_text(path.read_text(encoding="utf-8").splitlines()[0] + "\n")
    refused = cli("export", "model", "--runs", run, "--output", tmp_path / "out")
    assert refused.code == 2
    assert "[run-without-scores]" in refused.err
