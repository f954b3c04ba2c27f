from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.arms import TARGET_ENGLISH, Arm, Phase
from harness.armtext import parse_arm
from harness.errors import UserError
from harness.registry import Registry, default_registry
from harness.setting import Scalar
from tests.raising import raises_code

NINE = ("anli", "mnli", "qqp", "squad", "squad_v2", "hellaswag", "ccg", "cosmosqa", "commonsenseqa")


@pytest.fixture(scope="module")
def registry() -> Registry:
    return default_registry()


def caret(error: UserError) -> tuple[str, str]:
    """What is pointed at, and with how many signs."""
    _, text, pointer = str(error.where).split("\n")
    return text[len(pointer) - len(pointer.lstrip()) : len(pointer)], pointer.strip()


@pytest.mark.parametrize(
    ("text", "phases"),
    [
        ("none", ()),
        ("mnli", (Phase(("mnli",)),)),
        ("mnli + squad", (Phase(("mnli", "squad")),)),
        ("mnli>squad>target-english", (Phase(("mnli",)), Phase(("squad",)), Phase((TARGET_ENGLISH,)))),
        ("mnli + mlm{weight=2}", (Phase(("mnli", "mlm"), {"tasks.mlm.weight": 2}),)),
        (
            "mnli{steps=300} > squad{replay=0.2, freeze_layers=6}",
            (
                Phase(("mnli",), {"tasks.mnli.steps": 300}),
                Phase(("squad",), {"tasks.squad.replay": 0.2, "tasks.squad.freeze_layers": 6}),
            ),
        ),
        ("(mnli + qqp){steps=600} > squad", (Phase(("mnli", "qqp"), {"steps": 600}), Phase(("squad",)))),
        ("mnli@translated", (Phase(("mnli@translated",)),)),
        ('mnli{select_on="mnli:en + x > y"}', (Phase(("mnli",), {"tasks.mnli.select_on": "mnli:en + x > y"}),)),
        ("mnli{select_on=mnli:en}", (Phase(("mnli",), {"tasks.mnli.select_on": "mnli:en"}),)),
    ],
)
def test_a_text_is_read(registry: Registry, text: str, phases: tuple[Phase, ...]) -> None:
    arm = parse_arm(text, registry)
    assert arm.phases == phases
    assert parse_arm(arm.text, registry).phases == phases


def test_a_suite_stands_for_its_tasks_mixed(registry: Registry) -> None:
    arm = parse_arm("intermediate,-ccg{steps=9} > squad", registry)
    first, second = arm.phases
    assert set(first.tasks) == set(NINE) - {"ccg"}
    assert (first.settings, second) == ({"steps": 9}, Phase(("squad",)))
    assert arm.label == "intermediate,-ccg{steps=9} > squad"
    assert parse_arm("all", registry).phases[0].tasks == parse_arm("intermediate", registry).phases[0].tasks
    mixed = parse_arm("all + mlm{weight=2}", registry)
    assert (mixed.phases[0].tasks[-1], mixed.label) == ("mlm", "all + mlm{weight=2}")
    each = parse_arm("all{max_length=64} + mlm", registry).phases[0].settings
    assert each == {f"tasks.{task}.max_length": 64 for task in parse_arm("all", registry).phases[0].tasks}


def test_an_arm_has_the_label_it_is_given_or_its_text(registry: Registry) -> None:
    assert parse_arm("the chain: mnli > squad", registry).label == "the chain"
    assert parse_arm("mnli>squad", registry).label == "mnli > squad"
    assert parse_arm("late:none", registry) == Arm(label="late")


@pytest.mark.parametrize("label", ["mnli", "all", "none", "xtreme", "target-english", "a/b", "", "a\\b"])
def test_a_label_that_means_something_else_is_refused(registry: Registry, label: str) -> None:
    with raises_code("bad-arm-label"):
        parse_arm(f"{label}: mnli", registry)


@pytest.mark.parametrize(
    ("label", "why"),
    [
        ("none", "means the arm without intermediate training"),
        ("all", "means all intermediate tasks"),
        ("target-english", "means the target's own training task"),
        ("mnli", "is the name of a task or suite"),
        ("xtreme", "is the name of a task or suite"),
    ],
)
def test_a_label_is_refused_for_what_it_means(registry: Registry, label: str, why: str) -> None:
    with raises_code("bad-arm-label", f"the label '{label}' {why}"):
        parse_arm(f"{label}: mnli", registry)


