"""Where there is no browser, whoever asks is told the one line that installs it."""

from __future__ import annotations

from pathlib import Path

import pytest

from ops import browser
from pipeline.core.errors import WorldError


def test_without_a_browser_and_without_the_means_to_install_it_the_line_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    assert browser.find() is None
    with pytest.raises(WorldError, match="apt-get install -y --no-install-recommends chromium"):
        browser.find_or_install()


def test_whoever_is_not_root_is_told_to_become_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("os.geteuid", lambda: 1000)
    assert browser.install_line().startswith("sudo apt-get install ")
    monkeypatch.setattr("os.geteuid", lambda: 0)
    assert browser.install_line().startswith("apt-get install ")


def test_any_of_its_names_is_found(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    (tmp_path / "chromium-browser").touch(mode=0o755)
    assert browser.find() == str(tmp_path / "chromium-browser")
