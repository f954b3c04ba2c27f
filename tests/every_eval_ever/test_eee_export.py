"""A run as documents of Every Eval Ever: by its schemas, with the numbers of the records, and the same bytes twice."""

from __future__ import annotations

import dataclasses
import hashlib
import json
import re
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from statistics import fmean
from typing import Any

import jsonschema
import msgspec
import pytest

from harness.every_eval_ever.document import document
from harness.every_eval_ever.evaluations import Evaluation, evaluations
from harness.every_eval_ever.export import Exported, export_evaluations
from harness.every_eval_ever.items import item_records, sample_hash
from harness.every_eval_ever.schema import EVALUATION, FOLDER, ITEM, load_schema, schema_version
from harness.item_scores import item_scores
from harness.registry import default_registry
from harness.results.records import Records, read_records
from harness.results.runs import STORE
from harness.testing.simulated import simulate
from harness.testing.worlds import SimulatedTask, World
from harness.testing.written import write_run
from tests.raising import raises_code

NAMES = ("xnli", "xcopa", "tydiqa", "udpos", "panx", "tatoeba", "lareqa", "bucc2018")
SCORES = len(NAMES) + 3
"""Of one arm, seed and language: tydiqa, udpos and panx have two metrics."""


@dataclass(frozen=True)
class Document:
    """A document, its path below `data`, and its items."""

    path: str
    content: dict[str, Any]
    items: list[dict[str, Any]]

    @property
    def results(self) -> dict[str, dict[str, Any]]:
        return {result["evaluation_result_id"]: result for result in self.content["evaluation_results"]}


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Path:
    tasks = tuple(
        SimulatedTask(name=name, languages=("en", "sw"), items=20, parallel=name != "tydiqa") for name in NAMES
    )
    world = World(arms=("none", "mnli"), tasks=tuple(tasks), seeds=2, effect=lambda _: 0.0, further=({}, {"step": 8}))
    experiment = simulate(world, seed=3, intervals=True)
    return write_run(experiment, tmp_path_factory.mktemp("simulated") / "runs", "simulated")


def export(run: Path, output: Path, **options: Any) -> Exported:
    return export_evaluations(run, [run.parent / STORE], default_registry(), output=output, **options)


def read(folder: Path) -> Iterator[Document]:
    for path in sorted(folder.rglob("*.json")):
        samples = path.with_name(f"{path.stem}_samples.jsonl")
        lines = samples.read_bytes().split(b"\n")[:-1] if samples.is_file() else []
        yield Document(
            path.relative_to(folder).as_posix(), json.loads(path.read_bytes()), [json.loads(one) for one in lines]
        )


@pytest.fixture(scope="module")
def documents(run: Path, tmp_path_factory: pytest.TempPathFactory) -> list[Document]:
    folder = tmp_path_factory.mktemp("exported") / "eee"
    export(run, folder)
    return list(read(folder))


def test_documents_and_items_follow_the_schemas(documents: list[Document]) -> None:
    of_documents, of_items = (jsonschema.Draft7Validator(load_schema(name)) for name in (EVALUATION, ITEM))
    for one in documents:
        of_documents.validate(one.content)
        for item in one.items:
            of_items.validate(item)
    # What follows would be true of nothing.
    assert sum(len(one.results) for one in documents) == 2 * 2 * 2 * SCORES
    broken = documents[0].content | {
        "model_info": {**documents[0].content["model_info"], "additional_details": {"seed": 1}}
    }
    assert not of_documents.is_valid(broken)


def test_a_document_is_of_one_checkpoint_and_has_all_its_scores(documents: list[Document], run: Path) -> None:
    records = read_records(run)
    assert len({one.content["evaluation_id"] for one in documents}) == len(documents)
    by_model = {one.content["model_info"]["additional_details"]["checkpoint"]: one for one in documents}
    assert by_model.keys() == {one.result.model for one in records.clean}
    for record in records.clean:
        score = record.result
        name = "/".join([*(str(score.at[part]) for part in ("task", "split", "language")), score.metric])
        result = by_model[score.model].results[name]
        details, interval = result["score_details"], score.interval
        assert score.value is not None
        assert details["score"] == pytest.approx(score.value / 100)
        assert float(details["details"]["percent"]) == score.value
        assert details["uncertainty"]["num_samples"] == score.n == 20
        assert interval is not None
        shown = details["uncertainty"]["confidence_interval"]
        assert (shown["confidence_level"], shown["method"]) == (interval.level, interval.method)
        assert (shown["lower"], shown["upper"]) == pytest.approx((interval.low / 100, interval.high / 100))
        config = result["metric_config"]
        assert (config["min_score"], config["max_score"], config["metric_unit"]) == (0.0, 1.0, "proportion")
        assert config["lower_is_better"] is False


