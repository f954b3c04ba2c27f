"""Built-in, third-party and broken plugins; names that stand for tasks and metrics, and wrong names."""

from __future__ import annotations

import importlib
import pkgutil
import subprocess
import sys
import textwrap
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

import pytest

import harness
from harness import hookspecs
from harness.item_scores import item_scores
from harness.plugins import PluginProblem
from harness.registry import Registry
from tests.raising import raises_code

if TYPE_CHECKING:
    from pathlib import Path

WritePlugin = Callable[[str, str], None]

GOOD = """
    @harness.hookimpl
    def register_tasks(register):
        kind, metrics = "text-classification", ("accuracy",)
        register(harness.Task(name="zulu", kind=kind, languages=("en",), metrics=metrics, formats={}))
    """

BROKEN = {
    "module raises on import": ("raise RuntimeError('no such library')", "RuntimeError: no such library"),
    "module exits": ("raise SystemExit(0)", "SystemExit: 0"),
    "hook exits": (
        """
        import sys

        @harness.hookimpl
        def register_tasks(register):
            sys.exit()
        """,
        "SystemExit: ",
    ),
    "raises what is no Exception": (
        """
        class Odd(BaseException): pass

        raise Odd("odd")
        """,
        "Odd: odd",
    ),
    "raises what has no words": (
        """
        class Mute(Exception):
            def __str__(self):
                raise RuntimeError

        raise Mute
        """,
        "Mute, whose message cannot be read",
    ),
    "hook raises": (
        """
        @harness.hookimpl
        def register_tasks(register):
            raise KeyError("labels")
        """,
        "KeyError: 'labels'",
    ),
    "object of the wrong type": (
        """
        @harness.hookimpl
        def register_tasks(register):
            register({"name": "a_dict"})
        """,
        "registers a dict where a Task is expected",
    ),
    "task given to the metrics hook": (
        """
        @harness.hookimpl
        def register_metrics(register):
            register(harness.Task(name="lost", kind="text-classification", languages=(), metrics=(), formats={}))
        """,
        "registers a Task where a Metric is expected",
    ),
    "unknown hook": (
        """
        @harness.hookimpl
        def register_taks(register):
            pass
        """,
        "unknown hook 'register_taks'",
    ),
    "unknown argument of a hook": (
        """
        @harness.hookimpl
        def register_tasks(registry):
            pass
        """,
        "registry",
    ),
    "no hook at all": ("def register_tasks(register): pass", "implements no hook of xharness"),
    "name of a built-in task": (
        """
        @harness.hookimpl
        def register_tasks(register):
            register(harness.Task(name="pawsx", kind="fill-mask", languages=("en",), metrics=(), formats={}))
        """,
        "task 'pawsx' is already registered by 'harness_plugins.tasks.",
    ),
}


