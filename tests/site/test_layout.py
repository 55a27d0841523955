"""What keeps the house easy to find one's way in."""

from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PACKAGE = ROOT / "site" / "clevenio"
SOURCES = sorted(PACKAGE.rglob("*.py"))
TESTS = sorted((ROOT / "tests").rglob("*.py"))
SCREENS = sorted(path for path in (ROOT / "site").rglob("*") if path.suffix in {".html", ".css", ".js"})
EMPTY_NAMES = {
    "util",
    "utils",
    "helpers",
    "manager",
    "service",
    "services",
    "data",
    "process",
    "misc",
    "common",
}


def test_site_itself_is_no_package_so_the_standard_librarys_site_stays_what_it_is():
    assert not (ROOT / "site" / "__init__.py").exists()


@pytest.mark.parametrize("paths", [SOURCES, TESTS, SCREENS], ids=["sources", "tests", "screens"])
def test_no_file_needs_a_map(paths):
    assert paths
    assert [path.name for path in paths if len(path.read_text(encoding="utf-8").splitlines()) > 400] == []


def test_no_name_is_empty_of_meaning():
    assert [path for path in PACKAGE.rglob("*") if path.stem in EMPTY_NAMES] == []
