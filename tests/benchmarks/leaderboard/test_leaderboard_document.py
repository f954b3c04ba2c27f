"""What is in a document, what is refused and how it is marked."""

from __future__ import annotations

import copy
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from harness.benchmarks.leaderboard.checks import NotForALeaderboard
from harness.benchmarks.leaderboard.document import in_words, read_document, validate
from harness.benchmarks.leaderboard.schema import json_schema
from harness.results.marks import REFUSED
from harness.results.schema import Arm
from tests.benchmarks.leaderboard.conftest import Change, Maker
from tests.raising import Refusal, raises_code

ONE: dict[str, Any] = {"arms": ("none",), "seeds": (1,)}


def row(document: Any, task: str, language: str, arm: str = "none") -> Any:
    system = next(system for system in document["systems"] if system["arm"] == arm)
    return next(row for row in system["rows"] if (row["task"], row["language"]) == (task, language))


def test_a_row_says_what_it_is_and_what_repeats_it(maker: Maker) -> None:
    document = maker.plain()
    first, second = document["systems"]
    assert (first["model"], first["start"], first["arm"], first["mode"]) == ("xlm-r-base", "c" * 16, "mnli", "single")
    assert (first["intermediate"], first["seeds"], second["arm"]) == (["mnli"], [1, 2], "none")
    found = row(document, "pawsx", "de")
    assert {name: found[name] for name in ("value", "seeds", "n", "metric", "printed", "metric_version", "split")} == {
        "value": 10.5,
        "seeds": 2,
        "n": 500,
        "metric": "accuracy",
        "printed": "accuracy",
        "metric_version": 1,
        "split": "test",
    }
    assert (found["source"], found["data"], found["precision"], found["marks"]) == (
        "files",
        "rows of pawsx de",
        "fp32",
        [],
    )
    assert [(score["seed"], score["value"]) for score in found["scores"]] == [(1, 10.0), (2, 11.0)]
    (run,) = document["runs"]
    assert {score["run"] for score in found["scores"]} == {run["digest"]}
    assert run["command_line"] == ["xharness", "train", "--target", "xtreme"]
    assert (run["settings"], run["versions"]["xharness"]) == ({"seeds": [1, 2]}, "0.1.0")
    (phase,) = document["training"][found["scores"][0]["training"]]
    assert (phase["tasks"], phase["hyper"], phase["rows"]) == (["pawsx"], {"lr": 1e-5}, {"pawsx": 1000})
    # Two metrics of question answering in 11 + 7 + 9 languages, one of 15 + 7 + 33 + 40 + 4 + 36.
    assert len(second["rows"]) == 2 * 27 + 135
    assert in_words(document) == "xtreme, 2 systems, 378 rows"


def test_no_host_and_no_time_is_in_a_document(maker: Maker) -> None:
    text = json.dumps(maker.make(maker.run("secret", **ONE)).document)
    assert "secret" not in text
    assert "2026" not in text


def test_the_same_records_give_the_same_bytes(maker: Maker, only: Callable[..., Change]) -> None:
    first = maker.run("first", seeds=(1,))
    second = maker.run("second", seeds=(2,), run={"digest": "b" * 16}, change=only({"run": "b" * 16}))
    later = maker.run("later", seeds=(1,), started="2027-01-01T00:00:00+00:00")
    one = maker.write(maker.make(first, second), "one.json").read_bytes()
    assert maker.write(maker.make(second, later, first), "two.json").read_bytes() == one
    assert maker.write(maker.make(second, maker.directory / "one.json"), "three.json").read_bytes() == one


REASONS: dict[str, dict[str, Any]] = {
    "limited": {"limited": True},
    "stand-in": {"stand_in": True},
    "validation": {"split": "validation"},
    "failed": {"status": "failed", "value": None, "interval": None, "n": 0, "error": "no"},
}


@pytest.mark.parametrize("reason", REASONS)
def test_what_is_not_to_be_reported_is_refused_or_marked(
    maker: Maker, only: Callable[..., Change], reason: str
) -> None:
    run = maker.run(**ONE, change=only(REASONS[reason], task="pawsx", language="de"))
    with raises_code("not-for-a-leaderboard", reason, "run: 1 score of pawsx") as refused:
        maker.make(run)
    assert f"scores that are {reason}" in refused.value.what
    assert f"--allow {reason}" in str(refused.value)
    allowed = sorted({reason} | ({"partial"} if reason == "failed" else set()))
    document = maker.make(run, allow=allowed).document
    assert document["marks"] == allowed
    assert row(document, "pawsx", "de")["marks"] == [reason]
    assert row(document, "pawsx", "fr")["marks"] == []
    marked = {(a["level"], a["of"]) for a in document["systems"][0]["averages"] if reason in a["marks"]}
    assert marked == {("task", "pawsx"), ("group", "classification"), ("overall", "xtreme")}
    assert row(document, "pawsx", "de")["value"] == (None if reason == "failed" else 10.0)


