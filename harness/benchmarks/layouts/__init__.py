"""How predictions and labels of a kind are written in a benchmark's folder; one module a kind, "_" for "-".

A module has `LAYOUT`, an instance of a subclass of `Layout`.
"""

from __future__ import annotations

import importlib
import pkgutil
from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar, Generic, TypeVar

from harness.benchmarks.files import File
from harness.errors import UnknownName, counted
from harness.metrics import Predictions

Content = TypeVar("Content")
Labels = TypeVar("Labels")

Row = Mapping[str, Any]
"""A stored prediction."""


@dataclass(frozen=True)
class Scorable:
    """Predictions beside their labels.

    Attributes:
        columns: as metrics read them.
        unanswered: items without a prediction, which are not in the columns and count 0.
    """

    columns: Predictions
    unanswered: int = 0


class Layout(ABC, Generic[Content, Labels]):
    """The files of one kind.

    Methods that read raise `FileProblem`, or list the problems, as the file says (`File.refuse`). Reading is fast for
    files without a mistake; the place of one is looked for afterwards.

    Attributes:
        suffix: of the file's name.
    """

    suffix: ClassVar[str]

    @abstractmethod
    def predictions(self, file: File) -> Content:
        """What a file of predictions holds."""

    @abstractmethod
    def labels(self, file: File) -> Labels:
        """What a file of labels holds."""

    @abstractmethod
    def count(self, content: Content) -> int | None:
        """How many items have a prediction; None where that says nothing about the file."""

    @abstractmethod
    def pair(self, predictions: Content, labels: Labels, file: File, *, partial: bool) -> Scorable:
        """Predictions beside labels of the same items.

        Args:
            file: of the predictions.
            partial: whether missing items count 0 instead of being refused, where items have ids.
        """

    @abstractmethod
    def write_predictions(self, rows: Sequence[Row]) -> str:
        """The file of stored predictions.

        Raises:
            UserError: this layout cannot hold them.
        """

    @abstractmethod
    def write_labels(self, rows: Sequence[Row]) -> str:
        """The file of the gold answers that are stored with predictions."""


def find_layout(kind: str) -> Layout[Any, Any]:
    """The layout of a kind.

    Raises:
        UnknownName: it has none.
    """
    known = [found.name.replace("_", "-") for found in pkgutil.iter_modules(__path__)]
    if kind not in known:
        raise UnknownName("layout", kind, known, where="folders of benchmarks")
    layout: Layout[Any, Any] = importlib.import_module(f"{__name__}.{kind.replace('-', '_')}").LAYOUT
    return layout


def same_count(file: File, predictions: int, labels: int, item: str) -> None:
    """Refuse predictions of more or fewer items than have labels.

    Raises:
        FileProblem: so they are.
    """
    if predictions != labels:
        file.refuse(
            f"{counted(predictions, item)} where the labels have {labels:,}",
            code="wrong-number-of-items",
            fix="write one prediction for each item of the test set, in its order",
        )


def one_a_line(values: Sequence[object]) -> str:
    """Values with a line each."""
    return "".join(f"{value}\n" for value in values)
