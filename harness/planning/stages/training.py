"""Training phases: what one starts from, trains on and is selected by."""

from __future__ import annotations

import contextlib
import shutil
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from statistics import fmean
from typing import TYPE_CHECKING, Any, ClassVar

from harness.hookspecs import hookimpl
from harness.hyper import Hyper
from harness.modeling.sharing import link_or_copy
from harness.planning import estimates
from harness.planning.stages.base import Checkpoint, Cost, Descendant, Stage, StageType
from harness.planning.stages.encoding import encoded
from harness.planning.stages.models import ENCODING
from harness.planning.stages.rows import Rows
from harness.training.mixing import Mixing

if TYPE_CHECKING:
    from harness.planning.data import Data
    from harness.planning.store import Building
    from harness.planning.workbench import Workbench
    from harness.training.phase import Development as PhaseDevelopment

MODELING = (
    *("harness/modeling/model.py", "harness/modeling/heads/*.py", "harness/item_scores.py"),
    *("harness/modeling/use/model.py", "harness/planning/heads.py", "harness/planning/items.py"),
    *("harness/training/predict.py", "harness/training/batching.py", "harness/training/machine.py"),
    *("harness/training/ranks.py", "harness/training/failures.py", "harness/training/masking.py"),
)
"""What decides a model's outputs for encoded rows."""

PHASES = "phases"
"""The fact of a stage that was made from phases: what records say of each, by its digest."""


@dataclass(frozen=True, kw_only=True)
class Development:
    """Development rows and the metric that selects a checkpoint on them, by its mean over languages.

    Attributes:
        rows: of one task and split, one set a language.
    """

    rows: tuple[Rows, ...]
    metric: str
    metric_version: int

    @property
    def inputs(self) -> dict[str, Any]:
        """What of it decides which checkpoint is kept."""
        first, *others = self.rows
        return {
            **first.encoding,
            "decoding": first.decoding_inputs,
            "metric": self.metric,
            "metric_version": self.metric_version,
            **({"others": [self._unlike_first(rows) for rows in others]} if others else {}),
        }

    def _unlike_first(self, rows: Rows) -> str | dict[str, Any]:
        """The digest of rows in a further language, and what else of them is not as in the first one."""
        first, own = self.rows[0].encoding, rows.encoding
        unlike = {name: own.get(name) for name in {**first, **own} if first.get(name) != own.get(name)}
        return rows.digest if unlike.keys() <= {"rows"} else {**unlike, "rows": rows.digest}


