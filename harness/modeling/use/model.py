"""The encoder `use-multilingual`: frozen features of USE multilingual v3 below transformer layers that are trained.

Yang et al. 2020 (arXiv 1907.04307), the variant of convolutions. Each token has a feature from a window of nine tokens,
and each text a vector from the sum of its features; both are computed here as the package computes them, from its
weights, which are buffers and never trained. Importing this module makes the architecture known to `AutoConfig` and
`AutoModel`.
"""

from __future__ import annotations

import math
from typing import Any, ClassVar

import torch
from torch import Tensor, nn
from torch.nn import functional
from transformers import AutoConfig, AutoModel, PreTrainedConfig, PreTrainedModel
from transformers.modeling_layers import GradientCheckpointingLayer
from transformers.modeling_outputs import BaseModelOutput

MODEL_TYPE = "use-multilingual"

WIDTH = 512
"""Of token embeddings and sentence vectors."""
BRANCH = 256
NGRAMS = ((2, 0), (3, 1), (5, 2))
"""Of each branch of convolutions: tokens it sees at once, and how many of them before the token itself."""
FEATURES = WIDTH + len(NGRAMS) * BRANCH
VOCABULARY = 128_010
CHUNKS = 17
HIDDEN = 320
EPSILON = 1e-12


def shapes() -> dict[str, tuple[int, ...]]:
    """Of the frozen weights, by the names that the package gives them; `table` alone is of bytes."""
    branches: dict[str, tuple[int, ...]] = {}
    for n, _ in NGRAMS:
        branches |= {f"proj{n}": (WIDTH, BRANCH), f"w1_{n}": (n * BRANCH, BRANCH), f"w2_{n}": (n * BRANCH, BRANCH)}
        branches |= {f"{name}{n}": (BRANCH,) for name in ("proj_b", "ln_g", "ln_b", "b1_", "b2_")}
    return {
        "table": (VOCABULARY, WIDTH),
        "scale": (CHUNKS,),
        "lo": (CHUNKS,),
        **branches,
        "ln_g": (FEATURES,),
        "ln_b": (FEATURES,),
        "cnn_W": (FEATURES, WIDTH),
        "cnn_b": (WIDTH,),
        "d0": (WIDTH, HIDDEN),
        "d1": (HIDDEN, HIDDEN),
        "p1": (WIDTH, HIDDEN),
        "d2": (HIDDEN, WIDTH),
        "p3": (HIDDEN, WIDTH),
        "d3": (WIDTH, WIDTH),
    }


class UseConfig(PreTrainedConfig):  # type: ignore[no-untyped-call]
    """Sizes of the trained layers; those of the frozen ones are the weights' own."""

    model_type = MODEL_TYPE

    vocab_size: int = VOCABULARY
    hidden_size: int = WIDTH
    num_hidden_layers: int = 2
    num_attention_heads: int = 8
    intermediate_size: int = 1024
    hidden_dropout_prob: float = 0.1
    max_position_embeddings: int = 512
    initializer_range: float = 0.02
    layer_norm_eps: float = 1e-5
    pad_token_id: int | None = 3
    bos_token_id: int | None = 1
    eos_token_id: int | None = 2


class SilentLinear(nn.Linear):
    """A linear layer whose weights start as zero, so that what it adds to is at first unchanged."""


