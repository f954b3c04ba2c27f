"""The study `similarity`: what it answers to scores and similarities made by hand, and what it refuses."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Callable
from statistics import fmean
from typing import Any

import pytest
from harness_plugins.studies.similarity import FURTHER, PRIMARY, Options, analyse, check_scored, runs
from harness_plugins.studies.similarity.cells import cells_of

from harness.results.scores import Row, Scores
from harness.statistics.answer import Question, Reply
from harness.studies.base import Findings
from harness.studies.evidence import Evidence, MissingCells
from tests.raising import raises_code
from tests.study_rows import score_row

SOURCES = ("mnli", "qqp", "squad", "hellaswag", "ccg", "cosmosqa", "commonsenseqa", "anli")
TARGETS = ("pawsx", "udpos", "tydiqa", "xcopa")
LOW, HIGH = ("sw", "te", "jv"), ("de", "zh", "ar")
LANGUAGES = ("en", *LOW, *HIGH)
OPTIONS = Options(tasks=SOURCES, targets=TARGETS, seeds=(1, 2, 3), margin=1.0, further=("mmd",))
SIZES = {source: 1000 * (at + 1) for at, source in enumerate(SOURCES)}

Value = Callable[[str, str, str], float]
"""Of a source, a target and a language."""


def noise(*of: object) -> float:
    """From -1 to 1, the same for the same."""
    import hashlib

    return int.from_bytes(hashlib.sha256(repr(of).encode()).digest()[:4], "big") / 2**31 - 1


def worth(source: str, target: str, language: str) -> float:
    """What a source gains: another order of sources in each target, the same in all languages."""
    del language
    return 6 * noise("worth", source, target)


def evidence_of(options: Options, gain: Value, alike: Value, spread: float = 0.1) -> Evidence:
    rows = [
        score_row(
            arm,
            seed,
            target,
            code,
            50
            + 3 * noise("base", seed, target)
            + (gain(source, target, code) if source else 0.0)
            # Fractions of 300 items, as scores are.
            + spread * noise(source, seed, target, code),
            overlap="[]",
        )
        for source in ("", *options.tasks)
        for arm in [f"{source} alone" if source else "none"]
        for seed in options.seeds
        for target in options.targets
        for code in LANGUAGES
    ]
    return Evidence(Scores(rows), measures_of(options, alike), "the command", training_rows=SIZES)


def measures_of(options: Options, alike: Value) -> list[Row]:
    return [
        {
            "arm": "none",
            "seed": 1,
            "task": target,
            "other_task": source,
            "language": code,
            "clean": False,
            "measure": measure,
            # A distance is the lower, the more alike.
            "value": alike(source, target, code) * (-1 if measure == "mmd" else 1),
        }
        for measure in (PRIMARY, *options.further)
        for source in options.tasks
        for target in options.targets
        for code in LANGUAGES
    ]


def found_in(options: Options = OPTIONS, gain: Value = worth, alike: Value = worth, **more: Any) -> Findings:
    found: Findings = analyse(evidence_of(options, gain, alike, **more), options)
    return found


def cells(found: Findings, title: str) -> dict[str, dict[str, str]]:
    """A table's texts by its first column and headings."""
    (table,) = (one for one in found.tables if title in one.title)
    return {row[0].text: {head: cell.text for head, cell in zip(table.columns, row, strict=True)} for row in table.rows}


def test_what_is_run() -> None:
    (run,) = runs(Options(tasks=("mnli", "qqp"), targets=("pawsx",), steps=7, further=("mmd",)))
    assert run.settings == {
        "arms": {"mnli alone": "mnli{steps=7}", "qqp alone": "qqp{steps=7}"},
        "target": ("pawsx",),
    }
    assert (run.measures, run.measured) == ((PRIMARY, "mmd"), ("pawsx",))


