"""Folders of predictions and labels that were changed at random are scored or refused, and every item is counted."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from harness.benchmarks.definition import benchmark
from harness.benchmarks.scoring import score_file, score_folder
from harness.registry import default_registry
from tests.campaigns.mutations import TRIALS, Trials, mutated

if TYPE_CHECKING:
    from collections.abc import Callable

CONTEXT = "The tower was opened in 1889; it stands in Paris, on the left bank."
QUESTIONS = {
    "version": "1.1",
    "data": [
        {
            "title": "t",
            "paragraphs": [
                {
                    "context": CONTEXT,
                    "qas": [
                        {"id": "q1", "question": "When?", "answers": [{"text": "1889", "answer_start": 24}]},
                        {"id": "q2", "question": "Where?", "answers": [{"text": "Paris", "answer_start": 43}]},
                        {
                            "id": "q3",
                            "question": "On what?",
                            "answers": [{"text": "the left bank", "answer_start": 53}],
                        },
                    ],
                }
            ],
        }
    ],
}
ANSWERS = {"q1": "in 1889", "q2": "Paris", "q3": "the bank"}
RANKED = {"a": ["s1", "s9", "s2"], "b": ["s8", "s3"], "c": ["s4"]}
GOLD = {"a": ["s1", "s2"], "b": ["s3"], "c": ["s5"]}
TAGS = "O\nB-PER\nI-PER\n\nO\nB-LOC\nO\n\nB-ORG\n"
WORDS = "NOUN\nVERB\n\nPRON\nVERB\nADV\n"

FILES: dict[str, tuple[str, str, str, str]] = {
    # Task: benchmark, name, predictions, labels.
    "pawsx": ("xtreme", "test-de.tsv", "0\n1\n1\n0\n1\n", "0\n1\n0\n0\n1\n"),
    "xnli": ("xtreme", "test-de.tsv", "neutral\nentailment\nneutral\n", "neutral\nentailment\ncontradiction\n"),
    "tatoeba": ("xtreme", "test-de.tsv", "3\n1\n2\n0\n", "3\n1\n0\n2\n"),
    "bucc2018": ("xtreme", "test-de.tsv", "de-1\ten-1\nde-2\ten-9\n", "de-1\ten-1\nde-3\ten-3\n"),
    "panx": ("xtreme", "test-de.tsv", TAGS.replace("B-LOC", "O"), TAGS),
    "udpos": ("xtreme", "test-de.tsv", WORDS.replace("PRON", "NOUN"), WORDS),
    "xquad": ("xtreme", "test-de.json", json.dumps(ANSWERS), json.dumps(QUESTIONS)),
    "mlqa": ("xtreme", "test-de.json", json.dumps(ANSWERS), json.dumps(QUESTIONS)),
    "lareqa": ("xtreme-r", "test-de.json", json.dumps(RANKED), json.dumps(GOLD)),
    "mewslix": ("xtreme-r", "test-de.json", json.dumps(RANKED), json.dumps(GOLD)),
    "xcopa": ("xtreme-r", "test-et.jsonl", '{"label": 0}\n{"label": 0}\n', '{"label": 0}\n{"label": 1}\n'),
}


@pytest.fixture
def folders(tmp_path: Path) -> tuple[Path, Path]:
    """Predictions and labels of some tasks of each layout."""
    for side in (0, 1):
        for task, (_, name, *contents) in FILES.items():
            path = tmp_path / str(side) / task / name
            path.parent.mkdir(parents=True)
            path.write_text(contents[side], encoding="utf-8")
    return tmp_path / "0", tmp_path / "1"


@TRIALS
def test_changed_folders_are_scored_or_refused(
    trials: int, folders: tuple[Path, Path], figures: Callable[[str], None]
) -> None:
    registry, campaign, tasks = default_registry(), Trials("folders", trials), tuple(FILES)
    known = {name: benchmark(name, registry) for name in ("xtreme", "xtreme-r")}

    def score(task: str, *, partial: bool) -> tuple[int, int]:
        """How many items are scored, and how many of them have no answer."""
        of, name, *_ = FILES[task]
        mine, gold = (folder / task / name for folder in folders)
        language = name.removeprefix("test-").split(".")[0]
        one = score_file(mine, gold, known[of].tasks[task], language, registry, partial=partial)
        # Other languages are missing, which only `partial` allows.
        whole = score_folder(*folders, known[of], registry, partial=True, tasks=(task,))
        if not partial:
            assert {metric: values[language] for metric, values in whole.values[task].items()} == one.values
        assert all(0 <= value <= 100 for value in one.values.values()), one.values
        "\n".join(one.notes).encode()
        return one.items, one.unanswered

    before = {task: score(task, partial=False) for task in tasks}
    assert all(unanswered == 0 for _, unanswered in before.values())
    for number, draw in campaign:
        task, side, partial = tasks[number % len(tasks)], draw.randrange(2), draw.random() < 0.3
        path = folders[side] / task / FILES[task][1]
        content = path.read_bytes()
        path.write_bytes(mutated(content, draw))

        def attempt(task: str = task, side: int = side, partial: bool = partial) -> str:
            items, unanswered = score(task, partial=partial)
            if side == 0 and task != "bucc2018":
                assert items == before[task][0], f"{items} items of {before[task][0]}"
                assert partial or not unanswered
            return "unanswered" if unanswered else "scored"

        campaign.outcome(number, attempt, f"{task} {('predictions', 'labels')[side]}")
        path.write_bytes(content)
    campaign.check()
    figures(str(campaign))
    assert campaign.ends["scored"]
    assert len(campaign.ends) > 5
