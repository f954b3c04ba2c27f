"""The study `selection`: what it runs, what it answers to simulated records, and what it refuses or says in words."""

from __future__ import annotations

import dataclasses
from typing import Any

import pytest
from harness_plugins.studies.selection.candidates import measured

from harness.item_scores import ItemScores
from harness.registry import default_registry
from harness.results.scores import Row, Scores, no_items
from harness.statistics.answer import Reply
from harness.studies.base import Findings
from harness.studies.evidence import Evidence
from harness.studies.halves import _in_first, _units
from harness.studies.options import StudyOptions
from harness.testing.simulated import simulate
from harness.testing.validity import evidence
from harness.testing.worlds import Place, SimulatedTask, Spread, World
from tests.raising import raises_code

STUDY = default_registry().studies["selection"]
LANGUAGES = ("en", "qaa", "qab")
OUTCOMES = ("xquad", "xcopa", "tatoeba")
ARMS = ("mnli{steps=100}", "mnli{steps=300}", "squad{steps=100}", "squad{steps=300}")


def options(**values: Any) -> StudyOptions:
    own: dict[str, Any] = {"tasks": ("mnli", "squad"), "steps": (100, 300), "outcomes": OUTCOMES, "seeds": (1, 2, 3)}
    found: StudyOptions = STUDY.options(**{**own, "margin": 5.0, **values})
    return found


def effect(place: Place) -> float:
    """XNLI knows that candidates on mnli are 10 points better, the longer ones more so; TyDi QA prefers others."""
    ahead = "squad" if place.task == "tydiqa" else "mnli"
    return 10.0 * place.arm.startswith(ahead) + 4.0 * (place.arm == f"{ahead}{{steps=300}}")


def base(place: Place) -> float:
    return 60.0 if place.task != "xnli" else 50.0


WORLD = World(
    arms=("none", *ARMS),
    tasks=tuple(SimulatedTask(name=name, languages=LANGUAGES, items=120) for name in ("xnli", "tydiqa", *OUTCOMES)),
    seeds=3,
    base=base,
    effect=effect,
    spread=Spread(run=0.5, task=0.5, language=0.5),
)


@pytest.fixture(scope="module")
def known() -> Evidence:
    return evidence(simulate(WORLD, 1))


@pytest.fixture(scope="module")
def found(known: Evidence) -> Findings:
    return STUDY.analyse(known, options())


def rows_of(found: Findings, table: int) -> dict[str, list[str]]:
    """The cells of a table by criterion."""
    return {row[0].text: [cell.text for cell in row[1:]] for row in found.tables[table].rows}


def changed(known: Evidence, change: Any) -> Evidence:
    """Evidence whose rows are others; None leaves one out."""
    rows = [one for row in known.scores.rows if (one := change(row)) is not None]
    return dataclasses.replace(known, scores=dataclasses.replace(known.scores, rows=rows))


def caveats(known: Evidence, **values: Any) -> str:
    return " ".join(STUDY.analyse(known, options(**values)).caveats)


def test_the_better_criterion_is_found(found: Findings) -> None:
    answer = found.primary.answer
    assert answer.reply is Reply.YES
    # What XNLI picks gains 10 points and 4 more, what TyDi QA picks nothing.
    assert answer.mean == pytest.approx(14, abs=3)
    which = {one.asked.partition(",")[0]: one.answer for one in found.others[:3]}
    assert set(which) == {"which task", "which length", "no NLI or QA"}
    assert which["which task"].mean == pytest.approx(14, abs=3)
    # Among the lengths of a task, XNLI finds the longer one of mnli; those of squad are alike in outcomes.
    assert which["which length"].mean == pytest.approx(1, abs=2)


def test_all_criteria_are_judged_by_one_outcome(found: Findings) -> None:
    table = rows_of(found, 0)
    assert list(table) == [
        *("XNLI accuracy", "XNLI macro-F1", "XNLI NLL", "TyDi QA EM", "TyDi QA F1", "TyDi QA NLL"),
        *("English XNLI accuracy", "English TyDi QA F1", "longest", "random", "oracle"),
    ]
    regret = {name: float(cells[1]) for name, cells in table.items()}
    assert regret["oracle"] == 0
    assert regret["XNLI accuracy"] < 1 < regret["random"] < regret["TyDi QA F1"]
    assert float(table["XNLI NLL"][2]) > 0.2
    assert float(table["TyDi QA NLL"][2]) < 0
    assert table["random"][2:6] == ["-", "0.25", "-", "-"]
    labels = {name for name, cells in table.items() if cells[-1] == "yes"}
    assert labels == {*list(table)[:6], "oracle"}
    assert rows_of(found, 1)["English XNLI accuracy"][0] == "100"
    assert found.tables[2].columns == ("criterion", *OUTCOMES)
    assert len(found.figures[0].points) == len(table)  # type: ignore[union-attr]


