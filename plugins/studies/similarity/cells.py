"""What the study `similarity` reads from records: gains and similarities of sources in every target and language."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from harness import studykit
from harness.studykit import NONE

if TYPE_CHECKING:
    from harness_plugins.studies.similarity.ranks import Floats

DISTANCES = ("mmd", "vocabulary-divergence")
"""Measures that are high where tasks are not alike."""


@dataclass(frozen=True, kw_only=True)
class Cells:
    """Tables of sources (columns) by cells, which are a target in a language other than English.

    Attributes:
        sources: intermediate tasks.
        places: target and language of each cell.
        gains: (seeds, cells, sources), in points; nan where source and target share training data.
        similarity: by measure, (cells, sources): the higher the more alike; nan where there is no value.
        shared: source and target of the pairs that are left out.
        training_rows: by source, where records say.
    """

    sources: tuple[str, ...]
    places: tuple[tuple[str, str], ...]
    gains: Floats
    similarity: Mapping[str, Floats]
    shared: tuple[tuple[str, str], ...] = ()
    training_rows: Mapping[str, int]

    @property
    def targets(self) -> tuple[str, ...]:
        """In the order of the cells."""
        return tuple(dict.fromkeys(target for target, _ in self.places))

    @property
    def gain(self) -> Floats:
        """The mean over seeds, (cells, sources)."""
        return np.asarray(self.gains.mean(0))

    def languages(self, name: str) -> tuple[str, ...]:
        """The languages of a class."""
        codes = dict.fromkeys(language for _, language in self.places)
        return tuple(code for code in codes if studykit.resource_class(code) == name)

    def of_class(self, name: str) -> Cells:
        """The cells in the languages of a class."""
        return self.where([studykit.resource_class(language) == name for _, language in self.places])

    def where(self, wanted: Sequence[bool]) -> Cells:
        """Some of the cells."""
        at = np.flatnonzero(wanted)
        return replace(
            self,
            places=tuple(self.places[place] for place in at),
            gains=self.gains[:, at],
            similarity={name: table[at] for name, table in self.similarity.items()},
        )

    def by_target(self, table: Floats) -> Floats:
        """The mean over the languages of each target, (targets, sources); nan where a source has none."""
        rows = []
        for target in self.targets:
            own = table[[at for at, place in enumerate(self.places) if place[0] == target]]
            known = np.isfinite(own)
            rows.append(np.where(known.any(0), np.where(known, own, 0).sum(0) / np.maximum(known.sum(0), 1), np.nan))
        return np.array(rows)

    def formats(self) -> Floats:
        """1 where a source and a target are of one kind, else 0, (cells, sources)."""
        kinds = [studykit.known_task(source).kind for source in self.sources]
        rows = [[float(kind == studykit.known_task(target).kind) for kind in kinds] for target, _ in self.places]
        return np.array(rows)

    def sizes(self) -> Floats | None:
        """The logarithm of each source's training rows, (cells, sources); None where records do not say."""
        if not all(self.training_rows.get(source) for source in self.sources):
            return None
        return np.log(np.tile([float(self.training_rows[source]) for source in self.sources], (len(self.places), 1)))


def arm_of(source: str) -> str:
    """The label of a source's arm."""
    return f"{source} alone"


def cells_of(
    evidence: studykit.Evidence,
    sources: Sequence[str],
    targets: Sequence[str],
    seeds: Sequence[int],
    languages: Sequence[str],
    measures: Sequence[str],
) -> Cells:
    """The tables of all sources and targets.

    A gain is of one seed less the mean of `none` over the other seeds, so that no seed is its own baseline. Within a
    cell all sources have the same baseline, which their ranks do not see.

    Args:
        languages: to read; all that were scored if none.
        measures: the first one is needed, and left out are those of the others that records do not have.

    Raises:
        NothingToShow: scores, or values of the first measure, are missing; the message names some.
        SettingsError: a target was scored in English alone.
    """
    arms = {source: arm_of(source) for source in sources}
    found = evidence.require_in(languages, arm=(NONE, *arms.values()), task=targets, seed=seeds)
    scored = {target: [code for (code,) in found.where({"task": target}).groups("language")] for target in targets}
    places = tuple((target, code) for target in targets for code in scored[target] if code != studykit.ENGLISH)
    for target, codes in scored.items():
        studykit.check_other_languages({studykit.ENGLISH, *codes}, "the records", task=target)
        evidence.require(arm=(NONE, *arms.values()), task=(target,), seed=seeds, language=codes)
    values = {
        (row["arm"], row["seed"], row["task"], row["language"]): row["value"]
        for row in found.rows
        if row["value"] is not None
    }
    same_rows = _same_rows(found)
    shared = tuple(
        (source, target)
        for source in sources
        for target in targets
        if _shares(source, target) or (arm_of(source), target, source) in same_rows
    )
    after = np.array(
        [[[values[arms[one], seed, *place] for one in sources] for place in places] for seed in seeds], np.float64
    )
    before = np.array([[values[NONE, seed, *place] for place in places] for seed in seeds], np.float64)
    gains = after - _other_seeds(before)[:, :, None]
    for source, target in shared:
        gains[:, [place[0] == target for place in places], sources.index(source)] = np.nan
    return Cells(
        sources=tuple(sources),
        places=places,
        gains=gains,
        similarity=_similarities(evidence, sources, places, measures),
        shared=shared,
        training_rows=evidence.training_rows,
    )


def _other_seeds(before: Floats) -> Floats:
    """For each seed the mean of the others; of one seed its own."""
    seeds = len(before)
    return before if seeds == 1 else np.asarray((before.sum(0) - before) / (seeds - 1))


def _shares(source: str, target: str) -> bool:
    """Whether a target trains on a source's rows by its definition."""
    task = studykit.known_task(target)
    return source in (target, task.trained_as, *task.after)


def _same_rows(scores: studykit.Scores) -> set[tuple[str, str, str]]:
    """Arm, target and the tasks whose training rows records found to be the target's."""
    return {
        (row["arm"], row["task"], one["task"])
        for row in scores.rows
        for one in json.loads(row.get("overlap") or "[]")
        if one["same_rows"]
    }


def _similarities(
    evidence: studykit.Evidence, sources: Sequence[str], places: Sequence[tuple[str, str]], measures: Sequence[str]
) -> dict[str, Floats]:
    first, *others = measures
    for target, code in places:
        evidence.require_measures(first, other_task=tuple(sources), task=(target,), language=(code,))
    found: dict[str, Floats] = {}
    for name in (first, *others):
        own = {(row["other_task"], row["task"], row["language"]): row for row in _between(evidence, name)}
        if not own:
            continue
        sign = -1.0 if name in DISTANCES else 1.0
        rows = [
            [sign * own[one, *place]["value"] if (one, *place) in own else np.nan for one in sources]
            for place in places
        ]
        found[name] = np.array(rows, np.float64)
    return found


def _between(evidence: studykit.Evidence, name: str) -> list[studykit.Row]:
    return [row for row in evidence.measures if row["measure"] == name and row.get("other_task")]
