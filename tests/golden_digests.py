"""Writes golden_digests.json: the digests of plans and stores.

It was first run before stages became values of their own, and again when trained stages became those of version 3,
whose dropout does not depend on the number of ranks: that moved theirs, and those of what is made from them. It is not
run otherwise, since a stored digest stays valid. What it does is what test_golden_digests.py repeats with the code of
today.
"""

from __future__ import annotations

import hashlib
import json
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from harness.config import settings_from
from harness.planning.session import plan_training
from harness.planning.stages.training import Trained
from harness.registry import default_registry

if TYPE_CHECKING:
    from harness.planning.session import Session

FILE = Path(__file__).with_name("golden_digests.json")
SIZES = {"hidden_size": 16, "layers": 1, "heads": 2, "feed_forward": 32, "vocabulary": 300}
SMALL: Mapping[str, Any] = {
    "intermediate.steps": 3,
    "target.steps": 2,
    "batch_size": 4,
    **{f"model.{name}": value for name, value in SIZES.items()},
}
MINI_BERT = {"data": "mini", "limit": 12, "model": "BERT", "set": {"target.steps": 2, "max_length": 64}}
FILES: Mapping[str, Any] = {"data": "FILES", "model": "scratch", "intermediate": ["qqp"], "target": ["pawsx"]}

PLANS: Mapping[str, Mapping[str, Any]] = {
    "two tasks mixed, all kinds of target": {
        "intermediate": ["mnli", "squad"],
        "target": ["pawsx", "xnli", "udpos", "panx", "xquad", "tydiqa", "xcopa", "tatoeba", "bucc2018", "lareqa"],
        "seeds": [1, 2],
    },
    "in sequence with replay, and masked language modelling": {
        "intermediate": ["mnli", "squad", "mlm"],
        "mode": "sequential",
        "target": ["xnli", "mewslix"],
        "set": {"intermediate.replay": 0.2},
    },
    "by weights": {
        "intermediate": ["mnli", "squad", "mlm"],
        "target": ["xnli"],
        "set": {"intermediate.weight": 1, "tasks.mlm.weight": 2, "intermediate.steps": 10},
    },
    "by temperature": {
        "intermediate": ["mnli", "qqp"],
        "target": ["xnli"],
        "set": {"intermediate.mixing": "temperature"},
    },
    "the target's own rows": {
        "intermediate": ["mnli", "target-english"],
        "mode": "single",
        "target": ["pawsx", "xquad"],
        "set": {"intermediate.examples": 50},
    },
    "selected on several languages": {
        "intermediate": ["mnli"],
        "target": ["xnli"],
        "set": {"target.select_on": "qaa+qab", "target.eval_every": 5, "target.patience": 2},
    },
    "selected by another metric": {
        "intermediate": ["mnli"],
        "target": ["xquad"],
        "set": {"tasks.xquad.select_metric": "squad_exact_match", "tasks.xquad.select_on": "en"},
    },
    "with snapshots": {"intermediate": ["mnli"], "target": ["pawsx"], "set": {"intermediate.snapshots": True}},
    "partly frozen, by length, own seed": {
        "intermediate": ["mnli@translated"],
        "target": ["pawsx"],
        "set": {
            "intermediate.freeze_embeddings": True,
            "intermediate.freeze_layers": 1,
            "intermediate.group_by_length": True,
            "intermediate.seed": 7,
        },
    },
    "other ways to predict": {
        "target": ["tatoeba", "bucc2018", "squad_v2", "xquad"],
        "set": {"similarity": "dot", "centring": True, "layer": 2, "pooling": "cls", "n_best": 5, "doc_stride": 32},
    },
    "a suite without a preset's limits": {
        "intermediate": ["anli", "ccg"],
        "target": ["xtreme"],
        "preset": "phang2020",
        "model": "scratch",
        "set": {"max_length": 126},
    },
    "a built model": {"intermediate": ["mnli"], "target": ["pawsx"], "model": "scratch", "set": SMALL},
    "a built model, trimmed": {
        "intermediate": ["mnli"],
        "target": ["pawsx", "squad_v2"],
        "model": "scratch",
        "trim_vocab": "panx",
        "set": SMALL,
    },
    "a BERT directory": {**MINI_BERT, "intermediate": ["mnli"], "target": ["pawsx", "tydiqa", "tatoeba"]},
    "a BERT directory, trimmed": {**MINI_BERT, "intermediate": ["mnli"], "target": ["pawsx"], "trim_vocab": "panx"},
    "files": {**FILES, "set": SMALL, "target": ["pawsx", "tatoeba", "squad"], "intermediate": ["qqp", "ccg"]},
    "files, limited": {**FILES, "set": SMALL, "limit": 4},
    "all single arms of XTREME": {
        "intermediate": ["all"],
        "mode": "single",
        "target": ["xtreme"],
        "seeds": [1, 2, 3, 4, 5],
    },
}
RUNS: Mapping[str, Mapping[str, Any]] = {
    "mixed": {**FILES, "set": SMALL, "intermediate": ["qqp", "ccg"], "target": ["pawsx", "tatoeba"]},
    "in sequence with replay and snapshots": {
        **FILES,
        "set": {**SMALL, "intermediate.replay": 0.2, "intermediate.snapshots": True},
        "mode": "sequential",
        "intermediate": ["qqp", "squad"],
    },
    "trimmed": {**FILES, "set": SMALL, "trim_vocab": "pawsx"},
    "a BERT directory, trimmed": {
        **MINI_BERT,
        "target": ["pawsx", "tatoeba"],
        "trim_vocab": "panx",
        "languages": ["qaa"],
    },
    "tuned on development rows": {**MINI_BERT, "target": ["bucc2018", "squad_v2"], "languages": ["en", "qaa"]},
}
LISTED = 200
"""Digests of larger plans are kept as one hash."""


