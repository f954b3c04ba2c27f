"""Does semantic similarity of an intermediate task to a target predict its gain in low-resource languages?"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import harness
from harness import studykit
from harness.studykit import NONE

if TYPE_CHECKING:
    from harness_plugins.studies.similarity.cells import Cells

INTERMEDIATE = ("anli", "mnli", "qqp", "squad", "squad_v2", "hellaswag", "ccg", "cosmosqa", "commonsenseqa")
TARGETS = ("pawsx", "xnli", "xquad", "tydiqa", "udpos", "panx", "xcopa")
PRIMARY = "sentence-embedding"
"""Centred SEmb. Fixed before anything was run; no option changes it."""
FURTHER = ("text-embedding", "mmd", "task-embedding", "vocabulary-divergence")


@dataclass(frozen=True, kw_only=True)
class Options(studykit.StudyOptions):
    """Sources, targets, and what similarity is."""

    languages: tuple[str, ...] = studykit.readable_languages()
    tasks: tuple[str, ...] = studykit.study_option(
        "intermediate tasks, each by itself; the nine of mini-effects if none", default=()
    )
    targets: tuple[str, ...] = studykit.study_option("of every arm", default=TARGETS)
    steps: int = studykit.study_option("updates of each intermediate task", default=300, least=1, of_runs=True)
    further: tuple[str, ...] = studykit.study_option(
        f"measures of two tasks beside {PRIMARY}", default=FURTHER, choices=FURTHER
    )
    negligible: float = studykit.study_option(
        "rank correlation below which similarity says too little to choose by", default=0.3, above=0, below=1
    )
    covariates: str = studykit.study_option(
        "a file of features of languages, as comma-separated values", default="", beside=True
    )
    gains: str = studykit.study_option("rank the sources of a file of scores, and run nothing", default="")
    mixed: bool = studykit.study_option("also fit a mixed model, with statsmodels", default=False, beside=True)

    def __post_init__(self) -> None:
        super().__post_init__()
        for name in ("tasks", "targets"):
            values = getattr(self, name)
            if len(set(values)) < len(values) or (name == "targets" and not values):
                raise studykit.SettingsError(
                    f"{name} are to be named, each once; these are {', '.join(values) or 'none'}",
                    code="tasks-of-similarity",
                    fix=f"give some, such as --{name} {','.join((INTERMEDIATE if name == 'tasks' else TARGETS)[:2])}",
                )
        if len(self.sources) < 2:
            raise studykit.SettingsError(
                "one intermediate task cannot be ranked",
                code="tasks-of-similarity",
                fix="give more: an answer needs six, such as --tasks " + ",".join(INTERMEDIATE[:6]),
            )

    @property
    def sources(self) -> tuple[str, ...]:
        """The intermediate tasks."""
        return self.tasks or INTERMEDIATE


def runs(options: Options) -> Sequence[studykit.StudyRun]:
    _check(options)
    arms = {f"{task} alone": f"{task}{{steps={options.steps}}}" for task in options.sources}
    settings = {"arms": arms, "target": options.targets}
    return [studykit.StudyRun(settings=settings, measures=(PRIMARY, *options.further), measured=tuple(options.targets))]


def _check(options: Options) -> Mapping[str, Mapping[str, float]]:
    """What files say, before anything is trained."""
    from harness_plugins.studies.similarity.mixed import check_installed

    if options.gains:
        raise studykit.SettingsError(
            "a file of gains answers by itself, without any run",
            code="gains-beside-records",
            where="--gains",
            fix="leave --gains out, or the runs",
        )
    if options.mixed:
        check_installed()
    if not options.covariates:
        return {}
    from harness_plugins.studies.similarity.files import read_covariates

    features: Mapping[str, Mapping[str, float]] = read_covariates(options.covariates)
    return features


def check_scored(languages: Mapping[str, Sequence[str]], options: Options) -> None:
    studykit.check_targets_abroad(languages, options)
    scored = {code for task in options.targets for code in languages[task]}
    studykit.check_low_resource(scored, "--languages" if options.languages else "--targets")


def analyse(evidence: studykit.Evidence, options: Options) -> studykit.Findings:
    # They need numpy, and listing studies does not.
    from harness_plugins.studies.similarity.answers import others, primary
    from harness_plugins.studies.similarity.cells import cells_of
    from harness_plugins.studies.similarity.mixed import mixed_table
    from harness_plugins.studies.similarity.ranks import permuted_sources
    from harness_plugins.studies.similarity.tables import all_figures, all_tables

    covariates = _check(options)
    measures = (PRIMARY, *options.further)
    cells = cells_of(evidence, options.sources, options.targets, options.seeds, options.languages, measures)
    orders = permuted_sources(len(cells.sources))
    tables = list(all_tables(cells, PRIMARY, orders, covariates))
    caveats = list(_caveats(evidence, cells, options))
    if options.mixed:
        table, told = mixed_table(cells, PRIMARY)
        tables += [table] if table else []
        caveats += [told] if told else []
    return studykit.Findings(
        primary=primary(cells, PRIMARY, options.negligible, orders),
        others=tuple(others(cells, measures, (options.negligible, options.margin), orders)),
        tables=tuple(tables),
        figures=tuple(all_figures(cells, PRIMARY, orders, options.negligible)),
        caveats=tuple(caveats),
    )


def _caveats(evidence: studykit.Evidence, cells: "Cells", options: Options) -> Iterator[str]:
    if cells.shared:
        pairs = ", ".join(f"{source} for {target}" for source, target in cells.shared)
        yield f"left out, since the target trains on the same rows: {pairs}"
    yield (
        f"intervals and p of correlations are over {len(cells.sources)} intermediate tasks, not over seeds: more seeds "
        "make gains surer, and only more tasks make a correlation surer"
    )
    yield (
        f"otherwise for the task that {PRIMARY} puts first, whose interval and p are over seeds and say nothing of "
        "other tasks, and for low- against high-resource languages, whose p is over languages"
    )
    codes = sorted({language for _, language in cells.places})
    yield from studykit.without_low(
        {task: [code for own, code in cells.places if own == task] for task in cells.targets}
    )
    if without := studykit.unclassed(codes):
        yield f"languages without resource class count as high: {', '.join(without)}"
    missing = [name for name in options.further if name not in cells.similarity]
    if missing:
        yield f"these records do not have what it takes for {', '.join(missing)}"
    if cells.sizes() is None:
        yield "records do not have one number of rows that each intermediate task trained on: size is not taken out"
    if len(options.seeds) == 1:
        yield "gains of one seed have its own baseline, and no noise ceiling"
    none = evidence.scores.where({"arm": NONE, "task": tuple(options.targets)})
    yield from studykit.doubts(none, studykit.Question.GAIN)


def from_files(options: Options) -> studykit.Findings | None:
    """What a file of scores says by itself; None where there is none."""
    if not options.gains:
        return None
    from harness_plugins.studies.similarity.files import findings_of, read_gains

    found: studykit.Findings = findings_of(read_gains(options.gains), options.gains, options.negligible)
    return found


SMOKE = Options(
    data="mini:dialects",
    tasks=("qqp", "squad", "ccg"),
    targets=("pawsx", "udpos"),
    languages=("en", "qaa", "qad", "qaf"),
    further=("vocabulary-divergence",),
    seeds=(1, 2),
    steps=2,
    limit=48,
    set={"target.steps": 2},
)


@harness.hookimpl
def register_studies(register: Callable[[studykit.Study], None]) -> None:
    study = studykit.Study(
        name="similarity",
        version=2,
        question="Does semantic similarity of intermediate task and target predict gains in low-resource languages?",
        primary=f"the rank correlation over intermediate tasks of {PRIMARY} (centred SEmb) with the gain over none, "
        "within each target and low-resource language (resource classes 0 to 2), mean over languages and then targets",
        yes="its interval over intermediate tasks lies wholly above 0: rows of similarities are permuted between "
        "tasks, jointly over targets and languages",
        no="its upper end is below the margin of --negligible",
        cannot_tell="anything else, as of fewer than 6 intermediate tasks or 3 low-resource languages",
        corrected_for="all of them together, by Holm: a yes needs p of at most 0.05 after correction",
        tiers={
            "smoke": SMOKE,
            "small": Options(data="mini:dialects"),
            # The hub has no CCGbank.
            "full": Options(
                data="hub",
                tasks=tuple(task for task in INTERMEDIATE if task != "ccg"),
                targets=(*TARGETS, "mlqa", "tatoeba"),
                steps=2000,
            ),
        },
        runs=runs,
        analyse=analyse,
        check_scored=check_scored,
        from_files=studykit.FromFiles(options=("gains", "negligible"), answer=from_files),
    )
    register(study)