@dataclass(frozen=True, kw_only=True)
class Trained(Descendant):
    """A training phase.

    Attributes:
        phase: "intermediate" or "target".
        start: the checkpoint its encoder comes from.
        tasks: training rows of each task.
        development: rows and metric that select the checkpoint; None keeps the last one.
        hyper: of the phase as a whole.
        precision: "fp32" or "bf16".
        replayed: tasks of earlier phases among `tasks`, behind the first, whose heads go on from the start checkpoint.
    """

    phase: str
    start: Checkpoint
    tasks: tuple[Rows, ...]
    development: Development | None
    hyper: Hyper
    precision: str
    seed: int
    replayed: tuple[str, ...] = ()
    kind: ClassVar[str] = "train"
    folder: ClassVar[str] = "train"
    loads_model: ClassVar[bool] = True
    can_be_let_go: ClassVar[bool] = True
    version: ClassVar[int] = 3
    code: ClassVar[tuple[str, ...]] = (
        *ENCODING,
        *MODELING,
        "harness/training/*.py",
        *("harness/modeling/sharing.py", "harness/modeling/weights.py"),
        "harness/evaluation/predictions.py",
        "harness/planning/stages/training.py",
    )

    def parents(self) -> Mapping[str, Stage]:
        """What it starts from, the model behind that, and the encoded rows."""
        development = self.development.rows if self.development else ()
        return {
            "start": self.start,
            "origin": self.origin,
            **{f"rows of {rows.task}": encoded(rows, self) for rows in self.tasks},
            **{f"development rows in {rows.language}": encoded(rows, self) for rows in development},
        }

    @property
    def inputs(self) -> dict[str, Any]:
        """Start, rows, hyper-parameters of the roles that count here, precision and seed."""
        roles = ["training"] + (["mixing"] if len(self.tasks) > 1 else []) + (["selection"] if self.development else [])
        unchanged = self.hyper.unchanged_later()
        values = self.hyper.values(*roles, idle=self.idle)
        hyper = {name: value for name, value in values.items() if name not in unchanged}
        return {
            "phase": self.phase,
            "start": self.start.digest,
            "tasks": [rows.encoding for rows in self.tasks],
            "development": self.development.inputs if self.development else None,
            "hyper": {**hyper, "precision": self.precision},
            "seed": self.seed,
            **({"task_weights": self.task_weights} if self.task_weights else {}),
            **({"replayed": list(self.replayed)} if self.replayed else {}),
        }

    def build(self, bench: Workbench, out: Building) -> None:
        """Train, and keep a checkpoint."""
        from harness.planning.heads import head_config
        from harness.training.determinism import is_deterministic
        from harness.training.loop import run_phase
        from harness.training.phase import SNAPSHOTS, Phase

        start = self.start.obtain(bench)
        phase = Phase(
            name=self.phase,
            features={rows.task: encoded(rows, self).load(bench) for rows in self.tasks},
            heads={rows.task: head_config(bench, rows, start, self.hyper.dropout) for rows in self.tasks},
            start=start,
            origin=self.origin.obtain(bench),
            work=out.work,
            hyper=self.hyper,
            precision=self.precision,
            seed=self.seed,
            digest=self.digest,
            development=self._scored_development(bench, self.development) if self.development else None,
            task_weights=self.task_weights,
            whole_steps=frozenset(rows.task for rows in self.tasks if bench.kind(rows.task).whole_step),
            replayed=self.replayed,
            pool=bench.store.pool,
        )
        with self._failure_told(bench):
            result = run_phase(phase, bench.life, bench.note)
        # Not moved: until the manifest is written, a next attempt goes on from what lies in the work directory.
        shutil.copytree(result.checkpoint, out.directory, dirs_exist_ok=True, copy_function=link_or_copy)
        for snapshot in result.snapshots:
            shutil.copytree(snapshot, out.directory / SNAPSHOTS / snapshot.name, copy_function=link_or_copy)
        out.facts |= {
            "steps": result.steps,
            "kept_step": result.kept_step,
            "tokens": result.tokens,
            "padded_tokens": result.padded_tokens,
            "training_seconds": result.seconds,
            "weights": result.weights,
            "development": result.history,
            "trained_by": result.trained_by,
            "deterministic": is_deterministic(),
            **({"snapshots": [int(path.name) for path in result.snapshots]} if result.snapshots else {}),
            PHASES: phase_facts(bench, self.start),
        }

    def describe(self) -> str:
        """Phase, tasks, seed."""
        return f"{self.phase} phase on {', '.join(self.names)}, seed {self.seed}"

    def cost(self, bench: Workbench) -> Cost:
        """Estimated from the lengths of some rows."""
        sizes = self._sizes(bench.data)
        steps = self.steps(bench.data)
        shares = self.mixing.shares(sizes)
        tokens = sum(shares[rows.task] * estimates.unit_tokens(bench.data, rows) for rows in self.tasks)
        return Cost(
            rows=sum(len(bench.data.of(rows).rows) for rows in self.tasks),
            steps=steps,
            tokens=steps * self.hyper.batch_size * tokens,
            checkpoints=1 + (steps.bit_length() if self.hyper.snapshots else 0),
        )

    def steps(self, data: Data) -> int:
        """Optimiser steps; estimated where epochs give them and rows are cut into windows."""
        hyper = self.hyper
        return hyper.steps or self.mixing.steps(self._sizes(data), epochs=hyper.epochs, batch_size=hyper.batch_size)

    def idle_risks(self, data: Data) -> dict[str, float]:
        """The probability, of each task, that no step falls on it; estimated as the steps are."""
        return self.mixing.idle_risks(self._sizes(data), self.steps(data))

    def _sizes(self, data: Data) -> dict[str, int]:
        return {rows.task: estimates.units(data, rows) for rows in self.tasks}

    @property
    def before(self) -> Checkpoint:
        """What it starts from."""
        return self.start

    @property
    def phases(self) -> tuple[Trained, ...]:
        """Those before it, and itself."""
        return (*self.start.phases, self)

    def head(self, task: str, labels: tuple[str, ...]) -> bool:
        """Whether it trains one."""
        del labels
        return task in self.names

    @property
    def task_weights(self) -> dict[str, float]:
        """What several tasks are mixed by, where not by their rows."""
        weights = {rows.task: rows.hyper.use("weight").weight for rows in self.mixed} if self.mixes else {}
        return weights if all(weights.values()) else {}

    @property
    def mixed(self) -> tuple[Rows, ...]:
        """The tasks that share steps by the mixing: all, or those that are replayed."""
        return tuple(rows for rows in self.tasks if not self.replayed or rows.task in self.replayed)

    @property
    def mixes(self) -> bool:
        """Whether it mixes several tasks."""
        return len(self.mixed) > 1

    @property
    def idle(self) -> set[str]:
        """Hyper-parameters that are part of its inputs though nothing goes by them."""
        counts_steps = not self.hyper.steps and not self.replayed
        return self.mixing.idle(counts_steps=counts_steps) | (set() if self.mixes else {"mixing", "cap", "temperature"})

    @property
    def mixing(self) -> Mixing:
        """How its tasks share the steps."""
        return Mixing.of(self.hyper, self.task_weights, self.names[0] if self.replayed else "")

    @property
    def names(self) -> tuple[str, ...]:
        """Names of its tasks."""
        return tuple(rows.task for rows in self.tasks)

    @contextlib.contextmanager
    def _failure_told(self, bench: Workbench) -> Iterator[None]:
        """Tells hooks that a phase failed; an error that knows the indices of rows learns their names first."""
        from harness.training.failures import Diverged

        try:
            yield
        except Exception as error:
            if isinstance(error, Diverged):
                split = bench.data.of(next(rows for rows in self.tasks if rows.task == error.task))
                error.name_rows(split.rows, split.keys)
            bench.life.phase_failed(phase={"name": self.phase, "digest": self.digest, "error": str(error)})
            raise

    def _scored_development(self, bench: Workbench, development: Development) -> PhaseDevelopment:
        """Development rows with what scores a model's outputs for them."""
        from harness.evaluation.predictions import columns_of
        from harness.item_scores import item_scores
        from harness.planning.heads import decoded
        from harness.training.phase import Development as PhaseDevelopment

        metric = bench.registry.metric(development.metric)
        head = bench.registry.task(development.rows[0].task).trained_as
        parts = tuple(encoded(rows, self).load(bench) for rows in development.rows)

        def score(computed: Sequence[list[Any]]) -> float:
            values = []
            for rows, features, outputs in zip(development.rows, parts, computed, strict=True):
                columns = columns_of(decoded(bench, rows, outputs, features))
                with bench.registry.blaming("metric", metric.name):
                    values.append(item_scores(metric, columns).value)
            value = fmean(values)
            return value if metric.higher_is_better else -value

        return PhaseDevelopment(head, parts, score)


