#!/usr/bin/env python
"""How often studies are right: their answers to simulated experiments whose truth is known.

Each line is a condition: a world in which the effect is off, or on at a stated size. 500 experiments are drawn of it,
records and items as runs write them, and the study answers by its own rule. Percentages are of experiments, with 95 %
intervals. Without effect, yes is asked for in at most 7.5 % of them. `--only TEXT` takes the studies with it.
"""

from __future__ import annotations

import argparse
import os
from collections.abc import Mapping

os.environ.setdefault("OMP_NUM_THREADS", "1")

from simulations import reproduce, robustness, selection, sequential, similarity, two_arms, vision_language
from simulations.conditions import Tried

from harness.documents.markdown import markdown
from harness.testing.validity import EXPERIMENTS, rates_of, rates_table

STUDIES: Mapping[str, Tried] = {
    "selection": selection.TRIED,
    "two arms, over seeds": two_arms.OVER_SEEDS,
    "two arms, over seeds and items": two_arms.OVER_SEEDS_AND_ITEMS,
    "sequential": sequential.TRIED,
    "reproduce": reproduce.TRIED,
    "robustness": robustness.TRIED,
    "vision-language": vision_language.TRIED,
    "similarity": similarity.TRIED,
}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--experiments", type=int, default=EXPERIMENTS, help="of each condition")
    parser.add_argument("--only", default="", help="studies with this in their name")
    asked = parser.parse_args()
    for name, tried in STUDIES.items():
        if asked.only in name:
            rates = [rates_of(condition, tried.analyse, asked.experiments) for condition in tried.conditions]
            print(f"{markdown([rates_table(name, rates)], [])}\n", flush=True)


if __name__ == "__main__":
    main()
