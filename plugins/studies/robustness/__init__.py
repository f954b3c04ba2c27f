"""Does English intermediate training make models more robust to changed texts in other languages?"""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from harness_plugins.studies.robustness import line as line
from harness_plugins.studies.robustness import tables as tables
from harness_plugins.studies.robustness.answers import others, primary
from harness_plugins.studies.robustness.cells import ABOVE, LEAST, Cells

import harness
from harness import studykit
from harness.studykit import NONE

LABEL = re.compile(r"\s*([^:{]+?)\s*:\s*(.+)")
ON_MINI = {
    "tasks.xnli.examples": 1000,
    "tasks.xnli.epochs": 6,
    "tasks.xnli.lr": 0.001,
    "tasks.pawsx.examples": 1000,
    "tasks.pawsx.epochs": 4,
    "tasks.pawsx.lr": 0.001,
}
"""With the 100 examples of the preset, `none` is at chance in both on mini, and has nothing to lose."""
FERTILITY = "token-fertility"


@dataclass(frozen=True, kw_only=True)
class Options(studykit.StudyOptions):
    """Arms, targets and conditions."""

    margin: float = studykit.study_option(
        "percent of the clean score above chance below which a difference does not matter", default=10.0, above=0
    )
    languages: tuple[str, ...] = studykit.readable_languages()
    arms: tuple[str, ...] = studykit.study_option(
        "arms against none, as --arm takes them; the first decides", default=("nine tasks: all",)
    )
    targets: tuple[str, ...] = studykit.study_option("of every arm", default=("xnli", "pawsx", "xcopa"))
    perturbations: tuple[str, ...] = studykit.study_option(
        "names of perturbations, or single conditions as --perturb takes them",
        default=("typo", "punctuation", "hypothesis-only:3"),
    )
    severities: tuple[int, ...] = studykit.study_option("of perturbations named without one", default=(1, 2, 3))
    baselines: tuple[str, ...] = studykit.study_option(
        "hyper-parameters of further arms without intermediate training, for the line of effective robustness: "
        "KEY=VALUE, several of an arm joined by +",
        default=(),
        of_runs=True,
        beside=True,
    )
    fertility: bool = studykit.study_option(
        "whether to measure token fertility", default=True, of_runs=True, beside=True
    )

    def __post_init__(self) -> None:
        super().__post_init__()
        labels = {*self.labelled, *self.further}
        if not self.arms or len(labels) < len(self.arms) + len(self.baselines) or NONE in labels:
            raise studykit.SettingsError(
                f"arms are compared with {NONE}, each by a label of its own; these are {', '.join(self.arms) or NONE}",
                code="arms-of-robustness",
                where="--arms",
                fix="give one or more with intermediate training, such as --arms mnli,squad",
            )
        studykit.check_other_languages(self.languages, "--languages")
        for name in ("targets", "perturbations", "severities"):
            values = getattr(self, name)
            if len(set(values)) < max(1, len(values)):
                raise studykit.SettingsError(
                    f"{name} are to be named, each once; these are {', '.join(map(str, values)) or 'none'}",
                    code="conditions-of-robustness",
                    where=f"--{name}",
                )

    @property
    def labelled(self) -> Mapping[str, str]:
        """The text of each arm, by its label."""
        found = [LABEL.fullmatch(text) for text in self.arms]
        return {
            one[1] if one else text.strip(): one[2] if one else text for one, text in zip(found, self.arms, strict=True)
        }

    @property
    def conditions(self) -> tuple[str, ...]:
        """What is done to rows, each perturbation by severity."""
        return tuple(
            dict.fromkeys(
                condition
                for name in self.perturbations
                for condition in ([name] if ":" in name else [f"{name}:{severity}" for severity in self.severities])
            )
        )

    @property
    def further(self) -> Mapping[str, Mapping[str, Any]]:
        """Hyper-parameters of further arms without intermediate training, by label."""
        return {f"baseline {number}": _hyper_parameters(text) for number, text in enumerate(self.baselines, start=1)}


def _hyper_parameters(text: str) -> dict[str, float | int]:
    found: dict[str, float | int] = {}
    for part in text.split("+"):
        key, sign, value = part.partition("=")
        try:
            number = float(value)
        except ValueError:
            sign = ""
        if not (sign and key.strip()):
            raise studykit.SettingsError(
                f"{part!r} is no hyper-parameter with a number",
                code="baselines-of-robustness",
                where="--baselines",
                fix="give such as --baselines target.epochs=1,target.epochs=20",
            )
        found[key.strip()] = int(number) if number.is_integer() else number
    return found


def without_effect(options: Options) -> Mapping[str, str]:
    severe = all(":" in name for name in options.perturbations)
    return {"severities": "all perturbations are named with one"} if severe else {}


