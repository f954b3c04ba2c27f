#!/usr/bin/env python3
"""Measure what intermediate training does on mini: docs/mini_effects.json, docs/mini.md. A repeat goes on."""

from __future__ import annotations

import argparse
import itertools
import json
import multiprocessing
import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from statistics import fmean
from typing import Any

import harness
from harness.sources.mini import encoder
from harness.sources.mini.vocabulary import GENERATOR_VERSION
from harness.statistics.intervals import t_interval

ROOT = Path(__file__).parent.parent
RESULTS = ROOT / "docs" / "mini_effects.json"
DOCUMENT = ROOT / "docs" / "mini.md"
BEGIN, END = "<!-- figures -->", "<!-- end of figures -->"
TARGETS = ("pawsx", "xnli", "xquad", "tydiqa", "udpos", "panx", "xcopa", "tatoeba")
MORE_TARGETS = (*TARGETS, "mlqa", "bucc2018", "lareqa", "mewslix")
CCG_LAST = ("mnli", "qqp", "anli", "hellaswag", "squad", "squad_v2", "commonsenseqa", "cosmosqa", "ccg")
ALONE = ("anli", "mnli", "qqp", "squad", "squad_v2", "hellaswag", "ccg", "cosmosqa", "commonsenseqa")
STEPS, SINGLE_STEPS = 1000, 300  # of all intermediate training together, and of one task alone
SHIPPED, OTHERS = "mini", "mean without en"

TOGETHER = {"all": f"all{{steps={STEPS}}}"}
FURTHER = {name: f"{name}{{steps={SINGLE_STEPS}}}" for name in ALONE} | {
    "one after the other, ccg last": " > ".join(f"{name}{{steps={STEPS // 9}}}" for name in CCG_LAST),
    "one after the other, mnli last": " > ".join(f"{name}{{steps={STEPS // 9}}}" for name in CCG_LAST[::-1]),
    # A fifth of the steps on top, so that the nine tasks get as many as without it.
    "all, with multilingual mlm": f"(all + mlm){{steps={STEPS * 5 // 4}}}",
}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seeds", default=[1, 2, 3, 4, 5], type=int, nargs="+", help="three or more, for intervals")
    parser.add_argument("--encoders", default=[], nargs="+", help="others, with and without all nine tasks")
    parser.add_argument("--encoder-seeds", default=[1, 2, 3], type=int, nargs="+", help="seeds of the others")
    parser.add_argument("--runs", default="runs/mini-effects")
    parser.add_argument("--processes", default=2, type=int, help="runs at the same time, of one thread each")
    asked = parser.parse_args()
    os.environ["OMP_NUM_THREADS"] = "1"
    jobs = [(asked.runs, SHIPPED, True, seed) for seed in asked.seeds]
    jobs += [(asked.runs, other, True, seed) for other in asked.encoders for seed in asked.encoder_seeds]
    jobs += [(asked.runs, SHIPPED, False, seed) for seed in asked.seeds]
    scores: dict[str, Any] = {}
    with multiprocessing.get_context("spawn").Pool(asked.processes, maxtasksperchild=1) as pool:
        for model, arm, task, language, seed, value in itertools.chain.from_iterable(pool.imap(run, jobs)):
            tasks = scores.setdefault(model, {}).setdefault(arm, {})
            tasks.setdefault(task, {}).setdefault(language, {})[seed] = value
    write(scores)


def run(job: tuple[str, str, bool, int]) -> list[tuple[Any, ...]]:
    """Train and score, or read what is in the store: encoder, arm, task, language, seed and percent of each score."""
    runs, model, baseline, seed = job
    arms, target = (TOGETHER, MORE_TARGETS) if baseline else (FURTHER, TARGETS)
    asked = {"target": target, "arms": list(arms.values()), "baseline": baseline, "seeds": [seed], "model": model}
    done = harness.train(runs=runs, progress=False, **asked)
    assert not done.failed, done.failed
    names = {text: name for name, text in arms.items()}
    rows = done.records.query("main")[["arm", "task", "language", "seed", "value"]].itertuples(index=False)
    return [(Path(model).name, names.get(a, a), *place, str(seed), round(value, 2)) for a, *place, seed, value in rows]


def write(scores: Mapping[str, Any]) -> None:
    """The scores with what they were measured on, and the tables between the marks in docs/mini.md."""
    seal = json.loads((encoder.DIRECTORY / encoder.SEAL).read_text(encoding="utf-8"))["sha256"]
    steps = {"together": STEPS, "single": SINGLE_STEPS}
    measured = {"generator_version": GENERATOR_VERSION, "encoder": seal, "steps": steps, "scores": scores}
    RESULTS.write_text(json.dumps(measured).replace('}, "', '},\n"') + "\n", encoding="utf-8")
    before, _, rest = DOCUMENT.read_text(encoding="utf-8").partition(BEGIN)
    DOCUMENT.write_text(f"{before}{BEGIN}\n{tables(scores)}\n{END}{rest.partition(END)[2]}", encoding="utf-8")


def tables(scores: Mapping[str, Any]) -> str:
    """Markdown: for each encoder and target, arms by languages."""
    return "\n\n".join(table(name, arms, target) for name, arms in scores.items() for target in MORE_TARGETS)


def table(encoder: str, arms: Mapping[str, Any], target: str) -> str:
    """Scores without intermediate training, and gains with; gains whose interval excludes zero are bold."""
    base = arms["none"][target]
    languages = [*base, OTHERS]
    means = [f"{fmean(by_seed(base, language).values()):.1f}" for language in languages]
    rows = [["none: score", str(len(by_seed(base, OTHERS))), *means]]
    for arm, cells in ((arm, tasks[target]) for arm, tasks in arms.items() if arm != "none" and target in tasks):
        found = [shown(gains(cells, base, language)) for language in languages]
        rows.append([arm, str(len(by_seed(cells, OTHERS))), *found])
    title = target if encoder == SHIPPED else f"{target}, encoder {encoder}"
    head = f"| intermediate tasks | seeds | {' | '.join(languages)} |\n|---|---:|" + "---:|" * len(languages)
    return "\n".join([f"### {title}", "", head, *(f"| {' | '.join(row)} |" for row in rows)])


def gains(cells: Mapping[str, Any], base: Mapping[str, Any], language: str) -> list[float]:
    """Differences of the same seed, in points."""
    after = by_seed(cells, language)
    return [after[seed] - before for seed, before in by_seed(base, language).items() if seed in after]


def shown(values: Sequence[float]) -> str:
    """Mean over seeds and half the 95 % t interval, bold where that excludes zero."""
    interval = t_interval(values)
    text = f"{fmean(values):+.1f} ± {(interval.high - interval.low) / 2:.1f}"
    return text if interval.low <= 0 <= interval.high else f"**{text}**"


def by_seed(cells: Mapping[str, Any], language: str) -> Mapping[str, float]:
    """A language's scores by seed, or the mean of all but English."""
    meant = [scores for code, scores in cells.items() if (code != "en" if language == OTHERS else code == language)]
    return {seed: fmean(scores[seed] for scores in meant) for seed in meant[0]}


if __name__ == "__main__":
    main()
