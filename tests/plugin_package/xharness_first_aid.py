"""A third party's study: does one intermediate task help one target?"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import harness
from harness import studykit


@dataclass(frozen=True, kw_only=True)
class Options(studykit.StudyOptions):
    task: str = studykit.study_option("the intermediate task", default="qqp")
    target: str = studykit.study_option("the target", default="pawsx")


def runs(options: Options) -> Sequence[studykit.StudyRun]:
    return [studykit.StudyRun(settings={"intermediate": [options.task], "target": [options.target]})]


def analyse(evidence: studykit.Evidence, options: Options) -> studykit.Findings:
    after, before = (
        evidence.require(arm=[arm], task=[options.target], seed=options.seeds) for arm in (options.task, "none")
    )
    by_seed = studykit.gains(after, before)
    forest = studykit.Forest(
        title=f"{options.target} after {options.task}",
        unit="points",
        points=tuple(studykit.Point(y=gain, label=f"seed {seed}") for seed, gain in by_seed.items()),
        margin=options.margin,
    )
    asked = f"{options.target} after {options.task} against none"
    found = studykit.answer_gain(after, before, studykit.Question.GAIN, margin=options.margin)
    return studykit.Findings(primary=studykit.Answered(asked, found), figures=(forest,))


@harness.hookimpl
def register_studies(register: Callable[[studykit.Study], None]) -> None:
    register(
        studykit.Study(
            name="first-aid",
            question="Does one intermediate task help one target?",
            primary="the target's mean over languages after the task, against none, seed by seed",
            yes="the interval over seeds and items lies above 0",
            no="its upper end is below the margin",
            cannot_tell="anything else, as of one seed",
            corrected_for="nothing: one question is asked",
            tiers={"smoke": Options(seeds=(1, 2)), "small": Options()},
            runs=runs,
            analyse=analyse,
        )
    )
