"""Rows with their texts changed: perturbations applied to a split, row by row or to all rows together."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Callable, Iterable, Sequence
from typing import Any

from harness.errors import SettingsError, UserError, counted, in_words
from harness.kinds.base import Kind
from harness.perturbations import BadChange, Edit, Perturbation, SplitEdit, Transform, condition_name
from harness.planning.items import name_items
from harness.registry import Registry
from harness.rows import Row
from harness.sources.base import Split
from harness.tasks import FIRST_RULES, BadRow

VERSION = 1
"""Raised when the same perturbation of the same rows gives others: how texts are cut up, drawn for and put back."""


def apply(
    split: Split,
    transforms: Sequence[Transform],
    kind: Kind[Any],
    registry: Registry,
    *,
    whole: Split | None = None,
    split_in: Callable[[str], Split] | None = None,
) -> Split:
    """A split with its rows changed, under a digest of its own; keys, ids and labels stay.

    What a row becomes depends on where it stands in its file, and on other rows only where the perturbation changes
    rows together; it is the same in however small a part of the split.

    Args:
        whole: what the split is a part of, where rows are changed together.
        split_in: gives the whole split in another language.

    Raises:
        SettingsError: a perturbation is not for rows of this kind.
        UserError: no text of this kind may be changed, or a perturbation does what it may not.
    """
    if not transforms:
        return split
    every = whole or split
    rows, parallel = list(every.rows), _Parallel(every, kind, split_in)
    for transform in transforms:
        perturbation = registry.perturbation(transform.name)
        if perturbation.kinds and kind.name not in perturbation.kinds:
            raise SettingsError(
                f"{transform} is not for rows of kind {kind.name}, which {split.task} is of",
                code="perturbation-not-for-kind",
                fix=f"it is for {', '.join(perturbation.kinds)}; leave the other tasks out",
            )
        settings = transform.settings_for(perturbation)
        if perturbation.change_rows:
            edit = SplitEdit(transform, split.language, every.keys, settings, parallel)
            rows = _changed_together(perturbation, rows, edit, kind, registry.task(split.task).labels)
        else:
            edits = (Edit(perturbation, transform, key, split.language, settings) for key in every.keys)
            rows = [kind.edited(row, edit) for row, edit in zip(rows, edits, strict=True)]
    by_key = dict(zip(every.keys, rows, strict=True))
    done = "+".join(map(_done, transforms)) + parallel.read + _later_rules(kind, split.rows, by_key.values())
    return dataclasses.replace(
        split,
        rows=[by_key[key] for key in split.keys],
        digest=f"{split.digest}/{done}",
        origin=f"{split.origin}, {condition_name(transforms)}",
    )


def changed(clean: Split, perturbed: Split) -> int:
    """How many rows are not what they were."""
    return sum(one != other for one, other in zip(clean.rows, perturbed.rows, strict=True))


def _later_rules(kind: Kind[Any], clean: Iterable[Row], changed: Iterable[Row]) -> str:
    """What of the rules for rows decides the changed ones, where it did not decide the clean ones."""
    before, after = (max(map(kind.rules, rows), default=FIRST_RULES) for rows in (clean, changed))
    return f"/kept-{after}" if after > before else ""


def _done(transform: Transform) -> str:
    """What of a transform decides the rows."""
    settings = f" {json.dumps(transform.decided_by, sort_keys=True)}" if transform.settings else ""
    return f"{transform.name} v{transform.version}.{VERSION} {transform.severity} {transform.seed}{settings}"


def _changed_together(
    perturbation: Perturbation, rows: list[Any], edit: SplitEdit, kind: Kind[Any], labels: Sequence[str]
) -> list[Any]:
    """Rows as a perturbation changes them together.

    Raises:
        BadChange: what comes out is not the same items with the same gold answers.
    """
    transform = edit.transform
    assert perturbation.change_rows
    try:
        found = list(perturbation.change_rows(tuple(rows), edit))
    except UserError:
        raise
    except Exception as error:
        problem = f"fails: {in_words(error)}"
        raise BadChange(transform, problem, f"rows in {edit.language}") from error
    if len(found) != len(rows):
        raise BadChange(transform, f"makes {counted(len(found), 'row')} of {len(rows)}", f"rows in {edit.language}")
    for key, before, after in zip(edit.keys, rows, found, strict=True):
        if type(after) is not type(before) or after.id != before.id:
            raise BadChange(transform, "gives another row for one: its class and id must stay", key)
        try:
            kind.check(after, labels)
        except (BadRow, TypeError, AttributeError) as error:
            raise BadChange(transform, f"makes a row unusable: {error}", key) from error
        if _blank(kind, after) > _blank(kind, before):
            raise BadChange(transform, "leaves nothing of a text", key)
    if _gold(kind, found) != _gold(kind, rows):
        raise BadChange(transform, "changes gold answers", f"rows in {edit.language}")
    return found


def _gold(kind: Kind[Any], rows: Sequence[Row]) -> list[tuple[int, Any]]:
    return [(index, fields.get("gold")) for index, fields in kind.gold_predictions(rows)]


def _blank(kind: Kind[Any], row: Row) -> int:
    return sum(not text.strip() for text in kind.texts(row))


class _Parallel:
    """The same items in other languages, and which languages were asked for."""

    def __init__(self, split: Split, kind: Kind[Any], split_in: Callable[[str], Split] | None) -> None:
        self._split = split
        self._kind = kind
        self._split_in = split_in
        self._found: dict[str, Split] = {}

    def __call__(self, language: str) -> Sequence[Row | None]:
        assert self._split_in, "rows in other languages are to be had through `Data`"
        if language not in self._found:
            self._found[language] = self._split_in(language)
        other = self._found[language]
        by_item = dict(zip(name_items(other, self._kind), other.rows, strict=True))
        rows = [by_item.get(item) for item in name_items(self._split, self._kind)]
        if not any(row is not None for row in rows):
            raise UserError(
                f"{self._split.task} has no items in both {self._split.language} and {language}",
                code="rows-not-parallel",
                where=f"{self._split.origin}; {other.origin}",
                fix="name a language whose rows are translations of the same items",
            )
        return rows

    @property
    def read(self) -> str:
        """The rows that were read beside the split's own, for its digest; "" where there are none."""
        return "".join(f"/{language} {self._found[language].digest}" for language in sorted(self._found))
