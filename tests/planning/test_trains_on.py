"""Targets that train on another task's rows, rows in several training languages, and how many rows are used."""

from __future__ import annotations

import dataclasses
import shutil
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

import pytest

from harness.catalogue.values import Preset
from harness.errors import SettingsError
from harness.modeling import scratch
from harness.planning.data import Data
from harness.planning.plan import Plan
from harness.planning.planner import build_plan
from harness.planning.stages.models import Given
from harness.planning.stages.training import Trained
from harness.sources.base import open_source
from tests.raising import raises_code

if TYPE_CHECKING:
    from pathlib import Path

    from harness.registry import Registry
    from tests.planning.conftest import Bench

MORE = """
[xquad.test]
file = "xquad.{language}.json"
languages = ["en", "de"]
[mlqa.test]
file = "mlqa.{language}.json"
languages = ["en", "es"]
[xnli.test]
file = "xnli.{language}.tsv"
format = "xtreme"
languages = ["en", "fr"]
[mnli.validation]
file = "mnli/train.jsonl"
format = "jsonl"
"""

GERMAN = "".join(f"eins {i}\tzwei {i}\t{i % 2}\n" for i in range(5))


@pytest.fixture
def bench(bench: Bench, tmp_path: Path) -> Bench:
    """The tiny data with test rows of xquad, mlqa and xnli, none of which has training rows."""
    bench.map = shutil.copytree(bench.map.parent, tmp_path / "tiny") / "map.toml"
    with bench.map.open("a") as file:
        file.write(MORE)
    for name in ("xquad.en", "xquad.de", "mlqa.en", "mlqa.es"):
        shutil.copy(bench.map.with_name("squad") / "validation.json", bench.map.with_name(f"{name}.json"))
    for language in ("en", "fr"):
        labels = ("entailment", "neutral", "contradiction") * 2
        lines = [f"dog {language} {i}\tbird {i}\t{label}\n" for i, label in enumerate(labels)]
        bench.map.with_name(f"xnli.{language}.tsv").write_text("".join(lines), encoding="utf-8")
    return bench


def phases(plan: Plan) -> list[tuple[str, tuple[str, ...]]]:
    return [(phase.phase, phase.names) for phase in plan.phases]


def rows_used(bench: Bench, plan: Plan) -> dict[tuple[str, tuple[str, ...]], list[int]]:
    settings = plan.settings
    data = Data(bench.registry, open_source(settings.data, bench.registry), settings.limit)
    return {(phase.phase, phase.names): [len(data.of(d).rows) for d in phase.tasks] for phase in plan.phases}


# --- whose rows


def test_targets_on_the_same_rows_share_their_phase_with_the_task_itself(bench: Bench) -> None:
    plan = bench.plan(intermediate=("mnli",), target=("xquad", "mlqa", "squad"), seeds=(1, 2))
    assert phases(plan) == [("target", ("squad",)), ("intermediate", ("mnli",)), ("target", ("squad",))] * 2
    alone = [bench.plan(intermediate=("mnli",), target=(t,), seeds=(1, 2)) for t in ("xquad", "mlqa", "squad")]
    assert {tuple(phase.digest for phase in plan.phases)} == {tuple(p.digest for p in one.phases) for one in alone}
    assert {(s.task, s.split, s.language) for s in plan.cells} == {
        ("xquad", "test", "en"),
        ("xquad", "test", "de"),
        ("mlqa", "test", "en"),
        ("mlqa", "test", "es"),
        ("squad", "validation", "en"),
    }


def test_hyper_parameters_of_a_target_are_its_own_on_another_tasks_rows_too(bench: Bench) -> None:
    plan = bench.plan(intermediate=(), target=("xquad", "mlqa"), set={"tasks.mlqa.lr": 0.5})
    assert phases(plan) == [("target", ("squad",))] * 2
    rates = {s.task: s.stage.checkpoint.hyper.lr for s in plan.cells if isinstance(s.stage.checkpoint, Trained)}
    assert rates["mlqa"] == 0.5
    assert rates["xquad"] != 0.5
    with raises_code("setting-without-effect", "tasks.squad.lr", "set tasks.xquad.lr or tasks.mlqa.lr"):
        bench.plan(intermediate=(), target=("xquad", "mlqa"), set={"tasks.squad.lr": 0.25})


def test_a_message_about_them_names_the_target(bench: Bench) -> None:
    with raises_code("max-length-beyond-model", "600", "xquad", "--set tasks.xquad.max_length=512"):
        bench.plan(intermediate=(), target=("xquad",), set={"tasks.xquad.max_length": 600})


def test_the_best_checkpoint_is_chosen_on_validation_rows_of_the_task_that_is_trained_on(bench: Bench) -> None:
    (phase,) = bench.plan(intermediate=(), target=("xnli",)).phases
    assert phase.development is not None
    (data,) = phase.development.rows
    assert (data.task, data.split, data.language, phase.development.metric) == ("mnli", "validation", "en", "accuracy")
    (phase,) = bench.plan(intermediate=(), target=("xquad",)).phases
    assert phase.development is None


