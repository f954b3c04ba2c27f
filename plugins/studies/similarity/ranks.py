"""Rank correlations of similarities with gains within cells, and what is said of them by permutation and bootstrap.

A cell is a target in a language: one similarity and one gain for each source. Sources are what is drawn: a source has
one row of similarities, over all cells, and one row of gains. Cells of a source are not independent of each other, so
rows are permuted or drawn whole.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations, permutations
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from harness import studykit

Floats: TypeAlias = NDArray[np.float64]
Places: TypeAlias = Sequence[tuple[str, str]]
"""Target and language of each cell."""

DRAWS = 10_000
"""Permutations, resamples and relabellings, where there are more than can be gone through."""
ENUMERATED = 7
"""Sources up to which all their permutations are gone through."""
LEAST = 4
"""Sources of a cell below which ranks say nothing."""
LEVEL = 0.95
SLACK = 1e-9


@dataclass(frozen=True)
class Association:
    """A mean rank correlation, from -1 to 1, and what permuted sources say of it.

    Attributes:
        rho: the mean over languages of each target, then over targets.
        low, high: of its 95 % interval over other sources: as far to either side as permuted correlations are from 0.
        p: share of permutations that are as far from 0.
    """

    rho: float
    low: float
    high: float
    p: float

    def interval(self) -> studykit.Interval:
        """For an answer."""
        about = "other intermediate tasks like these"
        return studykit.Interval(low=self.low, high=self.high, level=LEVEL, method="permuted sources", answers=about)


def signs(values: Floats) -> Floats:
    """The sign of each difference of two values, (cells, sources, sources); 0 where either is missing.

    Half the sum of a row's is the rank of that source among those that there are, less their mean.
    """
    found = np.zeros((*values.shape, values.shape[1]))
    for cell, row in enumerate(values):
        known = np.isfinite(row)
        # What differs by rounding ties; values are scaled, since that is told by their size.
        scale = float(np.abs(row[known]).max(initial=0.0)) or 1.0
        level = np.full(row.shape, np.nan)
        level[known] = studykit.levelled([float(value) / scale * 100 for value in row[known]])
        found[cell] = np.nan_to_num(np.sign(level[:, None] - level[None, :]))
    return found


def rank_correlations(one: Floats, other: Floats) -> Floats:
    """Spearman's correlation over sources in each cell; nan where too few sources have both, or all of them tie.

    Args:
        one, other: (cells, sources), nan where a source has no value.
    """
    both = np.isfinite(one) & np.isfinite(other)
    sides = [_ranks(np.where(both, side, np.nan)) for side in (one, other)]
    return np.where(both.sum(1) >= LEAST, _correlated(sides[0], sides[1]), np.nan)


def _ranks(values: Floats) -> Floats:
    """Ranks less their mean, 0 where there is no value."""
    return np.asarray(signs(values).sum(-1) / 2)


def _correlated(one: Floats, other: Floats) -> Floats:
    """Of centred numbers over the last axis; nan where a side does not vary."""
    size = np.sqrt((one**2).sum(-1) * (other**2).sum(-1))
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.asarray(np.where(size > SLACK, (one * other).sum(-1) / size, np.nan), np.float64)


def weights_of(places: Places, known: NDArray[np.bool_]) -> Floats:
    """What each cell counts: languages of a target alike, then targets alike; cells without correlation nothing."""
    found = np.zeros(len(places))
    targets = list(dict.fromkeys(target for (target, _), own in zip(places, known, strict=True) if own))
    for target in targets:
        own = [at for at, place in enumerate(places) if place[0] == target and known[at]]
        found[own] = 1 / len(own) / len(targets)
    return found


def permuted_sources(sources: int, seed: int = 0) -> NDArray[np.intp]:
    """Orders of sources, (orders, sources), the given one first: all of them of few sources, else drawn ones."""
    if sources <= ENUMERATED:
        return np.array(list(permutations(range(sources))), np.intp)
    generator = np.random.default_rng(seed)
    drawn = generator.permuted(np.tile(np.arange(sources), (DRAWS, 1)), axis=1)
    return np.concatenate([np.arange(sources)[None], drawn])


def association(places: Places, similarity: Floats, gain: Floats, orders: NDArray[np.intp]) -> Association:
    """The mean rank correlation of two tables (cells, sources), whose sources are permuted jointly over all cells.

    A cell of permuted rows leaves out the sources that miss either: pairs that share training data move with their row.

    Raises:
        CannotConclude: no cell has a correlation.
    """
    weights = weights_of(places, np.isfinite(rank_correlations(similarity, gain)))
    if not weights.any():
        raise studykit.CannotConclude(
            "in no target and language do similarities and gains both differ between enough intermediate tasks"
        )
    drawn = np.zeros(len(orders))
    for at in np.flatnonzero(weights):
        drawn += weights[at] * _permuted(similarity[at], gain[at], orders)
    return _placed(drawn)


def _placed(drawn: Floats) -> Association:
    """The first of all as it stands among them."""
    rho = float(drawn[0])
    size = np.abs(drawn)
    # Alike to both sides, so that it leaves 0 out where p is small.
    reach = float(np.quantile(size, LEVEL, method="higher"))
    p = float((size >= abs(rho) - SLACK).mean())
    # Correlations end at 1.
    return Association(rho, max(-1.0, rho - reach), min(1.0, rho + reach), p)


def _permuted(similarity: Floats, gain: Floats, orders: NDArray[np.intp]) -> Floats:
    """A cell's correlation under each order; 0 where there is none."""
    if np.isfinite(similarity).all() and np.isfinite(gain).all():
        mine, theirs = _ranks(similarity[None])[0], _ranks(gain[None])[0]
        return np.nan_to_num(_correlated(mine[orders], np.broadcast_to(theirs, orders.shape)))
    found = np.empty(len(orders))
    mine, theirs = signs(similarity[None])[0], signs(gain[None])[0]
    known, has = np.isfinite(similarity), np.isfinite(gain)
    for start in range(0, len(orders), 1000):
        own = orders[start : start + 1000]
        both = (known[own] & has).astype(np.float64)
        moved = np.einsum("bij,bj->bi", mine[own[:, :, None], own[:, None, :]], both) * both
        stayed = (both @ theirs.T) * both
        found[start : start + 1000] = np.nan_to_num(_correlated(moved, stayed))
    return found


