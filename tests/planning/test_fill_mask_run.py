"""Plain text in several languages mixed into an intermediate phase, and as a target of its own."""

from __future__ import annotations

import dataclasses
import json
import math
import shutil
from typing import TYPE_CHECKING, Any

import pytest
import torch
from safetensors.torch import load_file, save_file

from harness.evaluation import predictions
from harness.planning.session import plan_training
from harness.planning.stages.measuring import Loss, read_loss
from harness.planning.stages.models import Built
from tests.raising import raises_code

if TYPE_CHECKING:
    from pathlib import Path

    from harness.planning.execute import Outcome
    from harness.planning.plan import Cell
    from harness.planning.session import Session
    from tests.planning.conftest import Bench

TEXTS = {
    "en": ["the old cat sees a dog", "nobody hears the birds", "three green houses", "a small red bird sings"],
    "de": ["der alte Hund sieht", "niemand hört die Vögel", "drei grüne Häuser"],
    "sw": ["ndege watatu wanaimba", "mbwa mzee"],
}
MAP = """
[mlm.train]
file = "mlm/train-{language}.txt"
languages = ["en", "de", "sw"]
[mlm.validation]
file = "mlm/validation-{language}.txt"
languages = ["en", "sw"]
"""
BOTH: dict[str, Any] = {"intermediate": ("qqp", "mlm"), "target": ("pawsx", "mlm")}


@pytest.fixture
def texts(bench: Bench, tmp_path: Path) -> Bench:
    """The bench with texts for `mlm`."""
    data = tmp_path / "data"
    shutil.copytree(bench.map.parent, data)
    (data / "mlm").mkdir()
    for language, lines in TEXTS.items():
        (data / f"mlm/train-{language}.txt").write_text("\n".join(lines) + "\n", encoding="utf-8")
        (data / f"mlm/validation-{language}.txt").write_text("\n\n".join(lines[:2]), encoding="utf-8")
    with (data / "map.toml").open("a", encoding="utf-8") as file:
        file.write(MAP)
    return dataclasses.replace(bench, map=data / "map.toml", _data={})


def test_texts_of_all_languages_are_trained_on_and_no_target_phase_is(texts: Bench) -> None:
    plan = texts.plan(**BOTH)
    (phase,) = [phase for phase in plan.phases if phase.phase == "intermediate"]
    assert phase.names == ("qqp", "mlm")
    assert phase.tasks[1].language == "en+de+sw"
    assert {phase.names for phase in plan.phases if phase.phase == "target"} == {("pawsx",)}
    scored = [(s.arm.label, s.language, len(s.stage.checkpoint.phases)) for s in plan.cells if s.task == "mlm"]
    assert scored == [("none", "en", 0), ("none", "sw", 0), ("qqp + mlm", "en", 1), ("qqp + mlm", "sw", 1)]
    # A built model's tokenizer learns from them too.
    assert isinstance(plan.model, Built)
    assert [task for task, _ in plan.model.texts] == ["mlm", "pawsx", "qqp"]


def test_the_share_of_masked_tokens_decides_its_phase_alone(texts: Bench) -> None:
    plans = [texts.plan(**BOTH, set=changes) for changes in ({}, {"mask_probability": 0.3})]
    first, second = ({(p.phase, p.names, len(p.phases)): p.digest for p in plan.phases} for plan in plans)
    changed = {key for key in first if first[key] != second[key]}
    # The last is the target phase that starts from it.
    assert changed == {("intermediate", ("qqp", "mlm"), 1), ("target", ("pawsx",), 2)}


def test_a_run_scores_it_with_the_head_of_the_phase(texts: Bench) -> None:
    outcome = texts.run(**BOTH, set={"intermediate.steps": 6, "batch_size": 8, "weight": 1.0, "precision": "fp32"})
    # The model `scratch` has no head of its own, which the baseline would be scored with.
    assert [failure.what.split(" after ")[1] for failure in outcome.failures] == ["none, seed 1"] * 2
    assert all("no weights for a head of its own" in failure.error for failure in outcome.failures)
    scores = [score for score in texts.results(outcome) if score["task"] == "mlm" and score["status"] == "ok"]
    assert [(score["language"], score["n"], score["role"]) for score in scores] == [
        ("en", 2, "intermediate"),
        ("sw", 2, "intermediate"),
    ]
    assert all(0 <= score["value"] <= 100 for score in scores)


def run_on(bench: Bench, model: Path, **changes: Any) -> Outcome:
    """A run on a model that is not built, and so has no parameters."""
    settings = bench.settings(**changes)
    own = {name: value for name, value in settings.set.items() if not name.startswith("model.")}
    settings = dataclasses.replace(settings, model=str(model), set=own)
    return plan_training(settings, bench.registry, bench.runs).execute()


