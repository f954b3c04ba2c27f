"""Digests: they change with everything that can change a result, and with nothing else."""

from __future__ import annotations

import dataclasses
from pathlib import Path
from typing import Any

import pytest

from harness.hyper import Hyper
from harness.kinds.question_answering import QuestionAnsweringSettings
from harness.kinds.sentence_similarity import SentenceSimilaritySettings
from harness.planning import digests
from harness.planning.digests import digest_of, digest_of_directory
from harness.planning.stages import BuiltModel, Development, GivenModel, PredictStage, TaskData, TrainStage

ENCODE_WITH, DECODE_WITH = ("max_length", "doc_stride"), ("n_best",)


def asked(*, own: QuestionAnsweringSettings = QuestionAnsweringSettings(), **values: Any) -> Hyper:  # noqa: B008
    return Hyper(**values, kind_settings=own)


FEWER = QuestionAnsweringSettings(n_best=1)

QQP = TaskData(
    task="qqp",
    task_version=1,
    kind_version=1,
    split="train",
    language="en",
    rows="r1",
    labels=("a", "b"),
    hyper=asked(),
    encode_with=ENCODE_WITH,
    decode_with=DECODE_WITH,
)
MODEL = GivenModel(Path("model"), "0" * 16)
DEVELOPMENT = Development(data=(QQP,), metric="accuracy", metric_version=1)


def phase(**changes: Any) -> TrainStage:
    values: dict[str, Any] = {
        "phase": "target",
        "start": MODEL,
        "tasks": (QQP,),
        "development": DEVELOPMENT,
        "hyper": Hyper(),
        "precision": "fp32",
        "seed": 1,
    }
    return TrainStage(**values | changes)


def task(**changes: Any) -> TaskData:
    return dataclasses.replace(QQP, **changes)


CHANGES: dict[str, dict[str, Any]] = {
    "phase": {"phase": "intermediate"},
    "start": {"start": GivenModel(Path("model"), "1" * 16)},
    "start's chain": {"start": phase()},
    "seed": {"seed": 2},
    "precision": {"precision": "bf16"},
    "rows": {"tasks": (task(rows="r2"),)},
    "labels": {"tasks": (task(labels=("b", "a")),)},
    "task": {"tasks": (task(task="mnli"),)},
    "task version": {"tasks": (task(task_version=2),)},
    "kind version": {"tasks": (task(kind_version=2),)},
    "encoding": {"tasks": (task(hyper=asked(max_length=64)),)},
    "order of tasks": {"tasks": (task(task="mnli"), QQP)},
    "learning rate": {"hyper": Hyper(lr=1.0)},
    "patience": {"hyper": Hyper(patience=3)},
    "second development language": {"development": dataclasses.replace(DEVELOPMENT, data=(QQP, task(rows="r4")))},
    "no development": {"development": None},
    "development rows": {"development": dataclasses.replace(DEVELOPMENT, data=(task(rows="r3"),))},
    "development metric": {"development": dataclasses.replace(DEVELOPMENT, metric="f1")},
    "development metric version": {"development": dataclasses.replace(DEVELOPMENT, metric_version=2)},
    "development decoding": {"development": dataclasses.replace(DEVELOPMENT, data=(task(hyper=asked(own=FEWER)),))},
}


def test_a_phase_changes_with_each_of_its_inputs() -> None:
    found = {name: phase(**change).digest for name, change in CHANGES.items()}
    found["nothing"] = phase().digest
    found["two tasks"] = phase(tasks=(QQP, task(task="mnli"))).digest
    assert len(set(found.values())) == len(found)


@pytest.mark.parametrize(
    "change",
    [
        {"start": GivenModel(Path("elsewhere"), "0" * 16)},
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
    monkeypatch.setitem(digests.VERSIONS, "train", 1)
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


def predicted(**changes: Any) -> PredictStage:
    values: dict[str, Any] = {"checkpoint": phase(), "data": QQP, "precision": "fp32"}
    return PredictStage(**values | changes)


def test_predictions_change_with_checkpoint_rows_language_and_decoding() -> None:
    found = [
        predicted(),
        predicted(checkpoint=phase(seed=2)),
        predicted(checkpoint=MODEL),
        predicted(data=task(rows="r2")),
        predicted(data=task(language="de")),
        predicted(data=task(split="validation")),
        predicted(data=task(hyper=asked(own=FEWER))),
        predicted(data=task(hyper=asked(max_length=3))),
        predicted(precision="bf16"),
    ]
    assert len({stage.digest for stage in found}) == len(found)
    assert predicted(data=task(hyper=asked(lr=3.0, pooling="cls", token_budget=1))).digest == predicted().digest


LATER: dict[str, Any] = {"similarity": "dot", "direction": "backward", "centring": True}


def test_what_came_later_changes_predictions_and_its_defaults_do_not() -> None:
    before = predicted(data=task(decode_with=("layer", "pooling"), encode_with=("max_length",)))
    hyper = Hyper(kind_settings=SentenceSimilaritySettings())
    now = task(decode_with=("layer", "pooling", *LATER), encode_with=("max_length",), hyper=hyper)
    assert predicted(data=now).digest == before.digest
    # All the same it is what a score's record says.
    assert [now.decoding[name] for name in LATER] == ["cosine", "forward", False]
    others = [SentenceSimilaritySettings(**{name: value}) for name, value in LATER.items()]
    changed = [predicted(data=dataclasses.replace(now, hyper=Hyper(kind_settings=own))) for own in others]
    assert len({stage.digest for stage in (before, *changed)}) == 4


def test_a_built_model_changes_with_its_builder_parameters_and_texts() -> None:
    model = BuiltModel("scratch", "module:build", (("layers", 1),), (("qqp", "r1"),))
    others = [
        dataclasses.replace(model, build="module:other"),
        dataclasses.replace(model, parameters=(("layers", 2),)),
        dataclasses.replace(model, texts=(("qqp", "r2"),)),
        dataclasses.replace(model, texts=(*model.texts, ("mnli", "r1"))),
    ]
    assert len({m.digest for m in [model, *others]}) == 5
    assert dataclasses.replace(model, name="another name").digest == model.digest


def test_the_version_of_a_stage_is_part_of_its_digests_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    before = {kind: digest_of(kind, x=1) for kind in digests.VERSIONS}
    assert len(set(before.values())) == len(before)
    monkeypatch.setitem(digests.VERSIONS, "train", 99)
    assert [kind for kind in before if digest_of(kind, x=1) != before[kind]] == ["train"]


def test_digests_are_the_same_in_every_process(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(digests.VERSIONS, "model", 1)
    # The order of keys, and the salt of Python's hashes, must not matter.
    assert digest_of("model", a=1, b="ü") == digest_of("model", b="ü", a=1) == "3f89d2ce31515afb"


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