def write_bert(directory: Path) -> Path:
    """A tiny BERT whose files have the same bytes everywhere."""
    from safetensors.numpy import save_file

    hidden, layers, positions = 8, 2, 64
    letters = [chr(code) for code in range(33, 127)]
    tokens = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", *letters, *(f"##{letter}" for letter in letters)]
    shapes = {
        "embeddings.word_embeddings.weight": (len(tokens), hidden),
        "embeddings.position_embeddings.weight": (positions, hidden),
        "embeddings.token_type_embeddings.weight": (2, hidden),
        "embeddings.LayerNorm.weight": (hidden,),
        "embeddings.LayerNorm.bias": (hidden,),
    }
    for number in range(layers):
        prefix = f"encoder.layer.{number}"
        for name in ("attention.self.query", "attention.self.key", "attention.self.value", "attention.output.dense"):
            shapes |= {f"{prefix}.{name}.weight": (hidden, hidden), f"{prefix}.{name}.bias": (hidden,)}
        shapes |= {f"{prefix}.intermediate.dense.weight": (16, hidden), f"{prefix}.intermediate.dense.bias": (16,)}
        shapes |= {f"{prefix}.output.dense.weight": (hidden, 16), f"{prefix}.output.dense.bias": (hidden,)}
        for name in ("attention.output", "output"):
            shapes |= {f"{prefix}.{name}.LayerNorm.{part}": (hidden,) for part in ("weight", "bias")}
    weights = {
        name: (((np.arange(np.prod(shape)) * 37 + number) % 101 - 50) / 500).astype(np.float32).reshape(shape)
        for number, (name, shape) in enumerate(shapes.items())
    }
    config = {
        "model_type": "bert",
        "architectures": ["BertModel"],
        "vocab_size": len(tokens),
        "hidden_size": hidden,
        "num_hidden_layers": layers,
        "num_attention_heads": 2,
        "intermediate_size": 16,
        "max_position_embeddings": positions,
        "type_vocab_size": 2,
        "pad_token_id": 0,
    }
    special = [
        {
            "id": i,
            "content": t,
            "single_word": False,
            "lstrip": False,
            "rstrip": False,
            "normalized": False,
            "special": True,
        }
        for i, t in enumerate(tokens[:5])
    ]
    piece = {
        "type": "WordPiece",
        "unk_token": "[UNK]",
        "continuing_subword_prefix": "##",
        "max_input_chars_per_word": 100,
    }
    tokenizer = {
        "version": "1.0",
        "truncation": None,
        "padding": None,
        "added_tokens": special,
        "normalizer": {
            "type": "BertNormalizer",
            "clean_text": True,
            "handle_chinese_chars": True,
            "strip_accents": False,
            "lowercase": False,
        },
        "pre_tokenizer": {"type": "BertPreTokenizer"},
        "post_processor": {"type": "BertProcessing", "sep": ["[SEP]", 3], "cls": ["[CLS]", 2]},
        "decoder": None,
        "model": {**piece, "vocab": {token: i for i, token in enumerate(tokens)}},
    }
    directory.mkdir()
    (directory / "config.json").write_text(json.dumps(config))
    (directory / "tokenizer.json").write_text(json.dumps(tokenizer))
    names = {f"{token.strip('[]').lower()}_token": token for token in tokens[:5]}
    (directory / "tokenizer_config.json").write_text(json.dumps({"tokenizer_class": "BertTokenizer", **names}))
    save_file(weights, directory / "model.safetensors")
    return directory


def session(asked: Mapping[str, Any], files: Path, bert: Path, runs: Path) -> Session:
    """A planned run of a case."""
    places = {"FILES": str(files), "BERT": str(bert)}
    named = {name: places.get(value, value) if isinstance(value, str) else value for name, value in asked.items()}
    values = {name: tuple(value) if isinstance(value, list) else value for name, value in named.items()}
    registry = default_registry()
    return plan_training(settings_from(registry, values), registry, runs)


def planned(run: Session) -> dict[str, Any]:
    """Digests of a plan: its model, its phases, its predictions."""
    plan = run.plan
    phases = [phase.digest for phase in plan.phases]
    predictions = [cell.stage.digest for cell in plan.cells]
    listed = len(phases) + len(predictions) <= LISTED
    return {
        "model": plan.model.digest,
        "phases": phases if listed else [len(phases), hashed(phases)],
        "predictions": predictions if listed else [len(predictions), hashed(predictions)],
    }


def hashed(digests: list[str]) -> str:
    return hashlib.sha256("\n".join(digests).encode()).hexdigest()


def stored(run: Session) -> list[str]:
    """Stages in the store after a run, by kind and digest."""
    outcome = run.execute()
    assert outcome.failures == [], outcome.failures
    root = run.bench.store.root
    return sorted(path.parent.relative_to(root).as_posix() for path in root.glob("*/*/manifest.json"))


def main() -> None:
    """Write the file; `PYTHONPATH=tests python tests/golden_digests.py`."""
    from planning.conftest import write_data  # type: ignore[import-not-found, unused-ignore]

    with tempfile.TemporaryDirectory() as name:
        directory = Path(name)
        (directory / "files").mkdir()
        files, bert = write_data(directory / "files"), write_bert(directory / "bert")
        golden = {
            "version of trained stages": Trained.version,
            "plans": {case: planned(session(asked, files, bert, directory / "runs")) for case, asked in PLANS.items()},
            "stores": {
                case: stored(session(asked, files, bert, directory / str(number)))
                for number, (case, asked) in enumerate(RUNS.items())
            },
        }
    FILE.write_text(json.dumps(golden, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
