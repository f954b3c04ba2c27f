from __future__ import annotations

import pytest

from harness.hyper import Hyper
from harness.kinds.text_classification import TextClassificationSettings
from harness.perturbations import Transform
from harness.planning.data import Data
from harness.registry import Registry
from harness.sources.base import open_source

TYPO = (Transform("typo", 1, 2),)


@pytest.fixture(scope="module")
def data() -> Data:
    registry = Registry()
    return Data(registry, open_source("mini", registry), 20)


def test_perturbed_rows_are_made_once_and_kept_apart_from_clean_ones(data: Data) -> None:
    clean = data.split("pawsx", "test", "qaa")
    perturbed = data.split("pawsx", "test", "qaa", TYPO)
    assert perturbed is data.split("pawsx", "test", "qaa", TYPO)
    assert list(perturbed.rows) != list(clean.rows)
    assert data.split("pawsx", "test", "qaa") is clean
    assert data.loaded == [clean]


def test_stages_encode_what_they_are_asked_to_and_know_what_it_was(data: Data) -> None:
    task = data.registry.task("pawsx")
    hyper = Hyper(kind_settings=TextClassificationSettings())
    clean, perturbed = data.split("pawsx", "test", "qaa"), data.split("pawsx", "test", "qaa", TYPO)
    rows = data.rows(task, perturbed, hyper, TYPO)
    assert data.of(rows) is perturbed
    assert data.clean(rows) is clean
    assert rows.where == "pawsx test in qaa, typo:2"
    assert rows.encoding == {**data.rows(task, clean, hyper).encoding, "rows": perturbed.digest}
