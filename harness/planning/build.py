"""Builds what the store does not have yet: models, encoded rows, checkpoints, predictions."""

from __future__ import annotations

import contextlib
import functools
import hashlib
import importlib
import json
import shutil
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from statistics import fmean
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
    StartModel,
    TaskData,
    TrainStage,
    TrimmedModel,
    chain,
)
from harness.planning.store import Building, Store
from harness.registry import Registry

if TYPE_CHECKING:
    from harness.kinds.encoding import TextEncoder
    from harness.metrics import Predictions
    from harness.modeling.heads.base import Head, HeadConfig
    from harness.tasks import Task
    from harness.training.phase import Development as PhaseDevelopment
    from harness.training.predict import Predictor
    from harness.training.ranks import Shared


class Builder:
    """Makes stages on demand, each in the store.

    Args:
        data: the run's rows.
        life: hooks called in training.
        note: called with a line for people.
    """

    def __init__(
        self,
        registry: Registry,
        store: Store,
        data: Data,
        life: LifeCycle,
        note: Callable[[str], None] = lambda _: None,
    ) -> None:
        self._registry = registry
        self._store = store
        self._data = data
        self._life = life
        self._note = note
        self._overlap = OverlapFinder(registry, data)
        self._predictors: dict[str, Shared[Predictor]] = {}
        self._text_encoders: dict[Path, TextEncoder] = {}

    def checkpoint(self, stage: Checkpoint) -> Path:
        """The directory of a checkpoint, trained now if need be, with all it starts from."""
        if isinstance(stage, GivenModel):
            return stage.path
        if isinstance(stage, BuiltModel):
            return self._store.get("model", stage.digest, stage.inputs, functools.partial(self._build_model, stage))
        if isinstance(stage, TrimmedModel):
            return self._store.get("model", stage.digest, stage.inputs, functools.partial(self._trim, stage))
        if self._store.has("train", stage.digest):
            return self._store.path("train", stage.digest)
        self.checkpoint(stage.start)
        return self._store.get("train", stage.digest, stage.inputs, functools.partial(self._train, stage))

    def predictions(self, stage: PredictStage) -> Path:
        """The directory of stored predictions, made now if need be."""
        return self._store.get("predict", stage.digest, stage.inputs, functools.partial(self._predict, stage))

    def release(self) -> None:
        """Forget the loaded checkpoint."""
        for predictor in self._predictors.values():
            predictor.close()
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

    def _trim(self, stage: TrimmedModel, building: Building) -> None:
        import numpy as np

        from harness.modeling import vocabulary

        model = self.checkpoint(stage.model)
        encoder = self._text_encoder(model)
        used: set[int] = set()
        for data in stage.data:
            kind = self._registry.kind(self._registry.task(data.task).kind)
            used |= set(np.unique(kind.encode(self._data.of(data).rows, data.labels, encoder, data.hyper).ids).tolist())
        kept = vocabulary.trim(model, building.directory, used, encoder, digest=stage.model.digest)
        building.facts |= {"tokens_kept": kept, "tokens": vocabulary.whole_size(model)}

    def _train(self, stage: TrainStage, building: Building) -> None:
        from harness.training import ranks
        from harness.training.determinism import is_deterministic
        from harness.training.loop import SNAPSHOTS, run_phase
        from harness.training.phase import Phase

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
            digest=stage.digest,
            development=self._development(stage.development, stage) if stage.development else None,
            task_weights=stage.task_weights,
            replayed=stage.replayed,
        )
        with self._failure_told(stage):
            result = run_phase(phase, self._life, self._note)
        # Not moved: until the manifest is written, a next attempt goes on from what lies in the work directory.
        shutil.copytree(result.checkpoint, building.directory, dirs_exist_ok=True)
        for snapshot in result.snapshots:
            shutil.copytree(snapshot, building.directory / SNAPSHOTS / snapshot.name)
        building.facts |= {
            "steps": result.steps,
            "kept_step": result.kept_step,
            "tokens": result.tokens,
            "padded_tokens": result.padded_tokens,
            "training_seconds": result.seconds,
            "weights": result.weights,
            "development": result.history,
            "ranks": ranks.team().size,
            "deterministic": is_deterministic(),
            **({"snapshots": [int(path.name) for path in result.snapshots]} if result.snapshots else {}),
        }

    @contextlib.contextmanager
    def _failure_told(self, stage: TrainStage) -> Iterator[None]:
        """Tells hooks that a phase failed; an error that knows the indices of rows learns their names first."""
        from harness.training.failures import Diverged

        try:
            yield
        except Exception as error:
            if isinstance(error, Diverged):
                split = self._data.of(next(data for data in stage.tasks if data.task == error.task))
                error.name_rows(split.rows, split.keys)
            self._life.phase_failed(phase={"name": stage.phase, "digest": stage.digest, "error": str(error)})
            raise

    def _development(self, development: Development, stage: TrainStage) -> PhaseDevelopment:
        """Development rows with what scores a model's outputs for them."""
        from harness.evaluation.predictions import columns_of
        from harness.item_scores import item_scores
        from harness.training.phase import Development as PhaseDevelopment

        metric = self._registry.metric(development.metric)
        head = self._registry.task(development.data[0].task).trained_as
        parts = tuple(self._features(data, stage) for data in development.data)

        def score(computed: Sequence[list[Any]]) -> float:
            values = []
            for data, features, outputs in zip(development.data, parts, computed, strict=True):
                values.append(item_scores(metric, columns_of(self._decoded(data, outputs, features))).value)
            value = fmean(values)
            return value if metric.higher_is_better else -value

        return PhaseDevelopment(head, parts, score)

    def _predict(self, stage: PredictStage, building: Building) -> None:
        from harness.evaluation import predictions

        rows, building.facts["truncated"] = self._predicted(stage, stage.data)
        building.facts["unknown"] = self._unknown(stage)
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
        from harness.training.failures import translated
        from harness.training.predict import Predictor

        features = self._features(data, stage.checkpoint)
        doing = f"predicting {data.task} {data.split} in {data.language}"
        with translated(doing, data.hyper, training=False):
            head = self._registry.task(data.task).trained_as
            computed = self._predictor(stage).call(Predictor.outputs, head, features, data.hyper.token_budget)
        return self._decoded(data, computed, features), features.truncated

    def _unknown(self, stage: PredictStage) -> float:
        """Percent of the tokens of a stage's rows that the tokenizer does not know."""
        directory = self.checkpoint(_origin(stage.checkpoint))
        tokens, unknown = self._text_encoder(directory).counts(self._encoded(stage.data, directory).ids)
        return round(100 * unknown / max(1, tokens), 2)

    def _predictor(self, stage: PredictStage) -> Shared[Predictor]:
        """The stage's checkpoint with the task's head, on all ranks; one is kept in memory."""
        from harness.training.predict import load_predictor
        from harness.training.ranks import Shared

        data = stage.data
        task = self._registry.task(data.task)
        decoding = json.dumps(data.decoding, sort_keys=True)
        key = f"{stage.checkpoint.digest}/{task.trained_as}/{stage.precision}/{decoding}"
        if key not in self._predictors:
            self.release()
            directory = self.checkpoint(stage.checkpoint)
            head = self._head(stage, directory)
            self._predictors[key] = Shared(load_predictor, directory, head, stage.precision)
        return self._predictors[key]

    def _head(self, stage: PredictStage, directory: Path) -> Callable[[], Head]:
        """Makes a checkpoint's head of a task; without a phase of its own, the model's or one without weights."""
        from harness.modeling.checkpoints import load_head, pretrained_head
        from harness.modeling.heads.base import build_head

        wanted = self._head_config(stage.data, directory, 0.0)
        kind = type(self._registry.kind(self._registry.task(stage.data.task).kind))
        if kind.trained or (directory / f"head-{wanted.task}.safetensors").is_file():
            return functools.partial(load_head, directory, wanted)
        if kind.pretrained:
            return functools.partial(pretrained_head, self.checkpoint(_origin(stage.checkpoint)), wanted)
        return functools.partial(build_head, wanted)

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
        """Encoded rows, with the ids of the model that a checkpoint goes back to."""
        from harness.modeling import vocabulary

        directory = self.checkpoint(_origin(checkpoint))
        encoded, kept = self._encoded(data, directory), vocabulary.kept_ids(directory)
        if kept is None:
            return encoded
        encoder = self._text_encoder(directory)
        trimmed = hashlib.sha256(kept.tobytes()).hexdigest()
        inputs: Mapping[str, Any] = {**data.encoding, "tokenizer": encoder.digest, "vocabulary": trimmed}

        def count(building: Building) -> None:
            what = f"{data.task} {data.split} in {data.language}"
            vocabulary.count_anew(encoded, kept, encoder, what).save(building.directory)

        return Features.load(self._store.get("features", digest_of("features", **inputs), inputs, count))

    def _encoded(self, data: TaskData, directory: Path) -> Features:
        """Encoded rows, by the tokenizer of a model."""
        inputs: Mapping[str, Any] = {**data.encoding, "tokenizer": self._text_encoder(directory).digest}

        def encode(building: Building) -> None:
            kind = self._registry.kind(self._registry.task(data.task).kind)
            rows = self._data.of(data).rows
            kind.encode(rows, data.labels, self._text_encoder(directory), data.hyper).save(building.directory)

        return Features.load(self._store.get("features", digest_of("features", **inputs), inputs, encode))

    def _text_encoder(self, directory: Path) -> TextEncoder:
        from harness.modeling.tokenizer import load_text_encoder

        if directory not in self._text_encoders:
            self._text_encoders[directory] = load_text_encoder(directory)
        return self._text_encoders[directory]

    def _head_config(self, data: TaskData, model: Path, dropout: float) -> HeadConfig:
        from harness.modeling.heads.base import HeadConfig
        from harness.modeling.shape import read_shape

        shape = read_shape(model)
        task = self._registry.task(data.task)
        return HeadConfig(
            task=task.trained_as,
            head=self._registry.kind(task.kind).head,
            labels=data.labels,
            dropout=dropout,
            hidden_size=shape.hidden_size,
            layers=shape.layers,
            layer=data.hyper.layer,
            pooling=data.hyper.pooling,
            vocabulary=shape.vocabulary,
            embedding_size=shape.embedding_size,
        )


def _origin(checkpoint: Checkpoint) -> StartModel:
    """The model that a checkpoint's chain began with."""
    while isinstance(checkpoint, TrainStage):
        checkpoint = checkpoint.start
    return checkpoint
