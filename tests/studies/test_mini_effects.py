"""What docs/studies/mini-effects.md says of mini, held on the scores that the study wrote."""

from __future__ import annotations

import csv
import json
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from harness.documents.markdown import markdown
from harness.planning.models import named_model
from harness.registry import default_registry
from harness.results.scores import Scores
from harness.statistics.intervals import Interval, t_interval
from harness.studies.base import Findings
from harness.studies.evidence import Evidence
from harness.studies.gains import gains, in_languages
from harness.studies.options import with_values
from tests.flat import flat_row
from tests.raising import raises_code

STUDIES = Path(__file__).parents[2] / "docs" / "studies"
SHIPPED, OTHERS = "mini-effects", "mini-effects-encoders"
ALL = "nine tasks"


def told(folder: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((STUDIES / folder / "study.json").read_text(encoding="utf-8"))
    return found


@cache
def scores_of(folder: str) -> dict[str, Scores]:
    """By encoder."""
    with (STUDIES / folder / "scores.csv").open(encoding="utf-8", newline="") as file:
        rows = [
            flat_row(
                float(row["value"]),
                **{name: row[name] for name in ("arm", "task", "language", "metric")},
                seed=int(row["seed"]),
                n=int(row["n"]),
                model_name=row["model"],
                main=default_registry().task(row["task"]).metrics[0] == row["metric"],
            )
            for row in csv.DictReader(file)
        ]
    return {model: scores for (model,), scores in Scores(rows).where({"main": True}).groups("model_name").items()}


def found(folder: str, model: str) -> Findings:
    study = default_registry().study(SHIPPED)
    given = {name: value for name, value in told(folder)["options"].items() if name != "set"}
    return study.analyse(Evidence(scores_of(folder)[model]), with_values(study.tiers["small"], given, "study.json"))


def gain(task: str, languages: str, *, scores: Scores | None = None) -> Interval:
    """Of nine tasks together, over seeds; in all languages but English where none is named."""
    of = (scores or scores_of(SHIPPED)["mini"]).where({"task": task, "arm": (ALL, "none")})
    meant = in_languages(of, lambda code: code == languages or (not languages and code != "en"))
    by_seed = gains(meant.where({"arm": ALL}), meant.where({"arm": "none"}))
    return t_interval(list(by_seed.values()))


def test_the_scores_were_measured_on_what_is_shipped() -> None:
    (findings,) = told(SHIPPED)["findings"]
    assert findings["starts"] == [named_model("mini", default_registry()).digest]


@pytest.mark.parametrize("folder", [SHIPPED, OTHERS])
def test_the_page_is_that_of_the_scores(folder: str) -> None:
    page = (STUDIES / folder / "README.md").read_text(encoding="utf-8")
    for findings in told(folder)["findings"]:
        anew = found(folder, findings["model"])
        assert markdown(anew.tables, []).strip() in page
        # The table of scores has no items, without which no answer is given.
        assert anew.primary.answer.mean == pytest.approx(findings["primary"]["mean"])


def test_nine_tasks_together_help_at_least_three_targets() -> None:
    targets = default_registry().study(SHIPPED).tiers["small"].targets  # type: ignore[attr-defined]
    assert len([target for target in targets if gain(target, "").low > 0]) >= 3


XTREME = ("xnli", "pawsx", "udpos", "panx", "xquad", "mlqa", "tydiqa", "bucc2018", "tatoeba")


def test_the_answer_is_told_beside_that_over_other_targets() -> None:
    text = (STUDIES / "mini-effects.md").read_text(encoding="utf-8")
    options = told(SHIPPED)["options"]
    lines = {
        "the eight": options["targets"],
        "the nine": XTREME,
        "all": [*options["targets"], "mlqa", "bucc2018", "lareqa", "mewslix"],
    }
    scores = scores_of(SHIPPED)["mini"].where({"arm": (ALL, "none")})
    for line, targets in lines.items():
        (cells,) = [row for row in text.splitlines() if row.startswith(f"| {line} ")]
        for own in (targets, [target for target in targets if target != "panx"]):
            meant = in_languages(scores.where({"task": tuple(own)}), lambda code: code != "en")
            over = t_interval(list(gains(meant.where({"arm": ALL}), meant.where({"arm": "none"})).values()))
            assert f"{(over.low + over.high) / 2:+.1f} ± {(over.high - over.low) / 2:.1f}" in cells


def test_the_demonstration_has_an_effect_and_its_limit() -> None:
    assert min(gain("pawsx", "en").low, gain("pawsx", "qaa").low) > 0
    assert gain("pawsx", "qae").low < 0 < gain("pawsx", "qae").high


def test_retrieval_is_harmed() -> None:
    assert gain("tatoeba", "").high < 0


@pytest.mark.parametrize(("target", "language"), [("xnli", ""), ("xquad", "en")])
def test_the_effect_is_not_one_encoders_luck(target: str, language: str) -> None:
    others = scores_of(OTHERS)
    assert len(others) >= 2
    assert all(gain(target, language, scores=scores).low > 0 for scores in others.values())


def test_its_arms_are_what_their_names_say() -> None:
    nine, others = default_registry().study(SHIPPED).runs(default_registry().study(SHIPPED).tiers["small"])
    arms = {**nine.settings["arms"], **others.settings["arms"]}
    assert {row["arm"] for row in scores_of(SHIPPED)["mini"].rows} == {"none", *arms}
    alone = {label: text for label, text in arms.items() if label.endswith(" alone")}
    assert all(text == f"{label.removesuffix(' alone')}{{steps=300}}" for label, text in alone.items())
    assert len(alone) == 9


def test_targets_that_records_have_in_english_alone_are_refused() -> None:
    study, rows = default_registry().study(SHIPPED), scores_of(SHIPPED)["mini"].rows
    asked = with_values(study.tiers["small"], {"targets": ["pawsx", "xnli"], "margin": 5.0}, "test")
    kept = [row for row in rows if row["task"] != "xnli" or row["language"] == "en"]
    with raises_code("no-other-language", "xnli is scored in English alone"):
        study.analyse(Evidence(Scores(kept)), asked)
    # Other arms' languages are of no use to those that are compared.
    others = [row for row in rows if row["arm"] not in (ALL, "none")]
    with raises_code("no-other-language", "xnli is scored in English alone"):
        study.analyse(Evidence(Scores([*kept, *others])), asked)
