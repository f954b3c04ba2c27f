"""Tasks made by hand, some of them broken, and rows to try them on."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar

import pytest

from harness.errors import DataError
from harness.metrics import Metric
from harness.registry import Registry
from harness.rows import ClassificationRow, Row
from harness.sources.base import SkippedRow, Source, Split
from harness.tasks import Task
from harness.validation.subject import CheckedSource, Subject

Rows = Mapping[tuple[str, str], Sequence[Row]]
LABELS = ("no", "yes")
PEOPLE = [f"{name} {family}" for name in ("anna", "boris", "clara", "david", "emma") for family in "abcdefgh"]


class GivenRows(Source):
    """Rows by split and language; some splits cannot be read, some have skipped records."""

    name = "given"

    def __init__(self, rows: Rows, broken: Sequence[tuple[str, str]] = (), skipped: int = 0) -> None:
        self.rows = rows
        self.broken = broken
        self.skipped = [SkippedRow("rows.txt", line, "no label") for line in range(1, skipped + 1)]

    def languages(self, task: Task, split: str) -> tuple[str, ...]:
        return tuple(language for language in task.languages if (split, language) in {*self.rows, *self.broken})

    def load(self, task: Task, split: str, language: str) -> Split:
        if (split, language) in self.broken:
            raise DataError("the file is torn", where="rows.txt", fix="copy it again")
        if (split, language) not in self.rows:
            raise DataError(f"no {split} rows in {language}")
        rows = self.rows[split, language]
        return Split(
            task=task.name,
            split=split,
            language=language,
            rows=rows,
            keys=[f"{split}-{language}:{i}" for i in range(len(rows))],
            digest=f"{split}/{language}",
            source=self.name,
            origin="made by hand",
            skipped=self.skipped,
        )


@dataclass(frozen=True)
class Maker:
    """Makes rows, and subjects of a task "handmade" on them, with mini's encoder."""

    work: Path
    GivenRows: ClassVar[type[GivenRows]] = GivenRows

    def __call__(
        self,
        rows: Rows | None = None,
        *,
        source: Source | None = None,
        metric: Metric | None = None,
        model: str = "mini",
        **task: Any,
    ) -> Subject:
        registry = Registry()
        fields = {"kind": "text-classification", "languages": ("en", "sw"), "metrics": ("accuracy",), "formats": {}}
        fields |= {"labels": LABELS} if task.get("kind", "text-classification") == "text-classification" else {}
        made = Task(name="handmade", **(fields | task))
        registry.__dict__["tasks"] = {**registry.tasks, "handmade": made}
        if metric:
            registry.__dict__["metrics"] = {**registry.metrics, metric.name: metric}
        given = source or GivenRows(self.good_rows() if rows is None else rows)
        return Subject(made, CheckedSource(given, registry), registry, model=model, work=self.work)

    def pairs(self, split: str, count: int = 20, labels: Sequence[str] = LABELS) -> list[ClassificationRow]:
        """Sentences that no other split has."""
        return [
            ClassificationRow(id=f"{split}/{i:06}", text=f"{PEOPLE[i]} sees the {split}", label=labels[i % len(labels)])
            for i in range(count)
        ]

    def good_rows(self) -> dict[tuple[str, str], Sequence[Row]]:
        """Rows to train on and to test on in two languages."""
        return {
            ("train", "en"): self.pairs("train"),
            ("test", "en"): self.pairs("test"),
            ("test", "sw"): self.pairs("test"),
        }


@pytest.fixture
def make(tmp_path: Path) -> Maker:
    return Maker(tmp_path)
