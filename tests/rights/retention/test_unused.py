"""Unused accounts: warned in time, spared where somebody comes back, and gone as an erasure goes."""

from datetime import timedelta

import pytest
from sqlalchemy import func, select

from clevenio.accounts import usage
from clevenio.accounts.models import Account, Agreement
from clevenio.consent import ledger
from clevenio.consent.notices import account_notice
from clevenio.outbox import Mail
from clevenio.people import holds
from clevenio.people.erasures import Erasure
from clevenio.people.models import Person, Suppression
from clevenio.rights import completion, requests
from clevenio.rights.holding import operations as holding
from clevenio.rights.models import Asker, Keep, Request, State
from clevenio.rights.retention.models import Warned
from clevenio.rights.retention.unused import Unneeded, Unused, Warnings
from tests.support.accounts import make_account
from tests.support.factories import NOW, grant, make_person, refuse
from tests.support.retention import let_go

UNUSED = NOW.replace(year=NOW.year + 2) + timedelta(days=1)
WARNED = UNUSED - timedelta(days=31)


@pytest.fixture
def session(database):
    with database.session() as session:
        yield session


@pytest.fixture
def sweep(session, settings):
    """`sweep(now)`: warnings and accounts, as the daily run does both."""
    return lambda now: let_go(session, (Warnings(settings), Unused(settings)), now)


def mails(session):
    return [mail.recipient for mail in session.scalars(select(Mail).order_by(Mail.created_at))]


def count(session, model):
    return session.scalar(select(func.count()).select_from(model))


def test_the_holder_is_warned_a_month_before_and_once(session, sweep):
    make_account(session, "aino@example.com")
    assert sweep(WARNED - timedelta(days=3)) == 0
    assert sweep(WARNED) == 1
    assert mails(session) == ["aino@example.com"]
    assert sweep(WARNED + timedelta(days=1)) == 0
    assert mails(session) == ["aino@example.com"]


@pytest.fixture
def customer(session):
    """Somebody with an account whose mail stands on an agreement of their company."""
    account = make_account(session, "aino@example.com")
    _customer(session, account.person_id, NOW)
    return account.person_id


def _customer(session, person, now):
    act = ledger.Act(
        person,
        {"newsletter": ledger.State.GRANTED},
        account_notice("en"),
        "en",
        {"agreement": "Made-up service", "form": "order"},
    )
    ledger.record_all(session, [act], channel=ledger.Channel.STAFF, now=now, basis=ledger.Basis.CUSTOMER)


def test_an_account_for_which_an_agreement_is_named_is_kept_until_somebody_says_that_it_ended(
    session, sweep, settings, customer
):
    assert sweep(WARNED) == sweep(UNUSED) == 0
    assert mails(session) == []
    [hold] = holds.of(session, customer)
    assert (hold.ground, hold.set_by) == (holds.Ground.AGREEMENT, holds.BY_RULE)
    assert hold.reason == "Made-up service"
    [waiting] = holding.due(session, UNUSED)
    assert (waiting.endpoint, waiting.at) == ("holds_staff.overview", WARNED)

    holding.confirm(session, settings, hold.id, "staff:1", UNUSED)
    assert list(holding.due(session, UNUSED)) == []
    assert sweep(UNUSED + timedelta(days=400)) == 0

    over = UNUSED + timedelta(days=500)
    holding.end(session, settings, hold.id, "staff:1", over)
    assert sweep(over) == 1, "the holder is warned"
    assert sweep(over + timedelta(days=31)) == 1
    session.commit()
    assert count(session, Account) == 0


def test_one_named_after_the_warning_keeps_the_account_as_well(session, sweep, settings):
    account = make_account(session, "aino@example.com")
    assert sweep(WARNED) == 1
    _customer(session, account.person_id, WARNED)
    assert sweep(UNUSED) == 0
    assert [hold.set_by for hold in holds.of(session, account.person_id)] == [holds.BY_RULE]


@pytest.mark.parametrize(
    ("language", "subject"),
    [
        ("fi", "Poistamme tilisi, ellet kirjaudu sisään"),
        ("en", "We delete your account unless you log in"),
    ],
)
@pytest.mark.parametrize("backend", ["sqlite"])
def test_the_warning_speaks_the_holders_language(session, sweep, language, subject):
    make_account(session, "aino@example.com", language=language)
    sweep(WARNED)
    assert session.scalars(select(Mail.subject)).one() == subject


