"""Settings that development rows choose, where a study tries several of each of its regimes."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from statistics import fmean

from harness.errors import NothingToShow
from harness.results.scores import Row, Scores
from harness.results.settings_choice import development_scores
from harness.studies.evidence import Evidence


@dataclass(frozen=True)
class ChosenSettings:
    """What development rows chose for a regime.

    Attributes:
        setting: such as {"intermediate.lr": 0.001}, as JSON.
        means: over targets, arms and seeds, in percent, by setting.
        targets: those that chose, which have development scores of all arms.
    """

    regime: str
    setting: str
    means: Mapping[str, float]
    targets: tuple[str, ...]


def at_best_settings(
    evidence: Evidence, regimes: Mapping[str, Sequence[str]], targets: Iterable[str]
) -> tuple[Evidence, tuple[ChosenSettings, ...]]:
    """The scores and measures of each regime's arms at the settings that are best on development rows.

    All arms of a regime have the same settings: those with the highest mean over targets, arms and seeds of the
    development scores of the targets' own phases; the first of equally good ones. Arms go by what they are called
    without the settings.

    Args:
        regimes: labels of arms by regime, without settings; what is of other arms is left out.
        targets: tasks whose development scores count.

    Returns:
        The evidence, and what was chosen wherever there was a choice.

    Raises:
        NothingToShow: a regime has several settings and no development scores that choose.
    """
    names: dict[str, str] = {}
    chosen = []
    for regime, labels in regimes.items():
        own = evidence.scores.where({"base_label": list(labels)})
        settings = list(dict.fromkeys(row["varied"] for row in own.rows))
        if len(settings) > 1:
            found = _choose(own, settings, regime, targets)
            chosen.append(found)
            settings = [found.setting]
        names |= {row["arm"]: row["base_label"] for row in own.rows if row["varied"] in settings}
    scores = replace(evidence.scores, rows=_renamed(evidence.scores.rows, names))
    measures = _renamed(evidence.measures, names)
    return replace(evidence, scores=scores, measures=measures), tuple(chosen)


def _choose(scores: Scores, settings: Sequence[str], regime: str, targets: Iterable[str]) -> ChosenSettings:
    of_arm = {row["arm"]: row["varied"] for row in scores.rows}
    by_setting: dict[str, list[float]] = {setting: [] for setting in settings}
    choosing = []
    for target in targets:
        found = development_scores(scores.clean.where({"task": target, "main": True}), tuple(of_arm))
        if found is not None and found.means.keys() == of_arm.keys():
            choosing.append(target)
            for arm, mean in found.means.items():
                by_setting[of_arm[arm]].append(mean)
    if not all(by_setting.values()):
        raise NothingToShow(
            f"no development scores choose between the settings of {regime}",
            code="nothing-chooses",
            where="; ".join(settings),
            fix="give one value of each setting, or a target that is trained and has test rows",
        )
    means = {setting: fmean(values) for setting, values in by_setting.items()}
    return ChosenSettings(regime, max(means, key=means.__getitem__), means, tuple(choosing))


def _renamed(rows: Sequence[Row], names: Mapping[str, str]) -> list[Row]:
    return [{**row, "arm": names[row["arm"]]} for row in rows if row["arm"] in names]
