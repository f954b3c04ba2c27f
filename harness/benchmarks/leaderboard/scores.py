"""What a leaderboard is made of: scores with the system they are of, and the runs and training they come from."""

from __future__ import annotations

import functools
import hashlib
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import msgspec

from harness.arms import NONE, varied_text
from harness.benchmarks.leaderboard.schema import SeedScore
from harness.results.records import Records, as_json, read_records
from harness.results.schema import ARM, LANGUAGE, SEED, SPLIT, TASK, Arm, Model, Phase, RunRecord, Scored
from harness.results.schema import Score as Recorded

OFFICIAL = "test"
"""The split that leaderboards are of."""


@dataclass(frozen=True, order=True, kw_only=True)
class System:
    """What is compared: a start model after some intermediate tasks.

    Attributes:
        model: what a run calls the start model; two names of the same start are one system.
        start: digest of the start model.
        arm: intermediate tasks in words; the arm's label, where it has settings of its own.
        mode: how they were trained.
        varied: JSON of the hyper-parameters of which the run has several values, with this system's.
        settings: JSON of the hyper-parameters of this arm alone.
        name: what a run calls the arm.
    """

    model: str = field(compare=False)
    start: str
    arm: str
    mode: str
    intermediate: tuple[str, ...]
    varied: str = "{}"
    settings: str = "{}"
    name: str = field(default="", compare=False)

    @functools.cached_property
    def key(self) -> str:
        """What no other system of its start has; labels of several runs can be the same."""
        return canonical([self.arm, self.mode, self.intermediate, self.varied, self.settings])

    @property
    def details(self) -> str:
        """What its run trained, where the label does not tell two systems apart."""
        settings = {**json.loads(self.settings), **json.loads(self.varied)}
        joint = " > " if self.mode == "sequential" else " + "
        parts = [joint.join(self.intermediate) or NONE, *(f"{name}={value}" for name, value in settings.items())]
        return ", ".join(parts)

    @property
    def label(self) -> str:
        """The arm's name, or its tasks, with the mode where several could have been trained in several."""
        if self.name not in ("", self.arm):
            return self.name
        return f"{self.arm} ({self.mode})" if len(self.intermediate) > 1 else self.arm

    @property
    def names(self) -> frozenset[str]:
        """What the arm can be asked for by: its tasks and its label, with and without the values that a run varies."""
        found = {name for name in (self.arm, self.name) if name}
        return frozenset(found | {self._without_values(name) for name in found})

    def _without_values(self, label: str) -> str:
        ends = [varied_text({name: value}) for name, value in json.loads(self.varied).items()]
        # The label has them in the order of the settings, which JSON that is compared does not keep.
        for _ in ends:
            label = functools.reduce(str.removesuffix, ends, label)
        return label

    @property
    def in_words(self) -> str:
        """As messages call it."""
        if self.is_baseline:
            return f"{self.model} alone" + ("" if self.label == NONE else f" ({self.label})")
        return f"{self.model} after {self.label}"

    @property
    def is_baseline(self) -> bool:
        """Whether it has no intermediate tasks."""
        return self.mode == NONE


class Score(SeedScore, frozen=True, kw_only=True, dict=True, gc=True):
    """One metric of one seed of a system on one task and language.

    Attributes:
        origin: the run or document that it was read from, for messages.
    """

    system: System
    task: str
    kind: str
    language: str
    metric: str
    origin: str

    @property
    def place(self) -> tuple[System, str, str, str, int]:
        """What can have one value only."""
        return self.system, self.task, self.language, self.metric, self.seed

    @functools.cached_property
    def row(self) -> dict[str, Any]:
        """As a row of the flat table, as far as comparisons need it; the arm is the system's key."""
        values = {name: getattr(self, name) for name in (*OF_ROW, *OF_SCORE)}
        values |= {"arm": self.system.key, "mode": self.system.mode, "main": True, "unit": "percent", "against": ""}
        values |= {"overlap": json.dumps(as_json(self.overlap))}
        low, high = (self.interval.low, self.interval.high) if self.interval else (None, None)
        values |= {"low": low, "high": high, "interval": self.interval.method if self.interval else None}
        return values | {"status": "failed" if self.value is None else "ok"}