class Embeddings(nn.Module):
    """Token ids (B, L) to states (B, L, 512): a text's vector at its first token, features of the other tokens.

    A text begins with a token `<s>`; windows do not reach over into the next text. Features have 1,280 numbers, of
    which the frozen weights make 512. A matrix that starts as zero adds what training finds in them beside.
    """

    def __init__(self, config: UseConfig) -> None:
        super().__init__()
        self.start_id = int(config.bos_token_id or 0)
        for name, shape in shapes().items():
            kind = torch.uint8 if name == "table" else torch.float32
            self.register_buffer(name, torch.zeros(shape, dtype=kind))
        self.added = SilentLinear(FEATURES, config.hidden_size, bias=False)

    def forward(self, input_ids: Tensor, attention_mask: Tensor) -> Tensor:
        """States of the tokens; those of padding mean nothing."""
        starts = input_ids.eq(self.start_id)
        # Number of each token's text, and none for padding.
        texts = (starts.cumsum(1) - 1).clamp(min=0).masked_fill(attention_mask == 0, -1)
        with torch.no_grad():
            features = self.features(input_ids, texts)
            tokens = features @ self.get_buffer("cnn_W") + self.get_buffer("cnn_b")
            vectors = self.sentences(features, texts)
            first = vectors.gather(1, texts.clamp(min=0)[..., None].expand(-1, -1, WIDTH))
            # Vectors have length 1; as states they need numbers of the size that other states have.
            states = torch.where(starts[..., None], first.to(tokens.dtype) * math.sqrt(WIDTH), tokens)
        added: Tensor = self.added(features)
        return states + added

    def features(self, ids: Tensor, texts: Tensor) -> Tensor:
        """A feature of each token (B, L, 1280), normalised."""
        weight = self.get_buffer
        chunk = ids % CHUNKS
        embedded = weight("table")[ids] * weight("scale")[chunk][..., None] + weight("lo")[chunk][..., None]
        branches = torch.cat([embedded @ weight(f"proj{n}") + weight(f"proj_b{n}") for n, _ in NGRAMS], -1)
        scale, shift = (torch.cat([weight(f"{name}{n}") for n, _ in NGRAMS]) for name in ("ln_g", "ln_b"))
        branches = functional.layer_norm(branches, (len(NGRAMS) * BRANCH,), scale, shift, EPSILON)
        parts = [embedded]
        for (n, left), x in zip(NGRAMS, branches.chunk(len(NGRAMS), -1), strict=True):
            for layer in (1, 2):
                window = _windows(x, texts, n, left)
                x = x + functional.relu(window @ weight(f"w{layer}_{n}") + weight(f"b{layer}_{n}"))
            parts.append(x)
        return functional.layer_norm(torch.cat(parts, -1), (FEATURES,), weight("ln_g"), weight("ln_b"), EPSILON)

    def sentences(self, features: Tensor, texts: Tensor) -> Tensor:
        """The vector of each text (B, most texts of a sequence, 512), of length 1: what the package gives."""
        weight = self.get_buffer
        numbers = torch.arange(int(texts.max()) + 1, device=texts.device)
        members = texts[:, None].eq(numbers[:, None]).to(features.dtype)
        counts = members.sum(-1, keepdim=True).clamp(min=1)
        mean = (members @ features @ weight("cnn_W") + counts * weight("cnn_b")) / counts.sqrt()
        first = functional.relu(mean @ weight("p1") + functional.relu(mean @ weight("d0")) @ weight("d1"))
        second = functional.relu(first @ weight("d2"))
        return functional.normalize(torch.tanh(first @ weight("p3") + second @ weight("d3")), dim=-1)


def _windows(x: Tensor, texts: Tensor, n: int, left: int) -> Tensor:
    """The n tokens around each token side by side (B, L, n * C), zeros where they are not of the same text."""
    right = n - 1 - left
    length = x.shape[1]
    around, of = functional.pad(x, (0, 0, left, right)), functional.pad(texts, (left, right), value=-2)
    parts = [around[:, i : i + length] * (of[:, i : i + length] == texts)[..., None] for i in range(n)]
    return torch.cat(parts, -1)