@pytest.mark.parametrize(
    ("text", "code", "place", "fix"),
    [
        ("mnli > squadd", "unknown-task", "squadd", "squad"),
        ("mnli >", "malformed-arm", "", "mnli + qqp"),
        ("", "malformed-arm", "", "mnli + qqp"),
        ("mnli squad", "malformed-arm", "squad", "mnli + qqp"),
        ("mnli,squad", "malformed-arm", ",", "+ between tasks"),
        ("mnli{steps=-3}", "value-out-of-range", "steps=-3", ""),
        ("mnli{lr=nan}", "value-out-of-range", "lr=nan", ""),
        ("mnli{warmup=-1} + qqp", "malformed-arm", "warmup=-1", "(mnli + qqp){warmup=-1}"),
        ("(mnli + qqp", "malformed-arm", "(", ")"),
        ("mnli) > squad", "malformed-arm", ")", "mnli + qqp"),
        ("mnli{steps=300", "malformed-arm", "{", "}"),
        ("mnli{steps}", "malformed-arm", "steps", "{steps=300}"),
        ("mnli{steps=}", "malformed-arm", "steps=", "NAME=VALUE"),
        ("mnli{}", "malformed-arm", "}", "{steps=300}"),
        ("mnli{steps=1, steps=2}", "malformed-arm", "steps=1", "one value"),
        ("(mnli{steps=1}){steps=2}", "malformed-arm", "steps=2", "one value"),
        ("mnli{steps=[1]}", "malformed-arm", "steps=[1]", "NAME=VALUE"),
        ("mnli{lr=1e-3,3e-3}", "malformed-arm", "lr=1e-3,3e-3", "--set lr=1e-3,3e-3"),
        (
            "mnli{mixing=uniform, capped} > qqp",
            "malformed-arm",
            "mixing=uniform, capped",
            "--set mixing=uniform,capped",
        ),
        ("mnli{lr=1e-3,steps}", "malformed-arm", "steps", "{steps=300}"),
        ("mnli{unknown=1}", "unknown-hyper-parameter", "unknown=1", ""),
        ("mnli{stepz=1}", "unknown-hyper-parameter", "stepz=1", "steps"),
        ("mnli{steps=many}", "wrong-type", "steps=many", ""),
        ("mnli{steps=1} + qqp", "malformed-arm", "steps=1", "(mnli + qqp){steps=1}"),
        ("all{weight=2}", "malformed-arm", "weight=2", "all{weight=2} + ..."),
        ("(mnli + qqp){weight=2}", "malformed-arm", "weight=2", "mnli{weight=2} + ..."),
        ("mnli + mnli", "malformed-arm", "mnli", "once"),
        ("all + mnli", "malformed-arm", "mnli", "once"),
        ("none > mnli", "malformed-arm", ">", "mnli + qqp"),
        ("mnli > none", "malformed-arm", "none", "leave it out"),
        ("mnli,-qqp", "nothing-excluded", "mnli,-qqp", ""),
        ("all,-qqqp", "unknown-task", "qqqp", "qqp"),
    ],
)
def test_a_mistake_is_shown_where_it_stands(registry: Registry, text: str, code: str, place: str, fix: str) -> None:
    with raises_code(code) as caught:
        parse_arm(text, registry)
    found, pointer = caret(caught.value)
    assert found == place
    assert pointer == "^" * max(1, len(place))
    assert fix in (caught.value.fix or "")


names = st.sampled_from(["mnli", "qqp", "squad", "ccg", "mlm", "mnli@translated", TARGET_ENGLISH])
texts = st.text(st.characters(codec="utf-8"), max_size=12)
of_phases = st.fixed_dictionaries(
    {},
    optional={
        "steps": st.integers(0, 10**6),
        "lr": st.floats(1e-9, 1, allow_nan=False),
        "select_on": texts,
        "snapshots": st.booleans(),
    },
)
of_tasks = st.fixed_dictionaries({}, optional={"weight": st.floats(0.1, 9), "max_length": st.integers(8, 512)})


@st.composite
def phases(draw: st.DrawFn) -> Phase:
    tasks = tuple(draw(st.lists(names, min_size=1, max_size=4, unique=True)))
    settings: dict[str, Scalar] = {**draw(of_phases)}  # type: ignore[arg-type]
    if len(tasks) > 1:
        for task in tasks:
            settings |= {f"tasks.{task}.{key}": value for key, value in draw(of_tasks).items()}
    return Phase(tasks, settings)


@given(st.lists(phases(), max_size=4))
def test_every_arm_is_read_back_from_its_text(registry: Registry, chain: list[Phase]) -> None:
    arm = Arm(tuple(chain))
    assert parse_arm(arm.text, registry) == arm
    assert parse_arm(f"some name: {arm.text}", registry) == Arm(tuple(chain), label="some name")


@given(st.text("mnlisquad+>(){},-=:\"' ", max_size=30))
def test_any_text_is_an_arm_or_refused_in_words(registry: Registry, text: str) -> None:
    try:
        arm = parse_arm(text, registry)
    except UserError:
        return
    assert parse_arm(arm.text, registry).phases == arm.phases
