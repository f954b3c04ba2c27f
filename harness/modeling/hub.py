"""Models by hub id: from the local cache, or fetched where there is a network."""

from __future__ import annotations

from pathlib import Path

from harness.errors import UserError
from harness.network import reachable

PATTERNS = ("*.json", "*.safetensors", "*.model", "*.txt")


class HubError(UserError):
    """A hub id that is not in the cache and cannot be fetched."""


def cached(hub_id: str) -> Path | None:
    """The directory of a model's files in the hub's cache; None where it is not there with its weights."""
    from huggingface_hub import snapshot_download
    from huggingface_hub.errors import LocalEntryNotFoundError

    try:
        directory = Path(snapshot_download(hub_id, allow_patterns=list(PATTERNS), local_files_only=True))
    except LocalEntryNotFoundError:
        return None
    # The cache may hold a part only, such as the config.json that another program asked for.
    return directory if any(directory.glob("*.safetensors")) else None


def snapshot(hub_id: str) -> Path:
    """The directory of a model's files, fetched into the hub's own cache if need be.

    Raises:
        HubError: it is not in the cache and cannot be fetched; said within two seconds where there is no network.
    """
    from huggingface_hub import constants, snapshot_download
    from huggingface_hub.errors import HfHubHTTPError, HFValidationError

    try:
        found = cached(hub_id)
    except HFValidationError as error:
        raise HubError(f"{hub_id!r} is no id of a model on the hub", mend="an id is owner/name") from error
    if found:
        return found
    mend = "give the directory of a model as --model, or fetch it into the hub's cache on a machine with a network"
    if constants.HF_HUB_OFFLINE or not reachable(constants.ENDPOINT):
        raise HubError(f"model {hub_id} is not in the local cache, and the hub cannot be reached", mend=mend)
    try:
        return Path(snapshot_download(hub_id, allow_patterns=list(PATTERNS)))
    except (HfHubHTTPError, OSError) as error:
        first = (str(error).strip().splitlines() or [type(error).__name__])[0]
        raise HubError(f"model {hub_id} cannot be fetched: {first}", mend=mend) from error
