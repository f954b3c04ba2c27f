"""Plans: arms and baselines, shared phases, and what is refused before anything is trained."""

from __future__ import annotations

import dataclasses
from collections import Counter
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from safetensors.numpy import save_file

from harness.errors import DataError
from harness.planning.data import Data
from harness.planning.plan import Plan
from harness.planning.planner import build_plan
from harness.planning.stages.encoding import Encode
from harness.planning.stages.models import Given
from harness.planning.stages.training import Trained
from harness.sources.base import open_source
from harness.tasks import Selection
from tests.raising import Refusal, raises_code

if TYPE_CHECKING:
    from pathlib import Path

    from harness.planning.store import Building
    from harness.planning.workbench import Workbench
    from harness.registry import Registry
    from tests.planning.conftest import Bench


def phases(plan: Plan) -> list[tuple[str, tuple[str, ...], int]]:
    return [(phase.phase, phase.names, phase.seed) for phase in plan.phases]


def arms(plan: Plan) -> list[str]:
    return list(dict.fromkeys(cell.arm.label for cell in plan.cells))


def test_every_seed_has_its_own_baseline_and_arms(bench: Bench) -> None:
    plan = bench.plan(seeds=(3, 5))
    assert phases(plan) == [
        phase
        for seed in (3, 5)
        for phase in [
            ("target", ("pawsx",), seed),
            ("intermediate", ("qqp",), seed),
            ("target", ("pawsx",), seed),
        ]
    ]
    assert [(s.seed, s.arm.label, s.language) for s in plan.cells] == [
        (seed, arm, language) for seed in (3, 5) for arm in ("none", "qqp") for language in ("en", "de", "fr")
    ]
    assert plan.cells[0].stage.checkpoint != plan.cells[3].stage.checkpoint


def test_without_baseline_there_is_none(bench: Bench) -> None:
    assert arms(bench.plan(baseline=False)) == ["qqp"]
    assert arms(bench.plan(baseline=False, intermediate=())) == ["none"]


def test_multitask_trains_all_in_one_phase(bench: Bench) -> None:
    plan = bench.plan(intermediate=("qqp", "ccg", "mnli"))
    assert arms(plan) == ["none", "qqp + ccg + mnli"]
    assert ("intermediate", ("qqp", "ccg", "mnli"), 1) in phases(plan)
    assert len(plan.phases) == 3


def test_sequential_trains_one_after_the_other(bench: Bench) -> None:
    plan = bench.plan(intermediate=("qqp", "ccg", "mnli"), mode="sequential", baseline=False)
    assert arms(plan) == ["qqp > ccg > mnli"]
    (checkpoint,) = {cell.stage.checkpoint for cell in plan.cells}
    assert [phase.names for phase in checkpoint.phases] == [("qqp",), ("ccg",), ("mnli",), ("pawsx",)]


def test_single_trains_each_alone(bench: Bench) -> None:
    plan = bench.plan(intermediate=("qqp", "ccg"), mode="single")
    assert arms(plan) == ["none", "qqp", "ccg"]
    assert [len(s.stage.checkpoint.phases) for s in plan.cells] == [1] * 3 + [2] * 6
    # One intermediate task is the same arm in whatever mode.
    for mode in ("multitask", "sequential", "single"):
        one = bench.plan(intermediate=("qqp",), mode=mode)
        assert [(s.arm, s.stage.digest) for s in one.cells] == [(s.arm, s.stage.digest) for s in bench.plan().cells]


def test_targets_share_their_intermediate_phase(bench: Bench) -> None:
    plan = bench.plan(intermediate=("qqp", "ccg"), target=("pawsx", "tatoeba"))
    assert [phase for phase, _, _ in phases(plan)] == ["target", "intermediate", "target"]
    several = bench.plan(intermediate=("qqp", "ccg"), target=("pawsx", "squad"))
    assert [phase for phase, _, _ in phases(several)].count("intermediate") == 1
    assert len(several.phases) == 5


