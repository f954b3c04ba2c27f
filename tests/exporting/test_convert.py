"""Tiny models of several architectures as transformers loads them, in a process that knows nothing of this program."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import torch

from harness.exporting.convert import write_model
from harness.exporting.forms import Use, find_form
from harness.exporting.forms.token_classification import WITHOUT_BLANKS
from harness.exporting.tokenizer import write_tokenizer
from harness.kinds.features import IGNORED
from harness.modeling.checkpoints import load_encoder
from harness.modeling.heads.base import Head, HeadConfig, build_head
from harness.modeling.model import TaskModel
from harness.modeling.tokenizer import load_text_encoder
from harness.registry import default_registry
from tests.raising import Refusal, raises_code

if TYPE_CHECKING:
    from tests.encoders import make_encoder
else:
    from encoders import make_encoder

SIZES = {
    "vocab_size": 90,
    "hidden_size": 32,
    "num_hidden_layers": 3,
    "num_attention_heads": 2,
    "intermediate_size": 48,
    "max_position_embeddings": 40,
    "layer_norm_eps": 1e-5,
    "pad_token_id": 1,
}
OWN: dict[str, dict[str, int]] = {
    "xlm-roberta": {"type_vocab_size": 1},
    "bert": {"type_vocab_size": 2},
    "albert": {"type_vocab_size": 2, "embedding_size": 32},
    "deberta-v2": {},
    "electra": {"embedding_size": 32},
    "eurobert": {"bos_token_id": 0, "eos_token_id": 1, "pad_token_id": 1, "mask_token_id": 2, "num_key_value_heads": 1},
    "gte": {},
    "nomic_bert": {"type_vocab_size": 2},
    "jina_embeddings_v3": {},
    "modernbert": {"bos_token_id": 0, "eos_token_id": 2, "cls_token_id": 0, "sep_token_id": 2},
}
LABELS = ("entailment", "neutral", "contradiction")
KINDS = (
    "text-classification",
    "multiple-choice",
    "token-classification",
    "question-answering",
    "fill-mask",
    "sentence-similarity",
    "text-retrieval",
)
WRITTEN = [(architecture, kind) for architecture in ("xlm-roberta", "bert") for kind in KINDS]
WRITTEN += [(architecture, kind) for architecture in ("albert", "deberta-v2") for kind in KINDS[:4]]
WRITTEN += [("eurobert", kind) for kind in ("text-classification", "token-classification")]
WRITTEN += [
    (architecture, kind)
    for architecture in ("gte", "nomic_bert")
    for kind in ("text-classification", "token-classification", "sentence-similarity")
]
WRITTEN += [("jina_embeddings_v3", kind) for kind in KINDS if kind != "multiple-choice"]
TYPED = ("bert", "albert", "nomic_bert")
"""Architectures whose second texts have a type of their own."""

IDS = [[0, 5, 9, 2, 2, 33, 61, 7, 2], [0, 8, 2, 2, 70, 2, 1, 1, 1]]
MASK = [[1] * 9, [1] * 6 + [0] * 3]
TYPES = [[0] * 4 + [1] * 5, [0] * 3 + [1] * 3 + [0] * 3]

PLAIN = """
import json, sys
import torch, transformers

transformers.utils.logging.disable_progress_bar()
ids, mask, types, models = json.load(sys.stdin)
found = {}
for directory, name, has_types, options in models:
    model = getattr(transformers, name).from_pretrained(directory, **options).eval()
    inputs = {"input_ids": torch.tensor(ids), "attention_mask": torch.tensor(mask)}
    if has_types:
        inputs["token_type_ids"] = torch.tensor(types)
    if name == "AutoModelForMultipleChoice":
        inputs = {key: tensor[None] for key, tensor in inputs.items()}
    with torch.no_grad():
        output = model(**inputs)
    found[directory] = {
        "class": type(model).__name__,
        "labels": [model.config.id2label[i] for i in range(len(model.config.id2label))],
        "numbers": model.config.label2id,
        **{key: value.tolist() for key, value in output.items()},
    }
