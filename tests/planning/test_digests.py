"""Digests: they change with everything that can change a result, and with nothing else."""

from __future__ import annotations

import dataclasses
from pathlib import Path
from typing import Any

import pytest

from harness.hyper import Hyper
from harness.kinds.question_answering import QuestionAnsweringSettings
from harness.kinds.sentence_similarity import SentenceSimilaritySettings
from harness.planning.digests import digest_of, digest_of_directory
from harness.planning.stages.models import Built, Given
from harness.planning.stages.predicting import Predict
from harness.planning.stages.rows import Rows
from harness.planning.stages.training import Development, Trained

ENCODE_WITH, DECODE_WITH = ("max_length", "doc_stride"), ("n_best",)


def asked(*, own: QuestionAnsweringSettings = QuestionAnsweringSettings(), **values: Any) -> Hyper:  # noqa: B008
    return Hyper(**values, kind_settings=own)


FEWER = QuestionAnsweringSettings(n_best=1)

QQP = Rows(
    task="qqp",
    kind="text-classification",
    task_version=1,
    kind_version=1,
    split="train",
    language="en",
    digest="r1",
    labels=("a", "b"),
    hyper=asked(),
    encode_with=ENCODE_WITH,
    decode_with=DECODE_WITH,
)
MODEL = Given(Path("model"), "0" * 16)
DEVELOPMENT = Development(rows=(QQP,), metric="accuracy", metric_version=1)


def phase(**changes: Any) -> Trained:
    values: dict[str, Any] = {
        "phase": "target",
        "start": MODEL,
        "tasks": (QQP,),
        "development": DEVELOPMENT,
        "hyper": Hyper(),
        "precision": "fp32",
        "seed": 1,
    }
    return Trained(**values | changes)


def task(**changes: Any) -> Rows:
    return dataclasses.replace(QQP, **changes)


CHANGES: dict[str, dict[str, Any]] = {
    "phase": {"phase": "intermediate"},
    "start": {"start": Given(Path("model"), "1" * 16)},
    "start's chain": {"start": phase()},
    "seed": {"seed": 2},
    "precision": {"precision": "bf16"},
    "rows": {"tasks": (task(digest="r2"),)},
    "labels": {"tasks": (task(labels=("b", "a")),)},
    "task": {"tasks": (task(task="mnli"),)},
    "task version": {"tasks": (task(task_version=2),)},
    "kind version": {"tasks": (task(kind_version=2),)},
    "encoding": {"tasks": (task(hyper=asked(max_length=64)),)},
    "order of tasks": {"tasks": (task(task="mnli"), QQP)},
    "learning rate": {"hyper": Hyper(lr=1.0)},
    "patience": {"hyper": Hyper(patience=3)},
    "second development language": {"development": dataclasses.replace(DEVELOPMENT, rows=(QQP, task(digest="r4")))},
    "no development": {"development": None},
    "development rows": {"development": dataclasses.replace(DEVELOPMENT, rows=(task(digest="r3"),))},
    "development metric": {"development": dataclasses.replace(DEVELOPMENT, metric="f1")},
    "development metric version": {"development": dataclasses.replace(DEVELOPMENT, metric_version=2)},
    "development decoding": {"development": dataclasses.replace(DEVELOPMENT, rows=(task(hyper=asked(own=FEWER)),))},
}


def test_a_phase_changes_with_each_of_its_inputs() -> None:
    found = {name: phase(**change).digest for name, change in CHANGES.items()}
    found["nothing"] = phase().digest
    found["two tasks"] = phase(tasks=(QQP, task(task="mnli"))).digest
    assert len(set(found.values())) == len(found)


@pytest.mark.parametrize(
    "change",
    [
        {"start": Given(Path("elsewhere"), "0" * 16)},
        {"hyper": Hyper(token_budget=1, zero_stage=2, checkpoint_every=3)},
        {"hyper": Hyper(max_length=7)},  # decides by task
        {"hyper": asked(own=FEWER, layer=3, pooling="cls")},
        {"hyper": Hyper(cap=7)},  # one task alone is not mixed
        {"hyper": Hyper(mixing="uniform", temperature=3.0, replay=0.5)},
        {"hyper": Hyper(seed=5)},  # the stage's own seed is what counts
        {"hyper": Hyper(select_on="en", select_metric="accuracy")},  # as what it means
        {"hyper": Hyper(gradient_checkpointing=True)},
        {"hyper": Hyper(precision="fp32")},  # what "auto" means is what counts
        {"tasks": (task(hyper=asked(lr=3.0, own=FEWER, max_query_length=3)),)},
        {"tasks": (task(language="de", split="test"),)},  # rows are known by their digest
    ],
)
def test_a_phase_does_not_change_with_what_does_not_decide_it(change: dict[str, Any]) -> None:
    assert phase(**change).digest == phase().digest


@pytest.mark.parametrize(
    "hyper",
    [
        Hyper(freeze_embeddings=True),
        Hyper(group_by_length=True),
        Hyper(freeze_layers=2),
        Hyper(snapshots=True),
    ],
)
def test_what_came_later_changes_a_phase(hyper: Hyper) -> None:
    assert phase(hyper=hyper).digest != phase().digest


def test_later_hyper_parameters_leave_digests_as_they_were(monkeypatch: pytest.MonkeyPatch) -> None:
    # Computed before these hyper-parameters came, with the stage's version of then.
    monkeypatch.setattr(Trained, "version", 1)
    assert phase().digest == "f98a2d8d17432863"
    assert phase(phase="intermediate", tasks=(QQP, task(task="mnli")), development=None).digest == "bdb83512ff17af76"


