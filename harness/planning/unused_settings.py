"""Settings that no stage of a plan uses are refused instead of ignored, with what could be meant."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass

from harness.arms import TARGET_ENGLISH
from harness.config import Settings
from harness.errors import SettingsError
from harness.hyper import PHASES, Hyper, shown_setting
from harness.planning.plan import Plan, Unused
from harness.planning.stages.training import Trained
from harness.registry import Registry
from harness.training.mixing import READING_CAP

PHASE_OWN = {"seed", "select_on", "select_metric", "snapshots", "freeze_embeddings", "freeze_layers"}
PHASE_OWN |= {"gradient_checkpointing"}
"""Hyper-parameters that phases alone have: even said of everything, they have to reach one."""

SHOWN = 3
"""Settings that a message names."""


@dataclass(frozen=True)
class PlannedPhase:
    """A phase of a plan.

    Attributes:
        names: of its tasks, as their hyper-parameters call them: a target that trains on another task's rows goes by
            its own name.
    """

    stage: Trained
    names: tuple[str, ...]

    @property
    def alone(self) -> tuple[str, ...]:
        """The task whose hyper-parameters are the phase's own; of several tasks mixed there is none."""
        return self.names[:1] if len(self.names) == 1 or self.stage.replayed else ()


def unused(plan: Plan, said: Iterable[Unused], used: Collection[str]) -> tuple[Unused, ...]:
    """Hyper-parameters that no stage of a plan uses.

    Args:
        said: those of the run, and those of its arms and their phases.
        used: those whose values were used, as they are shown; grows while inputs of stages are looked at.
    """
    left = [one for one in dict.fromkeys(said) if not _is_used(one, plan, used) and not one.key.startswith("model.")]
    if left:
        for stage in plan.stages:
            _ = stage.inputs
    return tuple(one for one in left if not _is_used(one, plan, used))


def _is_used(one: Unused, plan: Plan, used: Collection[str]) -> bool:
    """Whether a setting is used; one of the target's own training task, whether it is used for any target."""
    names = [one.key.replace(TARGET_ENGLISH, target) for target in plan.targets]
    return any(shown_setting(name, one.owner) in used for name in names)


class SettingWithoutEffect(SettingsError):
    """A hyper-parameter that no stage of a plan uses.

    Attributes:
        key: its name, as it was said.
        overridden: whether it would have one, did not every arm or phase say otherwise.
    """

    key = ""
    overridden = False


