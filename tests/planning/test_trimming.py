"""A model without the tokens that no row has: the same predictions with fewer weights."""

from __future__ import annotations

import dataclasses
import json
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from safetensors.numpy import load_file

from harness.config import settings_from
from harness.evaluation.predictions import read
from harness.modeling import vocabulary
from harness.modeling.shape import read_shape
from harness.perturbtext import parse_condition
from harness.planning import session
from harness.planning.models import given_model
from harness.planning.plan import Measuring
from harness.planning.stages.measuring import Measurement
from harness.planning.trimming import check_tokens
from harness.registry import default_registry
from tests.raising import raises_code
from tests.recorded import results

if TYPE_CHECKING:
    from pathlib import Path

    from harness.planning.execute import Outcome
    from harness.planning.session import Session
    from tests.encoders import make_encoder
else:
    from encoders import make_encoder

TARGETS = ("pawsx", "panx", "tatoeba")
SET = {"target.steps": 2, "intermediate.steps": 2, "batch_size": 4, "lr": 1e-3, "max_length": 64}


def planned(model: Path, runs: Path, trim: str = "", **changes: Any) -> Session:
    asked = {"target": TARGETS, "intermediate": ("mnli",), "baseline": False, "languages": ("en", "qaa")}
    layers = {**asked, "model": str(model), "limit": 8, "set": SET, "trim_vocab": trim, **changes}
    return session.plan_training(settings_from(default_registry(), layers), default_registry(), runs)


def predicted(run: Session) -> list[dict[str, Any]]:
    directories = [run.bench.store.path("predict", cell.stage.digest) for cell in run.plan.cells]
    return [row for directory in directories for row in read(directory)]


def values(outcome: Outcome) -> dict[tuple[str, ...], float]:
    records = results(outcome.directory, "score")
    assert {r["status"] for r in records} == {"ok"}
    return {(r["task"], r["language"], r["metric"]): r["value"] for r in records}


