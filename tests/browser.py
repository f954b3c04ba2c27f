"""Pages in a browser that shows nothing: what it complains of, what it asks the network for, what axe finds."""

from __future__ import annotations

import importlib.util
import json
import re
import shutil
import subprocess
from dataclasses import dataclass
from html import escape, unescape
from pathlib import Path
from typing import Any

import pytest

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
POLICY = re.compile(r'<meta http-equiv="Content-Security-Policy"[^>]*>')
FOUND = re.compile(r'<pre id="found">(.*?)</pre>', re.DOTALL)


def needs_browser() -> None:
    """Skip a test where there is no browser, and say so."""
    if CHROMIUM is None:
        pytest.skip("needs Chromium (Debian: apt-get install chromium)")


@dataclass(frozen=True)
class Opened:
    """A page that was opened.

    Attributes:
        console: what the browser said of it.
        requests: addresses that were asked for, the page's own left out.
        dom: the page as it is once its scripts have run.
    """

    console: list[str]
    requests: list[str]
    dom: str


def opened(page: Path, log: Path, *, width: int = 1280, scripts: bool = True, dark: bool = False) -> Opened:
    """Open a page from the disk.

    Args:
        log: a new file for what goes over the network.
    """
    assert CHROMIUM is not None
    options = [
        "--headless=new",
        "--no-sandbox",
        "--disable-gpu",
        "--no-first-run",
        "--disable-background-networking",
        "--disable-component-update",
        "--host-resolver-rules=MAP * ~NOTFOUND",
        "--enable-logging=stderr",
        f"--user-data-dir={log.parent / 'profile'}",
        f"--log-net-log={log}",
        f"--window-size={width},900",
        "--virtual-time-budget=20000",
        *([] if scripts else ["--blink-settings=scriptEnabled=false"]),
        *(["--blink-settings=preferredColorScheme=0"] if dark else []),
        "--dump-dom",
    ]
    done = subprocess.run(
        [CHROMIUM, *options, page.resolve().as_uri()], capture_output=True, text=True, check=True, timeout=120
    )
    console = [line for line in done.stderr.splitlines() if "CONSOLE" in line]
    own = page.resolve().as_uri()
    return Opened(console, [one for one in _requests(log) if one != own], done.stdout)


def _requests(log: Path) -> list[str]:
    """Addresses that a page asked for, in the browser's own log of the network; the browser itself asks for others."""
    text = log.read_text(encoding="utf-8", errors="replace")
    found = re.findall(r'"initiator":"([^"]+)".*?"url":"([^"]+)"', text)
    return [url for initiator, url in found if initiator != "not an origin"]


def width_within(page: Path, width: int, log: Path) -> int:
    """How wide a page is, in a frame of so many pixels: windows of browsers are no narrower than 500."""
    inside = escape(POLICY.sub("", page.read_text(encoding="utf-8")))
    outer = page.with_name(f"{page.stem}-framed.html")
    script = "document.querySelector('iframe').contentDocument.documentElement.scrollWidth"
    outer.write_text(
        f'<!doctype html><body><iframe style="width:{width}px;height:800px;border:0" srcdoc="{inside}"></iframe>'
        f"<script>onload = () => {{ const pre = document.createElement('pre'); pre.id = 'found';"
        f"pre.textContent = JSON.stringify({script}); document.body.append(pre) }}</script></body>",
        encoding="utf-8",
    )
    found = FOUND.search(opened(outer, log).dom)
    assert found, "the frame has not been opened"
    return int(found[1])


def asked_inside(page: Path, script: str, log: Path, **how: Any) -> Any:
    """What a script finds out in a copy of a page, beside it, that allows scripts; a promise's result as JSON.

    Args:
        script: an expression.
    """
    text = POLICY.sub("", page.read_text(encoding="utf-8"))
    probe = (
        f"<script>(async () => {{ const found = await ({script}); const pre = document.createElement('pre');"
        "pre.id = 'found'; pre.textContent = JSON.stringify(found); document.body.append(pre); })()</script>"
    )
    copy = page.with_name(f"{page.stem}-asked.html")
    copy.write_text(text.replace("</body>", f"{probe}</body>"), encoding="utf-8")
    found = FOUND.search(opened(copy, log, **how).dom)
    assert found, "the script has not come to its end"
    return json.loads(unescape(found[1]))


def violations(page: Path, log: Path, *, opened_wide: bool = True, **how: Any) -> list[str]:
    """What axe finds wrong with a page, all of it unfolded."""
    spec = importlib.util.find_spec("axe_core_python")
    if spec is None or spec.origin is None:
        pytest.skip("needs axe-core-python (pip install 'xharness[dev]')")
    axe = Path(spec.origin).with_name("axe.min.js").read_text(encoding="utf-8")
    text = page.read_text(encoding="utf-8")
    whole = page.with_name(f"{page.stem}-whole.html")
    unfolded = text.replace("<details", "<details open") if opened_wide else text
    inside = axe.replace("</script", r"<\/script")
    whole.write_text(unfolded.replace("</head>", f"<script>{inside}</script></head>"), encoding="utf-8")
    script = "axe.run().then((r) => r.violations.map((v) => [v.id, v.nodes.length, v.nodes[0].html].join(' | ')))"
    found: list[str] = asked_inside(whole, script, log, **how)
    return found
