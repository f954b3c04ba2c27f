"""Models by hub id: from the local cache, or fetched where there is a network."""

from __future__ import annotations

import socket
import threading
from pathlib import Path
from urllib.parse import urlsplit
from urllib.request import getproxies

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
    from huggingface_hub.errors import HfHubHTTPError, HFValidationError, LocalEntryNotFoundError

    try:
        cached = Path(snapshot_download(hub_id, allow_patterns=list(PATTERNS), local_files_only=True))
        # The cache may hold a part only, such as the config.json that another program asked for.
        if any(cached.glob("*.safetensors")):
            return cached
    except LocalEntryNotFoundError:
        pass
    except HFValidationError as error:
        raise HubError(f"{hub_id!r} is no id of a model on the hub", mend="an id is owner/name") from error
    mend = "give the directory of a model as --model, or fetch it into the hub's cache on a machine with a network"
    if constants.HF_HUB_OFFLINE or not _reachable(constants.ENDPOINT):
        raise HubError(f"model {hub_id} is not in the local cache, and the hub cannot be reached", mend=mend)
    try:
        return Path(snapshot_download(hub_id, allow_patterns=list(PATTERNS)))
    except (HfHubHTTPError, OSError) as error:
        first = (str(error).strip().splitlines() or [type(error).__name__])[0]
        raise HubError(f"model {hub_id} cannot be fetched: {first}", mend=mend) from error


def _reachable(endpoint: str) -> bool:
    """Whether the endpoint, or the proxy before it, accepts a connection within `SECONDS`."""
    address = urlsplit(endpoint)
    address = urlsplit(getproxies().get(address.scheme, endpoint))
    found = threading.Event()

    def connect() -> None:
        try:
            with socket.create_connection((address.hostname, address.port or 443), timeout=SECONDS):
                found.set()
        except OSError:
            return

    # In a thread, because looking up the name has no timeout of its own.
    thread = threading.Thread(target=connect, daemon=True)
    thread.start()
    thread.join(SECONDS)
    return found.is_set()
