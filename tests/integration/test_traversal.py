"""Paths that lead out of the lake, wherever a path comes from: rows of the warehouse, nights, versions, names of views."""

from __future__ import annotations

import hashlib
import tempfile
from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.core.errors import CorruptionError, UsageError, WorldError
from pipeline.core.night import Night
from pipeline.data.lake import Lake
from pipeline.data.reports import report_path
from pipeline.features.view import load_view
from tests.commanding import NEXT, SCORED, nightshift, refused
from tests.worlds import World

SECRET = "canary-of-another-folder"
SHA256 = hashlib.sha256(SECRET.encode()).hexdigest()
PARTS = st.lists(st.sampled_from(["..", ".", "", "a", "..a", "a..", "...", "etc", "passwd"]), min_size=1, max_size=6)
NO_NIGHTS = (
    "..",
    "../2026-03-04",
    "2026-03-04/../../x",
    "2026-03-04/",
    "2026-03-04.html",
    "2026-03-04\0",
    "2026-03-04\n",
    " 2026-03-04",
    "\uff12026-03-04",  # a full-width digit
    "20260304",
    "2026-W10-3",
    "",
)


def outside(world: World) -> str:
    """A file beside the lake, and its path as seen from there."""
    (world.home / "secret").write_text(SECRET)
    return "../../secret"


def lead(world: World, table: str, where: str, path: str, sha256: str | None = None) -> None:
    """Let rows name another path (and another hash), as one could who may write into the warehouse."""
    hashed = f", sha256 = '{sha256}'" if sha256 else ""
    world.change(f"UPDATE {table} SET path = '{path}'{hashed} WHERE {where}")
    assert world.scalar(f"SELECT count(*) FROM {table} WHERE path = '{path}'")


@pytest.mark.parametrize("hashed", [True, False])
def test_a_seal_that_names_a_file_outside_the_lake_is_refused_and_nothing_of_that_file_is_told(behind: World, hashed: bool) -> None:
    path = outside(behind)
    lead(behind, "scoring.seal", f"what = 'transactions' AND night = '{SCORED}'", path, SHA256 if hashed else None)
    refused(behind, 5, f"'{path}' leads out of the lake", "night", NEXT)
    doctor = nightshift("doctor", "--repair")
    assert any(line.startswith("WRONG") and path in line for line in doctor.out.splitlines())
    assert SECRET not in doctor.out + doctor.err
    assert (behind.home / "secret").read_text() == SECRET


def test_a_model_whose_row_names_a_file_outside_the_lake_is_refused(behind: World) -> None:
    path = outside(behind)
    lead(behind, "scoring.model_version", "true", path, SHA256)
    refused(behind, 5, f"'{path}' leads out of the lake", "night", NEXT)


def test_a_seal_that_names_a_file_of_another_kind_is_refused_in_words(behind: World) -> None:
    (behind.home / ".nightshift" / "lake" / "note").write_text(SECRET)
    lead(behind, "scoring.seal", f"what = 'transactions' AND night = '{SCORED}'", "note", SHA256)
    refused(behind, 5, "note in the lake is no Parquet file", "night", NEXT)


@given(PARTS)
def test_whatever_path_a_row_names_nothing_outside_the_lake_is_read_removed_or_written(parts: list[str]) -> None:
    """The twin: where the path leads, as the file system itself resolves it."""
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder, "a", "lake")
        for place in (Path(folder), root.parent):
            (place / "etc").mkdir(parents=True)
            for victim in (place / "passwd", place / "etc" / "passwd"):
                victim.write_text(SECRET)
        root.mkdir()
        path, before = "/".join(parts), sorted(Path(folder).rglob("*"))
        leads_out = not Path(f"{root}/{path}").resolve().is_relative_to(root)
        lake = Lake(root.as_uri())
        for act in (lambda: lake.read_bytes(path, SHA256), lambda: lake.read_page(path), lambda: lake.delete(path)):
            with pytest.raises(CorruptionError, match="leads out of the lake") if leads_out else suppress(WorldError):
                assert act() is None
        if leads_out:
            with pytest.raises(CorruptionError, match="leads out of the lake"):
                lake.write_page(path, "mine")
        assert sorted(Path(folder).rglob("*")) == before


@pytest.mark.parametrize("linked", ["reports", "reports/2026-03-04.html"])
def test_no_link_leads_a_page_out_of_the_lake(tmp_path: Path, linked: str) -> None:
    """A page has no hash: whoever may write where reports lie would choose what is shown, and where the next one is written."""
    other, root, page = tmp_path / "other", tmp_path / "lake", report_path(Night.parse("2026-03-04"))
    for folder in (other, root, (root / linked).parent):
        folder.mkdir(exist_ok=True)
    victim = other / "2026-03-04.html"
    victim.write_text(SECRET)
    (root / linked).symlink_to(victim if linked.endswith("html") else other)
    lake = Lake(root.as_uri())
    for act in (lambda: lake.read_page(page), lambda: lake.write_page(page, "mine")):
        with pytest.raises(CorruptionError, match="is a link that leads out of the lake"):
            act()
    assert [path.read_text() for path in other.iterdir()] == [SECRET]


def test_a_lake_that_is_itself_behind_a_link_has_its_pages(tmp_path: Path) -> None:
    (tmp_path / "disk").mkdir()
    (tmp_path / "lake").symlink_to(tmp_path / "disk")
    lake = Lake((tmp_path / "lake").as_uri())
    lake.write_page("reports/2026-03-04.html", "mine")
    assert lake.read_page("reports/2026-03-04.html") == b"mine"


@pytest.mark.parametrize("text", NO_NIGHTS)
def test_no_text_but_a_day_becomes_part_of_a_path(text: str) -> None:
    with pytest.raises(UsageError, match="is not a night"):
        Night.parse(text)
    assert report_path(Night.parse("2026-03-04")) == "reports/2026-03-04.html"


@pytest.mark.parametrize(
    "name", ["../../evil:VIEW", "/etc/passwd:VIEW", "..evil:VIEW", "os:path", "os.path:join", "tests/worlds.py:SMALL_VIEW"]
)
def test_the_name_of_a_view_is_no_path_and_names_nothing_but_a_view(name: str) -> None:
    with pytest.raises(UsageError):
        load_view(name)
