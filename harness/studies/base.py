"""What a study is: what to run to answer a question, and what follows from the records."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from harness.documents.figures import Figure
from harness.documents.parts import Table
from harness.errors import UserError
from harness.statistics.answer import POINTS, Answer
from harness.studies.options import ALL, LEAST_TIERS, StudyOptions, check_options

if TYPE_CHECKING:
    from harness.registry import Registry
    from harness.studies.evidence import Evidence


@dataclass(frozen=True, kw_only=True)
class StudyRun:
    """One run that a study needs. Runs share every stage that they have in common.

    Attributes:
        settings: as `harness.train` takes them: arms, targets and whatever else the study decides. Data, model, preset,
            seeds, languages and limit are those of the options, unless they stand here.
        measures: names of measures to compute beside the scores.
        measured: the tasks whose rows they are computed on; all that are scored if none.
        perturb: conditions under which rows are scored beside the clean ones, such as "typo:2".
    """

    settings: Mapping[str, Any]
    measures: tuple[str, ...] = ()
    measured: tuple[str, ...] = ()
    perturb: tuple[str, ...] = ()


@dataclass(frozen=True)
class Answered:
    """An answer to a question.

    Attributes:
        asked: the question in a few words, such as "chains against single tasks, low-resource languages".
    """

    asked: str
    answer: Answer


@dataclass(frozen=True, kw_only=True)
class DataTable:
    """Numbers behind an answer as a file of comma-separated values, one row per observation.

    Attributes:
        name: lower-case letters and hyphens; the file is called data-NAME.csv.
        columns: behind `model`, which comes first.
        rows: values in the order of the columns.
    """

    name: str
    columns: tuple[str, ...]
    rows: Sequence[Sequence[str | int | float]]


@dataclass(frozen=True, kw_only=True)
class Findings:
    """What records say about one encoder.

    Attributes:
        primary: the answer to the contrast that the study fixed beforehand.
        others: further answers; the study says what they are corrected for.
        tables, figures: what the answers are made of.
        caveats: sentences on what these records cannot say.
        data: what else belongs in files of their own; all encoders have the same ones.
    """

    primary: Answered
    others: tuple[Answered, ...] = ()
    tables: tuple[Table, ...] = ()
    figures: tuple[Figure, ...] = ()
    caveats: tuple[str, ...] = ()
    data: tuple[DataTable, ...] = ()


@dataclass(frozen=True, kw_only=True)
class FromFiles:
    """What a study answers from files that its options name, without any run.

    Attributes:
        options: names of those that are read then; others that are given beside them are refused.
        answer: what the files say, given the options; None where these name none.
    """

    options: tuple[str, ...]
    answer: Callable[[Any], Findings | None]


@dataclass(frozen=True, kw_only=True)
class Study:
    """A research question as a plugin registers it.

    Attributes:
        version: raised when the same records give another answer.
        question: one sentence that yes or no answers.
        primary: the contrast that decides, fixed before anything was run.
        quantity: what the margin of its options is in: "points", or "percent" of what `primary` says.
        yes, no, cannot_tell: what would have to be seen to answer so.
        corrected_for: what the other answers' p-values are corrected for, and how; intervals are not.
        tiers: options by tier, of one class: "smoke", a check of a minute, and "small", the question on the rows at
            hand, at least; "full" is the question as it should be asked.
        runs: what to run, given the options.
        analyse: what follows from the records of one encoder, without any model.
        check_scored: refuses what could not be answered before anything is trained, given the languages in which each
            task is going to be scored, and the options.
        from_files: what it answers without any run; None where it cannot.
        without_effect: options by name that change nothing beside the others, each with why; one that is given is
            refused.
    """

    name: str
    version: int = 1
    question: str
    primary: str
    yes: str
    no: str
    cannot_tell: str
    corrected_for: str
    quantity: str = POINTS
    tiers: Mapping[str, StudyOptions]
    runs: Callable[[Any], Sequence[StudyRun]]
    analyse: Callable[[Evidence, Any], Findings]
    check_scored: Callable[[Mapping[str, Sequence[str]], Any], None] = lambda *_: None
    from_files: FromFiles | None = None
    without_effect: Callable[[Any], Mapping[str, str]] = lambda _: {}

    @property
    def options(self) -> type[StudyOptions]:
        """The class of its options."""
        return type(next(iter(self.tiers.values())))


def check_study(study: Study, _studies: Mapping[str, Study], _registry: Registry) -> None:
    """Refuse a study that cannot be asked for.

    Raises:
        UserError: its name is taken, it lacks a tier, or its tiers are not of one class.
        TypeError: its options are not declared.
    """
    if study.name == ALL:
        raise UserError("is the name of all studies together", code="study-name", fix="give the study another name")
    missing = [tier for tier in LEAST_TIERS if tier not in study.tiers]
    if missing:
        raise UserError(
            f"lacks the tier {' and '.join(missing)}",
            code="study-without-tier",
            fix="give options for smoke and small at least",
        )
    if not all(type(options) is study.options for options in study.tiers.values()):
        raise UserError(
            "has options of several classes", code="tiers-of-several-classes", fix="make all tiers of one class"
        )
    try:
        check_options(study.options)
    except TypeError as error:
        raise UserError(f"has options that cannot be given: {error}", code="study-with-other-options") from None
