"""Opening a page in a real browser, under its own policy, and asking it what it shows."""

from __future__ import annotations

import base64
import hashlib
import html
import json
import re
import shutil
import subprocess
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
FLAGS = """--headless --no-sandbox --disable-gpu --disable-quic --no-first-run --disable-background-networking
--disable-component-update --disable-sync --enable-logging=stderr --v=0 --virtual-time-budget=8000 --dump-dom"""
FRAMES = """<!DOCTYPE html><body><pre id="seen"></pre><script>
const seen = [];
function tell(what) {
  seen.push(what);
  document.getElementById("seen").textContent = JSON.stringify(seen);
}
addEventListener("message", message => tell(message.data));
</script>"""
WIDTHS = (1280, 390)

needs_browser = pytest.mark.skipif(CHROMIUM is None, reason="no chromium on PATH: the page is not opened in a browser")


def browse(page: Path, profile: Path) -> tuple[str, list[str]]:
    """Open a page: its DOM after loading, and what the browser's console said."""
    assert CHROMIUM is not None
    command = [CHROMIUM, *FLAGS.split(), f"--user-data-dir={profile}", page.as_uri()]
    done = subprocess.run(command, capture_output=True, text=True, timeout=120, check=True)
    return done.stdout, [line for line in done.stderr.splitlines() if ":CONSOLE" in line]


def probed(page: str, script: str) -> str:
    """The same page with one script more, which its policy then allows by its hash; nothing else changes."""
    digest = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
    assert page.count("script-src ") == 1
    allowed = page.replace("script-src ", f"script-src 'sha256-{digest}' ", 1)
    return allowed.replace("</body>", f"<script>{script}</script></body>")


def frame(source: str, width: int) -> str:
    """A page in a frame of this width."""
    return f'<iframe src="{source}" style="width:{width}px;height:900px"></iframe>'


def silent(page: str, width: int, question: str) -> str:
    """A page in a frame where no script runs. `question` is JavaScript about its document, `page`, from outside."""
    return (
        f'<iframe sandbox="allow-same-origin" srcdoc="{html.escape(page)}" style="width:{width}px;height:900px" '
        f'onload="const page = this.contentDocument; tell({html.escape(question)})"></iframe>'
    )


def ask(frames: Sequence[str], directory: Path) -> tuple[list[Any], list[str]]:
    """What the pages in these frames told, in the order in which they told it, and what the console said."""
    host = directory / "frames.html"
    host.write_text(FRAMES + "".join(frames), encoding="utf-8")
    dom, console = browse(host, directory / "profile")
    found = re.search(r'<pre id="seen">(.*?)</pre>', dom, re.DOTALL)
    assert found is not None
    return json.loads(html.unescape(found[1]) or "[]"), console
