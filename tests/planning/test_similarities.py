"""Which tasks are compared, on which models, and the stages that this takes."""

from __future__ import annotations

import dataclasses
import shutil
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
import torch

import harness
from harness.measures import Measure, Measured, check_measure
from harness.modeling.heads.base import build_head
from harness.planning.heads import head_config
from harness.planning.stages.counting import TokenCounts
from harness.planning.stages.embedding import Embed
from harness.planning.stages.encoding import encoded
from harness.planning.stages.fisher import Fisher
from harness.training.batching import collate
from harness.training.fisher import fit_head, information
from harness.training.predict import load_predictor
from tests.raising import raises_code

if TYPE_CHECKING:
    from harness.planning.session import Session
    from harness.planning.stages.rows import Rows
    from harness.registry import Registry
    from tests.planning.conftest import Bench

ASKED: dict[str, Any] = {"intermediate": ("mnli", "qqp"), "target": ("pawsx", "tatoeba"), "seeds": (1, 2)}
BETWEEN = ("text-embedding", "sentence-embedding", "mmd", "vocabulary-divergence")


def coordinates(session: Session) -> list[tuple[Any, ...]]:
    found = [one.at for one in session.plan.measurings]
    return sorted((at["task"], at["language"], at["other_task"]) for at in found)


def test_each_intermediate_task_is_compared_once_with_each_target_and_language(bench: Bench) -> None:
    session = bench.session(**ASKED, measures=["mmd"])
    targets = [("pawsx", "de"), ("pawsx", "en"), ("pawsx", "fr"), ("tatoeba", "de"), ("tatoeba", "sw")]
    assert coordinates(session) == sorted((*target, other) for target in targets for other in ("mnli", "qqp"))
    assert {(one.at["arm"], one.at["seed"]) for one in session.plan.measurings} == {("none", 1)}
    assert {one.checkpoint for one in session.plan.measurings} == {session.plan.model}
    # The rows of the intermediate tasks are those that are trained on.
    trained = {rows for phase in session.plan.phases for rows in phase.tasks if rows.task == "mnli"}
    read = {stage.rows for stage in session.plan.stages if isinstance(stage, Embed) and stage.rows.task == "mnli"}
    assert read == trained


def test_only_tasks_of_its_kinds_are_compared(bench: Bench) -> None:
    session = bench.session(
        intermediate=("mnli", "squad", "ccg"), target=("pawsx", "tatoeba"), measures=["task-embedding"]
    )
    assert {one.at["task"] for one in session.plan.measurings} == {"pawsx"}
    assert {one.other_task for one in session.plan.measurings} == {"mnli", "squad", "ccg"}


def test_models_that_differ_are_compared_on_apart(bench: Bench) -> None:
    arms = {"small": "mnli", "large": {"arm": "qqp", "set": {"model.hidden_size": 32}}}
    session = bench.session(intermediate=(), target=("pawsx",), arms=arms, languages=("en",), measures=["mmd"])
    assert [(one.at["arm"], one.other_task) for one in session.plan.measurings] == [("none", "mnli"), ("large", "qqp")]


def test_a_run_without_intermediate_tasks_has_nothing_to_compare(bench: Bench) -> None:
    with raises_code("measure-of-nothing", "mmd", "intermediate"):
        bench.session(intermediate=(), target=("pawsx",), measures=["mmd"])
    with raises_code("measure-of-nothing", "mmd", "intermediate"):
        bench.session(intermediate=("target-english",), target=("pawsx",), measures=["mmd"])


def test_what_two_tasks_have_in_common_is_recorded(bench: Bench) -> None:
    session = bench.session(**ASKED, measures=[*BETWEEN, "task-embedding", "anisotropy"])
    outcome = session.execute()
    assert outcome.failures == []
    rows = bench.results(outcome, "measure")
    pairs = [row for row in rows if "other_task" in row]
    assert {row["measure"] for row in pairs} == {*BETWEEN, "task-embedding"}
    assert len(pairs) == 4 * 10 + 6
    assert {row["model"] for row in pairs} == {session.plan.model.digest}
    assert all("other_task" not in row for row in rows if row["measure"] == "anisotropy")
    again = bench.session(**ASKED, measures=[*BETWEEN, "task-embedding", "anisotropy"]).execute()
    assert bench.results(again, "measure") == rows