class Layer(GradientCheckpointingLayer):  # type: ignore[no-untyped-call]
    """Attention with rotary positions, then feed-forward; each is added to what it reads, and is at first nothing."""

    def __init__(self, config: UseConfig) -> None:
        super().__init__()
        size = config.hidden_size
        self.heads = config.num_attention_heads
        self.dropout = config.hidden_dropout_prob
        self.attention_norm = nn.LayerNorm(size, config.layer_norm_eps)
        self.attention = nn.Linear(size, 3 * size)
        self.attention_output = SilentLinear(size, size)
        self.feed_forward_norm = nn.LayerNorm(size, config.layer_norm_eps)
        self.feed_forward = nn.Linear(size, config.intermediate_size)
        self.feed_forward_output = SilentLinear(config.intermediate_size, size)

    def forward(self, hidden: Tensor, mask: Tensor, rotation: tuple[Tensor, Tensor]) -> Tensor:
        """States (B, L, H) to states; `mask` (B, 1, 1, L) is true at real tokens."""
        batch, length, size = hidden.shape
        whole = self.attention(self.attention_norm(hidden)).view(batch, length, 3, self.heads, -1)
        query, key, value = whole.permute(2, 0, 3, 1, 4)
        query, key = _rotated(query, *rotation), _rotated(key, *rotation)
        dropout = self.dropout if self.training else 0.0
        mixed = functional.scaled_dot_product_attention(query, key, value.contiguous(), mask, dropout)
        mixed = mixed.transpose(1, 2).reshape(batch, length, size)
        hidden = hidden + functional.dropout(self.attention_output(mixed), dropout)
        inner = functional.gelu(self.feed_forward(self.feed_forward_norm(hidden)))
        return hidden + functional.dropout(self.feed_forward_output(inner), dropout)


def _rotation(length: int, size: int, device: torch.device) -> tuple[Tensor, Tensor]:
    """Cosine and sine (L, size / 2) of the angles by which positions are told (Su et al. 2021)."""
    speeds = 10_000.0 ** (-torch.arange(0, size, 2, device=device) / size)
    angles = torch.arange(length, device=device)[:, None] * speeds
    return angles.cos(), angles.sin()


def _rotated(x: Tensor, cosine: Tensor, sine: Tensor) -> Tensor:
    a, b = x.chunk(2, -1)
    return torch.cat([a * cosine - b * sine, b * cosine + a * sine], -1).to(x.dtype)


class UseModel(PreTrainedModel):  # type: ignore[no-untyped-call]
    """Frozen features and trained layers. Untrained layers pass on what they get: then all hidden states are alike."""

    config_class = UseConfig
    base_model_prefix = "use"
    supports_gradient_checkpointing: ClassVar[bool] = True  # type: ignore[misc]

    def __init__(self, config: UseConfig) -> None:
        super().__init__(config)
        self.embeddings = Embeddings(config)
        self.layers = nn.ModuleList(Layer(config) for _ in range(config.num_hidden_layers))
        self.post_init()  # type: ignore[no-untyped-call]

    def get_input_embeddings(self) -> nn.Module:
        """The layer that reads token ids."""
        return self.embeddings

    def _init_weights(self, module: nn.Module) -> None:
        super()._init_weights(module)  # type: ignore[no-untyped-call]
        if isinstance(module, SilentLinear):
            nn.init.zeros_(module.weight)

    def forward(self, input_ids: Tensor, attention_mask: Tensor | None = None, **options: Any) -> BaseModelOutput:
        """Hidden states: of the embeddings, and of each layer.

        Args:
            options: `output_hidden_states` alone counts.
        """
        attention_mask = torch.ones_like(input_ids) if attention_mask is None else attention_mask
        hidden = self.embeddings(input_ids, attention_mask)
        mask = attention_mask[:, None, None].bool()
        rotation = _rotation(
            input_ids.shape[1], self.config.hidden_size // self.config.num_attention_heads, mask.device
        )
        states = [hidden]
        for layer in self.layers:
            hidden = layer(hidden, mask, rotation)
            states.append(hidden)
        wanted = tuple(states) if options.get("output_hidden_states") else None
        return BaseModelOutput(last_hidden_state=hidden, hidden_states=wanted)


AutoConfig.register(MODEL_TYPE, UseConfig)
AutoModel.register(UseConfig, UseModel)
