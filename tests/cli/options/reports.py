"""What the options of `report` and `export site` do."""

from __future__ import annotations

from pathlib import Path

from tests.cli.options.stage import Stage, check

PUBLISHED = "source,protocol,model,task,metric,language,value\nours,zero-shot,mBERT,pawsx,accuracy,de,85.7\n"


def page(stage: Stage, *options: object) -> str:
    file = stage.tmp / "report.html"
    done = stage.call("report", stage.latest, "--runs", stage.runs, "--output", file, *options)
    assert done.code == 0, done.err
    return file.read_text(encoding="utf-8")


def index(stage: Stage, name: str, *options: object) -> str:
    folder = stage.tmp / name
    done = stage.call("export", "site", stage.latest, "--runs", stage.runs, "--output", folder, *options)
    assert done.code == 0, done.err
    return (folder / "index.html").read_text(encoding="utf-8")


def refused(stage: Stage, *words: object) -> str:
    done = stage.call(*words, "--runs", stage.runs, "--output", stage.tmp / "refused.html")
    assert done.code == 2
    assert not (stage.tmp / "refused.html").exists()
    return str(done.err)


@check("report", "--output")
def report_output_is_the_file(stage: Stage) -> None:
    assert page(stage).startswith("<!doctype html>")


@check("report", "--contrast")
def report_contrast_is_what_the_answer_is_about(stage: Stage) -> None:
    assert "Asked of arm mnli + qqp against no intermediate training" in page(stage, "--contrast", "mnli + qqp")
    assert "[unknown-arm]" in refused(stage, "report", "--contrast", "nothing")


@check("report", "--against")
def report_against_another_arm(stage: Stage) -> None:
    assert "Asked of arm none against mnli + qqp" in page(stage, "--against", "mnli + qqp")
    assert "[unknown-arm]" in refused(stage, "report", "--against", "nothing")


@check("report", "--margin")
def report_margin_is_stated(stage: Stage) -> None:
    assert "Differences within 2.5 points do not matter." in page(stage, "--margin", "2.5")
    assert "[" in refused(stage, "report", "--margin", "0")


@check("report", "--beside")
def report_beside_is_read(stage: Stage) -> None:
    (stage.tmp / "published.csv").write_text(PUBLISHED)
    assert "nothing stands beside scores on generated rows" in page(stage, "--beside", stage.tmp / "published.csv")
    assert "[not-published-scores]" in refused(stage, "report", "--beside", stage.tmp / "absent.csv")


@check("report", "--items")
def report_items_are_shown_unless_left_out(stage: Stage) -> None:
    assert "Items that arms get wrong" in page(stage)
    assert "Items that arms get wrong" not in page(stage, "--no-items")


@check("report", "--runs")
def report_runs_are_looked_for_there(stage: Stage) -> None:
    done = stage.call("report", "--runs", stage.tmp / "none", "--output", stage.tmp / "report.html")
    assert done.code == 2


@check("export site", "--output")
def site_output_is_a_new_folder(stage: Stage) -> None:
    assert index(stage, "site").startswith("<!doctype html>")
    done = stage.call("export", "site", stage.latest, "--runs", stage.runs, "--output", stage.tmp / "site")
    assert "[output-exists]" in done.err


@check("export site", "--contrast")
def site_contrast_is_what_the_answer_is_about(stage: Stage) -> None:
    assert "Asked of arm mnli + qqp against no intermediate training" in index(
        stage, "site", "--contrast", "mnli + qqp"
    )


@check("export site", "--against")
def site_against_another_arm(stage: Stage) -> None:
    assert "Asked of arm none against mnli + qqp" in index(stage, "site", "--against", "mnli + qqp")


@check("export site", "--beside")
def site_beside_is_read(stage: Stage) -> None:
    (stage.tmp / "published.csv").write_text(PUBLISHED)
    text = index(stage, "site", "--beside", stage.tmp / "published.csv")
    assert "nothing stands beside scores on generated rows" in text


@check("export site", "--runs")
def site_runs_are_looked_for_there(stage: Stage) -> None:
    assert stage.call("export", "site", "--runs", stage.tmp / "none", "--output", Path(stage.tmp / "site")).code == 2
