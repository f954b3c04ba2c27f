from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from harness.benchmarks.definition import benchmark
from harness.benchmarks.published import Published, beside, read_published
from harness.registry import default_registry
from tests.flat import flat_row
from tests.raising import raises_code

REGISTRY = default_registry()
SHIPPED = Path(__file__).parent.parent.parent / "docs" / "published.csv"
HEAD = "source,protocol,model,task,metric,language,value\n"


def cell(task: str, metric: str, language: str, value: float) -> Published:
    return Published("paper", "zero-shot", "mBERT", task, metric, language, value)


def row(task: str, language: str, value: float | None, **other: Any) -> dict[str, Any]:
    return flat_row(
        value, **{"arm": "none", "task": task, "language": language, "metric": "accuracy", "seed": 1, **other}
    )


def test_a_score_stands_beside_the_mean_over_seeds_of_each_arm() -> None:
    rows = [row("xnli", "de", 60.0, seed=seed, arm=arm) for seed in (1, 2) for arm in ("none", "mnli")]
    rows[-1]["value"] = 70.0
    found = list(beside(rows, [cell("xnli", "accuracy", "de", 63.0)], REGISTRY))
    assert [(one.arm, one.score, one.difference) for one in found] == [("none", 60.0, -3.0), ("mnli", 65.0, 2.0)]


def test_metrics_go_by_the_names_of_the_benchmark() -> None:
    rows = [row("panx", "de", 50.0, metric="span_f1"), row("panx", "de", 40.0, metric="span_precision")]
    (found,) = beside(rows, [cell("panx", "f1", "de", 45.0)], REGISTRY)
    assert (found.score, found.difference) == (50.0, 5.0)
    assert not list(beside(rows, [cell("panx", "span_f1", "de", 45.0), cell("nothing", "f1", "de", 4.0)], REGISTRY))


def test_a_mean_is_compared_only_where_the_run_has_all_languages() -> None:
    task = benchmark("xtreme", REGISTRY).tasks["pawsx"]
    rows = [row("pawsx", code, 70.0 + i) for i, code in enumerate(task.languages)]
    published = [cell("pawsx", "accuracy", "mean", 70.0)]
    (whole,) = beside(rows, published, REGISTRY)
    assert (whole.score, whole.difference, whole.n, whole.of) == (73.0, 3.0, 7, 7)
    (part,) = beside(rows[1:], published, REGISTRY)
    assert (part.score, part.difference, part.n, part.of) == (None, None, 6, 7)


def test_what_the_run_has_not_is_left_out() -> None:
    rows = [row("xnli", "de", None), row("xnli", "fr", 50.0)]
    assert not list(
        beside(rows, [cell("xnli", "accuracy", "de", 63.0), cell("pawsx", "accuracy", "fr", 1.0)], REGISTRY)
    )


def test_the_file_that_is_shipped_is_of_tasks_and_metrics_that_exist() -> None:
    published = read_published(SHIPPED)
    assert len(published) == 173 + 36
    # Sources are places where others have published; a mean that was computed here has none.
    assert all("/" in one.source for one in published)
    known = [task for name in ("xtreme", "xtreme-r") for task in benchmark(name, REGISTRY).tasks.values()]
    for one in published:
        assert any(task.name == one.task and one.metric in task.metrics for task in known), one
        assert one.language == "mean" or any(task.name == one.task and one.language in task.languages for task in known)


@pytest.mark.parametrize(
    ("content", "line"),
    [
        ("a,b\n1,2\n", ""),
        ("", ""),
        (f"{HEAD}paper,zero-shot,mBERT,xnli,accuracy,de,65\npaper,zero-shot,mBERT,xnli,accuracy,fr,many\n", ":3"),
        (f"{HEAD}paper,zero-shot,mBERT,xnli,accuracy,de,101\n", ":2"),
        (f"{HEAD}paper,zero-shot,mBERT,xnli,accuracy,de,nan\n", ":2"),
        (f"{HEAD}paper,zero-shot,mBERT,xnli,accuracy,de\n", ":2"),
        (f"{HEAD}paper,,mBERT,xnli,accuracy,de,65\n", ":2"),
    ],
)
def test_a_file_that_cannot_be_used_is_refused_with_its_line(tmp_path: Path, content: str, line: str) -> None:
    path = tmp_path / "published.csv"
    path.write_text(content)
    with raises_code("not-published-scores") as raised:
        read_published(path)
    assert raised.value.where == f"{path}{line}"


def test_a_missing_file_and_one_of_another_encoding_are_refused(tmp_path: Path) -> None:
    with raises_code("not-published-scores"):
        read_published(tmp_path / "absent.csv")
    (tmp_path / "latin.csv").write_bytes(HEAD.encode() + "Zürich,x,y,xnli,accuracy,de,1\n".encode("latin-1"))
    with raises_code("not-published-scores"):
        read_published(tmp_path / "latin.csv")
