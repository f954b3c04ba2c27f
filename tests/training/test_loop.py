from __future__ import annotations

import json
import shutil
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
import torch
from safetensors.torch import load_file, save_file

from harness.hyper import Hyper
from harness.modeling.checkpoints import load_encoder, load_head
from harness.modeling.model import TaskModel
from harness.training import loop
from harness.training.engine import BrokenCheckpoint
from harness.training.loop import PhaseResult, run_phase
from harness.training.phase import Development, Phase
from harness.training.predict import Predictor
from harness.training.replica import schedule
from tests.raising import raises_code

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from numpy.typing import NDArray

    from harness.kinds.features import Features
    from harness.modeling.heads.base import HeadConfig

HYPER = Hyper(lr=3e-3, batch_size=8, steps=7, token_budget=120, checkpoint_every=2, eval_every=2, weight_decay=0.1)
TASKS = {"p": "text-classification", "q": "token-classification"}


@pytest.fixture
def phase_in(
    dropping_start: Path, features_of: Callable[..., Features], head_config: Callable[..., HeadConfig]
) -> Callable[..., Phase]:
    """A multi-task phase with dropout, whose work directory is the one given."""

    def make(work: Path, tasks: dict[str, str] = TASKS, **changes: Any) -> Phase:
        work.mkdir(exist_ok=True)
        phase = Phase(
            name="intermediate",
            features={task: features_of(kind) for task, kind in tasks.items()},
            heads={task: head_config(kind, task, dropout=0.1) for task, kind in tasks.items()},
            start=dropping_start,
            origin=dropping_start,
            work=work,
            hyper=HYPER,
            precision="fp32",
            seed=3,
        )
        return replace(phase, **changes)

    return make


class Scores:
    """Development scores in a given order; a model whose outputs were not seen at its time is an error."""

    def __init__(self, features: Features, values: Sequence[float]) -> None:
        self.features = features
        self.values = list(values)
        self.known: dict[bytes, float] = {}
        self.recording = True

    def __call__(self, computed: Sequence[list[NDArray[np.float32]]]) -> float:
        (units,) = computed
        outputs = np.concatenate(units).tobytes()
        if self.recording:
            self.known[outputs] = self.values[len(self.known)]
        return self.known[outputs]

    @property
    def development(self) -> Development:
        return Development("p", (self.features,), self)


def tensors(directory: Path) -> dict[str, torch.Tensor]:
    found: dict[str, torch.Tensor] = {}
    for path in sorted(directory.glob("*.safetensors")):
        found |= {f"{path.stem}/{name}": tensor for name, tensor in load_file(path).items()}
    return found


def heads_in(directory: Path) -> set[str]:
    return set(json.loads((directory / "heads.json").read_text()))


def assert_same(one: PhaseResult, other: PhaseResult) -> None:
    left, right = tensors(one.checkpoint), tensors(other.checkpoint)
    assert left.keys() == right.keys()
    assert {name for name, tensor in left.items() if not torch.equal(tensor, right[name])} == set()
    counted = ("steps", "kept_step", "tokens", "padded_tokens", "history", "weights")
    assert {name: getattr(one, name) for name in counted} == {name: getattr(other, name) for name in counted}


@pytest.fixture
def stop_at(observe: Callable[..., Any]) -> Callable[[Phase, int], None]:
    """Run a phase and break it off after a step."""

    def stop(phase: Phase, step: int) -> None:
        life, _ = observe(step)
        with life, pytest.raises(InterruptedError):
            run_phase(phase, life)

    return stop


@pytest.fixture
def finish(observe: Callable[..., Any]) -> Callable[[Phase], tuple[PhaseResult, Any]]:
    """Run a phase to its end; the second value has seen its steps."""

    def run(phase: Phase) -> tuple[PhaseResult, Any]:
        life, seen = observe()
        with life:
            return run_phase(phase, life), seen

    return run


