"""Every route and every role, somebody unknown and a customer included: one asserted answer each."""

import re
from datetime import UTC, datetime

import pytest

from clevenio.accounts import passwords
from clevenio.accounts.models import Account
from clevenio.people.staff_members import Role
from tests.support.accounts import know_texts
from tests.support.application import new_client
from tests.support.factories import NOW, make_person
from tests.support.staff import PASSWORD as STAFF_PASSWORD
from tests.support.staff import give_app, make_member

pytestmark = pytest.mark.parametrize("backend", ["sqlite"])

PASSWORD = "a made-up pass phrase of a customer"
ROLES = [role.value for role in Role]
# Their password was right; one has an app and has not answered yet, the other has nothing to answer with.
HALF_IN, BARE = "staff before the second factor", "staff without a second factor"
ACTORS = ["nobody", "customer", HALF_IN, BARE, "staff without a role", *ROLES]
EVERYBODY = set(ACTORS)
ARRIVING = EVERYBODY - {"nobody", "customer"}
STAFF = ARRIVING - {HALF_IN, BARE}
SUPPORT, MARKETER = {"support", "administrator"}, {"marketer", "administrator"}
PRIVACY_OFFICER, ADMINISTRATOR = {"privacy_officer", "administrator"}, {"administrator"}

# A whole room, or one endpoint where it differs from its room. A new route has to be listed here.
OPEN_TO = {
    "asset": EVERYBODY,
    "livez": EVERYBODY,
    "readyz": EVERYBODY,
    "machines": EVERYBODY,
    "registry": EVERYBODY,
    "pages": EVERYBODY,
    "consent": EVERYBODY,
    "newsletter": EVERYBODY,
    "inquiries": EVERYBODY,
    "accounts.login": EVERYBODY,
    "accounts.log_in": EVERYBODY,
    "accounts.signup": EVERYBODY,
    "accounts.sign_up": EVERYBODY,
    "accounts.sent": EVERYBODY,
    "accounts.verification": EVERYBODY,
    "accounts.verify": EVERYBODY,
    "accounts.refuse": EVERYBODY,
    "accounts.mail_again": EVERYBODY,
    "accounts.send_again": EVERYBODY,
    "accounts.forgotten": EVERYBODY,
    "accounts.ask_for_reset": EVERYBODY,
    "accounts.reset_sent": EVERYBODY,
    "accounts.reset": EVERYBODY,
    "accounts.set_new_password": EVERYBODY,
    "accounts.account": {"customer"},
    "accounts.security": {"customer"},
    "accounts.logins": {"customer"},
    "accounts.end_logins": {"customer"},
    "accounts.password": {"customer"},
    "accounts.address": {"customer"},
    "accounts.change_address": {"customer"},
    "accounts.stop_change": {"customer"},
    "accounts.address_change": EVERYBODY,
    "accounts.confirm_address": EVERYBODY,
    "accounts.refuse_address": EVERYBODY,
    "accounts.change_password": {"customer"},
    "accounts.profile": {"customer"},
    "accounts.own_data": {"customer"},
    "accounts.choices": {"customer"},
    "accounts.save_profile": {"customer"},
    "accounts.save_choices": {"customer"},
    "accounts.use": {"customer"},
    "accounts.agreed": {"customer"},
    "accounts.agreement": {"customer"},
    "accounts.agreement_file": {"customer"},
    "accounts.agreement_archive": {"customer"},
    "accounts.new_versions": {"customer"},
    "accounts.answer_new_versions": {"customer"},
    "accounts.log_out": EVERYBODY,
    "backoffice.login": EVERYBODY,
    "backoffice.log_in": EVERYBODY,
    "backoffice.invitation": EVERYBODY,
    "backoffice.accept_invitation": EVERYBODY,
    "backoffice.home": STAFF,
    "backoffice.log_out": ARRIVING,
    "second_factor": ARRIVING,
    "confirmation_staff": STAFF,
    "factor_setup": STAFF | {BARE},
    "security_staff": STAFF,
    "members_staff": ADMINISTRATOR,
    "inquiries_staff": SUPPORT,
    "agreements_staff": PRIVACY_OFFICER,
    "accounts_staff": SUPPORT | MARKETER,
    "usage_staff": MARKETER | PRIVACY_OFFICER,
    "audiences_staff": MARKETER,
    "audience_explanations_staff": MARKETER | PRIVACY_OFFICER,
    "outbox_staff": ADMINISTRATOR,
    "mail_troubles_staff": ADMINISTRATOR,
    "alerts_staff": ADMINISTRATOR,
    "settings_staff": ADMINISTRATOR,
    "people_staff": SUPPORT | MARKETER | PRIVACY_OFFICER,
    "trail_staff": PRIVACY_OFFICER,
    "rights": {"customer"},
    "requests_staff": PRIVACY_OFFICER,
    "guardians_staff": SUPPORT | PRIVACY_OFFICER,
}
UUID = "4b1c1f9e-2f3c-4a53-8f3f-0f6bb0a6d0aa"
SAMPLES = {
    "inquiry_id": UUID,
    "mail_id": UUID,
    "subject_id": UUID,
    "alert_id": "1",
    "sequence": "1",
    "name": "name",
    "token": "token",
    "key": "1",
    "request_id": "4b1c1f9e-2f3c-4a53-8f3f-0f6bb0a6d0aa",
    "day": "2026-11-23",
    "older": "2026-11-23",
    "newer": "2026-11-24",
    "uuid:key": UUID,
    "handle": "0" * 64,
    "agreement": UUID,
    "member_id": UUID,
}


