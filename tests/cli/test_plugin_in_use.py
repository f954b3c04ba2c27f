from __future__ import annotations

import hashlib
import json
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from harness.registry import Registry
from harness.testing import check_task
from tests.fixtures import Results, RunDirectory
from tests.pictures import COLOURS, write_image

TITLES = {"economy": "prices rise", "health": "a new clinic", "politics": "the vote is near", "sport": "the team wins"}


@pytest.fixture
def data(tmp_path: Path) -> Path:
    for language, splits in {"en": ("train", "validation", "test"), "rw": ("test",)}.items():
        for split in splits:
            file = tmp_path / "data" / "kinyanews" / language / f"{split}.tsv"
            file.parent.mkdir(parents=True, exist_ok=True)
            rows = [f"{title} {i}\t{topic}" for i in range(4) for topic, title in TITLES.items()]
            file.write_text("\n".join(["title\ttopic", *rows]) + "\n", encoding="utf-8")
    return tmp_path / "data"


@pytest.fixture
def xharness(plugin_environment: dict[str, str]) -> Callable[..., str]:
    def call(*arguments: str | Path) -> str:
        command = [sys.executable, "-c", "from harness.cli.main import main; main()", *map(str, arguments)]
        done = subprocess.run(command, env=plugin_environment, check=False, capture_output=True, text=True)
        assert done.returncode == 0, done.stderr
        return done.stdout

    return call


@pytest.mark.loads_torch
def test_a_third_party_task_is_listed_described_trained_and_scored(
    xharness: Callable[..., str],
    data: Path,
    tiny: list[str],
    tmp_path: Path,
    run_directory: RunDirectory,
    results: Results,
) -> None:
    listed = next(task for task in json.loads(xharness("ls", "tasks", "--json")) if task["name"] == "kinyanews")
    assert listed["plugin"] == "xharness-kinyanews"
    assert listed["languages"] == ["en", "rw"]

    shown = xharness("show", "kinyanews", "--data", data)
    assert "kinyanews of xharness-kinyanews 0.3.0" in shown
    assert "test: en 16, rw 16" in shown

    runs = tmp_path / "runs"
    out = xharness("train", "--target", "kinyanews", "--data", data, *tiny, "--runs", runs)
    assert "kinyanews: topic_macro_recall, percent" in out
    scores = results(run_directory(runs))
    assert {(s["language"], s["metric"], s["status"]) for s in scores} == {
        (language, metric, "ok") for language in ("en", "rw") for metric in ("topic_macro_recall", "accuracy")
    }
    first = json.loads((run_directory(runs) / "records.jsonl").read_text(encoding="utf-8").splitlines()[0])
    assert first["environment"]["plugins"] == [
        {"distribution": "xharness-kinyanews", "version": "0.3.0", "entry_point": name}
        for name in (
            *("brightness", "commas", "first_aid", "headlines", "kinyacaptions", "kinyanews", "kinyareviews"),
            *("rewording", "word_lengths"),
        )
    ]


def test_a_third_party_task_is_checked_as_its_author_would(
    xharness: Callable[..., str], data: Path, plugin_registry: Registry
) -> None:
    assert "kinyanews" in plugin_registry.tasks
    # The validation and test rows of `data` are its training rows.
    with pytest.raises(AssertionError, match="of 16 test rows in rw, 16 have the texts") as found:
        check_task("kinyanews", data=data)
    assert "problem: overlap" in str(found.value)
    for file in (data / "kinyanews").glob("*/*.tsv"):
        lines = file.read_text(encoding="utf-8").splitlines()
        titles = [lines[0], *(f"{file.stem} {line}" for line in lines[1:])]
        file.write_text("".join(f"{line}\n" for line in titles), encoding="utf-8")
    report = check_task("kinyanews", data=data)
    assert report.languages["rw"]["test"] == 16
    assert report.languages["rw"]["gold"] == {"topic_macro_recall": 100.0, "accuracy": 100.0}
    assert "1 task, 0 with problems" in xharness("validate", "kinyanews", "--data", data)


