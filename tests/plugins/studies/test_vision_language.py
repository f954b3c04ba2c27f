"""The study `vision-language`: its arms, what it answers to scores made by hand, and what it refuses."""

from __future__ import annotations

import dataclasses
import zlib
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import pytest
from harness_plugins.studies import vision_language
from harness_plugins.studies.vision_language import Options, analyse
from harness_plugins.studies.vision_language.arms import SWEPT, arm_texts, at_layer, centred

from harness.armtext import parse_arm
from harness.item_scores import ItemScores
from harness.metrics import Metric
from harness.registry import default_registry
from harness.results.scores import Items, Row, Scores
from harness.statistics.answer import Answer, By, Question, Reply
from harness.studies.base import Findings
from harness.studies.evidence import Evidence, MissingCells
from tests.raising import raises_code
from tests.study_rows import ITEMS, items_of, score_row

OPTIONS = Options(targets=("tatoeba", "lareqa"), seeds=(1, 2, 3), margin=2.0, layers=(1,))
LANGUAGES = {"tatoeba": ("sw", "de"), "lareqa": ("en", "de")}
ARMS = ("none", *arm_texts(OPTIONS))
CONTROL = "control: images of captions in other languages, own ones against shuffled"
Value = Callable[[str, int, str, str], float]


def test_arms_of_captions_have_as_many_of_them_in_a_step() -> None:
    texts = arm_texts(Options(steps=30, batch=20))
    assert texts == {
        "captions": "flickr8k{batch_size=20,steps=30}",
        "text": "flickr8k{images=none,batch_size=10,steps=30}",
        "shuffled": "flickr8k{images=shuffled,batch_size=20,steps=30}",
        "random": "flickr8k{images=random,batch_size=20,steps=30}",
        "masked": "flickr8k@masked{batch_size=20,steps=30}",
        "masked shuffled": "flickr8k@masked{images=shuffled,batch_size=20,steps=30}",
        "nli": "mnli{steps=30}",
        "nli then captions": "mnli{steps=30} > flickr8k{batch_size=20,steps=30}",
        "multilingual": "flickr8k@multilingual{batch_size=20,steps=30}",
    }
    for text in texts.values():
        parse_arm(text, default_registry())
    assert list(arm_texts(Options(further=()))) == ["captions", "text"]


def test_what_is_scored_otherwise_is_trained_alike() -> None:
    plain, other, layers, control = vision_language.runs(OPTIONS)
    assert (plain.settings["target"], plain.measured) == (("tatoeba", "lareqa"), ("tatoeba",))
    assert other.settings["target"] == ("tatoeba",)
    assert other.settings["arms"]["none centred"] == {"arm": "none", "set": {"centring": True}}
    for label, text in plain.settings["arms"].items():
        assert other.settings["arms"][centred(label)]["arm"] == text
    assert list(layers.settings["arms"]) == [at_layer(arm, 1) for arm in SWEPT]
    assert layers.settings["arms"]["captions layer 1"]["set"] == {"layer": 1}
    assert control.settings["score_phases"] is True
    assert {run.settings["set"]["intermediate.freeze_embeddings"] for run in (plain, other, layers, control)} == {True}
    assert len(vision_language.runs(dataclasses.replace(OPTIONS, layers=(), retrieval=""))) == 2


def alike(arm: str, seed: int, task: str, language: str) -> float:
    """No arm differs from another but by a little noise, which centring leaves as it is."""
    return 40.0 + zlib.crc32(f"{arm.removesuffix(' centred')} {task} {language} {seed}".encode()) % 9 / 10


def gained(arm: str, seed: int, task: str, language: str) -> float:
    """Captions with images are 6 points ahead of others, 20 in English; in LAReQA 10."""
    ahead = {"en": 20.0}.get(language, 10.0 if task == "lareqa" else 6.0)
    return alike(arm, seed, task, language) + ahead * arm.startswith("captions")


def unless_centred(arm: str, seed: int, task: str, language: str) -> float:
    """As `gained`, but for centred embeddings the other way round."""
    return alike(arm, seed, task, language) - 3 if arm == "captions centred" else gained(arm, seed, task, language)


def rows_of(value: Value, options: Options = OPTIONS) -> list[Row]:
    arms = ("none", *arm_texts(options))
    sides = [(arm, task) for arm in arms for task in options.targets]
    sides += [(centred(arm), task) for arm in arms for task in options.centred_targets]
    sides += [(at_layer(arm, layer), "tatoeba") for arm in SWEPT for layer in options.layers]
    rows = [
        score_row(arm, seed, task, language, value(arm, seed, task, language))
        for arm, task in sides
        for seed in options.seeds
        for language in LANGUAGES[task]
    ]
    images = {"pictures": 12.0, "pictures shuffled": 1.0}
    return rows + [
        score_row(arm, seed, "multi30k", language, level + seed / 10 * (arm == "pictures"), phase=1)
        for arm, level in (images.items() if options.retrieval else ())
        for seed in options.seeds
        for language in ("en", "de")
    ]


