"""Does intermediate training one task after the other degrade targets in low-resource languages, against one task?"""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

from harness_plugins.studies.sequential import tables as tables
from harness_plugins.studies.sequential.arms import (
    FURTHER,
    LONG,
    MIXTURE,
    RANDOM,
    SINGLE,
    Arm,
    longest_chains,
    regime_arms,
)
from harness_plugins.studies.sequential.scores import Finals, scores_at_end

import harness
from harness import studykit
from harness.studykit import NONE


@dataclass(frozen=True, kw_only=True)
class Options(studykit.StudyOptions):
    """Tasks, targets and arms."""

    tasks: tuple[str, ...] = studykit.study_option("two or three intermediate tasks", default=("mnli", "squad"))
    targets: tuple[str, ...] = studykit.study_option("of every arm", default=("udpos", "tatoeba"))
    probe: str = studykit.study_option(
        "a target without training, scored in each language after every phase", default="tatoeba"
    )
    steps: int = studykit.study_option(
        "updates of a phase on one task; a single task that is trained longer, and a mixture, get those of a chain",
        default=150,
        least=1,
        of_runs=True,
    )
    regimes: tuple[str, ...] = studykit.study_option(
        "arms beside single tasks, single tasks trained longer, and chains", default=(MIXTURE,), choices=FURTHER
    )
    long: tuple[str, ...] = studykit.study_option("tasks that are also trained longer; all if none", default=())
    rates: tuple[str, ...] = studykit.study_option(
        "learning rates of intermediate phases; English development rows choose one for each regime",
        default=(),
        of_runs=True,
    )
    phases: bool = studykit.study_option(
        "whether to score the tasks so far and the probe after every phase", default=True, beside=True
    )
    drift: bool = studykit.study_option("whether to measure how far embeddings drift (cka)", default=True, beside=True)

    def __post_init__(self) -> None:
        super().__post_init__()
        if not 2 <= len(set(self.tasks)) == len(self.tasks) <= 3:
            raise studykit.SettingsError(
                f"chains are of two or three tasks, each once; these are {', '.join(self.tasks) or 'none'}",
                code="tasks-of-chains",
                fix="one task has one order only; give two or three, such as --tasks mnli,squad",
            )
        if "pairs" in self.regimes and len(self.tasks) < 3:
            rest = [name for name in self.regimes if name != "pairs"]
            raise studykit.SettingsError(
                "pairs are of three tasks: of two, the pair is the mixture",
                code="tasks-of-chains",
                where="--tasks and --regimes",
                fix=f"give three tasks, or leave pairs out: --regimes '{','.join(rest)}'",
            )
        strange = [task for task in self.long if task not in self.tasks]
        if strange:
            raise studykit.SettingsError(
                f"{', '.join(strange)} of --long is none of the tasks",
                code="tasks-of-chains",
                fix=f"--tasks has {', '.join(self.tasks)}",
            )
        _check_rates(self.rates)
        studykit.check_low_resource(self.languages, "--languages")


def _check_rates(rates: Sequence[str]) -> None:
    for rate in rates:
        if not re.fullmatch(r"\d*\.?\d+([eE][-+]?\d+)?", rate) or not 0 < float(rate) < 1:
            raise studykit.SettingsError(
                f"a learning rate is a number between 0 and 1, which {rate!r} is not",
                code="rate-of-a-study",
                where="--rates",
                fix="give some such as --rates 1e-3,3e-4",
            )
    if len(rates) == 1 or len(set(map(float, rates))) < len(rates):
        raise studykit.SettingsError(
            f"development rows choose between two learning rates or more, each once, not {', '.join(rates)}",
            code="rate-of-a-study",
            where="--rates",
            fix="give several, or one for all arms: --set intermediate.lr=1e-3",
        )


def arms_of(options: Options) -> Mapping[str, tuple[Arm, ...]]:
    """All arms but `none`, by regime."""
    found: Mapping[str, tuple[Arm, ...]] = regime_arms(options.tasks, options.steps, options.regimes, options.long)
    return found


def without_effect(options: Options) -> Mapping[str, str]:
    return {} if options.phases else dict.fromkeys(("probe", "drift"), "with --no-phases there is no probe")


def runs(options: Options) -> Sequence[studykit.StudyRun]:
    if options.phases and studykit.is_trained(options.probe):
        raise studykit.SettingsError(
            f"{options.probe} is trained, so that it cannot be scored before and between phases",
            code="probe-is-trained",
            where="--probe",
            fix="name a target without training, such as tatoeba or bucc2018",
        )
    arms = [arm for own in arms_of(options).values() for arm in own]
    rates = {"set": {"intermediate.lr": [float(rate) for rate in options.rates]}} if options.rates else {}
    everything = {"arms": {arm.label: arm.text for arm in arms}, "target": options.targets, **rates}
    ends = studykit.StudyRun(settings=everything)
    if not options.phases:
        return [ends]
    shared = {arm.label: arm.text for arm in arms if not arm.by_target}
    # The tasks of phases are scored in English besides.
    foreign = studykit.languages_had(options.probe, options.languages)
    probed = {"arms": shared, "target": (options.probe,), "score_phases": True, "languages": foreign, **rates}
    measures = ("cka",) if options.drift else ()
    return [ends, studykit.StudyRun(settings=probed, measures=measures, measured=(options.probe,))]