def test_a_pretrained_head_is_used_and_kept_apart(texts: Bench, tmp_path: Path) -> None:
    """In the baseline, and after a phase of another task, a target is scored with the head that the model brings."""
    made = texts.run(intermediate=(), target=("pawsx", "qqp"))
    assert not made.failures
    (built,) = (path.parent for path in (texts.runs / "store" / "model").glob("*/manifest.json"))
    model = tmp_path / "model"
    shutil.copytree(built, model)
    (model / "manifest.json").unlink()
    config = json.loads((model / "config.json").read_text())
    hidden, vocabulary = config["hidden_size"], config["vocab_size"]
    weights = load_file(model / "model.safetensors")
    head = {
        "dense.weight": torch.eye(hidden),
        "dense.bias": torch.zeros(hidden),
        "layer_norm.weight": torch.zeros(hidden),
        "layer_norm.bias": torch.zeros(hidden),
        "bias": torch.zeros(vocabulary),
    }
    # A head that always says the same word: so many masked tokens are right as are that word.
    dog = 20
    head["bias"][dog] = 5
    weights |= {f"lm_head.{name}": tensor for name, tensor in head.items()}
    save_file(weights, model / "model.safetensors", {"format": "pt"})
    outcome = run_on(texts, model, intermediate=("qqp",), target=("mlm",))
    assert not outcome.failures
    scores = texts.results(outcome)
    assert len(scores) == 4
    # Its log-probability is 5 - log(vocabulary - 1 + e**5), that of any other 5 less.
    low = -math.log(vocabulary - 1 + math.exp(5))
    for score in scores:
        for row in predictions.read(texts.store.path("predict", score["predictions"])):
            assert set(row["prediction"]) == {dog}
            assert row["log_probs"] == pytest.approx([low + 5 * (gold == dog) for gold in row["gold"]], abs=1e-4)
    mixed = run_on(texts, model, intermediate=("mlm",), target=("mlm",), baseline=False)
    assert not mixed.failures
    (record,) = texts.results(mixed, "model")
    facts = texts.store.manifest("train", record["phases"][0]["digest"])["facts"]
    assert facts["weights"]["heads_pretrained"] == ["mlm"]
    assert facts["weights"]["encoder_left_out"] == []


def test_masked_tokens_are_guessed_after_each_phase_by_the_head_that_the_last_phase_on_texts_left(texts: Bench) -> None:
    asked: dict[str, Any] = {"arms": {"a": "mlm > qqp"}, "intermediate": (), "baseline": False, "score_phases": True}
    session = texts.session(**asked, target=("pawsx", "mlm"), languages=("sw", "de"))
    cells = [cell for cell in session.plan.cells if cell.task == "mlm" and "phase" in cell.further]
    heads = {cell.at["phase"]: cell.stage.head_of for cell in cells}
    # `scratch` brings no head that texts could be scored with before the first phase.
    assert {phase: len(head.phases) if head else 0 for phase, head in heads.items()} == {1: 0, 2: 1, 3: 1}
    session.execute()
    for cell in cells:
        loss = Loss(cell.stage.checkpoint, cell.stage.rows, head_of=cell.stage.head_of)
        total, targets = read_loss(loss.obtain(session.bench))
        log_probs = [value for row in read_of(session, cell) for value in row]
        assert total == pytest.approx(-sum(log_probs), rel=1e-4)
        assert targets == len(log_probs)
    assert len({tuple(map(str, read_of(session, cell))) for cell in cells}) == 3
    # The model's own head, of which there is none, is not replaced by that of a phase.
    last = cells[-1].stage
    with raises_code("no-mask-head"):
        Loss(last.checkpoint, last.rows, head_of=last.checkpoint.origin).obtain(session.bench)


def read_of(session: Session, cell: Cell) -> list[Any]:
    rows = predictions.read(session.bench.store.path("predict", cell.stage.digest))
    return [row["log_probs"] for row in rows]


def test_kinds_without_a_loss_are_still_refused(texts: Bench) -> None:
    with raises_code("no-training-rows", "tatoeba"):
        texts.plan(intermediate=("mlm", "tatoeba"))


def plan_on(bench: Bench, model: Path) -> None:
    """A plan of a directory scored on masked tokens alone."""
    settings = bench.settings(intermediate=(), target=("mlm",))
    settings = dataclasses.replace(settings, model=str(model), set={"max_length": 32})
    plan_training(settings, bench.registry, bench.runs)


def test_a_model_that_has_no_head_is_refused_before_anything_is_made(texts: Bench, tmp_path: Path) -> None:
    with raises_code("no-mask-head", "mlm", "scratch") as raised:
        texts.plan(intermediate=(), target=("pawsx", "mlm"))
    assert "--intermediate mlm" in str(raised.value.fix)
    with raises_code("no-mask-head", "mlm"):
        texts.plan(intermediate=("qqp",), target=("mlm",))
    assert not texts.runs.exists()
    config = {"model_type": "bert", "hidden_size": 8, "num_hidden_layers": 1, "max_position_embeddings": 64}
    for folder, head in {
        "without": {},
        "part": {"cls.predictions.transform.dense.weight": torch.zeros(8, 8)},
        "of-tensorflow": {
            "cls.predictions.transform.dense.weight": torch.zeros(8, 8),
            "cls.predictions.transform.LayerNorm.gamma": torch.zeros(8),
            "cls.predictions.bias": torch.zeros(20),
        },
    }.items():
        model = tmp_path / folder
        model.mkdir()
        (model / "config.json").write_text(json.dumps({**config, "vocab_size": 20}))
        (model / "tokenizer.json").write_text("{}")
        save_file({"bert.embeddings.word_embeddings.weight": torch.zeros(20, 8), **head}, model / "model.safetensors")
        if folder == "of-tensorflow":
            plan_on(texts, model)
            continue
        with raises_code("no-mask-head", folder):
            plan_on(texts, model)
