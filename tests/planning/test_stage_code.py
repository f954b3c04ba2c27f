"""The code of a stage and its version: whoever changes the one has to think of the other.

Run as a program, `python tests/planning/test_stage_code.py`, it writes down what the code is now.
"""

from __future__ import annotations

import ast
import dataclasses
import functools
import hashlib
import json
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import FrameType
from typing import TYPE_CHECKING, Any

import pytest

from harness.perturbations import Transform
from harness.planning.measurings import measurings
from harness.planning.models import model_in
from harness.planning.stages.base import Stage
from harness.planning.stages.counting import TokenCounts
from harness.planning.stages.encoding import Encode
from harness.planning.stages.fisher import Fisher
from harness.planning.stages.masked import MaskedLoss
from harness.planning.stages.measuring import Loss
from harness.planning.stages.rounded import Rounded
from harness.planning.stages.sizing import TextSizes
from harness.registry import default_registry

if TYPE_CHECKING:
    from harness.planning.session import Session
    from tests.encoders import make_two_towers
    from tests.golden_digests import RUNS, session, write_bert
    from tests.pictures import write_captions
else:
    sys.path.append(str(Path(__file__).parent.parent))  # as a program, only this folder is on it
    from encoders import make_two_towers
    from golden_digests import RUNS, session, write_bert
    from pictures import write_captions

ROOT = Path(__file__).parent.parent.parent
KNOWN = Path(__file__).with_name("stage_code.json")
STAGES = tuple(one.stage for one in default_registry().stages.values() if one.stage.code)

ANY_STAGE = {
    "harness/integrity.py": "whether files have changed, not what is in them",
    "harness/planning/store.py": "where results lie, not what they are",
    "harness/planning/workbench.py": "hands stages what they ask for",
    "harness/planning/digests.py": "pinned by the golden digests",
    "harness/planning/stages/base.py": "what all stages share",
    "harness/planning/stages/rows.py": "what it says of rows is part of the digest",
    "harness/lifecycle.py": "calls hooks",
    "harness/kindkit.py": "names for plugins what other modules have",
    "harness/outside.py": "reads JSON and TOML as Python does, or refuses it",
    "harness/garbage.py": "when memory is given back, not what is computed",
    "harness/__init__.py": "imports on demand",
    "harness/results/steplog.py": "a log",
    "harness/registered.py": "finds what plugins name; a builder has a version of its own",
    "harness/fieldtypes.py": "whether what plugins register can be used at all",
    "harness/plugins.py": "loads plugins",
    "harness/registry.py": "finds plugins; tasks, metrics and kinds have versions of their own",
    "harness/measures.py": "measures have versions of their own",
    "harness/metrics.py": "metrics have versions of their own",
    "harness/tasks.py": "tasks have versions of their own",
    "plugins/": "tasks and metrics have versions of their own",
    "harness/sources/mini/": "the version of mini is part of its rows' digest",
    "harness/sources/base.py": "what a source is",
    "harness/languages.py": "names of languages",
    "tests/": "what the tests themselves put in the way",
}
"""What may run while a stage is built and is not watched, with the reason."""


def paths_of(stage: type[Stage]) -> list[str]:
    """The modules that a stage says decide it, as paths in the project."""
    found = {path for pattern in stage.code for path in ROOT.glob(pattern)}
    return sorted(path.relative_to(ROOT).as_posix() for path in found)


def code_of(source: str) -> str:
    """A module's code without comments and docstrings, the same under every version of Python."""
    return repr(_plain(ast.parse(source)))


def _plain(node: object) -> object:
    if isinstance(node, list):
        return [_plain(item) for item in node if not _is_text(item)]
    if not isinstance(node, ast.AST):
        return node
    # What is empty is left out: newer versions of Python add fields that are.
    fields = {name: _plain(value) for name, value in ast.iter_fields(node)}
    return type(node).__name__, {name: value for name, value in fields.items() if value not in (None, [])}


def _is_text(node: object) -> bool:
    """A docstring, or a text below a constant that documents it."""
    return isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)


@functools.cache
def hashed(path: str) -> str:
    return hashlib.sha256(code_of((ROOT / path).read_text(encoding="utf-8")).encode()).hexdigest()[:16]


def code_now() -> dict[str, dict[str, Any]]:
    """The version of each stage, and a hash of each module that decides one."""
    paths = sorted({path for stage in STAGES for path in paths_of(stage)})
    return {
        "versions": {stage.kind: stage.version for stage in STAGES},
        "modules": {path: hashed(path) for path in paths},
    }


@pytest.mark.parametrize("stage", STAGES)
def test_code_that_changed_has_a_new_version(stage: type[Stage]) -> None:
    known = json.loads(KNOWN.read_text(encoding="utf-8"))
    changed = [path for path in paths_of(stage) if known["modules"].get(path) != hashed(path)]
    if changed and known["versions"].get(stage.kind) == stage.version:
        pytest.fail(
            f"code that decides the stage {stage.kind!r} has changed: {', '.join(changed)}. If its results can be "
            f"others, raise {stage.__name__}.version (or the version of the one kind or reader that changed), so that "
            "nobody is given old results. Then, or if they cannot: python tests/planning/test_stage_code.py"
        )
    assert not changed, "a new version: write it down with python tests/planning/test_stage_code.py"


def test_what_is_written_down_is_what_there_is() -> None:
    known = json.loads(KNOWN.read_text(encoding="utf-8"))
    assert known["versions"] == {stage.kind: stage.version for stage in STAGES}
    assert known["modules"].keys() == {path for stage in STAGES for path in paths_of(stage)}


