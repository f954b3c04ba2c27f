"""What a leaderboard is made of: scores with the system they are of, and the runs and training they come from."""

from __future__ import annotations

import dataclasses
import hashlib
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from harness.results.comparison import BASELINE
from harness.results.records import read_records

SPLIT = "test"
"""The split that leaderboards are of."""


@dataclass(frozen=True, order=True, kw_only=True)
class System:
    """What is compared: a start model after some intermediate tasks.

    Attributes:
        model: what a run calls the start model; two names of the same start are one system.
        start: digest of the start model.
        arm: intermediate tasks in words; none: the baseline.
        mode: how they were trained.
    """

    model: str = field(compare=False)
    start: str
    arm: str
    mode: str
    intermediate: tuple[str, ...]

    @property
    def label(self) -> str:
        """The arm, with the mode where several tasks could have been trained in several."""
        return f"{self.arm} ({self.mode})" if len(self.intermediate) > 1 else self.arm

    @property
    def in_words(self) -> str:
        """As messages call it."""
        return f"{self.model} alone" if self.is_baseline else f"{self.model} after {self.label}"

    @property
    def is_baseline(self) -> bool:
        """Whether it has no intermediate tasks."""
        return self.arm == BASELINE


@dataclass(frozen=True, kw_only=True)
class Score:
    """One metric of one seed of a system on one task and language; fields are those of the score's record.

    Attributes:
        differs: how the rows differ from the benchmark's; "" where they do not.
        value: in percent; None where it failed.
        run: digest of the run.
        training: digest of what the phases of training have in common over seeds.
        development_score: of the checkpoint that the target phase kept; None without one.
        origin: the run or document that it was read from, for messages.
    """

    system: System
    task: str
    kind: str
    language: str
    metric: str
    seed: int
    value: float | None
    interval: Mapping[str, Any] | None
    n: int
    n_skipped: int
    truncated: int
    constant: bool
    limited: bool
    stand_in: bool
    differs: str
    overlap: Sequence[Mapping[str, Any]]
    role: str
    split: str
    source: str
    data: str
    precision: str
    task_version: int
    metric_version: int
    hyper: Mapping[str, Any]
    run: str
    training: str
    development_score: float | None
    development_metric: str | None
    error: str | None
    origin: str = field(compare=False)

    @property
    def place(self) -> tuple[System, str, str, str, int]:
        """What can have one value only."""
        return self.system, self.task, self.language, self.metric, self.seed

    @property
    def row(self) -> dict[str, Any]:
        """As a row of `harness.results.records.flat_scores`, as far as comparisons need it; the arm is its label."""
        values = {f.name: getattr(self, f.name) for f in dataclasses.fields(self) if f.name not in ("system", "origin")}
        values |= {"arm": self.system.label, "mode": self.system.mode, "main": True}
        values |= {"overlap": json.dumps(self.overlap), "status": "failed" if self.value is None else "ok"}
        return values


OF_ROW = ("task", "kind", "language", "metric")
OF_SCORE = tuple(f.name for f in dataclasses.fields(Score) if f.name not in (*OF_ROW, "system", "origin"))
"""Fields that each seed of a row in a document has for itself."""

_RECORDED = {*OF_ROW, *OF_SCORE} - {"seed", "training", "development_score", "development_metric", "differs", "error"}


@dataclass(frozen=True)
class Collected:
    """Scores of runs and documents.

    Attributes:
        runs: what repeats them; the same digest twice where the same settings ran with other versions.
        training: phases by the digest that scores name.
    """

    runs: tuple[Mapping[str, Any], ...]
    training: Mapping[str, Sequence[Mapping[str, Any]]]
    scores: tuple[Score, ...]

    def with_scores(self, scores: Sequence[Score]) -> Collected:
        """Other scores of the same runs, without what they do not refer to."""
        runs, training = {score.run for score in scores}, {score.training for score in scores}
        return Collected(
            tuple(run for run in self.runs if run["digest"] in runs),
            {digest: phases for digest, phases in self.training.items() if digest in training},
            tuple(scores),
        )