def test_similarity_that_ranks_sources_as_gains_do_is_found() -> None:
    found = found_in()
    answer = found.primary.answer
    assert (answer.question, answer.reply, answer.material) == (Question.GAIN, Reply.YES, True)
    assert (answer.n, answer.unit, answer.quantity) == (8, "intermediate tasks", "rank correlation")
    assert answer.mean == pytest.approx(1, abs=0.03)
    assert answer.interval is not None
    assert answer.interval.high == 1
    others = {one.asked.partition(":")[0].partition(",")[0]: one.answer for one in found.others}
    assert others["mmd and gains"].reply is Reply.YES
    assert others[f"{PRIMARY} and gains without size and format"].reply is Reply.YES
    assert others[f"{PRIMARY}"].reply is Reply.NO
    picked = others[f"the source that {PRIMARY} puts first against the mean of all"]
    best = fmean(
        max(worth(one, target, "") for one in SOURCES) - fmean(worth(one, target, "") for one in SOURCES)
        for target in TARGETS
    )
    assert picked.mean == pytest.approx(best, abs=0.1)
    assert (picked.reply, picked.quantity) == (Reply.YES, "points")


def test_the_correlation_is_spearmans_within_cells_then_over_languages_then_targets() -> None:
    from scipy.stats import spearmanr

    def alike(source: str, target: str, language: str) -> float:
        return worth(source, target, language) + 6 * noise("alike", source, target, language)

    found = found_in(alike=alike, spread=0.0)
    expected = fmean(
        fmean(
            spearmanr(
                [alike(source, target, code) for source in SOURCES], [worth(source, target, code) for source in SOURCES]
            ).statistic
            for code in LOW
        )
        for target in TARGETS
    )
    assert found.primary.answer.mean == pytest.approx(expected)
    assert cells(found, "Rank correlation with gains")[PRIMARY]["low"].startswith(f"{expected:+.2f}")


def test_similarity_of_no_use_is_no_yes() -> None:
    def alike(source: str, target: str, language: str) -> float:
        return noise("else", source, target)

    answer = found_in(alike=alike).primary.answer
    assert answer.reply is not Reply.YES
    assert answer.interval is not None
    assert answer.interval.low < 0 < answer.interval.high

    def upside_down(source: str, target: str, language: str) -> float:
        return -worth(source, target, language)

    assert found_in(alike=upside_down).primary.answer.reply is Reply.NO


def test_low_resource_languages_alone_decide() -> None:
    def alike(source: str, target: str, language: str) -> float:
        return worth(source, target, language) * (-1 if language in LOW else 1)

    found = found_in(alike=alike)
    assert found.primary.answer.mean == pytest.approx(-1, abs=0.03)
    table = cells(found, "Rank correlation with gains")[PRIMARY]
    assert [float(table[name].split()[0]) for name in ("low", "high")] == pytest.approx([-1, 1], abs=0.03)
    apart = found.others[2].answer
    assert apart.mean == pytest.approx(-2, abs=0.1)
    # Of the 20 ways to call three of six low-resource, two differ as much: as they are, and the other way round.
    assert (apart.reply, apart.why) == (Reply.CANNOT_TELL, "as few languages as 6 allow no p below 0.1")
    assert apart.p is not None
    assert apart.p >= 0.1


def test_so_few_languages_that_nothing_could_be_said_of_classes() -> None:
    few = dataclasses.replace(OPTIONS, languages=("en", *LOW, "de"))

    def alike(source: str, target: str, language: str) -> float:
        return worth(source, target, language) * (-1 if language in LOW else 1)

    apart = found_in(few, alike=alike).others[2].answer
    assert (apart.reply, apart.why) == (Reply.CANNOT_TELL, "as few languages as 4 allow no p below 0.25")


