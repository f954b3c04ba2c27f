"""A study's findings as files: study.json with its schema, one flat table, Markdown with figures, one HTML file."""

from __future__ import annotations

import functools
import json
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Annotated, Any, Literal

import msgspec

from harness.documents.markdown import escaped_markdown, markdown
from harness.documents.spreadsheet import comma_separated
from harness.errors import SettingsError
from harness.outputs import cannot_write, write_output
from harness.results.fields import about
from harness.results.runs import described
from harness.results.schema import NEEDED, PERTURBATION
from harness.statistics.answer import Answer
from harness.studies.base import Answered, Findings
from harness.studies.readable import as_document, how_made
from harness.studies.session import StudyResult
from harness.studies.words import (
    IN_GENERAL,
    answer_words,
    asked_words,
    contrast_words,
    halves_words,
    reply_words,
)
from harness.version import __version__

SCHEMA: Literal[1] = 1
DOCUMENT, TABLE, PAGE, HTML = "study.json", "scores.csv", "README.md", "study.html"
NUMBERED = re.compile(r"figure-\d+-\d+\.svg|data-[a-z-]+\.csv")
"""Files of which a study has as many as it likes."""
OTHER_OUTPUT = "name another --output"

COLUMNS = ("model", "arm", "seed", "task", "language", "split", "step", "phase", "perturbation", "metric", "value", "n")
"""Of the flat table; coordinates that a study brings come behind them."""


class Part(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A part of study.json."""


class AnswerPart(Part, frozen=True, kw_only=True):
    """One answer."""

    asked: Annotated[str, about("what was asked, in a few words")]
    question: Annotated[Literal["gain", "loss", "difference"], about("what was asked of the difference beforehand")]
    reply: Annotated[Literal["yes", "no", "cannot tell"], about("what the interval allows to be said")]
    material: Annotated[bool, about("of a yes: whether all of the interval is beyond the margin")]
    mean: Annotated[float | None, about("of the differences; null if there are none")]
    low: Annotated[float | None, about("lower end of its interval; null where nothing can be said")]
    high: Annotated[float | None, about("upper end")]
    level: Annotated[float | None, about("confidence level of the interval")]
    p: Annotated[float | None, about("of the mean being zero, corrected for what else was asked")]
    margin: Annotated[float, about("below which a difference does not matter")]
    by: Annotated[str | None, about("what a no rests on, such as equivalence; null for other replies")]
    n: Annotated[int, about("how many differences it rests on")]
    unit: Annotated[str, about("what n counts, such as seeds or encoders")]
    quantity: Annotated[
        str, about("what mean, interval and margin are in: points, percent, or such as rank correlation")
    ]
    needed: Annotated[
        tuple[int, ...] | None,
        about("how many would tell if there is truly no difference, at least and at most; null if none are said"),
    ]
    why: Annotated[str, about("why this is the answer")]


class TablePart(Part, frozen=True, kw_only=True):
    """A table; its cells are texts as people read them, the numbers are in scores.csv."""

    title: Annotated[str, about("what it shows")]
    columns: Annotated[tuple[str, ...], about("headings")]
    rows: Annotated[tuple[tuple[str, ...], ...], about("cells, an interval behind its value")]


class FindingsPart(Part, frozen=True, kw_only=True):
    """What one encoder's records say."""

    model: Annotated[str, about("name of the encoder")]
    starts: Annotated[tuple[str, ...], about("digests of its files, or of what it is built from, as in records")]
    primary: Annotated[AnswerPart, about("the answer to the contrast that was fixed beforehand")]
    others: Annotated[tuple[AnswerPart, ...], about("further answers")]
    tables: Annotated[tuple[TablePart, ...], about("what the answers are made of")]
    figures: Annotated[tuple[str, ...], about("files of figures beside this one")]
    data: Annotated[tuple[str, ...], about("files of further numbers beside this one")]
    caveats: Annotated[tuple[str, ...], about("what these records cannot say")]


class DeparturePart(Part, frozen=True, kw_only=True):
    """An option that is not as the tier has it."""

    name: Annotated[str, about("of the option; set for a hyper-parameter")]
    value: Annotated[str, about("what was asked, as people read it")]
    usual: Annotated[str, about("what the tier has")]


class StudyPart(Part, frozen=True, kw_only=True):
    """study.json."""

    schema: Annotated[Literal[1], about("version of this schema")]
    study: Annotated[str, about("name of the study")]
    version: Annotated[int, about("version of the study")]
    question: Annotated[str, about("what is asked")]
    contrast: Annotated[str, about("the primary contrast, as the study has it")]
    corrected_for: Annotated[str, about("what the other answers are corrected for")]
    tier: Annotated[str, about("whose options these are, but for those that were given")]
    options: Annotated[
        dict[str, Any],
        about("all options, by name; of records that were there, without those of runs that they do not say"),
    ]
    otherwise: Annotated[
        tuple[DeparturePart, ...], about("options that answers depend on and that are not as the tier has them")
    ]
    afterwards: Annotated[
        bool, about("whether something was asked otherwise than the tier has it of records that were there before")
    ]
    command: Annotated[str, about("the command that asks the same")]
    runs: Annotated[tuple[str, ...], about("names of the runs that were read")]
    xharness: Annotated[str, about("version of xharness that wrote this")]
    findings: Annotated[tuple[FindingsPart, ...], about("by encoder")]
    pooled: Annotated[AnswerPart | None, about("for encoders in general; null of fewer than three")]
    remarks: Annotated[tuple[str, ...], about("how the records came about")]


def json_schema() -> dict[str, Any]:
    """study.json as JSON Schema 2020-12."""
    (root,), parts = msgspec.json.schema_components((StudyPart,), ref_template="#/$defs/{name}")
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": f"study.json, schema {SCHEMA}",
        **root,
        "$defs": parts,
    }


