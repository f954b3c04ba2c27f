"""Models by hub id: from the local cache, or fetched where there is a network."""

from __future__ import annotations

from pathlib import Path

from harness.errors import SettingsError, UserError
from harness.modeling.shape import CONFIG, has_tokenizer_files, weight_files
from harness.network import reachable

PATTERNS = ("*.json", "*.safetensors", "*.model", "*.txt")

INSTEAD = (
    "give the directory of a model as --model, or fetch it into the hub's cache on a machine with a network; "
    "--model e5-small-4bit and use-multilingual need a package index only"
)


class HubError(UserError):
    """A hub id that is not in the cache and cannot be fetched."""


def cached(hub_id: str, revision: str = "") -> Path | None:
    """The directory of a model's files in the hub's cache; None where there are none.

    Args:
        revision: a commit, tag or branch; the main branch by default.
    """
    from huggingface_hub import snapshot_download
    from huggingface_hub.errors import LocalEntryNotFoundError

    try:
        return Path(
            snapshot_download(hub_id, revision=revision or None, allow_patterns=list(PATTERNS), local_files_only=True)
        )
    except LocalEntryNotFoundError:
        return None


def snapshot(hub_id: str, revision: str = "", *, tokenizer: bool = True, instead: str = INSTEAD) -> Path:
    """The directory of a model's files, fetched into the hub's own cache if need be.

    Args:
        revision: a commit, tag or branch; the main branch by default.
        tokenizer: whether one is needed.
        instead: what to do where it cannot be fetched.

    Raises:
        HubError: it is not in the cache and cannot be fetched; said within two seconds where there is no network.
    """
    from huggingface_hub import constants, snapshot_download
    from huggingface_hub.errors import HFValidationError

    name = f"{hub_id}@{revision}" if revision else hub_id
    try:
        found = cached(hub_id, revision)
    except HFValidationError as error:
        raise HubError(
            f"{hub_id!r} is no id of a model on the hub", code="not-a-hub-id", fix="an id is owner/name"
        ) from error
    lacking = _lacking(found, tokenizer=tokenizer) if found else ""
    if found and not lacking:
        return found
    if constants.HF_HUB_OFFLINE or not reachable(constants.ENDPOINT):
        if found and any(found.glob("*.bin")) and not any(found.glob("*.safetensors")):
            # Its weights are pickled, which whoever asks for them says, and how to convert them.
            return found
        where = f"without {lacking}" if found else "not"
        raise HubError(
            f"model {name} is {where} in the local cache, and the hub cannot be reached",
            code="model-not-in-cache",
            fix=instead,
        )
    try:
        return Path(snapshot_download(hub_id, revision=revision or None, allow_patterns=list(PATTERNS)))
    except Exception as error:  # of many libraries: for names, for connections, for answers that are none
        first = (str(error).strip().splitlines() or [type(error).__name__])[0]
        raise HubError(
            f"model {name} cannot be fetched: {first}", code="model-cannot-be-fetched", fix=instead
        ) from error


def revision_of(directory: Path) -> str:
    """The commit of a model's files in the hub's cache; empty where they are elsewhere."""
    return directory.name if directory.parent.name == "snapshots" else ""


def _lacking(directory: Path, *, tokenizer: bool) -> str:
    """What a cache lacks that another program filled for its own needs, or whose filling was interrupted."""
    if not (directory / CONFIG).is_file():
        return CONFIG
    try:
        weight_files(directory)
    except SettingsError:
        return "all of its weights"
    return "" if not tokenizer or has_tokenizer_files(directory) else "its tokenizer"
