"""Embeddings, losses and measures: numbers about checkpoints that are stages like any other."""

from __future__ import annotations

import dataclasses
import json
import shutil
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
import torch

import harness
from harness.evaluation import predictions
from harness.kinds.features import IGNORED, Features
from harness.modeling.checkpoints import load_encoder
from harness.planning import housekeeping
from harness.planning.measurings import measurings
from harness.planning.stages.embedding import Embed
from harness.planning.stages.encoding import Encode, encoded
from harness.planning.stages.measuring import Loss, Measurement
from harness.planning.stages.predicting import Predict, Tuning
from harness.plugins import Plugin
from harness.training import predict
from tests.raising import raises_code

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from harness.planning.plan import Cell
    from harness.planning.session import Session
    from harness.planning.store import Building
    from harness.planning.workbench import Workbench
    from tests.planning.conftest import Bench


@pytest.fixture
def session(bench: Bench) -> Session:
    return bench.session(intermediate=(), target=("pawsx", "tatoeba"))


def cell_of(session: Session, task: str) -> Cell:
    return next(cell for cell in session.plan.cells if cell.task == task)


def hidden(session: Session, cell: Cell, layer: int) -> tuple[Features, list[np.ndarray[Any, Any]]]:
    """States of each sequence by itself, as transformers computes them."""
    stage = cell.stage
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
    cell = cell_of(session, "tatoeba")
    _, states = hidden(session, cell, layer)
    wanted = {
        "mean": np.stack([one.mean(0) for one in states]),
        "cls": np.stack([one[0] for one in states]),
        "tokens": np.concatenate(states),
    }
    for pooling, expected in wanted.items():
        stage = Embed(checkpoint=cell.stage.checkpoint, rows=cell.stage.rows, layer=layer, pooling=pooling)
        found = stage.obtain(session.bench)
        np.testing.assert_allclose(np.load(found / "states.npy"), expected, atol=1e-5)
        sizes = [len(one) for one in states] if pooling == "tokens" else [1] * len(states)
        assert np.diff(np.load(found / "offsets.npy")).tolist() == sizes
        assert np.load(found / "rows.npy").tolist() == list(range(len(states)))


def test_embeddings_of_other_layers_and_poolings_are_other_stages(session: Session) -> None:
    cell = cell_of(session, "tatoeba")
    base = Embed(checkpoint=cell.stage.checkpoint, rows=cell.stage.rows, layer=1)
    others = [dataclasses.replace(base, layer=0), dataclasses.replace(base, pooling="cls")]
    assert len({stage.digest for stage in (base, *others)}) == 3
    with raises_code("layer-beyond-model", "2"):
        dataclasses.replace(base, layer=2)
    with raises_code("unknown-pooling", "max"):
        dataclasses.replace(base, pooling="max")


def test_the_loss_is_that_of_the_gold_answers(session: Session) -> None:
    cell = cell_of(session, "pawsx")
    data = session.bench.data
    task = session.bench.registry.task("pawsx")
    rows = data.rows(task, data.split("pawsx", "validation", "en"), cell.stage.rows.hyper)
    checkpoint = cell.stage.checkpoint
    total, targets = harness.read_loss(Loss(checkpoint, rows).obtain(session.bench))
    assert targets == len(data.of(rows).rows) == 8
    predicted = predictions.read(Predict(checkpoint=checkpoint, rows=rows, precision="fp32").obtain(session.bench))
    gold = [row["log_probs"][rows.labels.index(row["gold"])] for row in predicted]
    assert total == pytest.approx(-sum(gold), rel=1e-5)


def test_the_loss_does_not_depend_on_how_rows_are_cut(session: Session) -> None:
    cell = cell_of(session, "pawsx")
    whole, cut = (
        dataclasses.replace(cell.stage.rows, hyper=dataclasses.replace(cell.stage.rows.hyper, token_budget=budget))
        for budget in (4096, 16)
    )
    checkpoint = cell.stage.checkpoint
    one = harness.read_loss(Loss(checkpoint, whole).obtain(session.bench))
    shutil.rmtree(session.bench.store.root / "loss")
    other = harness.read_loss(Loss(checkpoint, cut).obtain(session.bench))
    assert other[0] == pytest.approx(one[0], rel=1e-5)
    assert other[1] == one[1]


