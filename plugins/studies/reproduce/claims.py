"""What Phang et al. 2020 say of intermediate training, each claim with the differences that it is about here."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from statistics import fmean

from harness import studykit

ABSTRACT = "abstract"
TABLE = "average over targets, development rows"

Differences = Mapping[int, float]
"""Points by seed."""

RETRIEVAL = ("sentence-similarity", "bitext-mining")
QUESTIONS = ("question-answering",)
BEST = ("mnli", "squad", "hellaswag")
ALONE = {"mnli": 7.5, "squad": 8.2, "hellaswag": 7.0}
MIXTURE = 8.7
BEST_OF_EACH = 5.4


@dataclass(frozen=True, kw_only=True)
class Claim:
    """What is published, and what it says of records.

    Attributes:
        says: in a few words.
        asked: what a yes would mean where the claim denies it.
        source: where in the paper.
        size: in points, where a number is published.
        differences: that are above 0 where there is what the claim is about.
        tasks: intermediate tasks that are claimed to do something by themselves.
        denies: whether the claim is that there is no such gain.
    """

    says: str
    asked: str = ""
    source: str
    size: float | None = None
    differences: Differences
    tasks: Sequence[str] = ()
    denies: bool = False


@dataclass(frozen=True, kw_only=True)
class Gains:
    """What every arm adds to `none`.

    Attributes:
        cells: the mean over a target's languages, by arm, target and seed.
        tasks: the arms that are one intermediate task alone.
        mixture, mlm: the arms of all tasks together, and with masked-LM training besides; empty where there is none.
        translated: the arms that are a task in translation, with the task in English.
    """

    cells: Mapping[str, Mapping[str, Differences]]
    tasks: Sequence[str]
    mixture: str = ""
    mlm: str = ""
    translated: Mapping[str, str]

    @property
    def targets(self) -> tuple[str, ...]:
        """Of every arm."""
        return tuple(next(iter(self.cells.values())))

    def mean(self, arms: Sequence[str], targets: Sequence[str] = ()) -> Differences:
        """The mean over arms of their means over targets.

        Args:
            targets: all of them if none.
        """
        cells = [self.cells[arm][target] for arm in arms for target in targets or self.targets]
        return {seed: fmean(cell[seed] for cell in cells) for seed in cells[0]}

    def difference(self, arms: Sequence[str], than: Sequence[str]) -> Differences:
        """What some arms add beyond others."""
        first, second = self.mean(arms), self.mean(than)
        return {seed: first[seed] - second[seed] for seed in first}


def claims(gains: Gains, best_of_each: Differences | None) -> Iterator[Claim]:
    """The claims that these arms and targets can be asked about.

    Args:
        best_of_each: what the task adds that is best for each target by other rows than those that are reported; None
            where nothing chooses it.
    """
    best = [task for task in BEST if task in gains.tasks]
    others = [task for task in gains.tasks if task not in BEST]
    for task in best:
        differences = gains.mean([task])
        yield Claim(says=f"{task} helps", source=TABLE, size=ALONE[task], differences=differences, tasks=[task])
    if best and others:
        says = f"{_listed(best)} help more than other tasks"
        yield Claim(says=says, source=ABSTRACT, differences=gains.difference(best, others), tasks=best)
    if gains.mixture:
        together = [gains.mixture]
        yield Claim(says="all tasks together help", source=TABLE, size=MIXTURE, differences=gains.mean(together))
        if best:
            size = MIXTURE - fmean(ALONE[task] for task in best)
            says = f"all together help more than {_listed(best)} do alone"
            yield Claim(says=says, source=TABLE, size=size, differences=gains.difference(together, best))
    yield from _of_targets(gains)
    if best_of_each is not None:
        says = "the best task for each target helps"
        yield Claim(says=says, source=ABSTRACT, size=BEST_OF_EACH, differences=best_of_each)
    yield from _denied(gains)


def _of_targets(gains: Gains) -> Iterator[Claim]:
    retrieval, questions = (studykit.of_kinds(gains.targets, kinds) for kinds in (RETRIEVAL, QUESTIONS))
    if retrieval:
        differences = gains.mean(gains.tasks, retrieval)
        yield Claim(says=f"retrieval gains ({', '.join(retrieval)})", source=ABSTRACT, differences=differences)
    if questions:
        differences = gains.mean(gains.tasks, questions)
        yield Claim(says=f"question answering gains ({', '.join(questions)})", source=ABSTRACT, differences=differences)
    if "tydiqa" in gains.targets:
        yield Claim(
            says="tydiqa gains from a task in the mean",
            source="results",
            differences=gains.mean(gains.tasks, ["tydiqa"]),
        )
    if "xnli" in gains.targets:
        differences = gains.mean(gains.tasks, ["xnli"])
        yield Claim(
            says="xnli does not gain", asked="xnli gains", source="results", differences=differences, denies=True
        )


def _denied(gains: Gains) -> Iterator[Claim]:
    if gains.mixture and gains.mlm:
        differences = gains.difference([gains.mlm], [gains.mixture])
        says, asked = "mlm beside the tasks adds nothing", "mlm beside the tasks adds something"
        yield Claim(says=says, asked=asked, source=ABSTRACT, differences=differences, denies=True)
    for arm, english in gains.translated.items():
        differences = gains.difference([arm], [english])
        says = f"{english} in translation helps no more than in English"
        asked = f"{english} in translation helps more than in English"
        yield Claim(says=says, asked=asked, source=ABSTRACT, differences=differences, denies=True)


def _listed(names: Sequence[str]) -> str:
    return " and ".join(filter(None, (", ".join(names[:-1]), names[-1])))
