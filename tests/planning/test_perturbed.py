from __future__ import annotations

from typing import Any

import pytest

from harness.errors import SettingsError, UserError
from harness.perturbations import Perturbation, Transform
from harness.planning.data import Data
from harness.planning.perturbed import apply, changed
from harness.registry import Registry
from harness.sources.base import Split, open_source

TYPO = Transform("typo", 1, 3)


@pytest.fixture(scope="module")
def registry() -> Registry:
    return Registry()


@pytest.fixture
def split(registry: Registry) -> Split:
    return rows_of(registry, "pawsx", "qaa")


def rows_of(registry: Registry, task: str, language: str, limit: int = 40) -> Split:
    return Data(registry, open_source("mini", registry), limit).split(task, "test", language)


def kind_of(registry: Registry, task: str) -> Any:
    return registry.kind(registry.task(task).kind)


def test_rows_change_and_what_tells_them_apart_stays(registry: Registry, split: Split) -> None:
    found = apply(split, (TYPO,), kind_of(registry, "pawsx"), registry)
    assert found.keys == split.keys
    assert [(row.id, getattr(row, "label", None)) for row in found.rows] == [
        (row.id, getattr(row, "label", None)) for row in split.rows
    ]
    assert changed(split, found) == sum(one != other for one, other in zip(split.rows, found.rows, strict=True)) > 30
    assert changed(split, split) == 0
    assert apply(split, (), kind_of(registry, "pawsx"), registry) is split


@pytest.mark.parametrize("task", ["pawsx", "xquad", "panx", "tatoeba", "xcopa"])
def test_a_part_of_the_rows_becomes_what_it_becomes_in_the_whole(registry: Registry, task: str) -> None:
    language = rows_language(registry, task)
    kind = kind_of(registry, task)
    few, more = (apply(rows_of(registry, task, language, n), (TYPO,), kind, registry) for n in (6, 30))
    by_key = dict(zip(more.keys, more.rows, strict=True))
    assert [by_key[key] for key in few.keys] == list(few.rows)


def rows_language(registry: Registry, task: str) -> str:
    return open_source("mini", registry).languages(registry.task(task), "test")[-1]


def test_transforms_follow_each_other(registry: Registry, split: Split) -> None:
    kind = kind_of(registry, "pawsx")
    upper = Transform("case", 1, 2)
    both = apply(split, (TYPO, upper), kind, registry)
    assert list(both.rows) == list(apply(apply(split, (TYPO,), kind, registry), (upper,), kind, registry).rows)


def test_the_digest_is_of_all_that_is_done(registry: Registry, split: Split) -> None:
    kind = kind_of(registry, "pawsx")
    done = [(TYPO,), (Transform("typo", 1, 2),), (Transform("typo", 1, 3, 1),), (TYPO, Transform("case", 1, 1))]
    digests = [apply(split, transforms, kind, registry).digest for transforms in done]
    assert len({split.digest, *digests}) == len(done) + 1


def test_kinds_that_cannot_be_changed_and_kinds_that_may_not_be_are_refused(split: Split) -> None:
    registry = Registry()
    registry.__dict__["perturbations"] = {
        "tags": Perturbation(name="tags", change=lambda text, *_: text, kinds=("token-classification",))
    }
    with pytest.raises(SettingsError) as error:
        apply(split, (Transform("tags", 1, 1),), kind_of(registry, "pawsx"), registry)
    assert error.value.code == "perturbation-not-for-kind"
    assert "token-classification" in str(error.value.fix)
    mlm = Data(registry, open_source("mini", registry), 4).split("mlm", "train", "en")
    registry = Registry()
    with pytest.raises(UserError) as refused:
        apply(mlm, (TYPO,), kind_of(registry, "mlm"), registry)
    assert refused.value.code == "kind-not-perturbed"
