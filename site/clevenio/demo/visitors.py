"""What browsers of the demonstration chose about cookies, and by which campaigns they came."""

from collections import Counter
from datetime import date, datetime
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from clevenio.consent import browser, ledger, shown
from clevenio.consent.advertising import operations as advertising
from clevenio.consent.advertising.addresses import campaign
from clevenio.consent.advertising.models import AdvertisingCount, Kind
from clevenio.consent.notices import Wording, choices_notice
from clevenio.demo.stage import Stage
from clevenio.i18n import local_day
from clevenio.registry import load

BROWSERS, DAYS = 60, 20
CAMPAIGNS = (("made-up-search", "spring", Kind.SIGNUP, 40), ("made-up-feed", "spring", Kind.INQUIRY, 25))


def are_there(session: Session) -> bool:
    """Whether campaigns were counted before."""
    return session.scalar(select(AdvertisingCount.number).limit(1)) is not None


def visit(stage: Stage) -> None:
    """They see the question and answer it; half refuse, and some take back what they allowed."""
    wordings = [choices_notice(language) for language in ("fi", "en")]
    with stage.writing() as session:
        pages: Counter[tuple[date, str]] = Counter()
        for number in range(BROWSERS):
            notice, at = wordings[number % 2], stage.ago(DAYS - number % DAYS)
            pages[local_day(at), notice.id] += 3
            receipt = _answer(session, None, notice, _granted(number), at)
            if number % 15 == 0:
                _answer(session, receipt, notice, frozenset(), stage.ago(DAYS - number % DAYS, -2))
        shown.add(session, pages, {notice.id: notice for notice in wordings}, stage.now)
        for source, name, kind, browsers in CAMPAIGNS:
            for number in range(browsers):
                found = campaign(source, name)
                if found is not None:
                    advertising.count(session, found, kind, local_day(stage.ago(1 + number % DAYS)))


def _granted(number: int) -> frozenset[str]:
    """Two in six allow everything, one in six one category, the others nothing."""
    registry = load()
    categories = [category.id for category in registry.categories]
    if number % 3 == 0:
        return browser.expand(registry, categories, ())
    return browser.expand(registry, categories[:1], ()) if number % 6 == 1 else frozenset()


def _answer(
    session: Session, receipt: UUID | None, notice: Wording, granted: frozenset[str], at: datetime
) -> UUID:
    given = browser.decide(
        session, receipt, granted, notice=notice, shown=None, channel=ledger.Channel.BANNER, now=at
    )
    return given.receipt
