#!/usr/bin/env python3
"""Measure what intermediate training does on mini, and write docs/mini_effects.json and the tables of docs/mini.md.

Other encoders than the shipped one are compared with and without all nine tasks only. A repeat goes on where it was.
"""

from __future__ import annotations

import argparse
import json
import multiprocessing
import os
from collections.abc import Mapping
from pathlib import Path
from statistics import fmean
from typing import Any, NamedTuple

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
STEPS, SINGLE_STEPS = 1000, 300
"""Of all intermediate training together, mixed or one after the other; and of one task alone."""
EACH = STEPS // len(CCG_LAST)
SHIPPED = "mini"
OTHERS = "mean without en"

TOGETHER = {"all": f"all{{steps={STEPS}}}"}
FURTHER = {name: f"{name}{{steps={SINGLE_STEPS}}}" for name in ALONE} | {
    "one after the other, ccg last": " > ".join(f"{name}{{steps={EACH}}}" for name in CCG_LAST),
    "one after the other, mnli last": " > ".join(f"{name}{{steps={EACH}}}" for name in CCG_LAST[::-1]),
    # A fifth of the steps on top, so that the nine tasks get as many as without it.
    "all, with multilingual mlm": f"(all + mlm){{steps={STEPS * 5 // 4}}}",
}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seeds", default=[1, 2, 3, 4, 5], type=int, nargs="+", help="three or more, for intervals")
    parser.add_argument("--encoders", default=[], nargs="+", help="directories that scripts/make_mini_encoder.py made")
    parser.add_argument("--runs", default="runs/mini-effects")
    parser.add_argument("--jobs", type=int, default=2, help="runs at the same time, each on one core")
    asked = parser.parse_args()
    os.environ["OMP_NUM_THREADS"] = "1"
    models = [(SHIPPED, True), *((other, True) for other in asked.encoders), (SHIPPED, False)]
    jobs = [(asked.runs, model, baseline, seed) for model, baseline in models for seed in asked.seeds]
    scores: dict[str, Any] = {}
    with multiprocessing.get_context("spawn").Pool(asked.jobs, maxtasksperchild=1) as pool:
        for done, found in enumerate(pool.imap(run, jobs), start=1):
            for model, arm, task, language, seed, value in found:
                tasks = scores.setdefault(model, {}).setdefault(arm, {})
                tasks.setdefault(task, {}).setdefault(language, {})[seed] = value
            print(f"{done} of {len(jobs)} runs", flush=True)
    write(scores)


def run(job: tuple[str, str, bool, int]) -> list[tuple[Any, ...]]:
    """Train and score, or read what is in the store: encoder, arm, task, language, seed and percent of each score."""
    runs, model, baseline, seed = job
    arms, target = (TOGETHER, MORE_TARGETS) if baseline else (FURTHER, TARGETS)
    asked = {"target": target, "arms": list(arms.values()), "baseline": baseline, "seeds": [seed], "model": model}
    done = harness.train(runs=runs, progress=False, **asked)
    if done.failed:
        raise RuntimeError("; ".join(done.failed))
    rows = done.records.query("main")
    names = rows["arm"].replace({text: name for name, text in arms.items()})
    found = zip(names, rows["task"], rows["language"], rows["seed"].astype(str), rows["value"].round(2), strict=True)
    return [(Path(model).name, *row) for row in found]


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
    rows = [["intermediate tasks", "seeds", *languages], ["none: score", str(len(by_seed(base, OTHERS)))]]
    rows[1] += [f"{fmean(by_seed(base, language).values()):.1f}" for language in languages]
    for arm, cells in ((arm, tasks[target]) for arm, tasks in arms.items() if arm != "none" and target in tasks):
        gains = [str(gain(cells, base, language)) for language in languages]
        rows.append([arm, str(len(by_seed(cells, OTHERS))), *gains])
    lines = [f"| {' | '.join(row)} |" for row in rows]
    title = f"### {target}" + ("" if encoder == SHIPPED else f", encoder {encoder}")
    return "\n".join([title, "", lines[0], "|---|---:|" + "---:|" * len(languages), *lines[1:]])


class Gain(NamedTuple):
    """The mean gain over seeds, in points, and half its 95 % t interval."""

    mean: float
    half: float

    def __str__(self) -> str:
        text = f"{self.mean:+.1f} ± {self.half:.1f}"
        return f"**{text}**" if abs(self.mean) > self.half else text


def gain(cells: Mapping[str, Any], base: Mapping[str, Any], language: str) -> Gain:
    """Gains are differences of the same seed."""
    after, before = by_seed(cells, language), by_seed(base, language)
    differences = [after[seed] - before[seed] for seed in before if seed in after]
    interval = t_interval(differences)
    return Gain(fmean(differences), (interval.high - interval.low) / 2)


def by_seed(cells: Mapping[str, Any], language: str) -> Mapping[str, float]:
    """A language's scores by seed, or the mean of all but English."""
    others = [scores for code, scores in cells.items() if (code != "en" if language == OTHERS else code == language)]
    return {seed: fmean(scores[seed] for scores in others) for seed in others[0]}


if __name__ == "__main__":
    main()