def test_sequences_share_their_beginning(bench: Bench) -> None:
    # With a given model: a built one has a tokenizer trained on the run's own tasks.
    given = {
        names: {p.digest: p.names for p in _with_given_model(bench, intermediate=names, mode="sequential").phases}
        for names in [("qqp", "ccg", "mnli"), ("qqp", "ccg"), ("ccg", "qqp")]
    }
    shared = given["qqp", "ccg", "mnli"].keys() & given["qqp", "ccg"].keys()
    assert sorted(given["qqp", "ccg"][digest] for digest in shared) == [("ccg",), ("pawsx",), ("qqp",)]
    assert len(given["qqp", "ccg"].keys() & given["ccg", "qqp"].keys()) == 1  # the baseline


def _with_given_model(bench: Bench, **changes: Any) -> Plan:
    settings = bench.settings(**changes)
    data = Data(bench.registry, open_source(settings.data, bench.registry))
    model = Given(_encoder(bench.map.parent / "model"), "0" * 16)
    return build_plan(settings, bench.registry, data, models={"": model})


def _encoder(directory: Path) -> Path:
    """As much of a model as planning reads."""
    directory.mkdir(exist_ok=True)
    (directory / "config.json").write_text(
        '{"hidden_size": 16, "num_hidden_layers": 1, "max_position_embeddings": 200, "model_type": "bert"}'
    )
    save_file({"weight": np.zeros(3, np.float32)}, directory / "model.safetensors")
    return directory


def test_checkpoints_group_cells_and_follow_their_phases(bench: Bench) -> None:
    plan = bench.plan(target=("pawsx", "tatoeba", "squad"), intermediate=("qqp", "ccg"), seeds=(1, 2))
    grouped = list(plan.checkpoints)
    assert len({checkpoint.digest for checkpoint, _ in grouped}) == len(grouped)
    assert sorted(s.stage.digest for _, group in grouped for s in group) == sorted(s.stage.digest for s in plan.cells)
    for checkpoint, group in grouped:
        assert {s.stage.checkpoint.digest for s in group} == {checkpoint.digest}
    order = [phase.digest for phase in plan.phases]
    for phase in plan.phases:
        if isinstance(phase.start, Trained):
            assert order.index(phase.start.digest) < order.index(phase.digest)


def test_tatoeba_needs_no_target_phase(bench: Bench) -> None:
    plan = bench.plan(target=("tatoeba",))
    assert phases(plan) == [("intermediate", ("qqp",), 1)]
    assert [(s.arm.label, s.language, len(s.stage.checkpoint.phases)) for s in plan.cells] == [
        ("none", "de", 0),
        ("none", "sw", 0),
        ("qqp", "de", 1),
        ("qqp", "sw", 1),
    ]


def test_a_target_without_test_rows_is_scored_on_validation_rows(bench: Bench) -> None:
    plan = bench.plan(target=("squad", "ccg"))
    assert {(s.task, s.split, s.language) for s in plan.cells} == {
        ("squad", "validation", "en"),
        ("ccg", "test", "en"),
    }


def test_the_best_checkpoint_is_kept_where_the_task_says_so(bench: Bench) -> None:
    plan = bench.plan(target=("pawsx", "squad"))
    kept = {phase.names: phase.development for phase in plan.phases}
    assert kept["squad",] is None
    assert kept["qqp",] is None
    development = kept["pawsx",]
    assert development is not None
    (data,) = development.rows
    assert (development.metric, data.split, data.language) == ("accuracy", "validation", "en")


def test_languages_are_those_asked_for_in_the_order_of_the_task(bench: Bench) -> None:
    plan = bench.plan(languages=("fr", "en"), baseline=False)
    assert [s.language for s in plan.cells] == ["en", "fr"]


