"""Counts before a file, and the sizes below which none is made."""

from dataclasses import replace

import pytest

from clevenio.audiences.models import Export
from clevenio.audiences.platforms import platform
from clevenio.audiences.preview import preview, require_size, required, serves
from clevenio.audiences.segments import Choice
from clevenio.errors import Refused
from tests.audiences.conftest import LISTED
from tests.support.factories import NOW
from tests.support.plans import asked, steps


@pytest.fixture
def counted(database, settings):
    def count(name="google", **criteria):
        with database.session(write=False) as session:
            return preview(session, platform(name, settings.data), Choice("made up", criteria))

    return count


def test_everybody_is_counted_once_under_the_reason_that_keeps_them_out(crowd, counted):
    crowd.add("in@example.com", phone="+358401234567")
    crowd.add("mail@example.com")
    crowd.add("silent@example.com", grants="")
    crowd.add("no@example.com", grants="", refuses="ad_audiences:google")
    crowd.change(crowd.add("held@example.com"), restricted_at=NOW)
    crowd.add("twice@gmail.com")
    crowd.add("t.wice@gmail.com")
    crowd.withdraw(crowd.add("gone@gmail.com"))
    crowd.add("g.one@gmail.com")
    counts = counted()
    assert counts.matching == 9
    assert counts.rejects == {"no_consent": 3, "restricted": 1, "duplicate": 1, "withheld": 1, "invalid": 0}
    assert counts.rows == 3
    assert counts.identifiers == {"email": 3, "phone": 1}
    assert counts.matching == counts.rows + sum(counts.rejects.values())


@pytest.mark.parametrize("backend", ["sqlite"])
@pytest.mark.parametrize("name", ["google", "linkedin-companies"])
def test_everybody_is_counted_without_a_look_at_their_rows(crowd, counted, database, name):
    crowd.add("in@example.com", phone="+358401234567")
    with asked(database) as statements:
        counted(name)
    granted = next(each for each in statements if " AS granted" in each[0])
    assert steps(database, [granted], "people") == [
        "SEARCH people USING COVERING INDEX ix_people_identifiers (id=?)"
    ]


def test_a_preview_counts_within_the_segment(crowd, counted):
    crowd.add("sales@example.com", role="sales")
    crowd.add("owner@example.com", role="owner")
    assert (counted(role=["sales"]).matching, counted(role=["sales"]).rows) == (1, 1)


def test_the_same_mailbox_outside_the_segment_is_no_duplicate(crowd, counted):
    crowd.add("one@gmail.com", role="sales")
    crowd.add("o.ne@gmail.com", role="owner")
    assert counted(role=["owner"]).rows == 1
    assert counted().rows == 1


def test_an_empty_database_has_counts_of_zero(counted):
    for name in ("google", "linkedin-companies"):
        counts = counted(name)
        assert (counts.matching, counts.rows) == (0, 0)
        assert set(counts.rejects.values()) == {0}


def test_companies_are_counted_as_rows_and_their_people_by_reason(crowd, counted):
    for number in range(3):
        crowd.add(f"p{number}@example.fi", website_domain="example.fi", listed=LISTED)
    crowd.add("free@example.com", website_domain="gmail.com", role="owner")
    crowd.add("sole@example.com", website_domain="sole.example", role="owner")
    crowd.add("none@example.com")
    crowd.add("hashes@example.com", website_domain="works.example")
    crowd.add("silent@example.com", grants="")
    counts = counted("linkedin-companies")
    assert counts.rows == 1
    assert counts.identifiers == {}
    assert counts.rejects == {
        "no_consent": 1, "restricted": 0, "duplicate": 0, "withheld": 0, "invalid": 0, "no_company": 1, "free_mail": 1,
        "sole_trader": 1, "unlisted": 1, "same_company": 2,
    }  # fmt: skip
    assert counts.matching == counts.rows + sum(counts.rejects.values()) == 8


@pytest.fixture
def sizes(settings):
    """Settings without the override that other tests need."""
    return replace(settings, audience_minimum_override=None)


@pytest.mark.parametrize("backend", ["sqlite"])
def test_our_own_minimum_and_that_for_upload_refuse_and_name_the_number(sizes):
    google, linkedin = platform("google", sizes.data).facts, platform("linkedin-contacts", sizes.data).facts
    assert (required(sizes, google), required(sizes, linkedin)) == (100, 300)
    require_size(sizes, google, 100)
    with pytest.raises(Refused, match="rows: 99, and 100"):
        require_size(sizes, google, 99)
    with pytest.raises(Refused, match="rows: 299, and 300"):
        require_size(sizes, linkedin, 299)


@pytest.mark.parametrize("backend", ["sqlite"])
def test_a_minimum_for_serving_only_warns(sizes):
    facts = replace(platform("google", sizes.data).facts, minimum_serving=1000)
    require_size(sizes, facts, 100)
    assert not serves(sizes, facts, 999)
    assert serves(sizes, facts, 1000)


@pytest.mark.parametrize("backend", ["sqlite"])
def test_the_override_replaces_every_minimum(settings):
    facts = platform("linkedin-contacts", settings.data).facts
    small = replace(settings, audience_minimum_override=3)
    require_size(small, facts, 3)
    assert serves(small, facts, 3)
    with pytest.raises(Refused):
        require_size(small, facts, 2)


def test_too_small_an_audience_leaves_no_export_behind(crowd, exported, settings, database, other_session):
    with pytest.raises(Refused):
        exported("google")
    with other_session() as session:
        assert session.query(Export).count() == 0