def spoiled(known: Evidence, *, first: bool) -> Evidence:
    """Evidence in which candidates on mnli get no item of a half right."""

    def items(row: Row) -> ItemScores | None:
        scored = known.scores.items(row)
        if scored is None or not row["arm"].startswith("mnli"):
            return scored
        in_first = _in_first(row["task"], _units(scored))
        statistics = scored.statistics.copy()
        statistics[in_first if first else ~in_first] = 0
        return dataclasses.replace(scored, statistics=statistics)

    return dataclasses.replace(known, scores=Scores(known.scores.rows, items))


def test_the_half_that_selects_is_not_the_one_that_judges(known: Evidence, found: Findings) -> None:
    """Picks follow the first half alone, and what a given candidate is worth the second."""
    second = STUDY.analyse(spoiled(known, first=False), options())
    assert rows_of(second, 1) == rows_of(found, 1)
    first = STUDY.analyse(spoiled(known, first=True), options())
    assert {rows_of(one, 1)["XNLI accuracy"][-1][:4] for one in (found, second, first)} == {"mnli", "squa"}
    assert rows_of(first, 1)["oracle"] != rows_of(found, 1)["oracle"]
    for given in ("random", "longest"):
        was, moved, same = (rows_of(one, 2)[given] for one in (found, second, first))
        assert same == was
        assert all(left != right for left, right in zip(was, moved, strict=True))


def test_alignment_is_a_criterion_where_it_was_measured(known: Evidence) -> None:
    assert "select by alignment" in caveats(known)
    at = [(arm, seed, language) for arm in ARMS for seed in (1, 2, 3) for language in LANGUAGES]
    measures: list[dict[str, Any]] = [
        {
            "clean": True,
            "measure": "alignment",
            "arm": arm,
            "seed": seed,
            "task": "tatoeba",
            "language": language,
            "split": "test",
        }
        | {"value": float(len(arm))}
        for arm, seed, language in at
    ]
    full = STUDY.analyse(dataclasses.replace(known, measures=measures), options())
    picks = rows_of(full, 1)
    # Arms on squad have the longer names.
    assert picks["alignment"][-1] == "squad{steps=100} 1.5, squad{steps=300} 1.5"
    assert rows_of(full, 0)["alignment"][-1] == "no"
    part = dataclasses.replace(known, measures=measures[2:])
    assert "alignment" in rows_of(STUDY.analyse(part, options()), 0)
    none = dataclasses.replace(known, measures=[one for one in measures if one["seed"] < 3])
    assert "alignment" not in rows_of(STUDY.analyse(none, options()), 0)


@pytest.mark.parametrize("further", [{"step": 50}, {"phase": "mnli"}])
def test_measures_of_other_checkpoints_are_left_out(known: Evidence, further: dict[str, Any]) -> None:
    own = [measure(arm, 1, float(place)) for place, arm in enumerate(ARMS)]
    others = [measure(arm, 1, -float(place)) | further | {"clean": False} for place, arm in enumerate(ARMS)]
    for measures in (own + others, others + own):
        found = measured(dataclasses.replace(known, measures=measures), "alignment", ARMS, (1,), bool)
        assert max(ARMS, key=found[1].__getitem__) == ARMS[-1]
    assert measured(dataclasses.replace(known, measures=others), "alignment", ARMS, (1,), bool) == {}


def measure(arm: str, seed: int, value: float) -> dict[str, Any]:
    at = {"arm": arm, "seed": seed, "task": "tatoeba", "language": "qaa", "split": "test"}
    return {**at, "clean": True, "measure": "alignment", "value": value, "run_directory": "r"}


def test_development_scores_select_among_candidates_of_one_task_alone(known: Evidence) -> None:
    """Scores of several tasks are by several metrics."""
    arms = ("none", *(f"mnli{{steps={steps}}}" for steps in (100, 200, 300)))
    of_one = evidence(simulate(dataclasses.replace(WORLD, arms=arms), 1))
    lengths = {"tasks": ("mnli",), "steps": (100, 200, 300)}
    assert "select by English development, alignment" in caveats(of_one, **lengths)
    found = STUDY.analyse(changed(of_one, developed), options(**lengths))
    assert rows_of(found, 1)["English development"][-1] == "mnli{steps=300} 3"
    assert "left out" not in " ".join(found.caveats)
    several = STUDY.analyse(changed(known, developed), options())
    assert "English development" not in rows_of(several, 0)
    assert "English development is left out: candidates are of several intermediate tasks" in " ".join(several.caveats)


def developed(row: Row) -> Row:
    return {**row, "intermediate_score": 50.0 + ("300" in row["arm"])}


