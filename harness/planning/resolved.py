"""The hyper-parameters of a plan's phases and tasks, each resolved once, and the settings that were used."""

from __future__ import annotations

from harness.config import Settings
from harness.hyper import Hyper, resolve
from harness.modeling.shape import Shape
from harness.planning.fit import check_task
from harness.registry import Registry
from harness.setting import KindSettings
from harness.tasks import Task


class Resolved:
    """Hyper-parameters by phase and task.

    Args:
        shape: of the encoder that has to follow them.

    Attributes:
        used: dotted names of settings whose values were used, so far.
    """

    def __init__(self, settings: Settings, registry: Registry, shape: Shape) -> None:
        self.used: set[str] = set()
        self._settings = settings
        self._registry = registry
        self._shape = shape
        self._found: dict[tuple[str, str], Hyper] = {}

    def of(self, phase: str, task: Task | None) -> Hyper:
        """Those of a task in a phase; without a task, those of a phase on several.

        Raises:
            SettingsError: the encoder cannot follow them.
        """
        key = (phase, task.name if task else "")
        if key not in self._found:
            self._found[key] = self._resolve(phase, task)
        return self._found[key]

    def _resolve(self, phase: str, task: Task | None) -> Hyper:
        kind = self._registry.kind(task.kind) if task else None
        hyper = resolve(
            self._registry.presets[self._settings.preset].values,
            self._settings.set,
            model=self._settings.model,
            phase=phase,
            kind=kind.name if kind else None,
            task=task.name if task else None,
            kind_settings=kind.settings if kind else KindSettings,
            used=self.used,
        )
        if task and kind:
            check_task(task.name, hyper, self._shape, reads_layer="layer" in kind.decode_with)
        return hyper
