"""Hyper-parameters: which name beats which, and what is refused."""

from __future__ import annotations

import dataclasses
import itertools
from typing import Any

import pytest

from harness.errors import SettingsError
from harness.hyper import Hyper, Overrides, check_overrides, check_scopes, flatten, resolve
from harness.registry import default_registry
from harness.setting import KindSettings, declared, setting
from tests.raising import Refusal, raises_code

ROLES = {
    "training",
    "seed",
    "rows",
    "mixing",
    "weighting",
    "selection",
    "development",
    "encoding",
    "decoding",
    "execution",
}


KINDS = {name: type(kind).settings for name, kind in default_registry().kinds.items()}


def resolved(preset: dict[str, Any], overrides: dict[str, Any], phase: str = "target") -> Hyper:
    return resolve(preset, Overrides(overrides), model="mini", phase=phase, kind="text-classification", task="pawsx")


def test_each_scope_beats_the_wider_ones_and_the_user_beats_the_preset() -> None:
    preset: dict[str, Any] = {"lr": 0.1}
    assert resolved({}, {}).lr == Hyper().lr
    assert resolved(preset, {}).lr == 0.1
    for number, scope in enumerate(["target", "kinds.text-classification", "tasks.pawsx"]):
        overrides = {f"{scope}.lr": 0.2 + number}
        assert resolved(preset, overrides).lr == 0.2 + number
        preset |= overrides
        assert resolved(preset, {}).lr == 0.2 + number
    assert resolved(preset, {"lr": 9.0}).lr == 9.0


def test_a_presets_values_for_the_model_beat_its_general_ones_alone() -> None:
    preset: dict[str, Any] = {"lr": 0.1, "epochs": 2.0, "models.mini.lr": 0.2, "models.mini.epochs": 4.0}
    preset |= {"target.epochs": 5.0, "models.other.lr": 0.3}
    hyper = resolved(preset, {})
    assert (hyper.lr, hyper.epochs) == (0.2, 5.0)
    assert resolved(preset, {"lr": 9.0}).lr == 9.0


def test_settings_have_no_scope_for_models() -> None:
    with raises_code("unknown-scope"):
        check_overrides({"models.mini.lr": 0.1}, where="file", model_parameters={}, kinds={})


def test_a_preset_for_small_machines_trains_untrained_layers_faster() -> None:
    preset = default_registry().presets["small-cpu"].values
    rates = {
        name: resolve(preset, model=name, phase="intermediate", kind=None, task=None).lr
        for name in ("use-multilingual", "xlm-r-base")
    }
    assert rates["use-multilingual"] > rates["xlm-r-base"] == preset["lr"]


@pytest.mark.parametrize("scope", ["intermediate", "kinds.token-classification", "tasks.xnli", "models.other", "model"])
def test_other_scopes_do_not_matter(scope: str) -> None:
    assert resolved({f"{scope}.lr": 0.5}, {f"{scope}.lr": 0.5}) == Hyper()


def test_a_multi_task_phase_has_no_kind_and_task_of_its_own() -> None:
    overrides = {"tasks.mnli.lr": 0.5, "kinds.text-classification.lr": 0.5, "intermediate.lr": 0.25}
    assert resolve({}, Overrides(overrides), model="mini", phase="intermediate", kind=None, task=None).lr == 0.25


def test_every_field_has_a_role_and_says_what_it_is() -> None:
    declarations = [one.declaration for one in declared(Hyper).values()]
    assert {one.role for one in declarations} == ROLES
    assert all(one.about for one in declarations)
    by_role = [name for role in ROLES for name in Hyper().values(role)]
    assert sorted([*by_role, "kind_settings", "origins"]) == sorted(f.name for f in dataclasses.fields(Hyper))


@pytest.mark.parametrize(
    ("key", "refusal"),
    [
        ("lrr", ("unknown-hyper-parameter", "lrr", "lr")),
        ("target.lrr", ("unknown-hyper-parameter", "lrr", "here: target.lrr")),
        ("targt.lr", ("unknown-scope", "targt", "target")),
        ("target.pawsx.lr", ("unknown-scope", "target.pawsx")),
        ("kinds.lr", ("unknown-scope", "kinds")),
        ("tasks.lr", ("unknown-scope", "tasks")),
        ("model.nope", ("unknown-model-parameter", "nope", "layers")),
        ("model.inner.layers", ("unknown-scope", "model.inner")),
        ("model", ("unknown-hyper-parameter", "model")),
    ],
)
def test_unknown_names_are_refused(key: str, refusal: Refusal) -> None:
    with raises_code(*refusal):
        check_overrides({key: 1}, where="here", model_parameters={"layers": 3}, kinds={})


