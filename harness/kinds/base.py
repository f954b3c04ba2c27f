"""What a kind is: the shape of a task, from rows to encoded sequences and from model outputs to predictions."""

from __future__ import annotations

import hashlib
import math
from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from random import Random
from typing import TYPE_CHECKING, Any, ClassVar, Generic, TypeVar

from harness.errors import UserError
from harness.hyper import Hyper
from harness.metrics import Metric, Predictions
from harness.rows import Image, Row
from harness.setting import KIND_ROLES, KindSettings, check_own_settings, declared
from harness.tasks import FIRST_RULES

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from harness.kinds.encoding import TextEncoder
    from harness.kinds.features import Features
    from harness.perturbations import Edit
    from harness.tasks import Task

RowType = TypeVar("RowType", bound=Row)
Fields = dict[str, Any]
"""What one prediction stores beside its key, id and language."""


@dataclass(frozen=True, kw_only=True)
class Kind(ABC, Generic[RowType]):
    """The shape of a task; one subclass a kind, registered like tasks and metrics.

    Attributes:
        name: the Hugging Face task tag.
        version: raised when encoding or decoding changes what comes out.
        head: import path of the head and loss, "module:Class"; imported when a model is built.
        encode_with: names of the hyper-parameters that `encode` reads; they are part of the features' digest. Those of
            `settings` come by themselves, by their role.
        decode_with: names of those that `decode` and the head read, likewise; part of the predictions' digest.
        by_language: names of those that `in_language` may change, so that not all rows are encoded anew with them.
        head_with: names of those of `settings` that decide what a head is trained, as `HeadConfig.settings` gives them;
            of the role encoding, so that they are part of the digests of phases.
    """

    name: str
    version: int = 1
    head: str
    encode_with: tuple[str, ...] = ("max_length",)
    decode_with: tuple[str, ...] = ()
    by_language: tuple[str, ...] = ()
    head_with: tuple[str, ...] = ()

    row_type: ClassVar[type[Row]]
    settings: ClassVar[type[KindSettings]] = KindSettings
    """Its own hyper-parameters; `hyper.own` gives their values."""

    trained: ClassVar[bool] = True
    """Whether a target of this kind has a training phase of its own."""

    whole_step: ClassVar[bool] = False
    """Whether a unit's loss depends on the step's other units: they then go through the model as one micro-batch."""

    pretrained: ClassVar[bool] = False
    """Whether encoders bring this kind's head along: without a phase of its own, a target is scored with that one."""

    pretrained_names: ClassVar[tuple[Mapping[str, str], ...]] = ()
    """For each family of architectures, what an encoder's own files call that head's layers; empty if not known."""

    def __post_init__(self) -> None:
        shared, own = declared(Hyper), declared(self.settings)
        check_own_settings(self.settings, KIND_ROLES, shared)
        for field, given, role in (
            ("encode_with", self.encode_with, "encoding"),
            ("decode_with", self.decode_with, "decoding"),
        ):
            if unknown := [name for name in given if name not in {**shared, **own}]:
                raise TypeError(f"{field} names {unknown[0]!r}, which is no hyper-parameter of the kind {self.name}")
            names = (*given, *(name for name, one in own.items() if one.declaration.role == role))
            object.__setattr__(self, field, tuple(dict.fromkeys(names)))

    def head_settings(self, values: Mapping[str, Any]) -> dict[str, Any]:
        """Those of `head_with` that are not the default, of hyper-parameters by name."""
        own = declared(self.settings)
        return {
            name: values[name] for name in self.head_with if values.get(name, own[name].default) != own[name].default
        }

    @abstractmethod
    def check(self, row: RowType, labels: Sequence[str]) -> None:
        """Raise `BadRow` where a row cannot be trained on or scored; empty `labels` accept any label."""

    def rules(self, row: RowType) -> int:
        """Version of the rules for rows by which this one is encoded and decoded, as `since` of `BadRow`; 1 at first.

        It is higher for rows of which later rules make something else, so that what was stored of others stays valid.
        """
        del row
        return FIRST_RULES

    @abstractmethod
    def texts(self, row: RowType) -> tuple[str, ...]:
        """The texts of a row: what a tokenizer is trained on and what overlap is looked for in."""

    @abstractmethod
    def encode(self, rows: Sequence[RowType], labels: Sequence[str], encoder: TextEncoder, hyper: Hyper) -> Features:
        """Rows as token ids."""

    @abstractmethod
    def decode(
        self, outputs: Sequence[NDArray[np.float32]], features: Features, rows: Sequence[RowType], task: DecodeTask
    ) -> list[tuple[int, Fields]]:
        """Predictions of the rows that are asked about: (index of the row, fields to store).

        Args:
            outputs: the head's output of each unit, in the order of the units.
        """

    def labels(self, rows: Sequence[RowType]) -> tuple[str, ...]:
        """The label set of rows of a task that does not declare one, sorted; empty for kinds without labels."""
        del rows
        return ()

    def tune(self, predictions: Predictions, metric: Metric) -> Fields:
        """What predictions of validation rows decide, stored with every prediction of the scored rows.

        It is asked for where one of a task's metrics is marked as `tuned`.

        Args:
            metric: the first such metric of the task.
        """
        del predictions, metric
        return {}

    def answers(self, predictions: Predictions, metric: Metric) -> Sequence[Any]:
        """What was answered to each item, as a metric reads it: by default, what was predicted.

        A kind that tunes what is no answer says so here of metrics that are marked as `tuned`.
        """
        del metric
        found: Sequence[Any] = predictions["prediction"]
        return found

    def gold_predictions(self, rows: Sequence[RowType]) -> list[tuple[int, Fields]]:
        """What `decode` would give of a model that is always right: at least what the kind's metrics read.

        It may only name answers that the rows hold, so that gold which cannot be reached is found. Empty where rows do
        not say what is gold; metrics are then not validated.
        """
        del rows
        return []

    def lengths(self, texts: Sequence[float], hyper: Hyper) -> list[float]:
        """Roughly, the tokens of each unit of a row; for estimates. By default all texts together, cut to `max_length`.

        Args:
            texts: tokens of each of the row's `texts`.
        """
        return [min(sum(texts), hyper.max_length)]

    def joined(self, rows: Sequence[RowType], hyper: Hyper) -> Sequence[Sequence[int]] | None:
        """The rows of each unit, by their places, where units are made of several; by default, of one."""
        del rows, hyper
        return None

    def edited(self, row: RowType, edit: Edit) -> RowType:
        """A row with its texts changed and its labels still right; by default, no text of a kind may be changed.

        Args:
            edit: changes a text, or a text around spans that must stay as they are.

        Raises:
            UserError: rows of this kind cannot be changed.
        """
        del row
        raise UserError(
            f"{edit.transform} cannot be applied to rows of kind {self.name}: their labels would not survive",
            code="kind-not-perturbed",
            fix="leave these tasks out, or the perturbation",
        )

    def with_random_labels(self, rows: Sequence[RowType], draw: Random) -> list[RowType]:
        """Training rows whose right answers were exchanged between them, so that texts do not tell them any more.

        A control (Zhang et al. 2017, section 2.1): training goes on as before, and a row's answer can be learnt only by
        heart. How frequent answers are may still be learnt.
        By default, rows of a kind have no labels to exchange.

        Args:
            draw: the only source of chance.

        Raises:
            UserError: rows of this kind have none.
        """
        del rows, draw
        raise UserError(
            f"rows of kind {self.name} have no labels that could be exchanged at random",
            code="no-labels-to-exchange",
            fix="set random_labels for other tasks alone, such as tasks.mnli.random_labels=true",
        )

    def answered_as(self, asked: Fields, other: Fields) -> Fields:
        """What `decode` would give of an item that gets the right answer of another one; both of `gold_predictions`.

        `xharness validate` scores such items to see that metrics tell them from right ones. By default, the other
        item's fields with the gold of the one that is asked about.
        """
        return {**other, "gold": asked["gold"]}

    def remarks(self, rows: Sequence[RowType]) -> list[Remark]:
        """What is odd about rows that `check` lets pass, for `xharness validate`; nothing by default.

        Args:
            rows: of one split in one language.
        """
        del rows
        return []

    def identity(self, row: RowType) -> str:
        """What a row is called in every language of a parallel dataset; "" where only its place in the file says so."""
        return row.id

    def image(self, row: RowType) -> Image | None:
        """The image of a row, of kinds whose `settings` are `ImageSettings`; its vector becomes the column `image`."""
        del row
        return None

    def group(self, row: RowType) -> str:
        """What items share that are drawn together for intervals, such as a passage; "" where each is its own."""
        del row
        return ""

    def in_language(self, hyper: Hyper, language: str) -> Hyper:
        """The hyper-parameters by which rows in a language are encoded; by default, the same in all languages.

        Args:
            language: a code; of rows in several languages, all of them with + between.
        """
        del language
        return hyper

    def check_scored(self, hyper: Hyper) -> None:
        """Refuse settings by which rows can neither be scored nor selected on; by default, none are."""
        del hyper

    def check_tokenizer(self, hyper: Hyper, model_type: Callable[[], str]) -> None:
        """Refuse a tokenizer that is known to be unable to encode rows so; by default, none is.

        Args:
            model_type: what the `tokenizers` library calls its model, such as "WordPiece"; gives "" if unknown.
        """
        del hyper, model_type

    def take(self, rows: Sequence[RowType], limit: int) -> Sequence[RowType]:
        """The first `limit` items."""
        return rows[:limit]


@dataclass(frozen=True)
class Remark:
    """Something odd about some rows of a split.

    Attributes:
        rows: which ones.
        what: what is true of them, after "12 of 1,000 test rows in zh", such as "are empty".
        fix: what to do about it; "" where nothing need be done. With it, it counts as a problem.
    """

    rows: Sequence[int]
    what: str
    fix: str = ""


@dataclass(frozen=True, kw_only=True)
class DecodeTask:
    """What decoding needs to know beside the rows."""

    task: Task
    labels: tuple[str, ...]
    hyper: Hyper


def cluster_name(text: str) -> str:
    """A short name for a text that several items share."""
    return hashlib.sha256(text.encode()).hexdigest()[:12]


def cut_lengths(tokens: float, most: int) -> list[float]:
    """Of a text that is cut into pieces, roughly the tokens of each.

    Args:
        most: tokens of a piece.
    """
    full = max(0, math.ceil(tokens / most) - 1)
    return [float(most)] * full + [tokens - full * most]
