"""Seeds, languages and items at once: where the spread comes from, and the interval over several of them.

Sources of variation are taken apart as by Sälevä, Ataman and Lignos 2025 (arXiv 2509.22612): using one of them alone
underestimates. An interval over seeds and items is made of Student's t interval of each: its half width is the root of
the squares of theirs (Zou and Donner 2008), so that few seeds keep the width that they need. What items make of single
seeds is in the spread over seeds already, and is taken out of that over items: left is what items make of all seeds
alike, as in a crossed analysis of variance. Resampling seeds, languages and items in turn would count it twice, and
percentiles of three to five seeds are too narrow by a factor that t knows.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from statistics import fmean, stdev, variance

import numpy as np

from harness.statistics.distributions import t_quantile
from harness.statistics.intervals import OTHER_LANGUAGES, OTHER_SEEDS, Interval
from harness.statistics.joint import check_unlike, jackknife_error, left_out_changes
from harness.statistics.parts import Combine, Floats, Part, Parts, mean
from harness.statistics.refusal import CannotConclude, finite

OTHER_SEEDS_AND_ITEMS = "this recipe with other seeds, on other items like these"
FEW_SEEDS = "an interval over seeds needs two or more of them"


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
    further = []
    if languages:
        if combine is not mean:
            raise ValueError("other languages can be drawn for a mean over languages only")
        of_languages = finite(scores.mean(axis=0).tolist(), "languages", least=2)
        further.append((variance(of_languages) / len(of_languages), len(of_languages) - 1.0))
    columns = [slice(at, at + scores.shape[1]) for at in range(0, scores.size, scores.shape[1])]

    def each(every: Floats) -> Floats:
        return np.stack([combine(every[:, own]) for own in columns], axis=1)

    together = [_shared(part, place) for parts in seeds for place, part in enumerate(parts)] if items else []
    answers = OTHER_SEEDS_AND_ITEMS if items else OTHER_SEEDS
    return _of_sources(
        combine(scores).tolist(),
        [*([_item_source(together, each)] if items else []), *further],
        level,
        f"{answers}; {OTHER_LANGUAGES}" if languages else answers,
    )


@dataclass(frozen=True, kw_only=True, eq=False)
class Reselected:
    """What a sum would be if other items had selected what is summed, such as the checkpoint that is picked.

    Attributes:
        sums: (samples, seeds), one sample for each time that the items that select were drawn anew, alike in all seeds.
        units: how many items, or passages with their questions, select: of several populations, such as languages with
            items of their own, the fewest. Degrees of freedom of them all together are never fewer, so that this is
            cautious.
    """

    sums: Floats
    units: int

    def source(self) -> tuple[float, float]:
        """The squared standard error that the items that select make of all seeds alike, and its degrees of freedom.

        What they make of single seeds, which is in the spread over seeds already, is what seeds and samples do beyond
        either of both, as in a crossed analysis of variance.
        """
        samples, seeds = self.sums.shape
        of_mean = self.sums.mean(axis=1)
        beyond = self.sums - of_mean[:, None] - self.sums.mean(axis=0) + self.sums.mean()
        of_single = float((beyond**2).sum()) / ((samples - 1) * (seeds - 1))
        return max(0.0, float(of_mean.var(ddof=1)) - of_single / seeds), self.units - 1.0


def weighted_interval(
    seeds: Sequence[Sequence[Part]],
    weights: Sequence[Sequence[float]],
    *,
    reselected: Reselected | None = None,
    level: float = 0.95,
) -> Interval:
    """Interval of a weighted sum of scores, the mean over seeds, over other seeds and other items.

    Seeds may differ in what is summed, such as in the checkpoint that was picked from each.

    Args:
        seeds: of each seed some parts, all with units: units of one label and population are the same item.
        weights: of each seed, one per part.
        reselected: where items have selected what is summed: the interval is then over others of these, too.
        level: confidence level between 0 and 1.

    Raises:
        CannotConclude: fewer than two seeds, or items that say nothing of others.
        ValueError: other numbers of weights than of parts, or parts without units.
    """
    if len(seeds) < 2:
        raise CannotConclude(FEW_SEEDS)
    together = [part for parts in seeds for part in parts]
    if [len(parts) for parts in seeds] != [len(own) for own in weights] or any(part.units is None for part in together):
        raise ValueError("each seed has one weight per part, and each part the units of its items")
    matrix = np.zeros((len(together), len(seeds)))
    first = 0
    for seed, own in enumerate(weights):
        matrix[first : first + len(own), seed] = own
        first += len(own)

    def each(every: Floats) -> Floats:
        return np.asarray(every @ matrix, np.float64)

    by_seed = each(Parts.of(together).whole())[0].tolist()
    selecting = [reselected.source()] if reselected else []
    return _of_sources(by_seed, [_item_source(together, each), *selecting], level, OTHER_SEEDS_AND_ITEMS)


def _of_sources(
    by_seed: Sequence[float], further: Sequence[tuple[float, float]], level: float, answers: str
) -> Interval:
    """The interval of a mean over seeds, with further squared standard errors and their degrees of freedom."""
    found = finite(by_seed, "seeds", least=2)
    sources = [(variance(found) / len(found), len(found) - 1.0), *further]
    half = math.hypot(
        *(t_quantile(0.5 + level / 2, degrees) * math.sqrt(square) for square, degrees in sources if square)
    )
    if not half:
        raise CannotConclude("all seeds and items give the same value, so nothing can be said about others")
    middle = fmean(found)
    return Interval(low=middle - half, high=middle + half, level=level, method="t of several sources", answers=answers)


def _scores(seeds: Sequence[Sequence[Part]]) -> Floats:
    """(seeds, languages)."""
    if len(seeds) < 2:
        raise CannotConclude(FEW_SEEDS)
    if len({len(parts) for parts in seeds}) > 1:
        raise ValueError("seeds are compared in the same languages, and these have other numbers of them")
    return np.vstack([Parts.of(parts).whole() for parts in seeds])


def _shared(part: Part, place: int) -> Part:
    """A part whose items are those of the same place in other seeds."""
    if part.units is not None:
        return part
    return replace(part, units=range(len(np.asarray(part.statistics))), population=("place", place))


def _item_source(parts: Sequence[Part], each: Combine) -> tuple[float, float]:
    """The squared standard error of a mean over seeds that items make of all seeds alike, and its degrees of freedom.

    Args:
        parts: of all seeds.
        each: from scores (samples, parts) to a number per seed (samples, seeds).
    """
    together = Parts.of(parts)
    alike = squares = per_degree = 0.0
    for change, counts, m in left_out_changes(together, each):
        of_mean = counts @ change.mean(axis=1) ** 2
        # What seeds differ by in an item, as a mean over them would have it.
        apart = counts @ change.var(axis=1, ddof=1) / change.shape[1]
        alike += float(of_mean - apart) * (m - 1) / m
        squares += float(of_mean)
        per_degree += float(of_mean) ** 2 / (m - 1)
    check_unlike(squares, together.whole())
    return max(0.0, alike), squares**2 / per_degree