def test_items_are_those_of_their_result(documents: list[Document]) -> None:
    for one in documents:
        by_result: dict[str, list[dict[str, Any]]] = {}
        for item in one.items:
            assert item["evaluation_id"] == one.content["evaluation_id"]
            assert item["model_id"] == one.content["model_info"]["id"]
            assert item["sample_hash"] == sample_hash(item["input"])
            by_result.setdefault(item["evaluation_result_id"], []).append(item)
        assert by_result.keys() == one.results.keys()
        for name, items in by_result.items():
            result = one.results[name]
            assert len(items) == 20
            assert {item["evaluation_name"] for item in items} == {result["evaluation_name"]}
            if result["metric_config"]["metric_id"] == "accuracy":
                assert fmean(item["evaluation"]["is_correct"] for item in items) == pytest.approx(
                    result["score_details"]["score"]
                )
                for item in items:
                    assert item["evaluation"]["is_correct"] == (item["output"]["raw"] == item["input"]["reference"])


def items_of(run: Path, metric: str, **columns: list[Any]) -> list[dict[str, Any]]:
    """Items of stored predictions."""
    evaluation, registry = some(read_records(run)), default_registry()
    stored = {"key": [f"k{place}" for place in range(len(columns["gold"]))], **columns}
    scores = item_scores(registry.metrics[metric], stored)
    score = msgspec.structs.replace(evaluation.results[0].score, kind=scores.metric.kinds[0], metric=metric)
    result = dataclasses.replace(evaluation.results[0], score=score)
    return list(item_records(evaluation, result, stored, scores, registry))


def test_tags_of_a_sentence_are_one_answer(run: Path) -> None:
    gold, answer = ["DET", "NOUN", "VERB"], ["DET", "VERB", "VERB"]
    item, other = items_of(run, "token_accuracy", gold=[gold, ["NOUN"]], prediction=[answer, ["NOUN"]])
    assert (item["input"]["reference"], item["output"]["raw"]) == (["DET NOUN VERB"], ["DET VERB VERB"])
    assert item["answer_attribution"][0]["extracted_value"] == "DET VERB VERB"
    assert item["evaluation"] == {"score": pytest.approx(2 / 3), "is_correct": False}
    assert (other["evaluation"], other["sample_id"]) == ({"score": 1.0, "is_correct": True}, "k1")


def test_gold_answers_are_several(run: Path) -> None:
    found = items_of(run, "squad_f1", gold=[["a cat", "the dog"], ["x"]], prediction=["the dog", ""], id=["q1", ""])
    assert [item["input"]["reference"] for item in found] == [["a cat", "the dog"], ["x"]]
    assert [item["output"]["raw"] for item in found] == [["the dog"], [""]]
    assert [item["sample_id"] for item in found] == ["q1", "k1"]
    assert [item["evaluation"]["is_correct"] for item in found] == [True, False]


def test_no_answer_is_none(run: Path) -> None:
    found = items_of(
        run,
        "mining_f1",
        gold=[["t1"], ["t2"]],
        prediction=["t1", None],
        source=["s1", "s2"],
        score=[0.9, None],
        threshold=[0.8, 0.8],
    )
    assert [item["output"]["raw"] for item in found] == [["t1"], []]
    assert [item["answer_attribution"][0]["extracted_value"] for item in found] == ["t1", ""]
    assert [item["evaluation"] for item in found] == [
        {"score": 1.0, "is_correct": True},
        {"score": 0.0, "is_correct": False},
    ]


RIGHT = {"score": 1.0, "is_correct": True}
WRONG = {"score": 0.0, "is_correct": False}


