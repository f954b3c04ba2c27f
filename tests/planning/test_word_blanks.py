"""Blanks between words of tagging tasks: which stages the setting decides, and one checkpoint scored both ways."""

from __future__ import annotations

import dataclasses
import json
import shutil
from typing import TYPE_CHECKING, Any

import pytest

from harness.planning.models import given_model
from harness.planning.session import models_of_run, plan_evaluation, settings_of_run
from harness.planning.stages.encoding import Encoded
from tests.raising import raises_code

if TYPE_CHECKING:
    from pathlib import Path

    from harness.planning.plan import Plan
    from tests.planning.conftest import Bench

SENTENCES = {
    "en": ["the B-LOC\nold O\nhouse O", "a O\nred B-PER\ndog I-PER"],
    # Words that the tokenizer knows.
    "zh": ["house B-LOC\nred O\ndog O", "a O\nhouse O\nold B-LOC"],
    "de": ["das O\nalte B-LOC\nHaus O", "ein O\nroter B-PER\nHund I-PER"],
}
MAP = """
[panx.train]
file = "panx/train-en.tsv"
format = "xtreme"
[panx.validation]
file = "panx/dev-{language}.tsv"
format = "xtreme"
languages = ["en", "zh"]
[panx.test]
file = "panx/test-{language}.tsv"
format = "xtreme"
languages = ["en", "zh", "de"]
"""
AS_WRITTEN: dict[str, Any] = {"word_blanks": "as-written"}


@pytest.fixture
def tagging(bench: Bench, tmp_path: Path) -> Bench:
    """The bench with a few sentences of `panx` in languages with and without blanks."""
    data = tmp_path / "data"
    shutil.copytree(bench.map.parent, data)
    (data / "panx").mkdir()
    for name in ("train-en", "dev-en", "dev-zh", "test-en", "test-zh", "test-de"):
        text = "\n\n".join(SENTENCES[name.partition("-")[2]]).replace(" ", "\t")
        (data / f"panx/{name}.tsv").write_text(f"{text}\n\n", encoding="utf-8")
    with (data / "map.toml").open("a", encoding="utf-8") as file:
        file.write(MAP)
    return dataclasses.replace(bench, map=data / "map.toml", _data={})


def digests(plan: Plan) -> dict[str, str]:
    phases = {f"train {phase.names[0]}": phase.digest for phase in plan.phases}
    return phases | {cell.language: cell.stage.digest for cell in plan.cells}


def test_only_rows_of_languages_without_blanks_are_other_ones(tagging: Bench) -> None:
    asked: dict[str, Any] = {"intermediate": (), "target": ("panx",)}
    before, after = (digests(tagging.plan(**asked, set=values)) for values in ({}, AS_WRITTEN))
    assert {name for name in before if before[name] != after[name]} == {"zh"}
    assert digests(tagging.plan(**asked, set={"word_blanks": "always"})) == before
    assert digests(tagging.plan(**asked, set={"tasks.panx.word_blanks": "as-written"})) == after
    # Chosen by Chinese rows, the phase reads them, too.
    for languages in ("en+zh", "zh+en"):
        both = [digests(tagging.plan(**asked, set={"select_on": languages, **values})) for values in ({}, AS_WRITTEN)]
        assert both[0]["train panx"] != both[1]["train panx"], languages
    by_rows = [digests(tagging.plan(**asked, set={"select_on": "zh", **values})) for values in ({}, AS_WRITTEN)]
    assert {name for name in before if by_rows[0][name] != by_rows[1][name]} == {"train panx", "en", "zh", "de"}


def test_it_is_refused_where_no_rows_are_in_such_a_language(tagging: Bench) -> None:
    asked: dict[str, Any] = {"intermediate": (), "target": ("panx",), "languages": ("en", "de"), "set": AS_WRITTEN}
    with raises_code("setting-without-effect", "word_blanks", "languages"):
        tagging.plan(**asked)
    tagging.plan(**asked | {"languages": ("de", "zh")})


def test_a_run_is_scored_both_ways_without_training_anew(tagging: Bench) -> None:
    outcome = tagging.run(intermediate=(), target=("panx",))
    assert not outcome.failures
    changes = {"set": {**tagging.settings().set, **AS_WRITTEN}, "target": ("panx",), "languages": ("zh", "de")}
    settings = settings_of_run(outcome.directory, tagging.registry, changes)
    models = models_of_run(outcome.directory, tagging.runs, tagging.registry)
    session = plan_evaluation(settings, tagging.registry, tagging.runs, models=models, metrics=None, train=False)
    stored = [cell.language for cell in session.plan.cells if session.bench.has(cell.stage)]
    assert stored == ["de"]
    again = session.execute()
    assert not again.failures
    hypers = {score["language"]: score["hyper"] for score in tagging.results(again)}
    assert {language: hyper.get("word_blanks") for language, hyper in hypers.items()} == {
        "de": None,
        "zh": "as-written",
    }


def test_tokens_of_the_rows_are_those_of_a_text_without_blanks(tagging: Bench) -> None:
    sequences = {}
    for name, values in (("always", {}), ("as-written", AS_WRITTEN)):
        session = tagging.session(intermediate=(), target=("panx",), languages=("zh",), set=values)
        (cell,) = session.plan.cells
        rows = cell.stage.parents()["rows"]
        assert isinstance(rows, Encoded)
        encoder = session.bench.text_encoder(rows.origin.obtain(session.bench))
        features = rows.encode(session.bench)
        sequences[name] = [encoder.token(i) for i in features.ids[: features.offsets[1]].tolist()]
    # Every word, and with as-written the first one alone, begins with the sign for a blank.
    assert sum("Ġ" in token for token in sequences["always"]) == 3
    assert sum("Ġ" in token for token in sequences["as-written"]) == 1


def test_word_pieces_are_refused_before_anything_is_made(tagging: Bench, tmp_path: Path) -> None:
    import torch
    from safetensors.torch import save_file

    model = tmp_path / "model"
    model.mkdir()
    config = {"model_type": "bert", "hidden_size": 8, "num_hidden_layers": 1, "vocab_size": 20}
    (model / "config.json").write_text(json.dumps(config))
    (model / "tokenizer.json").write_text(json.dumps({"model": {"type": "WordPiece", "vocab": {}}}))
    save_file({"bert.embeddings.word_embeddings.weight": torch.zeros(20, 8)}, model / "model.safetensors")
    settings = tagging.settings(intermediate=(), target=("panx",))
    for values, language, refused in (({}, "zh", False), (AS_WRITTEN, "zh", True), (AS_WRITTEN, "de", False)):
        own = dataclasses.replace(settings, model=str(model), languages=(language,), set={"max_length": 32, **values})

        def planned(own: Any = own) -> Any:
            return plan_evaluation(
                own, tagging.registry, tagging.runs, models={"": given_model(model)}, metrics=None, train=True
            )

        if refused:
            with raises_code("blanks-not-told", "word_blanks"):
                planned()
        else:
            planned()
    (model / "tokenizer.json").unlink()
    (model / "vocab.txt").write_text("a")
    with raises_code("blanks-not-told"):
        plan_evaluation(
            dataclasses.replace(settings, model=str(model), languages=("zh",), set={"max_length": 32, **AS_WRITTEN}),
            tagging.registry,
            tagging.runs,
            models={"": given_model(model)},
            metrics=None,
            train=True,
        )