@pytest.mark.parametrize(
    ("changes", "refusal"),
    [
        ({"target": ()}, ("no-target",)),
        ({"languages": ("dee",)}, ("unknown-language", "dee", "de")),
        ({"languages": ("xx",)}, ("unknown-language", "xx", "known")),
        (
            {"languages": ("es",)},
            ("task-without-language", "pawsx", "en, de, fr"),
        ),
        (
            {"target": ("pawsx", "tatoeba"), "languages": ("sw",)},
            ("task-without-language", "pawsx", "sw"),
        ),
        (
            {"target": ("pawsx", "tatoeba"), "languages": ("fr",)},
            ("task-without-language", "tatoeba", "fr"),
        ),
        (
            {"intermediate": ("tatoeba", "qqp")},
            ("no-training-rows", "tatoeba", ",-tatoeba"),
        ),
        ({"set": {"max_length": 513}}, ("max-length-beyond-model", "513", "512")),
        (
            {"set": {"tasks.qqp.max_length": 600}},
            (
                "max-length-beyond-model",
                "600",
                "qqp",
                "tasks.qqp.max_length=512",
                "if a preset says so, --set max_length=512",
            ),
        ),
        ({"set": {"model.positions": 50}}, ("max-length-beyond-model", "48")),
        ({"set": {"tasks.pawsx.max_length": 4}}, ("max-length-too-short", "4", "pawsx", "8 or more")),
        (
            {"target": ("tatoeba",), "set": {"layer": 9}},
            ("layer-beyond-model", "9", "tatoeba"),
        ),
        ({"set": {"model.heads": 3}}, ("uneven-heads", "3")),
        ({"set": {"model.hidden_size": 0}}, ("value-out-of-range", "hidden_size", "0")),
        ({"set": {"model.layers": -1}}, ("value-out-of-range", "layers", "-1")),
        ({"set": {"model.dropout": 1.0}}, ("value-out-of-range", "1.0")),
        ({"set": {"lr": -1.0}}, ("value-out-of-range", "lr", "-1.0")),
        ({"target": ("xnlii",)}, ("unknown-task", "xnlii")),
    ],
)
def test_what_cannot_be_done_is_refused(bench: Bench, changes: dict[str, Any], refusal: Refusal) -> None:
    with raises_code(*refusal):
        bench.plan(**changes)


def test_all_missing_intermediate_tasks_are_named_at_once(bench: Bench) -> None:
    with pytest.raises(DataError) as caught:
        bench.session(intermediate=("all",))
    missing = ["anli", "squad_v2", "hellaswag", "cosmosqa", "commonsenseqa"]
    assert caught.value.what == f"no usable training rows of the intermediate tasks {', '.join(missing)}"
    assert all(f"{task}: " in (caught.value.where or "") for task in missing)
    command = f"--intermediate all,{','.join(f'-{task}' for task in missing)}"
    assert command in (caught.value.fix or "")
    assert [path for path in bench.runs.rglob("*") if path.is_file()] == []
    # The fix works.
    names = command.removeprefix("--intermediate ").split(",")
    plan = bench.plan(intermediate=tuple(names), baseline=False)
    assert plan.arms[-1].intermediate == ("mnli", "qqp", "squad", "ccg")
    assert arms(plan) == ["mnli + qqp + squad + ccg"]


def test_an_intermediate_left_out_is_in_no_digest(bench: Bench) -> None:
    suite = ("mnli", "qqp", "squad", "ccg")
    with_ccg = {p.digest for p in bench.plan(intermediate=suite).phases}
    without = bench.plan(intermediate=(*suite, "-ccg"))
    assert without.arms[-1].intermediate == suite[:3]
    assert with_ccg.isdisjoint(p.digest for p in without.phases)


def test_metrics_that_cannot_score_a_target_are_refused(
    bench: Bench, registry: Registry, monkeypatch: pytest.MonkeyPatch
) -> None:
    for metrics, refusal in [
        (("accuracy", "acuracy"), ("unknown-metric", "acuracy", "accuracy")),
        (("retrieval_accuracy",), ("metric-does-not-fit-task", "retrieval_accuracy", "pawsx")),
    ]:
        task = dataclasses.replace(registry.task("pawsx"), metrics=metrics, selection=Selection())
        monkeypatch.setitem(registry.__dict__, "tasks", MappingProxyType({**registry.tasks, "pawsx": task}))
        with raises_code(*refusal):
            bench.plan()
        monkeypatch.undo()


def test_open_label_sets_come_from_the_training_rows(bench: Bench) -> None:
    plan = bench.plan(target=("ccg",))
    assert {s.stage.rows.labels for s in plan.cells} == {("N", "NP/N")}


