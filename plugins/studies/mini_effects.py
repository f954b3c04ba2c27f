"""What intermediate training does on mini: nine English tasks together, each alone, and one after the other."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import harness
from harness import studykit
from harness.studykit import NONE

ALONE = ("anli", "mnli", "qqp", "squad", "squad_v2", "hellaswag", "ccg", "cosmosqa", "commonsenseqa")
CCG_LAST = ("mnli", "qqp", "anli", "hellaswag", "squad", "squad_v2", "commonsenseqa", "cosmosqa", "ccg")
TARGETS = ("pawsx", "xnli", "xquad", "tydiqa", "udpos", "panx", "xcopa", "tatoeba")
ALL = "nine tasks"
ARMS = {f"{task} alone": f"{task}{{steps=300}}" for task in ALONE} | {
    "ccg last": " > ".join(f"{task}{{steps=111}}" for task in CCG_LAST),
    "mnli last": " > ".join(f"{task}{{steps=111}}" for task in CCG_LAST[::-1]),
    "nine tasks and mlm": "(all + mlm){steps=1250}",  # as many steps of the nine tasks as without mlm
}


@dataclass(frozen=True, kw_only=True)
class Options(studykit.StudyOptions):
    """What is trained."""

    targets: tuple[str, ...] = studykit.study_option("of every arm", default=TARGETS)
    more: tuple[str, ...] = studykit.study_option(
        "of nine tasks", default=("mlqa", "bucc2018", "lareqa", "mewslix"), of_runs=True, beside=True
    )
    others: bool = studykit.study_option(
        "also train each task alone, all in turn, and with mlm", default=True, of_runs=True, beside=True
    )


def runs(options: Options) -> Sequence[studykit.StudyRun]:
    nine = studykit.StudyRun(settings={"arms": {ALL: "all"}, "target": (*options.targets, *options.more)})
    others = studykit.StudyRun(settings={"arms": ARMS, "target": options.targets, "baseline": False})
    return [nine, others] if options.others else [nine]


def analyse(evidence: studykit.Evidence, options: Options) -> studykit.Findings:
    asked = evidence.require(arm=(NONE, ALL), task=options.targets, seed=options.seeds).clean.where({"main": True})
    abroad = studykit.scores_abroad(asked, options.targets)
    after, before = (abroad.where({"arm": arm}) for arm in (ALL, NONE))
    answer = studykit.answer_gain(after, before, studykit.Question.GAIN, margin=options.margin)
    tables = studykit.gain_tables(evidence.scores.clean.where({"main": True}), NONE)
    return studykit.Findings(primary=studykit.Answered("nine tasks, outside English", answer), tables=tuple(tables))


@harness.hookimpl
def register_studies(register: Callable[[studykit.Study], None]) -> None:
    smoke = Options(targets=("pawsx",), more=(), others=False, seeds=(1, 2), set={"intermediate.steps": 20})
    study = studykit.Study(
        name="mini-effects",
        version=3,
        question="Does English intermediate training help the targets of mini in other languages?",
        primary="nine tasks in one mixture against none: the mean over targets of their means outside English",
        yes="the interval over seeds and items lies above 0",
        no="its upper end is below the margin: no gain that matters",
        cannot_tell="anything else",
        corrected_for="nothing: of so many cells some are bold by chance",
        tiers={"smoke": smoke, "small": Options()},
        runs=runs,
        analyse=analyse,
        check_scored=studykit.check_targets_abroad,
    )
    register(study)
