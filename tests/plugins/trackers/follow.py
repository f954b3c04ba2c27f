"""What the tests of trackers run in a process of its own: follow a run, and write down what the tool's reader reads."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from harness.registry import Registry

PHASE = {"name": "target", "digest": "a" * 16, "tasks": ["pawsx"], "seed": 1, "step": 0, "steps": 3}
CURVE = "phases/target-pawsx-seed1-aaaaaaaa"


def step(number: int, loss: float) -> dict[str, Any]:
    """An optimiser step of 60 tokens among 80, in half a second."""
    rates = {"learning_rate": 1e-3 * number, "gradient_norm": 2.0, "seconds": 0.5}
    return {"step": number, "task": "pawsx", "loss": loss, "tokens": 60, "padded_tokens": 80, **rates}


def follow(name: str, directory: Path, run: Path) -> None:
    """One training phase that resumes, then the records of a run as they were written."""
    board: Any = Registry().tracker(name).start(directory)
    records = [json.loads(line) for line in (run / "records.jsonl").read_text(encoding="utf-8").splitlines()]
    board.run_started(run={"directory": str(run)})
    for one in (record for record in records if record["record"] != "score"):
        board.record_written(record=one)
    # It is interrupted behind its last checkpoint; wandb begins another run then.
    for process, done in ((range(1, 3), 0), (range(2, 4), 1)) if name != "wandb" else ((range(1, 4), 0),):
        board.phase_started(phase={**PHASE, "step": done})
        for number in process:
            board.step_finished(step=step(number, number / 4))
        board.phase_failed()
    for one in (record for record in records if record["record"] == "score"):
        board.record_written(record=one)
    board.run_finished(run={"directory": str(run), "ok": 1, "failed": 0, "seconds": 1.0})


def tensorboard(directory: Path) -> Iterator[tuple[str, str, list[tuple[int, Any]]]]:
    """Scalars and texts of each run, as TensorBoard shows them."""
    from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

    for folder in sorted({path.parent for path in directory.rglob("events.*")}):
        events = EventAccumulator(str(folder), size_guidance={"scalars": 0, "tensors": 0})
        events.Reload()
        name = folder.relative_to(directory).as_posix()
        for tag in events.Tags()["scalars"]:
            yield name, tag, [(event.step, event.value) for event in events.Scalars(tag)]
        for tag in events.Tags()["tensors"]:
            (event,) = events.Tensors(tag)
            yield name, tag.removesuffix("/text_summary"), [(0, event.tensor_proto.string_val[0].decode())]


def weights_and_biases(directory: Path) -> Iterator[tuple[str, str, list[tuple[int, Any]]]]:
    """The history in the files of offline runs, in wandb's own messages."""
    import wandb
    from wandb.proto.wandb_internal_pb2 import Record

    # As at the end of the process: what it writes in another one is then on the disk.
    wandb.teardown()
    for file in sorted(directory.rglob("*.wandb")):
        name = ""
        values: dict[str, list[tuple[int, Any]]] = {}
        for record in map(Record.FromString, framed(file.read_bytes())):
            name = record.run.display_name or name
            row = {tuple(item.nested_key) or (item.key,): json.loads(item.value_json) for item in record.history.item}
            for (tag, *rest), value in row.items():
                if rest == ["path"]:
                    value = (file.parent / "files" / value).read_text(encoding="utf-8")
                if rest in ([], ["path"]) and tag != "step" and not tag.startswith("_"):
                    values.setdefault(tag, []).append((row.get(("step",), 0), value))
        yield from ((name, tag, found) for tag, found in values.items())


def framed(content: bytes) -> Iterator[bytes]:
    """The records of a file in LevelDB's log format: blocks of 32 KiB, each piece behind checksum, length and kind."""
    place, whole = 7, b""
    while place + 7 <= len(content):
        room = 32768 - place % 32768
        if room < 7:
            place += room
            continue
        length, kind = int.from_bytes(content[place + 4 : place + 6], "little"), content[place + 6]
        whole += content[place + 7 : place + 7 + length]
        place += 7 + length
        if kind in (1, 4):
            yield whole
            whole = b""


def trackio(directory: Path) -> Iterator[tuple[str, str, list[tuple[int, Any]]]]:
    """Logs of each run, as trackio's dashboard gets them."""
    from trackio import Api
    from trackio.sqlite_storage import SQLiteStorage

    for run in Api().runs("xharness"):
        values: dict[str, list[tuple[int, Any]]] = {}
        for row in SQLiteStorage.get_logs("xharness", run.name):
            for key in row.keys() - {"timestamp", "step"}:
                value = row[key]
                if isinstance(value, Mapping) and "file_path" in value:
                    value = (directory / "media" / value["file_path"]).read_text(encoding="utf-8")
                elif isinstance(value, Mapping):
                    value = json.dumps(value["_value"])
                values.setdefault(key, []).append((row["step"], value))
        yield from ((run.name, key, found) for key, found in values.items())


def mlflow(directory: Path) -> Iterator[tuple[str, str, list[tuple[int, Any]]]]:
    """Metrics and artifacts of each run, as MLflow's client gives them."""
    from mlflow import MlflowClient

    client = MlflowClient(f"sqlite:///{directory}/mlflow.db")
    experiment = client.get_experiment_by_name("xharness")
    for run in client.search_runs([experiment.experiment_id]):
        assert run.info.status == "FINISHED"
        name, digest = run.info.run_name, run.info.run_id
        for key in run.data.metrics:
            yield name, key, [(one.step, one.value) for one in client.get_metric_history(digest, key)]
        for file in client.list_artifacts(digest):
            text = Path(client.download_artifacts(digest, file.path)).read_text(encoding="utf-8")
            yield name, file.path.rpartition(".")[0], [(0, text)]


def main(name: str, directory: str, run: str) -> None:
    follow(name, Path(directory), Path(run))
    read = {"tensorboard": tensorboard, "wandb": weights_and_biases, "trackio": trackio, "mlflow": mlflow}[name]
    found = [list(one) for one in read(Path(directory))]
    Path(os.environ["FOUND"]).write_text(json.dumps(found), encoding="utf-8")


if __name__ == "__main__":
    main(*sys.argv[1:])