def test_pairs_that_share_training_data_are_left_out() -> None:
    options = dataclasses.replace(OPTIONS, targets=("pawsx", "xnli", "xquad", "udpos"))
    evidence = evidence_of(options, worth, worth)
    found = analyse(evidence, options)
    by_target = cells(found, "target by target")
    assert {name: row["left out"] for name, row in by_target.items()} == {
        "pawsx": "-",
        "xnli": "mnli",
        "xquad": "squad",
        "udpos": "-",
    }
    assert by_target["xnli"]["sources"] == "7"
    assert any("mnli for xnli, squad for xquad" in line for line in found.caveats)
    # Records know of rows that are the same under another name.
    told = json.dumps([{"task": "anli", "same_rows": True}, {"task": "qqp", "same_rows": False}])
    rows = [{**row, "overlap": told} if row["task"] == "xnli" else row for row in evidence.scores.rows]
    again = analyse(dataclasses.replace(evidence, scores=Scores(rows)), options)
    assert cells(again, "target by target")["xnli"]["left out"] == "mnli, anli"


def test_a_gain_is_over_the_other_seeds_of_none() -> None:
    scores = {"none": (40.0, 46.0, 52.0), "mnli alone": (60.0, 60.0, 70.0)}
    rows = [
        score_row(arm, seed, "pawsx", "sw", value, overlap="[]")
        for arm, values in scores.items()
        for seed, value in enumerate(values, 1)
    ]
    evidence = Evidence(Scores(rows), measures_of(OPTIONS, worth))

    def gains(*seeds: int) -> list[float]:
        found = cells_of(evidence, ("mnli",), ("pawsx",), seeds, (), (PRIMARY,)).gains
        return [float(value) for value in found[:, 0, 0]]

    # The others' means are 49, 46 and 43.
    assert gains(1, 2, 3) == pytest.approx([11, 14, 27])
    assert gains(3, 1) == pytest.approx([30, 8])
    assert gains(1) == pytest.approx([20])


def test_it_is_said_what_intervals_are_over() -> None:
    correlations, *others = (line for line in found_in().caveats if "over" in line)
    assert correlations.startswith("intervals and p of correlations are over 8 intermediate tasks, not over seeds")
    assert f"the task that {PRIMARY} puts first, whose interval and p are over seeds" in others[0]


def test_a_pair_that_is_left_out_decides_nothing() -> None:
    options = dataclasses.replace(OPTIONS, targets=("xnli", "udpos"))

    def spoiled(source: str, target: str, language: str) -> float:
        return worth(source, target, language) + 1000 * ((source, target) == ("mnli", "xnli"))

    one, other = (found_in(options, alike=alike).primary.answer for alike in (worth, spoiled))
    assert (one.mean, one.reply) == (other.mean, other.reply)
    table = cells(found_in(options), "Gains over none")
    assert table["mnli"]["xnli"] == "-"
    assert table["mnli"]["udpos"] != "-"


def test_a_source_that_is_a_target_is_left_out_there() -> None:
    options = dataclasses.replace(OPTIONS, tasks=(*SOURCES[:7], "udpos"))
    found = analyse(evidence_of(options, worth, worth), options)
    assert cells(found, "target by target")["udpos"]["left out"] == "udpos"
    assert found.primary.answer.reply is Reply.YES


@pytest.mark.parametrize(
    ("options", "languages", "told"),
    [
        (dataclasses.replace(OPTIONS, tasks=SOURCES[:5]), LANGUAGES, "ranks of 5 intermediate tasks"),
        (OPTIONS, ("en", "sw", "te", *HIGH), "2 low-resource languages (sw, te)"),
        (OPTIONS, ("en", *HIGH), "0 low-resource languages"),
    ],
)
def test_too_few_cannot_tell(options: Options, languages: tuple[str, ...], told: str) -> None:
    own = dataclasses.replace(options, languages=languages)
    answer = analyse(evidence_of(options, worth, worth), own).primary.answer
    assert (answer.reply, answer.interval) == (Reply.CANNOT_TELL, None)
    assert told in answer.why
    others = analyse(evidence_of(options, worth, worth), own).others
    assert {one.answer.reply for one in others[:3]} == {Reply.CANNOT_TELL}


