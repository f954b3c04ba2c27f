#!/usr/bin/env python3
"""Measure what intermediate training does on mini, and write docs/mini_effects.json and the tables of docs/mini.md.

    scripts/mini_effects.py [--seeds 1,2,3,4,5] [--encoders DIRECTORY,...] [--runs runs/mini-effects] [--jobs 2]

Every arm is an ordinary run of xharness; interrupted, it goes on where it was. Other encoders, made by
scripts/make_mini_encoder.py with other seeds or switches, are compared with and without intermediate training only.
"""

from __future__ import annotations

import argparse
import json
import multiprocessing
import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from statistics import fmean
from typing import Any

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
ORDERS = {"one after the other, ccg last": CCG_LAST, "one after the other, mnli last": CCG_LAST[::-1]}
STEPS = 1000
"""Of all intermediate training together, multi-task or sequential."""
SINGLE_STEPS = 300
SHIPPED = "mini"
FEWEST_SEEDS = 3
"""For an interval: of the many of two seeds some are narrow by chance."""

Scores = dict[str, dict[str, dict[str, dict[str, dict[str, float]]]]]
"""Percent by encoder, arm, task, language and seed."""
Cells = Mapping[str, Mapping[str, float]]
"""Of one encoder, arm and task: percent by language and seed."""


@dataclass(frozen=True, kw_only=True)
class Job:
    """One run of one seed on one encoder.

    Attributes:
        arm: what its arm is called in the tables; "" for a run of several arms, called by their intermediate task.
    """

    arm: str
    settings: Mapping[str, Any]
    seed: int = 0
    encoder: str = SHIPPED
    runs: str = ""


@dataclass(frozen=True)
class Score:
    """The main metric of one arm, task and language, in percent."""

    encoder: str
    arm: str
    task: str
    language: str
    seed: int
    value: float


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seeds", default="1,2,3,4,5")
    parser.add_argument("--encoders", default="", help="directories of other encoders than the shipped one")
    parser.add_argument("--runs", default="runs/mini-effects")
    parser.add_argument("--jobs", type=int, default=2, help="runs at the same time, each on one core")
    arguments = parser.parse_args()
    os.environ["OMP_NUM_THREADS"] = "1"
    wanted = [int(seed) for seed in arguments.seeds.split(",")]
    others = [name for name in arguments.encoders.split(",") if name]
    jobs = [replace(ALL, seed=seed, encoder=name) for name in (SHIPPED, *others) for seed in wanted]
    jobs += [replace(job, seed=seed) for seed in wanted for job in arms_of_their_own()]
    scores: Scores = {}
    with multiprocessing.get_context("spawn").Pool(arguments.jobs, maxtasksperchild=1) as pool:
        for done, found in enumerate(pool.imap(run, [replace(job, runs=arguments.runs) for job in jobs]), start=1):
            for score in found:
                arms = scores.setdefault(score.encoder, {})
                by_language = arms.setdefault(score.arm, {}).setdefault(score.task, {})
                by_language.setdefault(score.language, {})[str(score.seed)] = round(score.value, 2)
            print(f"{done} of {len(jobs)} runs", flush=True)
            write(scores)
    write_tables(scores)


ALL = Job(arm="all", settings={"intermediate": ["all"], "target": MORE_TARGETS, "set": {"intermediate.steps": STEPS}})