def test_labels_that_were_not_trained_on_are_no_targets(session: Session) -> None:
    cell = cell_of(session, "pawsx")
    stage = cell.stage
    features = encoded(stage.rows, stage.checkpoint).load(session.bench)
    labels = np.array(features.unit_columns["label"])
    labels[:3] = IGNORED
    features = dataclasses.replace(features, unit_columns={"label": labels}, directory=None)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Encode, "load", lambda *_: features)
        total, targets = harness.read_loss(Loss(stage.checkpoint, stage.rows).obtain(session.bench))
    assert targets == len(labels) - 3
    assert total > 0


def test_without_targets_there_is_no_loss(tmp_path: Path) -> None:
    (tmp_path / "loss.json").write_text('{"total": 0.0, "targets": 0}', encoding="utf-8")
    with raises_code("measure-undefined", "n = 0"):
        default_measure("loss").compute({"loss": tmp_path})


def test_what_decides_a_stage_decides_its_digest(session: Session) -> None:
    scored = cell_of(session, "pawsx").stage
    origin = scored.checkpoint.origin
    german = dataclasses.replace(scored.rows, digest="0" * 16)
    first = dataclasses.replace(scored.rows, hyper=dataclasses.replace(scored.rows.hyper, pooling="cls"))
    layered = dataclasses.replace(first, decode_with=("pooling",))
    embed = Embed(checkpoint=scored.checkpoint, rows=scored.rows, layer=1)
    stages = [
        embed,
        dataclasses.replace(embed, checkpoint=origin),
        dataclasses.replace(embed, rows=german),
        Loss(scored.checkpoint, scored.rows),
        Loss(origin, scored.rows),
        Loss(scored.checkpoint, german),
        Loss(scored.checkpoint, layered),
        *(
            dataclasses.replace(scored, tuning=Tuning(rows, metric, version))
            for rows, metric, version in (
                (scored.rows, "mining_f1", 1),
                (german, "mining_f1", 1),
                (scored.rows, "mining_f1", 2),
                (scored.rows, "mining_f1", 3),
                (scored.rows, "other_f1", 2),
            )
        ),
    ]
    assert len({stage.digest for stage in stages}) == len(stages)


def test_stages_name_all_that_they_are_built_from(session: Session) -> None:
    scored = cell_of(session, "pawsx").stage
    tuned = dataclasses.replace(scored, tuning=Tuning(cell_of(session, "tatoeba").stage.rows, "mining_f1", 1))
    rows = encoded(scored.rows, scored.checkpoint)
    assert set(Loss(scored.checkpoint, scored.rows).parents().values()) == {
        scored.checkpoint,
        scored.checkpoint.origin,
        rows,
    }
    keys = {parent.key for parent in tuned.parents().values()}
    assert keys >= {rows.key, encoded(cell_of(session, "tatoeba").stage.rows, scored.checkpoint).key}


def test_tokens_of_several_sequences_stay_with_their_unit(bench: Bench) -> None:
    data = {"data": "mini", "limit": 6, "languages": ("en",), "set": {"target.steps": 1}}
    session = bench.session(intermediate=(), target=("xcopa",), **data)
    stage = cell_of(session, "xcopa").stage
    features = encoded(stage.rows, stage.checkpoint).load(session.bench)
    found = Embed(checkpoint=stage.checkpoint, rows=stage.rows, layer=1, pooling="tokens").obtain(session.bench)
    # A unit has a sequence per choice.
    assert np.diff(features.units).tolist() == [2] * 6
    ends = features.offsets[features.units]
    assert np.load(found / "offsets.npy").tolist() == ends.tolist()
    sequences = Embed(checkpoint=stage.checkpoint, rows=stage.rows, layer=1, pooling="cls").obtain(session.bench)
    first = np.load(found / "states.npy")[features.offsets[:-1]]
    np.testing.assert_allclose(np.load(sequences / "states.npy"), first, atol=1e-5)


