"""Files of the study `similarity`: gains measured elsewhere, features of languages, and lines that are refused."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from harness_plugins.studies.similarity import Options, analyse, from_files
from harness_plugins.studies.similarity.files import read_covariates, read_gains

from harness.errors import UserError
from harness.results.scores import Scores
from harness.statistics.answer import Reply
from harness.studies.evidence import Evidence
from tests.raising import raises_code

REAL = (
    Path(__file__).parents[3]
    / os.environ.get("XHARNESS_SHARED", "../shared")
    / "data"
    / "transfer_results"
    / "pruksachatkun2020.csv"
)
EXAMPLE = Path(__file__).parents[3] / "docs" / "studies" / "similarity-gains.csv"
HEAD = "intermediate,target,run,score"


def written(directory: Path, text: str) -> str:
    file = directory / "file.csv"
    file.write_text(text, encoding="utf-8")
    return str(file)


def test_scores_are_read_in_percent(tmp_path: Path) -> None:
    found = read_gains(written(tmp_path, f"{HEAD}\na,t,1,0.5\na,t,2,0.7\nb,t,1,1\n"))
    assert found.mean("a", "t") == pytest.approx(60)
    assert found.mean("b", "t") == 100
    assert (found.sources, found.targets) == (("a", "b"), ("t",))
    percent = read_gains(written(tmp_path, f"{HEAD}\na,t,1,0.5\nb,t,1,70\n"))
    assert percent.mean("a", "t") == 0.5


def test_the_last_of_several_rows_counts_and_mixtures_do_not(tmp_path: Path) -> None:
    found = read_gains(written(tmp_path, f"{HEAD}\na,t,1,0.5\na,t,1,0.75\na_mix,t,1,0.9\nb,t,1,0.2\n"))
    assert found.mean("a", "t") == 75
    assert found.sources == ("a", "b")
    assert found.remarks == (
        "left out, since the same run comes again below: 1 row",
        "left out, since they are of mixtures (_mix): 1 row",
    )


@pytest.mark.parametrize(
    ("text", "line", "told"),
    [
        ("", 1, "no column intermediate, target, run, score"),
        ("intermediate,target,score\n", 1, "no column run"),
        (f"{HEAD},score\n", 1, "twice"),
        (f"{HEAD}\na,t,1\n", 2, "3 values for 4 columns"),
        (f"{HEAD}\na,t,1,0.5\n,t,1,0.5\n", 3, "intermediate is empty"),
        (f"{HEAD}\na,t,1,nan\n", 2, "'nan'"),
        (f"{HEAD}\na,t,1,inf\n", 2, "'inf'"),
        (f"{HEAD}\na,t,1,good\n", 2, "'good'"),
        (f"{HEAD}\na,t,1,101\n", 2, "not 101"),
        (f"{HEAD}\na,t,1,-0.1\n", 2, "not -0.1"),
        (f"{HEAD},alike\na,t,1,0.5,x\n", 2, "alike is 'x'"),
        (f"{HEAD},alike\na,t,1,0.5,1\na,t,2,0.5,2\n", 3, "alike of a and t is 2, and 1 above"),
    ],
)
def test_lines_of_gains_that_cannot_be_read_are_named(tmp_path: Path, text: str, line: int, told: str) -> None:
    with pytest.raises(UserError) as caught:
        read_gains(written(tmp_path, text))
    assert caught.value.code == "bad-study-file"
    assert str(caught.value.where).endswith(f"file.csv, line {line}")
    assert told in caught.value.what


@pytest.mark.parametrize(
    ("text", "line", "told"),
    [
        ("code,distance\nsw,1\n", 1, "no column language"),
        ("language\nsw\n", 1, "no column beside language"),
        ("language,distance\nxx,1\n", 2, "'xx' is no language"),
        ("language,distance\nsw,1\nsw,2\n", 3, "second time, after line 2"),
        ("language,distance\nsw,far\n", 2, "'far'"),
        ('language,distance\n"sw,1\n', None, "no file of comma-separated values"),
    ],
)
def test_lines_of_features_that_cannot_be_read_are_named(
    tmp_path: Path, text: str, line: int | None, told: str
) -> None:
    with pytest.raises(UserError) as caught:
        read_covariates(written(tmp_path, text))
    assert caught.value.code == "bad-study-file"
    assert line is None or str(caught.value.where).endswith(f"file.csv, line {line}")
    assert told in caught.value.what


def test_features_may_be_missing_for_some_languages(tmp_path: Path) -> None:
    file = written(tmp_path, "language,distance,share\nsw,1,\nte,2,0.5\n")
    assert read_covariates(file) == {"distance": {"sw": 1.0, "te": 2.0}, "share": {"te": 0.5}}


def test_files_that_are_not_there_or_empty_are_refused(tmp_path: Path) -> None:
    for read in (read_gains, read_covariates):
        with raises_code("bad-study-file"):
            read(str(tmp_path / "nowhere.csv"))
        with raises_code("bad-study-file"):
            read(str(tmp_path))
    with raises_code("bad-study-file"):
        read_gains(written(tmp_path, f"{HEAD}\n"))
    (tmp_path / "bytes.csv").write_bytes(b"\xff\xfe\x00")
    with raises_code("bad-study-file"):
        read_gains(str(tmp_path / "bytes.csv"))


def test_gains_and_records_exclude_each_other() -> None:
    options = Options(gains=str(EXAMPLE))
    with raises_code("gains-beside-records"):
        analyse(Evidence(Scores([])), options)
    assert from_files(Options()) is None


def test_too_few_gains_are_refused(tmp_path: Path) -> None:
    one = "".join(f"{source},t,1,0.{at}\n" for at, source in enumerate("abcde"))
    with raises_code("too-few-gains"):
        from_files(Options(gains=written(tmp_path, f"{HEAD}\n{one}")))


def test_the_example_in_the_documentation_is_ranked() -> None:
    found = from_files(Options(gains=str(EXAMPLE)))
    assert found is not None
    assert found.primary.answer.reply is Reply.CANNOT_TELL
    picks = {row[0].text: [float(cell.text) for cell in row[1:]] for row in found.tables[0].rows}
    assert picks["alike"][0] > picks["random"][0]
    assert picks["alike"][1] < picks["random"][1]
    assert found.tables[1].rows[0][0].text == "alike"
    assert any("_mix" in line for line in found.caveats)
    assert any("comes again" in line for line in found.caveats)


@pytest.mark.skipif(not REAL.is_file(), reason="the published results are not here")
def test_published_results_are_ranked() -> None:
    found = from_files(Options(gains=str(REAL)))
    assert found is not None
    picks = {row[0].text: [float(cell.text) for cell in row[1:]] for row in found.tables[0].rows}
    assert set(picks) == {"gain in the other targets", "random"}
    # What helps ten other targets helps this one, more than what is drawn.
    assert picks["gain in the other targets"][0] > picks["random"][0]
    assert any("commonsenseqa, cosmosqa" in line for line in found.caveats)