@pytest.mark.loads_torch
def test_a_third_party_task_with_images_is_below_thirty_lines_and_works(
    plugin_registry: Registry, tmp_path: Path, xharness: Callable[..., str]
) -> None:
    module = Path(__file__).parents[1] / "plugin_package" / "xharness_kinyacaptions.py"
    assert len(module.read_text(encoding="utf-8").splitlines()) < 30
    told = {("train", "en"): "A square of {}.", ("test", "en"): "Here is {}.", ("test", "rw"): "Dore {}."}
    for (split, language), caption in told.items():
        lines = ["file\tcaption"]
        for number, colour in enumerate(COLOURS):
            name = f"{split}-{colour}.png"
            write_image(tmp_path / "kinyacaptions" / "images" / name, colour, corner=6 * number + len(split))
            lines.append(f"{name}\t{caption.format(colour)}")
        file = tmp_path / "kinyacaptions" / language / f"{split}.tsv"
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text("\n".join(lines) + "\n", encoding="utf-8")
    assert "kinyacaptions" in plugin_registry.tasks
    report = check_task("kinyacaptions", data=tmp_path)
    assert {code: facts["test"] for code, facts in report.languages.items()} == {"en": 6, "rw": 6}
    assert set(report.languages["rw"]["gold"].values()) == {100.0}
    (tmp_path / "kinyacaptions" / "images" / "test-red.png").unlink()
    with pytest.raises(AssertionError, match="1 of 6 test rows in rw are skipped"):
        check_task("kinyacaptions", data=tmp_path)


@pytest.mark.loads_torch
def test_a_third_party_measure_and_its_stage_are_listed_computed_and_kept(
    xharness: Callable[..., str], data: Path, tiny: list[str], tmp_path: Path, results: Results
) -> None:
    runs = tmp_path / "runs"
    brought = {row["name"]: row["plugin"] for row in json.loads(xharness("ls", "measures", "--json"))}
    assert brought.pop("word_length") == "xharness-kinyanews"
    assert {"anisotropy", "loss"} <= brought.keys()
    assert set(brought.values()) == {"xharness"}
    assert "word-lengths" in xharness("ls", "stages")
    xharness("train", "--target", "kinyanews", "--data", data, *tiny, "--runs", runs)
    out = xharness("eval", "--tasks", "kinyanews", "--measure", "word_length", "--runs", runs)
    assert "kinyanews: word_length of test rows, limited, characters" in out
    latest = max(path.parent for path in runs.glob("*/records.jsonl"))
    words = [word for title in TITLES.values() for word in (f"{title} 1").split()]
    found = results(latest, "measure")
    assert {(row["language"], row["n"]) for row in found} == {("en", 4 * len(words)), ("rw", 4 * len(words))}
    assert [row["value"] for row in found] == [sum(map(len, words)) / len(words)] * 2
    # The store is looked after without the plugin, too.
    listed = json.loads(run_without_plugin("store", "ls", "--json", "--runs", runs))
    (folder,) = {row["kind"] for row in listed if row["about"].startswith("word lengths")}
    assert folder == "xharness_word_lengths.words"
    assert all(row["runs"] for row in listed)


def test_a_third_party_source_model_suite_and_preset_are_listed(xharness: Callable[..., str]) -> None:
    brought = {"sources": "headlines", "models": "whole-words", "suites": "kinyarwanda", "presets": "brief"}
    for what, name in brought.items():
        rows = json.loads(xharness("ls", what, "--json"))
        owners = {row.get("name", row.get("preset")): row["plugin"] for row in rows}
        assert owners.pop(name) == "xharness-kinyanews"
        assert set(owners.values()) == {"xharness"}
    said = "headlines of xharness-kinyanews 0.3.0: model whole-words, suite kinyarwanda, preset brief, source headlines"
    assert said in xharness("doctor")


