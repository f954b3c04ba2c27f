"""Embeddings, losses and measures: numbers about checkpoints that are stages like any other."""

from __future__ import annotations

import dataclasses
import json
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
import torch

import harness
from harness.evaluation import predictions
from harness.kinds.features import Features
from harness.modeling.checkpoints import load_encoder
from harness.planning import housekeeping
from harness.planning.measurings import measurings
from harness.planning.stages.embedding import Embed
from harness.planning.stages.encoding import encoded
from harness.planning.stages.measuring import Loss, Measurement
from harness.planning.stages.predicting import Predict
from tests.raising import raises_code

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from harness.planning.plan import Scoring
    from harness.planning.session import Session
    from tests.planning.conftest import Bench


@pytest.fixture
def session(bench: Bench) -> Session:
    return bench.session(intermediate=(), target=("pawsx", "tatoeba"))


def scoring_of(session: Session, task: str) -> Scoring:
    return next(scoring for scoring in session.plan.scorings if scoring.task == task)


def hidden(session: Session, scoring: Scoring, layer: int) -> tuple[Features, list[np.ndarray[Any, Any]]]:
    """States of each sequence by itself, as transformers computes them."""
    stage = scoring.stage
    features = encoded(stage.rows, stage.checkpoint).load(session.bench)
    encoder, _ = load_encoder(stage.checkpoint.obtain(session.bench))
    encoder.train(False)
    states = []
    with torch.no_grad():
        for start, end in zip(features.offsets[:-1], features.offsets[1:], strict=True):
            ids = torch.tensor(features.ids[start:end].astype(np.int64))[None]
            states.append(encoder(input_ids=ids, output_hidden_states=True).hidden_states[layer][0].numpy())
    return features, states


@pytest.mark.parametrize("layer", [0, 1])
def test_embeddings_are_the_states_of_the_encoder(session: Session, layer: int) -> None:
    scoring = scoring_of(session, "tatoeba")
    _, states = hidden(session, scoring, layer)
    wanted = {
        "mean": np.stack([one.mean(0) for one in states]),
        "cls": np.stack([one[0] for one in states]),
        "tokens": np.concatenate(states),
    }
    for pooling, expected in wanted.items():
        stage = Embed(checkpoint=scoring.stage.checkpoint, rows=scoring.stage.rows, layer=layer, pooling=pooling)
        found = stage.obtain(session.bench)
        np.testing.assert_allclose(np.load(found / "states.npy"), expected, atol=1e-5)
        sizes = [len(one) for one in states] if pooling == "tokens" else [1] * len(states)
        assert np.diff(np.load(found / "offsets.npy")).tolist() == sizes
        assert np.load(found / "rows.npy").tolist() == list(range(len(states)))


def test_embeddings_of_other_layers_and_poolings_are_other_stages(session: Session) -> None:
    scoring = scoring_of(session, "tatoeba")
    base = Embed(checkpoint=scoring.stage.checkpoint, rows=scoring.stage.rows, layer=1)
    others = [dataclasses.replace(base, layer=0), dataclasses.replace(base, pooling="cls")]
    assert len({stage.digest for stage in (base, *others)}) == 3
    with raises_code("layer-beyond-model", "2"):
        dataclasses.replace(base, layer=2)
    with raises_code("unknown-pooling", "max"):
        dataclasses.replace(base, pooling="max")


def test_the_loss_is_that_of_the_gold_answers(session: Session) -> None:
    scoring = scoring_of(session, "pawsx")
    data = session.bench.data
    task = session.bench.registry.task("pawsx")
    rows = data.rows(task, data.split("pawsx", "validation", "en"), scoring.stage.rows.hyper)
    checkpoint = scoring.stage.checkpoint
    total, targets = harness.read_loss(Loss(checkpoint, rows).obtain(session.bench))
    assert targets == len(data.of(rows).rows) == 8
    predicted = predictions.read(Predict(checkpoint=checkpoint, rows=rows, precision="fp32").obtain(session.bench))
    gold = [row["log_probs"][rows.labels.index(row["gold"])] for row in predicted]
    assert total == pytest.approx(-sum(gold), rel=1e-5)


def measured(session: Session, name: str) -> dict[tuple[str, str], Measurement]:
    registry = session.bench.registry
    found = measurings(session.plan.scorings, [registry.measure(name)], registry, session.bench.data)
    return {(one.rows.task, one.rows.language): one.stage for one in found}


