"""Settings: one precedence rule, nothing accepted and ignored, unknown names and wrong types refused."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from harness.config import Settings, check_keys, load_file, parse_set, select_tasks, settings_from
from harness.hyper import Hyper, Overrides, resolve
from harness.planning.asked import arms_of
from harness.planning.data import Data
from harness.planning.plan import Plan
from harness.planning.planner import build_plan
from harness.registry import Registry, default_registry
from harness.setting import declared
from harness.sources.mini.source import MiniSource
from tests.raising import Refusal, raises_code

LIMIT = 8


@pytest.fixture(scope="module")
def registry() -> Registry:
    return default_registry()


@pytest.fixture(scope="module")
def rows(registry: Registry) -> dict[int, Data]:
    return {limit: Data(registry, MiniSource(), limit) for limit in (0, LIMIT, LIMIT + 1)}


def planned(registry: Registry, rows: Mapping[int, Data], **changes: Any) -> Plan:
    # A model with room for long texts and parameters to set, which the shipped one has not.
    base = {"model": "scratch", "intermediate": ("qqp", "squad"), "target": ("pawsx", "tatoeba"), "limit": LIMIT}
    base["set"] = {"target.steps": 2}
    settings = settings_from(registry, base, check_keys(changes, where="test"))
    return build_plan(settings, registry, rows[settings.limit])


def digests(plan: Plan) -> list[object]:
    """All that is computed: the stages, with the arm and seed each score belongs to."""
    return [(cell.arm, cell.seed, cell.language, cell.stage.digest) for cell in plan.cells]


# --- precedence


def written(path: Path, text: str) -> Path:
    path.write_text(text, encoding="utf-8")
    return path


def test_flags_beat_the_file_and_the_file_beats_the_defaults(registry: Registry, tmp_path: Path) -> None:
    file = load_file(written(tmp_path / "a.toml", 'mode = "single"\nlimit = 5\n[set]\nlr = 0.1\ntarget.lr = 0.2\n'))
    flags = {"limit": 7, "set": {"target.lr": 0.3}}
    settings = settings_from(registry, file, flags)
    assert (settings.mode, settings.limit, settings.seeds) == ("single", 7, (1,))
    assert settings.set == {"lr": 0.1, "target.lr": 0.3}


def test_a_general_flag_beats_the_scoped_value_of_the_file(registry: Registry) -> None:
    named = {"target.lr": 0.2, "tasks.pawsx.lr": 0.3, "tasks.pawsx.epochs": 2.0, "model.dropout": 0.2}
    file = {"model": "scratch", "set": named}
    settings = settings_from(registry, file, {"set": {"lr": 0.5, "dropout": 0.3}})
    assert settings.set == {"lr": 0.5, "dropout": 0.3, "tasks.pawsx.epochs": 2.0, "model.dropout": 0.2}
    settings = settings_from(registry, {"set": {"lr": 0.5}}, file)
    assert settings.set["lr"] == 0.5
    assert settings.set["target.lr"] == 0.2


@pytest.mark.parametrize(
    ("file", "flags", "steps"),
    [
        ({"steps": 100}, {"epochs": 3.0}, 0),
        ({"target.steps": 100}, {"epochs": 3.0}, 0),
        ({"target.steps": 100}, {"target.epochs": 3.0}, 0),
        ({"steps": 100}, {"target.epochs": 3.0}, 0),
        ({"tasks.pawsx.steps": 7}, {"target.epochs": 3.0}, 7),
        ({"epochs": 3.0}, {"steps": 9}, 9),
        ({"steps": 100}, {"epochs": 3.0, "steps": 9}, 9),
        ({"steps": 100}, {"lr": 0.5}, 100),
    ],
)
def test_epochs_of_a_flag_take_back_the_steps_of_the_file(
    registry: Registry, file: dict[str, Any], flags: dict[str, Any], steps: int
) -> None:
    settings = settings_from(registry, {"set": file}, {"set": flags})
    hyper = resolve(
        registry.presets["mini"].values,
        Overrides(settings.set),
        model="mini",
        phase="target",
        kind="text-classification",
        task="pawsx",
    )
    assert hyper.steps == steps
    assert steps or hyper.epochs == 3.0


def test_the_preset_beats_the_defaults_and_is_beaten_by_a_general_value(
    registry: Registry, rows: dict[int, Data]
) -> None:
    preset = registry.presets["mini"].values["target"]["lr"]
    assert preset != Hyper().lr
    assert {phase.hyper.lr for phase in planned(registry, rows).phases if phase.phase == "target"} == {preset}
    plan = planned(registry, rows, set={"lr": 0.5})
    assert {phase.hyper.lr for phase in plan.phases} == {0.5}


def test_the_source_decides_model_and_preset_where_nobody_does(registry: Registry) -> None:
    on_mini = settings_from(registry, {})
    on_files = settings_from(registry, {"data": "somewhere"})
    assert (on_mini.model, on_mini.preset) == ("mini", "mini")
    assert (on_files.model, on_files.preset) == ("xlm-r-base", "small-cpu")


def test_several_values_give_all_combinations(registry: Registry) -> None:
    flags = parse_set(["lr=1e-5,2e-5", "target.steps=3,4", "precision=fp32"])
    arms = arms_of(settings_from(registry, {"set": flags, "arms": {"late": "mnli > squad"}}), registry)
    combinations = [{"lr": lr, "target.steps": steps} for lr in (1e-5, 2e-5) for steps in (3, 4)]
    assert [(arm.base_label, arm.varied) for arm in arms] == [
        (label, values) for label in ("none", "late") for values in combinations
    ]
    assert (arms[0].label, arms[-1].label) == ("none, lr=1e-05, target.steps=3", "late, lr=2e-05, target.steps=4")


# --- nothing accepted and ignored

SETTING_CHANGES: dict[str, Any] = {
    "intermediate": ("qqp",),
    "target": ("pawsx",),
    "mode": "single",
    "preset": "small-cpu",
    "languages": ("qaa",),
    "limit": LIMIT + 1,
    "seeds": (2,),
    "baseline": False,
    "trim_vocab": "xnli",
    "score_snapshots": True,
    "score_phases": True,
    "arms": {"late": "qqp > ccg"},
    "keep_precision": "bf16",
    "set": {"lr": 0.5},
}
ELSEWHERE = {
    "model": "a directory or hub id; tests/planning/test_session.py",
    "data": "another source; tests/planning/test_plan.py",
    "strict": "refuses bad rows; tests/planning/test_data.py",
    "against": "what tables compare with; tests/planning/test_arms_of_a_run.py",
    "keep": "what stays in the store; tests/planning/test_keeping.py",
    "deterministic": "torch's mode while a run computes; tests/planning/test_execute.py",
}


@pytest.mark.parametrize("name", [f.name for f in dataclasses.fields(Settings)])
def test_every_setting_changes_what_is_computed(registry: Registry, rows: dict[int, Data], name: str) -> None:
    if name in ELSEWHERE:
        pytest.skip(ELSEWHERE[name])
    assert digests(planned(registry, rows)) != digests(planned(registry, rows, **{name: SETTING_CHANGES[name]}))


HYPER_PARAMETERS = {**declared(Hyper)} | {
    name: one for kind in default_registry().kinds.values() for name, one in declared(kind.settings).items()
}
PHASES = {"intermediate", "target pawsx", "target squad"}
PREDICTIONS = {"predict pawsx", "predict squad", "predict tatoeba"}
ANSWERS = {"intermediate", "target squad", "predict squad"}

CHANGED_BY_ROLE = {
    "training": PHASES,
    "seed": PHASES,
    "rows": PHASES,
    "mixing": {"intermediate"},
    "weighting": {"intermediate"},
    "selection": {"target pawsx"},  # squad keeps its last checkpoint
    "development": {"intermediate", "target squad"},  # of pawsx it is what selects anyway
    "execution": set[str](),
}
CHANGED_BY_NAME = {
    "precision": PHASES | PREDICTIONS,
    "max_length": PHASES | PREDICTIONS,
    "doc_stride": ANSWERS,
    "max_query_length": ANSWERS,
    "max_answer_length": {"predict squad"},
    "n_best": {"predict squad"},
    "layer": {"predict tatoeba"},
    "pooling": {"predict tatoeba"},
    "similarity": {"predict tatoeba"},
    "direction": {"predict tatoeba"},
    "centring": {"predict tatoeba"},
    "text_prefix": {"predict tatoeba"},
    "classifier_pooling": {"intermediate", "target pawsx", "predict pawsx"},
}
OTHER_VALUES: dict[str, Any] = {"precision": "bf16", "pooling": "cls", "zero_stage": 1, "layer": 1, "weight": 2.0}
OTHER_VALUES |= {"similarity": "dot", "direction": "backward", "centring": True, "text_prefix": "query:"}
OTHER_VALUES |= {"classifier_pooling": "late"}
OTHER_VALUES |= {"mixing": "uniform", "replay": 0.2, "freeze_layers": 1, "select_on": "en"}
NEEDED: dict[str, dict[str, Any]] = {
    "temperature": {"set": {"mixing": "temperature"}},
    "replay": {"mode": "sequential"},
    "select_on": {"intermediate": ("squad",)},
}
NOT_OF_ALL_KINDS = {
    "word_blanks": "refused without a tagging task; tests/planning/test_word_blanks.py",
    "select_metric": "a metric is for some kinds alone; tests/planning/test_selection.py",
    "image_encoder": "refused without a task with images; tests/planning/test_images_stage.py",
    "images": "refused without a task with images; tests/planning/test_images_stage.py",
    "mask_probability": "refused without a task of kind fill-mask; tests/planning/test_fill_mask_run.py",
}


def other_value(name: str) -> Any:
    if name in OTHER_VALUES:
        return OTHER_VALUES[name]
    value = HYPER_PARAMETERS[name].default
    if isinstance(value, bool):
        return not value
    return value / 2 if isinstance(value, float) else value + 7


def inputs_by_stage(plan: Plan) -> dict[str, dict[str, Any]]:
    """What each stage's digest is made from, without the digest of the checkpoint it starts from."""
    found = {" ".join([p.phase, *p.names][: 1 + (p.phase == "target")]): p.inputs | {"start": ""} for p in plan.phases}
    found |= {f"predict {s.task}": s.stage.inputs | {"checkpoint": ""} for s in plan.cells}
    return found


