"""What a run's directory says of the run without its records: its name, what it belongs to, and how it ended."""

from __future__ import annotations

import contextlib
import dataclasses
import fcntl
import json
import os
import shlex
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from statistics import fmean
from typing import Any

import msgspec

from harness.errors import SettingsError
from harness.outside import parse_json, read_json
from harness.results import records
from harness.results.comparison import UNIT, compare_arms
from harness.results.scores import Scores

FILE = "run.json"
SETTINGS = "settings.toml"
STORE = "store"
"""The folder of finished stages, beside the directories of runs."""
USUAL_RUNS = Path("runs")
"""Where runs are unless --runs says otherwise."""

TIME = "%Y%m%dT%H%M%S.%f"
LONGEST = 80
ALLOWED = "._+@=-"
"""Characters of a run's name beside letters and digits."""

RESCORED = "-rescored-"
"""In the directories of runs that were scored anew by earlier versions, which say nothing else of it."""

DONE, FAILED, RUNNING, INTERRUPTED = "done", "failed", "running", "interrupted"


@dataclass(frozen=True, kw_only=True)
class Ending:
    """How a run ended.

    Attributes:
        seconds: that it took; None where it is not known.
        scored: predictions that have a score; those that arms or seeds share count for each of them.
        failed: predictions and measures that have none.
        gains: mean gain over the languages of a target and then over targets, in percent, by arm.
        not_averaged: targets that these are not over, since their scores are not in percent.
    """

    seconds: float | None
    scored: int
    failed: int
    gains: Mapping[str, float] = field(default_factory=dict)
    not_averaged: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class MeanGains:
    """Gains over all targets of a run; the attributes are those of its `Ending`."""

    gains: Mapping[str, float]
    not_averaged: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class RunInfo:
    """What is known of a run beside its records.

    Attributes:
        command: train, eval, rescore or study.
        name: what it was called; "" where it was given no name.
        of: the directory's name of the run that it scores more of, or computes anew; "" where an earlier version did
            not say which, None where it stands by itself.
        asked: a digest of what was asked for, the same for every attempt at it; "" where it is not known.
        started: time in UTC, ISO 8601.
        arms: names of arms; empty where they are not known yet.
        targets: tasks and suites, as they were asked for.
        planned: predictions to score, counted as those that have one.
        command_line: the words that started it.
        started_in: the directory that paths in its settings start from, relative to the run's, so that both can move
            together; "" where an earlier version did not say. See `started_from`.
        checkpoints: digests of the models and checkpoints in the store that it plans with; None where only its records
            say so, which an earlier version wrote.
        ending: None while it goes on, and of one that was interrupted.
    """

    command: str
    name: str = ""
    of: str | None = None
    asked: str = ""
    started: str = ""
    model: str = ""
    arms: tuple[str, ...] = ()
    targets: tuple[str, ...] = ()
    planned: int = 0
    command_line: tuple[str, ...] = ()
    started_in: str = ""
    checkpoints: tuple[str, ...] | None = None
    ending: Ending | None = None


def now() -> str:
    """The time in UTC, ISO 8601."""
    return datetime.now(UTC).isoformat(timespec="milliseconds")


def is_run(directory: Path) -> bool:
    """Whether a directory is one of a run, however far the run has come."""
    return any((directory / name).is_file() for name in (FILE, SETTINGS, records.FILE))


def is_described(directory: Path) -> bool:
    """Whether a run says of itself what earlier versions left to its records."""
    return (directory / FILE).is_file()


def home_of(directory: Path, runs: Path) -> Path:
    """The directory of runs whose store has a run's stages: where the run lies, or else `runs`."""
    return directory.parent if (directory.parent / STORE).is_dir() else runs


def check_name(name: str) -> str:
    """A name for a run, if it can be one.

    Raises:
        SettingsError: it cannot be a part of a directory's name, or could be taken for another run's.
    """
    wrong = {character for character in name if not (character.isascii() and character.isalnum())} - set(ALLOWED)
    if wrong or not name or not name[0].isalnum() or len(name) > LONGEST:
        raise SettingsError(
            f"a run cannot be called {name!r}",
            code="malformed-run-name",
            where="--name",
            fix=f"use at most {LONGEST} letters, digits and {' '.join(ALLOWED)}, a letter or digit first",
        )
    if name[:8].isdigit() and name[8:9] == "T":
        raise SettingsError(
            f"{name!r} looks like the time that directories of runs begin with",
            code="malformed-run-name",
            where="--name",
            fix="begin it with something else",
        )
    return name


def new_directory(runs: Path, label: str) -> Path:
    """A directory for a new run, whose name sorts by time."""
    return runs / f"{datetime.now(UTC).strftime(TIME)}-{label}"


def started_in(base: Path, directory: Path) -> str:
    """What a run in a directory says of the directory that paths in its settings start from."""
    return os.path.relpath(base, directory)


def started_from(directory: Path, info: RunInfo) -> Path | None:
    """The directory that paths in the settings of a run start from; None where that is not known.

    Args:
        info: of that run.
    """
    # An absolute one leads back to where the run, or what it is a copy of, once was.
    if not info.started_in or Path(info.started_in).is_absolute():
        return None
    # Through `..` by name, as it was made: the directory of runs may be a link.
    return Path(os.path.normpath(directory.absolute() / info.started_in))


