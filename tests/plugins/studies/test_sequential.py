"""The study `sequential`: its arms, what it answers to scores made by hand, and what it refuses."""

from __future__ import annotations

import dataclasses
import itertools
from collections.abc import Callable, Mapping
from typing import Any

import pytest
from harness_plugins.studies import sequential
from harness_plugins.studies.sequential import Options, analyse, arms_of
from harness_plugins.studies.sequential.arms import LONG, SINGLE, latin_square

from harness.armtext import parse_arm
from harness.results.scores import Row, Scores
from harness.statistics.answer import By, Question, Reply
from harness.studies.base import Findings
from harness.studies.evidence import Evidence, MissingCells
from tests.raising import raises_code
from tests.study_rows import items_of, score_row

THREE = ("mnli", "squad", "ccg")
EVERYTHING = ("mixture", "replay", "frozen", "mlm", "random-labels", "target-english")
"""Of two tasks; of three there are pairs, too."""
OPTIONS = Options(targets=("udpos", "tatoeba"), seeds=(1, 2, 3), margin=2.0, regimes=EVERYTHING)
LANGUAGES = {"udpos": ("en", "sw", "te", "th", "de"), "tatoeba": ("sw", "th", "de")}
BASE = 50.0
Value = Callable[[str, int, str, str], float]


def updates(text: str) -> int:
    from harness.registry import default_registry

    phases = parse_arm(text, default_registry()).phases
    return sum(int(value) for one in phases for key, value in one.settings.items() if key.endswith("steps"))


@pytest.mark.parametrize(("tasks", "length"), [(("a", "b"), 2), (THREE, 2), (THREE, 3)])
def test_each_task_is_once_in_each_place(tasks: tuple[str, ...], length: int) -> None:
    orders = latin_square(tasks, length)
    assert len(set(orders)) == len(tasks)
    for place in range(length):
        assert sorted(order[place] for order in orders) == sorted(tasks)


@pytest.mark.parametrize("tasks", [("mnli", "squad"), THREE])
def test_arms_have_the_updates_that_they_are_matched_on(tasks: tuple[str, ...]) -> None:
    regimes = (*EVERYTHING, "pairs") if len(tasks) == 3 else EVERYTHING
    arms = arms_of(Options(tasks=tasks, steps=30, regimes=regimes))
    total = 30 * len(tasks)
    found = {name: {updates(arm.text) for arm in own} for name, own in arms.items()}
    shorter = {SINGLE: {30}, **({"chains of 2": {60}, "pairs": {60}} if len(tasks) == 3 else {})}
    assert found == {name: shorter.get(name, {total}) for name in arms}
    assert set(arms) == {SINGLE, LONG, *(f"chains of {n}" for n in range(2, len(tasks) + 1)), *regimes}
    labels = [arm.label for own in arms.values() for arm in own]
    assert len(set(labels)) == len(labels)


def test_variants_of_chains_differ_in_what_they_say() -> None:
    arms = arms_of(Options(steps=30, regimes=EVERYTHING))
    texts = {name: own[0].text for name, own in arms.items()}
    assert texts["replay"] == "mnli{steps=30} > squad{steps=30,replay=0.05}"
    assert texts["frozen"].count("freeze_embeddings=true") == 2
    assert texts["random-labels"] == "mnli{steps=30,random_labels=true} > squad{steps=30,random_labels=true}"
    assert texts["mlm"].startswith("(mnli{weight=4} + mlm{weight=1}){steps=30} > (squad")
    assert texts["mixture"] == "(mnli{weight=1} + squad{weight=1}){steps=60}"
    assert [arm.label for arm in arms[LONG]] == ["mnli longer", "squad longer"]
    assert [arm.label for arm in arms_of(Options(long=("squad",)))[LONG]] == ["squad longer"]


def test_targets_and_probe_are_two_runs() -> None:
    ends, probed = sequential.runs(OPTIONS)
    assert (ends.settings["target"], ends.measures) == (("udpos", "tatoeba"), ())
    assert (probed.settings["target"], probed.measures, probed.settings["score_phases"]) == (
        ("tatoeba",),
        ("cka",),
        True,
    )
    assert probed.measured == ("tatoeba",)
    # The target's own rows are none of a target without training.
    assert ends.settings["arms"].keys() - probed.settings["arms"].keys() == {"target rows"}
    assert "set" not in ends.settings
    tried, _ = sequential.runs(dataclasses.replace(OPTIONS, rates=("1e-3", "1e-4"), drift=False))
    assert tried.settings["set"] == {"intermediate.lr": [1e-3, 1e-4]}
    assert sequential.runs(dataclasses.replace(OPTIONS, drift=False))[1].measures == ()