def test_a_comparison_that_fails_stops_nothing(bench: Bench) -> None:
    # Of three sides only one is needed to centre: with one intermediate task and one target there are two.
    session = bench.session(intermediate=("mnli",), target=("pawsx",), measures=["sentence-embedding", "mmd"])
    outcome = session.execute()
    rows = bench.results(outcome, "measure")
    status = {row["measure"]: row["status"] for row in rows}
    assert status == {"sentence-embedding": "failed", "mmd": "ok"}
    assert {failure.what for failure in outcome.failures} == {
        f"sentence-embedding of pawsx in {language} and mnli at the start" for language in ("en", "de", "fr")
    }


def test_a_measure_is_of_a_checkpoint_or_of_two_tasks(registry: Registry) -> None:
    def stages(*_: Any) -> dict[str, Any]:
        return {}

    def compute(_: Any) -> Measured:
        return Measured(1.0)

    neither = Measure(name="x", unit="", description="", compute=compute)
    for wrong in (neither, dataclasses.replace(neither, of=stages, between=stages)):
        with raises_code("measure-of-what", "between"):
            check_measure(wrong, {}, registry)
    for right in (dataclasses.replace(neither, of=stages), dataclasses.replace(neither, between=stages)):
        check_measure(right, {}, registry)


@pytest.fixture
def session(bench: Bench) -> Session:
    return bench.session(intermediate=("squad",), target=("pawsx",), languages=("en",))


def rows_of(session: Session, task: str) -> Rows:
    return next(rows for phase in session.plan.phases for rows in phase.tasks if rows.task == task)


def test_a_sample_is_of_the_same_embeddings(session: Session) -> None:
    model, rows = session.plan.model, rows_of(session, "squad")
    whole = Embed(checkpoint=model, rows=rows, layer=1)
    few, more = (dataclasses.replace(whole, sample=sample) for sample in (3, 1_000))
    assert len({stage.digest for stage in (whole, few, more)}) == 3
    found = {stage: stage.obtain(session.bench) for stage in (whole, few, more)}
    states, units = np.load(found[whole] / "states.npy"), len(np.load(found[whole] / "rows.npy"))
    assert units > 3
    drawn = np.sort(np.random.default_rng(0).choice(units, 3, replace=False))
    np.testing.assert_allclose(np.load(found[few] / "states.npy"), states[drawn], atol=1e-5)
    assert np.load(found[few] / "rows.npy").tolist() == np.load(found[whole] / "rows.npy")[drawn].tolist()
    np.testing.assert_array_equal(np.load(found[more] / "states.npy"), states)


def test_units_of_several_sequences_are_drawn_whole(bench: Bench) -> None:
    session = bench.session(data="mini", intermediate=(), target=("xcopa",), limit=5, languages=("en",))
    stage = session.plan.cells[0].stage
    features = encoded(stage.rows, stage.checkpoint).load(session.bench)
    some = features.some(np.array([3, 0]))
    device = torch.device("cpu")
    for number, unit in enumerate((3, 0)):
        one, other = (collate(f, np.array([u]), 0, device) for f, u in ((some, number), (features, unit)))
        assert one.keys() == other.keys()
        assert all(torch.equal(one[name], other[name]) for name in one)
    assert some.rows.tolist() == [features.rows[3], features.rows[0]]
    assert (len(some), len(features.drawn(2)), features.drawn(0), features.drawn(9)) == (2, 2, features, features)


def test_tokens_are_counted_without_special_ones(session: Session) -> None:
    stage = session.plan.cells[0].stage
    model = stage.checkpoint.origin
    counts = np.load(TokenCounts(stage.rows, model).obtain(session.bench) / "counts.npy")
    encoder = session.bench.text_encoder(model.obtain(session.bench))
    texts = [text for row in session.bench.data.of(stage.rows).rows for text in (row.text, row.text_pair)]  # type: ignore[attr-defined]
    expected = np.zeros(len(counts), np.int64)
    for text in texts:
        for token in encoder._tokenizer.encode(text, add_special_tokens=False).ids:
            expected[token] += token not in encoder.special_ids
    assert counts.tolist() == expected.tolist()
    assert counts.sum() > 0