def check_folder(directory: Path, study: str) -> None:
    """Refuse a folder in which something else would be overwritten, before anything is trained for it.

    Raises:
        SettingsError: it has files that no study wrote, or the answer of another study; or it is no folder.
        StoreError: nobody can tell.
    """
    try:
        if directory.exists() and not directory.is_dir():
            raise SettingsError("it is no folder", code="study-output-taken", where=str(directory), fix=OTHER_OUTPUT)
        there = sorted(path.name for path in directory.iterdir()) if directory.is_dir() else []
    except OSError as error:
        raise cannot_write(directory, "--output", error) from None
    strange = [name for name in there if name not in (DOCUMENT, TABLE, PAGE, HTML) and not NUMBERED.fullmatch(name)]
    page = directory / PAGE
    if strange or (PAGE in there and not page.read_text(encoding="utf-8", errors="replace").startswith(f"# {study}: ")):
        raise SettingsError(
            f"the folder has something else: {(strange or [PAGE])[0]}",
            code="study-output-taken",
            where=str(directory.absolute()),
            fix=OTHER_OUTPUT,
        )


def replaced_command(result: StudyResult, directory: Path) -> str:
    """The command of the answer that a folder has, if it is of other options; empty where none is."""
    try:
        old = json.loads((directory / DOCUMENT).read_bytes())
        options, tier, command = old["options"], old["tier"], str(old["command"])
        new = json.loads(msgspec.json.encode(document(result)))
        # Records that are read do not say all options.
        same = tier == new["tier"] and all(
            options[name] == new["options"][name] for name in options.keys() & new["options"]
        )
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return ""
    return "" if same else command


def write(result: StudyResult, directory: Path) -> Path:
    """Write study.json, scores.csv, README.md, study.html and the figures into a directory; the path of README.md."""
    from harness.documents.html import html
    from harness.documents.svg import draw

    check_folder(directory, result.asked.study.name)
    tables = data_tables(result)
    # Whoever finds the document finds all that it names, as it says.
    (directory / DOCUMENT).unlink(missing_ok=True)
    named = {*tables, *(name for model in result.findings for name in _figure_files(result, model))}
    for old in directory.glob("*-*"):
        if NUMBERED.fullmatch(old.name) and old.name not in named:
            old.unlink()
    for model, findings in result.findings.items():
        for name, figure in zip(_figure_files(result, model), findings.figures, strict=True):
            write_output(directory / name, draw(figure).encode())
    for name, content in ({TABLE: table(result)} | tables).items():
        write_output(directory / name, content.encode())
    write_output(directory / PAGE, page(result).encode())
    write_output(directory / HTML, html(as_document(result)).encode())
    told = msgspec.json.format(msgspec.json.encode(document(result)), indent=1)
    write_output(directory / DOCUMENT, told + b"\n")
    return directory / PAGE


def data_tables(result: StudyResult) -> dict[str, str]:
    """What a study has beside scores.csv, by the name of the file; of all encoders."""
    rows: dict[str, list[dict[str, Any]]] = {}
    columns: dict[str, tuple[str, ...]] = {}
    for model, findings in result.findings.items():
        for own in findings.data:
            columns[own.name] = ("model", *own.columns)
            rows.setdefault(own.name, []).extend(
                {"model": model, **dict(zip(own.columns, values, strict=True))} for values in own.rows
            )
    return {_data_file(name): comma_separated(columns[name], own) for name, own in rows.items()}


def _data_file(name: str) -> str:
    return f"data-{name}.csv"


def document(result: StudyResult) -> StudyPart:
    """What study.json says."""
    asked = result.asked
    return StudyPart(
        schema=SCHEMA,
        study=asked.study.name,
        version=asked.study.version,
        question=asked.study.question,
        contrast=asked.study.primary,
        corrected_for=asked.study.corrected_for,
        tier=asked.tier,
        options={name: msgspec.to_builtins(value) for name, value in asked.known.items()},
        otherwise=tuple(DeparturePart(name=one.name, value=one.value, usual=one.usual) for one in asked.departures),
        afterwards=asked.afterwards,
        command=asked.command,
        runs=tuple(described(run).name or run.name for run in result.runs),
        xharness=__version__,
        findings=tuple(_findings(result, model, found) for model, found in result.findings.items()),
        pooled=_answer(IN_GENERAL, result.pooled) if result.pooled else None,
        remarks=result.remarks,
    )


