"""A tiny encoder, features of every kind for it, and phases that train on them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from harness.kinds.features import IGNORED, FeatureBuilder
from harness.lifecycle import LifeCycle
from harness.registry import Registry

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from harness.kinds.features import Features
    from harness.modeling.heads.base import HeadConfig
    from harness.modeling.model import TaskModel

HEADS = {
    "text-classification": "text_classification:TextClassificationHead",
    "multiple-choice": "multiple_choice:MultipleChoiceHead",
    "token-classification": "token_classification:TokenClassificationHead",
    "question-answering": "question_answering:QuestionAnsweringHead",
    "text-retrieval": "text_retrieval:DualEncoderHead",
}


@pytest.fixture(scope="session")
def start(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A checkpoint directory of a tiny encoder without dropout."""
    from harness.modeling.scratch import build

    directory = tmp_path_factory.mktemp("model")
    shape = {"hidden_size": 32, "layers": 1, "heads": 2, "feed_forward": 48, "positions": 66, "vocabulary": 300}
    build(directory, ["a b c", "the dog and the fox", "it ends"], {**shape, "dropout": 0.0})
    return directory


@pytest.fixture(scope="session")
def dropping_start(start: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The same with dropout."""
    import json
    import shutil

    directory = tmp_path_factory.mktemp("dropping") / "model"
    shutil.copytree(start, directory)
    config = json.loads((directory / "config.json").read_text())
    config |= {"hidden_dropout_prob": 0.2, "attention_probs_dropout_prob": 0.2}
    (directory / "config.json").write_text(json.dumps(config))
    return directory


@pytest.fixture(scope="session")
def features_of() -> Callable[..., Features]:
    """Random features of a kind: units of very different lengths, some with several sequences."""

    def make(kind: str, units: int = 24, seed: int = 0) -> Features:
        generator = np.random.default_rng(seed)
        builder = FeatureBuilder()
        for unit in range(units):
            sizes = generator.integers(2, 5) if kind == "multiple-choice" else 1 + (kind == "text-retrieval")
            label = int(generator.integers(0, sizes if kind == "multiple-choice" else 3))
            for _ in range(sizes):
                length = int(generator.integers(3, 20))
                ids = [0, *generator.integers(5, 250, length).tolist(), 2]
                tags = [IGNORED, *[t if t < 3 else IGNORED for t in generator.integers(0, 5, length).tolist()], IGNORED]
                words = np.where(np.asarray(tags) >= 0, np.cumsum(np.asarray(tags) >= 0) - 1, -1).tolist()
                columns = {"tag": tags, "word": words} if kind == "token-classification" else {}
                builder.sequence(ids, pair_start=length // 2, **columns)
            if kind == "question-answering":
                builder.end_unit(unit, start=length // 3, end=length // 2)
            elif kind == "token-classification":
                builder.end_unit(unit, weight=sum(tag >= 0 for tag in tags))
            else:
                builder.end_unit(unit, label=label)
        return builder.build()

    return make


@pytest.fixture(scope="session")
def head_config() -> Callable[..., HeadConfig]:
    from harness.modeling.heads.base import HeadConfig

    def make(kind: str, task: str, dropout: float = 0.0) -> HeadConfig:
        head = f"harness.modeling.heads.{HEADS[kind]}"
        labels = ("a", "b", "c")
        return HeadConfig(task=task, head=head, labels=labels, dropout=dropout, hidden_size=32, layers=1)

    return make


@pytest.fixture
def make_model(start: Path, head_config: Callable[..., HeadConfig]) -> Callable[..., TaskModel]:
    """The tiny encoder with a head a task; each call gives the same weights."""
    import torch

    from harness.modeling.checkpoints import load_encoder
    from harness.modeling.heads.base import build_head
    from harness.modeling.model import TaskModel

    def make(**tasks: str) -> TaskModel:
        with torch.random.fork_rng():
            torch.manual_seed(1)
            heads = {task: build_head(head_config(kind, task)) for task, kind in tasks.items()}
        return TaskModel(load_encoder(start)[0], heads)

    return make


@pytest.fixture(scope="session")
def registry() -> Registry:
    return Registry()


class Observer:
    """Remembers what the life-cycle hooks say, and can stop a phase after a step."""

    def __init__(self, stop_after: int = 0) -> None:
        self.steps: list[dict[str, Any]] = []
        self.phases: list[dict[str, Any]] = []
        self.stop_after = stop_after


@pytest.fixture
def observe(registry: Registry) -> Callable[..., Any]:
    """A life cycle with an observer."""
    from harness.hookspecs import hookimpl

    class Hooks(Observer):
        @hookimpl
        def phase_started(self, phase: dict[str, Any]) -> None:
            self.phases.append(phase)

        @hookimpl
        def step_finished(self, step: dict[str, Any]) -> None:
            self.steps.append(step)
            if step["step"] == self.stop_after:
                raise InterruptedError(step["step"])

    def make(stop_after: int = 0) -> tuple[LifeCycle, Hooks]:
        hooks = Hooks(stop_after)
        return LifeCycle(registry, hooks), hooks

    return make
