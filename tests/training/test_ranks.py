"""Several ranks against one: the same batches, dropout, losses, idle heads, scores, and checkpoints to go on from.

One program runs many phases, since starting two processes takes longer than all of them.
"""

from __future__ import annotations

import contextlib
import functools
import json
import os
import pickle
import signal
import socket
import subprocess
import sys
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
import torch
from safetensors.torch import load_file

from harness.hookspecs import hookimpl
from harness.hyper import Hyper
from harness.kinds.features import FeatureBuilder, Features, Masking
from harness.lifecycle import LifeCycle
from harness.modeling.checkpoints import load_encoder, load_head
from harness.modeling.heads.base import HeadConfig
from harness.registry import Registry
from harness.training import ranks
from harness.training.loop import run_phase
from harness.training.phase import Development, Phase
from harness.training.predict import load_predictor
from tests.raising import raises_code

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

PROGRAM = """
import json, os, pickle, signal, sys
from dataclasses import replace
from pathlib import Path
from harness.training.predict import Predictor, load_predictor
from harness.hookspecs import hookimpl
from harness.lifecycle import LifeCycle
from harness.registry import Registry
from harness.training import ranks
from harness.training.loop import run_phase
from harness.training.phase import Development

class Hooks:
    def __init__(self, stop, kill):
        self.steps, self.stop, self.kill = [], stop, kill

    @hookimpl
    def step_finished(self, step):
        self.steps.append(step)
        if step["step"] == self.kill:
            os.kill(os.getpid(), signal.SIGKILL)
        if step["step"] == self.stop:
            raise InterruptedError

team = ranks.join()
if team.rank:
    ranks.serve(team)
    os._exit(0)
work = json.loads(sys.argv[1])
found = {}
for name in work["phases"]:
    phase = pickle.loads(Path(name + ".phase").read_bytes())
    hooks, told, outputs = Hooks(*work["ends"].get(name, (0, 0))), [], []
    def score(computed):
        outputs.append([[output.tolist() for output in part] for part in computed])
        return len(outputs)
    if phase.development:
        phase = replace(phase, development=replace(phase.development, score=score))
    with LifeCycle(Registry(), hooks) as life:
        try:
            checkpoint = str(run_phase(phase, life, told.append).checkpoint)
        except InterruptedError:
            checkpoint = None
    found[name] = {"steps": hooks.steps, "told": told, "outputs": outputs, "checkpoint": checkpoint}
for name in work["predicted"]:
    directory, make_head, task, features, precision = pickle.loads(Path(name + ".predicted").read_bytes())
    shared = ranks.Shared(load_predictor, directory, make_head, precision)
    outputs = shared.call(Predictor.outputs, task, features, 60)
    found[name] = pickle.dumps([(o.dtype.str, o.shape, o.tobytes()) for o in outputs]).hex()
    shared.close()
Path(work["result"]).write_text(json.dumps(found))
team.dismiss()
sys.stdout.flush()
os._exit(0)
"""

STAGES = (0, 1, 2, 3)
TASKS = {"p": "text-classification", "q": "token-classification", "r": "text-retrieval"}
# As in test_engine.py, a larger epsilon keeps Adam from blowing up the rounding of gradients near 0.
HYPER = Hyper(
    lr=1e-2,
    adam_epsilon=1e-3,
    weight_decay=0.1,
    max_grad_norm=0.1,
    batch_size=9,
    steps=9,
    token_budget=60,
    checkpoint_every=2,
    eval_every=4,
    mixing="uniform",
)