def partial_association(
    places: Places, similarity: Floats, gain: Floats, known: Sequence[Floats], orders: NDArray[np.intp]
) -> Association:
    """The same after what ranks of other numbers explain is taken from the ranks of both sides.

    Args:
        known: such as the size of each source, (cells, sources) each.

    Raises:
        CannotConclude: no cell has enough sources.
    """
    drawn, cells = [], []
    for at in range(len(places)):
        has = np.isfinite(similarity[at]) & np.isfinite(gain[at])
        others = [_ranks(np.where(has, table[at], np.nan)[None])[0] for table in known]
        columns = np.stack([has.astype(np.float64), *(one for one in others if one.any())], axis=1)
        away = np.diag(has.astype(np.float64)) - columns @ np.linalg.pinv(columns)
        mine, theirs = (away @ _ranks(np.where(has, side[at], np.nan)[None])[0] for side in (similarity, gain))
        # As many sources must be left as plain correlations need.
        if has.sum() - (columns.shape[1] - 1) < LEAST or not np.isfinite(_correlated(mine, theirs)):
            continue
        cells.append(places[at])
        drawn.append(np.nan_to_num(_correlated(mine[orders] @ away, np.broadcast_to(theirs, orders.shape))))
    if not cells:
        raise studykit.CannotConclude("too few intermediate tasks differ in more than size and format")
    return _placed(weights_of(cells, np.ones(len(cells), np.bool_)) @ np.array(drawn))


def reliability(gains: Floats, places: Places) -> float:
    """How far gains of other seeds would rank sources alike, 0 to 1: pairs of seeds, stepped up to all of them.

    Args:
        gains: (seeds, cells, sources).

    Raises:
        CannotConclude: one seed, or seeds that do not agree at all.
    """
    pairs = list(combinations(range(len(gains)), 2))
    if not pairs:
        raise studykit.CannotConclude("one seed does not say what another would")
    each = np.array([rank_correlations(gains[one], gains[other]) for one, other in pairs])
    known = np.isfinite(each)
    mean = np.where(known, each, 0).sum(0) / np.maximum(known.sum(0), 1)
    agree = float(weights_of(places, known.any(0)) @ mean)
    if not agree > 0:
        raise studykit.CannotConclude("seeds do not agree on which intermediate task gains more")
    # Spearman 1910 and Brown 1910.
    return len(gains) * agree / (1 + (len(gains) - 1) * agree)


@dataclass(frozen=True)
class Interaction:
    """How much higher the correlation is in low-resource languages than in high-resource ones, both without error.

    Attributes:
        low, high: of the 95 % interval over sources drawn anew.
        p: share of the ways to call as many of the languages low-resource that differ as much.
        least: the smallest p that so many languages allow, where no other way differs as much: as many languages of
            either class can be called the other way round, too, which differs by the same.
    """

    difference: float
    low: float
    high: float
    p: float
    least: float