def test_a_head_that_exists_is_used_for_every_target_on_its_rows(bench: Bench) -> None:
    settings = bench.settings(intermediate=("squad",), target=("xquad", "mlqa", "xnli"), baseline=False)
    data = Data(bench.registry, open_source(settings.data, bench.registry))
    plan = build_plan(settings, bench.registry, data, use_heads=True)
    assert phases(plan) == [("intermediate", ("squad",)), ("target", ("mnli",))]
    directory = bench.map.with_name("with-squads-head")
    directory.mkdir()
    parameters = {"hidden_size": 16, "layers": 1, "heads": 2, "feed_forward": 16, "vocabulary": 300, "positions": 300}
    scratch.build(directory, ["some text"], parameters | {"dropout": 0.0})
    (directory / "head-squad.safetensors").touch()
    (directory / "heads.json").write_text('{"squad": {"labels": []}}')
    settings = dataclasses.replace(settings, intermediate=())
    models = {"": Given(directory, "0" * 16)}
    plan = build_plan(settings, bench.registry, data, models=models, use_heads=True, use_model_heads=True)
    assert phases(plan) == [("target", ("mnli",))]
    for broken in ("", "[]", '{"mnli": {}}'):
        (directory / "heads.json").write_text(broken)
        with raises_code("labels-of-head-unknown", "squad"):
            build_plan(settings, bench.registry, data, models=models, use_heads=True, use_model_heads=True)


def test_a_task_without_rows_of_its_own_is_no_intermediate_task(bench: Bench) -> None:
    with raises_code("no-training-rows", "xquad", "--intermediate qqp,squad"):
        bench.plan(intermediate=("qqp", "xquad"), target=("pawsx",))


def test_a_shared_phase_is_trained_once_and_scores_every_target(bench: Bench) -> None:
    small = {"kinds.question-answering.max_length": 48}
    outcome = bench.run(intermediate=("squad",), target=("xquad", "mlqa", "xnli"), set=small)
    assert outcome.failures == []
    scores = bench.results(outcome)
    assert {(s["task"], s["metric"], s["role"]) for s in scores if s["main"]} == {
        ("xquad", "squad_f1", "target"),
        ("mlqa", "mlqa_f1", "target"),
        ("xnli", "accuracy", "target"),
    }
    models = bench.results(outcome, "model")
    assert [[(p["phase"], p["tasks"], p["rows"]) for p in model["phases"]] for model in models] == [
        [("target", ["squad"], {"squad": 16})],
        [("target", ["mnli"], {"mnli": 12})],
        [("intermediate", ["squad"], {"squad": 16}), ("target", ["squad"], {"squad": 16})],
        [("intermediate", ["squad"], {"squad": 16}), ("target", ["mnli"], {"mnli": 12})],
    ]
    # Cells after squad are marked where squad's rows are what the target trains on.
    after = {score["model"] for score in scores if score["arm"] == "squad"}
    marked = {s["task"]: any(o["same_rows"] for o in s["overlap"]) for s in scores if s["model"] in after}
    assert marked == {"xquad": True, "mlqa": True, "xnli": False}
    assert not any(o["same_rows"] for s in scores if s["model"] not in after for o in s["overlap"])


# --- training languages


def test_training_languages_are_joined_under_one_digest(
    bench: Bench, registry: Registry, monkeypatch: pytest.MonkeyPatch
) -> None:
    with bench.map.open("a") as file:
        file.write('[[pawsx.train]]\nfile = "pawsx/train-de.tsv"\nformat = "xtreme"\nlanguages = ["de"]\n')
    text = bench.map.read_text().replace("[pawsx.train]\n", "[[pawsx.train]]\n", 1)
    bench.map.write_text(text)
    german = bench.map.with_name("pawsx") / "train-de.tsv"
    german.write_text(GERMAN + "bad line\n")

    def training(*languages: str) -> Any:
        task = dataclasses.replace(registry.task("pawsx"), train_languages=languages)
        monkeypatch.setitem(registry.__dict__, "tasks", MappingProxyType({**registry.tasks, "pawsx": task}))
        return Data(registry, open_source(bench.settings().data, registry)).training("pawsx")

    english, joined, turned = training(), training("en", "de"), training("de", "en")
    assert english.digest == training("en").digest
    assert english.keys[0] == "pawsx/train.tsv:1"
    assert (len(english.rows), len(joined.rows), joined.language) == (12, 17, "en+de")
    assert joined.rows[:12] == english.rows
    assert turned.rows[5:] == english.rows
    assert len(set(joined.keys)) == len(joined.keys) == 17
    assert [row.line for row in joined.skipped] == [6]
    assert len({english.digest, joined.digest, turned.digest, training("de").digest}) == 4
    german.write_text(GERMAN.replace("eins", "drei"))
    assert training("en", "de").digest != joined.digest
    # What a stage encodes is the whole of it.
    plan = bench.plan(intermediate=(), languages=("en",))
    assert rows_used(bench, plan) == {("target", ("pawsx",)): [17]}


# --- how many rows