def with_images(own: float, exchanged: float, seeds: Sequence[int] = OPTIONS.seeds) -> list[Row]:
    """As `gained`, with images found in German by these shares; in English they are."""
    texts = [row for row in rows_of(gained) if row["task"] != "multi30k"]
    images = {("pictures", "en"): 20.0, ("pictures", "de"): own, ("pictures shuffled", "en"): 1.0}
    images["pictures shuffled", "de"] = exchanged
    return texts + [
        score_row(arm, seed, "multi30k", language, level + seed / 100 * (arm == "pictures"), phase=1)
        for (arm, language), level in images.items()
        for seed in seeds
    ]


def measures_of(options: Options = OPTIONS) -> list[Row]:
    return [
        {"arm": arm, "seed": seed, "task": "tatoeba", "language": code, "measure": measure, "value": value + seed / 100}
        for arm in ("none", *arm_texts(options))
        for seed in options.seeds
        for code, value in (("sw", 0.2), ("de", 0.4))
        for measure in vision_language.MEASURES
    ]


def found_in(value: Value, options: Options = OPTIONS) -> Findings:
    return found_of(rows_of(value, options), options)


def found_of(rows: list[Row], options: Options = OPTIONS, items: Items = items_of) -> Findings:
    evidence = Evidence(Scores(rows, items), measures_of(options), "the command")
    found: Findings = analyse(evidence, options)
    return found


def control_of(found: Findings) -> Answer:
    (answer,) = (one.answer for one in found.others if one.asked == CONTROL)
    return answer


def cells(found: Findings, title: str) -> dict[str, dict[str, str]]:
    """A table's texts by its first column and headings."""
    (table,) = (one for one in found.tables if title in one.title)
    return {row[0].text: {head: cell.text for head, cell in zip(table.columns, row, strict=True)} for row in table.rows}


def test_a_gain_over_the_same_captions_is_found() -> None:
    found = found_in(gained)
    answer = found.primary.answer
    assert (answer.question, answer.reply, answer.material, answer.margin) == (Question.GAIN, Reply.YES, True, 2.0)
    # Within a target first: 6 in Tatoeba (two languages), 10 in LAReQA (one, English left out).
    assert answer.mean == pytest.approx(8, abs=0.5)
    arms = cells(found, "Languages other than English: scores")
    assert arms["captions"]["tatoeba"].startswith(("+6.", "+5."))
    assert arms["captions"]["lareqa"].startswith(("+10.", "+9."))
    assert arms["captions"]["mean, centred"] == arms["captions"]["tatoeba"]
    assert arms["none: score"]["mean"].startswith("40.")
    assert arms["shuffled"]["mean"].startswith(("+0.", "-0."))
    others = {one.asked: one.answer for one in found.others}
    assert list(others)[-1] == CONTROL
    assert others["captions against none"].reply is Reply.YES
    assert others["text against none"].reply is Reply.NO
    assert others["nli then captions against nli"].reply is Reply.NO
    assert others[CONTROL].reply is Reply.YES
    assert others[CONTROL].mean == pytest.approx(11.2)
    assert not any("control" in one for one in found.caveats)


def test_a_gain_that_centring_turns_round_is_not_believed() -> None:
    answer = found_in(unless_centred).primary.answer
    assert (answer.reply, answer.material) == (Reply.CANNOT_TELL, False)
    assert answer.mean == pytest.approx(8, abs=0.5)
    assert "raw and centred scores of tatoeba do not both agree: +" in answer.why
    # What is within the margin claims no direction.
    small = found_in(
        lambda *at: alike(*at) + (0.2 if at[0] == "captions" else -0.2 if at[0] == "captions centred" else 0)
    )
    assert (small.primary.answer.reply, small.primary.answer.by) == (Reply.NO, By.EQUIVALENCE)


def test_a_loss_is_a_no_only_where_centred_scores_agree() -> None:
    def lost(arm: str, seed: int, task: str, language: str) -> float:
        return alike(arm, seed, task, language) - 9 * arm.startswith("captions")

    answer = found_in(lost).primary.answer
    assert (answer.reply, answer.by) == (Reply.NO, By.OTHER_DIRECTION)

    def raw_alone(arm: str, seed: int, task: str, language: str) -> float:
        return alike(arm, seed, task, language) - 9 * (arm == "captions") + 2 * (arm == "captions centred")

    assert found_in(raw_alone).primary.answer.reply is Reply.CANNOT_TELL


