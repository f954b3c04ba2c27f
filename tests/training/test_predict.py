from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest
import torch

from harness.kinds.features import FeatureBuilder, Features
from harness.modeling.checkpoints import load_encoder
from harness.modeling.heads.base import Batch, HeadConfig, build_head
from harness.modeling.heads.fill_mask import FillMaskHead
from harness.modeling.model import TaskModel
from harness.modeling.scratch import build
from harness.rows import ClassificationRow
from harness.training.failures import refuse_not_finite
from harness.training.predict import Predictor, outputs
from tests.raising import raises_code

if TYPE_CHECKING:
    from pathlib import Path

HEADS = {
    "text_classification": "TextClassificationHead",
    "multiple_choice": "MultipleChoiceHead",
    "token_classification": "TokenClassificationHead",
    "question_answering": "QuestionAnsweringHead",
    "sentence_similarity": "SentenceEmbedding",
    "text_retrieval": "DualEncoderHead",
}


@pytest.fixture(scope="module")
def directory(tmp_path_factory: pytest.TempPathFactory) -> Path:
    directory = tmp_path_factory.mktemp("model")
    shape = {"hidden_size": 32, "layers": 2, "heads": 2, "feed_forward": 48, "positions": 66, "vocabulary": 300}
    build(directory, ["a b c"], {**shape, "dropout": 0.3})
    return directory


def features_of(name: str) -> Features:
    generator = np.random.default_rng(2)
    builder = FeatureBuilder()
    for row in range(20):
        for _ in range(generator.integers(2, 5) if name == "multiple_choice" else 1):
            ids = [0, *generator.integers(5, 250, generator.integers(2, 40)).tolist(), 2]
            words = [-1, *range(len(ids) - 2), -1]
            builder.sequence(ids, word=words)
        builder.end_unit(row)
    return builder.build()


def predictor(directory: Path, name: str, precision: str = "fp32") -> Predictor:
    head = f"harness.modeling.heads.{name}:{HEADS[name]}"
    config = HeadConfig(task="t", head=head, labels=("a", "b", "c"), dropout=0.3, hidden_size=32, layers=2)
    torch.manual_seed(1)
    return Predictor(TaskModel(load_encoder(directory)[0], {"t": build_head(config)}), precision)


@pytest.mark.parametrize("name", HEADS)
def test_outputs_are_in_the_order_of_the_units_and_independent_of_the_batches(name: str, directory: Path) -> None:
    made, features = predictor(directory, name), features_of(name)
    head = made.model.head("t")
    one_by_one, together, few = (
        outputs(made.scores, head, features, pad_id=1, budget=budget, device=made.device) for budget in (1, 10**6, 150)
    )
    assert len(one_by_one) == len(features)
    for unit, wanted in enumerate(one_by_one):
        assert together[unit] == pytest.approx(wanted, abs=1e-5)
        assert few[unit] == pytest.approx(wanted, abs=1e-5)
    lengths = features.lengths.tolist()
    shapes = {
        "text_classification": [(3,)] * 20,
        "multiple_choice": [(size,) for size in np.diff(features.units).tolist()],
        "token_classification": [(length - 2,) for length in lengths],
        "question_answering": [(2, length) for length in lengths],
        "sentence_similarity": [(32,)] * 20,
        "text_retrieval": [(1, 32)] * 20,
    }
    assert [output.shape for output in one_by_one] == shapes[name]
    if name != "token_classification":
        assert len({output.tobytes() for output in one_by_one}) == 20


def test_batches_go_from_the_longest_to_the_shortest_with_little_padding(directory: Path) -> None:
    builder = FeatureBuilder()
    for row, length in enumerate([5] * 60 + [40] * 60 + [6] * 60):
        builder.sequence([5] * length)
        builder.end_unit(row)
    made, shapes = predictor(directory, "text_classification"), list[tuple[int, int]]()

    def scores(task: str, batch: Batch) -> torch.Tensor:
        shapes.append(tuple(batch["input_ids"].shape))  # type: ignore[arg-type]
        return made.scores(task, batch)

    head = made.model.head("t")
    outputs(scores, head, builder.build(), pad_id=1, budget=1000, device=made.device)
    widths = [width for _, width in shapes]
    assert widths == sorted(widths, reverse=True)
    assert max(rows * width for rows, width in shapes) <= 1000
    # The short rows are not padded to 40 tokens, which fills batches, but may be to 6, which saves one.
    assert sum(rows for rows, width in shapes if width == 40) == 60


def test_bfloat16_is_near_float32(directory: Path) -> None:
    features = features_of("text_classification")
    found = []
    for precision in ("fp32", "bf16"):
        made = predictor(directory, "text_classification", precision)
        computed = outputs(made.scores, made.model.head("t"), features, pad_id=1, budget=500, device=made.device)
        found.append(np.stack(computed))
    assert found[1] == pytest.approx(found[0], abs=0.02)
    assert (found[1] != found[0]).any()
    assert found[1].dtype == np.float32


BAD = 77
"""A token whose embedding is not a number."""


@pytest.mark.parametrize("name", HEADS)
def test_units_with_a_token_that_is_no_number_have_outputs_that_are_none(name: str, directory: Path) -> None:
    made, features = predictor(directory, name), features_of(name)
    with torch.no_grad():
        made.model.encoder.get_parameter("embeddings.word_embeddings.weight")[BAD] = torch.nan
    found = made.outputs("t", features, 64)
    units = np.split(features.ids, features.offsets[features.units[1:-1]])
    wanted = [BAD in ids for ids in units]
    assert 0 < sum(wanted) < 20
    assert [not np.isfinite(values).all() for values in found] == wanted
    rows = [ClassificationRow(text=f"text {i}", label=None) for i in range(20)]
    first = wanted.index(True)
    with raises_code("not-finite", f"{sum(wanted)} of 20 rows of task test in sw", f"k{first}"):
        refuse_not_finite(found, features, rows, [f"k{i}" for i in range(20)], about="task test in sw")


@pytest.mark.parametrize("value", [torch.nan, torch.inf])
def test_scores_that_are_no_numbers_are_not_hidden_by_a_head(directory: Path, value: float) -> None:
    """As by one that says which is the highest: the highest of what is not a number is the first."""
    made, features = predictor(directory, "text_classification"), features_of("text_classification")
    head = made.model.head("t")

    def first(batch: Batch) -> list[np.ndarray]:
        return [np.zeros(1, np.float32) for _ in range(len(batch["input_ids"]))]

    head.outputs = lambda scores, batch: first(batch)  # type: ignore[method-assign]
    assert all(np.isfinite(values).all() for values in made.outputs("t", features, 10**6))
    with torch.no_grad():
        head.get_parameter("output.bias")[1] = value
    assert not any(np.isfinite(values).all() for values in made.outputs("t", features, 10**6))


def test_a_guess_among_scores_that_are_no_numbers_is_none() -> None:
    scores = torch.tensor([[1.0, 2.0, 3.0], [1.0, torch.nan, 3.0]])
    config = HeadConfig(task="t", head="", labels=(), dropout=0.0, hidden_size=8, layers=2, vocabulary=3)
    batch = {"target": torch.tensor([[0, 0]])}
    (found,) = FillMaskHead(config).outputs(scores, batch)
    assert np.isfinite(found).all(1).tolist() == [True, False]