def test_training_on_stand_in_rows_is_a_stand_in_too(maker: Maker) -> None:
    def stand_in(model: dict[str, Any]) -> dict[str, Any]:
        model["phases"][0]["stand_in"] = ["mnli"] if model["arm"] == "mnli" else []
        return model

    run = maker.run(seeds=(1,), change_model=stand_in)
    with raises_code("not-for-a-leaderboard", "stand-in", "189 scores"):
        maker.make(run)
    document = maker.make(run, allow=["stand-in"]).document
    assert row(document, "pawsx", "de", "mnli")["marks"] == ["stand-in"]
    assert row(document, "pawsx", "de", "none")["marks"] == []


def test_a_benchmark_with_gaps_is_refused_with_what_is_missing(maker: Maker) -> None:
    def gaps(result: dict[str, Any]) -> dict[str, Any] | None:
        missing = result["task"] in ("panx", "bucc2018") or (result["task"], result["language"]) == ("xquad", "el")
        return None if missing else result

    run = maker.run(change=gaps)
    expected = "xlm-r-base after mnli and xlm-r-base alone: xtreme also has panx, 1 more languages of xquad, bucc2018"
    with raises_code("not-for-a-leaderboard", expected):
        maker.make(run)
    document = maker.make(run, allow=["partial"]).document
    averages = {(a["level"], a["of"]): a for a in document["systems"][0]["averages"] if a["measure"] == "score"}
    assert (averages["task", "xquad"]["n"], averages["task", "xquad"]["total"]) == (10, 11)
    # Groups and overall are over tasks that are complete.
    assert (averages["overall", "xtreme"]["n"], averages["group", "qa"]["n"]) == (6, 2)
    assert averages["task", "xquad"]["marks"] == averages["overall", "xtreme"]["marks"] == ["partial"]
    assert averages["task", "xnli"]["marks"] == []


MIXED: dict[str, tuple[dict[str, Any], Refusal]] = {
    "task": ({"task_version": 2}, ("mixed", "pawsx de accuracy: task version 1")),
    "metric": ({"metric_version": 2}, ("mixed", "pawsx de accuracy: metric version 1")),
    "rows": ({"data": "other rows"}, ("mixed", "pawsx de accuracy: data other rows")),
    "precision": ({"precision": "bf16"}, ("mixed", "xlm-r-base alone: pawsx: precision bf16")),
    "encoding": (
        {"hyper": {"max_length": 64}},
        ("mixed", "pawsx: encoding max_length is 128 and 64"),
    ),
}


@pytest.mark.parametrize("what", MIXED)
def test_seeds_that_are_not_alike_are_refused_or_marked(maker: Maker, only: Callable[..., Change], what: str) -> None:
    new, refused = MIXED[what]
    one = maker.run("one", **ONE)
    two = maker.run("two", arms=("none",), seeds=(2,), change=only(new, task="pawsx", language="de"))
    with raises_code("not-for-a-leaderboard", *refused):
        maker.make(one, two)
    document = maker.make(one, two, allow=["mixed"]).document
    assert document["marks"] == ["mixed"]
    found = row(document, "pawsx", "de")
    assert (found["marks"], found["value"]) == (["mixed"], 10.5)
    differs = {"task": "task_version", "metric": "metric_version", "rows": "data", "precision": "precision"}
    expected = [differs[what]] if what in differs else []
    assert [name for name in differs.values() if found[name] is None] == expected
    assert row(document, "xnli", "de")["marks"] == []


def test_systems_scored_by_other_versions_are_mixed_as_well(maker: Maker, only: Callable[..., Change]) -> None:
    new = only({"task_version": 2}, task="pawsx", language="de")
    one, two = maker.run("one", **ONE), maker.run("two", arms=("mnli",), seeds=(1,), change=new)
    with raises_code("not-for-a-leaderboard", "task version 1"):
        maker.make(one, two)
    document = maker.make(one, two, allow=["mixed"]).document
    assert row(document, "pawsx", "de")["marks"] == row(document, "pawsx", "de", "mnli")["marks"] == ["mixed"]


