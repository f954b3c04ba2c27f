"""The types of fields of records."""

from __future__ import annotations

from typing import Annotated, Literal

from msgspec import Meta

Digest = Annotated[str, Meta(pattern="^[0-9a-f]{16}$")]
Count = Annotated[int, Meta(ge=0)]
SplitName = Literal["train", "validation", "test"]
Role = Literal["intermediate", "target"]
Precision = Literal["fp32", "bf16"]
Status = Literal["ok", "failed", "absent"]


def about(text: str) -> Meta:
    """The description of a field, for the schema and the documentation."""
    return Meta(description=text)
