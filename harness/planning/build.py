"""Builds what the store does not have yet: models, encoded rows, checkpoints, predictions."""

from __future__ import annotations

import functools
import importlib
import json
import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from harness.kinds.base import DecodeTask
from harness.kinds.features import Features
from harness.lifecycle import LifeCycle
from harness.planning.data import Data
from harness.planning.digests import digest_of
from harness.planning.overlap import OverlapFinder
from harness.planning.stages import (
    BuiltModel,
    Checkpoint,
    Development,
    GivenModel,
    PredictStage,
    TaskData,
    TrainStage,
    chain,
)
from harness.planning.store import Building, Store
from harness.registry import Registry

if TYPE_CHECKING:
    from harness.evaluation.predict import Predictor
    from harness.kinds.encoding import TextEncoder
    from harness.metrics import Predictions
    from harness.modeling.heads.base import Head, HeadConfig
    from harness.tasks import Task
    from harness.training.loop import Development as DevelopmentModel


class Builder:
    """Makes stages on demand, each in the store.

    Args:
        data: the run's rows.
        life: hooks called in training.
    """

    def __init__(self, registry: Registry, store: Store, data: Data, life: LifeCycle) -> None:
        self._registry = registry
        self._store = store
        self._data = data
        self._life = life
        self._overlap = OverlapFinder(registry, data)
        self._predictors: dict[str, Predictor] = {}
        self._text_encoders: dict[Path, TextEncoder] = {}

    def checkpoint(self, stage: Checkpoint) -> Path:
        """The directory of a checkpoint, trained now if need be, with all it starts from."""
        if isinstance(stage, GivenModel):
            return stage.path
        if isinstance(stage, BuiltModel):
            return self._store.get("model", stage.digest, stage.inputs, functools.partial(self._build_model, stage))
        if self._store.has("train", stage.digest):
            return self._store.path("train", stage.digest)
        self.checkpoint(stage.start)
        return self._store.get("train", stage.digest, stage.inputs, functools.partial(self._train, stage))

    def predictions(self, stage: PredictStage) -> Path:
        """The directory of stored predictions, made now if need be."""
        return self._store.get("predict", stage.digest, stage.inputs, functools.partial(self._predict, stage))

    def release(self) -> None:
        """Forget the loaded checkpoint."""
        self._predictors.clear()

    def _build_model(self, stage: BuiltModel, building: Building) -> None:
        module, _, name = stage.build.partition(":")
        texts = (
            text
            for task, _ in stage.texts
            for row in self._data.training(task).rows
            for text in self._registry.kind(self._registry.task(task).kind).texts(row)
        )
        getattr(importlib.import_module(module), name)(building.directory, texts, dict(stage.parameters))

    def _train(self, stage: TrainStage, building: Building) -> None:
        from harness.training.loop import Phase, run_phase

        start = self.checkpoint(stage.start)
        phase = Phase(
            name=stage.phase,
            features={data.task: self._features(data, stage) for data in stage.tasks},
            heads={data.task: self._head_config(data, start, stage.hyper.dropout) for data in stage.tasks},
            start=start,
            origin=self.checkpoint(_origin(stage)),
            work=building.work,
            hyper=stage.hyper,
            precision=stage.precision,
            seed=stage.seed,
            development=self._development(stage.development, stage) if stage.development else None,
            task_weights=stage.task_weights,
        )
        result = run_phase(phase, self._life)
        # Not moved: until the manifest is written, a next attempt goes on from what lies in the work directory.
        shutil.copytree(result.checkpoint, building.directory, dirs_exist_ok=True)
        building.facts |= {
            "steps": result.steps,
            "kept_step": result.kept_step,
            "tokens": result.tokens,
            "padded_tokens": result.padded_tokens,
            "training_seconds": result.seconds,
            "weights": result.weights,
            "development": result.history,
        }

    def _development(self, development: Development, stage: TrainStage) -> Any:
        """A function that scores development rows with a model in training."""
        from harness.evaluation.predict import outputs
        from harness.evaluation.predictions import columns_of
        from harness.evaluation.score import item_scores

        metric = self._registry.metric(development.metric)
        features = self._features(development.data, stage)
        budget = stage.hyper.token_budget

        def score(model: DevelopmentModel) -> float:
            computed = outputs(
                model.scores,
                model.head(development.data.task),
                features,
                pad_id=model.pad_id,
                budget=budget,
                device=model.device,
            )
            value = item_scores(metric, columns_of(self._decoded(development.data, computed, features))).value
            return value if metric.higher_is_better else -value

        return score

    def _predict(self, stage: PredictStage, building: Building) -> None:
        from harness.evaluation import predictions

        rows, building.facts["truncated"] = self._predicted(stage, stage.data)
        overlaps = self._overlap.of(self._data.of(stage.data), chain(stage.checkpoint), stage.tuning)
        building.facts["overlap"] = [overlap.to_json() for overlap in overlaps]
        if stage.tuning:
            development, _ = self._predicted(stage, stage.tuning)
            tuned = self._tuned(self._registry.task(stage.tuning.task), predictions.columns_of(development))
            predictions.write(building.directory, development, predictions.TUNING_FILE)
            rows = [row | tuned for row in rows]
        predictions.write(building.directory, rows)

    def _tuned(self, task: Task, development: Predictions) -> dict[str, Any]:
        metric = self._registry.tuned_metric(task)
        return self._registry.kind(task.kind).tune(development, metric) if metric else {}

    def _predicted(self, stage: PredictStage, data: TaskData) -> tuple[list[dict[str, Any]], int]:
        """Predictions of some rows by a stage's checkpoint, and of how many rows some text was cut off."""
        from harness.evaluation.predict import outputs

        predictor = self._predictor(stage)
        features = self._features(data, stage.checkpoint)
        computed = outputs(
            predictor.scores,
            predictor.model.head(self._registry.task(data.task).trained_as),
            features,
            pad_id=predictor.model.encoder.config.pad_token_id or 0,
            budget=data.hyper.token_budget,
            device=predictor.device,
        )
        return self._decoded(data, computed, features), features.truncated

    def _predictor(self, stage: PredictStage) -> Predictor:
        """The stage's checkpoint with the task's head; one is kept in memory."""
        from harness.evaluation.predict import Predictor
        from harness.modeling.checkpoints import load_encoder
        from harness.modeling.model import TaskModel

        data = stage.data
        task = self._registry.task(data.task)
        decoding = json.dumps(data.decoding, sort_keys=True)
        key = f"{stage.checkpoint.digest}/{task.trained_as}/{stage.precision}/{decoding}"
        if key not in self._predictors:
            self._predictors.clear()
            directory = self.checkpoint(stage.checkpoint)
            encoder, _ = load_encoder(directory)
            head = self._head(stage, directory)
            self._predictors[key] = Predictor(TaskModel(encoder, {head.config.task: head}), stage.precision)
        return self._predictors[key]

    def _head(self, stage: PredictStage, directory: Path) -> Head:
        """The checkpoint's head of a task; without a phase of its own, the model's or one without weights."""
        from harness.modeling.checkpoints import load_head, pretrained_head
        from harness.modeling.heads.base import build_head

        wanted = self._head_config(stage.data, directory, 0.0)
        kind = type(self._registry.kind(self._registry.task(stage.data.task).kind))
        if kind.trained or (directory / f"head-{wanted.task}.safetensors").is_file():
            return load_head(directory, wanted)
        if kind.pretrained:
            return pretrained_head(self.checkpoint(_origin(stage.checkpoint)), wanted)
        return build_head(wanted)

    def _decoded(self, data: TaskData, computed: list[Any], features: Features) -> list[dict[str, Any]]:
        """Predictions as stored: what the kind says, with key, id and language."""
        task = self._registry.task(data.task)
        kind = self._registry.kind(task.kind)
        split = self._data.of(data)
        decode_task = DecodeTask(task=task, labels=data.labels, hyper=data.hyper)
        rows = []
        for index, fields in kind.decode(computed, features, split.rows, decode_task):
            row = {"key": split.keys[index], "id": split.rows[index].id, "language": data.language}
            rows.append(row | fields)
        return rows

    def _features(self, data: TaskData, checkpoint: Checkpoint) -> Features:
        """Encoded rows, by the tokenizer of the model that a checkpoint goes back to."""
        directory = self.checkpoint(_origin(checkpoint))
        inputs: Mapping[str, Any] = {**data.encoding, "tokenizer": self._text_encoder(directory).digest}

        def encode(building: Building) -> None:
            kind = self._registry.kind(self._registry.task(data.task).kind)
            rows = self._data.of(data).rows
            kind.encode(rows, data.labels, self._text_encoder(directory), data.hyper).save(building.directory)

        return Features.load(self._store.get("features", digest_of("features", **inputs), inputs, encode))

    def _text_encoder(self, directory: Path) -> TextEncoder:
        from harness.modeling.checkpoints import load_text_encoder

        if directory not in self._text_encoders:
            self._text_encoders[directory] = load_text_encoder(directory)
        return self._text_encoders[directory]

    def _head_config(self, data: TaskData, model: Path, dropout: float) -> HeadConfig:
        from harness.modeling.checkpoints import encoder_shape
        from harness.modeling.heads.base import HeadConfig

        shape = encoder_shape(model)
        task = self._registry.task(data.task)
        return HeadConfig(
            task=task.trained_as,
            head=self._registry.kind(task.kind).head,
            labels=data.labels,
            dropout=dropout,
            hidden_size=shape["hidden_size"],
            layers=shape["num_hidden_layers"],
            layer=data.hyper.layer,
            pooling=data.hyper.pooling,
            vocabulary=shape["vocab_size"],
        )


def _origin(checkpoint: Checkpoint) -> GivenModel | BuiltModel:
    """The model that a checkpoint's chain began with."""
    while isinstance(checkpoint, TrainStage):
        checkpoint = checkpoint.start
    return checkpoint
