"""Token fertility: into how many tokens a model's tokenizer cuts text up (Ács 2019; Rust et al. 2021, section 4).

They count tokens per word; not all scripts have blanks between words, and some perturbations set marks apart by them.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path

import harness


def of(checkpoint: harness.Checkpoint, rows: harness.Rows) -> Mapping[str, harness.Stage]:
    """The lengths of the texts, by the tokenizer that the checkpoint's chain began with."""
    return {"sizes": harness.TextSizes(rows, checkpoint.origin)}


def compute(results: Mapping[str, Path]) -> harness.Measured:
    """Tokens per character.

    Raises:
        DataError: texts are blank.
    """
    tokens, characters = harness.read_sizes(results["sizes"])
    if not characters:
        raise harness.DataError("the texts have no characters but blanks", code="measure-undefined")
    return harness.Measured(tokens / characters, characters)


@harness.hookimpl
def register_measures(register: Callable[[harness.Measure], None]) -> None:
    """Register it."""
    register(
        harness.Measure(
            name="token-fertility",
            unit="tokens per character",
            description="Tokens of the model's tokenizer per character of the rows' texts, blanks not counted: the "
            "higher, the smaller the pieces that texts are cut into.",
            perturbed=True,
            of=of,
            compute=compute,
        )
    )