def test_a_right_item_in_which_nothing_is_to_be_found_is_right(run: Path) -> None:
    tags = [["O", "O"], ["B-PER", "O"], ["O", "O"]]
    found = items_of(run, "span_f1", gold=[tags[0], tags[1], tags[2]], prediction=[tags[0], tags[1], ["B-PER", "O"]])
    assert [item["evaluation"] for item in found] == [RIGHT, RIGHT, WRONG]
    found = items_of(run, "squad_f1", gold=[[], [], ["the"]], prediction=["", "a fox", "the"])
    assert [item["evaluation"] for item in found] == [RIGHT, WRONG, RIGHT]
    labels = ["not_duplicate", "not_duplicate", "duplicate"]
    found = items_of(run, "duplicate_f1", gold=labels, prediction=["not_duplicate", "duplicate", "not_duplicate"])
    assert [item["evaluation"] for item in found] == [RIGHT, WRONG, WRONG]


def test_an_answer_among_several_right_ones_has_the_score_of_its_ranking(run: Path) -> None:
    candidates = [[{"key": "t1", "score": 0.9}, {"key": "t3", "score": 0.5}]]
    (item,) = items_of(run, "map_at_20", gold=[["t1", "t2"]], prediction=["t1"], candidates=candidates)
    assert item["evaluation"] == {"score": 0.5, "is_correct": True}


def test_an_answer_is_the_one_by_the_tuned_threshold(run: Path) -> None:
    spans = [[{"text": "fox", "score": score}] for score in (3.0, 1.0, 3.0, 1.0)]
    found = items_of(
        run,
        "squad_v2_f1",
        gold=[["fox"], ["fox"], [], []],
        prediction=["fox", "fox", "", "fox"],
        spans=spans,
        no_answer_score=[2.0, 2.0, 2.0, 2.0],
        threshold=[0.5] * 4,
    )
    assert [item["output"]["raw"] for item in found] == [["fox"], [""], ["fox"], [""]]
    assert [item["answer_attribution"][0]["extracted_value"] for item in found] == ["fox", "", "fox", ""]
    assert [item["evaluation"] for item in found] == [RIGHT, WRONG, WRONG, RIGHT]
    found = items_of(
        run,
        "mining_f1",
        gold=[["t1"], ["t2"], [], [], []],
        prediction=["t1", "t2", "t3", "t4", None],
        source=["s1", "s2", "s3", "s4", "s5"],
        score=[0.8, 0.7, 0.9, 0.7, None],
        threshold=[0.8] * 5,
    )
    assert [item["output"]["raw"] for item in found] == [["t1"], [], ["t3"], [], []]
    assert [item["evaluation"] for item in found] == [RIGHT, WRONG, WRONG, RIGHT, RIGHT]


def test_choices_are_those_of_the_task(documents: list[Document]) -> None:
    items = {item["evaluation_name"]: item["input"] for one in documents for item in one.items}
    assert items["xnli.sw"]["choices"] == ["entailment", "neutral", "contradiction"]
    assert "choices" not in items["udpos.sw"]


def test_the_reference_to_items_holds(documents: list[Document], run: Path, tmp_path: Path) -> None:
    export(run, tmp_path / "eee")
    for one in documents:
        details = one.content["detailed_evaluation_results"]
        file = tmp_path / "eee" / details["file_path"]
        assert details["file_path"] == one.path.removesuffix(".json") + "_samples.jsonl"
        assert hashlib.sha256(file.read_bytes()).hexdigest() == details["checksum"]
        assert details["total_rows"] == len(one.items) == len(file.read_bytes().splitlines())


def test_the_sample_hash_is_the_recipe_of_others() -> None:
    text = b'{"raw":"mini:pawsx/test/en:0","reference":["1"]}'
    asked = {"raw": "mini:pawsx/test/en:0", "reference": ["1"], "choices": ["0", "1"]}
    assert sample_hash(asked) == hashlib.sha256(text).hexdigest()


def test_the_same_records_give_the_same_bytes(run: Path, tmp_path: Path) -> None:
    one, two = tmp_path / "one", tmp_path / "two"
    export(run, one)
    export(run, two)
    files = [path.relative_to(one) for path in sorted(one.rglob("*.json*"))]
    assert files == [path.relative_to(two) for path in sorted(two.rglob("*.json*"))]
    assert len(files) > 2
    assert [(one / file).read_bytes() for file in files] == [(two / file).read_bytes() for file in files]


