"""A Chromium whose letters are of one family, but for signs that it lacks: pages are as wide on every machine.

A font that a page loads comes after what was measured without it; this one is there from the first moment on.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

import font_roboto
import pytest
from playwright.sync_api import Browser, Playwright

from tests.browser.conftest import CHROMIUM_ARGS

CONFIG: Final = """<?xml version="1.0"?>
<!DOCTYPE fontconfig SYSTEM "fonts.dtd">
<fontconfig>
  <dir>{folder}</dir>
  <dir>/usr/share/fonts</dir>
  <cachedir>{folder}/cache</cachedir>
  <match target="pattern">
    <test name="family" compare="eq"><string>monospace</string></test>
    <edit name="family" mode="assign" binding="strong"><string>Roboto</string></edit>
  </match>
  <match target="font">
    <edit name="antialias" mode="assign"><bool>true</bool></edit>
    <edit name="hinting" mode="assign"><bool>false</bool></edit>
    <edit name="rgba" mode="assign"><const>none</const></edit>
  </match>
</fontconfig>
"""


@contextmanager
def lettered(playwright: Playwright, folder: Path) -> Iterator[Browser]:
    """Run Chromium with Roboto of the lock, put into `folder` with the configuration that says so."""
    path = shutil.which("chromium")
    if path is None:
        pytest.skip("no chromium on the PATH; apt-get install chromium")
    for name in ("Roboto", "RobotoBold"):
        shutil.copy(font_roboto.font_files[name], folder / f"{name}.ttf")
    config = folder / "fonts.conf"
    config.write_text(CONFIG.format(folder=folder))
    browser = playwright.chromium.launch(
        executable_path=path, args=CHROMIUM_ARGS, env={**os.environ, "FONTCONFIG_FILE": str(config)}
    )
    yield browser
    browser.close()