def test_heads_that_exist_are_used_only_when_asked_for(bench: Bench) -> None:
    settings = bench.settings(intermediate=("ccg", "qqp"), target=("ccg", "pawsx"), baseline=False)
    data = Data(bench.registry, open_source(settings.data, bench.registry))
    assert len(build_plan(settings, bench.registry, data).phases) == 3
    plan = build_plan(settings, bench.registry, data, use_heads=True)
    assert phases(plan) == [("intermediate", ("ccg", "qqp"), 1), ("target", ("pawsx",), 1)]
    # In a sequence only the last task's head is left.
    sequence = dataclasses.replace(settings, mode="sequential")
    plan = build_plan(sequence, bench.registry, data, use_heads=True)
    assert [p[:2] for p in phases(plan)] == [
        ("intermediate", ("ccg",)),
        ("intermediate", ("qqp",)),
        ("target", ("ccg",)),
        ("target", ("pawsx",)),
    ]


def test_heads_of_the_model_itself_are_another_question(bench: Bench) -> None:
    """A run that started from a checkpoint with a head has trained a new one; the checkpoint itself uses its own."""
    directory = _encoder(bench.map.parent / "with-head")
    (directory / "head-pawsx.safetensors").touch()
    (directory / "heads.json").write_text('{"pawsx": {"labels": ["0", "1"]}}')
    settings = bench.settings(intermediate=(), target=("pawsx", "ccg"))
    data = Data(bench.registry, open_source(settings.data, bench.registry))
    model = Given(directory, "0" * 16)

    def trained(**heads: Any) -> list[tuple[str, ...]]:
        return [phase.names for phase in build_plan(settings, bench.registry, data, models={"": model}, **heads).phases]

    assert trained() == trained(use_heads=True) == [("pawsx",), ("ccg",)]
    assert trained(use_heads=True, use_model_heads=True) == [("ccg",)]


@pytest.mark.parametrize("scope", ["tasks.qqp", "kinds.text-classification"])
def test_training_settings_of_one_task_are_refused_where_tasks_are_trained_together(bench: Bench, scope: str) -> None:
    asked: dict[str, Any] = {"intermediate": ("qqp", "ccg"), "target": ("squad",), "set": {f"{scope}.lr": 0.5}}
    with raises_code("setting-without-effect", scope):
        bench.plan(**asked)
    assert 0.5 in {phase.hyper.lr for phase in bench.plan(**asked | {"mode": "single"}).phases}
    # A target has a phase of its own.
    assert 0.5 in {phase.hyper.lr for phase in bench.plan(**asked | {"target": ("qqp",)}).phases}


def test_another_map_with_the_same_contents_gives_the_same_plan(bench: Bench, tmp_path: Path) -> None:
    import shutil

    shutil.copytree(bench.map.parent, tmp_path / "copy")
    again = bench.plan()
    moved = bench.settings()
    moved = dataclasses.replace(moved, data=str(tmp_path / "copy" / "map.toml"))
    plan = build_plan(moved, bench.registry, Data(bench.registry, open_source(moved.data, bench.registry)))
    assert [s.stage.digest for s in plan.cells] == [s.stage.digest for s in again.cells]
    (tmp_path / "copy" / "pawsx" / "test-fr.tsv").write_text("a b\tb a\t1\nc d\td c\t0\n")
    plan = build_plan(moved, bench.registry, Data(bench.registry, open_source(moved.data, bench.registry)))
    changed = [s.language for s, old in zip(plan.cells, again.cells, strict=True) if s.stage != old.stage]
    assert changed == ["fr", "fr"]


def test_a_plan_names_all_that_it_may_make_after_what_it_is_made_from(bench: Bench) -> None:
    plan = bench.plan(target=("pawsx", "tatoeba"))
    stages = plan.stages
    places = {stage.key: place for place, stage in enumerate(stages)}
    assert len(places) == len(stages)
    for stage in stages:
        assert all(places[parent.key] < places[stage.key] for parent in stage.parents().values())
    kinds = Counter(stage.kind for stage in stages)
    # Training and development rows of two tasks, and the scored ones of five languages.
    assert kinds == {"built": 1, "encode": 3 + 5, "train": 3, "predict": 2 * 5}


def test_rows_are_encoded_before_a_model_is_loaded(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    session = bench.session(target=("pawsx",))
    real = Encode.build

    def build(self: Encode, workbench: Workbench, out: Building) -> None:
        assert workbench._predictor is None
        real(self, workbench, out)

    monkeypatch.setattr(Encode, "build", build)
    assert session.execute().failures == []