@dataclass(frozen=True)
class Advice:
    """Refuses settings without effect, saying why they have none in a plan."""

    registry: Registry
    phases: Sequence[PlannedPhase]
    targets: Sequence[str]

    def refuse(self, settings: Iterable[Unused]) -> None:
        """Refuse the first of some unused settings that a file of settings for several runs could not say.

        Such a file may say of everything, or of either phase, what training needs, whether a run trains or not: only
        what is said of a task or a kind has to reach something, and what phases alone have, such as a seed.
        """
        for one in settings:
            if one.owner or not self._may_wait(one.key):
                raise self._error(one)

    def _may_wait(self, key: str) -> bool:
        scope, _, name = key.rpartition(".")
        if name in PHASE_OWN or scope not in ("", *PHASES) or any(scope in ("", p.stage.phase) for p in self.phases):
            return False
        if scope and self._readers(name, encoding=True) & {self.registry.task(task).kind for task in self._tasks}:
            return True
        return name in Hyper().values("training", "selection", "execution")

    def _error(self, unused: Unused) -> SettingsError:
        scope, _, name = unused.key.rpartition(".")
        own, of_one_task = "", Hyper().values("rows", "weighting")
        kinds = {self.registry.task(task).kind for task in self._tasks}
        if any(name in self.registry.kind(kind).by_language for kind in kinds):
            why = "all rows that it applies to are in languages in which it changes nothing"
            fix = "leave it out"
        elif readers := self._readers(name, encoding=False):
            why = "it applies to no target that is predicted with it"
            fix = f"leave it out; {name} is for targets of kind {', '.join(sorted(readers))}"
        elif readers := self._readers(name, encoding=True):
            why = "it applies to no task of this run that is encoded with it"
            fix = f"leave it out; {name} is for tasks of kind {', '.join(sorted(readers))}; the tasks of this run are "
            fix += ", ".join(self._tasks)
        elif own := self._overriding(unused, scope, name):
            why = f"every phase that it applies to goes by {own}"
            fix = f"leave it out, or leave {name} out there"
        elif name not in of_one_task and (mixed := self._trained_together(scope)):
            why = f"{', '.join(mixed)} is trained together with other tasks"
            fix = f"set intermediate.{name} for all of them, or use --mode single or sequential"
        elif name in ("weight", "mixing", "cap", "temperature"):
            why, fix = self._of_mixing(scope, name)
        elif name == "replay":
            why = "no phase that it applies to comes after phases on other tasks"
            fix = "leave it out, or train one task after another: --mode sequential, or --arm with >"
        elif name in Hyper().values("selection") and any(
            scope in ("", phase.stage.phase) or self._in_scope(scope, phase.alone) for phase in self.phases
        ):
            why = "every phase that it applies to keeps its last checkpoint"
            fix = "leave it out, or say what the best one is: --set select_on=en"
        else:
            why = "it applies to nothing that is trained"
            named = [phase.names if name in of_one_task else phase.alone for phase in self.phases]
            usable = dict.fromkeys(f"tasks.{task}.{name}" for names in named for task in names)
            fix = f"set {' or '.join(usable)}" if usable else "leave it out; this run trains nothing"
        error = SettingWithoutEffect(f"{unused.shown} has no effect: {why}", code="setting-without-effect", fix=fix)
        error.key, error.overridden = unused.key, bool(own)
        return error

    def _overriding(self, unused: Unused, scope: str, name: str) -> str:
        """What an arm or its phase says of itself instead; "" where nothing is said."""
        reached = (p for p in self.phases if scope in ("", p.stage.phase) or self._in_scope(scope, p.alone))
        lengths = ("steps", "epochs") if name in ("steps", "epochs") else (name,)
        found = [key for p in reached for one in lengths for key in p.stage.hyper.origins.keys.get(one, ())[-1:]]
        others = list(dict.fromkeys(key for key in found if key != unused.shown))
        more = f" and {len(others) - SHOWN} more" if len(others) > SHOWN else ""
        return f"{', '.join(others[:SHOWN])}{more}"

    def _of_mixing(self, scope: str, name: str) -> tuple[str, str]:
        """How tasks are mixed is a question of phases of several, and each way reads its own hyper-parameters."""
        mixing = [
            phase.stage
            for phase in self.phases
            if phase.stage.mixes and (scope in ("", phase.stage.phase) or self._in_scope(scope, phase.alone))
        ]
        if not mixing:
            return (
                "no phase that it applies to mixes several tasks",
                "leave it out, or mix several tasks: --mode multitask, or --arm with +",
            )
        if mixing[0].task_weights:
            return f"{', '.join(mixing[0].names)} are mixed by their weights", f"leave out {name} or the weights"
        rules = READING_CAP if name == "cap" else (name,)
        return (
            f"the tasks are mixed with mixing = {mixing[0].hyper.mixing}, which does not read it",
            f"leave it out, or set intermediate.mixing={' or '.join(rules)}",
        )

    @property
    def _tasks(self) -> list[str]:
        return sorted({*self.targets, *(task for phase in self.phases for task in phase.names)})

    def _readers(self, name: str, *, encoding: bool) -> set[str]:
        """The kinds that read a hyper-parameter."""
        kinds = self.registry.kinds.values()
        return {kind.name for kind in kinds if name in (kind.encode_with if encoding else kind.decode_with)}

    def _trained_together(self, scope: str) -> dict[str, None]:
        together = (phase.names for phase in self.phases if not phase.alone)
        return dict.fromkeys(task for names in together for task in self._in_scope(scope, names))

    def _in_scope(self, scope: str, tasks: Iterable[str]) -> list[str]:
        return [task for task in tasks if scope in (f"tasks.{task}", f"kinds.{self.registry.task(task).kind}")]


def refuse_seeds_of_no_phase(settings: Settings, phases: Collection[PlannedPhase]) -> None:
    """Where every phase has a seed of its own, several seeds would repeat one result, with no spread at all."""
    if len(settings.seeds) > 1 and phases and all(phase.stage.hyper.seed for phase in phases):
        own = [key for key in settings.set if key.rpartition(".")[2] == "seed"]
        raise SettingsError(
            f"seeds = {', '.join(map(str, settings.seeds))} have no effect: {', '.join(own)} holds for every phase",
            code="setting-without-effect",
            fix="give one seed, or leave one of the phases to the run's: --set intermediate.seed=1",
        )