def alike(arm: str, seed: int, task: str, language: str) -> float:
    """No arm differs from another but by a little noise."""
    return BASE + (sum(map(ord, f"{arm} {task} {language}")) * seed) % 7 / 10


def harmed(arm: str, seed: int, task: str, language: str) -> float:
    """Chains lose 8 points in low-resource languages, in Tatoeba 12; a point in others."""
    lost = 0.0
    if " then " in arm and "with" not in arm:
        lost = {"sw": 8.0, "te": 8.0}.get(language, 1.0) + (4.0 if (task, language) == ("tatoeba", "sw") else 0.0)
    return alike(arm, seed, task, language) - lost


def rows_of(options: Options, value: Value, languages: Mapping[str, tuple[str, ...]] = LANGUAGES) -> list[Row]:
    arms = {arm.label: arm for own in arms_of(options).values() for arm in own}
    rows = [
        score_row(arm, seed, task, language, value(arm, seed, task, language))
        for arm in ["none", *arms]
        for seed in options.seeds
        for task in options.targets
        for language in languages[task]
        if (arm, task) != ("target rows", "tatoeba")
    ]
    for arm, seed in itertools.product(arms.values(), options.seeds):
        phases = range(len(arm.phases) + 1)
        if not arm.by_target:
            rows += [
                score_row(arm.label, seed, "tatoeba", code, 60.0 - 5 * phase - (code == "sw") * phase, phase=phase)
                for code in languages["tatoeba"]
                for phase in phases
            ]
        rows += [
            score_row(arm.label, seed, task, "en", 80.0 - 3 * (phase - number), phase=phase)
            for number, tasks in enumerate(arm.phases, start=1)
            for task in tasks
            for phase in phases[number:]
        ]
    return rows


def measures_of(options: Options) -> list[Row]:
    return [
        {
            "arm": arm.label,
            "seed": seed,
            "task": "tatoeba",
            "language": code,
            "phase": phase,
            "measure": "cka",
            "value": 1 - 0.2 * phase,
        }
        for own in arms_of(options).values()
        for arm in own
        for seed in options.seeds
        for code in LANGUAGES["tatoeba"]
        for phase in range(len(arm.phases) + 1)
        if not arm.by_target
    ]


def evidence_of(options: Options, value: Value, **changes: Any) -> Evidence:
    return Evidence(Scores(rows_of(options, value, **changes), items_of), measures_of(options), "the command")


def found_in(options: Options, value: Value) -> Findings:
    found: Findings = analyse(evidence_of(options, value), options)
    return found


def cells(found: Findings, title: str) -> dict[str, dict[str, str]]:
    """A table's texts by its first column and headings."""
    (table,) = (one for one in found.tables if one.title.startswith(title))
    return {row[0].text: {head: cell.text for head, cell in zip(table.columns, row, strict=True)} for row in table.rows}


def test_a_loss_in_low_resource_languages_is_found_and_those_in_others_do_not_count() -> None:
    found = found_in(OPTIONS, harmed)
    answer = found.primary.answer
    assert (answer.question, answer.reply, answer.material, answer.margin) == (Question.LOSS, Reply.YES, True, 2.0)
    # Within a target first: 8 in udpos (two languages), 12 in Tatoeba (one).
    assert answer.mean == pytest.approx(-10, abs=0.5)
    by_regime = cells(found, "Targets by class")
    assert by_regime["chains of 2"]["low"].startswith(("-10.", "-9."))
    assert by_regime["chains of 2"]["mid"].startswith(("-1.", "-0."))
    assert by_regime["chains of 2"]["gap"].startswith(("+9.", "+8."))
    # Each phase takes three points from the tasks before.
    assert (by_regime["chains of 2"]["BWT"], by_regime["chains of 2"]["forgetting"]) == ("-3.0", "3.0")
    assert by_regime["chains of 2"]["Omega"] == f"{(77 + 80) / 160:.2f}"
    assert by_regime["mixture"]["BWT"] == "-"
    assert [by_regime["random-labels"][name] for name in ("BWT", "forgetting", "Omega")] == ["-", "-", "-"]
    probe = {(row[0].text, row[1].text): [cell.text for cell in row[2:]] for row in found.tables[2].rows}
    assert probe["chains of 2", "low"] == ["-12.0", "12.0", f"{(54 + 48) / 120:.2f}", "0.60"]
    assert probe["single tasks", "high"][0] == "-5.0"
    (title,) = (one.title for one in found.tables if one.title.startswith("Chains against"))
    # Each of seven cells loses a point or more, and noise is less.
    assert "7 of 7 intervals lie wholly below 0, 3 of 3 in low-resource languages" in title
    curve, regimes, languages = found.figures
    assert {one.name: [point.y for point in one.points] for one in curve.series} == {  # type: ignore[union-attr]
        **{key: [60.0, 55.0, 50.0] for key in ("mid", "high")},
        "low": [60.0, 54.0, 48.0],
    }
    of_chains = next(p for p in regimes.points if p.label == "chains of 2")  # type: ignore[union-attr]
    assert of_chains.y == pytest.approx(answer.mean)
    assert len(languages.points) == 7  # type: ignore[union-attr]


