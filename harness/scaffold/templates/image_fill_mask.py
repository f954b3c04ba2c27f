"""image-fill-mask: the captions of pictures, whose words are masked."""

from __future__ import annotations

from harness.scaffold.templates import Template
from harness.scaffold.templates.image_text_retrieval import ROW, records

TEMPLATE = Template(row=ROW, metrics=("masked_accuracy",), records=records)