def test_a_checkpoint_trained_here_claims_no_place_on_the_hub(documents: list[Document]) -> None:
    for one in documents:
        info = one.content["model_info"]
        details = info["additional_details"]
        assert info["id"].startswith("unknown/simulated_")
        assert details["id_is"] == "a checkpoint of this run, not a repository of the hub"
        assert (details["deployment_type"], details["model_availability"]) == ("self_deployed", "unknown")
        assert json.loads(details["training"])[-1]["tasks"]
        assert one.content["source_metadata"]["evaluator_relationship"] == "first_party"


def some(records: Records) -> Evaluation:
    return next(evaluations(records, default_registry(), organization="Ours & Co."))


def test_a_start_model_of_the_hub_is_called_as_there(run: Path) -> None:
    one = some(read_records(run))
    untrained = msgspec.structs.replace(one.model, name="xlm-r-large", phases=())
    content = document(
        dataclasses.replace(one, model=untrained, hub="FacebookAI/xlm-roberta-large"), default_registry(), frozenset()
    )
    info = content["model_info"]
    assert (info["id"], info["developer"]) == ("FacebookAI/xlm-roberta-large", "FacebookAI")
    assert info["additional_details"]["model_availability"] == "open_weights"
    assert "id_is" not in info["additional_details"]
    assert content["source_metadata"]["evaluator_relationship"] == "other"
    jsonschema.Draft7Validator(load_schema(EVALUATION)).validate(content)


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("hub", {"source_type": "hf_dataset", "hf_repo": "facebook/xnli", "hf_split": "test", "samples_number": 20}),
        ("files", {"source_type": "url", "url": ["https://github.com/facebookresearch/XNLI"]}),
        ("mini", {"source_type": "other"}),
    ],
)
def test_data_are_named_by_where_they_are_from(source: str, expected: dict[str, Any], run: Path) -> None:
    one = some(read_records(run))
    (result,) = [found for found in one.results if found.name == "xnli/test/sw/accuracy"]
    moved = dataclasses.replace(result, score=msgspec.structs.replace(result.score, source=source))
    content = document(dataclasses.replace(one, results=(moved,)), default_registry(), frozenset())
    data = content["evaluation_results"][0]["source_data"]
    assert {name: data[name] for name in expected} == expected
    assert ("generated" in data["additional_details"]) == (source == "mini")
    jsonschema.Draft7Validator(load_schema(EVALUATION)).validate(content)


def test_a_metric_where_lower_is_better_keeps_its_unit_and_says_so(run: Path) -> None:
    one, registry = some(read_records(run)), default_registry()
    (result,) = [found for found in one.results if found.name == "xnli/test/sw/accuracy"]
    score = msgspec.structs.replace(result.score, metric="label_nll", unit="nats", value=1.5, interval=None)
    moved = dataclasses.replace(result, score=score)
    content = document(dataclasses.replace(one, results=(moved,)), registry, frozenset())
    (written,) = content["evaluation_results"]
    config = written["metric_config"]
    assert (config["min_score"], config["max_score"], config["metric_unit"]) == ("-Infinity", "Infinity", "nats")
    assert config["lower_is_better"] is True
    assert (written["score_details"]["score"], written["score_details"]["details"]["nats"]) == (1.5, "1.5")
    jsonschema.Draft7Validator(load_schema(EVALUATION)).validate(content)

    stored = {
        "key": ["k0", "k1"],
        "gold": ["a", "b"],
        "prediction": ["a", "a"],
        "log_probs": [[0.0, -2.0], [-0.5, -3.0]],
    }
    items = list(item_records(one, moved, stored, item_scores(registry.metrics["label_nll"], stored), registry))
    # Of a right item, no loss is left, and 1 would be a loss.
    assert [item["evaluation"] for item in items] == [
        {"score": 0.0, "is_correct": True},
        {"score": 3.0, "is_correct": False},
    ]