def open_to(endpoint):
    return OPEN_TO[endpoint] if endpoint in OPEN_TO else OPEN_TO[endpoint.partition(".")[0]]


def doors(app):
    """(method, path, endpoint) of every route, with made-up values in its places."""
    for rule in app.url_map.iter_rules():
        path = re.sub(
            r"<((?:\w+:)?(\w+))>", lambda place: SAMPLES.get(place[1]) or SAMPLES[place[2]], rule.rule
        )
        for method in sorted(rule.methods - {"HEAD", "OPTIONS"}):
            yield method, path, rule.endpoint


@pytest.fixture
def browsers(app, client, database, settings, sign_in_staff):
    """{actor: browser}, each signed in through the form."""
    with database.session() as session:
        person = make_person(session, "customer@example.com")
        account = Account(person_id=person.id, password=passwords.hashed(PASSWORD), verified_at=NOW)
        session.add(account)
        session.flush()
        know_texts(session, account)
        session.commit()
    customer = new_client(app)
    answer = customer.post("/en/login", data={"email": "customer@example.com", "password": PASSWORD})
    assert answer.status_code == 303
    half_in, bare = new_client(app), new_client(app)
    with database.session() as session:
        now = datetime.now(UTC)
        half = make_member(session, "half@example.com", *ROLES, now=now)
        give_app(session, settings.secret_keys, half)
        make_member(session, "bare@example.com", *ROLES, now=now)
        session.commit()
    for browser, email in ((half_in, "half@example.com"), (bare, "bare@example.com")):
        answer = browser.post("/staff/login", data={"email": email, "password": STAFF_PASSWORD})
        assert answer.location == "/staff/factor"
    return {
        "nobody": client,
        "customer": customer,
        HALF_IN: half_in,
        BARE: bare,
        "staff without a role": sign_in_staff(),
        **{role: sign_in_staff(role) for role in ROLES},
    }


def met(response):
    """What somebody met at a door: `login`, `factor` or `closed` if it does not open, else `open`."""
    if response.status_code == 303 and re.match(
        r"(/staff/login|/../(login|kirjaudu))(\?|$)", response.location
    ):
        return "login"
    if response.status_code == 303 and re.match(r"/staff/factor(\?|$)", response.location):
        return "factor"
    return "closed" if response.status_code == 403 else "open"


# Rooms whose signed-in pages are a customer's: whoever is none is led to the customers' login.
OWN_PAGES = ("accounts.", "rights.")


def expected(actor, method, endpoint):
    if actor in open_to(endpoint):
        return "open"
    if method == "GET" and not endpoint.startswith(OWN_PAGES) and actor in (HALF_IN, BARE):
        return "factor"
    is_elsewhere = endpoint.startswith(OWN_PAGES) or actor not in STAFF
    return "login" if method == "GET" and is_elsewhere else "closed"


def test_every_route_answers_every_role_as_the_table_says(app, browsers):
    found, wanted = {}, {}
    # Whoever is signed out by a test of the way out stays out: without the form's token nobody is.
    for method, path, endpoint in doors(app):
        for actor in ACTORS:
            response = browsers[actor].open(path, method=method)
            assert response.status_code < 500, (method, path, actor)
            found[method, path, actor] = met(response)
            wanted[method, path, actor] = expected(actor, method, endpoint)
    assert found == wanted
    assert len(found) > 500


def test_the_table_lists_nothing_that_is_gone(app):
    endpoints = {rule.endpoint for rule in app.url_map.iter_rules()}
    assert set(OPEN_TO) <= endpoints | {endpoint.partition(".")[0] for endpoint in endpoints}


def test_several_roles_open_what_each_of_them_opens(sign_in_staff):
    both = sign_in_staff("support", "marketer")
    for path in ("/staff/inquiries", "/staff/audiences", "/staff/signups"):
        assert both.get(path).status_code == 200
    assert both.get("/staff/audit").status_code == 403