@pytest.mark.loads_torch
def test_a_third_party_source_model_suite_and_preset_are_used(
    xharness: Callable[..., str], tmp_path: Path, run_directory: Any, results: Any
) -> None:
    runs = tmp_path / "runs"

    def train(data: str, *more: str) -> str:
        out: str = xharness("train", "--target", "kinyarwanda", "--data", data, *more, "--runs", runs)
        return out

    out = train("headlines:iyi")
    assert "model whole-words (built, 1 layers x 16" in out
    assert "data: headlines:iyi, made-up headlines" in out
    assert "4 steps of 8 examples" in out
    found = results(run_directory(runs))
    assert {(row["source"], row["language"], row["status"], row["n"]) for row in found} == {
        ("headlines", "en", "ok", 16),
        ("headlines", "rw", "ok", 16),
    }
    first = json.loads((run_directory(runs) / "records.jsonl").read_text(encoding="utf-8").splitlines()[0])
    settings = first["result"]["settings"]
    assert (settings["model"], settings["preset"]) == ("whole-words", "brief")
    assert re.search(r"(\d+) of \1 stages were in the store", train("headlines:iyi"))
    # The argument decides the rows, and a parameter the model.
    assert " 0 of " in train("headlines:undi").splitlines()[-2]
    assert "1 layers x 32" in train("headlines:iyi", "--set", "model.hidden_size=32", "--plan")


def test_a_third_party_image_encoder_is_listed_shown_and_used(
    xharness: Callable[..., str], plugin_registry: Registry
) -> None:
    listed = {row["name"]: row["plugin"] for row in json.loads(xharness("ls", "image-encoders", "--json"))}
    assert listed == {
        "brightness": "xharness-kinyanews",
        "efficientnet-lite0": "xharness",
        "pixels": "xharness",
    }
    assert "brightness of xharness-kinyanews 0.3.0" in xharness("show", "brightness")
    encoder = plugin_registry.image_encoder("brightness").open()
    images = [Image.new("RGB", (7, 5), colour) for colour in ((255, 0, 51), (0, 0, 0))]
    assert encoder.vectors(images).tolist() == [[1.0, 0.0, pytest.approx(0.2)], [0.0, 0.0, 0.0]]


@pytest.mark.loads_torch
def test_a_third_party_perturbation_is_listed_shown_and_scored_with(
    xharness: Callable[..., str], data: Path, tiny: list[str], tmp_path: Path, results: Any
) -> None:
    runs = tmp_path / "runs"
    listed = {row["name"]: row for row in json.loads(xharness("ls", "perturbations", "--json"))}
    own = {name for name, row in listed.items() if row["plugin"] == "xharness"}
    assert {"case", "typo", "local-order"} <= own
    assert {name: row["plugin"] for name, row in listed.items() if name not in own} == {
        **dict.fromkeys(("bilingual", "commas", "glossary", "shuffled"), "xharness-kinyanews"),
    }
    assert listed["commas"]["kinds"] == ["text-classification"]
    assert "commas of xharness-kinyanews 0.3.0" in xharness("show", "commas")
    xharness("train", "--target", "kinyanews", "--data", data, *tiny, "--runs", runs)
    out = xharness("eval", "--tasks", "kinyanews", "--perturb", "commas:3", "--runs", runs)
    assert "kinyanews: topic_macro_recall, percent, baseline, with commas:3" in out
    latest = max(path.parent for path in runs.glob("*/records.jsonl"))
    perturbed = [row for row in results(latest) if "perturbation" in row]
    transform = {
        "name": "commas",
        "version": 1,
        "severity": 3,
        "seed": 0,
        "settings": {},
        "files": {},
        "diagnostic": False,
    }
    # Two languages, two metrics.
    assert [(row["perturbation"], row["transforms"], row["n_changed"]) for row in perturbed] == [
        ("commas:3", [transform], 16)
    ] * 4