def test_equal_similarities_and_equal_gains_cannot_tell() -> None:
    for gain, alike in ((worth, lambda *_: 0.5), (lambda *_: 0.0, worth)):
        found = found_in(gain=gain, alike=alike, spread=0.0)
        assert found.primary.answer.reply is Reply.CANNOT_TELL
        assert "differ between enough" in found.primary.answer.why
        assert {one.answer.reply for one in found.others} <= {Reply.CANNOT_TELL, Reply.NO}


def test_ties_are_averaged() -> None:
    def alike(source: str, target: str, language: str) -> float:
        # Two groups, but for rounding.
        return (0.1 + 0.2 if SOURCES.index(source) % 2 else 0.3) + (SOURCES.index(source) < 4)

    from scipy.stats import spearmanr

    found = found_in(alike=alike, spread=0.0)
    groups = [float(at < 4) for at in range(8)]
    expected = fmean(spearmanr(groups, [worth(one, target, "") for one in SOURCES]).statistic for target in TARGETS)
    assert found.primary.answer.mean == pytest.approx(expected)


def test_one_target_and_one_seed() -> None:
    one = dataclasses.replace(OPTIONS, targets=("pawsx",), seeds=(1,))
    found = found_in(one)
    assert found.primary.answer.reply is Reply.YES
    assert not any("what the other targets say" in table.title for table in found.tables)
    assert cells(found, "by class of languages: how")["low"]["reliability"] == "-"
    assert any("one seed" in line for line in found.caveats)
    assert found.others[-1].answer.reply is Reply.CANNOT_TELL


@pytest.mark.parametrize(
    ("without", "told"),
    [
        (lambda row: row["arm"] == "qqp alone" and row["task"] == "udpos", "arm qqp alone, task udpos"),
        (lambda row: row["arm"] == "none" and row["seed"] == 2, "arm none"),
        (lambda row: row["arm"] == "ccg alone" and row["language"] == "te", "language te"),
    ],
)
def test_missing_scores_are_named(without: Callable[[Row], bool], told: str) -> None:
    evidence = evidence_of(OPTIONS, worth, worth)
    for change in (None, "value"):
        rows = [row for row in evidence.scores.rows if not without(row)]
        if change:  # a score that failed has no value
            rows = [{**row, "value": None} if without(row) else row for row in evidence.scores.rows]
        with pytest.raises(MissingCells) as caught:
            analyse(dataclasses.replace(evidence, scores=Scores(rows)), OPTIONS)
        assert told in str(caught.value.where)


def test_the_first_measure_is_needed_and_others_are_not() -> None:
    evidence = evidence_of(OPTIONS, worth, worth)
    further = [row for row in evidence.measures if row["measure"] == PRIMARY]
    found = analyse(dataclasses.replace(evidence, measures=further), OPTIONS)
    assert any("do not have what it takes for mmd" in line for line in found.caveats)
    missing = [row for row in evidence.measures if (row["other_task"], row["measure"]) != ("ccg", PRIMARY)]
    with pytest.raises(MissingCells) as caught:
        analyse(dataclasses.replace(evidence, measures=missing), OPTIONS)
    assert "other_task ccg" in str(caught.value.where)


def test_size_is_taken_out() -> None:
    def by_size(source: str, target: str, language: str) -> float:
        return SIZES[source] / 1000 + 0.001 * noise(source, target, language)

    # What similarity says, size says too.
    found = found_in(gain=by_size, alike=by_size, spread=0.5)
    assert found.primary.answer.reply is Reply.YES
    partial = found.others[1].answer
    assert partial.reply is not Reply.YES
    assert abs(partial.mean or 0.0) < 0.5


def test_rankings_are_judged_by_the_other_targets() -> None:
    found = found_in()
    picks = cells(found, "what the other targets say")
    assert picks[PRIMARY] == {"ranked by": PRIMARY, "NDCG": "1.00", "regret@1": "0.0", "regret@3": "0.0"}
    assert float(picks["random"]["regret@1"]) > float(picks["random"]["regret@3"]) > 0

    def upside_down(source: str, target: str, language: str) -> float:
        return -worth(source, target, language)

    # The other targets say that it ranks from below.
    assert cells(found_in(alike=upside_down), "what the other targets say")[PRIMARY]["NDCG"] == "1.00"


