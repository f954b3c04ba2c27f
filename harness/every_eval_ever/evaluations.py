"""What becomes one document of Every Eval Ever: a checkpoint of a run with its scores."""

from __future__ import annotations

import datetime
import hashlib
import uuid
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import TYPE_CHECKING

from harness.exporting.card import start_name
from harness.exporting.metadata import hub_id
from harness.outputs import LONGEST_NAME, portable_name
from harness.results.columns import flat_rows
from harness.results.marks import find_marks
from harness.results.schema import ARM, LANGUAGE, SEED, SPLIT, TASK

if TYPE_CHECKING:
    from harness.registry import Registry
    from harness.results.records import Records
    from harness.results.schema import Arm, Model, RunRecord, Score, ScoreRecord
    from harness.results.scores import Row

COLLECTION = "xharness"
UNKNOWN = "unknown"


@dataclass(frozen=True, kw_only=True)
class Result:
    """A score.

    Attributes:
        marks: what to know about it, by `harness.results.marks`.
    """

    score: Score
    marks: tuple[str, ...]

    @property
    def name(self) -> str:
        """Unique in its document; what items refer to."""
        at = self.score.at
        return f"{at[TASK]}/{at[SPLIT]}/{at[LANGUAGE]}/{self.score.metric}"


@dataclass(frozen=True, kw_only=True)
class Evaluation:
    """A checkpoint with its scores on clean rows.

    Attributes:
        results: scores; those that failed are not among them.
        failed: what has no score, in words.
        time: when the last score was recorded, in UTC.
        organization: who evaluated, and who trained if there was any training.
        hub: id of the checkpoint on the hub, where it is a start model from there that was not trained further.
    """

    run: RunRecord
    model: Model
    arm: Arm
    seed: int
    results: tuple[Result, ...]
    failed: tuple[str, ...]
    time: datetime.datetime
    organization: str
    hub: str

    @property
    def start(self) -> str:
        """The start model."""
        return start_name(self.model.name)

    @property
    def title(self) -> str:
        """The checkpoint in words."""
        trained = [" + ".join(phase.tasks) for phase in self.model.phases]
        how = f" trained on {', then on '.join(trained)}" if trained else ""
        return f"{self.start}{how}, seed {self.seed}" if trained else self.start

    @property
    def developer(self) -> str:
        """Whose model it is."""
        return self.hub.partition("/")[0] if self.hub else self.organization

    @property
    def model_id(self) -> str:
        """The checkpoint as developer/name; it names a repository of the hub only where `hub` does."""
        if self.hub:
            return self.hub
        trained = [
            phase.tasks[0] if len(phase.tasks) == 1 else f"{len(phase.tasks)}-tasks" for phase in self.model.phases
        ]
        name = "_".join([self.start, *trained, f"seed{self.seed}"])
        longest = LONGEST_NAME - len(self.model.digest) - 1
        name = portable_name(name, longest=longest, case_counts=True)
        return f"{portable_name(self.organization, case_counts=True)}/{name}_{self.model.digest}"

    @property
    def evaluation_id(self) -> str:
        """The same whenever the same records are exported."""
        return f"{COLLECTION}/{self.model_id}/{self.run.result.digest}/{self.seconds}"

    @property
    def seconds(self) -> str:
        """`time` in seconds since 1970."""
        return str(int(self.time.timestamp()))

    @property
    def path(self) -> PurePosixPath:
        """Where the datastore has the document, without its suffix."""
        digest = hashlib.sha256(self.evaluation_id.encode(errors="backslashreplace")).digest()
        parts = self.model_id.split("/", 1)
        folders = [portable_name(part, case_counts=True) for part in parts] if self.hub else parts
        return PurePosixPath("data", COLLECTION, *folders, str(uuid.UUID(bytes=digest[:16], version=4)))


def evaluations(
    records: Records, registry: Registry, *, arms: Sequence[str] = (), organization: str = ""
) -> Iterator[Evaluation]:
    """The checkpoints of a run that have a score, in the order of its records.

    A checkpoint that several arms or seeds share, such as one that was not trained, is there once, with the first of
    them.

    Args:
        arms: labels of those that take part; all by default.
    """
    rows = [row for row in flat_rows(records) if row["clean"]]
    by_model: dict[str, list[tuple[ScoreRecord, Row]]] = {}
    for record, row in zip(records.clean, rows, strict=True):
        if not arms or record.result.at[ARM] in arms:
            by_model.setdefault(record.result.model, []).append((record, row))
    for digest, scored in by_model.items():
        first = scored[0][0].result.at
        own = [(one, row) for one, row in scored if all(one.result.at[name] == first[name] for name in (ARM, SEED))]
        results = tuple(
            Result(score=one.result, marks=tuple(find_marks(row))) for one, row in own if one.result.value is not None
        )
        if not results:
            continue
        model = records.model(digest)
        times = [one.environment.rescored or one.environment.time for one, _ in own]
        yield Evaluation(
            run=records.run,
            model=model,
            arm=records.arm(str(first[ARM])),
            seed=int(first[SEED]),
            results=results,
            failed=tuple(_failed(one.result) for one, _ in own if one.result.value is None),
            time=datetime.datetime.fromisoformat(max(filter(None, [*times, records.run.environment.started]))),
            organization=organization or UNKNOWN,
            hub="" if model.phases else hub_id(model.name, registry),
        )


def _failed(score: Score) -> str:
    at = score.at
    return f"{at[TASK]}/{at[SPLIT]}/{at[LANGUAGE]}/{score.metric}: {score.error or score.status}"