@pytest.mark.parametrize("name", HYPER_PARAMETERS)
def test_every_hyper_parameter_changes_the_stages_it_decides_and_no_others(
    registry: Registry, rows: dict[int, Data], name: str
) -> None:
    if name in NOT_OF_ALL_KINDS:
        pytest.skip(NOT_OF_ALL_KINDS[name])
    asked: dict[str, Any] = {"target": ("pawsx", "squad", "tatoeba"), **NEEDED.get(name, {})}
    fixed = {"precision": "fp32", **asked.pop("set", {})}
    value, role = other_value(name), HYPER_PARAMETERS[name].declaration.role
    plan = planned(registry, rows, **asked, set={**fixed, name: value})
    reading = [*(phase.hyper for phase in plan.phases), *(cell.stage.rows.hyper for cell in plan.cells)]
    assert {hyper.values(role)[name] for hyper in reading if name in hyper.values(role)} == {value}
    before, after = (
        inputs_by_stage(planned(registry, rows, **asked, set=fixed)),
        inputs_by_stage(planned(registry, rows, **asked, set={**fixed, name: value})),
    )
    assert before.keys() == PHASES | PREDICTIONS
    expected = CHANGED_BY_NAME[name] if name in CHANGED_BY_NAME else CHANGED_BY_ROLE[role]
    assert {stage for stage in before if before[stage] != after[stage]} == expected


