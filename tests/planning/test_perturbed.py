from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import pytest

from harness.errors import SettingsError, UserError
from harness.perturbations import BadChange, Perturbation, SplitEdit, Transform
from harness.planning.data import Data
from harness.planning.perturbed import apply, changed
from harness.registry import Registry
from harness.rows import ClassificationRow, TextRow
from harness.setting import PerturbationSettings, perturbation_setting
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


def test_digests_of_rows_without_settings_are_what_they_were(registry: Registry, split: Split) -> None:
    found = apply(split, (TYPO, Transform("case", 1, 2, 7)), kind_of(registry, "pawsx"), registry)
    assert found.digest == f"{split.digest}/typo v1.1 3 0+case v1.1 2 7"


def test_rows_that_become_such_of_later_rules_say_so_in_their_digest() -> None:
    registry = Registry()
    spaced = Perturbation(name="spaced", change=lambda text, *_: text.replace(" ", " \u200b"))
    registry.__dict__["perturbations"] = {**registry.perturbations, "spaced": spaced}
    rows, kind = rows_of(registry, "xquad", "qaa", 4), kind_of(registry, "xquad")
    assert apply(rows, (Transform("spaced", 1, 1),), kind, registry).digest == f"{rows.digest}/spaced v1.1 1 0/kept-3"
    later = replace(rows, rows=[replace(row, context=f"{row.context}\u200b") for row in rows.rows])  # type: ignore[call-arg,attr-defined]
    # Their own digest says it already.
    assert apply(later, (TYPO,), kind, registry).digest == f"{rows.digest}/typo v1.1 3 0"


def test_settings_change_what_is_done_and_the_digest(registry: Registry, split: Split) -> None:
    kind = kind_of(registry, "pawsx")
    often = Transform("typo", 1, 3, settings=(("rate", 0.5),))
    found, default = apply(split, (often,), kind, registry), apply(split, (TYPO,), kind, registry)
    assert list(found.rows) != list(default.rows)
    assert found.digest == f'{split.digest}/typo v1.1 3 0 {{"rate": 0.5}}'
    assert list(apply(split, (Transform("typo", 1, 1, settings=(("rate", 0.5),)),), kind, registry).rows) != list(
        split.rows
    )


@dataclass(frozen=True, kw_only=True)
class LanguageSettings(PerturbationSettings):
    language: str = perturbation_setting("which", default="en")


def with_pair_of(rows: Sequence[ClassificationRow], edit: SplitEdit) -> list[ClassificationRow]:
    """The second sentence in another language."""
    others = edit.parallel(edit.settings.language)
    return [replace(row, text_pair=other.text_pair) if other else row for row, other in zip(rows, others, strict=True)]


def rotated(rows: Sequence[ClassificationRow], edit: SplitEdit) -> list[ClassificationRow]:
    """The second sentence of another row, by draws of each row."""
    order = sorted(range(len(rows)), key=lambda row: edit.random(row).random())
    after = dict(zip(order, [*order[1:], order[0]], strict=True))
    return [replace(row, text_pair=rows[after[index]].text_pair) for index, row in enumerate(rows)]


CLASSIFICATION = ("text-classification",)


@pytest.fixture
def together() -> Registry:
    """A registry whose perturbations change rows together."""
    registry = Registry()
    registry.__dict__["perturbations"] = {
        **registry.perturbations,
        "pair": Perturbation(name="pair", change_rows=with_pair_of, kinds=CLASSIFICATION, settings=LanguageSettings),
        "rotated": Perturbation(name="rotated", change_rows=rotated, kinds=CLASSIFICATION),
    }
    return registry


