"""A run's stored predictions as the folder that a benchmark's leaderboard takes."""

from __future__ import annotations

import contextlib
import json
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from harness.benchmarks.definition import Benchmark, suffix_of
from harness.benchmarks.layouts import find_layout
from harness.errors import NothingToShow, UserError
from harness.evaluation import predictions
from harness.integrity import checked
from harness.outputs import check_new_folder, new_folder
from harness.registry import Registry
from harness.results.choice import arm_of, one_of
from harness.results.scores import Scores

Score = Mapping[str, Any]
Key = tuple[str, str]
"""Task and language."""


@dataclass(frozen=True)
class Exported:
    """What was written.

    Attributes:
        files: how many files of predictions.
        missing: what of the benchmark the run does not have, a line a task.
        unofficial: what is not of the official test set, a line a reason.
    """

    arm: str
    seed: int
    files: int
    missing: tuple[str, ...]
    unofficial: tuple[str, ...]


def export_submission(
    run: Path,
    store: Path,
    benchmark: Benchmark,
    registry: Registry,
    *,
    output: Path,
    labels: Path | None = None,
    arm: str | None = None,
    seed: int | None = None,
    partial: bool = False,
    unofficial: bool = False,
) -> Exported:
    """Write the predictions of one arm and seed of a run.

    Args:
        run: directory of the run.
        store: where its predictions are.
        output: a new folder.
        labels: a new folder for the gold answers that were stored with the predictions.
        partial: whether tasks and languages may be missing.
        unofficial: whether other rows than those of the whole, official test set are taken.

    Raises:
        NothingToShow: the run has no scores, or its predictions are gone.
        UserError: the run has several arms or seeds and none is named, lacks something, or has unofficial rows.
    """
    check_new_folder(output)
    if labels:
        check_new_folder(labels, option="--labels")
        if labels.absolute() == output.absolute():
            raise UserError(
                "predictions and gold answers have the same file names",
                code="same-folder-twice",
                where=str(output),
                fix="name another folder with --labels",
            )
    scores = _chosen(Scores.of(run).clean.rows, arm, seed, run)
    _refuse_other_rows(scores, benchmark, registry, run)
    found = _by_file(scores, benchmark)
    _refuse_backward(found, run)
    missing = tuple(_missing(found, scores, benchmark))
    odd = tuple(_unofficial(found))
    if missing and not partial:
        raise UserError(
            f"the run has not all of {benchmark.name}",
            code="run-incomplete",
            where="\n         ".join(missing),
            fix="train and score what is missing, or give --partial to write what there is",
        )
    if odd and not unofficial:
        raise UserError(
            f"the run did not predict the official test set of {benchmark.name}",
            code="not-the-official-test-set",
            where="\n         ".join(odd),
            fix="predict it, or give --unofficial for a folder that is not to be uploaded",
        )
    if not found:
        raise NothingToShow(
            f"the run has nothing of {benchmark.name}",
            code="run-without-benchmark",
            where=str(run),
            fix="name another run",
        )
    with contextlib.ExitStack() as stack:
        into = stack.enter_context(new_folder(output))
        golds = stack.enter_context(new_folder(labels, option="--labels")) if labels else None
        for (name, code), score in found.items():
            layout = find_layout(registry.task(score["task"]).kind)
            rows = _read(store, score)
            file = Path(name) / f"test-{code}.{layout.suffix}"
            _write(into / file, layout.write_predictions(rows))
            if golds:
                _write(golds / file, layout.write_labels(rows))
    return Exported(scores[0]["arm"], scores[0]["seed"], len(found), missing, odd)


def _write(path: Path, text: str) -> None:
    path.parent.mkdir(exist_ok=True)
    path.write_bytes(text.encode())


def _chosen(scores: Sequence[Score], arm: str | None, seed: int | None, run: Path) -> list[Score]:
    """The scores of one arm and seed."""
    if not scores:
        raise NothingToShow(
            "the run has no scores",
            code="run-without-scores",
            where=str(run),
            fix="repeat its command, or name another run",
        )
    labels = {score["arm"]: score["base_label"] for score in scores}
    seeds = list(dict.fromkeys(score["seed"] for score in scores))
    arm = arm_of(labels, arm, of="a submission", where=run)
    seed = one_of(seeds, seed, option="--seed", of="a submission", where=run)
    return [score for score in scores if score["arm"] == arm and score["seed"] == seed]


