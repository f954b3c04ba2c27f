from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from harness.comparing.differences import Differences, FirstStage, find_differences
from harness.comparing.pairing import pair_scores
from harness.comparing.provenance import Differing, MadeBy, Origin
from harness.results.schema import TrainedBy
from harness.results.scores import Scores
from tests.comparing.known import scored


def stage(name: str, digest: str, /, **facts: Any) -> MadeBy:
    return MadeBy(name=name, digest=digest, facts=facts)


START = stage("start model", "s", name="mini")
MNLI = stage("intermediate phase 1", "m", tasks=["mnli"], lr=1)


def predicted(digest: str, **facts: Any) -> MadeBy:
    return stage("predictions", digest, **facts)


def differences(
    left: Sequence[MadeBy],
    right: Sequence[MadeBy],
    *,
    store: Path | None = None,
    **sides: tuple[Mapping[str, Any], ...],
) -> Differences:
    """What differs between two sides that came about by these stages."""
    (task,) = pair_scores(Scores([scored([1], "a")]), Scores([scored([1], "b")])).tasks
    empty: tuple[Mapping[str, Any], ...] = ({}, {})
    origins = [
        Origin(
            settings=sides.get("settings", empty)[place],
            environment=sides.get("environment", empty)[place],
            stages=tuple(stages),
        )
        for place, stages in enumerate((left, right))
    ]
    return find_differences([task], lambda row: origins[0], lambda row: origins[1], [store] if store else ())


def test_the_first_stage_that_differs_is_found_with_what_differs_in_it() -> None:
    left = (START, MNLI, stage("target phase", "t", lr=1, rows=5), predicted("p"))
    right = (START, MNLI, stage("target phase", "u", lr=2, rows=5), predicted("q"))
    found = differences(left, right)
    assert found.stages == (
        FirstStage(
            left="target phase",
            right="target phase",
            digests=(("t", "u"),),
            facts=(Differing("lr", 1, 2),),
            tasks=("pawsx",),
        ),
    )
    assert found.same == ()


def test_a_phase_that_only_one_side_has_is_named_on_that_side() -> None:
    target = stage("target phase", "t")
    for place in (0, 1):
        sides = [(START, MNLI, target, predicted("p")), (START, stage("target phase", "u"), predicted("q"))]
        (first,) = differences(sides[place], sides[1 - place]).stages
        assert (first.left, first.right)[place] == "intermediate phase 1"
        assert (first.left, first.right)[1 - place] == ""
        (fact,) = first.facts
        assert (fact.left, fact.right)[place] == ["mnli"]


def test_phases_that_were_trained_by_others_are_told() -> None:
    trained = [TrainedBy(ranks=ranks, device="cpu", token_budget=100, versions={"torch": "1"}) for ranks in (1, 2)]
    (task,) = pair_scores(Scores([scored([1], "a")]), Scores([scored([1], "b")])).tasks
    origins = [Origin(settings={}, environment={}, stages=(START,), trained_by=(one,)) for one in trained]
    found = find_differences([task], lambda row: origins[0], lambda row: origins[1])
    assert found.training.startswith("ranks 1 and 2")
    assert find_differences([task], lambda row: origins[0], lambda row: origins[0]).training == ""


def test_tasks_with_the_same_predictions_are_told() -> None:
    found = differences((START, predicted("p")), (START, predicted("p")))
    assert (found.stages, found.same) == ((), ("pawsx",))


def test_settings_and_versions_that_differ_are_told() -> None:
    found = differences(
        (START, predicted("p")),
        (START, predicted("p")),
        settings=({"target.lr": 1, "model": "mini"}, {"model": "mini", "limit": 5}),
        environment=({"torch": "1", "device": "cpu"}, {"torch": "2", "device": "cpu"}),
    )
    assert found.settings == (Differing("target.lr", 1, None), Differing("limit", None, 5))
    assert found.environment == (Differing("torch", "1", "2"),)


def stored(root: Path, digest: str, **inputs: object) -> None:
    """A phase in a store, of which nothing but its inputs is there."""
    directory = root / "train" / digest
    directory.mkdir(parents=True)
    told = {"inputs": inputs, "facts": {}, "libraries": {}, "files": {}, "started": 0.0, "seconds": 0.0}
    manifest = {"kind": "train", "digest": digest, **told}
    (directory / "manifest.json").write_text(json.dumps(manifest), encoding="utf-8")


def test_what_records_do_not_say_is_in_the_manifests(tmp_path: Path) -> None:
    for digest, version in (("t" * 16, 1), ("u" * 16, 2)):
        stored(tmp_path, digest, reader={"version": version}, lr=1)
    sides = tuple((START, stage("target phase", name * 16, lr=1), predicted("p")) for name in ("t", "u"))
    (first,) = differences(*sides, store=tmp_path).stages
    assert first.facts == (Differing("reader.version", 1, 2),)
    (untold,) = differences(*sides, store=tmp_path / "elsewhere").stages
    assert untold.facts == ()


def test_settings_of_single_tasks_are_in_the_manifests(tmp_path: Path) -> None:
    """Records say which tasks a phase has, and not how each is set."""
    for digest, images, tasks, batch in (
        ("t" * 16, "real", ("multi30k",), 256),
        ("u" * 16, "none", ("multi30k", "mnli"), 128),
    ):
        own = [{"task": name, "rows": "r", "hyper": {"max_length": 8, "images": images}} for name in tasks]
        stored(tmp_path, digest, tasks=own, hyper={"batch_size": batch})
    phases = [
        stage("intermediate phase 1", "t" * 16, tasks=["multi30k"], batch_size=256),
        stage("intermediate phase 1", "u" * 16, tasks=["multi30k", "mnli"], batch_size=128),
    ]
    (first,) = differences(*((START, phase, predicted("p")) for phase in phases), store=tmp_path).stages
    assert first.facts == (
        Differing("tasks", ["multi30k"], ["multi30k", "mnli"]),
        Differing("batch_size", 256, 128),
        Differing("tasks.multi30k.images", "real", "none"),
    )


def test_of_a_document_only_what_it_tells_is_compared() -> None:
    known = (START, stage("target phase", "t", lr=1, seed=1), predicted("p"))
    told = (START, stage("target phase", "", lr=2), predicted(""))
    (first,) = differences(known, told).stages
    assert first.facts == (Differing("lr", 1, 2),)
    same = (START, stage("target phase", "", lr=1), predicted(""))
    assert differences(known, same).same == ("pawsx",)