def arms_of_their_own() -> Iterator[Job]:
    """The other arms of the tables; the baseline comes with `ALL`."""
    alone = {"target": TARGETS, "baseline": False}
    single = {"intermediate": ["all"], "mode": "single", "set": {"intermediate.steps": SINGLE_STEPS}}
    yield Job(arm="", settings=single | alone)
    for name, order in ORDERS.items():
        steps = {"intermediate.steps": STEPS // len(order)}
        yield Job(arm=name, settings={"intermediate": order, "mode": "sequential", "set": steps} | alone)
    # A fifth of the steps on top, so that the nine tasks get as many as without it.
    with_mlm = {"intermediate": ["all", "mlm"], "set": {"intermediate.steps": STEPS * 5 // 4}}
    yield Job(arm="all, with multilingual mlm", settings=with_mlm | alone)


def run(job: Job) -> list[Score]:
    """Train and score, or read what is in the store."""
    import harness

    done = harness.train(runs=job.runs, model=job.encoder, seeds=[job.seed], progress=False, **job.settings)
    if done.failed:
        raise RuntimeError("; ".join(done.failed))
    rows = done.records
    return [
        Score(Path(job.encoder).name, _arm(job, row), row["task"], row["language"], row["seed"], row["value"])
        for row in rows[rows["main"]].to_dict("records")
    ]


def _arm(job: Job, row: Mapping[Any, Any]) -> str:
    return "none" if row["mode"] == "none" else job.arm or str(row["intermediate"])


def write(scores: Scores) -> None:
    """The scores, with what they were measured on."""
    measured = {
        "generator_version": GENERATOR_VERSION,
        "encoder": json.loads((encoder.DIRECTORY / encoder.SEAL).read_text(encoding="utf-8"))["sha256"],
        "steps": {"together": STEPS, "single": SINGLE_STEPS},
        "scores": scores,
    }
    RESULTS.write_text(json.dumps(measured).replace('}, "', '},\n"') + "\n", encoding="utf-8")


def write_tables(scores: Scores) -> None:
    """Put the tables between the marks in docs/mini.md."""
    text = DOCUMENT.read_text(encoding="utf-8")
    before, rest = text.split(BEGIN)
    after = rest.partition(END)[2] if END in rest else rest
    DOCUMENT.write_text(f"{before}{BEGIN}\n{tables(scores)}\n{END}{after}", encoding="utf-8")


def tables(scores: Scores) -> str:
    """Markdown: for each target, arms by languages."""
    parts = []
    for name, arms in scores.items():
        of_encoder = "" if name == SHIPPED else f", encoder {name}"
        parts += [table(f"{target}{of_encoder}", arms, target) for target in MORE_TARGETS]
    return "\n\n".join(parts)


def table(title: str, arms: Mapping[str, Mapping[str, Cells]], target: str) -> str:
    """Scores without intermediate training, and gains with: mean over seeds and half a 95 % t interval.

    Gains whose interval excludes zero are bold; with fewer than three seeds there is no interval.
    """
    base = arms["none"][target]
    languages = [*base, "mean without en"]
    lines = [
        f"### {title}",
        "",
        f"| intermediate tasks | seeds | {' | '.join(languages)} |",
        "|---|---:|" + "---:|" * len(languages),
        f"| none: score | {seeds(base)} | {' | '.join(_score(base, language) for language in languages)} |",
    ]
    for arm, tasks in arms.items():
        if arm != "none" and target in tasks:
            gains = [_gain(tasks[target], base, language) for language in languages]
            lines.append(f"| {arm} | {seeds(tasks[target])} | {' | '.join(gains)} |")
    return "\n".join(lines)


def seeds(cells: Cells) -> int:
    """How many there are."""
    return len(next(iter(cells.values())))


def _score(cells: Cells, language: str) -> str:
    return f"{fmean(values(cells, language).values()):.1f}"


def _gain(cells: Cells, base: Cells, language: str) -> str:
    if seeds(cells) < FEWEST_SEEDS:
        return f"{mean_gain(cells, base, language):+.1f}"
    found = gain(cells, base, language)
    text = f"{found.mean:+.1f} ± {found.half:.1f}"
    return f"**{text}**" if abs(found.mean) > found.half else text


@dataclass(frozen=True)
class Gain:
    """The mean gain over seeds, in points, and half its 95 % t interval."""

    mean: float
    half: float


def gain(cells: Cells, base: Cells, language: str) -> Gain:
    """Gains are differences of the same seed."""
    interval = t_interval(differences(cells, base, language))
    return Gain(mean_gain(cells, base, language), (interval.high - interval.low) / 2)


def mean_gain(cells: Cells, base: Cells, language: str) -> float:
    """The mean over the seeds there are."""
    return fmean(differences(cells, base, language))


def differences(cells: Cells, base: Cells, language: str) -> list[float]:
    """The gain of each seed that both have."""
    before, after = values(base, language), values(cells, language)
    return [after[seed] - before[seed] for seed in before if seed in after]


def values(cells: Cells, language: str) -> Mapping[str, float]:
    """A language's scores by seed, or the mean of all but English."""
    if language in cells:
        return cells[language]
    others = [by_seed for code, by_seed in cells.items() if code != "en"]
    return {seed: fmean(by_seed[seed] for by_seed in others) for seed in others[0]}


if __name__ == "__main__":
    main()