def test_an_account_goes_after_its_warning_with_everything_about_its_holder(
    session, sweep, settings, database
):
    account = make_account(session, "aino@example.com")
    person = account.person_id
    sweep(WARNED)
    assert sweep(WARNED + timedelta(days=29)) == 0
    assert sweep(UNUSED) == 1
    session.commit()
    completion.go_on(settings, database, UNUSED)
    session.expire_all()
    assert (count(session, Account), count(session, Person), count(session, Warned)) == (0, 0, 0)
    request = session.scalars(select(Request)).one()
    assert (request.subject, request.asker, request.state) == (person, Asker.RULE, State.DONE)
    assert "aino@example.com" not in mails(session)


def test_whoever_goes_so_objected_to_nothing_and_may_come_back(session, sweep):
    make_account(session, "aino@example.com", phone="+358401234567")
    sweep(WARNED)
    sweep(UNUSED)
    assert (count(session, Erasure), count(session, Suppression)) == (0, 0)


def test_without_a_warning_nothing_goes_however_long_ago_the_last_use(session, sweep, settings):
    make_account(session, "aino@example.com")
    late = UNUSED + timedelta(days=1000)
    assert let_go(session, (Unused(settings),), late) == 0
    sweep(late)
    assert count(session, Account) == 1
    sweep(late + timedelta(days=30))
    assert count(session, Account) == 0


def test_a_login_after_the_warning_keeps_the_account_for_another_period(session, sweep):
    account = make_account(session, "aino@example.com")
    sweep(WARNED)
    usage.record_day(session, account.id, WARNED + timedelta(days=10))
    assert sweep(UNUSED) == 0
    assert count(session, Account) == 1
    # Unused again later, its holder is warned again first.
    later = UNUSED.replace(year=UNUSED.year + 2) + timedelta(days=60)
    assert sweep(later) == 1
    assert (len(mails(session)), count(session, Account)) == (2, 1)


def test_who_still_gets_a_newsletter_keeps_it_and_loses_the_account_alone(session, sweep):
    account = make_account(session, "aino@example.com")
    person = account.person
    grant(session, person, "newsletter")
    sweep(WARNED)
    assert sweep(UNUSED) == 1
    assert (count(session, Account), count(session, Person)) == (0, 1)
    assert ledger.permits(session, person.id, "newsletter")
    keep = session.scalars(select(Keep)).one()
    assert (keep.holding, keep.subject) == ("agreements", person.id)
    assert count(session, Agreement) > 0


@pytest.mark.parametrize("why", ["restricted", "hold", "request"])
def test_who_is_held_is_neither_warned_nor_erased(session, sweep, settings, why):
    account = make_account(session, "aino@example.com")
    if why == "restricted":
        account.person.restricted_at = NOW
    elif why == "hold":
        holds.put(session, account.person_id, holds.Ground.AGREEMENT, "It runs", "staff:1", NOW)
    else:
        requests.ask_for_erasure(session, settings, account.person_id, "en", NOW)
    session.flush()
    assert sweep(WARNED) == sweep(UNUSED) == 0
    assert count(session, Account) == 1
    assert Warnings(settings).kept(session, UNUSED, UNUSED) == 1


def test_an_ended_hold_holds_no_more(session, sweep):
    account = make_account(session, "aino@example.com")
    hold = holds.put(session, account.person_id, holds.Ground.AGREEMENT, "It runs", "staff:1", NOW)
    assert sweep(WARNED) == 0
    holds.end(session, hold.id, WARNED)
    session.flush()
    assert sweep(WARNED) == 1


def test_somebody_without_account_and_consent_goes_after_the_period(session, settings):
    gone, kept, asked = make_person(session), make_person(session), make_person(session)
    grant(session, gone, "newsletter")
    refuse(session, gone, "newsletter")
    grant(session, kept, "newsletter")
    refuse(session, asked, "newsletter", now=NOW + timedelta(days=300))
    make_account(session, "aino@example.com")
    ids = gone.id, kept.id, asked.id
    assert let_go(session, (Unneeded(settings),), UNUSED - timedelta(days=2)) == 0
    assert let_go(session, (Unneeded(settings),), UNUSED) == 1
    left = set(session.scalars(select(Person.id)))
    assert [each in left for each in ids] == [False, True, True]
