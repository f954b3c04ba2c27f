"""What a study asks for and records lack is told, and what they have is not."""

from __future__ import annotations

from collections.abc import Sequence

from harness.results.scores import Scores
from harness.studies.absent import absences
from harness.studies.base import StudyRun
from harness.studies.evidence import Evidence
from tests.flat import flat_row

RUN = StudyRun(
    settings={"arms": {"mnli": "mnli", "squad alone": "squad"}, "target": ["pawsx", "xnli"]},
    measures=("cka",),
    perturb=("typo:1",),
)
MEASURES = [{"measure": "cka", "seed": 1, "value": 0.5}]
ARMS, TASKS = ("none", "mnli", "squad alone"), ("pawsx", "xnli")


def scored(arms: Sequence[str] = ARMS, tasks: Sequence[str] = TASKS, seeds: Sequence[int] = (1, 2)) -> Evidence:
    rows = [
        flat_row(50.0, arm=arm, task=task, seed=seed, **further)
        for arm in arms
        for task in tasks
        for seed in seeds
        for further in ({}, {"clean": False, "perturbation": "typo:1"})
    ]
    return Evidence(Scores(rows), MEASURES)


def lacking(evidence: Evidence, *runs: StudyRun, seeds: Sequence[int] = (1, 2)) -> str:
    (told,) = absences(runs or (RUN,), evidence, seeds)
    return told.partition("they lack ")[2]


def test_of_records_that_have_everything_nothing_is_said() -> None:
    assert not list(absences([RUN], scored(), (1, 2)))
    # Settings that a run varies are in labels, and other arms are no matter.
    varied = ("none, intermediate.lr=0.001", "mnli, intermediate.lr=0.001, lr=3", "squad alone", "another")
    assert not list(absences([RUN], scored(varied), (1, 2)))


def test_what_is_absent_is_named_by_kind() -> None:
    bare = Evidence(Scores([flat_row(50.0, arm="none", task="pawsx", seed=seed) for seed in (1, 2)]))
    assert lacking(bare) == "arms mnli, squad alone; targets xnli; conditions typo:1; measures cka"


def test_languages_that_are_asked_for_and_have_no_scores_are_named() -> None:
    (told,) = absences([RUN], scored(), (1, 2), ("en", "sw", "yo"))
    assert told.endswith("they lack languages sw, yo")
    assert not list(absences([RUN], scored(), (1, 2), ("en",)))


def test_a_failed_score_is_absent() -> None:
    failed = [flat_row(None, arm="mnli", task="pawsx"), flat_row(1.0, arm="none", task="pawsx")]
    only = StudyRun(settings={"arms": {"mnli": "mnli"}, "target": "pawsx"})
    assert lacking(Evidence(Scores(failed)), only, seeds=(1,)) == "arms mnli"


def test_seeds_that_an_arm_lacks_are_named_unless_the_run_has_its_own() -> None:
    assert lacking(scored(), seeds=(1, 2, 3)) == "seed 3 of mnli, none, squad alone"
    part = [*scored().scores.rows, *scored(["mnli"], seeds=(3, 4)).scores.rows]
    assert lacking(Evidence(Scores(part), MEASURES), seeds=(1, 2, 3, 4)) == "seeds 3, 4 of none, squad alone"
    own = StudyRun(settings={"target": "pawsx", "seeds": [1]})
    assert not list(absences([own], scored(), (1, 2, 3)))


def test_an_arm_that_a_run_does_not_train_is_not_asked_for() -> None:
    without = StudyRun(settings={"arms": {"mnli": "mnli"}, "target": "pawsx", "baseline": False})
    assert not list(absences([without], scored(["mnli"]), (1, 2)))


def test_other_seeds_are_left_out_and_what_is_of_no_seed_stays() -> None:
    measures = [{"measure": "cka", "seed": seed, "value": 0.5} for seed in (1, 3, None)]
    kept = Evidence(scored(seeds=(1, 2, 3)).scores, measures).of_seeds((1, 2))
    assert {row["seed"] for row in kept.scores.rows} == {1, 2}
    assert [row["seed"] for row in kept.measures] == [1, None]
