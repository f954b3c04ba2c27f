"""What the arms of the study `vision-language` score: texts raw and centred, and images as its control."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from harness_plugins.studies.vision_language.arms import PICTURES, PICTURES_SHUFFLED, arm_texts, centred

from harness import studykit
from harness.studykit import NONE

if TYPE_CHECKING:
    from harness_plugins.studies.vision_language import Options


@dataclass(frozen=True)
class Retrieval:
    """Scores by main metrics, of clean rows.

    Attributes:
        scores: of texts, of all arms, also those of centred embeddings.
        arms: that are compared, `none` among them.
        centrable: the targets whose embeddings can be centred.
        images: of the arms that learn to find images, after their phase; None where there are none.
    """

    scores: studykit.Scores
    arms: Sequence[str]
    centrable: Sequence[str]
    images: studykit.Scores | None

    def of(self, arm: str, *, centred_too: bool = False) -> studykit.Scores:
        """An arm's scores in languages other than English."""
        label = centred(arm) if centred_too else arm
        return studykit.in_languages(self.scores.where({"arm": label}), lambda code: code != studykit.ENGLISH)

    def against(self, one: str, other: str, *, centred: bool = False) -> dict[int, float]:
        """One difference of means per seed."""
        found: dict[int, float] = studykit.gains(self.of(one, centred_too=centred), self.of(other, centred_too=centred))
        return found

    def against_centrable(self, one: str, other: str, *, centred: bool) -> dict[int, float]:
        """Likewise over the targets that can be centred alone, so that raw and centred differences compare."""
        after, before = (self.of(arm, centred_too=centred).where({"task": self.centrable}) for arm in (one, other))
        found: dict[int, float] = studykit.gains(after, before)
        return found

    def images_of(self, arm: str) -> studykit.Scores:
        """Images found by captions in languages other than English."""
        assert self.images is not None
        return studykit.in_languages(self.images.where({"arm": arm}), lambda code: code != studykit.ENGLISH)


def scores_of_texts(evidence: studykit.Evidence, options: Options) -> Retrieval:
    """All that is compared.

    Raises:
        NothingToShow: scores are missing.
        SettingsError: those of a task are in English alone.
    """
    arms = (NONE, *arm_texts(options))
    main = replace(evidence, scores=evidence.scores.where({"main": True}))
    clean = replace(main, scores=main.scores.clean)
    _require(clean, arms, options.targets, options)
    _require(clean, [centred(arm) for arm in arms], options.centred_targets, options)
    scores = clean.scores.where({"task": options.targets, "seed": options.seeds})
    return Retrieval(scores, arms, options.centred_targets, _images(main, options) if options.retrieval else None)


def _require(evidence: studykit.Evidence, arms: Sequence[str], tasks: Sequence[str], options: Options) -> None:
    for task in tasks:
        wanted: Mapping[str, Sequence[object]] = {"arm": arms, "task": [task], "seed": options.seeds}
        evidence.require(**wanted)
        rows = evidence.scores.where({"arm": arms, "task": task}).rows
        languages = list(dict.fromkeys(row["language"] for row in rows))
        studykit.check_other_languages(languages, "the records", task=task)
        evidence.require(**wanted, language=languages)


def _images(evidence: studykit.Evidence, options: Options) -> studykit.Scores:
    """Scores of the images, by the heads of the phase that learned them.

    Raises:
        NothingToShow: some are missing.
        SettingsError: they are of English alone.
    """
    arms = (PICTURES, PICTURES_SHUFFLED)
    wanted: Mapping[str, Sequence[object]] = {
        "arm": arms,
        "task": [options.retrieval],
        "seed": options.seeds,
        "phase": [1],
    }
    languages = dict.fromkeys(row["language"] for row in evidence.require(**wanted).rows)
    studykit.check_other_languages(languages, "the records", task=options.retrieval)
    return evidence.require(**wanted, language=list(languages))