@pytest.mark.parametrize(
    ("phase", "refusal"),
    [
        (-1, ("not-for-a-leaderboard", "pawsx: target phase on pawsx hyper lr is")),
        (0, ("not-for-a-leaderboard", "mnli")),
    ],
)
def test_seeds_trained_in_another_way_are_mixed(maker: Maker, phase: int, refusal: Refusal) -> None:
    def other(model: dict[str, Any]) -> dict[str, Any]:
        if model["phases"][-1]["tasks"] == ["pawsx"]:
            model["phases"][phase]["hyper"] = {"lr": 0.5}
        return model

    one = maker.run("one", arms=("mnli",), seeds=(1,))
    two = maker.run("two", arms=("mnli",), seeds=(2,), change_model=other)
    with raises_code(*refusal):
        maker.make(one, two)


def test_an_intermediate_phase_must_be_the_same_for_all_tasks(maker: Maker) -> None:
    def other(model: dict[str, Any]) -> dict[str, Any]:
        if model["phases"][-1]["tasks"] == ["pawsx"]:
            model["phases"][0]["hyper"] = {"lr": 0.5}
        return model

    with raises_code("not-for-a-leaderboard", "after mnli"):
        maker.make(maker.run(arms=("mnli",), seeds=(1,), change_model=other))


def test_several_reasons_are_said_at_once(maker: Maker, only: Callable[..., Change]) -> None:
    run = maker.run(**ONE, change=only({"limited": True, "stand_in": True}, task="xnli"))
    with pytest.raises(NotForALeaderboard) as refused:
        maker.make(run)
    assert refused.value.what == "a leaderboard does not take scores that are limited or stand-in"
    assert refused.value.fix is not None
    assert "`--allow limited,stand-in`" in refused.value.fix
    with raises_code("not-for-a-leaderboard", "stand-in"):
        maker.make(run, allow=["limited"])


def test_an_unknown_reason_is_an_error(maker: Maker) -> None:
    with raises_code("unknown-reason", "limited"):
        maker.make(maker.run(**ONE), allow=["limit"])
    assert sorted(REFUSED) == ["failed", "limited", "mixed", "partial", "stand-in", "validation"]


# --- which benchmark


def on_mini(result: dict[str, Any]) -> dict[str, Any]:
    return {**result, "source": "mini", "language": "qaa" if result["language"] == "de" else result["language"]}


def test_mini_is_a_benchmark_of_its_own(maker: Maker) -> None:
    run = maker.run(**ONE, change=on_mini)
    made = maker.make(run, allow=["partial"])
    assert made.document["benchmark"]["name"] == "xtreme@mini"
    assert {found["language"] for found in made.document["systems"][0]["rows"]} == {"en", "qaa"}
    assert "left out, not in xtreme@mini: language fr of bucc2018, mlqa" not in made.notes
    assert any(note.startswith("left out, not in xtreme@mini: language fr of ") for note in made.notes)
    with raises_code("nothing-of-benchmark", "xtreme"):
        maker.make(run, name="xtreme")


def test_mini_and_real_rows_are_not_of_one_benchmark(maker: Maker) -> None:
    mini, real = maker.run("mini", **ONE, change=on_mini), maker.run("real", **ONE)
    with raises_code("several-benchmarks", "on mini", "on published rows", "real"):
        maker.make(mini, real)
    made = maker.make(mini, real, name="xtreme")
    assert {found["source"] for found in made.document["systems"][0]["rows"]} == {"files"}
    assert [note for note in made.notes if "rows from mini of bucc2018" in note]


def test_what_the_benchmark_does_not_have_is_left_out_and_said(maker: Maker) -> None:
    def other(result: dict[str, Any]) -> dict[str, Any]:
        changes = {"tatoeba": {"task": "squad"}, "udpos": {"metric": "token_accuracy"}}
        if result["language"] == "vi":
            return {**result, **changes.get(result["task"], {})}
        return {**result, "language": "pl"} if (result["task"], result["language"]) == ("panx", "yo") else result

    made = maker.make(maker.run(**ONE, change=other), allow=["partial"])
    assert made.notes == (
        "left out, not in xtreme: language pl of panx",
        "left out, not in xtreme: metric token_accuracy of udpos",
        "left out, not in xtreme: scores of squad",
    )


