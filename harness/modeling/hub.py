"""Models by hub id: from the local cache, or fetched where there is a network."""

from __future__ import annotations

import socket
from pathlib import Path
from urllib.parse import urlsplit

from harness.errors import UserError

PATTERNS = ("*.json", "*.safetensors", "*.model", "*.txt")
SECONDS = 1.5
"""How long to wait for a connection before saying that there is no network."""


class HubError(UserError):
    """A hub id that is not in the cache and cannot be fetched."""


def snapshot(hub_id: str) -> Path:
    """The directory of a model's files, fetched into the hub's own cache if need be.

    Raises:
        HubError: it is not in the cache and cannot be fetched; said within two seconds where there is no network.
    """
    from huggingface_hub import constants, snapshot_download
    from huggingface_hub.errors import HfHubHTTPError, LocalEntryNotFoundError

    try:
        return Path(snapshot_download(hub_id, allow_patterns=list(PATTERNS), local_files_only=True))
    except LocalEntryNotFoundError:
        pass
    mend = "give the directory of a model as --model, or fetch it into the hub's cache on a machine with a network"
    if constants.HF_HUB_OFFLINE or not _reachable(constants.ENDPOINT):
        raise HubError(f"model {hub_id} is not in the local cache, and the hub cannot be reached", mend=mend)
    try:
        return Path(snapshot_download(hub_id, allow_patterns=list(PATTERNS)))
    except (HfHubHTTPError, OSError) as error:
        first = str(error).strip().splitlines()[0]
        raise HubError(f"model {hub_id} cannot be fetched: {first}", mend=mend) from error


def _reachable(endpoint: str) -> bool:
    address = urlsplit(endpoint)
    try:
        with socket.create_connection((address.hostname, address.port or 443), timeout=SECONDS):
            return True
    except OSError:
        return False
