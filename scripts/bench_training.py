#!/usr/bin/env python
"""Training beside the Hugging Face Trainer: real tokens a second on the same rows, model, hardware and batch size.

The Trainer (transformers and accelerate must be importable) pads to the maximum as XTREME's scripts do, or to the
longest of a batch, or groups rows by length. Rates are of real tokens, so that a sampler that happens to draw shorter
rows gains nothing; examples a second are those rates over the rows' mean length. Every variant runs in every round,
in another order, and ratios are taken within rounds. With `--memory`, each variant once in a process of its own, and
the peak of its memory.
"""

from __future__ import annotations

import argparse
import functools
import os
import random
import statistics
import subprocess
import sys
import tempfile
import time
import warnings
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from harness.training.machine import wait_briefly

wait_briefly()

import numpy as np
import torch
from bench_work import SHAPES, TASKS, Work, prepare

from harness.hookspecs import hookimpl
from harness.hyper import Hyper
from harness.lifecycle import LifeCycle
from harness.modeling.shape import read_shape
from harness.registry import default_registry
from harness.training.loop import run_phase
from harness.training.phase import Phase

OURS: dict[str, dict[str, Any]] = {
    "xharness fp32": {"precision": "fp32"},
    "xharness bf16": {"precision": "bf16"},
    "xharness grouped bf16": {"precision": "bf16", "group_by_length": True},
}
TRAINER: dict[str, dict[str, Any]] = {
    "Trainer to the maximum fp32": {"padding": "max_length"},
    "Trainer to the maximum bf16": {"padding": "max_length", "bf16": True},
    "Trainer fp32": {},
    "Trainer bf16": {"bf16": True},
    "Trainer grouped bf16": {"bf16": True, "train_sampling_strategy": "group_by_length"},
}
GOALS = (
    ("xharness fp32", "Trainer to the maximum fp32", 2.2),
    ("xharness bf16", "Trainer to the maximum bf16", 2.0),
    ("xharness bf16", "Trainer fp32", 2.5),
    ("xharness fp32", "Trainer fp32", 1.5),
    ("xharness bf16", "Trainer bf16", 1.5),
    ("xharness grouped bf16", "Trainer grouped bf16", 1.0),
    ("xharness bf16", "Trainer grouped bf16", None),
)


def main() -> None:
    arguments = parse_arguments()
    with tempfile.TemporaryDirectory() as temporary:
        work = prepare(arguments.task, arguments.shape, arguments.data, Path(temporary), batch_size=arguments.batch)
        if arguments.only:
            rate(arguments.only, work, arguments.steps, Path(temporary))
            if torch.cuda.is_available():
                print(f"{torch.cuda.max_memory_allocated() / 2**20:,.0f} MiB of the GPU's memory", flush=True)
            return
        describe(work, arguments)
        if arguments.memory:
            report_memory(arguments)
            return
        rates: dict[str, list[float]] = {name: [] for name in arguments.variants}
        order = list(rates)
        for number in range(arguments.rounds):
            random.Random(number).shuffle(order)
            for name in order:
                rates[name].append(rate(name, work, arguments.steps, Path(temporary)))
            print(f"round {number + 1}: " + "; ".join(f"{n} {r[-1]:,.0f}" for n, r in rates.items()), flush=True)
        report(rates, work)


