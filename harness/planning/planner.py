"""From settings to a plan: what is asked for is checked, and becomes phases to train and predictions to make."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import replace

from harness.arms import TARGET_ENGLISH, Arm, arms_of
from harness.config import Settings, select_tasks
from harness.errors import DataError, SettingsError, UnknownName
from harness.measures import Measure
from harness.planning.data import Data
from harness.planning.fit import check_frozen
from harness.planning.measurings import measurings
from harness.planning.models import start_model
from harness.planning.plan import Plan, Scoring
from harness.planning.resolved import Resolved
from harness.planning.selection import Selector, check_metrics
from harness.planning.stages.base import Checkpoint
from harness.planning.stages.models import Given
from harness.planning.stages.predicting import Predict, Tuning
from harness.planning.stages.rows import Rows
from harness.planning.stages.training import Trained
from harness.planning.trimming import trimmed
from harness.planning.unused_settings import Advice, Phase, refuse_seeds_of_no_phase, unused
from harness.registry import Registry
from harness.tasks import Task
from harness.training.machine import resolve as resolve_precision
from harness.training.mixing import check_weights


def build_plan(
    settings: Settings,
    registry: Registry,
    data: Data,
    *,
    model: Given | None = None,
    use_heads: bool = False,
    use_model_heads: bool = False,
    measures: Sequence[Measure] = (),
) -> Plan:
    """The plan of some settings. Reads every row it needs, so that bad data are found before any training.

    Args:
        model: what to start from, instead of the settings' model.
        use_heads: score a task with the head it was given as an intermediate task, where it has one.
        use_model_heads: score a task with the model's own head, where it has one.
        measures: what to compute of each scored checkpoint, too.

    Raises:
        UserError: something in the settings or the data cannot be used.
    """
    planner = _Planner(settings, registry, data, model, use_heads=use_heads, use_model_heads=use_model_heads)
    return planner.plan(measures)


class _Planner:
    def __init__(
        self,
        settings: Settings,
        registry: Registry,
        data: Data,
        model: Given | None,
        *,
        use_heads: bool,
        use_model_heads: bool,
    ) -> None:
        self.settings = settings
        self.registry = registry
        self.data = data
        self.use_heads = use_heads
        self.use_model_heads = use_model_heads
        # A finished run's settings also speak of phases that what is scored on it now does not need.
        self.settings_of_a_run = use_heads and not use_model_heads
        self.intermediate = select_tasks(
            registry, settings.intermediate, all_means="intermediate", also=(TARGET_ENGLISH,)
        )
        self.intermediate_tasks = tuple(name for name in self.intermediate if name != TARGET_ENGLISH)
        self.targets = select_tasks(registry, settings.target, all_means="xtreme")
        if not self.targets:
            raise SettingsError("no target task", code="no-target", fix="name one or more: --target pawsx")
        for target in self.targets:
            check_metrics(registry.task(target), registry)
        self._check_training_rows()
        self._check_scored_rows()
        self._starts: dict[tuple[tuple[str, ...], int], Checkpoint] = {}
        self.trained: dict[tuple[str, tuple[str, ...]], Phase] = {}
        before = [name for target in self.targets for name in registry.task(target).after]
        trained = {registry.task(t).trained_as for t in (*self.intermediate_tasks, *before, *self._trained_targets())}
        self.model: Checkpoint = model or start_model(settings, registry, data, tuple(trained))
        self.shape = self.model.shape
        self.hyper = Resolved(settings, registry, self.shape)
        self.selector = Selector(registry, data, self.hyper.of)
        if settings.trim_vocab and not self.settings_of_a_run:
            tasks = (*self.intermediate_tasks, *before, *self.targets)
            self.model = trimmed(self.model, settings, data, tasks, self.hyper.of)

    def plan(self, measures: Sequence[Measure]) -> Plan:
        arms = tuple(arms_of(self.intermediate, self.settings.mode, baseline=self.settings.baseline))
        self._check_arms(arms)
        scorings = [
            scoring
            for seed in self.settings.seeds
            for arm in arms
            for target in self.targets
            for scoring in self._scorings(arm, seed, self.registry.task(target))
        ]
        plan = Plan(
            settings=self.settings,
            model=self.model,
            intermediate=self.intermediate,
            targets=self.targets,
            scorings=tuple(scorings),
            measurings=measurings(scorings, measures, self.registry, self.data),
        )
        plan = replace(plan, unused=unused(plan, self.hyper.used))
        if not self.settings_of_a_run:
            phases = tuple(self.trained.values())
            Advice(self.registry, phases, self.targets).refuse(plan.unused)
            refuse_seeds_of_no_phase(self.settings, phases)
        return plan

    def _trained_targets(self) -> list[str]:
        return [task for task in self.targets if self._is_trained(task)]

    def _is_trained(self, task: str) -> bool:
        return type(self.registry.kind(self.registry.task(task).kind)).trained

    def _has_loss(self, task: str) -> bool:
        return self._is_trained(task) or type(self.registry.kind(self.registry.task(task).kind)).pretrained

    def _check_training_rows(self) -> None:
        """Refuse a run of which some training rows are missing, naming all of them at once."""
        untrainable = [task for task in self.intermediate_tasks if not self._has_loss(task)]
        if untrainable:
            raise SettingsError(
                f"{', '.join(untrainable)} cannot be an intermediate task: it has no training rows",
                code="no-training-rows",
                fix=self._leave_out(untrainable),
            )
        borrowing = [task for task in self.intermediate_tasks if self.registry.task(task).trains_on]
        if borrowing:
            named = dict.fromkeys(self.registry.task(task).trains_on or task for task in self.intermediate_tasks)
            raise SettingsError(
                f"{', '.join(borrowing)} cannot be an intermediate task: it has no training rows of its own",
                code="no-training-rows",
                fix=f"name the tasks whose rows it uses as a target: --intermediate {','.join(named)}",
            )
        missing: dict[str, DataError] = {}
        for task in self.intermediate_tasks:
            try:
                self.data.training(task)
            except DataError as error:
                missing[task] = error
        if missing:
            reasons = "\n         ".join(f"{task}: {e.what}; {e.where or ''}" for task, e in missing.items())
            raise DataError(
                f"no usable training rows of the intermediate tasks {', '.join(missing)}",
                code="no-training-rows",
                where=reasons,
                fix=f"fix the data, or {self._leave_out(missing)}",
            )

    def _check_scored_rows(self) -> None:
        """Read what is scored before the model is looked for, which may be a large download."""
        for task in map(self.registry.task, self.targets):
            split, languages = self._scored_languages(task)
            for language in languages:
                self.data.split(task.name, split, language)
                if self.registry.tuned_metric(task):
                    self.data.split(task.name, "validation", language)

    def _leave_out(self, tasks: Collection[str]) -> str:
        if len(tasks) == len(self.intermediate):
            return "leave out --intermediate"
        names = [*self.settings.intermediate, *(f"-{task}" for task in tasks)]
        return f"leave them out by name: --intermediate {','.join(names)}"

    def _check_arms(self, arms: Sequence[Arm]) -> None:
        """Refuse arms by target where no target has training rows; a finished run's may be asked about any target."""
        if self.settings_of_a_run and not all(arm.by_target for arm in arms):
            return
        if TARGET_ENGLISH in self.intermediate and not self._trained_targets():
            raise SettingsError(
                f"{TARGET_ENGLISH} is the target's own training task, and {', '.join(self.targets)} has none",
                code="target-without-training",
                fix="leave it out, or add a target that is trained, such as pawsx",
            )

    def _start(self, arm: Arm, seed: int, target: str) -> Checkpoint:
        """The checkpoint that a target starts from."""
        tasks = arm.tasks(target)
        if (tasks, seed) not in self._starts:
            self._starts[tasks, seed] = self._after_intermediate_phases(arm.mode, tasks, seed)
        return self._starts[tasks, seed]

    def _after_intermediate_phases(self, mode: str, tasks: tuple[str, ...], seed: int) -> Checkpoint:
        if mode != "sequential":
            # A target's own training task may be in the mix already.
            distinct: dict[str, str] = {}
            for name in tasks:
                distinct.setdefault(self.registry.task(name).trained_as, name)
            return self._phase("intermediate", self.model, tuple(distinct.values()), seed) if tasks else self.model
        checkpoint: Checkpoint = self.model
        for number, name in enumerate(tasks):
            checkpoint = self._phase("intermediate", checkpoint, (name,), seed, before=tasks[:number])
        return checkpoint

    def _scorings(self, arm: Arm, seed: int, task: Task) -> Iterator[Scoring]:
        if arm.by_target and not self._is_trained(task.name):
            return
        start = self._start(arm, seed, task.name)
        checkpoint, phase = start, "target"
        # The continued training of a target is followed by its own phase, whatever head it leaves.
        if not arm.by_target and self._has_head(start, task.name):
            phase = start.phases[-1].phase if start.phases else "target"
        else:
            checkpoint = self._after_target_phases(start, task, seed)
        split_name, languages = self._scored_languages(task)
        hyper = self.hyper.of(phase, task).use("precision", "token_budget")
        for language in languages:
            split = self.data.split(task.name, split_name, language)
            stage = Predict(
                checkpoint=checkpoint,
                rows=self.data.rows(task, split, hyper),
                # Training may round; scores are exact unless asked otherwise.
                precision="bf16" if hyper.precision == "bf16" else "fp32",
                tuning=self._tuning(task, language, phase),
            )
            yield Scoring(arm=arm, seed=seed, task=task.name, language=language, split=split_name, stage=stage)

    def _after_target_phases(self, start: Checkpoint, task: Task, seed: int) -> Checkpoint:
        """What a target is scored with: after the phases of the tasks it comes after, and its own where it has one."""
        own = (task.name,) if self._is_trained(task.name) else ()
        for name in (*task.after, *own):
            start = self._phase("target", start, (name,), seed)
        return start

    def _tuning(self, task: Task, language: str, phase: str) -> Tuning | None:
        metric = self.registry.tuned_metric(task)
        if metric is None:
            return None
        split = self.data.split(task.name, "validation", language)
        return Tuning(self.data.rows(task, split, self.hyper.of(phase, task)), metric.name, metric.version)

    def _has_head(self, start: Checkpoint, task: str) -> bool:
        if not (self.use_heads if start.phases else self.use_model_heads):
            return False
        labels = self.data.labels(task) if self._is_trained(task) else ()
        return start.head(self.registry.task(task).trained_as, labels)

    def _scored_languages(self, task: Task) -> tuple[str, tuple[str, ...]]:
        """The split a task is scored on, and the languages asked for that have it."""
        wanted = self.settings.languages
        source = self.data.source
        for split in ("test", "validation"):
            available = source.languages(task, split)
            if available:
                break
        else:
            self.data.source.load(task, "test", task.languages[0])
            raise AssertionError("a source without a split must refuse to load it")
        known = {code for name in self.targets for code in self._known_languages(self.registry.task(name))}
        for language in wanted:
            if language not in known:
                raise UnknownName("language", language, known, where=f"languages, for {', '.join(self.targets)}")
        scored = tuple(language for language in available if not wanted or language in wanted)
        if not scored:
            raise SettingsError(
                f"{task.name} has none of the languages {', '.join(wanted)}",
                code="task-without-language",
                where=f"its {split} rows are in {', '.join(available)}",
                fix="leave the task out, or name one of its languages too",
            )
        return split, scored

    def _known_languages(self, task: Task) -> set[str]:
        source = self.data.source
        return {*task.languages, *source.languages(task, "test"), *source.languages(task, "validation")}

    def _phase(
        self, name: str, start: Checkpoint, tasks: Sequence[str], seed: int, before: Sequence[str] = ()
    ) -> Trained:
        """A phase on tasks mixed, or on one that may replay those before it.

        Args:
            before: tasks of the phases that led to `start`.
        """
        own = [self.registry.task(task) for task in tasks]
        hyper = self.hyper.of(name, own[0] if len(own) == 1 else None)
        replayed = self._replayed(own[0], before) if hyper.replay else ()
        check_frozen(name, hyper, self.shape)
        everything = [*own, *map(self.registry.task, replayed)]
        rows = tuple(self._training_data(task, name) for task in everything)
        stage = Trained(
            phase=name,
            start=start,
            tasks=rows,
            development=self.selector.development(name, own, hyper),
            hyper=hyper,
            precision=resolve_precision(hyper.precision, self.shape.hidden_size),
            seed=hyper.use("seed", *hyper.values("execution")).seed or seed,
            replayed=tuple(data.task for data in rows[len(own) :]),
        )
        check_weights({data.task: data.hyper.weight for data in stage.mixed})
        self._check_heads(stage)
        names = tuple(task.name for task in everything)
        self.trained[stage.digest, names] = Phase(stage, names)
        return stage

    def _replayed(self, new: Task, before: Sequence[str]) -> tuple[str, ...]:
        """Tasks of the phases before, each once, by the names that their hyper-parameters go by."""
        distinct = {self.registry.task(name).trained_as: name for name in before}
        return tuple(name for trained_as, name in distinct.items() if trained_as != new.trained_as)

    def _check_heads(self, stage: Trained) -> None:
        """Refuse to replay a task whose head a phase in between has left out."""
        left = stage.start.phases[-1].names if stage.start.phases else ()
        missing = [task for task in stage.replayed if task not in left]
        if missing:
            raise SettingsError(
                f"the phase on {stage.names[0]} cannot replay {', '.join(missing)}: "
                f"the phase before it, on {', '.join(left)}, has left the head out",
                code="cannot-replay",
                fix="set replay for all phases: intermediate.replay=...",
            )

    def _training_data(self, task: Task, phase: str) -> Rows:
        """A task's training rows, or those of the task that it trains on, by the task's own hyper-parameters."""
        hyper = self.hyper.of(phase, task)
        split = self.data.training(task.name, hyper.use("examples").examples)
        return self.data.rows(self.registry.task(task.trained_as), split, hyper)
