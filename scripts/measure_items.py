#!/usr/bin/env python3
"""Measure how hard items of mini are and how alike they are answered, for simulations: harness/testing/items.json.

xharness study mini-effects --tier small --runs runs/mini-effects  # hours
scripts/measure_items.py runs/mini-effects
"""

from __future__ import annotations

import argparse
import json
import math
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import brentq
from scipy.stats import norm

from harness.evaluation.stored_items import StoredItems
from harness.registry import Registry
from harness.results.scores import Scores
from harness.testing.alike import FILE

TASKS = ("xnli", "pawsx", "xcopa", "tatoeba", "xquad", "tydiqa")
RIGHT = {"accuracy", "retrieval_accuracy", "squad_exact_match"}
QUANTILES = 20
TERMS = 25

Floats = NDArray[np.float64]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("runs", type=Path, help="the directory of all their runs")
    parser.add_argument("--output", type=Path, default=FILE)
    asked = parser.parse_args()
    tasks = {task: measured(right) for task, right in answers(asked.runs).items()}
    study = "xharness study mini-effects --tier small --runs runs/mini-effects"
    made = f"{study} && scripts/measure_items.py runs/mini-effects"
    text = json.dumps({"made by": made, "tasks": tasks}).replace('}, "', '},\n"')
    asked.output.write_text(f"{text}\n", encoding="utf-8")


def answers(runs: Path) -> dict[str, Floats]:
    """Of each task, whether items were answered right: (arms, seeds, languages, items), of the newest runs."""
    rows = {}
    for run in sorted(path.parent for path in runs.glob("*/records.jsonl")):
        for row in Scores.of(run).rows:
            if row["metric"] in RIGHT and row["value"] is not None and row["task"] in TASKS:
                rows[row["task"], row["arm"], row["seed"], row["language"]] = row
    items = StoredItems([runs / "store"], Registry())
    found = {}
    for task in TASKS:
        places = [place[1:] for place in rows if place[0] == task]
        seeds, languages = (sorted({place[at] for place in places}) for at in (1, 2))
        arms = [
            arm
            for arm in sorted({place[0] for place in places})
            if all((arm, seed, language) in places for seed in seeds for language in languages)
        ]
        scored = [items(rows[task, arm, seed, code]) for arm in arms for seed in seeds for code in languages]
        assert len({one.items for one in scored if one}) == 1, f"{task} is not parallel"
        right = np.array([one.statistics[:, 0] for one in scored if one])
        found[task] = right.reshape(len(arms), len(seeds), len(languages), -1)
    return found


def measured(right: Floats) -> dict[str, object]:
    """Shares of variance by the correlations of pairs of answers, and quantiles of how hard items are.

    "score" is the mean of the scores of arms, seeds and languages, "deviation" their standard deviation. "correlations"
    are those of right and wrong; shares are of what is behind them, which is thought to be normal.
    """
    score = right.mean(axis=3)
    arm, seed, language = (index.ravel() for index in np.indices(score.shape))
    apart = (right - score[..., None]).reshape(len(arm), -1)
    covariance = apart @ apart.T / (apart.shape[1] - 1)
    series = hermite(norm.ppf(np.clip(score.ravel(), 0.001, 0.999)))

    same_arm, same_seed, same_language = (one[:, None] == one[None, :] for one in (arm, seed, language))

    deviation = np.sqrt(np.diag(covariance))
    known = (deviation > 0)[:, None] & (deviation > 0)[None, :]
    plain = np.divide(covariance, np.outer(deviation, deviation), where=known, out=np.zeros_like(covariance))

    def correlation(chosen: NDArray[np.bool_]) -> float:
        terms = [float(np.outer(of, of)[chosen].mean()) for of in series]
        of_pairs = float(covariance[chosen].mean())
        return float(brentq(lambda r: sum(t * r ** (k + 1) for k, t in enumerate(terms)) - of_pairs, -0.9, 0.99))

    pairs = {
        "item": ~same_arm & ~same_language,
        "language": ~same_arm & same_language,
        "arm": same_arm & ~same_seed & ~same_language,
        "arm_language": same_arm & ~same_seed & same_language,
        "run": same_arm & same_seed & ~same_language,
    }
    of = {name: correlation(chosen) for name, chosen in pairs.items()}
    shares = {
        "item": of["item"],
        "language": of["language"] - of["item"],
        "arm": of["arm"] - of["item"],
        "arm_language": of["arm_language"] - of["language"] - of["arm"] + of["item"],
        "run": of["run"] - of["arm"],
    }
    hard = -norm.ppf(np.clip(apart.mean(axis=0) + score.mean(), 0.01, 0.99))
    quantiles = np.quantile(hard, (np.arange(QUANTILES) + 0.5) / QUANTILES)
    return {
        "answers": list(right.shape),
        "score": round(100 * float(score.mean()), 1),
        "deviation": round(100 * float(score.std()), 1),
        "correlations": {name: round(float(plain[chosen & known].mean()), 3) for name, chosen in pairs.items()},
        "shares": {name: round(max(0.0, share), 3) for name, share in shares.items()},
        "difficulties": [round(float(value), 3) for value in (quantiles - quantiles.mean()) / quantiles.std()],
    }


def hermite(thresholds: Floats) -> list[Floats]:
    """Terms by which the chance that two normal numbers are below thresholds grows with powers of their correlation."""
    polynomials = [np.ones_like(thresholds), thresholds]
    for k in range(2, TERMS):
        polynomials.append(thresholds * polynomials[-1] - (k - 1) * polynomials[-2])
    density = norm.pdf(thresholds)
    return [density * of / math.sqrt(math.factorial(k)) for k, of in enumerate(polynomials, start=1)]


if __name__ == "__main__":
    main()