def test_examples_are_the_first_rows_and_part_of_the_digest(bench: Bench) -> None:
    settings = bench.settings()
    data = Data(bench.registry, open_source(settings.data, bench.registry))
    whole, first = data.training("pawsx"), data.training("pawsx", 5)
    assert (first.rows, first.keys) == (whole.rows[:5], whole.keys[:5])
    assert first.digest != whole.digest
    # As many as there are, or more, is all of them: the same phase.
    assert data.training("pawsx", 12) == data.training("pawsx", 1000) == whole
    digests = [
        [phase.digest for phase in bench.plan(intermediate=(), set={"target.examples": n}).phases]
        for n in (0, 5, 6, 12, 1000)
    ]
    assert digests[0] == digests[3] == digests[4]
    assert len({one for (one,) in digests}) == 3


@pytest.mark.parametrize(
    ("key", "intermediate", "qqp", "mnli", "squad"),
    [
        ("examples", True, 4, 4, 4),
        ("intermediate.examples", True, 4, 4, 16),
        ("target.examples", False, 12, 12, 4),
        ("tasks.mnli.examples", True, 12, 4, 16),
        ("tasks.xquad.examples", False, 12, 12, 4),
        ("kinds.text-classification.examples", True, 4, 4, 16),
    ],
)
def test_examples_hold_for_a_phase_a_task_or_all(
    bench: Bench, key: str, intermediate: bool, qqp: int, mnli: int, squad: int
) -> None:
    asked: dict[str, Any] = {"intermediate": ("qqp", "mnli"), "target": ("xquad",)}
    plan = bench.plan(**asked, set={key: 4})
    assert rows_used(bench, plan) == {
        ("target", ("squad",)): [squad],
        ("intermediate", ("qqp", "mnli")): [qqp, mnli],
    }
    before = bench.plan(**asked)
    same = plan.cells[-1].stage.checkpoint, before.cells[-1].stage.checkpoint
    assert (same[0].phases[0].digest != same[1].phases[0].digest) == intermediate
    # The tokenizer of a built model is trained on all rows, so that runs of all sizes start from one model.
    assert plan.model.digest == before.model.digest


def test_a_preset_may_say_how_many(bench: Bench, registry: Registry, monkeypatch: pytest.MonkeyPatch) -> None:
    few = Preset(name="few", values={**registry.presets["mini"].values, "tasks": {"xnli": {"examples": 3}}})
    monkeypatch.setitem(registry.__dict__, "presets", {**registry.presets, "few": few})
    plan = bench.plan(intermediate=("mnli",), target=("xnli",), preset="few", baseline=False)
    assert rows_used(bench, plan) == {("intermediate", ("mnli",)): [12], ("target", ("mnli",)): [3]}


@pytest.mark.parametrize(
    ("key", "changes", "fix"),
    [
        ("intermediate.examples", {"intermediate": ()}, "set tasks.pawsx.examples"),
        ("target.examples", {"target": ("tatoeba",)}, "set tasks.qqp.examples"),
        ("tasks.tatoeba.examples", {"target": ("pawsx", "tatoeba"), "intermediate": ()}, "set tasks.pawsx.examples"),
        ("tasks.squad.examples", {"target": ("xquad",)}, "set tasks.xquad.examples or tasks.qqp.examples"),
        ("kinds.token-classification.examples", {}, "set tasks.pawsx.examples or tasks.qqp.examples"),
        ("examples", {"target": ("tatoeba",), "intermediate": ()}, "leave it out; this run trains nothing"),
    ],
)
def test_examples_without_effect_are_refused(bench: Bench, key: str, changes: dict[str, Any], fix: str) -> None:
    with pytest.raises(SettingsError) as caught:
        bench.plan(**changes, set={key: 4})
    assert (caught.value.what, caught.value.fix) == (
        f"{key} has no effect: it applies to nothing that is trained",
        fix,
    )


def test_settings_of_a_finished_run_may_speak_of_phases_that_an_evaluation_does_not_need(bench: Bench) -> None:
    settings = bench.settings(intermediate=(), target=("tatoeba",), set={"target.examples": 4})
    data = Data(bench.registry, open_source(settings.data, bench.registry))
    assert build_plan(settings, bench.registry, data, use_heads=True).phases == ()


def test_below_zero_is_no_number_of_examples(bench: Bench) -> None:
    with raises_code("value-out-of-range", "examples", "-1"):
        bench.plan(set={"examples": -1})


def test_rows_of_the_other_task_that_are_missing_are_named(bench: Bench) -> None:
    bench.map.write_text(bench.map.read_text().replace('[squad.train]\nfile = "squad/train.json"\n', ""))
    with raises_code("no-rows", "train", "squad"):
        bench.plan(intermediate=(), target=("xquad",))


# --- scored after each phase


def test_the_task_whose_rows_a_target_trains_on_has_the_head_of_the_targets_phase(bench: Bench) -> None:
    plan = bench.plan(intermediate=("squad",), baseline=False, target=("xquad",), languages=("de",), score_phases=True)
    found = {(cell.at["phase"], cell.task, cell.language, cell.stage.head_of) for cell in plan.cells if cell.further}
    assert found == {(1, "squad", "en", None), (2, "squad", "en", None), (2, "xquad", "de", None)}
