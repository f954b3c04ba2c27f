"""How much memory this process may still take, by what Linux says of the machine and of the container."""

from __future__ import annotations

from pathlib import Path

MACHINE = Path("/proc/meminfo")
LIMIT, USED = Path("/sys/fs/cgroup/memory.max"), Path("/sys/fs/cgroup/memory.current")
"""Of a container; LIMIT holds "max" where there is none."""


def available_memory() -> int | None:
    """Bytes that can be had without swapping; None where the system does not say."""
    found = [one for one in (_of_machine(), _of_container()) if one is not None]
    return min(found, default=None)


def _of_machine() -> int | None:
    try:
        lines = MACHINE.read_text().splitlines()
    except OSError:
        return None
    kilobytes = (line.split()[1] for line in lines if line.startswith("MemAvailable:"))
    return next((1024 * int(number) for number in kilobytes), None)


def _of_container() -> int | None:
    try:
        limit, used = LIMIT.read_text().strip(), USED.read_text().strip()
    except OSError:
        return None
    return max(0, int(limit) - int(used)) if limit.isdecimal() and used.isdecimal() else None
