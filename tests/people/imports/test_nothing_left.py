"""What is not there, and what somebody left behind."""

from datetime import timedelta

import pytest

from clevenio.people.imports import keeping
from tests.people.imports.steps import HOME, one_database
from tests.support.factories import NOW


@one_database
@pytest.mark.parametrize("tail", ["", "/columns", "/rejects.csv"])
def test_a_number_that_no_row_can_have_is_nothing(marketer, tail):
    assert marketer.get(f"{HOME}/{10**20}{tail}").status_code == 404


@one_database
def test_a_file_left_by_a_killed_process_is_removed(settings, tmp_path):
    settings.data.mkdir(parents=True, exist_ok=True)
    left = settings.data / "people-import-abc.csv"
    left.write_text("aino@example.fi")
    # As a file of another process that goes between two looks.
    (settings.data / "people-import-aaa.csv").symlink_to(tmp_path / "gone")
    keeping.clear_up(settings.data, NOW + timedelta(days=20_000))
    assert not left.exists()