@pytest.mark.parametrize("stage", STAGES)
def test_every_pattern_names_something(stage: type[Stage]) -> None:
    assert [pattern for pattern in stage.code if not any(ROOT.glob(pattern))] == []


def test_only_what_runs_counts() -> None:
    plain = "X = 1\ndef f():\n    return 1\n"
    assert code_of('"""Doc."""\nX = 1\n"""About X."""\ndef f():\n    """Doc."""\n    return 1  # why\n') == code_of(
        plain
    )
    assert code_of(plain.replace("return 1", "return 2")) != code_of(plain)
    assert code_of(plain.replace("X = 1", "X = '1'")) != code_of(plain)


class Traced:
    """Which of our modules run while a stage of each class is built."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.ran: dict[type[Stage], set[str]] = {stage: set() for stage in STAGES}
        self._building: list[type[Stage]] = []
        for stage in STAGES:
            self._watch(stage, monkeypatch)

    def _watch(self, stage: type[Stage], monkeypatch: pytest.MonkeyPatch) -> None:
        real = stage.build

        def build(one: Stage, *arguments: Any) -> None:
            self._building.append(stage)
            try:
                real(one, *arguments)
            finally:
                self._building.pop()

        monkeypatch.setattr(stage, "build", build)

    def __call__(self, frame: FrameType, event: str, _: object) -> None:
        if event == "call" and self._building:
            self.ran[self._building[-1]].add(frame.f_code.co_filename)

    @contextmanager
    def as_if(self, stage: type[Stage]) -> Iterator[None]:
        """What runs counts as run while such a stage is built."""
        self._building.append(stage)
        yield
        self._building.pop()

    @contextmanager
    def on(self) -> Iterator[None]:
        threading.setprofile(self)
        sys.setprofile(self)
        try:
            yield
        finally:
            sys.setprofile(None)
            threading.setprofile(None)


def measured(planned: Session) -> Session:
    """The same run with measures, for the stages that only these are made from."""
    bench, plan = planned.bench, planned.plan
    with_loss = any(cell.task == "pawsx" and cell.language == "en" for cell in plan.cells)
    wanted = ["anisotropy", *(["loss"] if with_loss else [])]
    wanted += ["alignment"] if any(cell.task == "tatoeba" for cell in plan.cells) else []
    measures = [bench.registry.measure(name) for name in wanted]
    found = measurings(plan.cells, measures, bench.registry, bench.data)
    return dataclasses.replace(planned, plan=dataclasses.replace(plan, measurings=found))


SHORT = {"model": "mini", "preset": "mini", "set": {"target.epochs": 1}}
MASKED = {"data": "mini", "limit": 6, "intermediate": ["mlm"], "target": ["pawsx"], "languages": ["en"]}


def trace_others(traced: Traced, planned: Session, two_towers: Path) -> None:
    """What no golden run does: towers of texts, rounding, masked texts' loss, comparing tasks, perturbed rows."""
    with traced.on():
        model_in(two_towers).obtain(planned.bench)
        Rounded(planned.plan.phases[0]).obtain(planned.bench)
    masked = next(rows for phase in planned.plan.phases for rows in phase.tasks if rows.task == "mlm")
    with traced.on():
        Loss(planned.plan.model, masked).obtain(planned.bench)
    pairs = next(rows for phase in planned.plan.phases for rows in phase.tasks if rows.task == "pawsx")
    with traced.on():
        TokenCounts(pairs, planned.plan.model).obtain(planned.bench)
        TextSizes(pairs, planned.plan.model).obtain(planned.bench)
        Fisher(checkpoint=planned.plan.model, rows=pairs, sample=3).obtain(planned.bench)
        MaskedLoss(checkpoint=planned.plan.model, rows=pairs, sample=3).obtain(planned.bench)
    with traced.on(), traced.as_if(Encode):
        planned.bench.data.split("pawsx", "test", "en", (Transform("typo", 1, 2),))


@pytest.fixture(scope="module")
def ran(tiny_map: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[type[Stage], set[str]]:
    """Our modules that ran while stages of each class were built, in all golden runs."""
    directory = tmp_path_factory.mktemp("traced")
    bert, two_towers = write_bert(directory / "bert"), make_two_towers("altclip", directory / "altclip")
    with pytest.MonkeyPatch.context() as monkeypatch:
        traced = Traced(monkeypatch)
        for number, asked in enumerate(RUNS.values()):
            planned = measured(session(asked, tiny_map, bert, directory / str(number)))
            with traced.on():
                assert planned.execute().failures == []
        trace_others(traced, session(MASKED, tiny_map, bert, directory / "masked"), two_towers)
        pictured = {"data": str(write_captions(directory / "pictured")), "target": ["flickr8k"], **SHORT}
        planned = session(pictured, tiny_map, bert, directory / "images")
        with traced.on():
            assert planned.execute().failures == []
    return {
        stage: {Path(file).relative_to(ROOT).as_posix() for file in files if Path(file).is_relative_to(ROOT)}
        for stage, files in traced.ran.items()
    }


@pytest.mark.parametrize("stage", STAGES)
def test_all_that_runs_while_a_stage_is_built_is_watched(stage: type[Stage], ran: dict[type[Stage], set[str]]) -> None:
    assert ran[stage], "no golden run builds one"
    ours = {path for path in ran[stage] if not path.startswith((".venv/", *ANY_STAGE))}
    assert sorted(ours - set(paths_of(stage))) == []


if __name__ == "__main__":
    KNOWN.write_text(json.dumps(code_now(), indent=1) + "\n", encoding="utf-8")