@pytest.fixture
def write_plugin(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[WritePlugin]:
    """Writes a distribution with one module and one entry point, both called like the distribution."""
    monkeypatch.delenv("XHARNESS_STRICT", raising=False)
    monkeypatch.syspath_prepend(tmp_path)
    written: list[str] = []

    def write(name: str, code: str) -> None:
        (tmp_path / f"{name}.py").write_text("import harness\n" + textwrap.dedent(code), encoding="utf-8")
        info = tmp_path / f"{name}-1.0.dist-info"
        info.mkdir()
        (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.0\n", encoding="utf-8")
        (info / "entry_points.txt").write_text(f"[xharness]\n{name} = {name}\n", encoding="utf-8")
        importlib.invalidate_caches()
        written.append(name)

    yield write
    for name in written:
        sys.modules.pop(name, None)


def everything_asked_for(registry: Registry) -> list[PluginProblem]:
    """The problems, once every hook has been called."""
    assert registry.everything()
    return registry.problems


@pytest.mark.parametrize("noun", Registry.nouns())
def test_built_ins_are_found_by_scanning_and_owned_by_xharness(noun: str) -> None:
    registry = Registry()
    declared = vars(Registry)[registry.nouns()[noun]]
    owners = [registry.owner(noun, name) for name in registry.everything()[noun]]
    built_in = {owner.entry_point for owner in owners if owner.built_in}
    packages = [importlib.import_module(name) for name in declared.packages]
    modules = [f"{one.__name__}.{module.name}" for one in packages for module in pkgutil.iter_modules(one.__path__)]
    assert built_in == {module for module in modules if hasattr(sys.modules[module], declared.hook)}
    assert built_in
    assert {(o.distribution, o.version) for o in owners if o.built_in} == {("xharness", harness.__version__)}
    assert [problem for problem in registry.problems if problem.distribution == "xharness"] == []


@pytest.mark.parametrize("noun", Registry.nouns())
def test_every_noun_has_a_hook(noun: str) -> None:
    assert hasattr(hookspecs, vars(Registry)[Registry.nouns()[noun]].hook)


def test_a_package_of_built_ins_is_imported_only_when_something_of_it_is_asked_for() -> None:
    code = """
import sys
from harness.registry import Registry
registry = Registry()
(tasks,), (metrics,) = Registry.tasks.packages, Registry.metrics.packages
assert tasks not in sys.modules
registry.tasks
assert tasks in sys.modules and metrics not in sys.modules
"""
    subprocess.run([sys.executable, "-c", code], check=True)


def test_a_third_party_brings_a_task_and_a_metric_through_its_entry_point(plugin_registry: Registry) -> None:
    task = plugin_registry.task("kinyanews")
    assert task.languages == ("en", "rw")
    assert plugin_registry.kind(task.kind).name == task.kind
    assert plugin_registry.metric(task.metrics[0]).name == "topic_macro_recall"
    for owner in plugin_registry.owner("task", "kinyanews"), plugin_registry.owner("metric", "topic_macro_recall"):
        assert (owner.distribution, owner.version, owner.entry_point) == ("xharness-kinyanews", "0.3.0", "kinyanews")
        assert not owner.built_in
    assert "pawsx" in plugin_registry.tasks
    assert everything_asked_for(plugin_registry) == []


def test_the_metric_of_a_third_party_is_computed_from_sums_over_items(plugin_registry: Registry) -> None:
    metric = plugin_registry.metric("topic_macro_recall")
    pairs = [("sport", "sport"), ("sport", "sport"), ("sport", "health"), ("sport", "sport"), ("health", "sport")]
    gold, predicted = zip(*pairs, strict=True)
    scores = item_scores(metric, {"gold": gold, "prediction": predicted})
    # Three of four for sport, none of one for health; topics that nobody asked about do not count.
    assert scores.value == pytest.approx(37.5)


def test_a_fresh_process_finds_the_third_party(plugin_environment: dict[str, str]) -> None:
    code = (
        "from harness.registry import default_registry as r; print(r().owner('task', r().task('kinyanews').name).name)"
    )
    done = subprocess.run([sys.executable, "-c", code], env=plugin_environment, check=True, stdout=subprocess.PIPE)
    assert done.stdout.decode().strip() == "xharness-kinyanews/kinyanews"


@pytest.mark.parametrize(("code", "error"), BROKEN.values(), ids=BROKEN.keys())
def test_a_broken_plugin_is_named_and_the_rest_works(write_plugin: WritePlugin, code: str, error: str) -> None:
    write_plugin("broken", code)
    write_plugin("works", GOOD)  # after the broken one, in the order of their names
    registry = Registry()
    (problem,) = everything_asked_for(registry)
    assert (problem.distribution, problem.entry_point) == ("broken", "broken")
    assert error in problem.error
    assert problem.fix
    assert str(problem).startswith("plugin 'broken' of broken: ")
    assert registry.owner("task", "zulu").distribution == "works"
    assert registry.owner("task", "pawsx").built_in
    assert registry.task("pawsx").kind == "text-classification"


def test_ctrl_c_while_a_plugin_is_imported_is_none_of_its_problems(write_plugin: WritePlugin) -> None:
    write_plugin("slow", "raise KeyboardInterrupt")
    with pytest.raises(KeyboardInterrupt):
        Registry()


def test_a_plugin_that_takes_long_to_import_is_named(
    write_plugin: WritePlugin, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("harness.plugins.SLOW_IMPORT", 0)
    # Waits for the timer's thread, so that it is the plugin that is slow, however busy the machine.
    wait = "import threading\nfor t in threading.enumerate():\n    isinstance(t, threading.Timer) and t.join()\n"
    write_plugin("slow", wait)
    Registry()
    assert "still importing plugin 'slow' of slow; " in capsys.readouterr().err


@pytest.mark.parametrize(("code", "error"), BROKEN.values(), ids=BROKEN.keys())
def test_a_broken_plugin_raises_where_strictness_is_asked_for(
    write_plugin: WritePlugin, monkeypatch: pytest.MonkeyPatch, code: str, error: str
) -> None:
    write_plugin("broken", code)
    monkeypatch.setenv("XHARNESS_STRICT", "1")
    with raises_code("plugin-failed") as caught:
        everything_asked_for(Registry())
    assert error in caught.value.what


@pytest.mark.parametrize(
    ("other", "error"),
    [
        ('trains_on="nowhere"', "task 'zulu' trains on 'nowhere', which nobody registers"),
        ('trains_on="xquad"', "task 'zulu' trains on 'xquad', which itself trains on squad"),
        (
            'trains_on="squad"',
            "task 'zulu' trains on 'squad', whose kind is question-answering, not text-classification",
        ),
        (
            'trains_on="mnli"',
            "task 'zulu' trains on 'mnli', whose labels are entailment, neutral, contradiction, not none",
        ),
        (
            'trains_on="mnli", labels=("contradiction", "entailment", "neutral")',
            "task 'zulu' trains on 'mnli', whose labels are entailment, neutral, contradiction, "
            "not contradiction, entailment, neutral",
        ),
        ('after=("nowhere",)', "task 'zulu' comes after 'nowhere', which nobody registers"),
        ('after=("squad", "xquad")', "task 'zulu' comes after 'xquad', which has no training rows of its own"),
    ],
)
def test_a_task_that_cannot_train_on_the_task_it_names_is_refused(
    write_plugin: WritePlugin, other: str, error: str
) -> None:
    write_plugin("borrower", GOOD.replace("formats={}", f"formats={{}}, {other}"))
    registry = Registry()
    assert "zulu" not in registry.tasks
    assert "mnli" in registry.tasks
    (problem,) = registry.problems
    assert (problem.distribution, problem.error) == ("borrower", error)


def test_a_task_may_train_on_another_with_the_same_labels(write_plugin: WritePlugin) -> None:
    labels = 'labels=("entailment", "neutral", "contradiction")'
    write_plugin("borrower", GOOD.replace("formats={}", f'formats={{}}, trains_on="mnli", {labels}'))
    registry = Registry()
    assert (registry.task("zulu").trained_as, registry.task("mnli").trained_as) == ("mnli", "mnli")
    assert registry.problems == []


TAKEN = {
    "model": ("mbert", 'harness.Model(name="mbert", hub="us/model")'),
    "suite": ("xtreme", 'harness.Suite(name="xtreme", tasks=("xnli",))'),
    "preset": ("small-cpu", 'harness.Preset(name="small-cpu", values={})'),
    "source": ("mini", 'harness.SourceType(name="mini", open=print)'),
}


@pytest.mark.parametrize("noun", TAKEN)
def test_a_taken_name_is_refused_with_both_owners(write_plugin: WritePlugin, noun: str) -> None:
    name, thing = TAKEN[noun]
    write_plugin("late", f"@harness.hookimpl\ndef register_{noun}s(register):\n    register({thing})\n")
    registry = Registry()
    assert name in registry.everything()[noun]
    owner = registry.owner(noun, name)
    assert owner.built_in
    (problem,) = registry.problems
    assert problem.distribution == "late"
    assert problem.error == f"{noun} {name!r} is already registered by {owner.entry_point!r} of xharness"


def test_what_cannot_be_used_is_refused_by_name(write_plugin: WritePlugin) -> None:
    write_plugin(
        "hollow",
        """
        @harness.hookimpl
        def register_suites(register):
            register(harness.Suite(name="hollow", tasks=("nowhere",)))
            register(harness.Suite(name="full", tasks=("xnli",)))
        """,
    )
    registry = Registry()
    assert "hollow" not in registry.suites
    assert registry.owner("suite", "full").distribution == "hollow"
    (problem,) = registry.problems
    assert (problem.distribution, problem.error) == (
        "hollow",
        "suite 'hollow' has the task 'nowhere', which nobody registers",
    )


def test_a_problem_keeps_the_trace_for_the_doctor(write_plugin: WritePlugin) -> None:
    write_plugin("broken", "1 / 0")
    (problem,) = Registry().problems
    assert "broken.py" in problem.trace
    assert problem.trace.rstrip().endswith("ZeroDivisionError: division by zero")


def test_what_a_plugin_registered_before_it_failed_stays(write_plugin: WritePlugin) -> None:
    write_plugin("half", GOOD + "    raise RuntimeError('later')\n")
    registry = Registry()
    assert "zulu" in registry.tasks
    assert [problem.error for problem in registry.problems] == ["RuntimeError: later"]


def test_of_two_third_parties_with_the_same_task_the_first_by_name_keeps_it(write_plugin: WritePlugin) -> None:
    write_plugin("second", GOOD)
    write_plugin("first", GOOD)
    registry = Registry()
    assert registry.owner("task", registry.task("zulu").name).distribution == "first"
    (problem,) = registry.problems
    assert problem.distribution == "second"
    assert problem.error == "task 'zulu' is already registered by 'first' of first"


@pytest.fixture
def scoring_registry(write_plugin: WritePlugin) -> Registry:
    """Two tasks with metrics of telling names beside the built-ins."""
    write_plugin(
        "scoring",
        """
        KIND = "text-classification"

        def count(predictions):
            return [1.0 for _ in predictions["gold"]]

        @harness.hookimpl
        def register_metrics(register):
            for name in ("macro_f1", "f1_of_zulu", "zulu_macro_f1_mean", "micro_macro_f1", "unused"):
                register(harness.Metric(name=name, kinds=(KIND,), statistics=count))

        @harness.hookimpl
        def register_tasks(register):
            def task(name, *metrics):
                register(harness.Task(name=name, kind=KIND, languages=("en",), metrics=metrics, formats={}))

            task("zulu", "micro_macro_f1", "macro_f1", "accuracy")
            task("zulu_long", "macro_f1")
        """,
    )
    return Registry()


def test_a_metric_stands_for_every_task_it_scores(scoring_registry: Registry) -> None:
    assert scoring_registry.scored_by("macro_f1") == {"zulu": "macro_f1", "zulu_long": "macro_f1"}
    by_accuracy = scoring_registry.scored_by("accuracy")
    assert {"zulu", "pawsx"} <= by_accuracy.keys()
    assert set(by_accuracy.values()) == {"accuracy"}
    assert scoring_registry.scored_by("unused") == {}


@pytest.mark.parametrize(
    ("name", "task", "metric"),
    [
        ("zulu_accuracy", "zulu", "accuracy"),
        ("zulu_macro_f1", "zulu", "macro_f1"),  # its own name rather than an ending of one listed before it
        ("zulu_f1", "zulu", "micro_macro_f1"),  # an ending of two: the task's first
        ("zulu_long_f1", "zulu_long", "macro_f1"),
        ("pawsx_accuracy", "pawsx", "accuracy"),
        ("tydiqa_f1", "tydiqa", "squad_f1"),
        ("mlqa_exact_match", "mlqa", "mlqa_exact_match"),  # a metric's own name
    ],
)
def test_task_and_ending_stand_for_a_metric_of_that_task(
    scoring_registry: Registry, name: str, task: str, metric: str
) -> None:
    assert scoring_registry.scored_by(name) == {task: metric}


@pytest.mark.parametrize("name", ["zulu_long_accuracy", "zulu_", "zulu", "zulu_1", "f1_zulu"])
def test_a_name_that_no_task_can_be_scored_by_is_refused(scoring_registry: Registry, name: str) -> None:
    with raises_code("unknown-metric", name):
        scoring_registry.scored_by(name)


def test_wrong_names_are_answered_with_close_ones(scoring_registry: Registry) -> None:
    with raises_code("unknown-task", "pawx", "pawsx"):
        scoring_registry.task("pawx")
    with raises_code("unknown-kind", "text-classification"):
        scoring_registry.kind("text-clasification")
    with raises_code("unknown-metric", "accuracy"):
        scoring_registry.metric("acuracy")
    with raises_code("unknown-metric", "zulu_macro_f1"):
        scoring_registry.scored_by("zulu_makro_f1")


def test_a_name_that_resembles_nothing_is_answered_with_what_there_is(scoring_registry: Registry) -> None:
    with raises_code("unknown-kind", "known", "text-classification"):
        scoring_registry.kind("qqqq")
    # The metrics that `ls metrics` lists, without the names that mean one task's.
    with raises_code("unknown-metric") as raised:
        scoring_registry.scored_by("qqqq")
    listed = (raised.value.fix or "").removeprefix("known: ").split(", ")
    assert listed == sorted(scoring_registry.metrics) or f"there are {len(scoring_registry.metrics)} " in listed[0]
