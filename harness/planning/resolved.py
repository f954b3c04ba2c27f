"""The hyper-parameters of an arm's phases and tasks, each resolved once, and the settings that were used."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from harness.config import Settings
from harness.hyper import Hyper, Overrides, resolve
from harness.modeling.shape import Shape
from harness.planning.fit import check_task
from harness.registry import Registry
from harness.setting import KindSettings
from harness.tasks import Task


class Resolved:
    """Hyper-parameters by phase and task.

    Args:
        settings: of the run.
        overrides: what beats the preset's values, the later ones first in rank.
        shape: of the encoder that has to follow them.
        used: takes the names of settings whose values are used.
    """

    def __init__(
        self, settings: Settings, overrides: Sequence[Overrides], registry: Registry, shape: Shape, used: set[str]
    ) -> None:
        self._settings = settings
        self._overrides = overrides
        self._registry = registry
        self._shape = shape
        self._used = used
        self._found: dict[tuple[str, str, str], Hyper] = {}

    def of(self, phase: str, task: Task | None, own: Overrides | None = None) -> Hyper:
        """Those of a task in a phase; without a task, those of a phase on several.

        Args:
            own: what the phase says of itself, which beats all else.

        Raises:
            SettingsError: the encoder cannot follow them.
        """
        key = (phase, task.name if task else "", repr(own) if own and own.values else "")
        if key not in self._found:
            self._found[key] = self._resolve(phase, task, [own] if own else [])
        return self._found[key]

    def _resolve(self, phase: str, task: Task | None, own: Sequence[Overrides]) -> Hyper:
        kind = self._registry.kind(task.kind) if task else None
        hyper = resolve(
            self._registry.presets[self._settings.preset].values,
            *self._overrides,
            *own,
            model=self._settings.model,
            phase=phase,
            kind=kind.name if kind else None,
            task=task.name if task else None,
            kind_settings=kind.settings if kind else KindSettings,
            used=self._used,
        )
        if task and kind:
            check_task(task.name, hyper, self._shape, reads_layer="layer" in kind.decode_with)
        return hyper


def model_parameters(overrides: Sequence[Overrides]) -> Mapping[str, Any]:
    """Parameters of the model that overrides set."""
    return {key: value for one in overrides for key, value in one.values.items() if key.startswith("model.")}
