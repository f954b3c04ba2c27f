"""Settings that nothing in a run goes by are refused."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from harness.config import settings_from
from harness.errors import UserError
from harness.planning.data import Data
from harness.planning.planner import build_plan
from harness.registry import Registry
from harness.sources.base import Source, Split, open_source
from harness.tasks import Task
from tests.raising import raises_code

if TYPE_CHECKING:
    from harness.planning.plan import Plan
    from tests.planning.conftest import Bench


@pytest.mark.parametrize(
    ("target", "key", "value"),
    [
        ("pawsx", "similarity", "dot"),
        ("pawsx", "centring", True),
        ("pawsx", "kinds.sentence-similarity.direction", "backward"),
        ("tatoeba", "intermediate.centring", True),
        ("tatoeba", "tasks.bucc2018.centring", True),
        ("tatoeba", "kinds.bitext-mining.similarity", "dot"),
        ("tatoeba", "n_best", 5),
    ],
)
def test_what_no_target_is_predicted_with_is_refused(bench: Bench, target: str, key: str, value: Any) -> None:
    name = key.rpartition(".")[2]
    kind = "question-answering" if name == "n_best" else "sentence-similarity"
    with raises_code("setting-without-effect", key) as caught:
        bench.plan(target=(target,), set={key: value})
    assert f"{name} is for targets of kind" in str(caught.value)
    assert kind in str(caught.value)


def test_a_prefix_without_sentences_is_refused(bench: Bench) -> None:
    with raises_code("setting-without-effect", "text_prefix") as caught:
        bench.plan(target=("pawsx",), set={"text_prefix": "query:"})
    assert "kind bitext-mining, sentence-similarity" in str(caught.value)
    plan = bench.plan(target=("pawsx", "tatoeba"), set={"text_prefix": "query:"})
    encoding = {cell.task: cell.stage.rows.encoding["hyper"] for cell in plan.cells}
    assert encoding["tatoeba"]["text_prefix"] == "query:"
    assert "text_prefix" not in encoding["pawsx"]


@pytest.mark.parametrize("scope", ["", "target.", "kinds.sentence-similarity.", "tasks.tatoeba."])
@pytest.mark.parametrize(("name", "value"), [("similarity", "dot"), ("direction", "backward"), ("centring", True)])
def test_what_one_target_is_predicted_with_is_taken(bench: Bench, scope: str, name: str, value: Any) -> None:
    plan = bench.plan(target=("pawsx", "tatoeba"), set={f"{scope}{name}": value})
    decoding = {cell.task: cell.stage.rows.decoding for cell in plan.cells}
    assert decoding["tatoeba"][name] == value
    assert name not in decoding["pawsx"]


def unused(plan: Plan) -> list[str]:
    return [one.shown for one in plan.unused]


def planned(bench: Bench, *target: str, **changes: Any) -> Plan:
    """A plan on mini, where every target is at hand."""
    return bench.plan(data="mini", limit=8, intermediate=(), target=target, **changes)


@pytest.mark.parametrize(
    ("target", "key", "value"),
    [
        # A target goes by its own name, whatever it trains on.
        ("xquad", "tasks.squad.lr", 0.5),
        ("xquad", "tasks.squad.epochs", 1),
        ("pawsx", "tasks.xnli.warmup", 0.5),
        ("pawsx", "kinds.question-answering.batch_size", 2),
        ("pawsx", "tasks.tatoeba.eval_every", 5),
    ],
)
def test_what_nothing_is_trained_with_is_refused(bench: Bench, target: str, key: str, value: Any) -> None:
    with raises_code("setting-without-effect", key):
        planned(bench, target, set={key: value})


@pytest.mark.parametrize("key", ["patience", "target.eval_every", "tasks.xquad.patience"])
def test_what_chooses_checkpoints_is_refused_where_the_last_is_kept(bench: Bench, key: str) -> None:
    with raises_code("setting-without-effect", key):
        planned(bench, "xquad", set={key: 3})
    assert planned(bench, "xquad", "pawsx", set={"patience": 3}).phases


@pytest.mark.parametrize(
    ("target", "key", "value"),
    [
        ("xquad", "tasks.squad.max_length", 40),
        ("pawsx", "doc_stride", 32),
        ("pawsx", "kinds.question-answering.max_query_length", 32),
        ("pawsx", "mask_probability", 0.5),
        ("pawsx", "target.mask_probability", 0.5),
    ],
)
def test_what_nothing_is_encoded_with_is_refused(bench: Bench, target: str, key: str, value: Any) -> None:
    with raises_code("setting-without-effect", key) as caught:
        planned(bench, target, set={key: value})
    assert f"the tasks of this run are {target}" in str(caught.value)


@pytest.mark.parametrize(
    "key", ["doc_stride", "target.doc_stride", "tasks.xquad.doc_stride", "tasks.tatoeba.max_length"]
)
def test_what_one_task_is_encoded_with_is_taken(bench: Bench, key: str) -> None:
    assert planned(bench, "pawsx", "xquad", "tatoeba", set={key: 20}).phases


def test_a_file_of_settings_may_speak_of_a_phase_that_a_run_has_not(bench: Bench) -> None:
    assert planned(bench, "pawsx", set={"intermediate.lr": 0.1}).phases
    assert not planned(bench, "tatoeba", set={"lr": 0.1}).phases


@pytest.mark.parametrize(
    ("target", "key", "value", "used"),
    [
        # Predictions go by the precision of what is not trained, too.
        ("tatoeba", "tasks.tatoeba.precision", "bf16", True),
        ("tatoeba", "tasks.tatoeba.token_budget", 512, True),
        # One file for several runs: an intermediate phase that this run has not.
        ("xquad", "intermediate.doc_stride", 20, False),
        ("tatoeba", "checkpoint_every", 7, False),
    ],
)
def test_what_a_run_without_intermediate_phases_may_say(
    bench: Bench, target: str, key: str, value: Any, used: bool
) -> None:
    assert (key not in unused(planned(bench, target, set={key: value}))) == used


def test_development_rows_are_decoded_with_what_no_target_is(bench: Bench) -> None:
    settings: dict[str, Any] = {"data": "mini", "limit": 8, "intermediate": ("squad",), "target": ("pawsx",)}
    with raises_code("setting-without-effect", "n_best"):
        bench.plan(**settings, set={"n_best": 3})
    first, _ = bench.plan(**settings, baseline=False, set={"n_best": 3, "intermediate.select_on": "en"}).phases
    assert first.development
    assert first.development.rows[0].decoding["n_best"] == 3


@pytest.mark.parametrize(
    ("key", "value"),
    [("tasks.squad.token_budget", 512), ("kinds.bitext-mining.zero_stage", 1), ("tasks.mlqa.checkpoint_every", 7)],
)
def test_execution_of_what_a_run_has_not_is_refused(bench: Bench, key: str, value: int) -> None:
    with raises_code("setting-without-effect", key):
        planned(bench, "xquad", set={key: value})


def test_an_intermediate_phase_that_does_not_encode_with_it_is_told(bench: Bench) -> None:
    settings: dict[str, Any] = {"data": "mini", "limit": 8, "intermediate": ("mnli",), "target": ("xquad",)}
    with raises_code("setting-without-effect", "intermediate.doc_stride"):
        bench.plan(**settings, set={"intermediate.doc_stride": 20})


def test_what_a_narrower_name_overrides_is_not_without_effect(bench: Bench) -> None:
    plan = planned(bench, "pawsx", set={"lr": 0.1, "target.lr": 0.2, "tasks.pawsx.lr": 0.3})
    assert ([phase.hyper.lr for phase in plan.phases], "lr" in unused(plan)) == ([0.3], False)


def test_a_settings_schedule_of_one_task_is_none_of_a_mixed_phase(bench: Bench) -> None:
    settings: dict[str, Any] = {"data": "mini", "limit": 8, "intermediate": ("mnli", "qqp"), "target": ("pawsx",)}
    with raises_code("setting-without-effect", "tasks.qqp.eval_every", "qqp"):
        bench.plan(**settings, set={"tasks.qqp.eval_every": 7})


class News(Source):
    """A few rows of each task, whatever the split."""

    name = "news"

    def languages(self, task: Task, split: str) -> tuple[str, ...]:
        return () if split == "validation" else task.languages

    def load(self, task: Task, split: str, language: str) -> Split:
        record = {"title": "rain", "topic": "sport", "text": "good", "stars": "4"}
        rows = [task.formats["tsv"].row(record) for _ in range(4)]
        keys = [f"{split}:{n}" for n in range(4)]
        return Split(
            task=task.name, split=split, language=language, rows=rows, keys=keys, digest="0", source="", origin=""
        )


def planned_on_news(registry: Registry, target: str, **changes: Any) -> Plan:
    settings = settings_from(registry, {"target": [target], "model": "scratch", "set": changes})
    return build_plan(settings, registry, Data(registry, News()))


def refusal(registry: Registry, target: str, **changes: Any) -> UserError:
    with pytest.raises(UserError) as caught:
        planned_on_news(registry, target, **changes)
    return caught.value


def test_settings_of_a_third_partys_kind_are_known_and_have_to_reach_a_task_of_it(plugin_registry: Registry) -> None:
    plan = planned_on_news(plugin_registry, "kinyareviews", rounding="down", most_stars=3)
    stages = [cell.stage for cell in plan.cells]
    assert [stage.rows.encoding["hyper"]["most_stars"] for stage in stages] == [3, 3]
    assert [stage.rows.decoding for stage in stages] == [{"rounding": "down"}] * 2

    unread = refusal(plugin_registry, "kinyanews", rounding="down")
    assert (unread.code, unread.fix) == (
        "setting-without-effect",
        "leave it out; rounding is for targets of kind text-rating",
    )
    unread = refusal(plugin_registry, "kinyanews", **{"kinds.text-rating.most_stars": 3})
    assert unread.code == "setting-without-effect"
    assert "most_stars is for tasks of kind text-rating" in str(unread.fix)
    assert refusal(plugin_registry, "kinyareviews", **{"tasks.kinyareviews.rounding": "up"}).code == "unknown-value"
    assert refusal(plugin_registry, "kinyareviews", most_stars=1).code == "value-out-of-range"
    unknown = refusal(plugin_registry, "kinyareviews", roundin="down")
    assert (unknown.code, unknown.fix) == ("unknown-hyper-parameter", "did you mean rounding?")


def test_measures_read_settings_that_no_target_is_predicted_with(bench: Bench) -> None:
    settings = bench.settings(data="mini", limit=8, target=("pawsx",), intermediate=(), set={"layer": 1})
    data = Data(bench.registry, open_source("mini", bench.registry), 8)
    with raises_code("setting-without-effect"):
        build_plan(settings, bench.registry, data)
    plan = build_plan(settings, bench.registry, data, measures=["anisotropy"])
    assert {one.rows.hyper.layer for one in plan.measurings} == {1}
    assert "layer" not in unused(plan)


@pytest.mark.parametrize(
    ("arms", "key", "value"),
    [
        (("ccg{steps=3}",), "intermediate.steps", 20),
        (("ccg{steps=3}", "ccg{steps=2} > qqp{steps=1}"), "intermediate.steps", 20),
        (("ccg{epochs=0.5}",), "intermediate.steps", 20),
        (("(ccg + qqp){lr=0.1}", "qqp{lr=0.2}"), "intermediate.lr", 0.3),
        (("ccg{lr=0.1}",), "tasks.ccg.lr", 0.3),
    ],
)
def test_what_all_arms_say_otherwise_is_refused(bench: Bench, arms: tuple[str, ...], key: str, value: Any) -> None:
    with raises_code("setting-without-effect", key, arms[0]) as caught:
        bench.plan(intermediate=(), arms={one: one for one in arms}, set={key: value})
    assert "every phase that it applies to goes by" in str(caught.value)


def test_what_one_arm_goes_by_is_taken(bench: Bench) -> None:
    def steps(*arms: str, **own: Any) -> list[int]:
        plan = bench.plan(intermediate=(), arms={one: one for one in arms}, set=own)
        return [one.hyper.steps for one in plan.phases if one.phase == "intermediate"]

    assert steps("ccg{steps=3}", "qqp", **{"intermediate.steps": 5}) == [3, 5]
    # The second phase of a chain goes by it.
    assert steps("ccg{steps=3} > qqp", **{"intermediate.steps": 5}) == [3, 5]
    # What a run says of one task instead of another phase's value is no contradiction.
    assert steps("ccg", **{"intermediate.steps": 5, "tasks.ccg.steps": 4}) == [4]