def test_a_sentence_of_the_same_item_in_another_language_is_had_by_its_name(together: Registry) -> None:
    pair = Transform("pair", 1, 1, settings=(("language", "qab"),))
    data = Data(together, open_source("mini", together), 12)
    found, clean = data.split("pawsx", "test", "qaa", (pair,)), data.split("pawsx", "test", "qaa")
    other = data.split("pawsx", "test", "qab")
    pairs = [getattr(row, "text_pair", "") for row in found.rows]
    assert pairs == [getattr(row, "text_pair", "") for row in other.rows]
    assert pairs != [getattr(row, "text_pair", "") for row in clean.rows]
    assert [getattr(row, "text", "") for row in found.rows] == [getattr(row, "text", "") for row in clean.rows]
    # The rows of the other language decide it, too.
    whole = Data(together, open_source("mini", together)).split("pawsx", "test", "qab")
    assert found.digest == f'{clean.digest}/pair v1.1 1 0 {{"language": "qab"}}/qab {whole.digest}'
    with pytest.raises(UserError) as error:
        data.split("pawsx", "test", "qaa", (Transform("pair", 1, 1, settings=(("language", "de"),)),))
    assert error.value.code == "no-rows"


def test_items_are_paired_by_name_and_not_by_place(together: Registry) -> None:
    """Of the other language some rows are missing, and the rest stand elsewhere."""
    data = Data(together, open_source("mini", together))
    clean, other = data.split("pawsx", "test", "qaa"), data.split("pawsx", "test", "qab")
    by_name = dict(zip((row.id for row in other.rows), other.rows, strict=True))
    kept = sorted(range(5, len(other.rows)), key=lambda index: other.rows[index].id[::-1])
    moved = replace(other, rows=[other.rows[i] for i in kept], keys=[other.keys[i] for i in kept])
    pair = Transform("pair", 1, 1, settings=(("language", "qab"),))
    found = apply(clean, (pair,), kind_of(together, "pawsx"), together, split_in=lambda language: moved)
    for index, (row, before) in enumerate(zip(found.rows, clean.rows, strict=True)):
        source = before if index < 5 else by_name[before.id]
        assert getattr(row, "text_pair", "") == getattr(source, "text_pair", "")
    strange = replace(other, rows=[replace(row, id=f"x{row.id}") for row in other.rows])
    with pytest.raises(UserError) as error:
        apply(clean, (pair,), kind_of(together, "pawsx"), together, split_in=lambda language: strange)
    assert error.value.code == "rows-not-parallel"


def test_rows_changed_together_see_the_whole_split_whatever_the_limit(together: Registry) -> None:
    chain = (Transform("rotated", 1, 1), TYPO)
    few, more = (Data(together, open_source("mini", together), n).split("pawsx", "test", "en", chain) for n in (6, 0))
    assert list(few.rows) == list(more.rows)[:6]
    assert few.keys == list(more.keys)[:6]
    assert few.digest != more.digest
    own = Data(together, open_source("mini", together)).split("pawsx", "test", "en")
    rotated_rows = Data(together, open_source("mini", together)).split("pawsx", "test", "en", chain[:1])
    assert Counter(getattr(row, "text_pair", "") for row in rotated_rows.rows) == Counter(
        getattr(row, "text_pair", "") for row in own.rows
    )
    assert changed(own, rotated_rows) > 250


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        (lambda rows, edit: rows[1:], "makes 39 rows of 40"),
        (lambda rows, edit: [replace(row, id="x") for row in rows], "gives another row for one"),
        (lambda rows, edit: [TextRow(id=row.id, text="x") for row in rows], "gives another row for one"),
        (lambda rows, edit: [replace(row, text=" ") for row in rows], "leaves nothing of a text"),
        (lambda rows, edit: [replace(row, label="x") for row in rows], "makes a row unusable"),
        (lambda rows, edit: [replace(row, label=rows[0].label) for row in rows], "changes gold answers"),
        (lambda rows, edit: rows.sort(), "fails: AttributeError"),
    ],
)
def test_rows_that_are_no_longer_the_same_items_are_refused(split: Split, change: Any, problem: str) -> None:
    registry = Registry()
    registry.__dict__["perturbations"] = {"bad": Perturbation(name="bad", change_rows=change, kinds=CLASSIFICATION)}
    with pytest.raises(BadChange) as error:
        apply(split, (Transform("bad", 1, 1),), kind_of(registry, "pawsx"), registry)
    assert error.value.what.startswith(f"the perturbation bad:1 {problem}")