def _refuse_other_rows(scores: Sequence[Score], benchmark: Benchmark, registry: Registry, run: Path) -> None:
    """Refuse generated rows for a benchmark of published ones, and the other way round."""
    for source in dict.fromkeys(score["source"] for score in scores):
        suffix = suffix_of(source, registry)
        if suffix != benchmark.suffix:
            what = (
                f"are those of {source}, which has the same tasks" if suffix else f"are not those of {benchmark.source}"
            )
            other = f"{benchmark.name.removesuffix(benchmark.suffix)}{suffix}"
            raise UserError(
                f"the run's rows {what}", code="other-benchmark-rows", where=str(run), fix=f"give --benchmark {other}"
            )


def _refuse_backward(found: Mapping[Key, Score], run: Path) -> None:
    backward = [
        f"{name} {code}"
        for (name, code), score in found.items()
        if json.loads(score["hyper"]).get("direction") == "backward"
    ]
    if backward:
        raise UserError(
            f"the run asked about the foreign sentences (direction = backward): {', '.join(backward)}",
            code="wrong-direction",
            where=str(run),
            fix="a submission asks about the English ones: score with direction = forward",
        )


def _by_file(scores: Sequence[Score], benchmark: Benchmark) -> dict[Key, Score]:
    """A score of each task and language, in the benchmark's order; all metrics are of the same predictions.

    Raises:
        UserError: there are two predictions of a task and language.
    """
    done: dict[Key, Score] = {}
    for score in (score for score in scores if score["status"] == "ok"):
        key = (score["task"], score["language"])
        if done.setdefault(key, score)["predictions"] != score["predictions"]:
            fix = "name a run that has one"
            raise UserError(
                f"two predictions of {key[0]} in {key[1]}",
                code="two-predictions",
                where=score["run_directory"],
                fix=fix,
            )
    wanted = {(name, code): (task.name, code) for name, task in benchmark.tasks.items() for code in task.languages}
    return {key: done[ours] for key, ours in wanted.items() if ours in done}


def _missing(found: Mapping[Key, Score], scores: Sequence[Score], benchmark: Benchmark) -> Iterable[str]:
    failed = {(score["task"], score["language"]) for score in scores if score["status"] != "ok"}
    for name, task in benchmark.tasks.items():
        codes = [code for code in task.languages if (name, code) not in found]
        if codes:
            where = name if len(codes) == len(task.languages) else f"{name} in {' '.join(codes)}"
            yield where + (" (failed)" if any((task.name, code) in failed for code in codes) else "")


def _unofficial(found: Mapping[Key, Score]) -> Iterable[str]:
    """Why rows are not those of the official test set, with tasks and languages."""
    reasons: dict[str, dict[str, list[str]]] = defaultdict(lambda: defaultdict(list))
    for (name, code), score in found.items():
        for reason in _reasons(score):
            reasons[reason][name].append(code)
    for reason, tasks in reasons.items():
        yield f"{reason}: " + "; ".join(f"{name} {' '.join(codes)}" for name, codes in tasks.items())


def _reasons(score: Score) -> Iterable[str]:
    if score["limited"]:
        yield "limited to the first rows"
    if score["split"] != "test":
        yield f"{score['split']} rows"
    if score["stand_in"]:
        yield "stand-in rows"
    if score["n_skipped"]:
        yield "some rows could not be read and have no prediction"


def _read(store: Path, score: Score) -> list[dict[str, Any]]:
    directory = store / "predict" / score["predictions"]
    if not (directory / predictions.FILE).is_file():
        fix = "repeat the run's command: they are made anew"
        raise NothingToShow("the stored predictions are gone", code="predictions-gone", where=str(directory), fix=fix)
    return predictions.read(checked(directory))