def test_a_measure_is_of_the_rows_that_it_names(session: Session) -> None:
    # Both targets have no intermediate phase; only English has development rows.
    assert measured(session, "loss").keys() == {("pawsx", "en")}
    assert measured(session, "anisotropy").keys() == {
        *(("pawsx", language) for language in ("en", "de", "fr")),
        *(("tatoeba", language) for language in ("de", "sw")),
    }


def test_a_measure_of_another_version_is_computed_anew(session: Session) -> None:
    stage = measured(session, "loss")["pawsx", "en"]
    path = stage.obtain(session.bench)
    value = stage.read(session.bench)
    loss = next(iter(stage.parents().values()))
    total, targets = harness.read_loss(loss.obtain(session.bench))
    assert value.value == pytest.approx(total / targets)
    assert value.n == targets
    newer = dataclasses.replace(stage, measure=dataclasses.replace(stage.measure, version=2))
    assert newer.digest_in(session.bench) != stage.digest_in(session.bench)
    assert stage.obtain(session.bench) == path
    manifest = json.loads((path / "manifest.json").read_text())
    assert manifest["parents"] == {"loss": {"folder": "loss", "digest": loss.digest}}


@pytest.mark.parametrize(
    ("states", "expected"),
    [([[1, 0], [1, 0], [2, 0]], 1.0), ([[1, 0], [-1, 0]], -1.0), ([[1, 0], [0, 1]], 0.0), ([[1, 0], [1, 1]], 0.5**0.5)],
)
def test_anisotropy_is_the_mean_cosine_of_pairs(tmp_path: Path, states: list[list[float]], expected: float) -> None:
    np.save(tmp_path / "states.npy", np.asarray(states, np.float32))
    found = default_measure("anisotropy").compute({"embeddings": tmp_path})
    assert found.value == pytest.approx(expected, abs=1e-6)


def test_anisotropy_of_one_sentence_is_none(tmp_path: Path) -> None:
    np.save(tmp_path / "states.npy", np.ones((1, 4), np.float32))
    assert np.isnan(default_measure("anisotropy").compute({"embeddings": tmp_path}).value)


def default_measure(name: str) -> harness.Measure:
    from harness.registry import default_registry

    return default_registry().measure(name)


def with_measures(session: Session, *measures: harness.Measure) -> Session:
    bench = session.bench
    found = measurings(session.plan.scorings, measures, bench.registry, bench.data)
    return dataclasses.replace(session, plan=dataclasses.replace(session.plan, measurings=found))


def test_a_measure_that_fails_is_recorded_and_stops_nothing(bench: Bench, session: Session) -> None:
    def fails(results: Mapping[str, Path]) -> harness.Measured:
        raise RuntimeError("no number today")

    def infinite(results: Mapping[str, Path]) -> harness.Measured:
        return harness.Measured(float("inf"))

    good = default_measure("anisotropy")
    bad = [
        dataclasses.replace(good, name=name, compute=compute)
        for name, compute in (("broken", fails), ("infinite", infinite))
    ]
    outcome = with_measures(session, good, *bad).execute()
    assert (outcome.scores, outcome.measured, len(outcome.failures)) == (5, 5, 10)
    rows = bench.results(outcome, "measure")
    by_name = {name: {row["status"] for row in rows if row["measure"] == name} for name in ("anisotropy", "broken")}
    assert by_name == {"anisotropy": {"ok"}, "broken": {"failed"}}
    assert {row["error"] for row in rows if row["measure"] == "broken"} == {"RuntimeError: no number today"}
    assert all("measure-not-finite" in row["error"] for row in rows if row["measure"] == "infinite")


def test_what_a_measure_was_made_from_is_kept(bench: Bench, session: Session) -> None:
    with_measures(session, default_measure("anisotropy")).execute()
    housekeeping.prune(bench.runs, unused=True, broken=False, work=False, delete=True)
    kinds = [entry.kind for entry in housekeeping.entries(bench.runs)]
    assert (kinds.count("measure"), kinds.count("embed")) == (5, 5)


def test_a_measure_of_nothing_is_refused(bench: Bench) -> None:
    session = bench.session(intermediate=(), target=("tatoeba",))
    with raises_code("measure-of-nothing", "loss"):
        measured(session, "loss")
