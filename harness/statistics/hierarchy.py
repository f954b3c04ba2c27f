"""Seeds, languages and items at once: where the spread comes from, and the interval over several of them.

Sources of variation are taken apart as by Sälevä, Ataman and Lignos 2025 (arXiv 2509.22612): using one of them alone
underestimates. An interval over seeds and items is made of Student's t interval of each: its half width is the root of
the squares of theirs (Zou and Donner 2008), so that few seeds keep the width that they need. What items make of single
seeds counts in both, so it holds 95 to 99 %. Resampling seeds, languages and items in turn would do the same for many
seeds; percentiles of three to five seeds are too narrow by a factor that t knows.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from statistics import fmean, stdev, variance

import numpy as np

from harness.statistics.distributions import t_quantile
from harness.statistics.intervals import OTHER_LANGUAGES, OTHER_SEEDS, Interval
from harness.statistics.joint import jackknife_error
from harness.statistics.parts import Combine, Floats, Part, Parts, mean
from harness.statistics.refusal import CannotConclude, finite

OTHER_SEEDS_AND_ITEMS = "this recipe with other seeds, on other items like these"


@dataclass(frozen=True, kw_only=True)
class Components:
    """Standard deviations in the unit of the scores, each the mean over languages where there is one per language.

    Attributes:
        seed: over seeds, on the same items.
        item: over other items like these, of one seed.
        both: over seeds and items: the mean over languages of the root of both squares.
        language: of scores over languages; None for one language.
    """

    seed: float
    item: float
    both: float
    language: float | None


def components(scores: Sequence[float], seeds: Sequence[float], items: Sequence[float]) -> Components:
    """Where the spread of scores comes from, given the spreads in each language (Sälevä et al. 2025).

    Args:
        scores: of each language, the mean over seeds.
        seeds: of each language, the standard deviation over seeds.
        items: of each language, the standard deviation over redrawn items.

    Raises:
        CannotConclude: no languages, or numbers that are not finite.
        ValueError: other numbers of languages.
    """
    found, over_seeds, over_items = (finite(values, "languages") for values in (scores, seeds, items))
    if not len(found) == len(over_seeds) == len(over_items):
        raise ValueError(f"{len(found)}, {len(over_seeds)} and {len(over_items)} are other numbers of languages")
    return Components(
        seed=fmean(over_seeds),
        item=fmean(over_items),
        both=fmean(math.hypot(*pair) for pair in zip(over_seeds, over_items, strict=True)),
        language=stdev(found) if len(found) > 1 else None,
    )


def components_of(seeds: Sequence[Sequence[Part]]) -> Components:
    """Where the spread of scores comes from, given what each item scored.

    Args:
        seeds: of each seed, one part per language, in one order.

    Raises:
        CannotConclude: fewer than two seeds, or items that say nothing of others.
        ValueError: seeds with other numbers of languages.
    """
    scores = _scores(seeds)
    errors = [[jackknife_error(Parts.of([part]), mean)[0] for part in parts] for parts in seeds]
    return components(
        scores.mean(axis=0).tolist(), scores.std(axis=0, ddof=1).tolist(), np.mean(errors, axis=0).tolist()
    )


def hierarchical_interval(
    seeds: Sequence[Sequence[Part]],
    combine: Combine = mean,
    *,
    items: bool = True,
    languages: bool = False,
    level: float = 0.95,
) -> Interval:
    """Interval of what the languages' scores make, over other seeds and, if asked, other items and other languages.

    Args:
        seeds: of each seed, one part per language, in one order. Items are the same for all seeds: those of one unit
            are drawn together, and those of parts without units by their order.
        combine: from scores (samples, languages) to numbers (samples,).
        items: whether items would be drawn anew, too.
        languages: whether languages would be. Exploratory, for a mean over languages alone.
        level: confidence level between 0 and 1.

    Raises:
        CannotConclude: fewer than two seeds or, where they would be drawn anew, languages; items that say nothing of
            others.
        ValueError: seeds with other numbers of languages; languages drawn anew for another combination than a mean.
    """
    scores = _scores(seeds)
    by_seed = finite(combine(scores).tolist(), "seeds", least=2)
    sources = [(variance(by_seed) / len(by_seed), len(by_seed) - 1.0)]
    answers = OTHER_SEEDS
    if items:
        error, degrees = _item_error(seeds, combine)
        sources.append((error**2, degrees))
        answers = OTHER_SEEDS_AND_ITEMS
    if languages:
        if combine is not mean:
            raise ValueError("other languages can be drawn for a mean over languages only")
        of_languages = finite(scores.mean(axis=0).tolist(), "languages", least=2)
        sources.append((variance(of_languages) / len(of_languages), len(of_languages) - 1.0))
        answers = f"{answers}; {OTHER_LANGUAGES}"
    half = math.hypot(
        *(t_quantile(0.5 + level / 2, degrees) * math.sqrt(square) for square, degrees in sources if square)
    )
    if not half:
        raise CannotConclude("all seeds and items give the same value, so nothing can be said about others")
    middle = fmean(by_seed)
    return Interval(low=middle - half, high=middle + half, level=level, method="t of several sources", answers=answers)


def independence_ratio(scores: Sequence[Sequence[float]]) -> float:
    """How many times as wide the spread of means over languages is as if languages were independent.

    The standard deviation of each seed's mean over languages, over the root of the summed variances of each language:
    1 where seeds move languages apart, the root of the number of languages where they move all alike.

    Args:
        scores: of each seed, one score per language, in one order.

    Raises:
        CannotConclude: fewer than two seeds, or seeds that give the same value in every language.
    """
    found = np.array([finite(row, "languages") for row in scores])
    if len(found) < 2:
        raise CannotConclude("this needs two seeds or more, not one")
    apart = float(np.sqrt(found.var(axis=0, ddof=1).sum())) / found.shape[1]
    if not apart:
        raise CannotConclude(
            "all seeds give the same value in every language, so nothing can be said about their spread"
        )
    return float(found.mean(axis=1).std(ddof=1) / apart)


def _scores(seeds: Sequence[Sequence[Part]]) -> Floats:
    """(seeds, languages)."""
    if len(seeds) < 2:
        raise CannotConclude("an interval over seeds needs two or more of them")
    if len({len(parts) for parts in seeds}) > 1:
        raise ValueError("seeds are compared in the same languages, and these have other numbers of them")
    return np.vstack([Parts.of(parts).whole() for parts in seeds])


def _item_error(seeds: Sequence[Sequence[Part]], combine: Combine) -> tuple[float, float]:
    """Standard error over items of the mean over seeds, all of which are of the same items."""
    together = [
        replace(part, units=range(len(np.asarray(part.statistics))), population=("place", place))
        if part.units is None
        else part
        for parts in seeds
        for place, part in enumerate(parts)
    ]
    languages = len(seeds[0])
    by_seed = [slice(place * languages, (place + 1) * languages) for place in range(len(seeds))]
    return jackknife_error(
        Parts.of(together), lambda scores: np.mean([combine(scores[:, columns]) for columns in by_seed], axis=0)
    )