@pytest.mark.parametrize(
    ("key", "value", "refusal"),
    [
        ("lr", "fast", ("wrong-type", "lr", "fast", "float")),
        ("lr", True, ("wrong-type", "lr", "True", "float")),
        ("target.steps", 1.5, ("wrong-type", "target.steps", "1.5", "int")),
        ("tasks.pawsx.pooling", "max", ("unknown-value", "tasks.pawsx.pooling", "max")),
        ("precision", "fp16", ("unknown-value", "precision", "fp16")),
        ("model.layers", "3", ("wrong-type", "model.layers", "3", "int")),
    ],
)
def test_values_of_the_wrong_type_are_refused(key: str, value: object, refusal: Refusal) -> None:
    with raises_code(*refusal):
        check_overrides({key: value}, where="here", model_parameters={"layers": 3}, kinds={})


def test_whole_numbers_are_floats_too() -> None:
    assert isinstance(resolved({}, {"epochs": 3}).epochs, float)


@pytest.mark.parametrize(
    "wrong",
    [
        {"lr": 0.0},
        {"lr": float("nan")},
        {"lr": float("inf")},
        {"weight_decay": float("nan")},
        {"batch_size": 0},
        {"steps": -1},
        {"steps": 10, "warmup": 11.0},
        {"epochs": 0.0},
        {"dropout": 1.0},
        {"warmup": -0.1},
        {"zero_stage": 4},
        {"patience": -1},
        {"examples": -1},
        {"cap": 0},
        {"temperature": 0.5},
        {"replay": 1.0},
        {"replay": -0.1},
        {"freeze_layers": -1},
        {"seed": -1},
        {"token_budget": 0},
    ],
)
def test_values_that_no_phase_can_use_are_refused(wrong: dict[str, Any]) -> None:
    with pytest.raises(SettingsError):
        Hyper(**wrong)


def test_warm_up_is_a_share_below_one_and_a_number_of_steps_from_one() -> None:
    assert Hyper(warmup=0.1).warmup_steps(200) == 20
    assert Hyper(warmup=1.0).warmup_steps(200) == 1
    assert Hyper(warmup=30.0).warmup_steps(200) == 30
    assert Hyper(warmup=0.0).warmup_steps(200) == 0


@pytest.mark.parametrize("name", default_registry().presets)
def test_what_is_said_to_be_published_is_a_value_of_the_preset(name: str) -> None:
    registry = default_registry()
    published = registry.presets[name].published
    assert published.keys() <= flatten(registry.presets[name].values).keys()
    assert all(published.values())


def test_the_published_recipes() -> None:
    # protocol: XTREME's train_qa.sh has 3 epochs at 3e-5, windows of 384 tokens, 500 steps of warm-up; the others none.
    presets = {name: preset.values for name, preset in default_registry().presets.items()}
    qa = resolve(presets["xtreme-scripts"], model="mini", phase="target", kind="question-answering", task="tydiqa")
    assert (qa.lr, qa.epochs, qa.max_length, qa.warmup, qa.batch_size) == (3e-5, 3.0, 384, 500.0, 32)
    ner = resolve(presets["xtreme-scripts"], model="mini", phase="target", kind="token-classification", task="panx")
    assert (ner.lr, ner.epochs, ner.max_length, ner.warmup, ner.eval_every) == (2e-5, 10.0, 128, 0.0, 1000)
    # jiant's scripts for Phang et al. 2020: batches of 32, of 16 for questions; XNLI 2 epochs.
    nli = resolve(presets["phang2020"], model="mini", phase="target", kind="text-classification", task="xnli")
    assert (nli.lr, nli.epochs, nli.batch_size, nli.max_length, nli.warmup) == (1e-5, 2.0, 32, 256, 0.1)
    qa = resolve(presets["phang2020"], model="mini", phase="target", kind="question-answering", task="tydiqa")
    assert (qa.epochs, qa.batch_size, qa.max_length) == (2.0, 16, 384)


@pytest.mark.parametrize(
    ("task", "wanted"),
    [
        # run_glue_one.sh, run_pawsx.sh, run_udpos.sh, run_squad.sh (of MLQA), run_tydiqa.sh, run_squad.sh,
        # train_siqa.sh, train_squad_v1_retrieval.sh, run_mewslix.sh
        ("xnli", (2e-5, 3.0, 32, 128, 0.06, 0.0)),
        ("pawsx", (2e-5, 2.0, 32, 128, 0.0, 0.0)),
        ("udpos", (2e-5, 10.0, 32, 128, 0.0, 0.0)),
        ("mlqa", (3e-5, 3.0, 32, 384, 0.0, 1e-4)),
        ("tydiqa", (3e-5, 3.0, 32, 384, 0.0, 1e-4)),
        ("squad_v2", (5e-5, 2.0, 48, 384, 0.0, 0.0)),
        ("siqa", (2e-5, 5.0, 32, 128, 0.0, 0.0)),
        ("lareqa", (2e-5, 3.0, 16, 256, 0.0, 0.0)),
        ("mewslix", (2e-5, 2.0, 64, 64, 0.0, 0.0)),
    ],
)
def test_the_recipe_of_nlu_evals(task: str, wanted: tuple[float, ...]) -> None:
    registry = default_registry()
    kind = registry.task(task).kind
    found = resolve(registry.presets["nlu-evals"].values, model="m", phase="target", kind=kind, task=task)
    names = ("lr", "epochs", "batch_size", "max_length", "warmup", "weight_decay")
    assert tuple(getattr(found, name) for name in names) == wanted
    # No phase is that long, so that the last checkpoint is kept.
    assert found.eval_every > 500_000
    assert registry.presets["nlu-evals"].published.keys() == flatten(registry.presets["nlu-evals"].values).keys()