def start_ranks(directory: Path, program: Sequence[str], number: int = 2) -> list[subprocess.Popen[str]]:
    """Processes as a launcher starts them."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    common = {"WORLD_SIZE": str(number), "MASTER_ADDR": "127.0.0.1", "MASTER_PORT": str(port), "OMP_NUM_THREADS": "1"}
    return [
        subprocess.Popen(
            [sys.executable, *program],
            env={**os.environ, **common, "RANK": str(rank), "LOCAL_RANK": str(rank)},
            cwd=directory,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        for rank in range(number)
    ]


@dataclass(frozen=True)
class Done:
    """What several ranks have done: exit codes, and what rank 0 has seen of each phase and prediction."""

    codes: list[int]
    found: dict[str, Any]
    printed: str


def run_ranks(
    directory: Path,
    phases: Sequence[str],
    ends: Mapping[str, tuple[int, int]] | None = None,
    predicted: Sequence[str] = (),
    number: int = 2,
) -> Done:
    """Run phases that lie in a directory, some of them up to a step that is broken off, or killed at."""
    result = directory / "result.json"
    result.unlink(missing_ok=True)
    work = {"phases": phases, "ends": ends or {}, "predicted": predicted, "result": str(result)}
    processes = start_ranks(directory, ["-c", PROGRAM, json.dumps(work)], number)
    printed = "".join(process.communicate(timeout=180)[0] for process in processes)
    found = json.loads(result.read_text()) if result.is_file() else {}
    return Done([process.returncode for process in processes], found, printed)


@pytest.fixture(scope="module")
def texts(start: Path) -> Features:
    """Sequences to mask."""
    generator = np.random.default_rng(2)
    builder = FeatureBuilder()
    for unit in range(24):
        length = int(generator.integers(4, 21))
        builder.sequence([0, *generator.integers(5, 12, length).tolist(), 2])
        builder.end_unit(unit, weight=max(1, round(0.15 * length)))
    vocabulary = int(load_encoder(start)[0].config.vocab_size)
    return builder.build(Masking(mask_id=4, special_ids=(0, 1, 2, 3, 4), vocabulary=vocabulary))


@pytest.fixture(scope="module")
def make_phase(
    start: Path,
    dropping_start: Path,
    texts: Features,
    features_of: Callable[..., Features],
    head_config: Callable[..., HeadConfig],
    tmp_path_factory: pytest.TempPathFactory,
) -> Callable[..., Phase]:
    """A multi-task phase; its features lie on the disk."""
    root = tmp_path_factory.mktemp("features")
    features = {task: features_of(kind) for task, kind in TASKS.items()} | {"mlm": texts}
    for task, made in features.items():
        (root / task).mkdir()
        made.save(root / task)
    assert texts.masking
    mlm = HeadConfig(
        task="mlm",
        head="harness.modeling.heads.fill_mask:FillMaskHead",
        labels=(),
        dropout=0.0,
        hidden_size=32,
        layers=1,
        vocabulary=texts.masking.vocabulary,
    )

    def make(work: Path, *, dropout: float = 0.0, development: bool = False, **changes: Any) -> Phase:
        work.mkdir(parents=True, exist_ok=True)
        heads = {task: head_config(kind, task, dropout=dropout) for task, kind in TASKS.items()} | {"mlm": mlm}
        loaded = {task: Features.load(root / task) for task in heads}
        begin = dropping_start if dropout else start
        phase = Phase(
            name="intermediate",
            features=loaded,
            heads=heads,
            whole_steps=frozenset({"r"}),
            start=begin,
            origin=begin,
            work=work,
            hyper=replace(HYPER, **changes.pop("hyper", {})),
            precision=changes.pop("precision", "fp32"),
            seed=3,
            development=Development("q", (loaded["q"], loaded["q"]), len) if development else None,
        )
        return replace(phase, **changes)

    return make


@dataclass(frozen=True)
class Alone:
    """What a phase at one rank has done."""

    steps: list[dict[str, Any]]
    checkpoint: Path
    told: list[str]
    outputs: list[Any]
    trained_by: list[dict[str, Any]]


class Watch:
    """Remembers steps, and breaks off after one."""

    def __init__(self, stop: int) -> None:
        self.steps: list[dict[str, Any]] = []
        self.stop = stop

    @hookimpl
    def step_finished(self, step: dict[str, Any]) -> None:
        self.steps.append(step)
        if step["step"] == self.stop:
            raise InterruptedError


def alone(phase: Phase, stop: int = 0) -> Alone:
    """Run a phase at one rank."""
    watch, told, outputs = Watch(stop), list[str](), list[Any]()

    def score(computed: Any) -> float:
        outputs.append(computed)
        return len(outputs)

    if phase.development:
        phase = replace(phase, development=replace(phase.development, score=score))
    checkpoint, trained_by = Path(), list[dict[str, Any]]()
    with LifeCycle(Registry(), watch) as life, contextlib.suppress(InterruptedError):
        result = run_phase(phase, life, told.append)
        checkpoint, trained_by = result.checkpoint, result.trained_by
    return Alone(watch.steps, checkpoint, told, outputs, trained_by)


def tensors(directory: Path) -> dict[str, torch.Tensor]:
    found: dict[str, torch.Tensor] = {}
    for path in sorted(directory.glob("*.safetensors")):
        found |= {f"{path.stem}/{name}": tensor for name, tensor in load_file(path).items()}
    return found


def variants() -> dict[str, dict[str, Any]]:
    """Phases by name."""
    mixed = {
        f"zero{stage}": {"hyper": {"zero_stage": stage, "snapshots": True}, "development": True} for stage in STAGES
    }
    few = {f"few{stage}": {"hyper": {"zero_stage": stage, "batch_size": 1, "steps": 4}} for stage in (0, 3)}
    rough = {f"bf16-{stage}": {"hyper": {"zero_stage": stage}, "precision": "bf16"} for stage in (0, 2)}
    return {**mixed, **few, **rough, **{f"dropout{stage}": dropping(stage) for stage in (0, 2)}}


def dropping(stage: int) -> dict[str, Any]:
    return {"dropout": 0.1, "hyper": {"zero_stage": stage, "steps": 10}}


@pytest.fixture(scope="module")
def one(make_phase: Callable[..., Phase], tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Alone]:
    """The same phases at one rank, run when they are asked for."""
    root = tmp_path_factory.mktemp("alone")

    @functools.cache
    def run(name: str) -> Alone:
        return alone(make_phase(root / name, **variants()[name]))

    return run


@pytest.fixture(scope="module")
def together(
    make_phase: Callable[..., Phase], one: Callable[[str], Alone], tmp_path_factory: pytest.TempPathFactory
) -> tuple[Path, Done]:
    """All phases at two ranks, and predictions by a checkpoint of one rank."""
    root = tmp_path_factory.mktemp("together")
    for name, changes in variants().items():
        phase = make_phase(root / name, **changes)
        (root / f"{name}.phase").write_bytes(pickle.dumps(phase))
    directory = one("zero0").checkpoint
    for task in TASKS:
        make_head = functools.partial(load_head, directory, phase.heads[task])
        (root / f"{task}.predicted").write_bytes(
            pickle.dumps((directory, make_head, task, phase.features[task], "fp32"))
        )
    done = run_ranks(root, list(variants()), predicted=list(TASKS))
    assert done.codes == [0, 0], done.printed
    return root, done


def test_two_ranks_print_nothing(together: tuple[Path, Done]) -> None:
    assert together[1].printed == ""


@pytest.mark.parametrize("name", [f"zero{stage}" for stage in STAGES])
def test_the_loss_curve_is_that_of_one_rank(
    name: str, together: tuple[Path, Done], one: Callable[[str], Alone]
) -> None:
    """Masks, whole-step losses and clipping included."""
    wanted, found = one(name).steps, together[1].found[name]["steps"]
    assert {step["task"] for step in wanted} == {"p", "q", "r", "mlm"}
    for value, tolerance in (("loss", 1e-4), ("gradient_norm", 5e-3)):
        assert [step[value] for step in found] == pytest.approx([step[value] for step in wanted], rel=tolerance)
    for value in ("task", "step", "tokens", "learning_rate"):
        assert [step[value] for step in found] == [step[value] for step in wanted]
    assert max(step["gradient_norm"] for step in wanted) > 0.1
    wanted_weights = tensors(one(name).checkpoint)
    found_weights = tensors(Path(together[1].found[name]["checkpoint"]))
    assert found_weights.keys() == wanted_weights.keys()
    for key, weight in wanted_weights.items():
        # Vectors of a fresh dual encoder are all alike, and their differences, which it learns from, mostly rounding.
        torch.testing.assert_close(found_weights[key], weight, rtol=0, atol=2e-4, msg=key)


@pytest.mark.parametrize("name", [f"zero{stage}" for stage in STAGES])
def test_a_head_that_is_not_drawn_stays_as_it_is(name: str, together: tuple[Path, Done]) -> None:
    root, done = together
    tasks = [step["task"] for step in done.found[name]["steps"]]
    unmoved = 0
    for before, after in ((1, 2), (2, 4), (4, 8)):
        first, second = (tensors(root / name / "steps" / str(step)) for step in (before, after))
        idle = {*TASKS, "mlm"} - set(tasks[before:after])
        for key, weight in first.items():
            task = key.partition("/")[0].removeprefix("head-")
            if task in idle:
                assert torch.equal(weight, second[key]), key
            elif task in TASKS and key.endswith("weight"):
                assert not torch.equal(weight, second[key]), key
        unmoved += len(idle)
    assert unmoved > 2


@pytest.mark.parametrize("name", [f"zero{stage}" for stage in STAGES])
def test_development_scores_come_from_the_outputs_of_one_rank(
    name: str, together: tuple[Path, Done], one: Callable[[str], Alone]
) -> None:
    wanted, found = one(name).outputs, together[1].found[name]["outputs"]
    assert len(found) == len(wanted) == 3  # at steps 4, 8 and 9
    for one_time, other_time in zip(wanted, found, strict=True):
        assert len(one_time) == len(other_time) == 2
        for part, other in zip(one_time, other_time, strict=True):
            flat, other_flat = (np.concatenate([np.ravel(unit) for unit in units]) for units in (part, other))
            np.testing.assert_allclose(other_flat, flat, atol=1e-4)


@pytest.mark.parametrize("name", ["few0", "few3"])
def test_a_step_may_have_fewer_units_than_there_are_ranks(
    name: str, together: tuple[Path, Done], one: Callable[[str], Alone]
) -> None:
    wanted, found = one(name).steps, together[1].found[name]["steps"]
    assert [step["loss"] for step in found] == pytest.approx([step["loss"] for step in wanted], rel=1e-5)
    assert [step["padded_tokens"] for step in found] == [step["padded_tokens"] for step in wanted]
    told, alone_told = ("".join(lines) for lines in (together[1].found[name]["told"], one(name).told))
    assert "leaves its 2 ranks idle in 50% of their passes" in told
    assert "idle" not in alone_told


@pytest.mark.parametrize("name", ["bf16-0", "bf16-2"])
def test_bfloat16_is_as_rough_as_at_one_rank(
    name: str, together: tuple[Path, Done], one: Callable[[str], Alone]
) -> None:
    wanted, found = one(name).steps, together[1].found[name]["steps"]
    assert [step["loss"] for step in found] == pytest.approx([step["loss"] for step in wanted], rel=0.02)


@pytest.mark.parametrize("task", TASKS)
def test_predictions_are_those_of_one_rank_bit_for_bit(
    task: str,
    together: tuple[Path, Done],
    one: Callable[[str], Alone],
    make_phase: Callable[..., Phase],
    tmp_path: Path,
) -> None:
    phase, directory = make_phase(tmp_path), one("zero0").checkpoint
    predictor = load_predictor(directory, functools.partial(load_head, directory, phase.heads[task]), "fp32")
    outputs = predictor.outputs(task, phase.features[task], 60)
    wanted = [(output.dtype.str, output.shape, output.tobytes()) for output in outputs]
    assert len(wanted) == 24
    assert together[1].found[task] == pickle.dumps(wanted).hex()


@pytest.fixture(scope="module")
def broken_off(make_phase: Callable[..., Phase], tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Done]:
    """Phases at two ranks, the second of which ended with the death of rank 0 after 5 steps; then both again."""
    root = tmp_path_factory.mktemp("broken")
    names = ["dropout0", "dropout2"]
    for name in names:
        (root / f"{name}.phase").write_bytes(pickle.dumps(make_phase(root / name, **variants()[name])))
    killed = run_ranks(root, names, ends={"dropout0": (5, 0), "dropout2": (0, 5)})
    assert killed.codes[0] == -signal.SIGKILL
    assert killed.codes[1] != 0
    return root, run_ranks(root, names)


@pytest.mark.full
@pytest.mark.parametrize("name", ["dropout0", "dropout2"])
def test_two_ranks_go_on_bit_for_bit(name: str, together: tuple[Path, Done], broken_off: tuple[Path, Done]) -> None:
    whole, resumed = together[1].found[name], broken_off[1].found[name]
    assert [step["step"] for step in resumed["steps"]] == [5, 6, 7, 8, 9, 10]
    assert resumed["told"] == []
    for value in ("task", "loss", "gradient_norm", "tokens"):
        assert [step[value] for step in resumed["steps"]] == [step[value] for step in whole["steps"]][4:]
    weights = [tensors(Path(found["checkpoint"])) for found in (whole, resumed)]
    assert all(torch.equal(weight, weights[1][key]) for key, weight in weights[0].items())
    assert weights[0].keys() == weights[1].keys()


@pytest.fixture(scope="module")
def four(make_phase: Callable[..., Phase], tmp_path_factory: pytest.TempPathFactory) -> Done:
    """A phase with dropout at four ranks."""
    root = tmp_path_factory.mktemp("four")
    (root / "dropout0.phase").write_bytes(pickle.dumps(make_phase(root / "dropout0", **variants()["dropout0"])))
    done = run_ranks(root, ["dropout0"], number=4)
    assert done.codes == [0] * 4, done.printed
    return done


@pytest.mark.parametrize(("number", "name"), [(2, "dropout0"), (2, "dropout2"), (4, "dropout0")])
def test_dropout_is_that_of_one_rank(
    number: int, name: str, together: tuple[Path, Done], request: pytest.FixtureRequest, one: Callable[[str], Alone]
) -> None:
    done = together[1] if number == 2 else request.getfixturevalue("four")
    wanted, found = one(name).steps, done.found[name]["steps"]
    assert len(found) == len(wanted) == 10
    for step, other in zip(found, wanted, strict=True):
        # Vectors of a fresh dual encoder (r) are all alike: its loss is as rough as its weights, see above.
        assert step["loss"] == pytest.approx(other["loss"], rel=1e-4 if step["task"] == "r" else 1e-5), step["step"]


def test_micro_batches_of_a_step_draw_different_dropout(
    one: Callable[[str], Alone], make_phase: Callable[..., Phase], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    seeds: list[int] = []
    monkeypatch.setattr(torch, "manual_seed", lambda seed: seeds.append(seed))
    steps = alone(make_phase(tmp_path, **variants()["dropout0"])).steps
    assert len(set(seeds)) == len(seeds) > 2 * len(steps)
    assert steps[0]["loss"] != one("dropout0").steps[0]["loss"]


@pytest.mark.parametrize(("stage", "goes_on"), [(0, True), (2, False)])
def test_a_checkpoint_of_other_ranks_is_left_where_they_share_its_state(
    stage: int, goes_on: bool, make_phase: Callable[..., Phase], tmp_path: Path
) -> None:
    phase = make_phase(tmp_path / "work", hyper={"zero_stage": stage})
    alone(phase, stop=3)
    state = tmp_path / "work" / "state.json"
    saved = json.loads(state.read_text())
    state.write_text(json.dumps({**saved, "ranks": 2, "trained_by": [{**saved["trained_by"][0], "ranks": 2}]}))
    again = alone(phase)
    assert [one["ranks"] for one in again.trained_by] == ([2, 1] if goes_on else [1])
    assert again.steps[0]["step"] == (3 if goes_on else 1)
    assert again.told == (
        []
        if goes_on
        else [
            "the intermediate phase on p, q, r, mlm starts anew: its checkpoint of step 2 is of zero_stage 2 and "
            "--ranks 2, and this is zero_stage 2 and --ranks 1"
        ]
    )


def test_a_process_that_misses_what_a_launcher_tells_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in (("WORLD_SIZE", "2"), ("RANK", "0"), ("LOCAL_RANK", "0")):
        monkeypatch.setenv(name, value)
    for name in ("MASTER_ADDR", "MASTER_PORT"):
        monkeypatch.delenv(name, raising=False)
    with raises_code("launcher-variables-missing", "2", "MASTER_ADDR, MASTER_PORT"):
        ranks.join()


def test_one_rank_alone_raises_what_happens() -> None:
    shared = ranks.Shared(list, [3, 1])
    with pytest.raises(IndexError):
        shared.call(list.pop, 7)
    assert shared.call(list.pop, 0) == 3
    assert (shared.mine, ranks.team().gather("x")) == ([1], ["x"])
    shared.close(list.clear)
    assert shared.mine == []
