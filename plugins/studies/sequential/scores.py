"""What the arms of the study `sequential` score on targets at the end, by regime and class of languages."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from statistics import fmean
from typing import TYPE_CHECKING

from harness_plugins.studies.sequential.arms import Arm, chain_arms

from harness import studykit
from harness.studykit import NONE

if TYPE_CHECKING:
    from harness_plugins.studies.sequential import Options


@dataclass(frozen=True)
class Finals:
    """The scores of targets at the end, clean and by their main metrics, with all languages of each target.

    Attributes:
        arms: by regime.
        languages: of each target.
        guessed: targets and languages in which `none` is hardly above chance: no arm is compared there.
    """

    scores: studykit.Scores
    arms: Mapping[str, tuple[Arm, ...]]
    languages: Mapping[str, tuple[str, ...]]
    guessed: Collection[tuple[str, str]] = ()

    def classed(self, name: str) -> Mapping[str, tuple[str, ...]]:
        """The targets that have languages of a class, with these; without those at chance, unless all are."""
        found = {
            task: [code for code in codes if studykit.resource_class(code) == name]
            for task, codes in self.languages.items()
        }
        above = {task: [code for code in codes if (task, code) not in self.guessed] for task, codes in found.items()}
        compared = above if any(above.values()) else found
        return {task: tuple(codes) for task, codes in compared.items() if codes}

    def all_guessed(self, name: str) -> bool:
        """Whether no target is above chance in any language of a class."""
        cells = [(task, code) for task, codes in self.classed(name).items() for code in codes]
        return all(cell in self.guessed for cell in cells)

    def side(self, regime: str, codes: Mapping[str, Sequence[str]]) -> studykit.Scores:
        """The scores of a regime's arms in some languages of each target."""
        return self.scores.where(
            lambda row: row["arm"] in self._labels(regime) and row["language"] in codes.get(row["task"], ())
        )

    def level(self, regime: str, codes: Mapping[str, Sequence[str]]) -> dict[int, float]:
        """The mean of a regime's arms in some languages, within each target and then over targets, for each seed."""
        wanted = self.side(regime, codes)
        by_arm = [studykit.means(wanted.where({"arm": label})) for label in self._labels(regime)]
        return {seed: fmean(own[seed] for own in by_arm) for seed in by_arm[0]}

    def against(self, regime: str, other: str, codes: Mapping[str, Sequence[str]]) -> dict[int, float]:
        """The difference of two regimes for each seed, over the targets that both have."""
        both = {task: own for task, own in codes.items() if self.has(regime, task) and self.has(other, task)}
        mine, theirs = self.level(regime, both), self.level(other, both)
        return {seed: mine[seed] - theirs[seed] for seed in mine}

    def has(self, regime: str, task: str) -> bool:
        """Whether a regime has scores of a target."""
        return bool(self.scores.where({"arm": self._labels(regime), "task": task}).rows)

    def _labels(self, regime: str) -> list[str]:
        return [arm.label for arm in self.arms[regime]] if regime in self.arms else [regime]


def scores_at_end(evidence: studykit.Evidence, by_regime: Mapping[str, tuple[Arm, ...]], options: Options) -> Finals:
    """What the primary answer is made of.

    Args:
        by_regime: all arms but `none`.

    Raises:
        NothingToShow: scores are missing.
        SettingsError: there is no low-resource language.
    """
    seeds = options.seeds
    ends = replace(evidence, scores=evidence.scores.clean.where({"main": True}))
    languages = {}
    for task in options.targets:
        # Targets without training have no rows to train on before.
        arms = [
            NONE,
            *(a.label for own in by_regime.values() for a in own if not (a.by_target and task == options.probe)),
        ]
        ends.require(arm=arms, task=[task], seed=seeds)
        rows = ends.scores.where({"arm": NONE, "task": task}).rows
        languages[task] = tuple(dict.fromkeys(row["language"] for row in rows))
        ends.require(arm=arms, task=[task], seed=seeds, language=languages[task])
    scored = {code for codes in languages.values() for code in codes}
    studykit.check_low_resource(scored, "the languages of the records")
    wanted = ends.scores.where({"task": options.targets, "seed": seeds})
    chains = {"chains": chain_arms(by_regime)}
    guessed = studykit.guessed(wanted.where({"arm": NONE}))
    return Finals(wanted, {**by_regime, **chains}, languages, guessed)