def test_the_ideal_of_a_task_is_the_longer_one_where_there_is_one() -> None:
    options = dataclasses.replace(OPTIONS, long=("squad",), regimes=(), drift=False)
    alone = {"mnli alone": 40.0, "squad alone": 50.0, "squad longer": 100.0}
    rows = [
        {**row, "value": alone[row["arm"]]} if row.get("phase") == 1 and row["arm"] in alone else row
        for row in rows_of(options, alike)
    ]
    found = analyse(Evidence(Scores(rows), (), "the command"), options)
    # Chains end at 77 and 80; mnli has no longer one.
    assert cells(found, "Targets by class")["chains of 2"]["Omega"] == f"{(77 + 80) / (40 + 100):.2f}"


def test_no_loss_is_said_by_non_inferiority_alone() -> None:
    answer = found_in(OPTIONS, alike).primary.answer
    assert (answer.reply, answer.by) == (Reply.NO, By.NON_INFERIORITY)
    strict = dataclasses.replace(OPTIONS, margin=0.001)
    assert found_in(strict, alike).primary.answer.reply is Reply.CANNOT_TELL


def test_what_else_is_asked() -> None:
    found = found_in(OPTIONS, harmed)
    others = {one.asked: one.answer for one in found.others}
    low = ", low-resource languages"
    assert list(others) == [
        "chains against single tasks, high-resource languages",
        "low-resource languages lose more than high-resource ones",
        *(f"{regime} against {LONG}{low}" for regime in (SINGLE, "chains of 2", *EVERYTHING)),
        f"order mnli then squad against squad then mnli{low}",
        f"mixture against chains of 2{low}",
        f"chains of 2 against the same with random labels{low}",
    ]
    control = others[f"chains of 2 against the same with random labels{low}"]
    assert (control.question, control.reply) == (Question.DIFFERENCE, Reply.YES)
    assert control.mean == pytest.approx(-10, abs=0.5)
    assert others["low-resource languages lose more than high-resource ones"].mean == pytest.approx(-9, abs=0.5)
    assert others[f"mixture against chains of 2{low}"].mean == pytest.approx(10, abs=0.5)
    assert others[f"chains of 2 against {LONG}{low}"].reply is Reply.YES
    assert others[f"frozen against {LONG}{low}"].reply is Reply.NO
    # The target's own rows come before trained targets alone.
    assert others[f"target-english against {LONG}{low}"].reply is not Reply.YES


def test_orders_of_three_are_each_compared_with_the_others() -> None:
    options = dataclasses.replace(OPTIONS, tasks=THREE, regimes=())

    def one_order(arm: str, seed: int, task: str, language: str) -> float:
        return alike(arm, seed, task, language) - 9 * (arm == "squad then ccg then mnli")

    found = found_in(options, one_order)
    orders = {one.asked: one.answer.mean for one in found.others if one.asked.startswith("order")}
    assert len(orders) == 3
    assert orders["order squad then ccg then mnli against the other orders, low-resource languages"] == pytest.approx(
        -9, abs=0.5
    )
    # One of six chains, of two and of three.
    assert found.primary.answer.mean == pytest.approx(-9 / 6, abs=0.5)
    table = cells(found, "Orders of chains of 3")
    assert table["squad then ccg then mnli"]["low"].startswith("-6")
    assert float(table["SD over orders"]["low"].split()[0]) == pytest.approx(9 / 3**0.5, abs=0.5)


