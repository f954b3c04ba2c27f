"""What checks look at: one task's rows of one source, and a model to try them with."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from harness.errors import UserError
from harness.hyper import Hyper, Overrides, resolve
from harness.modeling.towers import has_text_tower, write_tower
from harness.planning.data import Data
from harness.planning.models import given_model, located
from harness.planning.stages.models import Given
from harness.registered import imported
from harness.registry import Registry
from harness.sources.base import FILES, SPLITS, Source, SourceType, Split
from harness.tasks import Task

if TYPE_CHECKING:
    from harness.catalogue.values import Model
    from harness.kinds.base import Kind

SCORED = ("test", "validation")
SCRATCH = "scratch"


class CheckedSource(Source):
    """A source whose rows are read and checked once, however many look at them."""

    def __init__(self, source: Source, registry: Registry) -> None:
        self.name = source.name
        self._source = source
        self._data = Data(registry, source)

    def languages(self, task: Task, split: str) -> tuple[str, ...]:
        """As the source's."""
        return self._source.languages(task, split)

    def load(self, task: Task, split: str, language: str) -> Split:
        """The rows of a split that the task can use.

        Raises:
            DataError: they are missing, or none is usable.
        """
        return dataclasses.replace(self._data.split(task.name, split, language), valid=True)


class Subject:
    """A task on a source.

    Args:
        source: best a `CheckedSource`.
        languages: of the scored rows; empty for all that the source has.
        limit: items of each split to look at, 0 for all.
        model: a model's name, directory or hub id; "" for the source's default where it is at hand, else `scratch`.
        work: an empty directory for what is built.

    Attributes:
        rows: the first rows of each split that can be read, by split and language; the rows of a target that trains on
            another task's are that task's.
        unreadable: what is wrong with the others.
    """

    def __init__(
        self,
        task: Task,
        source: Source,
        registry: Registry,
        *,
        languages: Sequence[str] = (),
        limit: int = 0,
        model: str = "",
        work: Path,
    ) -> None:
        self.task = task
        self.source = source
        self.registry = registry
        self.limit = limit
        self.work = work
        self.data = Data(registry, source, limit)
        self._asked_model = model
        self._model: Given | None = None
        self.rows: dict[tuple[str, str], Split] = {}
        self.unreadable: dict[tuple[str, str], UserError] = {}
        for split in SPLITS:
            for language in self._languages(split, languages):
                try:
                    self.rows[split, language] = self.data.split(self.owner(split).name, split, language)
                except UserError as error:
                    self.unreadable[split, language] = error

    def owner(self, split: str) -> Task:
        """The task whose rows a split is of."""
        return self.registry.task(self.task.trained_as) if split == "train" else self.task

    @property
    def kind(self) -> Kind[Any]:
        """The task's kind."""
        return self.registry.kind(self.task.kind)

    @property
    def trained(self) -> bool:
        """Whether a head of the task is trained."""
        return type(self.kind).trained or type(self.kind).pretrained

    @property
    def training(self) -> list[Split]:
        """The training rows that can be read, by language."""
        return [rows for (split, _), rows in self.rows.items() if split == "train"]

    @property
    def scored(self) -> dict[str, Split]:
        """The rows that a run would score, by language; test rows, or validation rows where there are none."""
        for wanted in SCORED:
            found = {language: rows for (split, language), rows in self.rows.items() if split == wanted}
            if found:
                return found
        return {}

    @property
    def model_name(self) -> str:
        """The model that texts are encoded with."""
        if self._asked_model:
            return self._asked_model
        default = self._source_type.model
        return default if self._at_hand(default) else SCRATCH

    def model(self) -> Given:
        """That model; one with a builder has a tokenizer of the task's own texts.

        Raises:
            UserError: it is not there.
        """
        if self._model is None:
            entry = self.registry.models.get(self.model_name)
            self._model = self._built(entry) if entry and entry.build else self._named()
        return self._model

    def hyper(self, **overrides: Any) -> Hyper:
        """The task's hyper-parameters of a target phase by the source's default preset, within what the model takes."""
        preset = self.registry.presets[self._source_type.preset].values
        found = resolve(
            preset,
            Overrides(overrides),
            model=self.model_name,
            phase="target",
            kind=self.task.kind,
            task=self.task.name,
            kind_settings=self.kind.settings,
        )
        return dataclasses.replace(found, max_length=min(found.max_length, self.model().shape.positions))

    def labels(self) -> tuple[str, ...]:
        """The task's labels, empty where its kind has none."""
        return self.data.labels(self.task.name) if type(self.kind).trained else ()

    @property
    def _source_type(self) -> SourceType:
        return self.registry.sources.get(self.source.name, self.registry.sources[FILES])

    def _languages(self, split: str, wanted: Sequence[str]) -> list[str]:
        owner = self.owner(split)
        available = self.source.languages(owner, split)
        if split == "train":
            return [language for language in owner.languages_trained if language in available]
        return [language for language in available if not wanted or language in wanted]

    def _at_hand(self, name: str) -> bool:
        entry = self.registry.models.get(name)
        if entry is None or not entry.hub:
            return True
        from harness.modeling.hub import cached

        return cached(entry.hub) is not None

    def _named(self) -> Given:
        place = located(self.model_name, self.registry)
        if not has_text_tower(place.path):
            return given_model(place.path, place.name)
        directory = self.work / "model"
        directory.mkdir()
        write_tower(place.path, directory)
        return given_model(directory)

    def _built(self, entry: Model) -> Given:
        directory = self.work / "model"
        directory.mkdir()
        texts = [text for rows in self.rows.values() for row in rows.rows for text in self.kind.texts(row)]
        imported(entry.build)(directory, texts, {**entry.parameters, **entry.fixed})
        return given_model(directory)