def begin(directory: Path, info: RunInfo) -> None:
    """Make the directory of a run, with what is known of it."""
    directory.mkdir(parents=True, exist_ok=True)
    _write(directory, info)


@contextlib.contextmanager
def at_work(directory: Path) -> Iterator[None]:
    """Let other processes see that a run goes on; the system forgets it with the process, however that ends."""
    with (directory / FILE).open("r+b") as file:
        # Without locks on a file system, a run looks interrupted until it has ended.
        # Waits for those who look at this moment whether it is at work.
        with contextlib.suppress(OSError):
            fcntl.flock(file, fcntl.LOCK_EX)
        yield


def end(directory: Path, seconds: float) -> None:
    """Write down that a run has come to its end, and what its records come to."""
    _write(directory, dataclasses.replace(described(directory), ending=ending_of(directory, seconds)))


def described(directory: Path) -> RunInfo:
    """What is known of a run; of one of an earlier version, what its first record and its directory's name say."""
    try:
        return msgspec.convert(read_json(directory / FILE), RunInfo)
    except (OSError, ValueError, msgspec.ValidationError):
        # Of another version, or broken: the records say the most of it.
        return _of_first_record(directory)


def state(directory: Path, info: RunInfo) -> str:
    """DONE, FAILED (some scores are missing for good), RUNNING or INTERRUPTED."""
    if info.ending:
        return FAILED if info.ending.failed else DONE
    try:
        with (directory / FILE).open("rb") as file:
            fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return RUNNING
    except OSError:
        pass
    return INTERRUPTED


def has(directory: Path, *kinds: str) -> bool:
    """Whether a run has come to a record of one of some kinds; broken records are told to whoever reads them all."""
    line = b""
    try:
        with (directory / records.FILE).open("rb") as file:
            for line in file:
                if parse_json(line, half_pairs=True)["record"] in kinds:
                    return True
    except (ValueError, KeyError, TypeError):
        # A last line without its end was cut off by a crash.
        return line.endswith(b"\n")
    except OSError:
        pass
    return False


def repeat(directory: Path, info: RunInfo) -> str:
    """The command that resumes an interrupted run; of a rescored one, the one that resumes what it is of."""
    if info.command == "rescore" and info.of and is_run(directory.parent / info.of):
        return repeat(directory.parent / info.of, described(directory.parent / info.of))
    if info.command == "train":
        usual = directory.parent == USUAL_RUNS
        return f"xharness train --resume {(info.name or directory.name) if usual else shlex.quote(str(directory))}"
    program, *words = info.command_line or ("",)
    return shlex.join(["xharness", *words]) if Path(program).name == "xharness" else "repeat its command"


def ending_of(directory: Path, seconds: float | None) -> Ending:
    """What the records of a run come to.

    Raises:
        UserError: there are none, or they are broken.
    """
    found = records.read_records(directory)
    results = [record.result for record in found.scores]
    # By coordinates: several metrics may score one prediction, and several arms share it.
    scored = {frozenset(one.at.items()) for one in results if one.status == "ok"}
    failed = {frozenset(one.at.items()) for one in results if one.status == "failed"} - scored
    unmeasured = [one for one in found.measures if one.result.status == "failed"]
    means = mean_gains(directory)
    return Ending(
        seconds=seconds,
        scored=len(scored),
        failed=len(failed) + len(unmeasured),
        gains=means.gains,
        not_averaged=means.not_averaged,
    )


def mean_gains(directory: Path) -> MeanGains:
    """The mean gain of each arm of a run over the languages of a target, and then over targets, in percent."""
    main = Scores.of(directory).clean.where(lambda row: bool(row["main"]))
    gains: dict[str, list[float]] = {}
    others: dict[str, None] = {}
    for comparison in compare_arms(main):
        mean = comparison.mean("gain")
        if mean is not None and comparison.unit == UNIT:
            gains.setdefault(comparison.arm, []).append(mean.value)
        elif mean is not None:
            others[comparison.task] = None
    return MeanGains(gains={arm: fmean(values) for arm, values in gains.items()}, not_averaged=tuple(others))


def _write(directory: Path, info: RunInfo) -> None:
    aside = directory / f"{FILE}.new"
    aside.write_text(json.dumps(dataclasses.asdict(info), indent=1) + "\n", encoding="utf-8")
    aside.replace(directory / FILE)


def _of_first_record(directory: Path) -> RunInfo:
    parent, rescored, _ = directory.name.partition(RESCORED)
    record = _first_record(directory)
    try:
        # Records of schema 1 call it by another name.
        result, environment = record["result"], record.get("environment") or record["circumstance"]
        words = tuple(environment["command_line"])
        evaluated = result["command"] == "eval" and "--checkpoint" not in words
        return RunInfo(
            command="rescore" if rescored else result["command"],
            of=parent if rescored else "" if evaluated else None,
            started=environment["started"],
            model=result["settings"]["model"],
            targets=tuple(result["settings"]["target"]),
            planned=environment.get("planned", 0),
            command_line=words,
        )
    except (KeyError, TypeError):
        return RunInfo(command="rescore" if rescored else "train", of=parent if rescored else None)


def _first_record(directory: Path) -> dict[str, Any]:
    try:
        with (directory / records.FILE).open("rb") as file:
            record: dict[str, Any] = parse_json(file.readline(), half_pairs=True)
            return record
    except (OSError, ValueError):
        return {}