assert not [name for name in sys.modules if name.partition(".")[0] == "harness"]
json.dump(found, sys.stdout)
"""


def encoder(directory: Path, architecture: str) -> Path:
    """A saved encoder with weights that are all different from their first values."""
    from tokenizers import Tokenizer, models
    from transformers import AutoConfig, AutoModel, PreTrainedTokenizerFast

    auto: Any = AutoModel
    torch.manual_seed(3)
    model = auto.from_config(AutoConfig.for_model(architecture, **(SIZES | OWN[architecture])))
    with torch.no_grad():
        for parameter in model.parameters():
            parameter.add_(torch.randn_like(parameter), alpha=0.1)
    model.save_pretrained(directory / architecture)
    if architecture == "eurobert":
        # Of others, transformers makes an empty tokenizer.
        tokens = {token: i for i, token in enumerate(("<s>", "</s>", "<mask>"))}
        tokenizer = Tokenizer(models.WordLevel(tokens, unk_token="<mask>"))
        saved = PreTrainedTokenizerFast(tokenizer_object=tokenizer)  # type: ignore[no-untyped-call]
        saved.save_pretrained(directory / architecture)
    return directory / architecture


def head_of(kind: str, **changes: Any) -> Head:
    """A head of that kind, none of whose weights is what it starts with."""
    values: dict[str, Any] = {
        "task": "t",
        "head": default_registry().kind(kind).head,
        "labels": LABELS if kind.endswith("classification") else (),
        "dropout": 0.1,
        "hidden_size": 32,
        "layers": 3,
        "vocabulary": 90,
    }
    torch.manual_seed(4)
    head = build_head(HeadConfig(**(values | changes)))
    with torch.no_grad():
        for parameter in head.parameters():
            parameter.add_(torch.randn_like(parameter), alpha=0.3)
    return head


def own_head(architecture: str, kind: str) -> Head:
    """The head of that kind that the architecture has a class for."""
    late = architecture == "eurobert" and kind == "text-classification"
    return head_of(kind, settings={"classifier_pooling": "late"} if late else {})


@pytest.fixture(scope="module")
def encoders(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    directory = tmp_path_factory.mktemp("encoders")
    return {architecture: encoder(directory, architecture) for architecture in OWN}


@pytest.fixture(scope="module")
def plain(encoders: dict[str, Path], tmp_path_factory: pytest.TempPathFactory) -> dict[tuple[str, str], dict[str, Any]]:
    """What a process with nothing but transformers makes of each written model."""
    directories, models = {}, []
    for architecture, kind in WRITTEN:
        output = tmp_path_factory.mktemp("written")
        form = find_form(kind)
        write_model(encoders[architecture], own_head(architecture, kind), form, output)
        assert not [path for path in output.iterdir() if path.suffix not in (".json", ".safetensors")]
        options = {"add_pooling_layer": False} if kind == "sentence-similarity" else {}
        models.append((str(output), form.auto_class, architecture in TYPED, options))
        directories[architecture, kind] = str(output)
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", PLAIN],
        input=json.dumps([IDS, MASK, TYPES, models]),
        capture_output=True,
        text=True,
        check=False,
        cwd=tmp_path_factory.mktemp("elsewhere"),
    )
    assert done.returncode == 0, done.stderr
    # Weights that are missing or too many would be said.
    assert done.stderr == ""
    found = json.loads(done.stdout)
    return {key: found[directory] for key, directory in directories.items()}


def ours(encoders: dict[str, Path], architecture: str, kind: str) -> torch.Tensor:
    """The scores that training and prediction see."""
    mask, ids = torch.tensor(MASK), torch.tensor(IDS)
    batch = {
        "input_ids": ids,
        "attention_mask": mask,
        "token_type_ids": torch.tensor(TYPES),
        "unit_sizes": torch.tensor([2]),
        "target": torch.where(mask == 1, ids, IGNORED),
    }
    model = TaskModel(load_encoder(encoders[architecture])[0], {"t": own_head(architecture, kind)}).eval()
    with torch.no_grad():
        scores: torch.Tensor = model("t", batch, scores=True)
    return scores


def theirs(found: dict[str, Any], kind: str) -> torch.Tensor:
    """The same from what transformers returns."""
    tensors = {name: torch.tensor(value) for name, value in found.items() if name not in ("class", "labels", "numbers")}
    mask = torch.tensor(MASK)
    if kind == "question-answering":
        both = torch.stack([tensors["start_logits"], tensors["end_logits"]], dim=1)
        return both.masked_fill(mask[:, None] == 0, -torch.inf)
    if kind == "fill-mask":
        return tensors["logits"][mask == 1]
    if kind == "sentence-similarity":
        states = tensors["last_hidden_state"]
        return torch.stack([states[0].mean(0), states[1, :6].mean(0)])
    if kind == "text-retrieval":
        return torch.nn.functional.normalize(tensors["pooler_output"], dim=-1)
    return tensors["logits"]


@pytest.mark.parametrize(("architecture", "kind"), WRITTEN)
def test_transformers_computes_the_same_scores(
    architecture: str, kind: str, encoders: dict[str, Path], plain: dict[tuple[str, str], dict[str, Any]]
) -> None:
    wanted = ours(encoders, architecture, kind)
    # Untrained, they would all be near zero, and the same whatever the weights.
    assert wanted[wanted.isfinite()].std() > 0.01
    torch.testing.assert_close(theirs(plain[architecture, kind], kind), wanted, rtol=0, atol=1e-5)


@pytest.mark.parametrize("kind", ["text-classification", "token-classification"])
def test_labels_have_the_tasks_order(kind: str, plain: dict[tuple[str, str], dict[str, Any]]) -> None:
    for architecture in ("xlm-roberta", "bert", "albert", "deberta-v2", "eurobert", "gte"):
        found = plain[architecture, kind]
        assert found["labels"] == ["entailment", "neutral", "contradiction"]
        assert found["numbers"] == {"entailment": 0, "neutral": 1, "contradiction": 2}


def test_the_architectures_own_classes_are_loaded(plain: dict[tuple[str, str], dict[str, Any]]) -> None:
    assert plain["xlm-roberta", "text-classification"]["class"] == "XLMRobertaForSequenceClassification"
    assert plain["bert", "question-answering"]["class"] == "BertForQuestionAnswering"
    assert plain["deberta-v2", "multiple-choice"]["class"] == "DebertaV2ForMultipleChoice"
    assert plain["bert", "fill-mask"]["class"] == "BertForMaskedLM"
    assert plain["eurobert", "text-classification"]["class"] == "EuroBertForSequenceClassification"


@pytest.mark.parametrize(("layer", "kept"), [(0, 2), (1, 1), (3, 3)])
def test_an_encoder_ends_at_the_layer_that_is_pooled(
    layer: int, kept: int, encoders: dict[str, Path], tmp_path: Path
) -> None:
    write_model(
        encoders["bert"],
        head_of("sentence-similarity", layer=layer, pooling="cls"),
        find_form("bitext-mining"),
        tmp_path,
    )
    assert json.loads((tmp_path / "config.json").read_text())["num_hidden_layers"] == kept
    shallow, deep = load_encoder(tmp_path)[0], load_encoder(encoders["bert"])[0]
    with torch.no_grad():
        inputs = {"input_ids": torch.tensor(IDS), "attention_mask": torch.tensor(MASK)}
        wanted = deep(**inputs, output_hidden_states=True).hidden_states[kept]
        torch.testing.assert_close(shallow(**inputs).last_hidden_state, wanted, rtol=0, atol=1e-6)


@pytest.mark.parametrize(
    ("architecture", "kind", "refusal"),
    [
        # Its class has gelu where the head has tanh.
        ("electra", "text-classification", ("export-computes-otherwise", "ElectraForSequenceClassification")),
        ("electra", "multiple-choice", ("export-not-possible", "ElectraForMultipleChoice")),
        ("deberta-v2", "text-retrieval", ("export-not-possible", "DebertaV2Model")),
        # It cannot be cut off above a layer.
        ("modernbert", "sentence-similarity", ("export-not-possible", "AutoModel", "modernbert")),
        ("albert", "fill-mask", ("export-not-possible", "AlbertForMaskedLM")),
        ("eurobert", "text-classification", ("export-not-possible", "--set classifier_pooling=late")),
        ("eurobert", "question-answering", ("export-not-possible", "ForQuestionAnswering")),
        # Its last layer is followed by a norm, which an encoder that ends before would have there.
        ("eurobert", "sentence-similarity", ("export-computes-otherwise", "EuroBertModel")),
        ("gte", "multiple-choice", ("export-not-possible", "ForMultipleChoice")),
        ("gte", "fill-mask", ("export-not-possible", "GteForMaskedLM")),
        ("nomic_bert", "text-retrieval", ("export-not-possible", "NomicBertModel")),
    ],
)
def test_what_would_compute_something_else_is_refused(
    architecture: str, kind: str, refusal: Refusal, encoders: dict[str, Path], tmp_path: Path
) -> None:
    with raises_code(*refusal):
        write_model(encoders[architecture], head_of(kind), find_form(kind), tmp_path)


def test_a_kind_without_form_is_refused() -> None:
    with raises_code("export-not-possible", "image-text-retrieval") as caught:
        find_form("image-text-retrieval")
    assert "bitext-mining, fill-mask, multiple-choice" in str(caught.value.fix)
    assert "store/train" in str(caught.value.fix)


def test_a_card_says_that_words_were_read_without_blanks() -> None:
    form, task = find_form("token-classification"), default_registry().task("panx")
    hyper: dict[str, Any] = {"max_length": 64}
    without = form.notes(Use(task=task, hyper=hyper | {"word_blanks": "as-written"}))
    assert [note for note in without if note not in form.notes(Use(task=task, hyper=hyper))] == [WITHOUT_BLANKS]


def test_every_kind_of_text_alone_has_a_form() -> None:
    of_text = [kind for kind in default_registry().kinds if not kind.startswith("image-")]
    assert len(of_text) == 8
    for kind in of_text:
        assert find_form(kind).auto_class.startswith("AutoModel")


@pytest.mark.parametrize("change", [{}, {"tokenizer_class": "BertTokenizer"}, {"do_lower_case": True}])
def test_auto_tokenizer_gives_the_tokens_that_were_trained_with(change: dict[str, Any], tmp_path: Path) -> None:
    from transformers import AutoTokenizer

    checkpoint = make_encoder("bert" if "do_lower_case" in change else "minilm", tmp_path / "checkpoint")
    file = checkpoint / "tokenizer_config.json"
    settings = json.loads(file.read_text())
    file.write_text(json.dumps(settings | change))
    (checkpoint / "vocab.txt").write_text("of another model")
    (tmp_path / "exported").mkdir()
    write_tokenizer(checkpoint, tmp_path / "exported")
    tokenizer: Any = AutoTokenizer.from_pretrained(tmp_path / "exported")
    text = "The old House sees a red dog; qu'est-ce que c'est"
    (wanted,) = load_text_encoder(checkpoint).encode([text], [text], 96)
    found = tokenizer(text, text)
    assert found["input_ids"] == wanted.ids
    assert tokenizer.mask_token_id == load_text_encoder(checkpoint).mask_id
    assert tokenizer.unk_token_id in (0, 1, 2, 3)
    # Where it gives them anyway, files are copied as they are.
    same = (tmp_path / "exported" / "tokenizer_config.json").read_bytes() == file.read_bytes()
    assert same is (change != {"tokenizer_class": "BertTokenizer"})
    assert (tmp_path / "exported" / "vocab.txt").exists() is same
