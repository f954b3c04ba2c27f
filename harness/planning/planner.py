"""From settings to a plan, in passes: names, rows, models, then what each target is scored with."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from harness.config import Settings
from harness.errors import SettingsError
from harness.hyper import Hyper
from harness.perturbtext import parse_condition
from harness.planning import available
from harness.planning.after_phases import AfterPhases, check_phases
from harness.planning.asked import asked_of
from harness.planning.available import Target
from harness.planning.bases import Basis, bases_of, trimmed_bases
from harness.planning.chains import Chains, Link, last_of
from harness.planning.conditions import with_conditions
from harness.planning.data import Data
from harness.planning.measurings import measurings
from harness.planning.own_heads import check_own_heads
from harness.planning.plan import Cell, Plan
from harness.planning.similarities import starts_of
from harness.planning.stages.base import Checkpoint
from harness.planning.stages.predicting import Predict, Tuning
from harness.planning.stages.rounded import Rounded
from harness.planning.stages.snapshots import Snapshot
from harness.planning.unused_settings import Advice, refuse_seeds_of_no_phase, unused
from harness.registry import Registry
from harness.results.further import STEP
from harness.sources.base import Split
from harness.tasks import Task


def build_plan(
    settings: Settings,
    registry: Registry,
    data: Data,
    *,
    models: Mapping[str, Checkpoint] | None = None,
    use_heads: bool = False,
    use_model_heads: bool = False,
    measures: Sequence[str] = (),
    measured: Sequence[str] = (),
    perturb: Sequence[str] = (),
) -> Plan:
    """The plan of some settings. Reads every row it needs, so that bad data are found before any training.

    Args:
        models: what an arm starts from, by its label, instead of the settings' model; "" is any arm.
        use_heads: score a task with the head it was given as an intermediate task, where it has one.
        use_model_heads: score a task with the model's own head, where it has one.
        measures: names of what to compute of each scored checkpoint, too.
        measured: the tasks whose rows they are computed on; all that are scored if none.
        perturb: conditions under which rows are scored beside the clean ones, such as "typo:2" or "typo:1+case:2".

    Raises:
        UserError: something in the settings or the data cannot be used.
    """
    # A finished run's settings also speak of phases that what is scored on it now does not need.
    of_a_run = use_heads and not use_model_heads
    asked = asked_of(settings, registry)
    measured_by = [registry.measure(name) for name in dict.fromkeys(measures)]
    conditions = list(dict.fromkeys(parse_condition(text, registry.perturbations) for text in perturb))
    available.check_training(asked, data)
    targets = available.targets_of(asked, data)
    if not of_a_run or all(arm.by_target for arm in asked.arms):
        available.check_targets_trained(asked, targets)
    used: set[str] = set()
    bases = bases_of(asked, targets, data, used, models=models or {})

    def planned() -> tuple[Plan, Chains]:
        chains = Chains(data, rounded=bool(settings.keep_precision))
        expansion = _Expansion(data, chains, settings.score_snapshots, use_heads, use_model_heads)
        # An evaluation scores the tasks that it names, and no others that phases have trained.
        after_phases = AfterPhases(asked, targets, data, expansion, only_targets=use_heads)
        cells = tuple(
            cell
            for seed in settings.seeds
            for basis in bases
            for found in (
                *(expansion.of(basis, seed, target) for target in targets),
                *([after_phases.of(basis, seed)] if settings.score_phases else []),
            )
            for cell in found
        )
        starts = {basis.arm.label: basis.model for basis in bases}
        between = any(measure.between for measure in measured_by)
        compared = starts_of(bases, settings.seeds[0], data) if between else ()
        scored = with_conditions(cells, conditions, registry, data)
        of_measures = [cell for cell in scored if not measured or cell.task in measured]
        plan = Plan(
            settings=settings,
            arms=asked.arms,
            models=starts,
            targets=asked.names,
            cells=scored,
            measurings=measurings(of_measures, measured_by, registry, data, compared),
            unscored=tuple(after_phases.unscored),
        )
        return plan, chains

    plan, chains = planned()
    check_own_heads(plan.cells, registry)
    if settings.trim_vocab and not of_a_run:
        # Which texts a run reads is known once it is planned; with a smaller vocabulary it reads the same ones.
        bases = trimmed_bases(asked, bases, data, plan.stages)
        plan, chains = planned()
    plan = replace(plan, unused=unused(plan, (one for basis in bases for one in basis.said), used))
    if not of_a_run:
        _check_steps(settings, plan.cells)
        check_phases(settings, plan.cells)
        phases = tuple(chains.trained.values())
        Advice(registry, phases, asked.names).refuse(plan.unused)
        refuse_seeds_of_no_phase(settings, phases)
    return plan


def _check_steps(settings: Settings, cells: Sequence[Cell]) -> None:
    """Refuse to score steps where no phase keeps any that a target is scored after."""
    if settings.score_snapshots and not any(STEP in cell.further for cell in cells):
        raise SettingsError(
            "no target is scored after a phase that keeps its steps",
            code="no-snapshots",
            where="--score-snapshots",
            fix="leave it out, or have them kept: --set snapshots=true",
        )


@dataclass(frozen=True)
class _Expansion:
    """Makes predictions to score of each arm, seed, target and language."""

    data: Data
    chains: Chains
    score_snapshots: bool
    use_heads: bool
    use_model_heads: bool

    def of(self, basis: Basis, seed: int, target: Target) -> Iterator[Cell]:
        """Those of one arm, seed and target: of the checkpoint that is kept, then of each snapshot."""
        if basis.arm.by_target and not target.trained:
            return
        task, links = target.task, self.links(basis, seed, target)
        checkpoint = last_of(links, basis)
        trained_before = links and links[-1].phase == "intermediate" and self._has_head(checkpoint, target)
        if trained_before and not basis.arm.by_target:
            hyper = basis.hyper.of("intermediate", task, links[-1].overrides)
        else:
            hyper = basis.hyper.of("target", task)
        for further, scored in self._scored(checkpoint):
            for language in target.languages:
                stage = self.prediction(scored, self.data.split(task.name, target.split, language), hyper)
                yield Cell.of(basis.arm, seed, stage, further)

    def links(self, basis: Basis, seed: int, target: Target) -> tuple[Link, ...]:
        """The phases that a target is scored after."""
        of_arm = self.chains.of_arm(basis, seed, target.task.name)
        # The continued training of a target is followed by its own phase, whatever head it leaves.
        if not basis.arm.by_target and self._has_head(last_of(of_arm, basis), target):
            return of_arm
        return (*of_arm, *self.chains.of_target(basis, seed, target))

    def _scored(self, checkpoint: Checkpoint) -> Iterator[tuple[Mapping[str, int], Checkpoint]]:
        """A checkpoint and the snapshots of its last phase, each with its step."""
        yield {}, checkpoint
        if self.score_snapshots and checkpoint.phases and checkpoint.phases[-1].hyper.snapshots:
            phase = checkpoint.phases[-1]
            for power in range(phase.steps(self.data).bit_length()):
                step = Snapshot(phase, 2**power)
                yield {STEP: step.step}, Rounded(step) if checkpoint.rounded else step

    def prediction(
        self, checkpoint: Checkpoint, split: Split, hyper: Hyper, head_of: Checkpoint | None = None
    ) -> Predict:
        """Predictions to score.

        Args:
            head_of: the checkpoint whose head of the task is used, where not the checkpoint's own.
        """
        registry = self.data.registry
        task = registry.task(split.task)
        rows = self.data.rows(task, split, hyper.use("precision", "token_budget"))
        registry.kind(task.kind).check_tokenizer(rows.hyper, lambda: checkpoint.origin.tokenizer_type)
        return Predict(
            checkpoint=checkpoint,
            rows=rows,
            # Training may round; scores are exact unless asked otherwise.
            precision="bf16" if hyper.precision == "bf16" else "fp32",
            tuning=self._tuning(task, split.language, hyper),
            head_of=head_of,
        )

    def _tuning(self, task: Task, language: str, hyper: Hyper) -> Tuning | None:
        metric = self.data.registry.tuned_metric(task)
        if metric is None:
            return None
        split = self.data.split(task.name, "validation", language)
        return Tuning(self.data.rows(task, split, hyper), metric.name, self.data.metric_version(metric, split))

    def _has_head(self, start: Checkpoint, target: Target) -> bool:
        if not (self.use_heads if start.phases else self.use_model_heads):
            return False
        labels = self.data.labels(target.task.name) if target.trained else ()
        return start.head(target.task.trained_as, labels)
