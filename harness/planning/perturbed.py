"""Rows with their texts changed: perturbations applied to a split, row by row."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from typing import Any

from harness.errors import SettingsError
from harness.kinds.base import Kind
from harness.perturbations import Edit, Transform, condition_name
from harness.registry import Registry
from harness.sources.base import Split

VERSION = 1
"""Raised when the same perturbation of the same rows gives others: how texts are cut up, drawn for and put back."""


def apply(split: Split, transforms: Sequence[Transform], kind: Kind[Any], registry: Registry) -> Split:
    """A split with its rows changed, under a digest of its own; keys, ids and labels stay.

    What a row becomes depends on where it stands in its file and on nothing else, so that it is the same in however
    small a part of the split.

    Raises:
        SettingsError: a perturbation is not for rows of this kind.
        UserError: no text of this kind may be changed, or a perturbation does what it may not.
    """
    if not transforms:
        return split
    rows = list(split.rows)
    for transform in transforms:
        perturbation = registry.perturbation(transform.name)
        if perturbation.kinds and kind.name not in perturbation.kinds:
            raise SettingsError(
                f"{transform} is not for rows of kind {kind.name}, which {split.task} is of",
                code="perturbation-not-for-kind",
                fix=f"it is for {', '.join(perturbation.kinds)}; leave the other tasks out",
            )
        edits = (Edit(perturbation, transform, key, split.language) for key in split.keys)
        rows = [kind.edited(row, edit) for row, edit in zip(rows, edits, strict=True)]
    done = "+".join(f"{one.name} v{one.version}.{VERSION} {one.severity} {one.seed}" for one in transforms)
    return dataclasses.replace(
        split, rows=rows, digest=f"{split.digest}/{done}", origin=f"{split.origin}, {condition_name(transforms)}"
    )


def changed(clean: Split, perturbed: Split) -> int:
    """How many rows are not what they were."""
    return sum(one != other for one, other in zip(clean.rows, perturbed.rows, strict=True))