def joined(parts: Sequence[Collected]) -> Collected:
    """All in one, nothing left out but the same run named twice; the order of the parts does not matter."""
    runs = {canonical(run): run for part in parts for run in part.runs}
    training = {digest: phases for part in parts for digest, phases in part.training.items()}
    return Collected(
        tuple(runs[key] for key in sorted(runs)), training, tuple(score for part in parts for score in part.scores)
    )


def of_run(directory: Path) -> Collected:
    """The scores of a run on clean rows.

    Raises:
        NothingToShow: it has no records.
        StoreError: a record cannot be read.
    """
    records = list(read_records(directory))
    models = {r["result"]["digest"]: r["result"] for r in records if r["record"] == "model"}
    training: dict[str, Sequence[Mapping[str, Any]]] = {}
    scores = []
    for record in records:
        if record["record"] == "score" and "perturbation" not in record["result"]:
            phases = [_recipe(phase) for phase in models[record["result"]["model"]]["phases"]]
            digest = digest_of(phases)
            training[digest] = phases
            scores.append(_score(record["result"], models[record["result"]["model"]], digest, str(directory)))
    runs = tuple(_run(record) for record in records if record["record"] == "run")
    return Collected(runs, training, tuple(scores))


def of_document(document: Mapping[str, Any], origin: str) -> Collected:
    """The scores of a document."""
    return Collected(tuple(document["runs"]), document["training"], tuple(_scores_of(document, origin)))


def canonical(value: Any) -> str:
    """JSON that is the same for equal values."""
    return json.dumps(value, sort_keys=True, ensure_ascii=False, allow_nan=False)


def digest_of(value: Any) -> str:
    """16 hexadecimal digits of a value of JSON."""
    return hashlib.sha256(canonical(value).encode()).hexdigest()[:16]


def _scores_of(document: Mapping[str, Any], origin: str) -> Iterator[Score]:
    for entry in document["systems"]:
        values = {name: entry[name] for name in ("model", "start", "arm", "mode")}
        system = System(**values, intermediate=tuple(entry["intermediate"]))
        for row in entry["rows"]:
            of_row = {name: row[name] for name in OF_ROW}
            for score in row["scores"]:
                yield Score(system=system, **of_row, **{name: score[name] for name in OF_SCORE}, origin=origin)


def _score(result: Mapping[str, Any], model: Mapping[str, Any], training: str, origin: str) -> Score:
    system = System(
        model=model["name"],
        start=model["start"],
        arm=model["arm"],
        mode=model["mode"],
        intermediate=tuple(model["intermediate"]),
    )
    last = model["phases"][-1] if model["phases"] else {}
    target = last if last.get("phase") == "target" else {}
    return Score(
        system=system,
        seed=model["seed"],
        training=training,
        development_score=target.get("development_score"),
        development_metric=target.get("development_metric"),
        differs=result.get("differs", ""),
        error=result.get("error"),
        origin=origin,
        **{name: result[name] for name in _RECORDED},
    )


def _recipe(phase: Mapping[str, Any]) -> dict[str, Any]:
    """What a phase of training has in common over seeds."""
    names = ("phase", "tasks", "selection", "hyper", "precision", "stand_in")
    return {name: phase[name] for name in names} | {"rows": phase.get("rows", {})}


def _run(record: Mapping[str, Any]) -> dict[str, Any]:
    """What repeats a run, without time and host."""
    circumstance = record["circumstance"]
    # The directory of the program is the business of one machine.
    program, *words = circumstance["command_line"] or [""]
    return {
        **{name: value for name, value in record["result"].items() if name != "perturb"},
        "command_line": [Path(program).name, *words],
        **{name: circumstance[name] for name in ("versions", "plugins", "device")},
    }
