"""What an experiment names beside tasks: made-up headlines, an encoder of whole words, a suite and a preset."""

import hashlib
import random
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any

import harness

VERSION = 1
WORDS = {"economy": "prices", "health": "clinic", "politics": "vote", "sport": "team"}
SIZES = {"train": 32, "validation": 16, "test": 16}


class Headlines(harness.Source):
    """A few words about a topic; the argument is the word that Kinyarwanda's headlines begin with."""

    name = "headlines"

    def __init__(self, first: str) -> None:
        self.first = first

    def languages(self, task: harness.Task, split: str) -> tuple[str, ...]:
        if task.name != "kinyanews":
            return ()
        return ("en", "rw") if split == "test" else ("en",)

    def load(self, task: harness.Task, split: str, language: str) -> harness.Split:
        if language not in self.languages(task, split):
            raise harness.DataError(f"there are no {split} headlines in {language}", code="no-headlines")
        where = f"{self.first}/{split}/{language}"
        draw = random.Random(where)
        rows = []
        for number in range(SIZES[split]):
            topic = draw.choice(list(WORDS))
            start = self.first if language == "rw" else "today"
            rows.append(harness.ClassificationRow(text=f"{start} {split} {number} {WORDS[topic]}", label=topic))
        return harness.Split(
            task=task.name,
            split=split,
            language=language,
            rows=rows,
            keys=[f"headlines/{where}:{number}" for number in range(len(rows))],
            digest=hashlib.sha256(f"{VERSION} {task.version} {where}".encode()).hexdigest(),
            source=self.name,
            origin=f"made up, version {VERSION}",
        )


def build(directory: Path, texts: Iterable[str], parameters: Mapping[str, Any]) -> None:
    import torch
    from tokenizers import Tokenizer, models, pre_tokenizers, processors, trainers
    from transformers import BertConfig, BertModel, PreTrainedTokenizerFast

    tokenizer = Tokenizer(models.WordLevel(unk_token="[UNK]"))
    tokenizer.pre_tokenizer = pre_tokenizers.Whitespace()
    special = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"]
    trainer = trainers.WordLevelTrainer(vocab_size=parameters["vocabulary"], special_tokens=special)
    tokenizer.train_from_iterator(sorted(set(texts)), trainer)
    tokenizer.post_processor = processors.BertProcessing(("[SEP]", 3), ("[CLS]", 2))
    named = dict(zip(("pad_token", "unk_token", "cls_token", "sep_token", "mask_token"), special, strict=True))
    wrapped = PreTrainedTokenizerFast(tokenizer_object=tokenizer, **named)  # type: ignore[no-untyped-call]
    wrapped.save_pretrained(directory)
    config = BertConfig(
        vocab_size=tokenizer.get_vocab_size(),
        hidden_size=parameters["hidden_size"],
        num_hidden_layers=parameters["layers"],
        num_attention_heads=parameters["heads"],
        intermediate_size=parameters["feed_forward"],
        max_position_embeddings=parameters["positions"],
    )
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)
        BertModel(config).save_pretrained(directory)


@harness.hookimpl
def register_sources(register: Callable[[harness.SourceType], None]) -> None:
    register(
        harness.SourceType(
            name="headlines",
            open=lambda argument, registry: Headlines(argument or "uyu"),
            argument="WORD",
            description="made-up headlines",
            model="whole-words",
            preset="brief",
            generated=True,
        )
    )


@harness.hookimpl
def register_models(register: Callable[[harness.Model], None]) -> None:
    sizes = {"hidden_size": 16, "layers": 1, "heads": 2, "feed_forward": 32, "vocabulary": 200}
    register(
        harness.Model(
            name="whole-words",
            build="xharness_headlines:build",
            parameters=sizes,
            fixed={"positions": 66},
            description="a small BERT whose tokens are words",
        )
    )


@harness.hookimpl
def register_suites(register: Callable[[harness.Suite], None]) -> None:
    register(harness.Suite(name="kinyarwanda", tasks=("kinyanews",)))


@harness.hookimpl
def register_presets(register: Callable[[harness.Preset], None]) -> None:
    values = {"batch_size": 8, "max_length": 32, "target": {"lr": 0.01, "steps": 4}}
    register(harness.Preset(name="brief", values=values))
