"""Stages of every class come back from JSON, or it is said why not; plans do in test_golden_digests.py."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

import pytest

from harness.measures import Measure, Measured
from harness.perturbations import Transform
from harness.planning.stagejson import stages_from_json, stages_to_json
from harness.planning.stages.base import Stage, StageType
from harness.planning.stages.counting import TokenCounts
from harness.planning.stages.embedding import Embed
from harness.planning.stages.encoding import Encode, Renumber
from harness.planning.stages.fisher import Fisher
from harness.planning.stages.images import EmbedImages
from harness.planning.stages.masked import MaskedLoss
from harness.planning.stages.measuring import Loss, Measurement
from harness.planning.stages.models import Given, Trimmed
from harness.planning.stages.predicting import Predict
from harness.planning.stages.rounded import Rounded
from harness.planning.stages.rows import ImageSet, Rows
from harness.planning.stages.sizing import TextSizes
from harness.planning.stages.snapshots import Snapshot
from harness.planning.stages.towers import TextTower
from harness.planning.stages.translations import Translations
from harness.registry import Registry
from tests.raising import raises_code

if TYPE_CHECKING:
    from harness.planning.plan import Plan
    from harness.planning.store import Building
    from harness.planning.workbench import Workbench
    from tests.planning.conftest import Bench


@pytest.fixture
def plan(bench: Bench) -> Plan:
    return bench.plan(set={"target.snapshots": True, "kinds.text-classification.max_length": 32})


def examples(plan: Plan, registry: Registry, path: Path) -> Mapping[type[Stage], Stage]:
    """A stage of each class that comes with xharness."""
    predict = plan.cells[0].stage
    checkpoint, built = predict.checkpoint, predict.checkpoint.origin
    trained = checkpoint.phases[-1]
    typo = Transform("typo", 1, 2, 7, (("rate", 0.5),), (("words", "0" * 64),))
    changed = dataclasses.replace(predict.rows, digest=f"{predict.rows.digest}/typo", transforms=(typo,))
    embed = Embed(checkpoint=checkpoint, rows=changed, layer=1, pooling="tokens")
    rows = Encode(predict.rows, built)
    anisotropy = registry.measure("anisotropy")
    images = ImageSet(encoder="pixels", encoder_digest="0a", content="1b", shown="2c")
    stages: list[Stage] = [
        Given(path, "0123456789abcdef"),
        built,
        Trimmed(built, (predict.rows, changed)),
        TextTower(path, "0123456789abcdef"),
        rows,
        Renumber(Encode(predict.rows, Trimmed(built, (changed,)))),
        trained,
        Snapshot(trained, 2),
        Rounded(trained),
        predict,
        embed,
        Loss(checkpoint, predict.rows),
        EmbedImages(dataclasses.replace(predict.rows, images=images)),
        Measurement(anisotropy, (("embeddings", embed), ("rows", rows))),
        Translations(embed.rows),
        TokenCounts(predict.rows, built),
        TextSizes(predict.rows, built),
        Fisher(checkpoint=built, rows=predict.rows, sample=256),
        MaskedLoss(checkpoint=checkpoint, rows=predict.rows, sample=9),
    ]
    return {type(stage): stage for stage in stages}


def test_stages_of_every_class_come_back(plan: Plan, registry: Registry, tmp_path: Path) -> None:
    known = examples(plan, registry, tmp_path)
    ours = [one.stage for one in registry.stages.values() if registry.owner("stage", one.name).built_in]
    assert [stage.__name__ for stage in ours if stage not in known] == [], "write down one of these, too"
    for stage in known.values():
        lines = stages_to_json([stage], registry)
        again = stages_from_json(json.loads(json.dumps(lines)), registry)
        assert (again[-1], again[-1].key) == (stage, stage.key)
        # Whatever is named has come before.
        ids = [line["id"] for line in lines]
        assert len(set(ids)) == len(ids)
        for number, line in enumerate(lines):
            assert set(line["parents"].values()) <= set(ids[:number])
        assert set(lines[-1]["parents"]) == set(stage.parents())


def test_heads_of_earlier_checkpoints_come_back(plan: Plan, registry: Registry) -> None:
    predict = plan.cells[-1].stage
    first = predict.checkpoint.phases[0]
    for stage in (dataclasses.replace(predict, head_of=first), Loss(predict.checkpoint, predict.rows, head_of=first)):
        lines = stages_to_json([stage], registry)
        (*_, again) = stages_from_json(json.loads(json.dumps(lines)), registry)
        assert (again, again.digest) == (stage, stage.digest)
        assert next(one for one in lines if one["id"] == lines[-1]["parents"]["head"])["stage"] == first.kind
        assert stage.digest != dataclasses.replace(stage, head_of=None).digest


def test_values_that_digests_do_not_count_come_back_as_well(plan: Plan, registry: Registry) -> None:
    stage = plan.cells[0].stage
    hyper = dataclasses.replace(stage.rows.hyper, token_budget=123)
    changed = dataclasses.replace(stage, rows=dataclasses.replace(stage.rows, hyper=hyper))
    assert changed.digest == stage.digest
    (*_, again) = stages_from_json(stages_to_json([changed], registry), registry)
    assert again == changed != stage


@dataclass(frozen=True)
class Inner:
    """Part of a stage."""

    shares: tuple[float, ...]
    path: Path | None
    words: Mapping[str, tuple[int, str]]


@dataclass(frozen=True)
class Foreign(Stage):
    """A third party's stage."""

    inner: Inner
    others: tuple[Stage, ...]
    rows: Rows | None = None
    value: Any = None
    kind: ClassVar[str] = "foreign"
    folder: ClassVar[str] = "tests.foreign"

    @property
    def inputs(self) -> Mapping[str, object]:
        return {"shares": list(self.inner.shares), "others": [other.key for other in self.others]}

    def build(self, bench: Workbench, out: Building) -> None:
        raise AssertionError("never built")

    def describe(self) -> str:
        return "foreign"