@pytest.mark.parametrize("task", ["pawsx", "squad"])
def test_fisher_information_is_the_mean_square_of_slopes(session: Session, task: str) -> None:
    bench, model, rows = session.bench, session.plan.model, rows_of(session, task)
    features = encoded(rows, model).load(bench).drawn(5)
    directory = model.obtain(bench)
    config = head_config(bench, rows, directory, 0.0)
    torch.manual_seed(1)
    loaded = load_predictor(directory, lambda: build_head(config), "fp32")
    network = loaded.model
    with torch.no_grad():
        # Fresh heads are so small that slopes are lost in rounding.
        for parameter in network.head(config.task).parameters():
            parameter.mul_(20)
    found = information(network, config.task, features, loaded.device)
    assert found.offsets[-1] == len(found.values)

    def loss(unit: int) -> float:
        batch = collate(features, np.array([unit]), network.encoder.config.pad_token_id or 0, loaded.device)
        with torch.no_grad():
            return float(network(config.task, batch)) / int(features.weights[unit])

    def square(weights: torch.Tensor, place: tuple[int, ...], unit: int) -> float:
        """The squared slope of a unit's loss along one weight, from two losses."""
        step = 1e-2
        with torch.no_grad():
            weights[place] += step
            above = loss(unit)
            weights[place] -= 2 * step
            below = loss(unit)
            weights[place] += step
        return ((above - below) / 2 / step) ** 2

    layer = found.values[found.offsets[1] : found.offsets[2]]
    named = [(name, one) for name, one in network.encoder.named_parameters() if ".0." in name]
    assert len(layer) == sum(len(one) for _, one in named)
    wide = next(number for number, (name, _) in enumerate(named) if name.endswith("attention.output.dense.weight"))
    start, weights = sum(len(one) for _, one in named[:wide]), named[wide][1]
    for place in (0, 3):
        squares = [square(weights, (place, into), unit) for into in range(weights.shape[1]) for unit in range(5)]
        assert layer[start + place] == pytest.approx(np.mean(squares), rel=0.02)


def test_a_head_is_fitted_on_an_encoder_that_stays(session: Session) -> None:
    bench, model, rows = session.bench, session.plan.model, rows_of(session, "pawsx")
    features = encoded(rows, model).load(bench)
    config = head_config(bench, rows, model.obtain(bench), 0.0)
    torch.manual_seed(1)
    loaded = load_predictor(model.obtain(bench), lambda: build_head(config), "fp32")
    before = {name: value.clone() for name, value in loaded.model.encoder.state_dict().items()}
    start = loaded.loss(config.task, features, 4096)
    fit_head(loaded.model, config.task, features, loaded.device)
    assert loaded.loss(config.task, features, 4096) < start
    assert all(torch.equal(value, before[name]) for name, value in loaded.model.encoder.state_dict().items())
    assert all(one.requires_grad for one in loaded.model.encoder.parameters())


def test_fisher_information_repeats_and_what_has_no_loss_is_refused(session: Session, bench: Bench) -> None:
    rows = rows_of(session, "pawsx")
    stage = Fisher(checkpoint=session.plan.model, rows=rows, sample=4)
    torch.manual_seed(5)
    first = np.load(stage.obtain(session.bench) / "information.npy")
    shutil.rmtree(stage.obtain(session.bench))
    torch.manual_seed(6)
    np.testing.assert_array_equal(np.load(stage.obtain(session.bench) / "information.npy"), first)
    assert first.any()
    assert dataclasses.replace(stage, sample=5).digest != stage.digest
    other = bench.session(intermediate=(), target=("tatoeba",))
    untrained = other.plan.cells[0].stage
    with raises_code("no-loss", "tatoeba"):
        Fisher(checkpoint=untrained.checkpoint, rows=untrained.rows, sample=4).obtain(other.bench)


def test_harness_exports_what_measures_between_tasks_need() -> None:
    assert (harness.Fisher, harness.TokenCounts, harness.TaskPair.__name__) == (Fisher, TokenCounts, "TaskPair")