def interaction(
    places: Places, similarity: Floats, gains: Floats, classes: Mapping[str, str], *, seed: int = 0
) -> Interaction:
    """The difference of two classes of languages, each divided by its noise ceiling.

    Args:
        gains: (seeds, cells, sources).
        classes: "low" or "high" by language.

    Raises:
        CannotConclude: a class has no correlation or no ceiling.
    """
    gain = gains.mean(0)
    labels = {code: name for code, name in classes.items() if any(language == code for _, language in places)}
    each = rank_correlations(similarity, gain)
    agreed = {at: _agreement(gains[:, [at]]) for at in range(len(places))}

    def ceilings(low: frozenset[str]) -> tuple[float, float]:
        sides = _sides(places, low, np.isfinite(each))
        return tuple(_ceiling(side, agreed, len(gains)) for side in sides)  # type: ignore[return-value]

    def difference(low: frozenset[str]) -> float:
        one, other = _sides(places, low, np.isfinite(each))
        tops = ceilings(low)
        known = np.nan_to_num(each)
        return float(one @ known / tops[0] - other @ known / tops[1])

    truly = frozenset(code for code, name in labels.items() if name == "low")
    found = difference(truly)
    ways = [truly, *(one for one in _relabelled(sorted(labels), len(truly), seed) if one != truly)]
    drawn = [found]
    for one in ways[1:]:
        try:
            drawn.append(difference(one))
        except studykit.CannotConclude:
            # A labelling that has no ceiling cannot speak against the true one's: it counts as being as far out.
            drawn.append(math.inf)
    p = float((np.abs(drawn) >= abs(found) - SLACK).mean())
    redrawn = _redrawn(similarity, gain, _sides(places, truly, np.isfinite(each)), ceilings(truly), seed)
    edges = np.quantile(redrawn, [(1 - LEVEL) / 2, (1 + LEVEL) / 2])
    least = sum(one in (truly, labels.keys() - truly) for one in ways) / len(ways)
    return Interaction(found, float(edges[0]), float(edges[1]), p, least)


def _agreement(gains: Floats) -> float:
    """Mean rank correlation of pairs of seeds in one cell, nan where there is none: (seeds, 1, sources)."""
    pairs = [rank_correlations(gains[a], gains[b])[0] for a, b in combinations(range(len(gains)), 2)]
    known = [one for one in pairs if math.isfinite(one)]
    return float(np.mean(known)) if known else math.nan


def _ceiling(weights: Floats, agreed: Mapping[int, float], seeds: int) -> float:
    """The highest correlation that such noisy gains allow: the square root of their reliability."""
    known = [at for at in np.flatnonzero(weights).tolist() if math.isfinite(agreed[at])]
    total = sum(weights[at] for at in known)
    agree = sum(weights[at] * agreed[at] for at in known) / total if known else 0.0
    if not agree > 0:
        raise studykit.CannotConclude("seeds do not agree on which intermediate task gains more")
    return math.sqrt(seeds * agree / (1 + (seeds - 1) * agree))


def _sides(places: Places, low: frozenset[str], known: NDArray[np.bool_]) -> tuple[Floats, Floats]:
    """Weights of cells of either class, over the targets that have both."""
    isin = np.array([language in low for _, language in places])
    both = {target for (target, _), own, has in zip(places, isin, known, strict=True) if own and has} & {
        target for (target, _), own, has in zip(places, isin, known, strict=True) if not own and has
    }
    if not both:
        raise studykit.CannotConclude("no target has low- and high-resource languages in which ranks can be compared")
    of_both = np.array([target in both for target, _ in places]) & known
    return weights_of(places, of_both & isin), weights_of(places, of_both & ~isin)


def _relabelled(codes: Sequence[str], low: int, seed: int) -> list[frozenset[str]]:
    """Ways to call as many languages low-resource: all, or some of many."""
    if math.comb(len(codes), low) <= DRAWS:
        return [frozenset(one) for one in combinations(codes, low)]
    generator = np.random.default_rng(seed)
    return [frozenset(generator.choice(codes, low, replace=False).tolist()) for _ in range(DRAWS // 10)]


def _redrawn(
    similarity: Floats,
    gain: Floats,
    sides: tuple[Floats, Floats],
    tops: tuple[float, float],
    seed: int,
) -> Floats:
    """The difference of sources drawn anew, with the ceilings as they are."""
    generator = np.random.default_rng(seed)
    sources = similarity.shape[1]
    times = generator.multinomial(sources, np.full(sources, 1 / sources), size=DRAWS // 5).astype(np.float64)
    total = np.zeros(len(times))
    for at in np.flatnonzero(sides[0] + sides[1]):
        has = np.isfinite(similarity[at]) & np.isfinite(gain[at])
        drawn = times * has
        mine, theirs = (drawn @ signs(np.where(has, side[at], np.nan)[None])[0].T for side in (similarity, gain))
        weighted = _correlated(mine * np.sqrt(drawn), theirs * np.sqrt(drawn))
        # A draw of one source over and over has no ranks.
        total += (sides[0][at] / tops[0] - sides[1][at] / tops[1]) * np.nan_to_num(weighted)
    # Rounding is no difference.
    return np.round(total, 9)