def test_settings_written_by_a_run_give_the_same_plan_again(
    registry: Registry, rows: dict[int, Data], tmp_path: Path
) -> None:
    changes: dict[str, Any] = {
        "set": {"target.lr": 2e-5, "tasks.pawsx.max_length": 33, "precision": "fp32", "model.dropout": 0},
        "languages": ("qaa", "en"),
        "seeds": (3, 1),
        "mode": "sequential",
        "baseline": False,
    }
    plan = planned(registry, rows, **changes)
    path = written(tmp_path / "settings.toml", plan.settings.to_toml())
    again = settings_from(registry, load_file(path))
    assert again == plan.settings
    assert digests(build_plan(again, registry, rows[LIMIT])) == digests(plan)


# --- what is refused


@pytest.mark.parametrize(
    ("table", "refusal"),
    [
        (
            "taget = ['pawsx']",
            ("unknown-setting", "taget", "where", "a.toml", "target"),
        ),
        ("limit = '5'", ("wrong-type", "limit", "5", "int")),
        ("limit = true", ("wrong-type", "limit", "True", "int")),
        ("baseline = 1", ("wrong-type", "baseline", "1", "bool")),
        ("seeds = [1, '2']", ("not-a-list", "seeds", "int")),
        ("seeds = [true]", ("not-a-list", "seeds", "int")),
        ("target = [1]", ("not-a-list", "target", "str")),
        ("set = 1", ("wrong-type", "set", "1", "dict")),
        ("target = ", ("not-toml",)),
    ],
)
def test_files_with_unknown_keys_and_wrong_types_are_refused(tmp_path: Path, table: str, refusal: Refusal) -> None:
    with raises_code(*refusal):
        load_file(written(tmp_path / "a.toml", table))


