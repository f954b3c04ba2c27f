"""How well a ranking of sources picks: NDCG and regret, each target by what the other targets say."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from statistics import fmean

import numpy as np
from harness_plugins.studies.similarity.ranks import Floats, rank_correlations

from harness import studykit

RIDGE = 1.0
"""Penalty of all similarities together, whose standardised values are as many as sources."""
ELSEWHERE, TOGETHER, RANDOM = "gain in the other targets", "all together", "random"


@dataclass(frozen=True)
class Picking:
    """How well sources are ranked, mean over targets.

    Attributes:
        ndcg: 0 to 1; gains are scaled from 0, the worst source of a target, to 1, its best.
        regret: how much more the best source gains than the best of the first 1 and of the first 3, in points.
        by_target: NDCG of each target.
    """

    ndcg: float
    regret: tuple[float, float]
    by_target: Mapping[str, float]


def ndcg(predicted: Sequence[float], gains: Sequence[float]) -> float:
    """Normalised discounted cumulative gain (Järvelin and Kekäläinen 2002) of all sources; the mean over ties.

    Raises:
        CannotConclude: all sources gain the same.
    """
    least, most = min(gains), max(gains)
    if len(set(studykit.levelled(list(gains)))) == 1:
        raise studykit.CannotConclude("all intermediate tasks gain the same, so that none can be ranked above another")
    worth = [(gain - least) / (most - least) for gain in gains]
    discounts = [1 / math.log2(place + 2) for place in range(len(gains))]
    best = sum(one * two for one, two in zip(sorted(worth, reverse=True), discounts, strict=True))
    total = 0.0
    for tied, start in _tied(predicted):
        share = fmean(discounts[start : start + len(tied)])
        total += share * sum(worth[at] for at in tied)
    return total / best


def regret(predicted: Sequence[float], gains: Sequence[float], k: int) -> float:
    """How much more the best source gains than the best of the first `k`; the mean over ties."""
    sure = -math.inf
    for tied, start in _tied(predicted):
        left = k - start
        own = sorted((gains[at] for at in tied), reverse=True)
        if left >= len(own):
            sure = max([sure, *own])
        if left <= len(own):
            return max(gains) - (_expected_best(own, left, sure) if left > 0 else sure)
    return max(gains) - sure


def _tied(predicted: Sequence[float]) -> list[tuple[list[int], int]]:
    """Sources from the highest prediction on, those that tie together, and the place of the first of them."""
    level = studykit.levelled(list(predicted))
    found, start = [], 0
    for value in sorted(set(level), reverse=True):
        own = [at for at, one in enumerate(level) if one == value]
        found.append((own, start))
        start += len(own)
    return found


def _expected_best(ordered: Sequence[float], k: int, sure: float) -> float:
    """The expected best of `k` drawn from these, the highest first, and of what is sure."""
    ways = math.comb(len(ordered), k)
    return sum(
        max(value, sure) * math.comb(len(ordered) - place - 1, k - 1) / ways
        for place, value in enumerate(ordered)
        if len(ordered) - place >= k
    )


def pickings(targets: Sequence[str], gain: Floats, known: Mapping[str, Floats]) -> dict[str, Picking]:
    """How well each number ranks the sources of each target, by what it has to do with gains in the other targets.

    A number that goes with lower gains in the other targets ranks from below; all of them together are added up as
    ridge regression over the other targets weighs them; a source's mean standardised gain in the others is beside them.

    Args:
        targets: two or more.
        gain: (targets, sources), nan where a source is left out.
        known: numbers by name, (targets, sources) each.
    """
    alone = {name: [_turned(table, gain, at) for at in range(len(targets))] for name, table in known.items()}
    standard = _standardised(gain)
    predictions: dict[str, list[Floats]] = dict(alone)
    if len(known) > 1:
        predictions[TOGETHER] = [_ridge(list(known.values()), standard, at) for at in range(len(targets))]
    predictions[ELSEWHERE] = [_mean_of_others(standard, at) for at in range(len(targets))]
    predictions[RANDOM] = [np.zeros(gain.shape[1]) for _ in targets]
    found = {}
    for name, own in predictions.items():
        judged = {}
        for at, target in enumerate(targets):
            # All rankings are judged by the same sources.
            has = np.isfinite(gain[at]) & np.all([np.isfinite(table[at]) for table in known.values()], axis=0)
            values = gain[at][has].tolist()
            if len(values) > 1 and len(set(studykit.levelled(values))) > 1:
                scores = np.nan_to_num(own[at][has]).tolist()
                judged[target] = (ndcg(scores, values), *(regret(scores, values, k) for k in (1, 3)))
        if judged:
            first, one, three = (fmean(row[place] for row in judged.values()) for place in range(3))
            found[name] = Picking(first, (one, three), {target: row[0] for target, row in judged.items()})
    return found


def _turned(table: Floats, gain: Floats, at: int) -> Floats:
    """A target's numbers, from below where they go with lower gains in the others."""
    others = [row for row in range(len(gain)) if row != at]
    each = rank_correlations(table[others], gain[others])
    known = each[np.isfinite(each)]
    return np.asarray(table[at] * (-1.0 if known.size and known.mean() < 0 else 1.0))


def _standardised(table: Floats) -> Floats:
    """Rows less their means, in standard deviations; 0 where all are alike."""
    mean, spread = np.nanmean(table, 1, keepdims=True), np.nanstd(table, 1, keepdims=True)
    return np.asarray((table - mean) / np.where(spread > 1e-12, spread, 1.0))


def _mean_of_others(standard: Floats, at: int) -> Floats:
    others = np.delete(standard, at, 0)
    known = np.isfinite(others)
    return np.asarray(np.where(known, others, 0).sum(0) / np.maximum(known.sum(0), 1))


def _ridge(tables: Sequence[Floats], standard: Floats, at: int) -> Floats:
    scaled = np.stack([_standardised(table) for table in tables], axis=-1)
    columns, wanted = np.delete(scaled, at, 0).reshape(-1, len(tables)), np.delete(standard, at, 0).ravel()
    whole = np.isfinite(wanted) & np.isfinite(columns).all(1)
    columns, wanted = columns[whole], wanted[whole]
    weights = np.linalg.solve(columns.T @ columns + RIDGE * np.eye(len(tables)), columns.T @ wanted)
    return np.asarray(scaled[at] @ weights)