@pytest.fixture(scope="module", params=["xlm-roberta", "rembert"])
def both(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """A run with the whole vocabulary and one with a trimmed one."""
    directory = tmp_path_factory.mktemp("trimming")
    model = make_encoder(str(request.param), directory / "model")
    runs = {name: planned(model, directory / name, trim) for name, trim in (("whole", ""), ("trimmed", "pawsx"))}
    outcomes = {name: run.execute() for name, run in runs.items()}
    assert [outcome.failures for outcome in outcomes.values()] == [[], []]
    return {"model": model, "runs": runs, "outcomes": outcomes}


def test_predictions_are_the_same(both: dict[str, Any]) -> None:
    whole, trimmed = (predicted(both["runs"][name]) for name in ("whole", "trimmed"))
    assert len(whole) == len(trimmed) >= 5 * 8

    def close(a: Any, b: Any) -> bool:
        if isinstance(a, dict):
            return a.keys() == b.keys() and all(close(a[key], b[key]) for key in a)
        if isinstance(a, list):
            return len(a) == len(b) and all(map(close, a, b))
        return a == pytest.approx(b, abs=1e-5) if isinstance(a, float) else bool(a == b)

    assert all(map(close, whole, trimmed))
    assert values(both["outcomes"]["whole"]) == values(both["outcomes"]["trimmed"])


def test_the_model_is_smaller_by_the_rows_that_were_cut(both: dict[str, Any]) -> None:
    run = both["runs"]["trimmed"]
    directory = run.bench.store.path("model", run.plan.model.digest)
    facts = run.bench.store.manifest("model", run.plan.model.digest)["facts"]
    whole, trimmed = read_shape(both["model"]), read_shape(directory)
    cut = facts["tokens"] - facts["tokens_kept"]
    assert cut > 100
    assert trimmed.vocabulary == facts["tokens_kept"]
    width = whole.embedding_size or whole.hidden_size
    assert whole.parameters - trimmed.parameters == cut * width
    assert read_shape(run.bench.store.path("train", run.plan.phases[-1].digest)).vocabulary == trimmed.vocabulary


def test_its_rows_are_those_of_the_tokens_kept(both: dict[str, Any]) -> None:
    run = both["runs"]["trimmed"]
    directory = run.bench.store.path("model", run.plan.model.digest)
    kept = json.loads((directory / "trimmed.json").read_text())["kept"]
    # Special tokens are the first five of both tokenizers.
    assert kept[:5] == [0, 1, 2, 3, 4]
    name = "embeddings.word_embeddings.weight"
    whole, trimmed = (load_file(path / "model.safetensors")[name] for path in (both["model"], directory))
    np.testing.assert_array_equal(trimmed, whole[kept])


@pytest.mark.parametrize(
    "changes",
    [
        {"intermediate": ("mlm",), "set": SET | {"target.examples": 2}},
        {"intermediate": ("mlm",), "set": SET | {"intermediate.examples": 2}, "target": ("panx",)},
        {
            "intermediate": (),
            "arms": {"late": "cosmosqa > mnli{max_length=64, replay=0.5}"},
            "set": SET | {"max_length": 16},
        },
    ],
    ids=["fewer examples in another phase", "fewer examples in its own", "replayed at a phase's own length"],
)
def test_all_that_any_phase_reads_is_counted(changes: dict[str, Any], tmp_path: Path) -> None:
    model = make_encoder("xlm-roberta", tmp_path / "model")
    run = planned(model, tmp_path / "runs", **{"target": ("pawsx",), "trim": "pawsx", **changes})
    assert run.execute().failures == []


def test_random_labels_keep_the_tokens_of_the_same_texts(tmp_path: Path) -> None:
    model = make_encoder("xlm-roberta", tmp_path / "model")
    asked: dict[str, Any] = {"target": ("pawsx",), "trim": "pawsx"}
    digests = {
        planned(model, tmp_path / "runs", **asked, set=SET | {"intermediate.random_labels": value}).plan.model.digest
        for value in (False, True)
    }
    assert len(digests) == 1


def test_a_run_is_evaluated_with_the_vocabulary_it_has(both: dict[str, Any]) -> None:
    registry, run, outcome = default_registry(), both["runs"]["trimmed"], both["outcomes"]["trimmed"]
    settings = session.settings_of_run(outcome.directory, registry, {"target": ("pawsx",)})
    models = session.models_of_run(outcome.directory, run.runs, registry)
    again = session.plan_evaluation(settings, registry, run.runs, models=models, metrics=None, train=False)
    assert again.plan.model.digest == run.plan.model.digest
    assert again.execute().built == 0


@pytest.mark.parametrize(
    ("changes", "perturb", "named"),
    [
        ({"target": ("xquad",), "languages": ("qae",)}, (), ("squad train in en", "xquad test in qae")),
        ({"target": ("pawsx", "bucc2018"), "languages": ("en", "qac")}, (), ("bucc2018 test in qac",)),
        ({"target": ("pawsx",)}, ("typo:2",), ("pawsx test in en, typo:2", "pawsx test in qaa, typo:2")),
    ],
)
def test_texts_with_tokens_that_were_cut_are_refused_while_planning(
    both: dict[str, Any], changes: dict[str, Any], perturb: tuple[str, ...], named: tuple[str, ...]
) -> None:
    registry, run, outcome = default_registry(), both["runs"]["trimmed"], both["outcomes"]["trimmed"]
    settings = session.settings_of_run(outcome.directory, registry, changes)
    models = session.models_of_run(outcome.directory, run.runs, registry)
    before = sorted(run.runs.rglob("*"))
    with raises_code("token-cut-off") as raised:
        session.plan_evaluation(settings, registry, run.runs, models=models, metrics=None, train=True, perturb=perturb)
    lines = raised.value.what.splitlines()
    assert all("has tokens that --trim-vocab has cut from the model: " in line for line in lines)
    assert {line.partition(" has tokens")[0] for line in lines} == set(named)
    assert sorted(run.runs.rglob("*")) == before


def test_a_measure_of_texts_with_tokens_that_were_cut_is_refused_too(both: dict[str, Any]) -> None:
    registry, run, outcome = default_registry(), both["runs"]["trimmed"], both["outcomes"]["trimmed"]
    settings = session.settings_of_run(outcome.directory, registry, {"target": ("pawsx",)})
    models = session.models_of_run(outcome.directory, run.runs, registry)
    again = session.plan_evaluation(settings, registry, run.runs, models=models, metrics=None, train=False)
    cell, measure = again.plan.cells[0], registry.measure("anisotropy")
    data = again.bench.data
    typos = parse_condition("typo:2", registry.perturbations)
    rows = data.rows(registry.task("pawsx"), data.split("pawsx", "test", "en", typos), cell.stage.rows.hyper, typos)
    assert measure.of
    stage = Measurement(measure, tuple(measure.of(cell.stage.checkpoint, rows).items()))
    checkpoint = cell.stage.checkpoint
    measuring = Measuring(at=cell.at, checkpoint=checkpoint, measure=measure, rows=rows, stage=stage)
    check_tokens(again.plan, again.bench)
    with raises_code("token-cut-off", "pawsx test in en, typo:2"):
        check_tokens(dataclasses.replace(again.plan, measurings=(measuring,)), again.bench)


@pytest.mark.parametrize("content", ["", '{"model": "a", "ke', "[]", "{}", "null", '{"model": "a", "kept": [1, "x"]}'])
def test_a_torn_list_of_kept_tokens_is_told_with_its_place(content: str, tmp_path: Path) -> None:
    (tmp_path / vocabulary.FILE).write_text(content, encoding="utf-8")
    for read_it in (vocabulary.kept_ids, vocabulary.whole_model):
        with raises_code("trimming-unknown", str(tmp_path / vocabulary.FILE), "copy the checkpoint anew"):
            read_it(tmp_path)


def test_a_whole_model_comes_back(both: dict[str, Any], tmp_path: Path) -> None:
    from harness.modeling.checkpoints import load_encoder
    from harness.modeling.vocabulary import kept_ids, restore

    run = both["runs"]["trimmed"]
    checkpoint = run.bench.store.path("train", run.plan.phases[0].digest)
    restore(checkpoint, both["model"], tmp_path / "whole", lambda task: pytest.fail(f"{task} has no rows of tokens"))
    same = both["runs"]["whole"]
    wanted = load_encoder(same.bench.store.path("train", same.plan.phases[0].digest))[0].state_dict()
    found = load_encoder(tmp_path / "whole")[0].state_dict()
    kept = kept_ids(checkpoint)
    assert kept is not None
    name = "embeddings.word_embeddings.weight"
    rows = np.setdiff1d(np.arange(len(wanted[name])), kept)
    start = load_encoder(both["model"])[0].state_dict()
    np.testing.assert_array_equal(found[name][rows], start[name][rows])
    np.testing.assert_allclose(found[name][kept], wanted[name][kept], atol=1e-6)
    assert all(np.allclose(found[key], wanted[key], atol=1e-6) for key in wanted if key != name)
    assert kept_ids(tmp_path / "whole") is None
    assert read_shape(tmp_path / "whole").vocabulary == len(wanted[name])


def test_a_suite_that_is_not_there_and_a_model_that_is_trimmed_are_refused(
    both: dict[str, Any], tmp_path: Path
) -> None:
    with raises_code("unknown-task", "xtreme"):
        planned(both["model"], tmp_path, "xtrem")
    run = both["runs"]["trimmed"]
    with raises_code("already-trimmed"):
        planned(run.bench.store.path("model", run.plan.model.digest), tmp_path, "pawsx")


def test_heads_of_masked_language_models_are_cut_and_put_back(tmp_path: Path) -> None:
    import torch
    from transformers import XLMRobertaConfig, XLMRobertaForMaskedLM

    from harness.modeling.checkpoints import load_encoder, load_head, load_pretrained, save_checkpoint
    from harness.modeling.heads.base import HeadConfig, build_head
    from harness.modeling.tokenizer import load_text_encoder
    from harness.modeling.vocabulary import restore, trim

    model = make_encoder("xlm-roberta", tmp_path / "model")
    config = XLMRobertaConfig.from_pretrained(model)
    masked: Any = XLMRobertaForMaskedLM(config)
    torch.nn.init.normal_(masked.lm_head.bias)
    masked.save_pretrained(model)
    (tmp_path / "trimmed").mkdir()
    kept = trim(model, tmp_path / "trimmed", {40, 50}, load_text_encoder(model), digest="d")
    # Five special tokens and the two.
    assert kept == 7
    head = build_head(
        HeadConfig(
            task="mlm",
            head="harness.modeling.heads.fill_mask:FillMaskHead",
            labels=(),
            dropout=0.0,
            hidden_size=32,
            layers=2,
            vocabulary=7,
        )
    )
    assert load_pretrained(head, tmp_path / "trimmed")
    rows = [0, 1, 2, 3, 4, 40, 50]
    assert torch.equal(head.state_dict()["bias"], masked.lm_head.bias[rows])
    assert given_model(tmp_path / "trimmed").path == tmp_path / "trimmed"
    trained = {name: tensor + 1 for name, tensor in head.state_dict().items()}
    save_checkpoint(
        tmp_path / "checkpoint",
        origin=tmp_path / "trimmed",
        encoder=load_encoder(tmp_path / "trimmed")[0].state_dict(),
        heads={"mlm": trained},
        configs={"mlm": head.config},
    )
    restore(tmp_path / "checkpoint", model, tmp_path / "whole", lambda task: head.config.head)
    whole = dataclasses.replace(head.config, vocabulary=len(masked.lm_head.bias))
    bias = load_head(tmp_path / "whole", whole).state_dict()["bias"]
    assert torch.equal(bias[rows], masked.lm_head.bias[rows] + 1)
    others = [i for i in range(len(bias)) if i not in rows]
    assert torch.equal(bias[others], masked.lm_head.bias[others])


def test_weights_that_look_like_tokens_are_not_cut(tmp_path: Path) -> None:
    from harness.modeling.tokenizer import load_text_encoder
    from harness.modeling.vocabulary import trim

    model = make_encoder("xlm-roberta", tmp_path / "model")
    file = model / "config.json"
    config = json.loads(file.read_text())
    file.write_text(json.dumps(config | {"intermediate_size": config["vocab_size"]}))
    with raises_code("cannot-trim", "intermediate_size"):
        trim(model, tmp_path, {40}, load_text_encoder(model), digest="d")


def test_a_trimmed_model_that_is_gone_is_said(both: dict[str, Any], tmp_path: Path) -> None:
    with raises_code("model-gone"):
        session.models_of_run(both["outcomes"]["trimmed"].directory, tmp_path, default_registry())


def test_an_exported_model_has_all_tokens(both: dict[str, Any], tmp_path: Path) -> None:
    from transformers import AutoModelForSequenceClassification

    from harness.exporting.export import export_model

    if both["runs"]["whole"].plan.shape.embedding_size:
        pytest.skip("one architecture is enough")
    logits = []
    for name in ("whole", "trimmed"):
        outcome, run = both["outcomes"][name], both["runs"][name]
        export_model(outcome.directory, run.runs, default_registry(), output=tmp_path / name, task="pawsx")
        model = AutoModelForSequenceClassification.from_pretrained(tmp_path / name).eval()
        assert model.config.vocab_size == read_shape(both["model"]).vocabulary
        assert not (tmp_path / name / "trimmed.json").exists()
        ids = np.arange(5, model.config.vocab_size)[:: max(1, model.config.vocab_size // 60)]
        import torch

        with torch.no_grad():
            logits.append(model(torch.from_numpy(ids[None])).logits.numpy())
    np.testing.assert_allclose(logits[0], logits[1], atol=1e-5)