def check_scored(languages: Mapping[str, Sequence[str]], options: Options) -> None:
    studykit.check_low_resource({code for task in options.targets for code in languages[task]}, "--targets")


def primary(found: Finals, margin: float) -> studykit.Answered:
    """Chains against single tasks in low-resource languages; where none could lose anything, it cannot be told."""
    low = found.classed("low")
    chains, single = (found.side(regime, low) for regime in ("chains", SINGLE))
    answer = studykit.answer_gain(chains, single, studykit.Question.LOSS, margin=margin)
    if found.all_guessed("low"):
        answer = studykit.cannot_tell(answer, "hardly above chance without intermediate training: nothing can be lost")
    return studykit.Answered("chains against single tasks, low-resource languages", answer)


def contrasts(found: Finals) -> list[studykit.Contrast]:
    """What is asked beside the primary contrast."""
    loss, any_ = studykit.Question.LOSS, studykit.Question.DIFFERENCE
    low, high = found.classed("low"), found.classed("high")
    asked: list[tuple[str, Mapping[int, float], studykit.Question]] = []
    if high:
        asked.append(
            ("chains against single tasks, high-resource languages", found.against("chains", SINGLE, high), loss)
        )
        both = low.keys() & high.keys()
        of_low, of_high = (
            found.against("chains", SINGLE, {task: own[task] for task in sorted(both)}) for own in (low, high)
        )
        if both:
            widening = {seed: of_low[seed] - of_high[seed] for seed in of_low}
            asked.append(("low-resource languages lose more than high-resource ones", widening, loss))
    for regime in found.arms:
        if regime not in (LONG, "chains"):
            asked.append((f"{regime} against {LONG}, low-resource languages", found.against(regime, LONG, low), loss))
    longest = longest_chains(found.arms)
    orders = found.arms[longest]
    for arm in orders if len(orders) > 2 else orders[:1]:
        rest = replace(found, arms={"others": tuple(one for one in orders if one is not arm), "this": (arm,)})
        others = "the other orders" if len(orders) > 2 else orders[1].label
        asked.append(
            (f"order {arm.label} against {others}, low-resource languages", rest.against("this", "others", low), any_)
        )
    if MIXTURE in found.arms:
        asked.append(
            (f"{MIXTURE} against {longest}, low-resource languages", found.against(MIXTURE, longest, low), any_)
        )
    if RANDOM in found.arms:
        words = f"{longest} against the same with random labels, low-resource languages"
        asked.append((words, found.against(longest, RANDOM, low), any_))
    return [
        studykit.Contrast(asked=words, differences=list(own.values()), question=what)
        for words, own, what in asked
        if own  # the target's own rows have no target in common with others where trained ones are at chance
    ]


def analyse(evidence: studykit.Evidence, options: Options) -> studykit.Findings:
    regimes = {NONE: [NONE], **{name: [arm.label for arm in own] for name, own in arms_of(options).items()}}
    evidence, chosen = studykit.at_best_settings(evidence, regimes, options.targets)
    found = scores_at_end(evidence, arms_of(options), options)
    phases = tables.Phases.of(evidence, found.arms, options) if options.phases else None
    none = found.scores.where({"arm": NONE})
    codes = {code for own in found.languages.values() for code in own}
    without = studykit.unclassed(codes)
    caveats = [
        *studykit.doubts(none, studykit.Question.LOSS),
        *(["these count in no comparison of regimes, unless all cells of a class are such"] if found.guessed else []),
        *studykit.without_low(found.languages),
        *([f"languages without resource class count as high: {', '.join(without)}"] if without else []),
    ]
    return studykit.Findings(
        primary=primary(found, options.margin),
        others=studykit.answer_family(contrasts(found), margin=options.margin),
        tables=tuple(tables.all_tables(found, phases, chosen)),
        figures=tuple(tables.all_figures(found, phases, options.margin)),
        caveats=tuple(caveats),
    )


SMOKE = Options(
    languages=("en", "qaa", "qad"),
    seeds=(1, 2),
    steps=2,
    limit=48,
    set={"target.steps": 2},
)
# The hub has neither CCGbank nor texts for mlm.
FULL = Options(
    data="hub",
    tasks=("mnli", "squad", "hellaswag"),
    steps=2000,
    regimes=tuple(regime for regime in FURTHER if regime != "mlm"),
)


@harness.hookimpl
def register_studies(register: Callable[[studykit.Study], None]) -> None:
    study = studykit.Study(
        name="sequential",
        version=2,
        question="Do chains of English intermediate tasks degrade targets in low-resource languages, against one task?",
        primary="chains (mean over orders) minus single tasks (mean over the same ones), seed by seed: the mean over "
        "targets of the mean over low-resource languages (resource classes 0 to 2) in which none is above chance",
        yes="the interval over seeds and items lies wholly below 0",
        no="its lower end is above minus the margin (non-inferiority)",
        cannot_tell="anything else, as of one seed, or where nothing is above chance without intermediate training",
        corrected_for="all of them together, by Holm: a yes needs p of at most 0.05 after correction",
        tiers={"smoke": SMOKE, "small": Options(), "full": FULL},
        runs=runs,
        without_effect=without_effect,
        analyse=analyse,
        check_scored=check_scored,
    )
    register(study)