def phase_facts(bench: Workbench, checkpoint: Checkpoint, *made_from_it: Stage) -> dict[str, dict[str, Any]]:
    """What records say of the phases that led to a checkpoint, by digest; nothing of those of which nothing is known.

    A phase may have left the store: what was made from it has kept what was known of it.

    Args:
        made_from_it: further stages that may know, such as predictions of the checkpoint.
    """
    found: dict[str, dict[str, Any]] = {}
    for stage in (*made_from_it, *checkpoint.phases):
        found |= bench.facts(stage).get(PHASES, {})
    for phase in checkpoint.phases:
        facts = bench.facts(phase)
        if facts:
            found[phase.digest] = {
                "steps": facts["steps"],
                "kept_step": facts["kept_step"],
                "development_score": _kept_score(facts),
                "trained_by": facts["trained_by"],
                **({"snapshots": facts["snapshots"]} if "snapshots" in facts else {}),
            }
    return {phase.digest: found[phase.digest] for phase in checkpoint.phases if phase.digest in found}


def _kept_score(facts: Mapping[str, Any]) -> float | None:
    """The development score of the checkpoint that a phase kept; None where it kept the last one."""
    history = facts.get("development", [])
    return next((entry["score"] for entry in history if entry["step"] == facts["kept_step"]), None)


@hookimpl
def register_stages(register: Callable[[StageType], None]) -> None:
    """Register this stage."""
    register(StageType(name=Trained.kind, stage=Trained, description="a training phase"))
