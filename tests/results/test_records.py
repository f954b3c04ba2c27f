"""records.jsonl: validated on write and read, robust against a crash in mid-line, flat as a table."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

from harness.errors import StoreError
from harness.results.columns import columns
from harness.results.consistency import mixed_versions
from harness.results.jsonschema import json_schema
from harness.results.records import FILE, Records, RecordWriter, check, read_records
from harness.results.schema import Environment, Model, Run, RunEnvironment, Score
from harness.results.scores import Scores, load_records
from tests.raising import raises_code

ARMS = [
    {"label": "none", "text": "none"},
    {"label": "both", "text": "qqp + ccg", "phases": [{"tasks": ["qqp", "ccg"]}]},
]
RUN = {"digest": "a" * 16, "command": "train", "settings": {"seeds": [1]}, "source": "mini", "arms": ARMS}
RUN_ENVIRONMENT = {
    "started": "2026-11-20T10:00:00+00:00",
    "versions": {"xharness": "0.1.0"},
    "plugins": [],
    "device": "cpu",
    "host": "here",
    "command_line": ["xharness"],
}
MODEL = {"digest": "b" * 16, "name": "scratch", "start": "c" * 16, "phases": []}
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
AT = {"arm": "both", "seed": 7, "task": "pawsx", "language": "de", "split": "test"}
SCORE = {
    "at": AT,
    "run": "a" * 16,
    "model": "b" * 16,
    "task_version": 1,
    "role": "target",
    "kind": "text-classification",
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
FAILED = {**SCORE, "value": None, "interval": None, "n": 0, "status": "failed", "at": {**AT, "language": "fr"}}
INTERVAL: dict[str, Any] = {"low": 50.0, "high": 52.0, "level": 0.95, "method": "wilson", "answers": "this checkpoint"}
PHASE = {
    "digest": "d" * 16, "phase": "target", "tasks": ["pawsx"], "steps": 1, "kept_step": 1, "selection": "last",
    "hyper": {}, "precision": "fp32", "stand_in": [],
}  # fmt: skip
TIME = {"time": "2026-11-20T10:00:01+00:00"}
TYPES: dict[str, Any] = {"run": Run, "model": Model, "score": Score}


def write(writer: RecordWriter, kind: str, result: Mapping[str, Any]) -> None:
    """Write a record; its parts are not checked before the writer gets them."""
    environment = RunEnvironment(**RUN_ENVIRONMENT) if kind == "run" else Environment(**TIME)  # type: ignore[arg-type]
    writer.write(TYPES[kind](**result), environment)


def written(directory: Path, *scores: Mapping[str, Any], model: Mapping[str, Any] = MODEL) -> Path:
    directory.mkdir(exist_ok=True)
    writer = RecordWriter(directory)
    write(writer, "run", RUN)
    write(writer, "model", model)
    for score in scores:
        write(writer, "score", score)
    return directory


def size(records: Records) -> int:
    return len(records.runs) + len(records.models) + len(records.scores) + len(records.measures)


def line(kind: str, result: Mapping[str, Any]) -> dict[str, Any]:
    environment = RUN_ENVIRONMENT if kind == "run" else TIME
    return {"schema": 2, "record": kind, "result": dict(result), "environment": environment}


def test_what_is_written_is_read(tmp_path: Path) -> None:
    failed = {**FAILED, "error": "keine Ähnlichkeit"}
    found = read_records(written(tmp_path, SCORE, failed))
    lines = [json.loads(text) for text in (tmp_path / FILE).read_text(encoding="utf-8").splitlines()]
    assert [(record["schema"], record["record"]) for record in lines] == [
        (2, "run"),
        (2, "model"),
        (2, "score"),
        (2, "score"),
    ]
    assert [record["result"] for record in lines] == [RUN, MODEL, SCORE, failed]
    assert found.run.result.arms[1].intermediate == ("qqp", "ccg")
    assert [(one.result.value, one.result.error) for one in found.scores] == [(51.25, None), (None, failed["error"])]
    assert found.model("b" * 16).name == "scratch"
    assert "Ähnlichkeit" in (tmp_path / FILE).read_text(encoding="utf-8")


def test_each_record_is_on_disk_before_anybody_is_told(tmp_path: Path) -> None:
    seen = []
    writer = RecordWriter(tmp_path, lambda record: seen.append((record["record"], size(read_records(tmp_path)))))
    write(writer, "run", RUN)
    write(writer, "model", MODEL)
    assert seen == [("run", 1), ("model", 2)]


def test_a_file_is_read_once_unless_it_has_changed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    directory = written(tmp_path, SCORE)
    first = read_records(directory)
    assert read_records(directory) is first
    write(RecordWriter(directory), "score", FAILED)
    assert len(read_records(directory).scores) == 2


WRONG: dict[str, tuple[str, dict[str, Any], str]] = {
    "unknown field": ("score", {**SCORE, "colour": "red"}, "colour"),
    "missing field": ("score", {k: v for k, v in SCORE.items() if k != "n"}, "`n`"),
    "wrong type": ("score", {**SCORE, "value": "51"}, "$.result.value"),
    "no number of items": ("score", {**SCORE, "n": -1}, "$.result.n"),
    "unknown status": ("score", {**SCORE, "status": "fine"}, "$.result.status"),
    "wrong digest": ("score", {**SCORE, "run": "xyz"}, "$.result.run"),
    "wrong overlap": ("score", {**SCORE, "overlap": [{**OVERLAP, "use": "fun"}]}, "$.result.overlap[0].use"),
    "unknown kind": ("story", SCORE, "story"),
    "unknown command": ("run", {**RUN, "command": "sing"}, "$.result.command"),
    "arm without label": ("run", {**RUN, "arms": [{"text": "none"}]}, "label"),
    "no language": ("score", {**SCORE, "at": {k: v for k, v in AT.items() if k != "language"}}, "language"),
    "seed in words": ("score", {**SCORE, "at": {**AT, "seed": "seven"}}, "seed"),
    "infinite interval": ("score", {**SCORE, "interval": {**INTERVAL, "high": float("inf")}}, "high is inf"),
    "interval that is no number": ("score", {**SCORE, "interval": {**INTERVAL, "low": float("nan")}}, "low is nan"),
    "interval the wrong way round": ("score", {**SCORE, "interval": {**INTERVAL, "low": 53.0}}, "53, above its end 52"),
    "interval beyond percent": ("score", {**SCORE, "interval": {**INTERVAL, "high": 100.1}}, "100.1"),
    "value that is no number": ("score", {**SCORE, "value": float("nan")}, "value is nan"),
    "more than all": ("score", {**SCORE, "value": 100.01}, "100.01"),
    "less than nothing": ("score", {**SCORE, "value": -0.01}, "-0.01"),
    "ok without value": ("score", {**SCORE, "value": None}, "the status is ok, and the value null"),
    "failed with a value": ("score", {**SCORE, "status": "failed"}, "the status is failed, and the value 51.25"),
    "unknown tokens that are no number": ("score", {**SCORE, "unknown": float("inf")}, "unknown is inf"),
    "development score that is no number": (
        "model",
        {**MODEL, "phases": [{**PHASE, "development_score": float("nan")}]},
        "development_score is nan",
    ),
    "coordinate that is a list": ("score", {**SCORE, "at": {**AT, "step": [1]}}, "$.result.at"),
}


@pytest.mark.parametrize("name", WRONG)
def test_a_record_against_the_schema_is_refused(name: str) -> None:
    kind, result, message = WRONG[name]
    with raises_code("not-a-record", message):
        check(line(kind, result))


def test_a_record_against_the_schema_is_not_written(tmp_path: Path) -> None:
    with raises_code("not-a-record", "$.result.value"):
        write(RecordWriter(tmp_path), "score", {**SCORE, "value": "51"})
    assert not (tmp_path / FILE).exists()


def test_coordinates_are_open_and_units_are_any(tmp_path: Path) -> None:
    at = {**AT, "step": 4, "layer": "last"}
    written(tmp_path, {**SCORE, "at": at, "unit": "nats", "value": -3.0})
    (score,) = read_records(tmp_path).scores
    assert (score.result.at["step"], score.result.unit) == (4, "nats")
    (row,) = Scores.of(tmp_path).rows
    assert (row["step"], row["layer"], row["unit"]) == (4, "last", "nats")


@pytest.mark.parametrize("value", [float("nan"), float("inf")])
def test_a_score_that_is_no_number_is_not_written(tmp_path: Path, value: float) -> None:
    with pytest.raises(ValueError, match=f"value is {value}"):
        write(RecordWriter(tmp_path), "score", {**SCORE, "value": value})
    assert not (tmp_path / FILE).exists() or (tmp_path / FILE).read_text() == ""


@pytest.mark.parametrize("cut", [1, 20, -2, -1])
def test_a_last_line_that_a_crash_cut_off_is_passed_over(tmp_path: Path, cut: int) -> None:
    path = written(tmp_path, SCORE) / FILE
    whole = path.read_bytes()
    last = json.dumps(line("score", {**SCORE, "data": "ü" * 30}))
    path.write_bytes(whole + last.encode()[:cut])
    assert size(read_records(tmp_path)) == 3
    assert read_records(tmp_path).cut


def test_a_character_that_a_crash_cut_in_half_is_passed_over(tmp_path: Path) -> None:
    path = written(tmp_path, SCORE) / FILE
    path.write_bytes(path.read_bytes() + '{"schema": 2, "record": "ü'.encode()[:-1])
    assert size(read_records(tmp_path)) == 3


def test_a_last_line_that_only_lacks_its_end_is_read(tmp_path: Path) -> None:
    path = written(tmp_path, SCORE) / FILE
    path.write_bytes(path.read_bytes().rstrip(b"\n"))
    assert size(read_records(tmp_path)) == 3
    assert not read_records(tmp_path).cut


@pytest.mark.parametrize(
    ("broken", "code"),
    [
        (b'{"schema": 2, "record"', "not-json"),
        (b"", "not-json"),
        (b"\xff\xfe", "not-json"),
        (b'{"schema": 2, "record": "run", "result": {}, "environment": {}}', "not-a-record"),
        (b'{"schema": 1, "record": "score", "result": {}, "circumstance": {}}', "not-a-record"),
        (b'{"schema": 1, "record": "score", "result": "x", "circumstance": {}}', "not-a-record"),
        (b'{"schema": 1}', "not-a-record"),
        (b'{"schema": 3, "record": "run", "result": {}, "environment": {}}', "newer-records"),
        (b'{"record": "run"}', "not-a-record"),
        (b"[]", "not-a-record"),
        (b'{"schema": 2, "record": "\\ud83d", "result": {}, "environment": {}}', "not-a-record"),
    ],
)
@pytest.mark.parametrize("place", [1, 3])
def test_a_broken_line_is_an_error_with_its_place(tmp_path: Path, broken: bytes, code: str, place: int) -> None:
    path = written(tmp_path, SCORE) / FILE
    lines = path.read_bytes().split(b"\n")
    path.write_bytes(b"\n".join([*lines[:place], broken, *lines[place:]]))
    with raises_code(code, f"{FILE}:{place + 1}"):
        read_records(tmp_path)


def test_records_of_a_newer_schema_are_refused_by_their_number(tmp_path: Path) -> None:
    (tmp_path / FILE).write_text(json.dumps({**line("run", RUN), "schema": 3, "sky": "blue"}) + "\n")
    with raises_code("newer-records", "schema 3", "1 to 2"):
        read_records(tmp_path)


def test_line_separators_within_a_text_end_no_line(tmp_path: Path) -> None:
    error = "a\u2028b\u2029c\x85d\x0be\x1cf\rg\nh"
    written(tmp_path, {**FAILED, "error": error})
    assert [record.result.error for record in read_records(tmp_path).scores] == [error]


def test_half_a_surrogate_pair_does_not_stop_a_run(tmp_path: Path) -> None:
    written(tmp_path, {**FAILED, "error": "bad \udcff text"})
    assert read_records(tmp_path).scores[-1].result.error == "bad \udcff text"
    assert load_records(tmp_path)["error"].tolist()[-1] == "bad \\udcff text"


def test_a_directory_without_records_is_said(tmp_path: Path) -> None:
    with raises_code("no-records", tmp_path):
        read_records(tmp_path)


def test_a_score_of_a_model_that_is_not_there_is_refused(tmp_path: Path) -> None:
    written(tmp_path, {**SCORE, "model": "f" * 16})
    with raises_code("lost-model", "f" * 16, FILE):
        read_records(tmp_path)


@pytest.mark.parametrize("value", [0.0, 100.0, 100.00000000000001, -1e-12])
def test_rounding_is_no_fault(tmp_path: Path, value: float) -> None:
    written(tmp_path, {**SCORE, "value": value})
    assert read_records(tmp_path).scores[0].result.value == value


@pytest.mark.parametrize("number", ["1e999", "-1e999", "NaN", "Infinity"])
def test_what_is_no_number_in_a_file_is_refused_with_its_line(tmp_path: Path, number: str) -> None:
    path = written(tmp_path, SCORE) / FILE
    path.write_text(path.read_text(encoding="utf-8").replace("51.25", number))
    with pytest.raises(StoreError) as caught:
        read_records(tmp_path)
    assert caught.value.where == f"{path}:3"


def test_a_place_has_one_value(tmp_path: Path) -> None:
    written(tmp_path, SCORE, {**SCORE, "value": 52.0})
    with raises_code("two-values-of-a-score", "accuracy", "language de", "51.25", "52", tmp_path / FILE):
        read_records(tmp_path)


def test_a_place_counts_once(tmp_path: Path) -> None:
    other = {**SCORE, "at": {**AT, "step": 4}, "value": 60.0}
    failed = {**FAILED, "at": AT, "error": "lost"}
    written(tmp_path, failed, SCORE, SCORE, other, failed)
    assert [one.result.value for one in read_records(tmp_path).scores] == [51.25, 60.0]


def test_scores_of_several_versions_are_told_apart() -> None:
    def row(task: str, metric: str, *versions: int) -> dict[str, Any]:
        return {"task": task, "metric": metric, "task_version": versions[0], "metric_version": versions[1]}

    assert list(mixed_versions([row("a", "f1", 1, 1), row("b", "f1", 2, 1), row("a", "f1", 1, 1)])) == []
    found = list(mixed_versions([row("a", "f1", 1, 2), row("a", "f1", 3, 1)]))
    assert ["metric f1" in one for one in found] == [True, False]
    assert ["versions 1 and 2" in found[0], "versions 1 and 3 of the task a" in found[1]] == [True, True]


# --- the flat table

COLUMNS = {
    "run", "model", "task", "task_version", "role", "kind", "language", "split", "metric", "metric_version", "main",
    "unit", "value", "n", "n_skipped", "truncated", "constant", "limited", "source", "data", "stand_in",
    "perturbation", "n_changed", "diagnostic", "head_phase",
    "predictions", "status", "low", "high", "interval", "overlap", "selected_on", "hyper", "precision", "arm", "mode",
    "seed", "intermediate", "intermediate_score", "model_name", "development_score", "development_metric",
    "run_directory", "started",
    "error", "unknown", "differs", "transforms",
    "arm_text", "arm_settings", "varied", "base_label", "against", "clean",
}  # fmt: skip


def test_scores_are_flat_with_their_model_and_run(tmp_path: Path) -> None:
    row, failed = Scores.of(written(tmp_path, SCORE, FAILED)).rows
    assert row.keys() == failed.keys() == COLUMNS == columns().keys()
    assert not any(isinstance(value, list | dict) for value in row.values())
    assert {key: row[key] for key in ("low", "high", "interval", "value")} == {
        "low": 50.0,
        "high": 52.0,
        "interval": "wilson",
        "value": 51.25,
    }
    assert (row["arm"], row["arm_text"], row["mode"]) == ("both", "qqp + ccg", "multitask")
    assert (row["seed"], row["intermediate"], row["against"]) == (7, "qqp+ccg", "none")
    assert (row["model_name"], row["run_directory"]) == ("scratch", str(tmp_path))
    assert row["started"] == RUN_ENVIRONMENT["started"]
    assert json.loads(row["overlap"]) == [OVERLAP]
    assert (failed["value"], failed["low"], failed["interval"]) == (None, None, None)


TYPO = {"name": "typo", "version": 1, "severity": 2, "seed": 0}
PERTURBED = {**SCORE, "at": {**AT, "perturbation": "typo:2"}, "transforms": [TYPO], "n_changed": 40}


def test_scores_on_perturbed_rows_are_kept_apart(tmp_path: Path) -> None:
    scores = Scores.of(written(tmp_path, SCORE, PERTURBED))
    clean, perturbed = scores.rows
    assert scores.clean.rows == [clean]
    assert (clean["perturbation"], clean["n_changed"], clean["transforms"]) == ("", 0, "[]")
    assert (perturbed["perturbation"], perturbed["n_changed"]) == ("typo:2", 40)
    assert list(load_records(tmp_path)["perturbation"]) == ["", "typo:2"]
    assert [clean["diagnostic"], perturbed["diagnostic"]] == [False, False]


def test_scores_on_rows_whose_labels_need_not_hold_say_so(tmp_path: Path) -> None:
    order = {"name": "local-order", "version": 1, "severity": 2, "seed": 0, "diagnostic": True}
    both = {**PERTURBED, "transforms": [TYPO, order], "at": {**AT, "perturbation": "typo:2+local-order:2"}}
    perturbed, diagnostic = Scores.of(written(tmp_path, PERTURBED, both)).rows
    assert [perturbed["diagnostic"], diagnostic["diagnostic"]] == [False, True]
    assert [one.get("diagnostic") for one in json.loads(diagnostic["transforms"])] == [None, True]


def test_scores_without_further_coordinates_are_clean_however_they_are_read(tmp_path: Path) -> None:
    snapshot = {**SCORE, "at": {**AT, "step": 4}, "value": 7.0}
    records = read_records(written(tmp_path, SCORE, PERTURBED, snapshot))
    assert [one.result.at for one in records.clean] == [AT]
    assert [row["value"] for row in Scores.of(records).clean.rows] == [SCORE["value"]]
    table = load_records(tmp_path)
    assert table["clean"].tolist() == [True, False, False]
    assert table[table["clean"]]["value"].tolist() == [SCORE["value"]]


@pytest.mark.parametrize("name", ["value", "n", "clean", "against", "model_name"])
def test_a_coordinate_that_is_called_like_a_column_is_refused(tmp_path: Path, name: str) -> None:
    records = read_records(written(tmp_path, {**SCORE, "at": {**AT, name: 4}}))
    with raises_code("coordinate-like-column", name, records.path):
        Scores.of(records)


@pytest.mark.parametrize("severity", [0, 4, "2"])
def test_perturbations_have_three_severities(severity: object) -> None:
    with raises_code("not-a-record"):
        check(line("score", {**PERTURBED, "transforms": [{**TYPO, "severity": severity}]}))


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
BEFORE = {**CHOSEN, "phase": "intermediate", "development_score": 10.0}
DEVELOPMENT: dict[str, tuple[list[dict[str, Any]], tuple[float | None, str | None, float | None]]] = {
    "the target phase's": ([BEFORE, CHOSEN], (81.5, "accuracy", 10.0)),
    "the last checkpoint is kept": (
        [{**CHOSEN, "development_score": None, "development_metric": None}],
        (None, None, None),
    ),
    "written before there was one": ([PHASE], (None, None, None)),
    "no target phase": ([BEFORE], (None, None, 10.0)),
    "several intermediate phases": ([{**BEFORE, "development_score": 20.0}, BEFORE, CHOSEN], (81.5, "accuracy", 10.0)),
    "no phase": ([], (None, None, None)),
}


@pytest.mark.parametrize("name", DEVELOPMENT)
def test_scores_have_the_development_scores_of_their_phases(tmp_path: Path, name: str) -> None:
    phases, expected = DEVELOPMENT[name]
    (row,) = Scores.of(written(tmp_path, SCORE, model={**MODEL, "phases": phases})).rows
    assert (row["development_score"], row["development_metric"], row["intermediate_score"]) == expected


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


def properties(node: Any, path: str = "") -> Iterator[tuple[str, dict[str, Any]]]:
    if isinstance(node, dict):
        for name, value in node.get("properties", {}).items():
            yield f"{path}/{name}", value
        for key, value in node.items():
            yield from properties(value, f"{path}/{key}")
    elif isinstance(node, list):
        for item in node:
            yield from properties(item, path)


def test_every_property_is_described() -> None:
    envelope = ("record", "result", "environment")
    found = [(path, value) for path, value in properties(json_schema()) if not path.endswith(envelope)]
    assert [path for path, value in found if not value.get("description")] == []
    assert len(found) > 60


def test_every_object_of_ours_refuses_unknown_fields() -> None:
    parts = json_schema()["$defs"]
    assert [name for name, part in parts.items() if part["additionalProperties"]] == []


@pytest.mark.parametrize(
    "record", [line("run", RUN), line("model", MODEL), line("score", SCORE), line("score", FAILED)]
)
def test_the_schema_made_from_the_types_says_the_same_as_they_do(record: dict[str, Any]) -> None:
    from jsonschema import Draft202012Validator

    Draft202012Validator.check_schema(json_schema())
    validator = Draft202012Validator(json_schema())
    assert check(record)
    assert validator.is_valid(record)
    for name in record["result"]:
        less = {**record, "result": {key: value for key, value in record["result"].items() if key != name}}
        assert validator.is_valid(less) == accepted(less), name
    assert not validator.is_valid({**record, "result": {**record["result"], "colour": "red"}})


def accepted(record: dict[str, Any]) -> bool:
    try:
        return bool(check(record))
    except StoreError:
        return False