@pytest.mark.parametrize(
    ("raw", "centred_gain", "reply"),
    [
        (6.0, 6.0, Reply.YES),
        (-2.0, 2.0, Reply.CANNOT_TELL),
        (2.0, -2.0, Reply.CANNOT_TELL),
        (-2.0, -2.0, Reply.CANNOT_TELL),
    ],
)
def test_raw_and_centred_scores_are_compared_on_the_same_targets(raw: float, centred_gain: float, reply: Reply) -> None:
    def value(arm: str, seed: int, task: str, language: str) -> float:
        """What LAReQA gains decides the mean, and LAReQA is not centred."""
        own = raw if task == "tatoeba" else 20.0
        return alike(arm, seed, task, language) + {"captions": own, "captions centred": centred_gain}.get(arm, 0.0)

    answer = found_in(value).primary.answer
    assert answer.reply is reply
    assert answer.mean == pytest.approx((raw + 20) / 2, abs=0.5)


def test_what_became_of_embeddings_and_layers() -> None:
    found = found_in(gained)
    assert cells(found, "Embeddings of tatoeba")["text"]["anisotropy"].startswith("0.32 ± ")
    layers = cells(found, "tatoeba by layer")
    assert layers["captions"]["its own layer"].startswith("46")
    assert layers["captions"]["layer 1"].startswith("46")
    assert layers["text"]["layer 1"].startswith("40")
    images = cells(found, "The control")
    assert (images["pictures shuffled"]["en"], images["pictures"]["de"][:4]) == ("1.0", "12.2")
    # 11.1, 11.2 and 11.3 points: a standard deviation of 0.1, and Student's t of 4.30 with two degrees of freedom.
    assert images["difference"] == {"images in training": "difference", "en": "+11.2 ± 0.2", "de": "+11.2 ± 0.2"}


def test_a_failed_control_withholds_the_answer() -> None:
    assert found_in(gained).primary.answer.reply is Reply.YES
    found = found_of(with_images(own=1.0, exchanged=1.0))
    assert control_of(found).reply is Reply.NO
    answer = found.primary.answer
    assert (answer.reply, answer.material, answer.interval) == (Reply.CANNOT_TELL, False, None)
    assert answer.mean == pytest.approx(8, abs=0.5)
    assert "the control did not succeed" in answer.why
    assert any("the control did not succeed" in one for one in found.caveats)
    # Nor does a control succeed that cannot be told: of 1, 11 and 21 points.
    rows = with_images(own=12.0, exchanged=1.0)
    wide: list[Row] = [
        {**row, "value": row["value"] + 10 * (row["seed"] - 2) * (row["arm"] == "pictures")} for row in rows
    ]
    found = found_of(wide)
    assert [control_of(found).reply, found.primary.answer.reply] == [Reply.CANNOT_TELL] * 2
    # A no follows of images as little.
    same = [row for row in with_images(own=1.0, exchanged=1.0) if row["task"] == "multi30k"]
    rows = [row for row in rows_of(alike) if row["task"] != "multi30k"]
    assert found_in(alike).primary.answer.reply is Reply.NO
    assert found_of(rows + same).primary.answer.reply is Reply.CANNOT_TELL


def test_the_control_is_answered_by_itself_over_seeds_and_items() -> None:
    others = found_in(gained).others
    assert list(others[:-1]) == list(found_in(gained, dataclasses.replace(OPTIONS, retrieval="")).others)
    assert others[-1].answer.p is None
    # Of 0.32 points seeds leave no doubt, which a hundredth of a point moves; 50 items do.
    found = found_of(with_images(own=1.3, exchanged=1.0))
    assert control_of(found).mean == pytest.approx(0.32)
    assert control_of(found).reply is Reply.NO
    assert found.primary.answer.reply is Reply.CANNOT_TELL


def test_the_control_is_of_the_seeds_that_were_asked_for() -> None:
    control = control_of(found_of(with_images(own=12.0, exchanged=1.0, seeds=(1, 2, 3, 4))))
    assert control.n == 3
    assert control.mean == pytest.approx(11.02)


def test_without_a_control_it_is_said_that_there_was_none() -> None:
    found = found_in(gained, dataclasses.replace(OPTIONS, retrieval="", layers=(), further=()))
    assert len(found.tables) == 3
    assert [one.asked for one in found.others] == ["captions against none", "text against none"]
    assert found.primary.answer.reply is Reply.YES
    assert any("no control was asked" in one for one in found.caveats)