def test_replayed_tasks_and_their_share_decide_a_phase() -> None:
    two = (QQP, task(task="mnli"))
    mixed = phase(tasks=two)
    replaying = [phase(tasks=two, replayed=("mnli",), hyper=Hyper(replay=share)) for share in (0.1, 0.2)]
    assert len({stage.digest for stage in (mixed, *replaying)}) == 3


def test_patience_does_not_matter_where_the_last_checkpoint_is_kept() -> None:
    last = phase(development=None)
    assert last.digest == phase(development=None, hyper=Hyper(patience=3, eval_every=7)).digest


def test_the_cap_matters_where_tasks_are_mixed() -> None:
    two = (QQP, task(task="mnli"))
    assert phase(tasks=two).digest != phase(tasks=two, hyper=Hyper(cap=7)).digest


def predicted(**changes: Any) -> Predict:
    values: dict[str, Any] = {"checkpoint": phase(), "rows": QQP, "precision": "fp32"}
    return Predict(**values | changes)


def test_predictions_change_with_checkpoint_rows_language_and_decoding() -> None:
    found = [
        predicted(),
        predicted(checkpoint=phase(seed=2)),
        predicted(checkpoint=MODEL),
        predicted(rows=task(digest="r2")),
        predicted(rows=task(language="de")),
        predicted(rows=task(split="validation")),
        predicted(rows=task(hyper=asked(own=FEWER))),
        predicted(rows=task(hyper=asked(max_length=3))),
        predicted(precision="bf16"),
    ]
    assert len({stage.digest for stage in found}) == len(found)
    assert predicted(rows=task(hyper=asked(lr=3.0, pooling="cls", token_budget=1))).digest == predicted().digest


LATER: dict[str, Any] = {"similarity": "dot", "direction": "backward", "centring": True}


def test_what_came_later_changes_predictions_and_its_defaults_do_not() -> None:
    before = predicted(rows=task(decode_with=("layer", "pooling"), encode_with=("max_length",)))
    hyper = Hyper(kind_settings=SentenceSimilaritySettings())
    now = task(decode_with=("layer", "pooling", *LATER), encode_with=("max_length",), hyper=hyper)
    assert predicted(rows=now).digest == before.digest
    # All the same it is what a score's record says.
    assert [now.decoding[name] for name in LATER] == ["cosine", "forward", False]
    others = [SentenceSimilaritySettings(**{name: value}) for name, value in LATER.items()]
    changed = [predicted(rows=dataclasses.replace(now, hyper=Hyper(kind_settings=own))) for own in others]
    assert len({stage.digest for stage in (before, *changed)}) == 4


def test_an_encoding_setting_that_came_later_changes_rows_and_its_default_does_not() -> None:
    hyper = Hyper(kind_settings=SentenceSimilaritySettings())
    before = predicted(rows=task(decode_with=(), encode_with=("max_length",)))
    now = task(decode_with=(), encode_with=("max_length", "text_prefix"), hyper=hyper)
    assert predicted(rows=now).digest == before.digest
    changed = dataclasses.replace(now, hyper=Hyper(kind_settings=SentenceSimilaritySettings(text_prefix="query:")))
    assert predicted(rows=changed).digest != before.digest
    assert changed.encoding["hyper"]["text_prefix"] == "query:"


def test_a_built_model_changes_with_its_builder_parameters_and_texts() -> None:
    model = Built("scratch", "module:build", (("layers", 1),), (("qqp", "r1"),))
    others = [
        dataclasses.replace(model, builder="module:other"),
        dataclasses.replace(model, parameters=(("layers", 2),)),
        dataclasses.replace(model, texts=(("qqp", "r2"),)),
        dataclasses.replace(model, texts=(*model.texts, ("mnli", "r1"))),
    ]
    assert len({m.digest for m in [model, *others]}) == 5
    assert dataclasses.replace(model, name="another name").digest == model.digest


def test_folder_and_version_of_a_stage_are_part_of_its_digest(monkeypatch: pytest.MonkeyPatch) -> None:
    before = phase().digest, predicted(checkpoint=MODEL).digest
    assert digest_of("train", 1, {"x": 1}) != digest_of("predict", 1, {"x": 1})
    monkeypatch.setattr(Trained, "version", 99)
    assert phase().digest != before[0]
    assert predicted(checkpoint=MODEL).digest == before[1]


def test_digests_are_the_same_in_every_process() -> None:
    # The order of keys, and the salt of Python's hashes, must not matter.
    one, other = ({"a": 1, "b": "\u00fc"}, {"b": "\u00fc", "a": 1})
    assert digest_of("model", 1, one) == digest_of("model", 1, other) == "3f89d2ce31515afb"


def test_a_directory_is_known_by_names_and_contents(tmp_path: Path) -> None:
    (tmp_path / "config.json").write_text("{}")
    (tmp_path / "model.safetensors").write_bytes(b"1")
    digest = digest_of_directory(tmp_path)
    for unread in (".gitattributes", "README.md", "pytorch_model.bin", "tf_model.h5"):
        (tmp_path / unread).write_text("nothing here reads it")
        assert digest_of_directory(tmp_path) == digest
    (tmp_path / "model.safetensors").write_bytes(b"2")
    changed = digest_of_directory(tmp_path)
    (tmp_path / "model.safetensors").rename(tmp_path / "other.safetensors")
    assert len({digest, changed, digest_of_directory(tmp_path)}) == 3
