"""The cookie of a campaign: read only with consent, in time, and as we wrote it."""

from datetime import UTC, date, datetime, timedelta

import pytest

from clevenio.consent.advertising.addresses import Campaign
from clevenio.consent.advertising.cookie import Visit, parse, visit_in
from clevenio.consent.advertising.models import Kind
from clevenio.consent.cookies import Choices
from clevenio.consent.notices import choices_notice

TODAY = date(2026, 11, 26)
NOW = datetime(2026, 11, 26, 12, tzinfo=UTC)
VISIT = Visit(Campaign("google", "syksy & pääviesti"), TODAY)
PLAIN = Visit(Campaign("google", "autumn-2026"), TODAY)


def environ(visit=PLAIN, categories=("marketing",), value=None):
    choices = Choices(choices_notice("en").id, frozenset(categories))
    return {"HTTP_COOKIE": f"choices={choices.value}; campaign={value or visit.value}"}


@pytest.mark.parametrize("counted", [(), (Kind.SIGNUP,), (Kind.SIGNUP, Kind.INQUIRY)])
def test_it_reads_as_it_was_written(counted):
    visit = Visit(Campaign("", "pääviesti"), TODAY, frozenset(counted))
    assert parse(visit.value) == visit


@pytest.mark.parametrize(
    "value",
    [
        "",
        "x",
        "d=2026-11-26&s=google&c=autumn",
        "d=2026-13-26&s=google&c=autumn&k=",
        "d=2026-11-26&s=&c=&k=",
        "d=2026-11-26&s=google&c=autumn&k=purchase",
        "d=2026-11-26&s=google&c=Autumn&k=",
        "d=2026-11-26&s=google&c=%3Cb%3E&k=",
        "d=2026-11-26&s=google&c=a%0D%0Ab&k=",
        "d=2026-11-26&s=google&c=autumn&k=&e=1",
        "d=2026-11-26&s=google&c=" + "a" * 10_000 + "&k=",
    ],
)
def test_what_somebody_else_wrote_into_it_is_nothing(value):
    assert parse(value) is None
    assert visit_in(environ(value=value or "-"), NOW) is None


def test_without_consent_to_marketing_it_is_not_read():
    assert visit_in(environ(), NOW) == PLAIN
    assert visit_in(environ(categories=("analytics", "preferences")), NOW) is None
    assert visit_in({"HTTP_COOKIE": f"campaign={PLAIN.value}"}, NOW) is None
    assert visit_in({"HTTP_COOKIE": f"campaign={PLAIN.value}", "HTTP_SEC_GPC": "1"}, NOW) is None
    assert visit_in({}, NOW) is None


def test_after_ninety_days_it_is_over_whatever_the_browser_keeps():
    last = PLAIN.until - timedelta(seconds=1)
    assert visit_in(environ(), last) == PLAIN
    assert visit_in(environ(), PLAIN.until) is None
    assert PLAIN.until - NOW <= timedelta(days=90)
    assert visit_in(environ(), NOW - timedelta(days=1)) is None