def _findings(result: StudyResult, model: str, found: Findings) -> FindingsPart:
    return FindingsPart(
        model=model,
        starts=result.evidence[model].starts,
        primary=_answer(found.primary.asked, found.primary.answer),
        others=tuple(_answer(one.asked, one.answer) for one in found.others),
        tables=tuple(
            TablePart(
                title=one.title,
                columns=one.columns,
                rows=tuple(tuple(" ".join(filter(None, (c.text, c.interval))) for c in row) for row in one.rows),
            )
            for one in found.tables
        ),
        figures=tuple(_figure_files(result, model)),
        data=tuple(_data_file(one.name) for one in found.data),
        caveats=found.caveats,
    )


def _answer(asked: str, answer: Answer) -> AnswerPart:
    interval = answer.interval
    return AnswerPart(
        asked=asked,
        question=answer.question.value,
        reply=answer.reply.value,
        material=answer.material,
        mean=answer.mean,
        low=interval.low if interval else None,
        high=interval.high if interval else None,
        level=interval.level if interval else None,
        p=answer.p,
        margin=answer.margin,
        by=answer.by.value if answer.by else None,
        n=answer.n,
        unit=answer.unit,
        quantity=answer.quantity,
        needed=(answer.needed.least, answer.needed.most) if answer.needed else None,
        why=answer.why,
    )


def table(result: StudyResult) -> str:
    """All scores and measures as comma-separated values, a row each."""
    rows = list(_flat_rows(result))
    further = sorted({name for row in rows for name in row} - set(COLUMNS))
    return comma_separated((*COLUMNS, *further), rows)


def _flat_rows(result: StudyResult) -> Iterator[dict[str, Any]]:
    from harness.results.columns import columns

    known = columns()
    for model, evidence in result.evidence.items():
        for row in evidence.scores.rows:
            further = {name: value for name, value in row.items() if name not in known}
            own = {name: row.get(name) for name in (*NEEDED, PERTURBATION, "metric", "value", "n")}
            yield {"model": model, **own, **further}
        for row in evidence.measures:
            own = {
                name: value
                for name, value in row.items()
                if name not in ("clean", "measure", "unit", "model_name", "run_directory")
            }
            yield {"model": model, **own, "metric": row["measure"]}


def page(result: StudyResult) -> str:
    """The findings as a page of Markdown, with its figures beside it."""
    return "\n".join(_page(result)).rstrip() + "\n"


def _page(result: StudyResult) -> Iterator[str]:
    asked = result.asked
    yield from (f"# {asked.study.name}: {escaped_markdown(asked.study.question)}", "")
    for model, found in result.findings.items():
        several = f" ({escaped_markdown(model)})" if len(result.findings) > 1 else ""
        yield from (f"**{reply_words(found.primary.answer)}**{several}", "")
        yield from (escaped_markdown(answer_words(found.primary)), "")
    if result.pooled:
        yield from (escaped_markdown(answer_words(Answered(IN_GENERAL, result.pooled))), "")
    for line in (*asked_words(asked), contrast_words(asked)):
        yield from (escaped_markdown(line), "")
    for model, found in result.findings.items():
        yield from _of_model(result, model, found)
    yield from ("## How this was made", "", *(f"- {escaped_markdown(line)}" for line in how_made(result)))


def _of_model(result: StudyResult, model: str, found: Findings) -> Iterator[str]:
    yield from (f"## {escaped_markdown(model)}", "")
    for name, figure in zip(_figure_files(result, model), found.figures, strict=True):
        yield from (f"![{escaped_markdown(figure.title)}]({name})", "")
    if found.others:
        yield from (f"Asked, too (corrected for: {escaped_markdown(result.asked.study.corrected_for)}):", "")
        yield from (*(f"- {escaped_markdown(answer_words(one))}" for one in found.others), "")
    yield markdown(found.tables, [])
    if halves := halves_words(found):
        yield from (halves, "")
    if found.caveats:
        yield from ("What this cannot say:", "", *(f"- {escaped_markdown(line)}" for line in found.caveats), "")


def _figure_files(result: StudyResult, model: str) -> list[str]:
    number = list(result.findings).index(model) + 1
    figures = result.findings[model].figures
    return [f"figure-{number}-{place}.svg" for place in range(1, len(figures) + 1)]


@functools.cache
def descriptions() -> Mapping[str, str]:
    """What each field of study.json is, by `part.field`."""
    parts = json_schema()["$defs"]
    return {
        f"{part}.{name}": field["description"]
        for part, own in parts.items()
        for name, field in own["properties"].items()
        if "description" in field
    }
