"""Which arms are compared: captions with their images, the same as text, controls of images, and other training."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from harness.studykit import NONE

if TYPE_CHECKING:
    from harness_plugins.studies.vision_language import Options

CAPTIONS, TEXT = "captions", "text"
SHUFFLED, RANDOM = "shuffled", "random"
MASKED, MASKED_SHUFFLED = "masked", "masked shuffled"
NLI, NLI_CAPTIONS, MULTILINGUAL = "nli", "nli then captions", "multilingual"
PICTURES, PICTURES_SHUFFLED = "pictures", "pictures shuffled"
FURTHER = (SHUFFLED, RANDOM, MASKED, NLI, MULTILINGUAL)
SWEPT = (NONE, CAPTIONS, TEXT)
"""Arms that are scored at other layers, too."""


def arm_texts(options: Options) -> dict[str, str]:
    """The arms beside `none`, as `--arm` takes them, by label.

    Text has half as many units a step, each of two captions, so that all arms of captions have as many in a step.
    """
    steps, batch = f"steps={options.steps}", f"batch_size={options.batch}"
    captions = f"{options.captions}{{{batch},{steps}}}"

    def changed(task: str, images: str) -> str:
        return f"{task}{{images={images},{batch},{steps}}}"

    found = {CAPTIONS: captions, TEXT: f"{options.captions}{{images=none,batch_size={options.batch // 2},{steps}}}"}
    further: Mapping[str, Mapping[str, str]] = {
        SHUFFLED: {SHUFFLED: changed(options.captions, "shuffled")},
        RANDOM: {RANDOM: changed(options.captions, "random")},
        MASKED: {
            MASKED: f"{options.captions}@masked{{{batch},{steps}}}",
            MASKED_SHUFFLED: changed(f"{options.captions}@masked", "shuffled"),
        },
        NLI: {NLI: f"{options.nli}{{{steps}}}", NLI_CAPTIONS: f"{options.nli}{{{steps}}} > {captions}"},
        MULTILINGUAL: {MULTILINGUAL: f"{options.captions}@multilingual{{{batch},{steps}}}"},
    }
    for name in options.further:
        found |= further[name]
    return found


def control_texts(options: Options) -> dict[str, str]:
    """Arms that learn to find images, scored in all languages: with their own ones and with those of others."""
    own = f"steps={options.retrieval_steps}"
    return {
        PICTURES: f"{options.retrieval}{{{own}}}",
        PICTURES_SHUFFLED: f"{options.retrieval}{{images=shuffled,{own}}}",
    }


def centred(label: str) -> str:
    """What an arm is called whose scores are of centred embeddings."""
    return f"{label} centred"


def at_layer(label: str, layer: int) -> str:
    """What an arm is called whose scores are of embeddings of another layer."""
    return f"{label} layer {layer}"


def changed_arms(texts: Mapping[str, str], labels: Sequence[str], called: str, **values: Any) -> dict[str, Any]:
    """The same arms by settings that only what is scored reads.

    Args:
        called: their labels, with {} for the arm's own.
    """
    return {called.format(label): {"arm": texts.get(label, NONE), "set": dict(values)} for label in labels}