OF_ROW = ("task", "kind", "language", "metric")
OF_SCORE = SeedScore.__struct_fields__
"""Fields that each seed of a row in a document has for itself."""

_RECORDED = Scored.__struct_fields__


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
    records = read_records(directory)
    training: dict[str, Sequence[Mapping[str, Any]]] = {}
    digests: dict[str, str] = {}
    for digest, model in records.models.items():
        phases = [_recipe(phase) for phase in model.result.phases]
        digests[digest] = digest_of(phases)
        training[digests[digest]] = phases
    scores = [_score(record.result, records, digests[record.result.model]) for record in records.clean]
    named = {score.training for score in scores}
    training = {digest: phases for digest, phases in training.items() if digest in named}
    return Collected(tuple(_run(record) for record in records.runs), training, tuple(scores))


def of_document(document: Mapping[str, Any], origin: str) -> Collected:
    """The scores of a document."""
    return Collected(tuple(document["runs"]), document["training"], tuple(_scores_of(document, origin)))


def canonical(value: Any) -> str:
    """JSON that is the same for equal values."""
    return json.dumps(value, sort_keys=True, ensure_ascii=False, allow_nan=False)


def digest_of(value: Any) -> str:
    """16 hexadecimal digits of a value of JSON."""
    return hashlib.sha256(canonical(value).encode()).hexdigest()[:16]


def system_of(entry: Mapping[str, Any]) -> System:
    """The system of an entry of a document."""
    values = {name: entry[name] for name in ("model", "start", "arm", "mode")}
    own = {name: canonical(entry.get(name, {})) for name in ("varied", "settings")}
    return System(**values, intermediate=tuple(entry["intermediate"]), **own, name=entry.get("label", ""))


def _scores_of(document: Mapping[str, Any], origin: str) -> Iterator[Score]:
    for entry in document["systems"]:
        system = system_of(entry)
        for row in entry["rows"]:
            of_row = {name: row[name] for name in OF_ROW}
            for score in row["scores"]:
                seed = msgspec.convert(score, SeedScore)
                fields = {name: getattr(seed, name) for name in OF_SCORE}
                yield Score(system=system, **of_row, **fields, origin=origin)


def _score(result: Recorded, records: Records, training: str) -> Score:
    model = records.model(result.model)
    label = str(result.at[ARM])
    target = model.target_phase
    seed = result.at[SEED]
    assert isinstance(seed, int)
    return Score(
        system=_system(records.arm(label), model),
        seed=seed,
        split=str(result.at[SPLIT]),
        task=str(result.at[TASK]),
        language=str(result.at[LANGUAGE]),
        kind=result.kind,
        metric=result.metric,
        training=training,
        development_score=target.development_score if target else None,
        development_metric=target.development_metric if target else None,
        origin=str(records.directory),
        **{name: getattr(result, name) for name in _RECORDED},
    )


def _system(arm: Arm, model: Model) -> System:
    return System(
        model=model.name,
        start=model.start,
        arm=arm.label if arm.settings or arm.varied else arm.text,
        mode=arm.mode,
        intermediate=arm.intermediate,
        varied=canonical(arm.varied),
        settings=canonical(arm.settings),
        name=arm.label,
    )


def _recipe(phase: Phase) -> dict[str, Any]:
    """What a phase of training has in common over seeds."""
    names = ("phase", "tasks", "rows", "selection", "hyper", "precision", "stand_in")
    return {name: as_json(getattr(phase, name)) for name in names}


def _run(record: RunRecord) -> dict[str, Any]:
    """What repeats a run, without time and host."""
    result, environment = record.result, record.environment
    # The directory of the program is the business of one machine.
    program, *words = environment.command_line or ("",)
    return {
        **{name: getattr(result, name) for name in ("digest", "command", "settings", "source")},
        "command_line": [Path(program).name, *words],
        **{name: as_json(getattr(environment, name)) for name in ("versions", "plugins", "device")},
    }
