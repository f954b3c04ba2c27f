"""records.jsonl: validated on write and read, robust against a crash in mid-line, flat as a table."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

import harness.results.records as records_module
from harness.results.records import (
    FILE,
    RecordWriter,
    flat_scores,
    load_records,
    perturbed_scores,
    read_records,
    validate,
)
from tests.raising import raises_code

RUN = {"digest": "a" * 16, "command": "train", "settings": {"seeds": [1]}, "source": "mini"}
RUN_CIRCUMSTANCE = {
    "started": "2026-11-20T10:00:00+00:00",
    "versions": {"xharness": "0.1.0"},
    "plugins": [],
    "device": "cpu",
    "host": "here",
    "command_line": ["xharness"],
}
MODEL = {
    "digest": "b" * 16,
    "name": "scratch",
    "start": "c" * 16,
    "arm": "qqp + ccg",
    "mode": "multitask",
    "intermediate": ["qqp", "ccg"],
    "seed": 7,
    "phases": [],
}
OVERLAP = {
    "task": "qqp",
    "split": "train",
    "language": "en",
    "use": "training",
    "ids": 0,
    "items": 3,
    "texts": 4,
    "n": 300,
    "same_rows": False,
}
SCORE = {
    "run": "a" * 16,
    "model": "b" * 16,
    "task": "pawsx",
    "task_version": 1,
    "role": "target",
    "kind": "text-classification",
    "language": "de",
    "split": "test",
    "metric": "accuracy",
    "metric_version": 1,
    "main": True,
    "unit": "percent",
    "value": 51.25,
    "n": 300,
    "n_skipped": 1,
    "truncated": 2,
    "constant": False,
    "limited": False,
    "interval": {"low": 50.0, "high": 52.0, "level": 0.95, "method": "wilson", "answers": "this checkpoint"},
    "source": "mini",
    "data": "d1",
    "stand_in": False,
    "overlap": [OVERLAP],
    "hyper": {"max_length": 128},
    "precision": "fp32",
    "predictions": "e" * 16,
    "status": "ok",
}
FAILED = {**SCORE, "value": None, "interval": None, "n": 0, "status": "failed", "language": "fr"}
TIME = {"time": "2026-11-20T10:00:01+00:00"}


def written(directory: Path, *scores: Mapping[str, Any]) -> Path:
    directory.mkdir(exist_ok=True)
    writer = RecordWriter(directory)
    writer.write("run", result=RUN, circumstance=RUN_CIRCUMSTANCE)
    writer.write("model", result=MODEL, circumstance=TIME)
    for score in scores:
        writer.write("score", result=score, circumstance=TIME)
    return directory


def test_what_is_written_is_read(tmp_path: Path) -> None:
    failed = {**FAILED, "error": "keine Ähnlichkeit"}
    found = list(read_records(written(tmp_path, SCORE, failed)))
    assert [(record["schema"], record["record"]) for record in found] == [
        (1, "run"),
        (1, "model"),
        (1, "score"),
        (1, "score"),
    ]
    assert [record["result"] for record in found] == [RUN, MODEL, SCORE, failed]
    assert "Ähnlichkeit" in (tmp_path / FILE).read_text(encoding="utf-8")


def test_each_record_is_on_disk_before_anybody_is_told(tmp_path: Path) -> None:
    seen = []
    writer = RecordWriter(tmp_path, lambda record: seen.append((record["record"], len(list(read_records(tmp_path))))))
    writer.write("run", result=RUN, circumstance=RUN_CIRCUMSTANCE)
    writer.write("model", result=MODEL, circumstance=TIME)
    assert seen == [("run", 1), ("model", 2)]


WRONG: dict[str, tuple[str, dict[str, Any], str]] = {
    "unknown field": ("score", {**SCORE, "colour": "red"}, "colour"),
    "missing field": ("score", {k: v for k, v in SCORE.items() if k != "n"}, "'n' is a required property"),
    "wrong type": ("score", {**SCORE, "value": "51"}, "result.value"),
    "no number of items": ("score", {**SCORE, "n": -1}, "result.n"),
    "unknown status": ("score", {**SCORE, "status": "fine"}, "result.status"),
    "unknown unit": ("score", {**SCORE, "unit": "share"}, "result.unit"),
    "wrong digest": ("score", {**SCORE, "run": "xyz"}, "result.run"),
    "wrong overlap": ("score", {**SCORE, "overlap": [{**OVERLAP, "use": "fun"}]}, "result.overlap.0.use"),
    "unknown kind": ("story", SCORE, "record"),
    "unknown command": ("run", {**RUN, "command": "sing"}, "result.command"),
    "unknown mode": ("model", {**MODEL, "mode": "all"}, "result.mode"),
}


@pytest.mark.parametrize("name", WRONG)
def test_a_record_against_the_schema_is_not_written(tmp_path: Path, name: str) -> None:
    kind, result, message = WRONG[name]
    circumstance = RUN_CIRCUMSTANCE if kind == "run" else TIME
    with raises_code("not-a-record", message):
        RecordWriter(tmp_path).write(kind, result=result, circumstance=circumstance)
    assert not (tmp_path / FILE).exists()


@pytest.mark.parametrize("value", [float("nan"), float("inf")])
def test_a_score_that_is_no_number_is_not_written(tmp_path: Path, value: float) -> None:
    with pytest.raises(ValueError, match="not JSON compliant"):
        RecordWriter(tmp_path).write("score", result={**SCORE, "value": value}, circumstance=TIME)
    assert not (tmp_path / FILE).exists() or (tmp_path / FILE).read_text() == ""


@pytest.mark.parametrize("cut", [1, 20, -2, -1])
def test_a_last_line_that_a_crash_cut_off_is_passed_over(tmp_path: Path, cut: int) -> None:
    path = written(tmp_path, SCORE) / FILE
    whole = path.read_bytes()
    last = json.dumps({"schema": 1, "record": "score", "result": {**SCORE, "data": "ü" * 30}, "circumstance": TIME})
    path.write_bytes(whole + last.encode()[:cut])
    assert len(list(read_records(tmp_path))) == 3


def test_a_character_that_a_crash_cut_in_half_is_passed_over(tmp_path: Path) -> None:
    path = written(tmp_path, SCORE) / FILE
    path.write_bytes(path.read_bytes() + '{"schema": 1, "record": "ü'.encode()[:-1])
    assert len(list(read_records(tmp_path))) == 3


def test_a_last_line_that_only_lacks_its_end_is_read(tmp_path: Path) -> None:
    path = written(tmp_path, SCORE) / FILE
    path.write_bytes(path.read_bytes().rstrip(b"\n"))
    assert len(list(read_records(tmp_path))) == 3


@pytest.mark.parametrize(
    ("line", "code"),
    [
        (b'{"schema": 1, "record"', "not-json"),
        (b"", "not-json"),
        (b"\xff\xfe", "not-json"),
        (b'{"schema": 2, "record": "run", "result": {}, "circumstance": {}}', "not-a-record"),
        (b"[]", "not-a-record"),
    ],
)
@pytest.mark.parametrize("place", [1, 3])
def test_a_broken_line_is_an_error_with_its_place(tmp_path: Path, line: bytes, code: str, place: int) -> None:
    path = written(tmp_path, SCORE) / FILE
    lines = path.read_bytes().split(b"\n")
    path.write_bytes(b"\n".join([*lines[:place], line, *lines[place:]]))
    with raises_code(code, f"{FILE}:{place + 1}"):
        list(read_records(tmp_path))


def test_line_separators_within_a_text_end_no_line(tmp_path: Path) -> None:
    error = "a\u2028b\u2029c\x85d\x0be\x1cf\rg\nh"
    written(tmp_path, {**FAILED, "error": error})
    assert [record["result"].get("error") for record in read_records(tmp_path)] == [None, None, error]


def test_half_a_surrogate_pair_does_not_stop_a_run(tmp_path: Path) -> None:
    written(tmp_path, {**FAILED, "error": "bad \udcff text"})
    assert list(read_records(tmp_path))[-1]["result"]["error"] == "bad \udcff text"


def test_a_directory_without_records_is_said(tmp_path: Path) -> None:
    with raises_code("no-records", tmp_path):
        list(read_records(tmp_path))


# --- the flat table

COLUMNS = {
    "run", "model", "task", "task_version", "role", "kind", "language", "split", "metric", "metric_version", "main",
    "unit", "value", "n", "n_skipped", "truncated", "constant", "limited", "source", "data", "stand_in",
    "perturbation", "n_changed",
    "predictions", "status", "low", "high", "interval", "overlap", "selected_on", "hyper", "precision", "arm", "mode",
    "seed", "intermediate", "model_name", "development_score", "development_metric", "run_directory", "started",
}  # fmt: skip


def test_scores_are_flat_with_their_model_and_run(tmp_path: Path) -> None:
    row, failed = flat_scores(written(tmp_path, SCORE, FAILED))
    assert row.keys() == failed.keys() == COLUMNS
    assert not any(isinstance(value, list | dict) for value in row.values())
    assert {key: row[key] for key in ("low", "high", "interval", "value")} == {
        "low": 50.0,
        "high": 52.0,
        "interval": "wilson",
        "value": 51.25,
    }
    assert (row["arm"], row["mode"], row["seed"], row["intermediate"]) == ("qqp + ccg", "multitask", 7, "qqp+ccg")
    assert (row["model_name"], row["run_directory"]) == ("scratch", str(tmp_path))
    assert row["started"] == RUN_CIRCUMSTANCE["started"]
    assert json.loads(row["overlap"]) == [OVERLAP]
    assert (failed["value"], failed["low"], failed["interval"]) == (None, None, None)


TYPO = {"name": "typo", "version": 1, "severity": 2, "seed": 0}
PERTURBATION = {
    "name": "typo:2",
    "transforms": [TYPO],
    "changed": 40,
}


def test_scores_on_perturbed_rows_are_kept_apart(tmp_path: Path) -> None:
    directory = written(tmp_path, SCORE, {**SCORE, "perturbation": PERTURBATION})
    (clean,), (perturbed,) = flat_scores(directory), perturbed_scores(directory)
    assert (clean["perturbation"], clean["n_changed"]) == ("", 0)
    assert (perturbed["perturbation"], perturbed["n_changed"]) == ("typo:2", 40)
    assert list(load_records(directory)["perturbation"]) == ["", "typo:2"]


@pytest.mark.parametrize("severity", [0, 4, "2"])
def test_perturbations_have_three_severities(severity: object, tmp_path: Path) -> None:
    transforms = [{**TYPO, "severity": severity}]
    with raises_code("not-a-record"):
        written(tmp_path, {**SCORE, "perturbation": {**PERTURBATION, "transforms": transforms}})


PHASE = {
    "digest": "d" * 16,
    "phase": "target",
    "tasks": ["pawsx"],
    "steps": 8,
    "kept_step": 4,
    "selection": "best accuracy on validation",
    "hyper": {},
    "precision": "fp32",
    "stand_in": [],
}
CHOSEN = {**PHASE, "development_score": 81.5, "development_metric": "accuracy"}
DEVELOPMENT = {
    "the target phase's": (
        [{**CHOSEN, "phase": "intermediate", "development_score": 10.0}, CHOSEN],
        (81.5, "accuracy"),
    ),
    "the last checkpoint is kept": ([{**CHOSEN, "development_score": None, "development_metric": None}], (None, None)),
    "written before there was one": ([PHASE], (None, None)),
    "no target phase": ([{**CHOSEN, "phase": "intermediate"}], (None, None)),
    "no phase": ([], (None, None)),
}


@pytest.mark.parametrize("name", DEVELOPMENT)
def test_scores_have_the_development_score_of_their_target_phase(tmp_path: Path, name: str) -> None:
    phases, expected = DEVELOPMENT[name]
    writer = RecordWriter(tmp_path)
    writer.write("run", result=RUN, circumstance=RUN_CIRCUMSTANCE)
    writer.write("model", result={**MODEL, "phases": phases}, circumstance=TIME)
    writer.write("score", result=SCORE, circumstance=TIME)
    (row,) = flat_scores(tmp_path)
    assert (row["development_score"], row["development_metric"]) == expected


def test_several_runs_are_one_table(tmp_path: Path) -> None:
    first = written(tmp_path / "first", SCORE, FAILED)
    second = written(tmp_path / "second", {**SCORE, "value": 60.0})
    table = load_records(first, str(second))
    assert set(table.columns) == COLUMNS
    assert table["run_directory"].tolist() == [str(first), str(first), str(second)]
    assert table["value"].tolist()[::2] == [51.25, 60.0]
    assert table["value"].isna().tolist() == [False, True, False]
    assert len(load_records()) == 0


# --- the schema itself


def schema() -> dict[str, Any]:
    text = Path(records_module.__file__).with_name("schema.json").read_text(encoding="utf-8")
    return dict(json.loads(text))


def properties(node: Any, path: str = "") -> Iterator[tuple[str, dict[str, Any]]]:
    if isinstance(node, dict):
        for name, value in node.get("properties", {}).items():
            yield f"{path}/{name}", value
        for key, value in node.items():
            if key != "if":
                yield from properties(value, f"{path}/{key}")
    elif isinstance(node, list):
        for item in node:
            yield from properties(item, path)


def test_every_property_is_described() -> None:
    declared = schema()
    declared.pop("allOf")
    bare = [path for path, value in properties(declared) if not value.get("description")]
    assert bare == []
    assert len(list(properties(declared))) > 60


def test_every_object_of_ours_refuses_unknown_fields() -> None:
    open_to_all = [name for name, d in schema()["$defs"].items() if "properties" in d and d["additionalProperties"]]
    assert open_to_all == []


def test_the_schema_is_a_schema() -> None:
    from jsonschema import Draft202012Validator

    Draft202012Validator.check_schema(schema())
    validate({"schema": 1, "record": "score", "result": SCORE, "circumstance": TIME})