@pytest.mark.loads_torch
def test_third_party_perturbations_read_dictionaries_other_languages_and_other_rows(
    xharness: Callable[..., str], data: Path, tiny: list[str], tmp_path: Path, results: Any
) -> None:
    runs, words = tmp_path / "runs", tmp_path / "words.tsv"
    words.write_text("prices\tcosts\nclinic\thospital\n", encoding="utf-8")
    shown = xharness("show", "glossary")
    assert "words: lines of a word, a tab, and another word; a file, to be given" in " ".join(shown.split())
    assert "rate: share of the words that are replaced; by default 1.0" in " ".join(shown.split())
    asked = (f"glossary:1{{words={words}}}", "bilingual:1{language=rw}+typo:1{rate=0.3}", "shuffled:1")
    xharness("train", "--target", "kinyanews", "--data", data, *tiny, "--runs", runs)
    perturb = [part for one in asked for part in ("--perturb", one)]
    out = xharness("eval", "--tasks", "kinyanews", "--metric", "accuracy", *perturb, "--runs", runs)
    latest = max(path.parent for path in runs.glob("*/records.jsonl"))
    found = {row["perturbation"]: row for row in results(latest) if "perturbation" in row and row["language"] == "en"}
    assert set(found) == set(asked)
    digest = hashlib.sha256(words.read_bytes()).hexdigest()
    (glossary,) = found[asked[0]]["transforms"]
    assert (glossary["settings"], glossary["files"]) == ({"words": str(words)}, {"words": digest})
    # Two of four topics have a word of the dictionary.
    assert [found[one]["n_changed"] for one in asked] == [8, 16, 16]
    assert all(f"with {one}" in " ".join(out.split()) for one in asked[1:])
    assert "diagnostic: shuffled:1 on kinyanews: labels need not hold there" in " ".join(out.split())
    assert [found[one]["transforms"][-1]["diagnostic"] for one in asked] == [False, False, True]
    # Another dictionary is another set of rows, under the same name.
    words.write_text("nothing\tsomething\n", encoding="utf-8")
    xharness("eval", "--tasks", "kinyanews", *perturb[:2], "--runs", runs)
    latest = max(path.parent for path in runs.glob("*/records.jsonl"))
    assert {row["n_changed"] for row in results(latest) if "perturbation" in row} == {0}


def run_without_plugin(*arguments: str | Path) -> str:
    command = [sys.executable, "-c", "from harness.cli.main import main; main()", *map(str, arguments)]
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout


@pytest.fixture
def reviews(tmp_path: Path) -> Path:
    for language, splits in {"en": ("train", "test"), "rw": ("test",)}.items():
        for split in splits:
            file = tmp_path / "data" / "kinyareviews" / language / f"{split}.tsv"
            file.parent.mkdir(parents=True, exist_ok=True)
            rows = [f"{split} {title} {language} {i}\t{1 + i}" for i in range(5) for title in TITLES.values()]
            file.write_text("\n".join(["text\tstars", *rows]) + "\n", encoding="utf-8")
    return tmp_path / "data"


@pytest.mark.loads_torch
def test_a_third_party_kind_is_trained_and_scored_with_settings_and_a_head_of_its_own(
    xharness: Callable[..., str],
    reviews: Path,
    tiny: list[str],
    tmp_path: Path,
    run_directory: RunDirectory,
    results: Results,
) -> None:
    shown = xharness("show", "kinyareviews", "--data", reviews)
    assert "most_stars = 5, rounding = nearest" in shown
    runs = tmp_path / "runs"
    own = ("--set", "rounding=down", "--set", "kinds.text-rating.most_stars=3", "--set", "token_budget=512")
    xharness("train", "--target", "kinyareviews", "--data", reviews, *tiny, *own, "--runs", runs)
    scores = results(run_directory(runs))
    assert {(s["language"], s["metric"], s["status"]) for s in scores} == {
        (language, "near_stars", "ok") for language in ("en", "rw")
    }
    assert {(s["hyper"]["most_stars"], s["hyper"]["rounding"]) for s in scores} == {(3, "down")}