RIGHT_ALONE = {
    # By language and seed: items that captions with images alone have right, and those that text alone has.
    ("sw", 1): (20, 2),
    ("sw", 2): (10, 2),
    ("sw", 3): (0, 0),
    ("de", 1): (0, 16),
    ("de", 2): (1, 3),
    ("de", 3): (3, 1),
}
RIGHT_OR_WRONG = Metric(name="m", kinds=("text-classification",), statistics=lambda _: [], interval="wilson")


def right_or_wrong(row: Row) -> ItemScores:
    """Ten of 50 items that both arms have right, and those that one alone has; of other rows as usual."""
    if row["task"] != "tatoeba" or row["arm"] not in ("captions", "text"):
        return items_of(row)
    captions, text = RIGHT_ALONE[row["language"], row["seed"]]
    places = range(10 + captions) if row["arm"] == "captions" else [*range(10), *range(50 - text, 50)]
    right = np.isin(np.arange(50), [*places]).astype(float)
    return ItemScores(RIGHT_OR_WRONG, right[:, None], None, ITEMS)


def test_languages_are_told_by_items_that_one_arm_alone_has_right() -> None:
    def value(arm: str, seed: int, task: str, language: str) -> float:
        if task != "tatoeba" or arm not in ("captions", "text"):
            return alike(arm, seed, task, language)
        return 2.0 * (10 + RIGHT_ALONE[language, seed][arm == "text"])

    table = next(one for one in found_of(rows_of(value), items=right_or_wrong).tables if "McNemar" in one.title)
    told = {(task.text, code.text): seeds.text for task, code, _, seeds in table.rows}
    # Exact tests of a fair coin: 20 of 22 is 0.0001 and 16 of 16 0.00003; 10 of 12 is 0.04 alone, and four times that
    # by Holm, of six tests.
    assert told == {
        ("tatoeba", "sw"): "1 better, 0 worse",
        ("tatoeba", "de"): "0 better, 1 worse",
        ("lareqa", "de"): "-",
    }


@pytest.mark.parametrize(
    ("given", "code"),
    [
        ({"batch": 7}, "odd-batch"),
        ({"languages": ("en",)}, "no-other-language"),
        ({"captions": "mnli"}, "study-without-images"),
        ({"captions": "flickr8k@masked"}, "study-without-images"),
        ({"retrieval": "tatoeba"}, "study-without-images"),
        ({"captions": "nowhere"}, "unknown-task"),
        ({"targets": ("lareqa",)}, "nothing-centred"),
        ({"targets": ()}, "nothing-centred"),
        ({"layers": (0,)}, "layers-of-a-study"),
        ({"layers": (-2,)}, "layers-of-a-study"),
        ({"layers": (1, 1)}, "layers-of-a-study"),
    ],
)
def test_what_cannot_be_asked_is_refused(given: dict[str, Any], code: str) -> None:
    with raises_code(code):
        Options(**given)


@pytest.mark.parametrize(
    ("without", "told"),
    [
        (lambda row: row["arm"] == "text" and row["task"] == "lareqa", "arm text, task lareqa"),
        (lambda row: row["arm"] == "text centred", "arm text centred"),
        (lambda row: row["arm"] == "captions" and row["language"] == "sw", "language sw"),
        (lambda row: row["arm"] == "none layer 1", "arm none layer 1"),
        (lambda row: row["arm"] == "pictures", "arm pictures"),
        (lambda row: row["arm"] == "pictures shuffled" and row["language"] == "de", "arm pictures shuffled"),
        (lambda row: row["seed"] == 3, "seed 3"),
    ],
)
def test_missing_scores_are_named(without: Callable[[Row], bool], told: str) -> None:
    rows = [row for row in rows_of(alike) if not without(row)]
    with pytest.raises(MissingCells) as caught:
        analyse(Evidence(Scores(rows), measures_of(), "the command"), OPTIONS)
    assert told in str(caught.value.where)
    assert "the command" in str(caught.value.fix)


def test_a_control_in_english_alone_is_refused() -> None:
    rows = [row for row in rows_of(gained) if row["task"] != "multi30k" or row["language"] == "en"]
    with raises_code("no-other-language", "multi30k"):
        found_of(rows)


def test_targets_that_records_have_in_english_alone_are_refused() -> None:
    rows = [row for row in rows_of(gained) if row["task"] != "lareqa" or row["language"] == "en"]
    with raises_code("no-other-language", "lareqa"):
        found_of(rows)