def test_only_some_arms(maker: Maker) -> None:
    run = maker.run()
    assert [system["arm"] for system in maker.make(run, arms=["none"]).document["systems"]] == ["none"]
    with raises_code("unknown-arm", "mnli"):
        maker.make(run, arms=["mnlii"])


def test_arms_of_several_values_are_meant_by_their_common_label(maker: Maker) -> None:
    varied = {"target.lr": 1e-05, "epochs": 2}
    arms = {
        label: Arm(label=f"{label}, target.lr=1e-05, epochs=2", base_label=label, text=label, varied=varied)
        for label in ("none", "mnli")
    }
    run = maker.relabelled(maker.run(), "varied", arms)
    for wanted in ("mnli", "mnli, target.lr=1e-05, epochs=2"):
        (system,) = maker.make(run, arms=[wanted]).document["systems"]
        assert system["arm"] == "mnli, target.lr=1e-05, epochs=2"


def test_arms_on_each_targets_own_task_are_compared_per_target(maker: Maker) -> None:
    def own(result: dict[str, Any]) -> dict[str, Any]:
        *before, target = result["phases"]
        before = [{**phase, "tasks": target["tasks"], "rows": target["rows"]} for phase in before]
        own = {"intermediate": ["target-english"], "arm": "target-english"} if before else {}
        return {**result, **own, "phases": [*before, target]}

    made = maker.make(maker.run(change_model=own)).document
    assert [system["arm"] for system in made["systems"]] == ["none", "target-english"]

    def other(result: dict[str, Any]) -> dict[str, Any]:
        result = own(result)
        result["phases"][0] = {**result["phases"][0], "hyper": {"lr": 2e-5}}
        return result

    one = maker.run("one", arms=("mnli",), seeds=(1,), change_model=own)
    two = maker.run("two", arms=("mnli",), seeds=(2,), change_model=other)
    with raises_code("not-for-a-leaderboard", "mixed", "intermediate phase on pawsx hyper lr"):
        maker.make(one, two)


# --- reading, and the schema


def test_a_document_is_read_as_it_was_written(maker: Maker) -> None:
    made = maker.make(maker.run(**ONE))
    assert read_document(maker.write(made)) == made.document


BROKEN = {
    "no JSON": ("{", "not-json"),
    "a list": ("[]", "not-a-leaderboard"),
    "another schema": ('{"schema": 2}', "not-a-leaderboard"),
}


@pytest.mark.parametrize("name", BROKEN)
def test_a_file_that_is_no_document_is_an_error_with_its_place(tmp_path: Path, name: str) -> None:
    text, code = BROKEN[name]
    path = tmp_path / "board.json"
    path.write_text(text)
    with raises_code(code, "board.json"):
        read_document(path)
    with raises_code("unreadable-file", "No such file", "none.json"):
        read_document(tmp_path / "none.json")


def test_a_changed_document_is_refused(maker: Maker) -> None:
    path = maker.write(maker.make(maker.run(**ONE)))
    document = json.loads(path.read_text())
    document["systems"][0]["rows"][0]["value"] = "51"
    with raises_code("not-a-leaderboard", "$.systems[0].rows[0].value"):
        validate(document)
    document["systems"][0]["rows"][0]["value"] = 51
    with raises_code("not-a-leaderboard", "limited", "$.systems[0].rows[0]"):
        marked = copy.deepcopy(document)
        marked["systems"][0]["rows"][0]["marks"] = ["limited", "limited"]
        validate(marked)
    with raises_code("not-a-leaderboard", "unknown field", "$.runs[0]"):
        validate({**document, "runs": [{**document["runs"][0], "host": "somewhere"}]})
    document["training"] = {}
    path.write_text(json.dumps(document))
    with raises_code("lost-training"):
        read_document(path)


OPTIONAL = {"System": {"label", "varied", "settings"}, "SeedScore": {"differs", "overlap", "error"}}
"""Fields that documents of earlier versions lack."""


def test_the_schema_is_a_schema_and_describes_every_field(maker: Maker) -> None:
    from jsonschema import Draft202012Validator

    schema = json_schema()
    Draft202012Validator.check_schema(schema)
    Draft202012Validator(schema).validate(maker.plain(**ONE))
    for name, node in {"document": schema, **schema["$defs"]}.items():
        if "properties" in node:
            assert [field for field, about in node["properties"].items() if not about.get("description")] == [], name
            assert node["properties"].keys() - set(node["required"]) == OPTIONAL.get(name, set()), name
            assert node["additionalProperties"] is False, name
