"""Does training on English captions with images improve retrieval of texts in other languages?"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from harness_plugins.studies.vision_language import tables as tables
from harness_plugins.studies.vision_language.arms import (
    CAPTIONS,
    FURTHER,
    MASKED,
    MASKED_SHUFFLED,
    MULTILINGUAL,
    NLI,
    NLI_CAPTIONS,
    PICTURES,
    PICTURES_SHUFFLED,
    RANDOM,
    SHUFFLED,
    SWEPT,
    TEXT,
    arm_texts,
    at_layer,
    centred,
    changed_arms,
    control_texts,
)
from harness_plugins.studies.vision_language.scores import Retrieval, scores_of_texts

import harness
from harness import studykit
from harness.studykit import NONE

CENTRED_KINDS = ("sentence-similarity", "bitext-mining")
MEASURES = ("anisotropy", "isotropy", "hubness")
IMAGE_KIND = "image-text-retrieval"
CAPTION_KINDS = (IMAGE_KIND,)


@dataclass(frozen=True, kw_only=True)
class Options(studykit.StudyOptions):
    """Tasks, targets and arms."""

    captions: str = studykit.study_option("the task of English captions with images", default="flickr8k", of_runs=True)
    targets: tuple[str, ...] = studykit.study_option(
        "of every arm, texts alone; one at least whose embeddings can be centred",
        default=("tatoeba", "bucc2018", "lareqa"),
    )
    further: tuple[str, ...] = studykit.study_option(
        "arms beside captions with images and the same captions as text", default=FURTHER, choices=FURTHER
    )
    nli: str = studykit.study_option("the task of the arms of inference", default="mnli", of_runs=True)
    steps: int = studykit.study_option("updates of a phase", default=150, least=1, of_runs=True)
    batch: int = studykit.study_option("captions of a step", default=48, least=4, of_runs=True)
    layers: tuple[int, ...] = studykit.study_option(
        "further layers whose embeddings are compared on the first target, counted from 1; -1 is the last",
        default=(1, 3),
    )
    retrieval: str = studykit.study_option(
        "the task of images that is scored in other languages as a control; empty for none", default="multi30k"
    )
    retrieval_steps: int = studykit.study_option("updates of its phases", default=400, least=1, of_runs=True)

    def __post_init__(self) -> None:
        super().__post_init__()
        studykit.check_other_languages(self.languages, "--languages")
        if self.batch % 2:
            raise studykit.SettingsError(
                f"captions of a step are two of each image in the arm of texts, and {self.batch} is odd",
                code="odd-batch",
                where="--batch",
                fix=f"give {self.batch + 1}",
            )
        for option, task in (("captions", self.captions), ("retrieval", self.retrieval)):
            if task and not studykit.of_kinds([task], CAPTION_KINDS):
                raise studykit.SettingsError(
                    f"{task} is not of captions with images",
                    code="study-without-images",
                    where=f"--{option}",
                    fix="name one of kind image-text-retrieval, such as flickr8k",
                )
        if not self.centred_targets:
            raise studykit.SettingsError(
                f"embeddings of {', '.join(self.targets) or 'no target'} cannot be centred",
                code="nothing-centred",
                where="--targets",
                fix="name one of sentences without training, too, such as tatoeba",
            )
        if any(layer < -1 or not layer for layer in self.layers) or len(set(self.layers)) < len(self.layers):
            raise studykit.SettingsError(
                f"layers are counted from 1, -1 the last, each once; these are {', '.join(map(str, self.layers))}",
                code="layers-of-a-study",
                where="--layers",
                fix="give some such as --layers 1,3",
            )

    @property
    def centred_targets(self) -> tuple[str, ...]:
        """The targets whose embeddings can be centred."""
        return studykit.of_kinds(self.targets, CENTRED_KINDS)


def without_effect(options: Options) -> Mapping[str, str]:
    found = {} if NLI in options.further else {"nli": f"--further has no {NLI}"}
    return found if options.retrieval else {**found, "retrieval_steps": "--retrieval names no task"}


def runs(options: Options) -> Sequence[studykit.StudyRun]:
    texts = arm_texts(options)
    first, *_ = options.centred_targets

    def settings(arms: Mapping[str, Any], targets: Sequence[str], **more: Any) -> dict[str, Any]:
        # A task of translations into English has no rows in English itself.
        had = {code for task in targets for code in studykit.languages_had(task, options.languages)}
        languages = tuple(code for code in options.languages if code in had)
        shared = {"languages": languages, "set": {"intermediate.freeze_embeddings": True}}
        return {"arms": arms, "target": tuple(targets), **shared, **more}

    centring = changed_arms(texts, (NONE, *texts), centred("{}"), centring=True)
    swept = [changed_arms(texts, SWEPT, at_layer("{}", layer), layer=layer) for layer in options.layers]
    asked = [
        studykit.StudyRun(settings=settings(texts, options.targets), measures=MEASURES, measured=(first,)),
        studykit.StudyRun(settings=settings(centring, options.centred_targets, baseline=False)),
    ]
    if swept:
        arms = {name: arm for own in swept for name, arm in own.items()}
        asked.append(studykit.StudyRun(settings=settings(arms, (first,), baseline=False)))
    if options.retrieval:
        control = settings(control_texts(options), (first,), baseline=False, score_phases=True)
        asked.append(studykit.StudyRun(settings=control))
    return asked


def check_scored(languages: Mapping[str, Sequence[str]], options: Options) -> None:
    studykit.check_targets_abroad(languages, options)
    studykit.check_abroad(languages, (options.retrieval,) if options.retrieval else (), "--retrieval")


def control(found: Retrieval, margin: float) -> studykit.Answered | None:
    """Are images learned, so that captions in other languages find them, too? None where that was not asked."""
    if found.images is None:
        return None
    own, exchanged = found.images_of(PICTURES), found.images_of(PICTURES_SHUFFLED)
    answer = studykit.answer_gain(own, exchanged, studykit.Question.GAIN, margin=margin)
    return studykit.Answered("control: images of captions in other languages, own ones against shuffled", answer)


def primary(found: Retrieval, margin: float, controlled: studykit.Answer | None = None) -> studykit.Answered:
    """Captions with images against the same captions.

    Nothing is answered where the control fails, and no direction where raw and centred scores of the same targets
    do not both have it.

    Args:
        controlled: the answer of the control; None where it was not asked.
    """
    answer = studykit.answer_gain(found.of(CAPTIONS), found.of(TEXT), studykit.Question.GAIN, margin=margin)
    claims = answer.reply is studykit.Reply.YES or answer.by is studykit.By.OTHER_DIRECTION
    gain = tables.mean(found.against(CAPTIONS, TEXT))
    raw, centred_gain = (tables.mean(found.against_centrable(CAPTIONS, TEXT, centred=one)) for one in (False, True))
    if controlled is not None and controlled.reply is not studykit.Reply.YES:
        answer = studykit.cannot_tell(answer, "the control did not succeed, so that nothing follows of images")
    elif claims and min(gain * raw, gain * centred_gain) <= 0:
        shown = f"{raw:+.1f} and {centred_gain:+.1f} points"
        answer = studykit.cannot_tell(
            answer, f"raw and centred scores of {', '.join(found.centrable)} do not both agree: {shown}"
        )
    return studykit.Answered("captions with images against the same captions, other languages", answer)


ASKED = (
    (CAPTIONS, NONE, studykit.Question.DIFFERENCE),
    (TEXT, NONE, studykit.Question.DIFFERENCE),
    (CAPTIONS, SHUFFLED, studykit.Question.GAIN),
    (CAPTIONS, RANDOM, studykit.Question.GAIN),
    (MASKED, MASKED_SHUFFLED, studykit.Question.GAIN),
    (MASKED, NONE, studykit.Question.DIFFERENCE),
    (NLI, NONE, studykit.Question.DIFFERENCE),
    (NLI_CAPTIONS, NLI, studykit.Question.DIFFERENCE),
    (MULTILINGUAL, NONE, studykit.Question.DIFFERENCE),
)
"""What is asked beside the primary contrast: one arm against another, of raw scores."""


def contrasts(found: Retrieval) -> list[studykit.Contrast]:
    """What is asked beside the primary contrast, of arms that there are."""
    return [
        studykit.Contrast(
            asked=f"{one} against {other}", differences=list(found.against(one, other).values()), question=what
        )
        for one, other, what in ASKED
        if {one, other} <= set(found.arms)
    ]


def analyse(evidence: studykit.Evidence, options: Options) -> studykit.Findings:
    found = scores_of_texts(evidence, options)
    others = studykit.answer_family(contrasts(found), margin=options.margin)
    controlled = control(found, options.margin)
    caveats = [*studykit.doubts(found.scores.where({"arm": NONE}), studykit.Question.GAIN)]
    if controlled is None:
        caveats.append("no control was asked, so that nothing says whether images are learned")
    elif controlled.answer.reply is not studykit.Reply.YES:
        caveats.append("the control did not succeed: images may not have been learned, so that nothing follows of them")
    return studykit.Findings(
        primary=primary(found, options.margin, controlled.answer if controlled else None),
        others=(*others, *([controlled] if controlled else [])),
        tables=tuple(tables.all_tables(found, evidence, options)),
        figures=tuple(tables.all_figures(found, options.margin)),
        caveats=tuple(caveats),
    )


SMOKE = Options(
    languages=("en", "qaa", "qad"),
    targets=("tatoeba",),
    further=(SHUFFLED,),
    seeds=(1, 2),
    steps=2,
    batch=8,
    layers=(1,),
    retrieval_steps=2,
    limit=48,
)


@harness.hookimpl
def register_studies(register: Callable[[studykit.Study], None]) -> None:
    study = studykit.Study(
        name="vision-language",
        version=3,
        question="Does training on English captions with images improve retrieval of texts in other languages?",
        primary="captions with images minus the same captions without, seed by seed, raw scores: the mean over targets "
        "of the mean over languages other than English",
        yes="the interval over seeds and items lies wholly above 0, on the targets that can be centred both raw and "
        "centred scores gain, and the control, where it is asked, succeeds: images are found in other languages",
        no="its upper end is below the margin; where it lies below 0, only if both of those scores lose; and the "
        "control, where it is asked, succeeds",
        cannot_tell="anything else, and always where the control does not succeed",
        corrected_for="all but the control together, by Holm: a yes needs p of at most 0.05 after correction; the "
        "control is answered by itself, over seeds and items",
        tiers={"smoke": SMOKE, "small": Options()},
        runs=runs,
        without_effect=without_effect,
        analyse=analyse,
        check_scored=check_scored,
    )
    register(study)