@pytest.fixture
def foreign() -> Registry:
    registry = Registry()
    added = StageType(name="foreign", stage=Foreign, description="")
    registry.__dict__["stages"] = {**registry.stages, "foreign": added}
    return registry


def test_third_parties_stages_come_back_by_the_types_of_their_fields(
    plan: Plan, foreign: Registry, tmp_path: Path
) -> None:
    inner = Inner((0.5, 1.0), tmp_path, {"a": (1, "x")})
    trained = plan.phases[0]
    stage = Foreign(inner, (trained, Encode(plan.cells[0].stage.rows, plan.model)), plan.cells[0].stage.rows)
    lines = json.loads(json.dumps(stages_to_json([stage], foreign)))
    # They are no parents, and written before all the same.
    assert lines[-1]["parents"] == {}
    assert set(lines[-1]["fields"]["others"]) < {line["id"] for line in lines[:-1]}
    assert stages_from_json(lines, foreign)[-1] == stage
    bare = Foreign(Inner((), None, {}), ())
    assert stages_from_json(stages_to_json([bare], foreign), foreign) == [bare]


def test_what_json_cannot_hold_is_refused(foreign: Registry) -> None:
    with raises_code("stage-not-json", "Foreign.value", "set"):
        stages_to_json([Foreign(Inner((), None, {}), (), value={1})], foreign)
    with raises_code("stage-unregistered", "Foreign"):
        stages_to_json([Foreign(Inner((), None, {}), ())], Registry())


def lines_of(plan: Plan, registry: Registry) -> list[dict[str, Any]]:
    lines: list[dict[str, Any]] = json.loads(json.dumps(stages_to_json(plan.stages, registry)))
    return lines


@pytest.mark.parametrize(
    ("code", "change"),
    [
        ("unknown-stage", lambda line: line | {"stage": "pretend"}),
        ("stage-unreadable", lambda line: line | {"fields": {**line["fields"], "colour": "red"}}),
        ("stage-unreadable", lambda line: line | {"fields": {**line["fields"], "checkpoint": "0" * 16}}),
        ("stage-unreadable", lambda line: line | {"fields": {}}),
        ("stage-unreadable", lambda line: {"stage": "predict", "id": "x"}),
        ("stage-of-other-version", lambda line: line | {"fields": {**line["fields"], "precision": "bf16"}}),
    ],
)
def test_lines_that_are_no_longer_what_was_written_are_refused(
    plan: Plan, registry: Registry, code: str, change: Callable[[dict[str, Any]], dict[str, Any]]
) -> None:
    lines = lines_of(plan, registry)
    with raises_code(code):
        stages_from_json([*lines[:-1], change(lines[-1])], registry)


def test_stages_of_another_version_of_the_code_are_refused(
    plan: Plan, registry: Registry, monkeypatch: pytest.MonkeyPatch
) -> None:
    lines = lines_of(plan, registry)
    monkeypatch.setattr(Predict, "version", Predict.version + 1)
    with raises_code("stage-of-other-version", "pawsx"):
        stages_from_json(lines, registry)


def test_measures_of_another_version_are_refused(plan: Plan, registry: Registry) -> None:
    def compute(results: Mapping[str, Path]) -> Measured:
        return Measured(1.0)

    measures = [
        Measure(name="one", version=version, unit="", description="", of=lambda checkpoint, rows: {}, compute=compute)
        for version in (1, 2)
    ]
    then, now = Registry(), Registry()
    then.__dict__["measures"], now.__dict__["measures"] = {"one": measures[0]}, {"one": measures[1]}
    lines = stages_to_json([Measurement(measures[0], (("model", plan.model),))], then)
    assert stages_from_json(lines, then)[-1] == Measurement(measures[0], (("model", plan.model),))
    with raises_code("stage-of-other-version", "one", "version 2"):
        stages_from_json(lines, now)
