"""Files of rows that were changed at random are read, row by row or not at all; no record is lost without a word."""

from __future__ import annotations

import json
import re
import sys
import tomllib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from harness.planning.data import Data
from harness.registry import default_registry
from harness.rows import SentenceRow
from harness.sources.files.source import open_files
from tests.campaigns.mutations import TRIALS, Trials, mutated
from tests.planning.conftest import write_data

REAL = Path(__file__).parents[1] / "real_rows.toml"
LINES = 24
"""Of a file of lines, those that are kept; the first questions of a file of questions."""
LARGEST = 2**16

_opened: list[Path] | None = None


def _note(event: str, arguments: tuple[Any, ...]) -> None:
    if event == "open" and _opened is not None and isinstance(arguments[0], str | Path):
        _opened.append(Path(arguments[0]))


sys.addaudithook(_note)


@contextmanager
def opened() -> Iterator[list[Path]]:
    """The files that are opened meanwhile."""
    global _opened
    _opened = []
    try:
        yield _opened
    finally:
        _opened = None


@dataclass(frozen=True)
class Case:
    """A split in one language, read by a map of its own.

    Attributes:
        files: those it is read from.
        records: how many rows and bad rows it has before anything is changed.
        by_record: whether languages are told apart by records, so that a changed one may be of another language.
    """

    map: Path
    task: str
    split: str
    language: str
    files: tuple[Path, ...]
    records: int
    by_record: bool

    def load(self) -> int:
        """How many rows and bad rows there are; what kinds make of the rows can be written."""
        registry = default_registry()
        data = Data(registry, open_files(self.map, registry))
        split = data.split(self.task, self.split, self.language)
        kind = registry.kind(registry.task(self.task).kind)
        json.dumps([fields for _, fields in kind.gold_predictions(split.rows)], allow_nan=False).encode()
        "\n".join(text for row in split.rows for text in kind.texts(row)).encode()
        "\n".join(map(str, split.skipped)).encode()
        assert len(split.rows) == len(split.keys) == len(set(split.keys))
        # A pair of sentences is two rows, and one bad row.
        return len(split.rows) + len(split.skipped) * (2 if kind.row_type is SentenceRow else 1)


def case_of(path: Path, task: str, split: str) -> Case | None:
    registry = default_registry()
    languages = open_files(path, registry).languages(registry.task(task), split)
    if not languages:
        return None
    case = Case(path, task, split, languages[-1], (), 0, by_record=False)
    with opened() as found:
        records = case.load()
    files = tuple(sorted({file for file in found if file.is_relative_to(path.parent) and file != path}))
    by_record = any(form.language_of for form in registry.task(task).formats.values())
    return Case(path, task, split, languages[-1], files, records, by_record)


@pytest.fixture(scope="module")
def tiny_cases(tmp_path_factory: pytest.TempPathFactory) -> list[Case]:
    """Rows written by tests."""
    path = write_data(tmp_path_factory.mktemp("rows"))
    tables = tomllib.loads(path.read_text())
    cases = [case_of(path, task, split) for task, splits in tables.items() for split in splits]
    return [case for case in cases if case]


@pytest.fixture(scope="module")
def real_cases(shared: Path, tmp_path_factory: pytest.TempPathFactory) -> list[Case]:
    """The first rows of each split of the real files."""
    root = tmp_path_factory.mktemp("real")
    for path in (shared / "data").rglob("*"):
        if path.is_file() and path.suffix not in (".jpg", ".npy", ".md", ".zip"):
            target = root / path.relative_to(shared / "data")
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(head(path))
    text = REAL.read_text(encoding="utf-8")
    tables = tomllib.loads(text)
    registry = default_registry()
    cases = []
    for task, splits in tables.items():
        # Captions are rows where their images are, which are not copied.
        if not isinstance(splits, dict) or registry.task(task).kind.startswith("image-"):
            continue
        for split in splits:
            # A map of one table, so that each trial reads it quickly.
            blocks = re.findall(rf"(?m)^\[+{re.escape(task)}\.{split}\]+\n(?:.+\n?)*", text)
            path = root / f"{task}-{split}.toml"
            path.write_text(f'root = "{root.as_posix()}"\n\n' + "\n".join(blocks), encoding="utf-8")
            if case := case_of(path, task, split):
                cases.append(case)
    return cases


def head(path: Path) -> bytes:
    """The first records of a file."""
    with path.open("rb") as file:
        first = file.read(1)
        if first == b"{" and path.suffix == ".json":
            return questions(first + file.read())
        file.seek(0)
        if path.parent.name == "bucc2018" and path.suffix != ".gold":
            # Sentences of which the first pairs consist stand anywhere.
            pairs = path.with_suffix(".gold").read_bytes().split(b"\n")[:LINES]
            keys = {key for pair in pairs for key in pair.split(b"\t")}
            return b"".join(line for line in file if line.partition(b"\t")[0] in keys)
        return b"".join(line for line, _ in zip(file, range(LINES), strict=False))[:LARGEST]


def questions(content: bytes) -> bytes:
    value = json.loads(content)
    if isinstance(value, dict) and isinstance(value.get("data"), list):
        articles = value["data"][:2]
        for article in articles:
            article["paragraphs"] = article["paragraphs"][:2]
            for paragraph in article["paragraphs"]:
                paragraph["qas"] = paragraph["qas"][:3]
        value["data"] = articles
    return json.dumps(value, ensure_ascii=False).encode()


def blank_lines(content: bytes) -> list[bool]:
    """Of each line, whether it is blank: what ends records, where not every line is one."""
    return [not line.strip() for line in content.split(b"\n")]


def try_all(cases: list[Case], campaign: Trials) -> None:
    for number, draw in campaign:
        case = cases[number % len(cases)]
        path = draw.choice(case.files)
        before = path.read_bytes()
        after = mutated(before, draw)

        countable = path.suffix != ".json" and not case.by_record and blank_lines(before) == blank_lines(after)

        def load(case: Case = case, countable: bool = countable) -> str:
            records = case.load()
            assert records >= case.records or not countable, f"{case.records - records} of {case.records} records lost"
            return "as many" if records == case.records else "more" if records > case.records else "fewer"

        path.write_bytes(after)
        campaign.outcome(number, load, f"{case.task} {case.split} {case.language}, {path.name}")
        path.write_bytes(before)
    campaign.check()


@TRIALS
def test_changed_files_of_tests_are_read_or_refused(
    trials: int, tiny_cases: list[Case], figures: Callable[[str], None]
) -> None:
    campaign = Trials("tiny rows", trials)
    try_all(tiny_cases, campaign)
    figures(str(campaign))
    assert campaign.ends["as many"]
    assert campaign.ends["no-readable-row"]


@TRIALS
def test_changed_real_files_are_read_or_refused(
    trials: int, real_cases: list[Case], figures: Callable[[str], None]
) -> None:
    assert len(real_cases) > 40
    campaign = Trials("real rows", trials)
    try_all(real_cases, campaign)
    figures(f"{len(real_cases)} splits, {campaign}")
    assert campaign.ends["as many"]
    assert campaign.ends["fewer"]