def describe(work: Work, arguments: argparse.Namespace) -> None:
    lengths = work.features.lengths
    print(
        f"{work.task}, {arguments.data}: {len(work.features):,} sequences, mean {lengths.mean():.1f} tokens, median "
        f"{np.median(lengths):.0f}, 95 % {np.percentile(lengths, 95):.0f}, longest {lengths.max()}"
    )
    print(f"{arguments.shape}: {SHAPES[arguments.shape]}; {device()}; batches of {work.hyper.batch_size}")
    batch = work.hyper.batch_size
    draw = np.random.default_rng(0).permutation(len(lengths))[: len(lengths) // batch * batch].reshape(-1, batch)
    real = lengths[draw].sum()
    cuts = [one for units in draw for one in work.cut(units)]
    ceilings = {
        "to the maximum": work.hyper.max_length * draw.size,
        "to the longest of a batch": (lengths[draw].max(axis=1) * batch).sum(),
        "xharness": sum(one.padded_tokens for one in cuts),
    }
    print(
        "tokens computed over real ones: " + ", ".join(f"{n} {c / real:.2f}" for n, c in ceilings.items()), flush=True
    )


def device() -> str:
    return torch.cuda.get_device_name() if torch.cuda.is_available() else f"{torch.get_num_threads()} threads"


def rate(name: str, work: Work, steps: int, directory: Path) -> float:
    """Real tokens a second after a step to warm up."""
    run = functools.partial(train_ours, OURS[name]) if name in OURS else functools.partial(train_peer, TRAINER[name])
    with tempfile.TemporaryDirectory(dir=directory) as own:
        return run(work, steps, Path(own))


class Watch:
    """Tokens and seconds of the steps after the first."""

    def __init__(self) -> None:
        self.tokens: list[int] = []
        self.ends: list[float] = []

    def step(self, tokens: int) -> None:
        self.tokens.append(tokens)
        self.ends.append(time.perf_counter())

    @property
    def rate(self) -> float:
        return sum(self.tokens[1:]) / (self.ends[-1] - self.ends[0])


def train_ours(settings: Mapping[str, Any], work: Work, steps: int, directory: Path) -> float:
    watch = Watch()

    class Observer:
        @hookimpl
        def step_finished(self, step: Mapping[str, Any]) -> None:
            watch.step(step["tokens"])

    values = {**work.hyper.values("training", "execution"), "steps": steps + 1, **settings}
    values["checkpoint_every"] = 10**6
    hyper = Hyper(**values)
    phase = Phase(
        name="target",
        features={work.task: work.features},
        heads={work.task: work.head},
        start=work.model,
        origin=work.model,
        work=directory,
        hyper=hyper,
        precision=str(settings["precision"]),
        seed=1,
    )
    with LifeCycle(default_registry(), Observer()) as life:
        run_phase(phase, life)
    return watch.rate


def train_peer(settings: Mapping[str, Any], work: Work, steps: int, directory: Path) -> float:
    import transformers

    transformers.utils.logging.set_verbosity_error()  # type: ignore[no-untyped-call]
    transformers.utils.logging.disable_progress_bar()  # type: ignore[no-untyped-call]
    watch = Watch()
    features = work.features
    longest = work.hyper.max_length if settings.get("padding") else None

    def item(unit: int) -> dict[str, Any]:
        first, last = features.offsets[features.units[unit]], features.offsets[features.units[unit] + 1]
        targets = {"label": "labels", "start": "start_positions", "end": "end_positions"}
        found = {targets[name]: int(column[unit]) for name, column in features.unit_columns.items()}
        return {"input_ids": features.ids[first:last].tolist(), "length": int(last - first), **found}

    def collated(items: list[dict[str, Any]]) -> dict[str, torch.Tensor]:
        width = longest or max(one["length"] for one in items)
        ids = np.ones((len(items), width), np.int64)
        mask = np.zeros((len(items), width), np.int64)
        for number, one in enumerate(items):
            ids[number, : one["length"]], mask[number, : one["length"]] = one["input_ids"], 1
        targets = {
            name: torch.tensor([one[name] for one in items]) for name in items[0].keys() - {"input_ids", "length"}
        }
        return {"input_ids": torch.from_numpy(ids), "attention_mask": torch.from_numpy(mask), **targets}

    class Timed(transformers.Trainer):
        def training_step(self, model: Any, inputs: Any, *rest: Any, **named: Any) -> Any:
            self.tokens = int(inputs["attention_mask"].sum())
            return super().training_step(model, inputs, *rest, **named)

    class Ends(transformers.TrainerCallback):
        def on_step_end(self, *_: Any, **__: Any) -> None:
            watch.step(trainer.tokens)

    own = {name: value for name, value in settings.items() if name != "padding"}
    classes = {"mnli": "AutoModelForSequenceClassification", "squad": "AutoModelForQuestionAnswering"}
    labels = {"num_labels": len(work.head.labels)} if work.task == "mnli" else {}
    model = getattr(transformers, classes[work.task]).from_pretrained(work.model, dtype=torch.float32, **labels)
    # What the engine leaves in the environment turns on distributed training in the Trainer.
    launched = {name: os.environ.pop(name) for name in ("RANK", "WORLD_SIZE", "LOCAL_RANK") if name in os.environ}
    trainer = Timed(
        model=model,
        args=transformers.TrainingArguments(
            output_dir=str(directory),
            per_device_train_batch_size=work.hyper.batch_size,
            max_steps=steps + 1,
            learning_rate=work.hyper.lr,
            max_grad_norm=1.0,
            optim="adamw_torch_fused",
            use_cpu=not torch.cuda.is_available(),
            save_strategy="no",
            logging_strategy="no",
            report_to=[],
            disable_tqdm=True,
            remove_unused_columns=False,
            seed=1,
            **own,
        ),
        train_dataset=[item(unit) for unit in range(len(features))],
        data_collator=collated,
        callbacks=[Ends()],
    )
    trainer.remove_callback(transformers.PrinterCallback)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        trainer.train()
    os.environ |= launched
    return watch.rate


def report(rates: Mapping[str, list[float]], work: Work) -> None:
    mean = float(work.features.lengths.mean())
    flops = 6 * read_shape(work.model).multiplied
    products = {dtype: product_rate(dtype) for dtype in (torch.float32, torch.bfloat16)}
    for name, found in rates.items():
        slowest, usual, fastest = (value / mean for value in (min(found), statistics.median(found), max(found)))
        used = 100 * statistics.median(found) * flops / products[torch.bfloat16 if "bf16" in name else torch.float32]
        print(f"{name:30} {usual:8.2f} examples/s ({slowest:.2f} to {fastest:.2f}), {used:.0f} % of a product's rate")
    print("a product's rate: " + ", ".join(f"{dtype} {found / 1e9:,.0f} GFLOP/s" for dtype, found in products.items()))
    for mine, peer, goal in GOALS:
        if not {mine, peer} <= rates.keys():
            continue
        ratios = [one / other for one, other in zip(rates[mine], rates[peer], strict=True)]
        aim = f"goal {goal}" if goal else "the price of exactly random batches"
        print(f"{mine} / {peer}: {statistics.median(ratios):.2f} ({min(ratios):.2f} to {max(ratios):.2f}); {aim}")


def product_rate(dtype: torch.dtype) -> float:
    """Operations a second of one large matrix product here: what real tokens' own products are compared with."""
    on = torch.device("cuda" if torch.cuda.is_available() else "cpu")
    size = 8192 if on.type == "cuda" else 2048
    a = torch.ones(size, size, dtype=dtype, device=on)
    seconds = []
    for _ in range(5):
        started = time.perf_counter()
        float((a @ a)[0, 0])
        seconds.append(time.perf_counter() - started)
    return 2 * float(size) ** 3 / statistics.median(seconds)


def report_memory(arguments: argparse.Namespace) -> None:
    """The peak of memory of each variant, measured in a process that does nothing else."""
    for name in arguments.variants:
        command = [sys.executable, __file__, "--only", name, "--task", arguments.task, "--shape", arguments.shape]
        command += ["--data", arguments.data, "--steps", str(arguments.steps), "--batch", str(arguments.batch)]
        process = subprocess.Popen(command)
        _, status, usage = os.wait4(process.pid, 0)
        if status:
            raise SystemExit(f"{name} failed")
        print(f"{name:30} {usage.ru_maxrss / 1024:,.0f} MiB at most", flush=True)


def parse_arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--task", choices=TASKS, default="mnli")
    parser.add_argument("--shape", choices=SHAPES, default="base")
    parser.add_argument("--data", default="mini", help="a map of files, see docs/data.md; mini without one")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--steps", type=int, default=3, help="timed steps a variant and round")
    parser.add_argument("--batch", type=int, default=32, help="examples of a step")
    parser.add_argument("--memory", action="store_true")
    variants = (*TRAINER, *OURS)
    parser.add_argument("--variants", nargs="+", choices=variants, default=list(variants), metavar="NAME")
    parser.add_argument("--only", choices=variants, help=argparse.SUPPRESS)
    return parser.parse_args()


if __name__ == "__main__":
    main()