def test_what_failed_is_named_and_not_dropped(run: Path) -> None:
    records = read_records(run)
    first, *others = records.scores
    lost = msgspec.structs.replace(first.result, value=None, interval=None, status="failed", error="out of memory")
    broken = dataclasses.replace(records, scores=(msgspec.structs.replace(first, result=lost), *others))
    content = document(some(broken), default_registry(), frozenset())
    at = lost.at
    name = f"{at['task']}/{at['split']}/{at['language']}/{lost.metric}"
    assert content["source_metadata"]["additional_details"]["not_scored"] == json.dumps([f"{name}: out of memory"])
    assert name not in {result["evaluation_result_id"] for result in content["evaluation_results"]}


def test_without_predictions_there_are_no_items_and_the_document_says_so(run: Path, tmp_path: Path) -> None:
    shutil.copytree(run.parent, tmp_path / "runs")
    copy = tmp_path / "runs" / run.name
    gone = next(one.result for one in read_records(copy).clean if one.result.at["task"] == "xnli")
    shutil.rmtree(tmp_path / "runs" / STORE / "predict" / gone.predictions)
    done = export(copy, tmp_path / "some")
    assert len(done.gone) == 1
    (touched,) = [
        one for one in read(tmp_path / "some") if "items_gone" in one.content["source_metadata"]["additional_details"]
    ]
    assert touched.results[done.gone[0]]["score_details"]["details"]["items"] == "the stored predictions are gone"
    assert done.gone[0] not in {item["evaluation_result_id"] for item in touched.items}

    shutil.rmtree(tmp_path / "runs" / STORE)
    done = export(copy, tmp_path / "none")
    assert (len(done.gone), done.items) == (done.scores, 0)
    assert not list((tmp_path / "none").rglob("*.jsonl"))
    for one in read(tmp_path / "none"):
        assert "detailed_evaluation_results" not in one.content
        jsonschema.Draft7Validator(load_schema(EVALUATION)).validate(one.content)


def test_one_arm_without_items(run: Path, tmp_path: Path) -> None:
    done = export(run, tmp_path / "eee", arms=["mnli"], items=False, organization="Ours & Co.")
    found = list(read(tmp_path / "eee"))
    assert (done.items, done.gone, len(found)) == (0, (), done.documents)
    for one in found:
        assert one.content["model_info"]["additional_details"]["arm"] == "mnli"
        assert one.content["source_metadata"]["source_organization_name"] == "Ours & Co."
        developer, name = one.content["model_info"]["id"].split("/")
        assert re.fullmatch("Ours-Co_[0-9a-f]{10}", developer)
        assert one.path.startswith(f"data/xharness/{developer}/{name}/")
        assert "detailed_evaluation_results" not in one.content
    with raises_code("unknown-arm", "--arm"):
        export(run, tmp_path / "other", arms=["qqp"])
    assert not (tmp_path / "other").exists()


def test_checkpoints_of_long_names_have_ids_and_paths_of_their_own(run: Path) -> None:
    one = some(read_records(run))
    first, second, other = (
        dataclasses.replace(one, model=msgspec.structs.replace(one.model, name=name, digest=digest * 16))
        for name, digest in (("m" * 300, "a"), ("m" * 300, "b"), ("m" * 299 + "n", "a"))
    )
    assert len({found.model_id for found in (first, second, other)}) == 3
    assert len({found.path for found in (first, second, other)}) == 3
    for found in (first, second, other):
        name = found.model_id.partition("/")[2]
        assert name.endswith(f"_{found.model.digest}")
        assert len(name) <= 120
        assert found.path.parts[-2] == name


def test_a_checkpoint_is_called_by_its_start_its_training_and_its_digest(run: Path) -> None:
    one = some(read_records(run))
    digest = one.model.digest
    assert dataclasses.replace(one, organization="Ours").model_id == f"Ours/simulated_xnli_seed1_{digest}"


def test_the_schemas_are_shipped_unchanged_with_their_licence() -> None:
    digests = {name: hashlib.sha256((FOLDER / name).read_bytes()).hexdigest()[:16] for name in (EVALUATION, ITEM)}
    assert digests == {EVALUATION: "215f04c9a0d7a13f", ITEM: "b16b7fa7f0aa3276"}
    assert (schema_version(), load_schema(ITEM)["version"]) == ("0.3.0", "0.3.0")
    assert (FOLDER / "LICENSE").read_text().startswith("MIT License\n\nCopyright (c) 2026 EvalEval")
