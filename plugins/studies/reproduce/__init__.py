"""Do the findings of Phang et al. 2020 (arXiv 2005.13013) hold in another setting?"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from harness_plugins.studies.reproduce import tables as tables
from harness_plugins.studies.reproduce.claims import Claim, Gains, claims
from harness_plugins.studies.reproduce.picks import Picked, mean_gains, pick
from harness_plugins.studies.reproduce.published import read_published

import harness
from harness import studykit
from harness.studykit import NONE

TASKS = ("anli", "mnli", "qqp", "squad", "squad_v2", "hellaswag", "ccg", "cosmosqa", "commonsenseqa")
XTREME = ("xnli", "pawsx", "udpos", "panx", "xquad", "mlqa", "tydiqa", "bucc2018", "tatoeba")
TOGETHER, WITH_MLM = "together", "together with mlm"


@dataclass(frozen=True, kw_only=True)
class Options(studykit.StudyOptions):
    """Tasks, targets, how long, and the paper's own table."""

    tasks: tuple[str, ...] = studykit.study_option("intermediate tasks, each alone and all together", default=TASKS)
    targets: tuple[str, ...] = studykit.study_option("of every arm", default=XTREME)
    translated: tuple[str, ...] = studykit.study_option(
        "variants of tasks that are their translations, each against the task itself", default=("mnli@translated",)
    )
    mlm: bool = studykit.study_option("also mix masked-LM training with all tasks together", default=True)
    steps: int = studykit.study_option(
        "updates on a task alone; those of the preset if 0", default=0, least=0, of_runs=True
    )
    mlm_steps: int = studykit.study_option(
        "updates of the mixture with mlm, which takes a share of them; those of the preset if 0",
        default=0,
        least=0,
        of_runs=True,
    )
    published: str = studykit.study_option(
        "CSV file with the scores of a published table, to stand beside: arm, task, value", default="", beside=True
    )

    def __post_init__(self) -> None:
        super().__post_init__()
        if len(set(self.tasks)) < max(len(self.tasks), 2):
            raise studykit.SettingsError(
                f"the tasks are {', '.join(self.tasks) or 'none'}; it takes two or more, each once",
                code="tasks-to-reproduce",
                where="--tasks",
            )
        strange = [variant for variant in self.translated if variant.partition("@")[0] not in self.tasks]
        if strange:
            raise studykit.SettingsError(
                f"{', '.join(strange)} has no task to be compared with",
                code="tasks-to-reproduce",
                where="--translated",
                fix=f"--tasks has {', '.join(self.tasks)}",
            )


def without_effect(options: Options) -> Mapping[str, str]:
    return {} if options.mlm else {"mlm_steps": "without --mlm there is no mixture with it"}


def arms_of(options: Options) -> Mapping[str, str]:
    """All arms but `none`, by what they train on."""
    alone, mixed = (f"{{steps={steps}}}" if steps else "" for steps in (options.steps, options.mlm_steps))
    everything = "all" if options.tasks == TASKS else " + ".join(options.tasks)
    found = {task: f"{task}{alone}" for task in (*options.tasks, *options.translated)} | {TOGETHER: everything}
    return found | {WITH_MLM: f"({everything} + mlm){mixed}"} if options.mlm else found


def label(arm: str) -> str:
    """What an arm is called: a label cannot be the name of a task."""
    return arm if arm in (NONE, TOGETHER, WITH_MLM) else f"{arm.replace('@', ' ')} alone"


def runs(options: Options) -> Sequence[studykit.StudyRun]:
    if options.published:
        # What is wrong with the file is said before anything is trained.
        read_published(Path(options.published))
    arms = {label(arm): text for arm, text in arms_of(options).items()}
    return [studykit.StudyRun(settings={"arms": arms, "target": options.targets})]


def scores_of(evidence: studykit.Evidence, options: Options) -> studykit.Scores:
    """The scores of all arms, by the main metrics of targets; arms go by what they train on.

    Raises:
        NothingToShow: some are missing.
    """
    names = {label(arm): arm for arm in (NONE, *arms_of(options))}
    found = evidence.require(arm=names, task=options.targets, seed=options.seeds).clean.where({"main": True})
    return replace(found, rows=[{**row, "arm": names[row["arm"]]} for row in found.rows])


