"""What the options of commands that list, describe, validate and begin something do."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from tests.cli.options.stage import Stage, check


def sampled(stage: Stage, *options: str) -> list[dict[str, Any]]:
    done = stage.call("mini", "sample", "panx", "--json", *options)
    assert done.code == 0, done.err
    return [json.loads(line) for line in done.out.splitlines()]


def validated(stage: Stage, *options: str | Path, task: str = "pawsx") -> dict[str, Any]:
    limit = [] if "--limit" in options else ["--limit", "16"]
    done = stage.call("validate", task, "--json", *limit, *options)
    (report,) = json.loads(done.out)
    assert done.code == (0 if report["ok"] else 1)
    return dict(report)


def fetched(stage: Stage, *options: str | Path) -> Any:
    stage.get("cached_pawsx")
    return stage.call("fetch", *options)


@check("ls", "--json")
def ls_json_is_machine_readable(stage: Stage) -> None:
    tasks = json.loads(stage.call("ls", "--json").out)
    assert next(task for task in tasks if task["name"] == "pawsx")["languages"][:2] == ["en", "de"]


@check("ls", "--kind")
def ls_kind_lists_tasks_of_one_kind(stage: Stage) -> None:
    tasks = json.loads(stage.call("ls", "--json", "--kind", "question-answering").out)
    assert {task["name"] for task in tasks} == {"squad", "squad_v2", "xquad", "mlqa", "tydiqa"}
    metrics = json.loads(stage.call("ls", "metrics", "--json", "--kind", "question-answering").out)
    assert {metric["name"] for metric in metrics} == {
        *("squad_f1", "squad_exact_match"),
        *("squad_v2_f1", "squad_v2_exact_match"),
        *("mlqa_f1", "mlqa_exact_match"),
        "answer_nll",
    }


@check("ls", "--suite")
def ls_suite_lists_tasks_of_one_suite(stage: Stage) -> None:
    tasks = json.loads(stage.call("ls", "--json", "--suite", "intermediate").out)
    assert len(tasks) == 9
    assert "pawsx" not in {task["name"] for task in tasks}


@check("ls", "--language")
def ls_language_lists_tasks_of_one_language(stage: Stage) -> None:
    def named(*languages: str) -> set[str]:
        tasks = json.loads(stage.call("ls", "--json", "--language", ",".join(languages)).out)
        return {task["name"] for task in tasks}

    assert {"tatoeba", "xnli", "tydiqa"} <= named("sw")
    assert not {"pawsx", "mlqa", "squad"} & named("sw")
    assert {"pawsx", "tydiqa"} <= named("ko", "en")
    assert not {"tatoeba", "squad", "xnli"} & named("ko", "en")


@check("show", "--data")
def show_data_counts_rows(stage: Stage) -> None:
    pawsx = stage.get("pawsx")
    out = stage.call("show", "pawsx", "--data", pawsx).out
    assert "train: en 12" in out
    assert "test: en 12, de 12" in out


@check("mini describe", "--json")
def mini_describe_json_is_machine_readable(stage: Stage) -> None:
    facts = json.loads(stage.call("mini", "describe", "--json").out)
    assert [language["code"] for language in facts["languages"]] == [
        *("en", "qaa", "qab", "qac", "qad", "qae"),
        *("qaf", "qag"),  # of the dialects' worlds
    ]
    assert json.loads(stage.call("mini", "describe", "mlm", "--json").out)["name"] == "mlm"


@check("mini sample", "--json")
def mini_sample_json_is_machine_readable(stage: Stage) -> None:
    assert set(sampled(stage)[0]) == {"id", "tokens", "tags"}


@check("mini sample", "--language")
def mini_sample_language_is_that_of_the_rows(stage: Stage) -> None:
    english, georgian = sampled(stage)[0], sampled(stage, "--language", "qae")[0]
    assert all(token.isascii() for token in english["tokens"])
    assert not any(token.isascii() for token in georgian["tokens"][:-1])
    assert sorted(georgian["tags"])[:1] == sorted(english["tags"])[:1]


@check("mini sample", "--split")
def mini_sample_split_is_that_of_the_rows(stage: Stage) -> None:
    assert [sampled(stage, *split)[0]["id"].split("/")[-2] for split in ([], ["--split", "train"])] == ["test", "train"]


@check("mini sample", "--count")
def mini_sample_count_is_the_number_of_rows(stage: Stage) -> None:
    assert [len(sampled(stage, *count)) for count in ([], ["--count", "5"])] == [3, 5]
    assert stage.call("mini", "sample", "panx", "--count", "0").code == 2


@check("mini sample", "--world")
def mini_sample_world_changes_the_rows(stage: Stage) -> None:
    def labels(*world: str) -> list[str]:
        done = stage.call("mini", "sample", "qqp", "--count", "30", "--json", *world)
        return [json.loads(line)["label"] for line in done.out.splitlines()]

    assert labels() == labels("--world", "standard") != labels("--world", "unrelated")


@check("mini sample", "--seed")
def mini_sample_seed_changes_the_rows(stage: Stage) -> None:
    assert sampled(stage) == sampled(stage, "--seed", "0") != sampled(stage, "--seed", "1")


@check("validate", "--data")
def validate_data_names_where_rows_are_from(stage: Stage) -> None:
    report = validated(stage, "--data", stage.get("pawsx"))
    assert {code: facts["test"] for code, facts in report["languages"].items()} == {"en": 12, "de": 12}


@check("validate", "--model")
def validate_model_names_the_encoder(stage: Stage) -> None:
    assert [validated(stage, *model, task="tatoeba")["model"] for model in ([], ["--model", "scratch"])] == [
        "mini",
        "scratch",
    ]


@check("validate", "--languages")
def validate_languages_limits_what_is_checked(stage: Stage) -> None:
    assert list(validated(stage, "--languages", "qab,qae", task="tatoeba")["languages"]) == ["qab", "qae"]
    refused = stage.call("validate", "tatoeba", "--languages", "xx")
    assert refused.code == 2
    assert "'xx'  [unknown-language]" in refused.err


@check("validate", "--limit")
def validate_limit_limits_rows(stage: Stage) -> None:
    # Exchanged among four sentences, a translation is right by a multiple of 25 percent; among sixteen, of 6.25.
    report = validated(stage, "--limit", "4", task="tatoeba")
    assert report["limit"] == 4
    assert {facts["shuffled"]["retrieval_accuracy"] % 25 for facts in report["languages"].values()} == {0}
    assert {facts["test"] for facts in report["languages"].values()} == {600}


@check("validate", "--json")
def validate_json_is_machine_readable(stage: Stage) -> None:
    assert validated(stage, task="tatoeba")["languages"]["qaa"]["gold"] == {"retrieval_accuracy": 100.0}


@check("new-task", "--kind")
def new_task_kind_chooses_the_template(stage: Stage) -> None:
    assert stage.call("new-task", "one").code == 0
    assert stage.call("new-task", "two", "--kind", "question-answering").code == 0
    kinds = [Path(f"xharness-{name}/xharness_{name}.py").read_text().count("QuestionRow") for name in ("one", "two")]
    assert kinds == [0, 2]


@check("new-task", "--to")
def new_task_to_names_the_place(stage: Stage) -> None:
    assert stage.call("new-task", "one", "--to", stage.tmp / "there").code == 0
    assert (stage.tmp / "there" / "xharness-one" / "pyproject.toml").is_file()
    assert not Path("xharness-one").exists()


@check("fetch", "--suite")
def fetch_suite_chooses_the_tasks(stage: Stage) -> None:
    assert "21/21" in fetched(stage, "--suite", "pawsx", "--to", stage.tmp / "fetched").out
    refused = stage.call("fetch", "--suite", "pawz", "--to", stage.tmp / "fetched")
    assert refused.code == 2
    assert "'pawz'  [unknown-task]" in refused.err


@check("fetch", "--to")
def fetch_to_names_the_place(stage: Stage) -> None:
    fetched(stage, "--suite", "pawsx", "--to", stage.tmp / "there")
    assert (stage.tmp / "there" / "fetched.json").is_file()


@check("ls", "--runs")
def ls_runs_is_where_runs_are_looked_for(stage: Stage) -> None:
    (run,) = json.loads(stage.call("ls", "runs", "--json", "--runs", stage.runs).out)
    assert (run["directory"], run["state"], run["scored"]) == (str(stage.latest), "done", 22)
    assert stage.call("ls", "runs").out == "none\n"