def test_rates_are_chosen_by_development_rows_for_each_regime() -> None:
    options = dataclasses.replace(OPTIONS, rates=("1e-3", "1e-4"), regimes=(), drift=False)
    rows = []
    for rate in options.rates:
        for row in rows_of(options, alike):
            # Chains are better with the lower rate on development rows, all others with the higher one.
            better = (" then " in row["arm"]) == (rate == "1e-4")
            development = {"development_score": 60.0 + better, "development_metric": "f1"}
            worse = row["value"] - 9 * (rate == "1e-4" and "phase" not in row)
            more = {"arm": f"{row['arm']}, lr={rate}", "varied": rate, "value": worse}
            rows.append({**row, **more, **(development if row["task"] == "udpos" else {})})
    found = analyse(Evidence(Scores(rows)), options)
    assert found.primary.answer.mean == pytest.approx(-9, abs=0.5)
    chosen = {(row[0].text, row[1].text) for row in found.tables[-1].rows if row[2].best}
    assert ("chains of 2", "1e-4") in chosen
    assert (SINGLE, "1e-3") in chosen
    # Tatoeba is not trained.
    assert {row[3].text for row in found.tables[-1].rows} == {"udpos"}
    assert len(chosen) == 4


@pytest.mark.parametrize(
    ("given", "code"),
    [
        ({"tasks": ("mnli",)}, "tasks-of-chains"),
        ({"tasks": ("mnli", "mnli")}, "tasks-of-chains"),
        ({"tasks": ("mnli", "squad", "ccg", "qqp")}, "tasks-of-chains"),
        ({"tasks": ()}, "tasks-of-chains"),
        ({"regimes": ("mixture", "pairs")}, "tasks-of-chains"),
        ({"long": ("ccg",)}, "tasks-of-chains"),
        ({"languages": ("en", "de", "th")}, "no-low-resource-language"),
        ({"rates": ("1e-3",)}, "rate-of-a-study"),
        ({"rates": ("1e-3", "0.001")}, "rate-of-a-study"),
        ({"rates": ("1e-3", "0")}, "rate-of-a-study"),
        ({"rates": ("1e-3", "nan")}, "rate-of-a-study"),
    ],
)
def test_what_cannot_be_asked_is_refused(given: dict[str, Any], code: str) -> None:
    with raises_code(code):
        Options(**given)


def test_a_probe_that_is_trained_is_refused() -> None:
    with raises_code("probe-is-trained"):
        sequential.runs(Options(probe="udpos"))


def test_records_without_a_low_resource_language_are_refused() -> None:
    with raises_code("no-low-resource-language"):
        analyse(evidence_of(OPTIONS, alike, languages={"udpos": ("en", "de"), "tatoeba": ("de",)}), OPTIONS)


@pytest.mark.parametrize(
    ("without", "told"),
    [
        (lambda row: row["arm"] == "mixture" and "phase" not in row, "arm mixture, task udpos, seed 1"),
        (lambda row: row["arm"] == "mnli alone" and row["language"] == "te", "language te"),
        (lambda row: row["arm"] == "none", "arm none"),
        (lambda row: row.get("phase") == 2 and row["arm"] == "mnli then squad" and row["task"] == "mnli", "phase 2"),
        (lambda row: row.get("phase") == 0, "phase 0"),
        (lambda row: row["seed"] == 3, "seed 3"),
    ],
)
def test_missing_scores_are_named(without: Callable[[Row], bool], told: str) -> None:
    rows = [row for row in rows_of(OPTIONS, alike) if not without(row)]
    with pytest.raises(MissingCells) as caught:
        analyse(Evidence(Scores(rows), measures_of(OPTIONS), "the command"), OPTIONS)
    assert told in str(caught.value.where)
    assert "the command" in str(caught.value.fix)


def test_drift_is_missing_unless_it_is_not_asked_for() -> None:
    rows = rows_of(OPTIONS, alike)
    with raises_code("cells-missing"):
        analyse(Evidence(Scores(rows)), OPTIONS)
    found = analyse(Evidence(Scores(rows)), dataclasses.replace(OPTIONS, drift=False))
    assert "CKA" not in found.tables[2].columns


def test_targets_alone_need_no_scores_after_phases() -> None:
    alone = dataclasses.replace(OPTIONS, phases=False)
    (ends,) = sequential.runs(alone)
    assert ends.settings == sequential.runs(OPTIONS)[0].settings
    rows = [row for row in rows_of(OPTIONS, harmed) if "phase" not in row]
    with raises_code("cells-missing"):
        analyse(Evidence(Scores(rows, items_of)), OPTIONS)
    whole, found = found_in(OPTIONS, harmed), analyse(Evidence(Scores(rows, items_of)), alone)
    assert (found.primary, found.others) == (whole.primary, whole.others)
    assert [one.title.partition(";")[0] for one in found.tables] == [
        one.title.partition(";")[0] for one in whole.tables if not one.title.startswith("tatoeba without")
    ]
    assert found.tables[0].columns == ("regime", "low", "mid", "high", "gap")
    assert len(found.figures) == len(whole.figures) - 1
    assert sequential.without_effect(alone).keys() == {"probe", "drift"}
    assert sequential.without_effect(OPTIONS) == {}


