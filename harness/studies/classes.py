"""Languages by how much text there is in them: low, mid and high, as studies compare them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from harness.errors import SettingsError
from harness.languages import LANGUAGES
from harness.results.marks import ENGLISH

LOW, MID, HIGH = "low", "mid", "high"
CLASSES = (LOW, MID, HIGH)
"""Resource classes 0 to 2, 3, and 4 and 5 of Joshi et al. 2020."""


def resource_class(code: str) -> str | None:
    """One of `CLASSES`; None of English, which is trained on. A language without class counts as high."""
    if code == ENGLISH:
        return None
    known = LANGUAGES.get(code)
    if known is None or known.resource_class is None or known.resource_class > 3:
        return HIGH
    return LOW if known.low_resource else MID


def unclassed(codes: Iterable[str]) -> list[str]:
    """The languages without resource class."""
    return sorted({code for code in codes if code not in LANGUAGES or LANGUAGES[code].resource_class is None})


def check_low_resource(codes: Iterable[str], where: str) -> None:
    """Refuse languages none of which is a low-resource one; where there are none, all is well.

    Args:
        where: they were given, or read.

    Raises:
        SettingsError: some are named, and none of them is.
    """
    found = sorted(codes)
    if found and LOW not in map(resource_class, found):
        known = [code for code in LANGUAGES if resource_class(code) == LOW]
        raise SettingsError(
            f"none of {', '.join(found)} is a low-resource language (resource class 0 to 2)",
            code="no-low-resource-language",
            where=where,
            fix=f"name some that the targets have, such as {', '.join(known)}",
        )


def without_low(languages: Mapping[str, Iterable[str]]) -> Iterator[str]:
    """A sentence on the tasks that have no low-resource language, if there are such.

    Args:
        languages: of each task, that were scored.
    """
    found = [task for task, codes in languages.items() if LOW not in map(resource_class, codes)]
    if found:
        yield f"not scored in any low-resource language, so left out of what is said of these: {', '.join(found)}"
