"""Scores in words, for tables and for running text: numbers, names of arms, and overlap with other rows."""

from __future__ import annotations

import json
import math
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

from harness.arms import NONE
from harness.errors import counted
from harness.results.scores import Row

JOINTS = {"multitask": " + ", "sequential": " > "}
"""What stands between the tasks of an arm, by its mode."""
SHOWN_TASKS = 3
"""Intermediate tasks named in a title."""
SHOWN_FINDINGS = 3
"""Overlaps told of a task with one split, those with the largest share of items."""


def number(value: float, *, signed: bool = False) -> str:
    """A value with one decimal place; with its sign, if it is a gain."""
    # Adding zero takes the sign off what rounds to minus zero.
    value = round(value, 1) + 0.0
    return f"{value:+.1f}" if signed else f"{value:.1f}"


def enumerate_names(names: Sequence[str]) -> str:
    """Names in running text, such as "a, b and c"; at least one."""
    *before, last = names
    return f"{', '.join(before)} and {last}" if before else last


class NamedArm(Protocol):
    """An arm as far as its name goes."""

    @property
    def label(self) -> str:
        """Unique in the run."""

    @property
    def text(self) -> str:
        """Its phases as `--arm` takes them."""

    @property
    def mode(self) -> str:
        """How its phases are trained."""


@dataclass(frozen=True)
class ArmName:
    """An arm as far as its name goes, from a row or a comparison."""

    label: str
    text: str
    mode: str


def short_arms(arms: Iterable[NamedArm]) -> dict[str, str]:
    """What tables call the arms of a run, by label: each by another name.

    It is an arm's label. Of an arm that is labelled by its tasks the later ones are counted only, unless another arm
    would be called the same.
    """
    names = {arm.label: _names(arm) for arm in arms}
    places = dict.fromkeys(names, 0)
    while True:
        called = {label: names[label][place] for label, place in places.items()}
        times = Counter(called.values())
        same = [label for label, name in called.items() if times[name] > 1 and places[label] < len(names[label]) - 1]
        if not same:
            return called
        places |= {label: places[label] + 1 for label in same}


def row_arms(rows: Iterable[Row]) -> dict[str, str]:
    """What tables call the arms of rows, by label."""
    return short_arms(dict.fromkeys(ArmName(row["arm"], row["arm_text"], row["mode"]) for row in rows))


def _names(arm: NamedArm) -> tuple[str, ...]:
    """What an arm can be called, the shortest first; the label is unique."""
    if arm.label != arm.text or arm.mode not in JOINTS:
        return (arm.label,)
    joint = JOINTS[arm.mode]
    # A part with settings or brackets cannot be left out: it may be all that tells two arms apart.
    fixed = bool(set(arm.text) & set("{("))
    names = [arm.text] if fixed else arm.text.split(joint)
    whole = f"{arm.label} ({arm.mode})" if fixed or len(names) > 1 else arm.label
    if len(names) <= SHOWN_TASKS:
        return whole, arm.label
    first = joint.join(names[:SHOWN_TASKS])
    return f"{first}{joint}{len(names) - SHOWN_TASKS} more ({arm.mode})", whole, arm.label


def without_training(label: str) -> str:
    """What an arm without intermediate training is called; its label, if that says more."""
    return "" if label == NONE else f" ({label})"


def diagnostic_line(tasks: Mapping[str, Sequence[str]]) -> str:
    """Which drops say nothing of robustness.

    Args:
        tasks: of each condition, those whose labels need not survive it; at least one.
    """
    named = "; ".join(f"{condition} on {enumerate_names(names)}" for condition, names in tasks.items())
    return f"diagnostic: {named}: labels need not hold there, so a drop is expected"


def overlap_lines(rows: Iterable[Row]) -> Iterator[str]:
    """What scored rows share with rows trained or selected on, a line a task and split; records have all languages."""
    findings: dict[tuple[str, str], dict[str, _Finding]] = {}
    for row in rows:
        for overlap in json.loads(row["overlap"]):
            pair = row["task"], f"{overlap['task']} {overlap['split']} ({overlap['use']})"
            finding = findings.setdefault(pair, {}).setdefault(_found(overlap), _Finding(_share(overlap)))
            finding.languages[row["language"]] = None
    for (task, place), found in findings.items():
        ranked = sorted(found.items(), key=lambda item: -item[1].share)
        told, languages = ranked[:SHOWN_FINDINGS], {code for _, finding in ranked for code in finding.languages}
        parts = [f"{what} in {', '.join(finding.languages)}" for what, finding in told]
        untold = languages - {code for _, finding in told for code in finding.languages}
        parts += [f"less in {counted(len(untold), 'more language')}"] if untold else []
        yield f"overlap: {task} with {place}: {'; '.join(parts)}"


@dataclass
class _Finding:
    """Languages that have the same in common with one split, and which share of their items the largest count is."""

    share: float
    languages: dict[str, None] = field(default_factory=dict)


def _found(overlap: Mapping[str, Any]) -> str:
    counts = [counted(overlap[name], noun) for name, noun in _NOUNS.items() if overlap[name]]
    shared = [f"{' and '.join(counts)} of {overlap['n']:,}"] if counts else []
    return ", ".join([*shared, *(["the target's own training rows"] if overlap["same_rows"] else [])])


def _share(overlap: Mapping[str, Any]) -> float:
    return math.inf if overlap["same_rows"] else max(overlap[name] for name in _NOUNS) / overlap["n"]


_NOUNS = {"items": "whole item", "texts": "long text", "ids": "id"}