def test_one_seed_and_equal_arms_cannot_tell() -> None:
    one = dataclasses.replace(OPTIONS, seeds=(1,))
    answer = found_in(one, harmed).primary.answer
    assert (answer.reply, answer.interval) == (Reply.CANNOT_TELL, None)
    assert "two" in answer.why
    equal = found_in(OPTIONS, lambda *_: BASE)
    assert equal.primary.answer.reply is Reply.CANNOT_TELL
    assert "same" in equal.primary.answer.why
    assert {one.answer.reply for one in equal.others} == {Reply.CANNOT_TELL}


def test_where_nothing_is_above_chance_no_loss_is_not_claimed() -> None:
    low = found_in(OPTIONS, lambda *at: alike(*at) - 48)
    assert low.primary.answer.reply is Reply.CANNOT_TELL
    assert "above chance" in low.primary.answer.why
    assert any("hardly above chance" in line and "udpos sw" in line for line in low.caveats)

    def some(arm: str, seed: int, task: str, language: str) -> float:
        return alike(arm, seed, task, language) - 48 * (task == "udpos")

    part = found_in(OPTIONS, some)
    assert part.primary.answer.reply is Reply.NO
    assert any("hardly above chance" in line and "udpos sw, udpos te" in line for line in part.caveats)
    assert any("no comparison" in line for line in part.caveats)


def test_cells_at_chance_do_not_dilute_a_loss() -> None:
    """Udpos in Swahili is at chance for all; the loss of 8 and 12 points elsewhere counts as it is."""

    def some(arm: str, seed: int, task: str, language: str) -> float:
        return 3.0 if (task, language) == ("udpos", "sw") else harmed(arm, seed, task, language)

    found = found_in(OPTIONS, some)
    assert found.primary.answer.mean == pytest.approx(-10, abs=0.5)
    by_regime = cells(found, "Targets by class")
    assert by_regime["chains of 2"]["low"].startswith(("-10.", "-9."))
    # Each language by itself is shown all the same.
    assert ("udpos", "sw") in {(row[0].text, row[1].text) for row in found.tables[3].rows}

    def from_none(arm: str, seed: int, task: str, language: str) -> float:
        """Only `none` decides: it is above chance, and nothing else is."""
        return some(arm, seed, task, language) + 40 * (arm == "none" and (task, language) == ("udpos", "sw"))

    assert found_in(OPTIONS, from_none).primary.answer.mean == pytest.approx(-(4 + 12) / 2, abs=0.5)


def test_the_answer_is_over_items_too() -> None:
    found = found_in(OPTIONS, harmed).primary.answer
    assert found.interval is not None
    assert "other items" in found.interval.answers
    gone = Evidence(Scores(rows_of(OPTIONS, harmed)), measures_of(OPTIONS))
    without = analyse(gone, OPTIONS).primary.answer
    assert (without.reply, without.mean, without.interval) == (Reply.CANNOT_TELL, found.mean, None)
    assert "repeat the run's command" in without.why


def test_languages_that_the_model_cannot_read_are_named() -> None:
    rows = [{**row, "unknown": 30.0 if row["language"] == "te" else 0.0} for row in rows_of(OPTIONS, alike)]
    found = analyse(Evidence(Scores(rows), measures_of(OPTIONS)), OPTIONS)
    assert any("tokens of te" in line for line in found.caveats)
    assert not any("tokens of" in line for line in found_in(OPTIONS, alike).caveats)


def test_mini_has_languages_without_class() -> None:
    languages = {"udpos": ("en", "qaa", "qad"), "tatoeba": ("qaa", "qad")}
    options = dataclasses.replace(OPTIONS, drift=False)
    found = analyse(evidence_of(options, alike, languages=languages), options)
    assert any("count as high: qaa" in line for line in found.caveats)


def test_targets_without_low_resource_languages_are_named() -> None:
    languages = {**LANGUAGES, "tatoeba": ("de", "th")}
    lacking = "not scored in any low-resource language, so left out of what is said of these: "
    caveats = analyse(evidence_of(OPTIONS, harmed, languages=languages), OPTIONS).caveats
    assert [line.partition(lacking)[2] for line in caveats if lacking in line] == ["tatoeba"]
    assert not any(lacking in line for line in analyse(evidence_of(OPTIONS, harmed), OPTIONS).caveats)