def runs(options: Options) -> Sequence[studykit.StudyRun]:
    conditions, targets = options.conditions, options.targets
    if all(studykit.is_diagnostic(name, task) for name in conditions for task in targets):
        raise studykit.SettingsError(
            f"labels of {', '.join(targets)} need not survive {', '.join(conditions)}: no robustness is asked for",
            code="all-diagnostic",
            where="--perturbations",
            fix="add one that labels survive, such as typo; xharness ls perturbations says which",
        )
    on_mini = options.data.partition(":")[0] == "mini"
    settings = {
        "target": targets,
        "set": {key: v for key, v in ON_MINI.items() if on_mini and key.split(".")[1] in targets},
    }
    found = [studykit.StudyRun(settings={**settings, "arms": dict(options.labelled)}, perturb=conditions)]
    if options.further:
        arms = {label: {"arm": NONE, "set": dict(own)} for label, own in options.further.items()}
        found.append(studykit.StudyRun(settings={**settings, "arms": arms, "baseline": False}, perturb=conditions))
    if options.fertility:
        # Of one model: what texts are cut into depends on its tokenizer alone.
        one = {**settings, "seeds": options.seeds[:1]}
        found.append(studykit.StudyRun(settings=one, measures=(FERTILITY,), perturb=conditions))
    return found


def analyse(evidence: studykit.Evidence, options: Options) -> studykit.Findings:
    arms = list(options.labelled)
    cells = Cells.of(evidence, arms, options.targets, options.seeds, options.conditions, options.languages)
    beyond = [one for arm in arms for one in line.effective(cells, arm)]
    return studykit.Findings(
        primary=primary(cells, options.margin),
        others=tuple(others(cells, options.margin)),
        tables=tuple(tables.all_tables(cells, beyond, evidence.measures)),
        figures=tuple(tables.all_figures(cells, beyond, options.margin)),
        caveats=tuple(_caveats(cells, beyond)),
    )


def _caveats(cells: Cells, beyond: Sequence[line.Effective]) -> Iterator[str]:
    yield (
        "what is kept is in percent of the clean score above chance; intervals of answers are over seeds and items, "
        "those of tables and figures Student's t over seeds, on these items; languages and perturbations are "
        "not drawn anew"
    )
    for arm in cells.arms:
        out = [
            f"{task} {code}"
            for task, code in cells.places
            if code != studykit.ENGLISH and not cells.can(arm, (task, code))
        ]
        if out:
            yield (
                f"left out of {arm}, as it or {NONE} is not {ABOVE:g} points above chance in the mean and {LEAST:g} in "
                f"every seed: {', '.join(out)}"
            )
    for task in dict.fromkeys(task for task, _ in cells.places):
        if cells.diagnostic[task]:
            yield f"labels of {task} need not survive {', '.join(sorted(cells.diagnostic[task]))}: never pooled"
        if studykit.known_task(task).chance is None:
            yield f"what guessing gets in {task} depends on its rows, and counts as 0"
    unchanged: dict[tuple[str, str], dict[str, None]] = {}
    for (*_, (task, code), name), row in cells.rows.items():
        if name and not row["n_changed"]:
            unchanged.setdefault((name, task), {})[code] = None
    for (name, task), codes in unchanged.items():
        yield f"{name} changes no row of {task} in {', '.join(codes)}"
    yield from line.why_refused(beyond)


SMALL = Options(
    targets=("xnli", "xcopa"),
    arms=("nine tasks: all", "hellaswag alone: hellaswag{steps=300}"),
    languages=("qaa", "qac", "qad"),
    perturbations=("typo", "entity-swap:2", "hypothesis-only:3"),
)
SMOKE = replace(
    SMALL,
    arms=("mnli{steps=2}",),
    targets=("xnli", "xcopa"),
    languages=("en", "qaa"),
    severities=(2,),
    seeds=(1, 2),
    limit=24,
    set={"target.steps": 2},
)
FULL = Options(
    data="hub",
    # The hub has no CCGbank.
    arms=("eight tasks: all,-ccg", "mnli", "squad", "hellaswag"),
    perturbations=("typo", "punctuation", "diacritics", "case", "hypothesis-only:3", "shuffled-premise:3"),
    baselines=("target.epochs=1", "target.epochs=10"),
)


@harness.hookimpl
def register_studies(register: Callable[[studykit.Study], None]) -> None:
    study = studykit.Study(
        name="robustness",
        quantity=studykit.PERCENT,
        version=3,
        question="Does English intermediate training make models more robust to changed texts in other languages?",
        primary=f"the first arm against {NONE}: the share of the clean score above chance that perturbations leave, in "
        f"the mean over perturbations that labels survive, languages but English in which both are {ABOVE:g} points "
        "above chance, and targets",
        yes="the interval over seeds and items lies wholly above 0: the arm loses less",
        no="its upper end is below the margin: the arm keeps no more that matters",
        cannot_tell="anything else, as of one seed, or where no language is left",
        corrected_for="all of them together, by Holm: a yes needs the interval over seeds and items above 0, and p "
        "over seeds of at most 0.05 after correction",
        tiers={"smoke": SMOKE, "small": SMALL, "full": FULL},
        runs=runs,
        without_effect=without_effect,
        analyse=analyse,
        check_scored=studykit.check_targets_abroad,
    )
    register(study)
