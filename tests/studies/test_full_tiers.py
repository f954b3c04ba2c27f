"""The tier full asks what datasets of the hub can answer: each task has a dataset of the rows that it is asked for."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import pytest

from harness.arms import TARGET_ENGLISH
from harness.armtext import parse_arm
from harness.registry import default_registry
from harness.results.marks import ENGLISH
from harness.sources.hub.source import HubSource
from harness.sources.hub.tables import Table, TableName, Tables
from harness.studies.base import StudyRun
from harness.studies.tasks import is_trained

FULL = sorted(name for name, study in default_registry().studies.items() if "full" in study.tiers)


class NoTables(Tables):
    """Nothing is fetched to know which datasets there are."""

    def table(self, name: TableName) -> Table:
        raise AssertionError(f"{name} is fetched")


def intermediate(run: StudyRun) -> Iterator[str]:
    """Tasks that arms train on."""
    registry = default_registry()
    arms = run.settings.get("arms", {})
    assert isinstance(arms, Mapping)
    for arm in arms.values():
        text = arm if isinstance(arm, str) else arm["arm"]
        yield from parse_arm(text, registry).intermediate


def absent(run: StudyRun) -> list[str]:
    """Rows that a run needs and no dataset of the hub has."""
    registry, hub = default_registry(), HubSource(NoTables())
    found = []
    for name in dict.fromkeys(one for one in intermediate(run) if one != TARGET_ENGLISH):
        if not hub.languages(registry.task(name), "train"):
            found.append(f"train rows of {name}")
    for name in run.settings["target"]:
        task = registry.task(name)
        codes = {code for split in ("test", "validation") for code in hub.languages(task, split)}
        if not codes - {ENGLISH}:
            found.append(f"rows of {name} in other languages")
        source = registry.task(task.trains_on or name)
        if is_trained(name) and not hub.languages(source, "train"):
            found.append(f"train rows of {source.name}")
    return found


@pytest.mark.parametrize("name", FULL)
def test_what_the_tier_full_asks_is_on_the_hub(name: str) -> None:
    study = default_registry().study(name)
    options = study.tiers["full"]
    assert options.data == "hub"
    assert {gone for run in study.runs(options) for gone in absent(run)} == set()


def test_what_the_hub_lacks_would_be_found() -> None:
    run = StudyRun(
        settings={"arms": {"a": "mnli > (ccg + mlm)", "b": {"arm": "none"}}, "target": ("lareqa", "flickr8k")}
    )
    assert absent(run) == [
        "train rows of ccg",
        "train rows of mlm",
        "rows of lareqa in other languages",
        "rows of flickr8k in other languages",
        "train rows of flickr8k",
    ]


def test_studies_of_the_house_without_such_a_tier_are_those_that_no_hub_answers() -> None:
    # One is of made-up rows by its question, one of photographs.
    ours = {name for name, one in default_registry().studies.items() if "full" not in one.tiers}
    assert ours == {"mini-effects", "vision-language"}