def test_noise_is_told_by_seeds() -> None:
    sure, unsure = (cells(found_in(spread=spread), "by class of languages: how")["low"] for spread in (0.01, 20.0))
    assert (sure["reliability"], sure["ceiling"]) == ("1.00", "1.00")
    assert unsure["reliability"] == "-" or float(unsure["reliability"]) < 0.9


def test_features_of_languages(tmp_path: Any) -> None:
    def alike(source: str, target: str, language: str) -> float:
        return worth(source, target, language) + 5 * LANGUAGES.index(language) * noise(
            "alike", source, target, language
        )

    file = tmp_path / "features.csv"
    distances = "".join(f"{code},{LANGUAGES.index(code)}\n" for code in LANGUAGES)
    file.write_text(f"language,distance\n{distances}", encoding="utf-8")
    options = dataclasses.replace(OPTIONS, covariates=str(file))
    row = cells(found_in(options, alike=alike), "Features of languages")["distance"]
    assert row["languages"] == "6"
    assert float(row["rank correlation"]) < -0.5


def test_a_mixed_model_stands_beside_the_permutation_test() -> None:
    pytest.importorskip("statsmodels")
    options = dataclasses.replace(OPTIONS, mixed=True)
    terms = cells(found_in(options), "Mixed model")
    assert float(terms["similarity, by standard deviation"]["points"]) > 1
    assert any("interaction" in name or "more than in others" in name for name in terms)
    few = dataclasses.replace(options, targets=("pawsx", "udpos"))
    assert any("2 targets" in line for line in found_in(few).caveats)


def test_statsmodels_is_asked_for_before_anything_is_run(monkeypatch: pytest.MonkeyPatch) -> None:
    import importlib.util

    real = importlib.util.find_spec
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None if name == "statsmodels" else real(name))
    with raises_code("no-statsmodels"):
        runs(Options(mixed=True))
    runs(Options())


@pytest.mark.parametrize(
    "given",
    [{"tasks": ("mnli",)}, {"tasks": ("mnli", "mnli")}, {"targets": ()}, {"targets": ("xnli", "xnli")}],
)
def test_what_cannot_be_asked_is_refused(given: dict[str, Any]) -> None:
    with raises_code("tasks-of-similarity"):
        Options(**given)


def test_measures_are_those_of_two_tasks() -> None:
    assert Options().further == FURTHER
    with raises_code("unknown-value"):
        Options(further=("alignment",))


def test_scores_in_english_alone_are_refused() -> None:
    options = dataclasses.replace(OPTIONS, languages=("en",))
    with raises_code("no-other-language"):
        found_in(options)


def test_languages_that_records_do_not_have_are_missing() -> None:
    found_in(dataclasses.replace(OPTIONS, languages=("en", "sw", "te", "jv")))
    with raises_code("cells-missing", "language my"):
        found_in(dataclasses.replace(OPTIONS, languages=("en", "sw", "te", "jv", "my")))


def test_targets_without_low_resource_languages_are_named() -> None:
    every = evidence_of(OPTIONS, worth, worth)
    kept = [row for row in every.scores.rows if row["task"] != "pawsx" or row["language"] not in LOW]
    lacking = "not scored in any low-resource language, so left out of what is said of these: "
    caveats = analyse(dataclasses.replace(every, scores=Scores(kept)), OPTIONS).caveats
    assert [line.partition(lacking)[2] for line in caveats if lacking in line] == ["pawsx"]
    assert not any(lacking in line for line in found_in().caveats)


def test_languages_none_of_which_is_a_low_resource_one_are_refused() -> None:
    with raises_code("no-low-resource-language", "de", "--targets"):
        check_scored(dict.fromkeys(OPTIONS.targets, ("en", "de")), OPTIONS)
    check_scored(dict.fromkeys(OPTIONS.targets, ("en", "de", "sw")), OPTIONS)
