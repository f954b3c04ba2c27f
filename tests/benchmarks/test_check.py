from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from harness.benchmarks.check import check_folder
from harness.benchmarks.definition import benchmark
from harness.registry import default_registry

REGISTRY = default_registry()


def problems(folder: Path, name: str = "xtreme-r", labels: Path | None = None) -> list[str]:
    """Each problem without the folder's own path."""
    found = check_folder(folder, benchmark(name, REGISTRY), REGISTRY, labels).problems
    return [f"{error.what} | {str(error.where).removeprefix(str(folder)).lstrip('/')}" for error in found]


def test_everything_is_listed_at_once(make_folder: Callable[..., Path]) -> None:
    folder = make_folder(
        "predictions",
        {
            "pawsx/test-en.tsv": "",
            "xnli/test-en.tsv": "neutral\nmaybe\n\nneutral\n",
            "xnli/test-de.tsv": "neutral\n" * 5009,
            "xnli/test-fr.tsv": "neutral\n" * 5010,
            "xnli/test-fr.txt": "",
            "tatoeba/test-de.tsv": "[1]\n" * 8,
            "tatoeba/test-jv.tsv": "".join(f"{row}\n" for row in range(1, 206)),
        },
    )
    found = problems(folder)
    assert found[0] == "xtreme-r has no task 'pawsx' | pawsx"
    assert found[1:3] == ["missing: xnli in ar bg el es hi ru sw th tr ur vi zh | ", "missing: xcopa | "]
    assert found[11:] == [
        "the files of xnli end in .tsv | xnli/test-fr.txt",
        "5,009 items where xtreme-r has 5,010 | xnli/test-de.tsv",
        "unknown label 'maybe' | xnli/test-en.tsv:2",
        "a blank line in place of a label | xnli/test-en.tsv:3",
        "row 205 | tatoeba/test-jv.tsv:205",
        *(f"brackets around the integer: '[1]' | tatoeba/test-de.tsv:{line}" for line in range(1, 6)),
        "3 more problems of this file | tatoeba/test-de.tsv",
    ]


def test_labels_give_the_numbers_that_nobody_publishes(make_folder: Callable[..., Path]) -> None:
    labels = make_folder(
        "labels", {"panx/test-en.tsv": "O\n\nO\n", "panx/test-de.tsv": "O\n", "panx/test-th.tsv": "O\n"}
    )
    folder = make_folder(
        "predictions", {"panx/test-en.tsv": "O\n", "panx/test-de.tsv": "O\nO\n", "panx/test-af.tsv": "O\n"}
    )
    assert [line for line in problems(folder, "xtreme", labels) if not line.startswith("missing")] == [
        f"there are no labels at {labels} | panx/test-af.tsv",
        "1 sentence where the labels have 2 | panx/test-en.tsv",
        "2 tags in sentence 1, which has 1 token | panx/test-de.tsv:1",
    ]


def test_what_is_right_is_right(make_folder: Callable[..., Path]) -> None:
    files = {
        f"xcopa/test-{code}.jsonl": '{"label": 1}\n' * 500
        for code in benchmark("xtreme-r", REGISTRY).tasks["xcopa"].languages
    }
    found = check_folder(make_folder("predictions", files), benchmark("xtreme-r", REGISTRY), REGISTRY)
    assert found.files == 11
    assert {error.what.partition(":")[0] for error in found.problems} == {"missing"}