@pytest.mark.parametrize("name", default_registry().presets)
def test_presets_hold_only_names_and_values_that_exist(name: str) -> None:
    registry = default_registry()
    preset = dict(registry.presets[name].values)
    for model, values in preset.pop("models", {}).items():
        assert model in registry.models
        check_overrides(values, where=model, model_parameters={}, kinds=KINDS)
    assert not any(key.startswith("model.") for key in flatten(preset))
    check_overrides(flatten(preset), where=name, model_parameters={}, kinds=KINDS)
    check_scopes(registry, flatten(preset), where=name)
    for model, phase in itertools.product(registry.models, ("intermediate", "target")):
        resolve(registry.presets[name].values, model=model, phase=phase, kind=None, task=None)
        for task in registry.tasks.values():
            resolve(registry.presets[name].values, model=model, phase=phase, kind=task.kind, task=task.name)


def test_the_defaults_of_every_source_exist() -> None:
    registry = default_registry()
    for source in registry.sources.values():
        assert source.model in registry.models
        assert source.preset in registry.presets


def test_epochs_take_back_the_steps_of_a_layer_before() -> None:
    preset = {"intermediate": {"steps": 300}, "epochs": 2.0}

    def steps_and_epochs(**overrides: float) -> tuple[int, float]:
        hyper = resolve(preset, Overrides(overrides), model="mini", phase="intermediate", kind=None, task=None)
        return hyper.steps, hyper.epochs

    assert steps_and_epochs() == (300, 2.0)
    assert steps_and_epochs(epochs=5) == (0, 5.0)
    assert steps_and_epochs(epochs=5, steps=7) == (7, 5.0)


@dataclasses.dataclass(frozen=True, kw_only=True)
class Tagging(KindSettings):
    overlap: int = setting("encoding", "words that pieces share", default=0, least=0, later=True)
    rule: str = setting("decoding", "how entities are joined", default="strict", choices=("strict", "lenient"))


@dataclasses.dataclass(frozen=True, kw_only=True)
class Linking(KindSettings):
    rule: bool = setting("decoding", "whether there is a rule", default=False)


def tagged(**overrides: Any) -> Hyper:
    overrides = {key.replace("__", "."): value for key, value in overrides.items()}
    return resolve({}, Overrides(overrides), model="mini", phase="target", kind="tags", task="t", kind_settings=Tagging)


def test_a_kinds_own_settings_have_its_scopes_and_no_others() -> None:
    assert tagged().own(Tagging) == Tagging()
    assert tagged(rule="lenient").own(Tagging).rule == "lenient"
    assert tagged(rule="lenient", kinds__tags__rule="strict").own(Tagging).rule == "strict"
    assert tagged(tasks__t__overlap=3, kinds__tags__overlap=2).own(Tagging).overlap == 3
    assert tagged(tasks__other__overlap=3).own(Tagging).overlap == 0
    # Of a phase on several tasks, and of another kind, they are no part.
    assert resolve({}, Overrides({"rule": "lenient"}), model="mini", phase="target", kind=None, task=None) == Hyper()


def test_values_of_a_kinds_own_settings_by_name_and_by_role() -> None:
    hyper = tagged(overlap=2, max_length=30)
    assert hyper.named(("rule", "max_length", "overlap")) == {"rule": "strict", "max_length": 30, "overlap": 2}
    assert hyper.values("decoding").keys() == {"layer", "pooling", "rule"}
    assert "overlap" in tagged().unchanged_later()
    assert "overlap" not in hyper.unchanged_later()
    with pytest.raises(TypeError, match="Tagging, not Linking"):
        hyper.own(Linking)
    assert Hyper().own(Linking) == Linking()


def test_a_value_is_refused_if_no_kind_that_a_scope_means_takes_it() -> None:
    kinds = {"tags": Tagging, "links": Linking}
    for key, value in (("rule", "lenient"), ("rule", True), ("kinds.tags.rule", "strict"), ("tasks.t.overlap", 3)):
        check_overrides({key: value}, where="here", model_parameters={}, kinds=kinds)
    with raises_code("wrong-type", "rule", "3", "str"):
        check_overrides({"rule": 3}, where="here", model_parameters={}, kinds=kinds)
    with raises_code("unknown-value", "kinds.tags.rule", "loose"):
        check_overrides({"kinds.tags.rule": "loose"}, where="here", model_parameters={}, kinds=kinds)
    with raises_code("unknown-hyper-parameter", "overlapp", "overlap"):
        check_overrides({"overlapp": 3}, where="here", model_parameters={}, kinds=kinds)
    with raises_code("value-out-of-range", "overlap", "-1 must not be below 0"):
        tagged(overlap=-1)
