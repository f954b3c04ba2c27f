"""What items are called: the same in all languages of parallel rows, and never the same twice."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import pytest

from harness import ClassificationRow
from harness.perturbations import Transform
from harness.planning.data import Data
from harness.planning.items import name_items
from harness.registry import Registry, default_registry
from harness.sources.base import Split, open_source


@pytest.fixture(scope="module")
def registry() -> Registry:
    return default_registry()


def named(registry: Registry, split: Split) -> list[str]:
    return name_items(split, registry.kind(registry.task(split.task).kind))


def test_parallel_rows_have_the_same_names_in_every_language(registry: Registry) -> None:
    data = Data(registry, open_source("mini", registry), 20)
    english, other = (data.split("pawsx", "test", code) for code in ("en", "qaa"))
    assert english.rows != other.rows
    assert named(registry, english) == named(registry, other) == [row.id for row in english.rows]


def split_of(*ids: str, lines: list[int] | None = None) -> Split:
    rows = [ClassificationRow(id=name, text=f"text {i}", label="a") for i, name in enumerate(ids)]
    keys = [f"test-en.tsv:{line}" for line in lines or range(1, len(ids) + 1)]
    return Split(
        task="pawsx", split="test", language="en", rows=rows, keys=keys, digest="d", source="files", origin="here"
    )


def test_ids_that_repeat_are_counted(registry: Registry) -> None:
    assert named(registry, split_of("7", "8", "7", "7")) == ["7", "8", "7/2", "7/3"]
    assert named(registry, split_of("7/2", "7", "7")) == ["7/2", "7", "7/3"]


def test_rows_without_ids_go_by_their_place_in_the_file(registry: Registry) -> None:
    assert named(registry, split_of("", "", "", lines=[1, 3, 9])) == [":1", ":3", ":9"]


def test_a_limit_moves_no_name(registry: Registry, tmp_path: Path) -> None:
    data, fewer = (Data(registry, open_source("mini", registry), limit) for limit in (20, 5))
    more = named(registry, data.split("xquad", "test", "qaa"))
    assert named(registry, fewer.split("xquad", "test", "qaa")) == more[:5]
    assert len(set(more)) == len(more)


def test_perturbed_rows_keep_what_their_kind_calls_them(registry: Registry) -> None:
    data = Data(registry, open_source("mini", registry), 20)
    clean = data.split("xquad", "test", "qaa")
    perturbed = data.split("xquad", "test", "qaa", (Transform("typo", 1, 3),))
    assert named(registry, perturbed) == named(registry, clean)
    assert dataclasses.replace(perturbed.rows[0], id="") != dataclasses.replace(clean.rows[0], id="")
