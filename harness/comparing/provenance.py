"""Where a score comes from: the settings and versions of its run, and the stages on the way to its predictions."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from harness.hyper import flatten
from harness.results.records import Records, as_json
from harness.results.schema import TrainedBy
from harness.results.scores import Row

TARGET = "target"

NO_OUTCOMES = ("phase", "steps", "kept_step", "development_score", "development_metric", "digest", "trained_by")
"""Fields of a phase that name it, or that training decided."""


@dataclass(frozen=True)
class Differing:
    """A value that is another one on the other side; None where a side has none."""

    name: str
    left: Any
    right: Any


@dataclass(frozen=True, kw_only=True)
class Origin:
    """What made a score.

    Attributes:
        settings: of the run, by dotted name.
        environment: versions of programs and plugins, and the device.
        stages: from the start model to the predictions.
        trained_by: what computed the steps of its phases; documents do not say it.
    """

    settings: Mapping[str, Any]
    environment: Mapping[str, Any]
    stages: tuple[MadeBy, ...]
    trained_by: tuple[TrainedBy, ...] = ()


@dataclass(frozen=True, kw_only=True)
class MadeBy:
    """One stage on the way to a score.

    Attributes:
        name: what it is, such as "target phase".
        digest: its directory in the store; "" where a document does not say it.
        facts: what decides its result, by name, as far as records say.
    """

    name: str
    digest: str
    facts: Mapping[str, Any]

    def is_same(self, other: MadeBy) -> bool:
        """Whether the results are the same, by their digests if both are known."""
        if self.name != other.name:
            return False
        return self.digest == other.digest if self.digest and other.digest else not list(self.differing(other))

    def differing(self, other: MadeBy) -> Iterator[Differing]:
        """The facts that are not the same; those that both sides tell, where one is of a document."""
        whole = self.digest and other.digest
        for name in dict.fromkeys((*self.facts, *other.facts)):
            if (whole or (name in self.facts and name in other.facts)) and self.facts.get(name) != other.facts.get(
                name
            ):
                yield Differing(name, self.facts.get(name), other.facts.get(name))


def origin_in_records(records: Sequence[Records], row: Row) -> Origin:
    """What made a score of runs.

    Args:
        records: of the runs, of which one has the score.
    """
    own = next(one for one in records if str(one.directory) == row["run_directory"])
    run = next((one for one in own.runs if one.result.digest == row["run"]), None)
    model = own.model(row["model"])
    start = MadeBy(name="start model", digest=model.start, facts=_given(name=model.name, revision=model.revision))
    phases = [as_json(phase) for phase in model.phases]
    stages = (start, *_phases(phases, [phase["digest"] for phase in phases]), _predictions(row))
    if run is None:
        return Origin(settings={}, environment={}, stages=stages)
    return Origin(
        settings=_settings(run.result.settings, run.result.source),
        environment=_environment(as_json(run.environment)),
        stages=stages,
        trained_by=tuple(one for phase in model.phases for one in phase.trained_by),
    )


def origin_in_document(document: Mapping[str, Any], row: Row) -> Origin:
    """What made a score of a leaderboard document, which does not keep digests of phases."""
    run = next((one for one in document["runs"] if one["digest"] == row["run"]), None)
    phases = document["training"][row["training"]]
    start = MadeBy(name="start model", digest=row["start"], facts={"name": row["model_name"]})
    stages = (start, *_phases(phases, [""] * len(phases)), _predictions(row))
    if run is None:
        return Origin(settings={}, environment={}, stages=stages)
    return Origin(settings=_settings(run["settings"], run["source"]), environment=_environment(run), stages=stages)


def _phases(phases: Sequence[Mapping[str, Any]], digests: Sequence[str]) -> Iterator[MadeBy]:
    for number, (phase, digest) in enumerate(zip(phases, digests, strict=True), start=1):
        # A target's phase comes last and is one, however many there are before it.
        name = f"{phase['phase']} phase" + ("" if phase["phase"] == TARGET else f" {number}")
        facts = {key: value for key, value in phase.items() if key not in NO_OUTCOMES}
        hyper = facts.pop("hyper", {})
        yield MadeBy(name=name, digest=digest, facts=_given(**facts) | flatten(hyper))


def _predictions(row: Row) -> MadeBy:
    facts = {name: row[name] for name in ("split", "precision", "task_version", "data")}
    facts |= flatten(json.loads(row["hyper"]))
    return MadeBy(name="predictions", digest=row["predictions"], facts=facts)


def _settings(settings: Mapping[str, Any], source: str) -> dict[str, Any]:
    """Settings by dotted name; those of arms are told of by the stages that they are for."""
    return flatten({name: value for name, value in settings.items() if name != "set"} | {"source": source}) | flatten(
        settings.get("set", {})
    )


def _environment(environment: Mapping[str, Any]) -> dict[str, Any]:
    plugins = {plugin["distribution"]: plugin["version"] for plugin in environment.get("plugins", ())}
    return {**environment.get("versions", {}), **plugins, "device": environment.get("device", "")}


def _given(**facts: Any) -> dict[str, Any]:
    """Without what is empty, which records leave out or not."""
    return {name: value for name, value in facts.items() if value not in ("", None, [], {}, ())}
