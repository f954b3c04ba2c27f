"""SQuAD's JSON: articles of paragraphs of questions; also MLQA, XQuAD, XQuAD-R and TyDiQA-GoldP."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from harness.errors import DataError
from harness.sources.files.lines import Line, empty_file

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

VERSION = 1


def read(path: Path) -> Iterator[Line]:
    """Every question, numbered by its position in the file.

    A record has the question's own fields (id, question, answers), those of its paragraph (context), the article's
    title ("" where the file has none) and is_impossible (False where the file does not say).

    Raises:
        DataError: the file is empty, not UTF-8, not JSON or not laid out as SQuAD's.
    """
    number = 0
    for article in _list(_document(path), "data", path, number):
        for paragraph in _list(article, "paragraphs", path, number):
            shared = {name: value for name, value in paragraph.items() if name != "qas"}
            shared["title"] = article.get("title", "")
            for question in _list(paragraph, "qas", path, number):
                number += 1
                if isinstance(question, dict):
                    yield Line(path, number, {"is_impossible": False, **shared, **question})
                else:
                    yield Line(path, number, None, f"question {number} is not an object")


def _document(path: Path) -> Any:
    raw = path.read_bytes()
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        before = raw[: error.start].decode("utf-8-sig")
        raise _not_readable(path, before, f"not UTF-8: byte 0x{raw[error.start]:02x}") from None
    if not text.strip():
        raise empty_file(path)
    try:
        return json.loads(text)
    except json.JSONDecodeError as error:
        raise _not_readable(path, text[: error.pos], f"not JSON: {error.msg}") from None


def _list(container: Any, name: str, path: Path, before: int) -> list[Any]:
    found = container.get(name) if isinstance(container, dict) else None
    if not isinstance(found, list) or (name != "qas" and not all(isinstance(item, dict) for item in found)):
        raise DataError(
            f"not laid out as SQuAD's JSON: no list of objects {name!r} where one is expected",
            code="not-squad-json",
            where=f"{path}, after {before} questions",
            fix="the layout is data > paragraphs > qas; choose the format that fits this file",
        )
    return found


def _not_readable(path: Path, before: str, problem: str) -> DataError:
    line, column = before.count("\n") + 1, len(before) - before.rfind("\n")
    return DataError(
        f"the file is {problem}",
        code="broken-json",
        where=f"{path}, line {line}, column {column}",
        fix="fetch it again",
    )