def test_texts_for_masking_are_embedded_as_they_are(bench: Bench) -> None:
    data = {"data": "mini", "limit": 6, "languages": ("en",)}
    session = bench.session(intermediate=("mlm",), target=("pawsx",), baseline=False, **data)
    mlm = next(rows for phase in session.plan.phases for rows in phase.tasks if rows.task == "mlm")
    model = session.plan.model
    features = encoded(mlm, model).load(session.bench)
    assert features.masking is not None
    encoder, _ = load_encoder(model.obtain(session.bench))
    encoder.train(False)
    with torch.no_grad():
        ids = torch.tensor(features.ids[: features.offsets[1]].astype(np.int64))[None]
        first = encoder(input_ids=ids, output_hidden_states=True).hidden_states[1][0].mean(0).numpy()
    found = Embed(checkpoint=model, rows=mlm, layer=1).obtain(session.bench)
    np.testing.assert_allclose(np.load(found / "states.npy")[0], first, atol=1e-5)


def test_several_tasks_of_one_checkpoint_are_embedded(bench: Bench) -> None:
    data = {"data": "mini", "limit": 12, "languages": ("en", "qaa")}
    session = bench.session(intermediate=(), target=("tatoeba", "bucc2018", "lareqa"), **data)
    outcome = with_measures(session, default_measure("anisotropy")).execute()
    assert outcome.failures == []
    assert {row["task"] for row in bench.results(outcome, "measure")} == {"tatoeba", "bucc2018", "lareqa"}


def measured(session: Session, name: str) -> dict[tuple[str, str], Measurement]:
    registry = session.bench.registry
    found = measurings(session.plan.cells, [registry.measure(name)], registry, session.bench.data)
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


def default_measure(name: str) -> harness.Measure:
    from harness.registry import default_registry

    return default_registry().measure(name)


def with_measures(session: Session, *measures: harness.Measure) -> Session:
    bench = session.bench
    found = measurings(session.plan.cells, measures, bench.registry, bench.data)
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


