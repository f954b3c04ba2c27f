"""`xharness study vision-language`, asked of simulated records."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from harness_plugins.studies.vision_language import MEASURES, Options
from harness_plugins.studies.vision_language.arms import SWEPT, arm_texts, at_layer, centred

from harness.testing.simulated import simulate
from harness.testing.worlds import Place, SimulatedMeasure, SimulatedTask, Spread, World
from harness.testing.written import write_run
from tests.fixtures import Cli

ASKED = ("study", "vision-language", "--tier", "smoke", "--further", "", "--retrieval", "")
OPTIONS = Options(targets=("tatoeba",), further=(), retrieval="")


def world(centred_gain: float) -> World:
    """Captions with images gain 12 points on raw scores."""
    texts = {"none": "none", **arm_texts(OPTIONS)}
    arms = {centred(label): text for label, text in texts.items()} | {at_layer(one, 1): texts[one] for one in SWEPT}

    def effect(place: Place) -> float:
        return {"captions": 12.0, "captions centred": centred_gain}.get(place.arm, 0.0)

    return World(
        arms=(
            "none",
            *(f"{label}: {text}" for label, text in texts.items() if label != "none"),
            *(f"{label}: {text}" for label, text in arms.items()),
        ),
        tasks=(SimulatedTask(name="tatoeba", languages=("qaa", "qad")),),
        seeds=2,
        effect=effect,
        spread=Spread(task=0.2, language=0.1),
        measures=tuple(
            SimulatedMeasure(name=name, task="tatoeba", languages=("qaa", "qad"), value=lambda _: 0.5, spread=0.1)
            for name in MEASURES
        ),
    )


def test_simulated_records_are_asked_as_those_of_runs(cli: Cli, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    answers = {}
    for name, gain in (("alike", 12.0), ("turned", -12.0)):
        write_run(simulate(world(gain), seed=1), Path("runs"), name)
        done = cli(*ASKED, "--analyse-only", name, "--output", f"{name}-answer")
        assert done.code == 0, done.err
        assert [line for line in done.out.splitlines() if len(line) > 80] == []
        told = json.loads(Path(f"{name}-answer/study.json").read_text(encoding="utf-8"))
        answers[name] = told["findings"][0]["primary"]
        # Of all items of two languages and two seeds, images put some hundred right.
        assert "2 better, 0 worse" in done.out
    assert [(one["reply"], one["material"]) for one in answers.values()] == [("yes", True), ("cannot tell", False)]
    assert answers["alike"]["mean"] == pytest.approx(12, abs=4)
    assert "raw and centred scores of tatoeba do not both agree" in answers["turned"]["why"]
    refused = cli(*ASKED, "--analyse-only", "alike", "--layers", "2")
    assert refused.code == 2
    assert "arm none layer 2" in refused.err