def test_a_step_is_cut_by_what_a_micro_batch_costs_on_this_device(
    phase_in: Callable[..., Phase],
    finish: Callable[[Phase], tuple[PhaseResult, Any]],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    asked: list[tuple[int, str]] = []
    padded = {}
    for cost in (0, 10**6):

        def overhead(hidden_size: int, device: torch.device, cost: int = cost) -> int:
            asked.append((hidden_size, device.type))
            return cost

        monkeypatch.setattr("harness.training.replica.batch_overhead", overhead)
        result, _ = finish(phase_in(tmp_path / str(cost)))
        padded[cost] = result.padded_tokens - result.tokens
    assert asked == [(32, "cuda" if torch.cuda.is_available() else "cpu")] * 2
    assert padded[0] < padded[10**6]


def test_the_learning_rate_rises_and_falls_linearly() -> None:
    assert [schedule(step, 10, 4) for step in range(10)] == pytest.approx(
        [1 / 4, 2 / 4, 3 / 4, 1, 1, 5 / 6, 4 / 6, 3 / 6, 2 / 6, 1 / 6]
    )
    assert [schedule(step, 4, 0) for step in range(4)] == [1, 3 / 4, 2 / 4, 1 / 4]
    assert schedule(1, 2, 8) == 2 / 8
    assert Hyper(warmup=0.1).warmup_steps(40) == 4
    assert Hyper(warmup=25.0).warmup_steps(1000) == 25


def test_a_phase_reports_its_steps_and_leaves_a_checkpoint(
    phase_in: Callable[..., Phase], finish: Callable[..., Any], start: Path, tmp_path: Path
) -> None:
    phase = phase_in(tmp_path / "work")
    result, seen = finish(phase)
    assert [step["step"] for step in seen.steps] == [1, 2, 3, 4, 5, 6, 7]
    assert {step["task"] for step in seen.steps} == {"p", "q"}
    assert [step["learning_rate"] for step in seen.steps] == pytest.approx(
        [3e-3 * schedule(step, 7, 1) for step in range(7)]
    )
    assert sum(step["tokens"] for step in seen.steps) == result.tokens < result.padded_tokens
    assert (result.steps, result.kept_step, result.history) == (7, 7, [])
    before, after = load_encoder(start)[0].state_dict(), load_encoder(result.checkpoint)[0].state_dict()
    assert any(not torch.equal(before[name], after[name]) for name in before)
    assert heads_in(result.checkpoint) == {"p", "q"}
    weights = seen.phases[0]["weights"]
    assert weights == result.weights
    assert weights == {
        "encoder_loaded": len(before),
        "encoder_new": [],
        "encoder_left_out": [],
        "heads_new": ["p", "q"],
        "heads_pretrained": [],
        "heads_continued": [],
        "heads_left_out": [],
    }


def test_the_running_mean_of_each_task_s_loss_goes_on_over_an_interruption(
    phase_in: Callable[..., Phase], finish: Callable[..., Any], stop_at: Callable[..., None], tmp_path: Path
) -> None:
    _, seen = finish(phase_in(tmp_path / "whole"))
    means: dict[str, float] = {}
    for step in seen.steps:
        means[step["task"]] = 0.9 * means.get(step["task"], step["loss"]) + 0.1 * step["loss"]
        assert step["task_loss"] == pytest.approx(means[step["task"]])
    assert means.keys() == {"p", "q"}
    stop_at(phase_in(tmp_path / "work"), 6)
    _, resumed = finish(phase_in(tmp_path / "work"))
    assert [(s["step"], s["task_loss"]) for s in resumed.steps] == [
        (s["step"], s["task_loss"]) for s in seen.steps if s["step"] > 4
    ]


@pytest.mark.parametrize("stop", [1, 2, 3, 6, 7])
def test_a_phase_broken_off_goes_on_bit_for_bit(
    stop: int, phase_in: Callable[..., Phase], finish: Callable[..., Any], stop_at: Callable[..., None], tmp_path: Path
) -> None:
    whole, _ = finish(phase_in(tmp_path / "whole"))
    stop_at(phase_in(tmp_path / "work"), stop)
    resumed, seen = finish(phase_in(tmp_path / "work"))
    # The checkpoint of a step is written after its hooks.
    assert seen.steps[0]["step"] == (stop - 1) // 2 * 2 + 1
    assert_same(whole, resumed)


def test_a_phase_that_comes_back_to_a_computer_names_it_again(
    phase_in: Callable[..., Phase],
    finish: Callable[..., Any],
    stop_at: Callable[..., None],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def on(device: str) -> None:
        monkeypatch.setattr(loop, "trained_by", lambda hyper: {"device": device})

    for device, step in (("a", 3), ("b", 5), ("b", 6)):
        on(device)
        stop_at(phase_in(tmp_path / "work"), step)
    on("a")
    resumed, _ = finish(phase_in(tmp_path / "work"))
    assert [one["device"] for one in resumed.trained_by] == ["a", "b", "a"]


@pytest.mark.parametrize(("stop", "best"), [(3, 2), (5, 2), (5, 4), (7, 4), (3, 6), (5, 7)])
def test_the_best_checkpoint_is_found_again(
    stop: int,
    best: int,
    phase_in: Callable[..., Phase],
    finish: Callable[..., Any],
    stop_at: Callable[..., None],
    features_of: Callable[..., Features],
    tmp_path: Path,
) -> None:
    development = Scores(features_of("text-classification"), [9.0 if s == best else 1.0 for s in (2, 4, 6, 7)])
    whole, _ = finish(phase_in(tmp_path / "whole", development=development.development))
    development.recording = False
    assert [entry["step"] for entry in whole.history] == [2, 4, 6, 7]
    assert whole.kept_step == best
    stop_at(phase_in(tmp_path / "work", development=development.development), stop)
    resumed, _ = finish(phase_in(tmp_path / "work", development=development.development))
    assert_same(whole, resumed)


def test_the_best_checkpoint_is_the_model_of_its_step(
    phase_in: Callable[..., Phase],
    finish: Callable[..., Any],
    features_of: Callable[..., Features],
    head_config: Callable[..., HeadConfig],
    tmp_path: Path,
) -> None:
    development = Scores(features_of("text-classification"), [1, 9, 2, 9])
    best, _ = finish(phase_in(tmp_path / "work", development=development.development))
    assert best.kept_step == 4
    head = load_head(best.checkpoint, head_config(TASKS["p"], "p"))
    predictor = Predictor(TaskModel(load_encoder(best.checkpoint)[0], {"p": head}), "fp32")
    found = np.concatenate(predictor.outputs("p", development.features, HYPER.token_budget))
    assert list(development.known).index(found.tobytes()) == 1


@pytest.mark.parametrize("where", ["_sync", "save_checkpoint"])
def test_an_interruption_while_files_are_written_does_no_harm(
    where: str,
    phase_in: Callable[..., Phase],
    finish: Callable[..., Any],
    features_of: Callable[..., Features],
    observe: Callable[..., Any],
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
) -> None:
    development = Scores(features_of("text-classification"), [1, 2, 3, 1])
    whole, _ = finish(phase_in(tmp_path / "whole", development=development.development))
    development.recording = False
    calls: list[None] = []
    original: Callable[..., None] = getattr(loop, where)

    def second_time_broken(*args: Any, **kwargs: Any) -> None:
        calls.append(None)
        original(*args, **kwargs)
        if len(calls) == 2:
            # The checkpoint of step 4 is there, but its last file is cut short and no state names it.
            directory = args[0] if where == "save_checkpoint" else args[0] / "step-4"
            path = max(path for path in directory.rglob("*") if path.is_file())
            path.write_bytes(path.read_bytes()[:10])
            raise InterruptedError

    life, _ = observe()
    monkeypatch.setattr(loop, where, second_time_broken)
    with life, pytest.raises(InterruptedError):
        run_phase(phase_in(tmp_path / "work", development=development.development), life)
    monkeypatch.undo()
    assert json.loads((tmp_path / "work" / "state.json").read_text())["step"] == 2
    resumed, seen = finish(phase_in(tmp_path / "work", development=development.development))
    assert seen.steps[0]["step"] == 3
    assert_same(whole, resumed)


def test_directories_that_no_state_names_are_written_anew(
    phase_in: Callable[..., Phase], finish: Callable[..., Any], tmp_path: Path
) -> None:
    whole, _ = finish(phase_in(tmp_path / "whole"))
    for name in ("step-2", "step-4", "best-2", "last-7"):
        (tmp_path / "work" / name).mkdir(parents=True)
        (tmp_path / "work" / name / "model.safetensors").write_bytes(b"half")
    resumed, seen = finish(phase_in(tmp_path / "work"))
    assert seen.steps[0]["step"] == 1
    assert_same(whole, resumed)
    assert sorted(path.name for path in (tmp_path / "work").iterdir()) == ["last-7", "state.json", "step-6"]


@pytest.mark.parametrize("text", ["", '{"step": 2', "[]", "[1]", '"x"', '{"other": 1}', '{"step": 2}', None])
def test_a_phase_whose_state_cannot_be_used_starts_anew(
    text: str | None,
    phase_in: Callable[..., Phase],
    finish: Callable[..., Any],
    stop_at: Callable[..., None],
    tmp_path: Path,
) -> None:
    phase = phase_in(tmp_path / "work", hyper=replace(HYPER, steps=3))
    stop_at(phase, 3)
    if text is None:
        shutil.rmtree(tmp_path / "work" / "step-2")
    else:
        (tmp_path / "work" / "state.json").write_text(text)
    _, seen = finish(phase)
    assert [step["step"] for step in seen.steps] == [1, 2, 3]


def test_a_phase_goes_on_at_the_zero_stage_it_was_broken_off_at_only(
    phase_in: Callable[..., Phase], finish: Callable[..., Any], stop_at: Callable[..., None], tmp_path: Path
) -> None:
    stop_at(phase_in(tmp_path / "work"), 3)
    _, seen = finish(phase_in(tmp_path / "work", hyper=replace(HYPER, zero_stage=2)))
    assert seen.steps[0]["step"] == 1


def test_a_checkpoint_that_cannot_be_read_is_named(
    phase_in: Callable[..., Phase], finish: Callable[..., Any], stop_at: Callable[..., None], tmp_path: Path
) -> None:
    stop_at(phase_in(tmp_path / "work"), 3)
    for path in (tmp_path / "work" / "step-2").iterdir():
        path.write_bytes(b"half")
    with pytest.raises(BrokenCheckpoint):
        finish(phase_in(tmp_path / "work"))


@pytest.mark.parametrize(("patience", "steps"), [(0, 7), (1, 4), (2, 6)])
def test_a_phase_ends_when_patience_does(
    patience: int,
    steps: int,
    phase_in: Callable[..., Phase],
    finish: Callable[..., Any],
    features_of: Callable[..., Features],
    tmp_path: Path,
) -> None:
    development = Scores(features_of("text-classification"), [5, 5, 4, 9])
    hyper = replace(HYPER, patience=patience)
    result, _ = finish(phase_in(tmp_path / "work", development=development.development, hyper=hyper))
    assert result.steps == steps
    assert result.kept_step == (7 if steps == 7 else 2)


def test_a_loss_that_is_no_number_ends_the_phase(
    phase_in: Callable[..., Phase], finish: Callable[..., Any], start: Path, tmp_path: Path
) -> None:
    broken_start = tmp_path / "start"
    shutil.copytree(start, broken_start)
    weights = load_file(broken_start / "model.safetensors")
    weights["encoder.layer.0.output.dense.bias"][:] = float("nan")
    save_file(weights, broken_start / "model.safetensors", {"format": "pt"})
    with raises_code("diverged", "nan", "step 1") as caught:
        finish(phase_in(tmp_path / "work", start=broken_start))
    assert "lower lr" in str(caught.value)


def test_weights_are_told_apart_by_where_they_come_from(
    phase_in: Callable[..., Phase], finish: Callable[..., Any], tmp_path: Path
) -> None:
    first, _ = finish(phase_in(tmp_path / "first", hyper=replace(HYPER, steps=1)))
    weights = load_file(first.checkpoint / "model.safetensors")
    weights["lm_head.bias"] = torch.zeros(3)
    save_file(weights, first.checkpoint / "model.safetensors", {"format": "pt"})
    tasks = {"r": "question-answering"}
    phase = phase_in(tmp_path / "second", tasks, start=first.checkpoint, hyper=replace(HYPER, steps=1))
    second, _ = finish(phase)
    assert second.weights == {
        "encoder_loaded": len(weights) - 1,
        "encoder_new": [],
        "encoder_left_out": ["lm_head.bias"],
        "heads_new": ["r"],
        "heads_pretrained": [],
        "heads_continued": [],
        "heads_left_out": ["p", "q"],
    }
    assert heads_in(second.checkpoint) == {"r"}


def test_first_weights_of_a_head_depend_on_seed_and_task_alone(
    phase_in: Callable[..., Phase], finish: Callable[..., Any], tmp_path: Path
) -> None:
    still = replace(HYPER, steps=1, lr=1e-30, weight_decay=0.0)
    together, _ = finish(phase_in(tmp_path / "a", hyper=still))
    alone, _ = finish(phase_in(tmp_path / "b", {"q": TASKS["q"]}, hyper=still, name="target"))
    reseeded, _ = finish(phase_in(tmp_path / "c", {"q": TASKS["q"]}, hyper=still, seed=4))
    renamed, _ = finish(phase_in(tmp_path / "d", {"z": TASKS["q"]}, hyper=still))
    names = ("q", "q", "q", "z")
    files = [
        run.checkpoint / f"head-{name}.safetensors"
        for run, name in zip((together, alone, reseeded, renamed), names, strict=True)
    ]
    weights = [load_file(file)["output.weight"] for file in files]
    assert torch.equal(weights[0], weights[1])
    assert not torch.equal(weights[0], weights[2])
    assert not torch.equal(weights[0], weights[3])