def test_a_file_that_cannot_be_read_is_refused(tmp_path: Path) -> None:
    for path in (tmp_path / "none.toml", tmp_path):
        with raises_code("unreadable-file", path):
            load_file(path)
    (tmp_path / "latin.toml").write_bytes('data = "\xe9"'.encode("latin-1"))
    with raises_code("not-toml"):
        load_file(tmp_path / "latin.toml")


@pytest.mark.parametrize(
    ("layer", "refusal"),
    [
        ({"mode": "multi"}, ("unknown-mode", "multi")),
        ({"preset": "mnii"}, ("unknown-preset", "mnii", "mini")),
        ({"limit": -1}, ("value-out-of-range", "-1")),
        ({"seeds": ()}, ("no-seed",)),
        ({"seeds": (1, 2, 1)}, ("repeated-seed",)),
        ({"seeds": (0, -2)}, ("value-out-of-range", "seeds = -2")),
        ({"set": {"tasks.nope.lr": 1.0}}, ("unknown-task", "nope")),
        ({"set": {"tasks": {"pawx": {"lr": 1.0}}}}, ("unknown-task", "pawx", "pawsx")),
        ({"set": {"kinds.nope.lr": 1.0}}, ("unknown-kind", "nope")),
        ({"set": {"kinds.text-classificatio.lr": 1.0}}, ("unknown-kind", "text-classification")),
        ({"set": {"tasks.pawsx.lrr": 1.0}}, ("unknown-hyper-parameter", "lrr")),
        ({"set": {"kinds.text-classification.x": 1.0}}, ("unknown-hyper-parameter", "x")),
        ({"set": {"model.nope": 1}}, ("unknown-model-parameter", "nope")),
        ({"set": {"lr": []}}, ("setting-without-value", "lr")),
        ({"set": {"lr": [1e-5, "x"]}}, ("wrong-type", "lr", "x", "float")),
        ({"model": "somewhere", "set": {"model.layers": 1}}, ("unknown-model-parameter", "layers")),
    ],
)
def test_what_no_run_can_use_is_refused(registry: Registry, layer: dict[str, Any], refusal: Refusal) -> None:
    with raises_code(*refusal):
        settings_from(registry, layer)


def test_names_may_be_given_as_one_text(tmp_path: Path) -> None:
    assert check_keys({"target": "pawsx, tatoeba,", "seeds": 3}, where="") == {
        "target": ("pawsx", "tatoeba"),
        "seeds": (3,),
    }
    assert check_keys({"data": tmp_path}, where="") == {"data": str(tmp_path)}


@pytest.mark.parametrize("text", ["lr", "=1", "lr=", " = "])
def test_flags_that_cannot_be_read_are_refused(text: str) -> None:
    with raises_code("malformed-set"):
        parse_set([text])


def test_flags_have_the_types_of_toml() -> None:
    assert parse_set(["a=1", "b=1.5", "c=true", "d=bf16", 'e="x"', "f=1e-5"]) == {
        "a": 1,
        "b": 1.5,
        "c": True,
        "d": "bf16",
        "e": "x",
        "f": 1e-5,
    }


# --- task names


def test_suites_and_exclusions(registry: Registry) -> None:
    everything = registry.suites["intermediate"].tasks
    assert select_tasks(registry, ["all"], all_means="intermediate") == everything
    without = select_tasks(registry, ["all", "-ccg", "-squad"], all_means="intermediate")
    assert without == tuple(name for name in everything if name not in ("ccg", "squad"))
    assert select_tasks(registry, ["pawsx", "mnli", "pawsx"], all_means="intermediate") == ("pawsx", "mnli")
    assert select_tasks(registry, [], all_means="intermediate") == ()


@pytest.mark.parametrize(
    ("names", "refusal"),
    [
        (["all", "-cgc"], ("unknown-task", "cgc", "ccg")),
        (["-ccg", "all"], ("nothing-excluded", "ccg")),
        (["mnli", "-ccg"], ("nothing-excluded", "ccg")),
        (["mnli", "-mnli"], ("no-task-left",)),
        (["-"], ("unknown-task",)),
    ],
)
def test_exclusions_that_cannot_be_meant_are_refused(registry: Registry, names: list[str], refusal: Refusal) -> None:
    with raises_code(*refusal):
        select_tasks(registry, names, all_means="intermediate")


def test_a_wrong_setting_of_an_arm_names_the_arm(registry: Registry) -> None:
    arms = {"late": {"arm": "mnli", "set": {"intermediate.foo": 3}}}
    with raises_code("unknown-hyper-parameter", "where: arms.late.set: intermediate.foo"):
        settings_from(registry, {"arms": arms}, where="small.toml")