def test_one_seed_cannot_tell(known: Evidence) -> None:
    found = STUDY.analyse(known, options(seeds=(1,)))
    assert {one.answer.reply for one in (found.primary, *found.others)} == {Reply.CANNOT_TELL}
    assert found.primary.answer.n == 1


def test_equal_candidates_cannot_tell(known: Evidence) -> None:
    def place(row: Row) -> tuple[Any, ...]:
        return tuple(row[name] for name in ("seed", "task", "language", "metric"))

    same = {place(row): row for row in known.scores.rows if row["arm"] == "none"}

    def alike(row: Row) -> Row:
        return {**same[place(row)], "arm": row["arm"]}

    found = STUDY.analyse(changed(known, alike), options())
    assert found.primary.answer.reply is Reply.CANNOT_TELL
    assert found.primary.answer.mean == 0
    assert rows_of(found, 0)["XNLI accuracy"][:2] == ["+0.0", "0.0"]
    assert rows_of(found, 0)["XNLI accuracy"][2] == "-"
    assert "pick what is worth the same in every seed" in " ".join(found.caveats)


def test_chance_is_said(known: Evidence) -> None:
    assert "above chance" not in caveats(known)
    low = changed(known, lambda row: {**row, "value": 36.0} if row["task"] == "xnli" else row)
    assert "no candidate is above chance (33.3) in xnli outside English: what selects by xnli" in caveats(low)
    low = changed(known, lambda row: {**row, "value": 52.0} if row["task"] == "xcopa" else row)
    assert "above chance (50.0) in xcopa outside English: it adds noise alone" in caveats(low)


def test_what_is_no_longer_zero_shot_and_shared_rows_are_said(known: Evidence) -> None:
    said = caveats(known)
    assert "no longer zero-shot" in said
    assert "xnli trains on the rows of mnli, which is a candidate's intermediate task" in said
    assert "candidates per seed: 4;" in said


def test_languages_that_cannot_be_read_are_said(known: Evidence) -> None:
    assert "a tenth of the tokens" not in caveats(known)
    strange = changed(known, lambda row: {**row, "unknown": 60.0 if row["language"] == "qab" else 1.0})
    assert "does not know more than a tenth of the tokens of qab: it says little there" in caveats(strange)


def test_missing_cells_are_named(known: Evidence) -> None:
    def without(row: Row) -> Row | None:
        place = (row["arm"], row["seed"], row["task"], row["language"])
        return None if place == (ARMS[0], 2, "xcopa", "qab") else row

    with raises_code("cells-missing", ARMS[0], "seed 2", "xcopa", "qab"):
        STUDY.analyse(changed(known, without), options())
    with raises_code("cells-missing", "ccg"):
        STUDY.analyse(known, options(tasks=("mnli", "ccg")))


def test_gone_predictions_and_english_alone_are_refused(known: Evidence) -> None:
    gone = dataclasses.replace(known, scores=Scores(known.scores.rows, no_items))
    with raises_code("no-stored-items"):
        STUDY.analyse(gone, options())
    with raises_code("no-other-language"):
        STUDY.analyse(known, options(languages=("en",)))
    assert "English XNLI accuracy" not in rows_of(STUDY.analyse(known, options(languages=("qaa",))), 0)
    with raises_code("cells-missing", "language sw"):
        STUDY.analyse(known, options(languages=("qaa", "sw")))


@pytest.mark.parametrize(
    ("values", "code", "option"),
    [
        ({"outcomes": ("xquad", "xnli")}, "criterion-among-outcomes", "--outcomes"),
        ({"outcomes": ("tydiqa",)}, "criterion-among-outcomes", "--outcomes"),
        ({"tasks": ("mnli",)}, "candidates-of-selection", "--tasks"),
        ({"tasks": ()}, "candidates-of-selection", "--tasks"),
        ({"steps": (0, 1)}, "candidates-of-selection", "--steps"),
        ({"steps": (100, 100)}, "candidates-of-selection", "--steps"),
        ({"outcomes": ()}, "candidates-of-selection", "--outcomes"),
    ],
)
def test_what_cannot_be_asked_is_refused(values: dict[str, Any], code: str, option: str) -> None:
    with raises_code(code, option) as told:
        options(**values)
    assert told.value.fix


def test_runs_measure_what_can_be_measured() -> None:
    (scored,) = STUDY.runs(options())
    assert tuple(scored.settings["arms"]) == ARMS
    assert scored.settings["target"] == ("xnli", "tydiqa", *OUTCOMES)
    assert scored.measures == ("alignment",)
    assert scored.settings["set"]["tasks.xnli.examples"] == 1000
    (alone,) = STUDY.runs(options(outcomes=("xquad",), data="hub", development=True))
    assert alone.measures == ()
    assert alone.settings["set"] == {"intermediate.select_on": "en"}