def test_a_checkpoint_that_fails_fails_its_measures(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    def fails(*_: object) -> None:
        raise RuntimeError("no model today")

    monkeypatch.setattr("harness.modeling.scratch.build", fails)
    session = bench.session(intermediate=(), target=("tatoeba",), limit=4)
    outcome = with_measures(session, default_measure("anisotropy")).execute()
    (error,) = {row["error"] for row in bench.results(outcome, "measure")}
    assert error == "RuntimeError: no model today"
    assert {row["limited"] for row in bench.results(outcome, "measure")} == {True}


@pytest.mark.parametrize("returned", [0.5, True, harness.Measured(True, 3), harness.Measured(0.5, -3)])
def test_what_is_no_measure_is_not_stored(bench: Bench, session: Session, returned: Any) -> None:
    measure = dataclasses.replace(default_measure("anisotropy"), name="odd", compute=lambda results: returned)
    outcome = with_measures(session, measure, default_measure("loss")).execute()
    rows = bench.results(outcome, "measure")
    assert {row["status"] for row in rows if row["measure"] == "odd"} == {"failed"}
    assert {row["status"] for row in rows if row["measure"] == "loss"} == {"ok"}
    assert all("not-a-measure" in row["error"] for row in rows if row["measure"] == "odd")
    assert [entry for entry in housekeeping.entries(bench.runs) if entry.state != housekeeping.FINISHED] == []


def test_a_stage_that_writes_nothing_is_refused_and_not_stored(
    bench: Bench, session: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    def forgets(self: Embed, bench: Workbench, out: Building) -> None:
        out.facts["truncated"] = 0

    monkeypatch.setattr(Embed, "build", forgets)
    measure = dataclasses.replace(default_measure("anisotropy"), compute=lambda results: harness.Measured(1.0))
    outcome = with_measures(session, measure).execute()
    rows = bench.results(outcome, "measure")
    assert len(rows) == 5
    assert {row["status"] for row in rows} == {"failed"}
    assert all("stage-without-result" in row["error"] and "the stage embed" in row["error"] for row in rows)
    assert not any((bench.store.root / "embed").glob("*/manifest.json"))
    assert [entry for entry in housekeeping.entries(bench.runs) if entry.state != housekeeping.FINISHED] == []


def test_numbers_of_numpy_are_numbers(bench: Bench, session: Session) -> None:
    measure = dataclasses.replace(
        default_measure("anisotropy"),
        name="narrow",
        compute=lambda results: harness.Measured(np.float32(0.5), np.int64(3)),  # type: ignore[arg-type]
    )
    outcome = with_measures(session, measure).execute()
    assert {(row["value"], row["n"]) for row in bench.results(outcome, "measure")} == {(0.5, 3)}


def test_a_plugin_s_mistake_is_told_under_its_name(session: Session) -> None:
    def forgets(checkpoint: harness.Checkpoint, rows: harness.Rows) -> dict[str, harness.Stage]:
        raise KeyError("layer")

    class Unknown(Embed):
        """A class that nobody has registered."""

    class Tuple(Embed):
        """A class whose parents have no names."""

        def parents(self) -> Any:
            return (self.checkpoint,)

    good = default_measure("anisotropy")
    theirs = Plugin(name="p", distribution="their-package", version="1", entry_point="their_entry", built_in=False)
    session.bench.registry.owners["measure", "anisotropy"], ours = (
        theirs,
        session.bench.registry.owners["measure", "anisotropy"],
    )
    try:
        for of in (forgets, lambda checkpoint, rows: {"x": Tuple(checkpoint=checkpoint, rows=rows, layer=1)}, None):
            with raises_code("plugin-fails", "their_entry"):
                with_measures(session, dataclasses.replace(good, of=of))
    finally:
        session.bench.registry.owners["measure", "anisotropy"] = ours
    with raises_code("stage-unregistered", "Unknown"):
        with_measures(
            session,
            dataclasses.replace(
                good, of=lambda checkpoint, rows: {"x": Unknown(checkpoint=checkpoint, rows=rows, layer=1)}
            ),
        )


def test_a_model_is_loaded_once_per_measure_and_its_rows_are_encoded_before(
    session: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    loads, real = [], predict.load_predictor

    def load(*arguments: Any) -> Any:
        loads.append(arguments)
        return real(*arguments)

    def build(self: Encode, workbench: Workbench, out: Building) -> None:
        assert workbench._predictor is None
        encode(self, workbench, out)

    encode = Encode.build
    monkeypatch.setattr(predict, "load_predictor", load)
    monkeypatch.setattr(Encode, "build", build)
    outcome = with_measures(session, default_measure("anisotropy"), default_measure("loss")).execute()
    assert outcome.failures == []
    # The head that predicts is the one whose loss is measured, so only pawsx has more than two of them in turn.
    assert len(loads) == 3 + 2


def test_what_a_measure_was_made_from_is_kept(bench: Bench, session: Session) -> None:
    with_measures(session, default_measure("anisotropy")).execute()
    housekeeping.prune(bench.runs, unused=True, broken=False, work=False, delete=True)
    kinds = [entry.kind for entry in housekeeping.entries(bench.runs)]
    assert (kinds.count("measure"), kinds.count("embed")) == (5, 5)


def test_a_measure_of_nothing_is_refused(bench: Bench) -> None:
    session = bench.session(intermediate=(), target=("tatoeba",))
    with raises_code("measure-of-nothing", "loss"):
        measured(session, "loss")


def test_a_measure_of_many_stages_names_the_first_few(session: Session) -> None:
    """The measure of a target and all tasks that are compared is made from a score of stages."""
    (measure,) = (one for one in session.bench.registry.measures.values() if one.name == "anisotropy")
    rows = tuple(
        (f"rows {number}", Encode(cell_of(session, "pawsx").stage.rows, session.plan.model)) for number in range(5)
    )
    told = rows[0][1].describe()
    assert Measurement(measure, rows[:2]).describe() == f"anisotropy of {told}; {told}"
    assert Measurement(measure, rows).describe() == f"anisotropy of {told}; {told}; {told} and 2 more"
