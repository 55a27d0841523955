"""No recipient in force on that day, no export: by the command, by the page, and after the file was ordered."""

import pytest
from click.testing import CliRunner
from flask.cli import ScriptInfo
from sqlalchemy import select

from clevenio.app import cli
from clevenio.audiences.export import handout, order
from clevenio.audiences.models import Export
from clevenio.audiences.platforms import platform
from clevenio.audiences.segments import find
from clevenio.errors import Refused
from clevenio.i18n import local_day
from clevenio.people.staff_members import Role
from tests.audiences.conftest import HOME, posted
from tests.support.factories import NOW

pytestmark = pytest.mark.parametrize("backend", ["sqlite"])
TODAY = local_day(NOW)
YESTERDAY, TOMORROW = TODAY.replace(month=5, day=31), TODAY.replace(day=2)
# What the registry says of Meta, and whether an audience may go there.
ENTRIES = {
    "none": ([], "not among the declared recipients"),
    "not yet": ([{"since": TOMORROW}], "not among the declared recipients"),
    "ended yesterday": ([{"until": YESTERDAY}], "not among the declared recipients"),
    "no advertising platform": ([{"audience": False}], "not among the declared recipients"),
    "safeguard not yet": ([{"safeguard_since": TOMORROW}], "no safeguard in force"),
    "safeguard ended": ([{"safeguard_until": YESTERDAY}], "no safeguard in force"),
    "last day": ([{"until": TODAY, "safeguard_until": TODAY}], ""),
    "first day": ([{"since": TODAY, "safeguard_since": TODAY}], ""),
}
CASES = pytest.mark.parametrize(("entries", "refusal"), ENTRIES.values(), ids=ENTRIES)


def exports(database):
    with database.session(write=False) as session:
        return session.scalars(select(Export)).all()


@CASES
def test_the_command_refuses_and_writes_no_file(
    app, clock, crowd, database, declared, tmp_path, entries, refusal
):
    crowd.add("yes@example.com")
    declared("meta", *entries)
    path = tmp_path / "audience.csv"
    result = CliRunner().invoke(
        cli,
        ["audiences", "export", "--segment", "all", "--platform", "meta", "--output", str(path)],
        obj=ScriptInfo(create_app=lambda: app),
        prog_name="clevenio",
    )
    assert (result.exit_code == 0) is not bool(refusal)
    assert path.exists() is not bool(refusal)
    assert len(exports(database)) == (0 if refusal else 1)
    if refusal:
        assert refusal in result.output


@CASES
def test_the_page_says_so_and_a_post_is_refused_all_the_same(
    signed_in, crowd, database, declared, entries, refusal
):
    crowd.add("yes@example.com")
    marketer = signed_in(Role.MARKETER)
    page = f"{HOME}/segments/all/meta"
    declared("meta", *entries)
    shown = marketer.get(page).text
    assert ("Download the file" in shown) is not bool(refusal)
    assert refusal in shown
    answer = posted(marketer, HOME, f"{HOME}/exports", segment="all", platform="meta")
    assert answer.status_code == (403 if refusal else 303)
    assert refusal in answer.text
    assert len(exports(database)) == (0 if refusal else 1)


def test_an_end_between_order_and_download_stops_the_file(crowd, database, settings, declared):
    crowd.add("yes@example.com")
    chosen = platform("meta", settings.data)
    with database.session() as session:
        ordered = order(session, settings, chosen, find(session, "all", NOW), actor="command", now=NOW)
        session.commit()
    declared("meta", {"until": YESTERDAY})
    with pytest.raises(Refused), handout(database, settings, chosen, ordered.id, now=NOW):
        pass


def test_who_left_can_be_taken_out_of_a_platform_that_has_ended(crowd, exported, removed, declared):
    person = crowd.add("yes@example.com")
    assert len(exported("meta")) == 1
    crowd.withdraw(person, "ad_audiences:meta")
    declared("meta", {"until": YESTERDAY})
    assert len(removed("meta")) == 1