def gains_of(scores: studykit.Scores, options: Options) -> Gains:
    """What every arm adds to `none`."""
    none, arms = scores.where({"arm": NONE}), arms_of(options)
    cells = {
        arm: {
            target: studykit.gains(scores.where({"arm": arm, "task": target}), none.where({"task": target}))
            for target in options.targets
        }
        for arm in arms
    }
    return Gains(
        cells=cells,
        tasks=options.tasks,
        mixture=TOGETHER,
        mlm=WITH_MLM if options.mlm else "",
        translated={variant: variant.partition("@")[0] for variant in options.translated},
    )


def primary(scores: studykit.Scores, options: Options) -> studykit.Answered:
    """Whether intermediate tasks help on average."""
    alone, none = (scores.where({"arm": arms}) for arms in (options.tasks, (NONE,)))
    answer = studykit.answer_gain(alone, none, studykit.Question.GAIN, margin=options.margin)
    return studykit.Answered("intermediate tasks alone, mean over tasks and targets", answer)


def answered(found: Sequence[Claim], margin: float) -> tuple[studykit.Answered, ...]:
    """Whether there is what each claim is about, whether it says so or denies it."""
    contrasts = [
        studykit.Contrast(
            asked=claim.asked or claim.says,
            differences=list(claim.differences.values()),
            question=studykit.Question.GAIN,
        )
        for claim in found
    ]
    return studykit.answer_family(contrasts, margin=margin)


def analyse(evidence: studykit.Evidence, options: Options) -> studykit.Findings:
    scores = scores_of(evidence, options)
    gains = gains_of(scores, options)
    picks = {
        target: pick(scores, target, options.tasks, {task: gains.cells[task][target] for task in options.tasks})
        for target in options.targets
    }
    picked = [one for one in picks.values() if one]
    asked = list(claims(gains, mean_gains(picked) if picked else None))
    answers = answered(asked, options.margin)
    found = [tables.claims_table(asked, answers, scores), tables.gains_table(gains), tables.picks_table(picked)]
    unused: Sequence[str] = ()
    if options.published:
        published = read_published(Path(options.published))
        beside = published.table(gains)
        found += [beside] if beside.rows else []
        unused = tuple(published.unused(gains))
    return studykit.Findings(
        primary=primary(scores, options),
        others=answers,
        tables=tuple(found),
        figures=(tables.forest(gains, options.margin),),
        caveats=(
            *studykit.doubts(scores.where({"arm": NONE}), studykit.Question.GAIN),
            *_unpicked(picks),
            *unused,
            *CAVEATS,
        ),
    )


def _unpicked(picks: Mapping[str, Picked | None]) -> Iterator[str]:
    without = [target for target, found in picks.items() if found is None]
    if without:
        yield (
            f"nothing chooses the best task for {', '.join(without)}: there are neither development scores of all arms "
            "nor stored predictions"
        )


CAVEATS = (
    "claims are asked over seeds, on these items: on others arms differ by more",
    "a target is scored by its main metric, question answering by F1; the paper averages F1 and exact match",
    "published numbers are of XLM-R large, all rows of the tasks, and development rows but for the best of each target",
)

SMOKE = Options(
    tasks=("mnli", "squad"),
    targets=("pawsx", "tatoeba"),
    translated=(),
    mlm=False,
    steps=4,
    seeds=(1, 2),
    limit=64,
    set={"intermediate.steps": 4, "target.steps": 2, "target.eval_every": 1},
)
SMALL = Options(seeds=(1, 2, 3), steps=300, mlm_steps=1250)
# The hub has neither CCGbank nor texts for mlm.
FULL = Options(
    data="hub",
    models=("xlm-r-large",),
    preset="phang2020",
    tasks=tuple(task for task in TASKS if task != "ccg"),
    mlm=False,
    seeds=(1, 2, 3),
)
E5 = replace(FULL, models=("e5-small-4bit",), preset="small-cpu", translated=(), set={"precision": "bf16"})


@harness.hookimpl
def register_studies(register: Callable[[studykit.Study], None]) -> None:
    study = studykit.Study(
        name="reproduce",
        version=2,
        question="Does English intermediate training help the targets of XTREME, as Phang et al. (2020) found?",
        primary="each intermediate task alone against none: the mean over tasks, and over targets of their means over "
        "languages",
        yes="the interval over seeds and items lies above 0",
        no="its upper end is below the margin: no gain that matters",
        cannot_tell="anything else",
        corrected_for="all claims of the paper together, by Holm: a yes needs p of at most 0.05 after correction",
        tiers={"smoke": SMOKE, "small": SMALL, "e5": E5, "full": FULL},
        runs=runs,
        without_effect=without_effect,
        analyse=analyse,
    )
    register(study)
