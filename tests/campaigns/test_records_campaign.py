"""Records that were changed at random are read whole or refused, and everything that shows them can."""

from __future__ import annotations

import contextlib
import io
import json
import math
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

import harness
from harness.cli.main import run
from harness.results.records import FILE, read_records
from harness.results.scores import Scores
from tests.campaigns.mutations import TRIALS, Trials, mutated

if TYPE_CHECKING:
    from collections.abc import Callable

STORED = Path(__file__).parents[1] / "results" / "schema1"
RUNS = ("evaluated", "failed", "mixed", "sequence", "single")


def as_written_today(directory: Path) -> bytes:
    """Records of schema 1 as this version writes them."""
    records = read_records(directory)
    lines = [*records.runs, *records.models.values(), *records.scores, *records.measures]
    return b"".join(msgspec.json.encode(line) + b"\n" for line in lines)


def command(*arguments: object) -> str:
    """What a command shows; its refusals are errors of ours."""
    out, err = io.StringIO(), io.StringIO()
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
        code = run([str(argument) for argument in arguments])
    assert code in (0, 1, 2)
    assert (code == 2) == ("error: " in err.getvalue()), err.getvalue()
    assert "\x1b" not in out.getvalue() + err.getvalue()
    return "shown" if code != 2 else "refused by a command"


@TRIALS
def test_changed_records_are_read_or_refused(trials: int, tmp_path: Path, figures: Callable[[str], None]) -> None:
    directory, campaign = tmp_path / "runs" / "20261130T000000.000000-changed", Trials("records", trials)
    directory.mkdir(parents=True)
    contents = [
        content for name in RUNS for content in ((STORED / name / FILE).read_bytes(), as_written_today(STORED / name))
    ]
    runs = ("--runs", tmp_path / "runs")
    allowed = "failed,limited,mixed,partial,stand-in,validation"
    shows: list[Callable[[], str]] = [
        lambda: command("summary", directory, *runs),
        lambda: command("ls", "runs", *runs),
        lambda: command("export", "leaderboard", directory, *runs, "--allow", allowed, "--format", "markdown"),
        lambda: command("export", "leaderboard", directory, *runs, "--allow", allowed),
        lambda: f"{len(harness.load_records(directory)) > 0}",
    ]

    def read() -> str:
        records = read_records(directory)
        whole = (directory / FILE).read_bytes().rpartition(b"\n")[0].split(b"\n")
        lines = [json.loads(line) for line in whole if b'"score"' in line]
        places = {json.dumps(line["result"].get("at", line)) for line in lines if line["record"] == "score"}
        assert len(records.scores) + records.cut >= len(places)
        values = [one.result.value for one in records.scores] + [one.result.value for one in records.measures]
        assert all(value is None or math.isfinite(value) for value in values)
        assert len(list(Scores.of(records).rows)) == len(records.scores)
        return "read"

    for number, draw in campaign:
        (directory / FILE).write_bytes(mutated(contents[number % len(contents)], draw))
        campaign.outcome(number, read)
        campaign.outcome(number, shows[number % len(shows)], "shown")
    campaign.check()
    figures(str(campaign))
    assert campaign.ends["read"]
