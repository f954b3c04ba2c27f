"""Models that come with code of their own, and which checkpoint transformers reads by itself in their place."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from harness.errors import SettingsError


@dataclass(frozen=True)
class Native:
    """A family whose first files need the authors' code, and the checkpoint that transformers reads without.

    Attributes:
        code: what the authors' code is called in `auto_map`, in any of its places.
        model_type: of files that transformers reads; with it, `auto_map` is for older versions only.
        size: what such files call the hidden size.
        vendor: the hub id of the files with code.
        checkpoint: what to give as `--model` for the same weights.
    """

    code: tuple[str, ...]
    model_type: str
    vendor: str
    checkpoint: str
    size: str = "hidden_size"

    def is_own_code(self, config: Mapping[str, Any]) -> bool:
        """Whether a configuration is of the files with code."""
        named = str(config.get("auto_map"))
        native = config.get("model_type") == self.model_type and self.size in config
        return not native and any(code in named for code in self.code)


NATIVE = (
    # The card of the checkpoint says that its weights are those of the first.
    Native(
        ("Alibaba-NLP/new-impl", "configuration.NewConfig"),
        "gte",
        "Alibaba-NLP/gte-multilingual-base",
        "alibaba-nlp-community/gte-multilingual-base",
    ),
    # Documentation of transformers, JinaEmbeddingsV3.
    Native(
        ("jinaai/xlm-roberta-flash-implementation",),
        "jina_embeddings_v3",
        "jinaai/jina-embeddings-v3",
        "jinaai/jina-embeddings-v3-hf",
    ),
    # The revision that transformers' own tests of NomicBERT read.
    Native(
        ("nomic-ai/nomic-bert-2048", "configuration_hf_nomic_bert"),
        "nomic_bert",
        "nomic-ai/nomic-embed-text-v1.5",
        "nomic-ai/nomic-embed-text-v1.5@refs/pr/57",
    ),
)


def own_code_refused(config: Mapping[str, Any], directory: str) -> SettingsError:
    """The error for a model that is read by code which comes with it, naming what can be given instead."""
    native = next((one for one in NATIVE if one.is_own_code(config)), None)
    fix = "give a model of an architecture that transformers itself has, such as XLM-R, mDeBERTa or ModernBERT"
    if native:
        fix = f"for {native.vendor}, give --model {native.checkpoint}, which transformers reads by itself; else {fix}"
    return SettingsError(
        "the model needs code of its own (auto_map in config.json), and code that comes with a model is never run",
        code="model-needs-own-code",
        where=directory,
        fix=fix,
    )


def needs_own_code(config: Mapping[str, Any]) -> bool:
    """Whether files are known to need the authors' code though their `model_type` is one of transformers'."""
    return any(one.is_own_code(config) for one in NATIVE)
