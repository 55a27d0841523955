"""Every route and every role, somebody unknown and a customer included: one asserted answer each."""

import re
from datetime import UTC, datetime, timedelta

import pytest

from clevenio.accounts import passwords
from clevenio.accounts.models import Account
from clevenio.backoffice.factor import acts
from clevenio.people.staff_members import Role
from clevenio.web import access
from tests.support.accounts import know_texts
from tests.support.application import form_token, new_client
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


def of(room, names, actors=None):
    """Endpoints of a room by name, and who may open them."""
    return {f"{room}.{name}": actors for name in names.split()}


# Endpoint by endpoint, so that a new route has to be listed here. The pages of texts alone are one room.
OPEN_TO = {
    "pages": EVERYBODY,
    **of(
        "accounts",
        "account address agreed agreement agreement_archive agreement_file answer_new_versions "
        "change_address change_password choices end_logins logins new_versions own_data password "
        "profile save_choices save_profile security stop_change use",
        {"customer"},
    ),
    **of(
        "accounts",
        "address_change ask_for_reset confirm_address forgotten log_in log_out login mail_again "
        "refuse refuse_address reset reset_sent send_again sent set_new_password sign_up signup "
        "verification verify",
        EVERYBODY,
    ),
    **of("accounts_staff", "signups", SUPPORT | MARKETER),
    **of("advertising_staff", "shown", MARKETER | PRIVACY_OFFICER),
    **of("agreements_staff", "controllers find overview", PRIVACY_OFFICER),
    **of("alerts_staff", "acknowledge alerts", ADMINISTRATOR),
    "asset": EVERYBODY,
    "livez": EVERYBODY,
    "readyz": EVERYBODY,
    **of("audience_explanations_staff", "explain_person show_explanation", MARKETER | PRIVACY_OFFICER),
    **of(
        "audiences_staff",
        "audiences create_export create_removal download",
        MARKETER,
    ),
    **of("audience_files_staff", "files one", MARKETER | PRIVACY_OFFICER),
    "pulls.fetch": EVERYBODY,
    **of("pulls_staff", "create_pull end_pull pulls", MARKETER),
    **of("imports_staff", "discard imports mapping one receive rejects save_mapping store", MARKETER),
    **of("uploads_staff", "change_match delete_match discard enter_match mark_uploaded match", MARKETER),
    **of(
        "segments_staff",
        "change_segment create_segment delete_segment edit_segment new_segment preview_export segment",
        MARKETER,
    ),
    **of(
        "campaigns_staff",
        "accept campaign campaigns cancel check create_campaign discard failed_messages new_campaign pause previews progress "
        "resend resend_all resume save_text saved_preview schedule start test text typed_preview uncertain_messages "
        "unschedule",
        MARKETER,
    ),
    **of("backoffice", "accept_invitation invitation log_in login", EVERYBODY),
    **of("staff_reset", "ask forgotten password sent set_password", EVERYBODY),
    **of("backoffice", "home", STAFF),
    **of("backoffice", "log_out", ARRIVING),
    **of("confirmation_staff", "confirm confirmation offer", STAFF),
    **of("consent", "choices receipt receipt_file save_choices", EVERYBODY),
    **of("embeds", "embed show", EVERYBODY),
    **of(
        "evidence_staff",
        "answer_person find_receipt person_file receipt receipt_file screen search version",
        PRIVACY_OFFICER,
    ),
    **of("factor_setup", "add_passkey app challenge choice confirm_app passkey", STAFF | {BARE}),
    **of("guardians_staff", "carry_out check freeze lift message messages", SUPPORT | PRIVACY_OFFICER),
    **of("inquiries", "contact send_inquiry thanks", EVERYBODY),
    **of(
        "inquiries_staff",
        "answer answer_templates create_template inbox inquiry new_template redact redaction "
        "remove_template save_template send_answer set_state template",
        SUPPORT,
    ),
    **of("machines", "robots security sitemap", EVERYBODY),
    **of("mail_troubles_staff", "ask_again forget_request let_go mail mails send_again", ADMINISTRATOR),
    **of(
        "members_staff",
        "change_roles disable enable end_sessions invitation invite invite_again member members "
        "reset_factors",
        ADMINISTRATOR,
    ),
    # Whoever signs: what it takes from whom, its own tests say.
    **of("returned_mail", "take", EVERYBODY),
    **of("returned_mail_staff", "listed", MARKETER),
    **of(
        "newsletter",
        "check_your_mail confirm confirmation newsletter opening subscribe unsubscribe unsubscription",
        EVERYBODY,
    ),
    **of("opt_outs_staff", "opt_out record_opt_out", SUPPORT | MARKETER | PRIVACY_OFFICER),
    **of("outbox_staff", "mail mail_html mail_source mails", ADMINISTRATOR),
    **of("people_staff", "find_person person search", SUPPORT | MARKETER | PRIVACY_OFFICER),
    **of("rates_staff", "shown", MARKETER | PRIVACY_OFFICER),
    **of(
        "my_choices",
        "ask ask_move close closed confirm_move copy leave link move open_choices opening save_choices "
        "save_language sent",
        EVERYBODY,
    ),
    **of("own_copy", "copy file make_copy", {"customer"}),
    **of("mailed_copy", "offered take", EVERYBODY),
    **of("schemas", "schema", EVERYBODY),
    **of("assessments_staff", "changes overview version", PRIVACY_OFFICER),
    **of("disclosures_staff", "add_note enter entry find_person one register register_file", PRIVACY_OFFICER),
    **of("recipients_staff", "close close_file file listed one order_file", PRIVACY_OFFICER),
    **of("record_staff", "controller processor", PRIVACY_OFFICER),
    **of(
        "breaches_staff",
        "add addition entry_file one open_entry opening register register_file",
        PRIVACY_OFFICER,
    ),
    **of("retention_staff", "overview run", PRIVACY_OFFICER),
    **of("holds_staff", "confirm end overview put", PRIVACY_OFFICER),
    **of("registry", "autoconsent_rule choices_file seals_file", EVERYBODY),
    **of("requests", "ask confirm confirmation sent", EVERYBODY),
    **of(
        "requests_staff",
        "add_recipient answer answering assign carry_out check doubt enclosure enter entry extend letter letters "
        "lift_restriction make_copy one queue rectify refuse reroute restrict restricted send_link write_day",
        PRIVACY_OFFICER,
    ),
    **of(
        "rights",
        "ask_for_deletion ask_in_account deletion deletion_withdrawal own_requests take_deletion_back "
        "take_request_back",
        {"customer"},
    ),
    **of("second_factor", "answer challenge question", ARRIVING),
    **of(
        "security_staff",
        "change_password codes_file end_session end_sessions overview password remove_app "
        "remove_passkey renew_codes",
        STAFF,
    ),
    **of("settings_staff", "settings_list", ADMINISTRATOR),
    **of("trail_staff", "create_check entries entry export find_person", PRIVACY_OFFICER),
    **of("usage_staff", "shown", MARKETER | PRIVACY_OFFICER),
}
# What a proof of the second factor older than ten minutes does not open.
FRESH = {
    *of("audiences_staff", "create_export create_removal download"),
    *of("campaigns_staff", "resend resend_all resume schedule start"),
    *of("confirmation_staff", "offer"),
    *of("evidence_staff", "person_file"),
    *of("factor_setup", "add_passkey app challenge choice confirm_app passkey"),
    *of("guardians_staff", "carry_out"),
    *of("members_staff", "change_roles disable enable end_sessions invite invite_again reset_factors"),
    *of("pulls_staff", "create_pull end_pull"),
    *of("recipients_staff", "file order_file"),
    *of("requests_staff", "carry_out enclosure"),
    *of("security_staff", "remove_app remove_passkey renew_codes"),
    *of("trail_staff", "export"),
}
UUID = "4b1c1f9e-2f3c-4a53-8f3f-0f6bb0a6d0aa"
SAMPLES = {
    "inquiry_id": UUID,
    "template_id": UUID,
    "receipt": UUID,
    "version": "0" * 32,
    "layer": "bar",
    "mail_id": UUID,
    "subject_id": UUID,
    "alert_id": "1",
    "sequence": "1",
    "name": "name",
    "token": "token",
    "key": "1",
    "number": "1",
    "reading": "1",
    "request_id": "4b1c1f9e-2f3c-4a53-8f3f-0f6bb0a6d0aa",
    "day": "2026-11-23",
    "older": "2026-11-23",
    "newer": "2026-11-24",
    "uuid:key": UUID,
    "file_id": UUID,
    "handle": "0" * 64,
    "agreement": UUID,
    "member_id": UUID,
    "breach_id": UUID,
    "hold_id": UUID,
    "disclosure_id": UUID,
    "letter_id": UUID,
    "task_id": UUID,
    "aspect": "facts",
    "campaign_id": UUID,
    "delivery": "1",
    "written": "fi",
    "shown": "light",
}


def listed_as(endpoint):
    return "pages" if endpoint.startswith("pages.") else endpoint


def open_to(endpoint):
    return OPEN_TO[listed_as(endpoint)]


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


WAYS_OUT = ("accounts.log_out", "backoffice.log_out")

# Rooms whose signed-in pages are a customer's: whoever is none is led to the customers' login.
OWN_PAGES = ("accounts.", "rights.", "own_copy.")


def expected(actor, method, endpoint):
    if actor in open_to(endpoint):
        return "open"
    if method == "GET" and not endpoint.startswith(OWN_PAGES) and actor in (HALF_IN, BARE):
        return "factor"
    is_elsewhere = endpoint.startswith(OWN_PAGES) or actor not in STAFF
    return "login" if method == "GET" and is_elsewhere else "closed"


def test_every_route_answers_every_role_as_the_table_says(app, browsers):
    found, wanted = {}, {}
    # Whoever takes a way out is out; those have a test of their own below.
    for method, path, endpoint in doors(app):
        for actor in () if endpoint in WAYS_OUT else ACTORS:
            response = browsers[actor].open(path, method=method)
            assert response.status_code < 500, (method, path, actor)
            found[method, path, actor] = met(response)
            wanted[method, path, actor] = expected(actor, method, endpoint)
    assert found == wanted
    assert len(found) > 500


def test_the_ways_out_let_out_whoever_is_in_and_nobody_else(browsers):
    for actor, browser in browsers.items():
        answer = browser.post("/staff/logout")
        if actor in open_to("backoffice.log_out"):
            assert answer.location == "/staff/login", actor
            assert met(browser.get("/staff/")) == "login", actor
        else:
            assert met(answer) == "closed", actor
    customer = browsers["customer"]
    assert customer.get("/en/account").status_code == 200
    assert customer.post("/en/logout").location == "/en/"
    assert met(customer.get("/en/account")) == "login"


def test_the_table_lists_every_endpoint_and_none_that_is_gone(app):
    assert {listed_as(rule.endpoint) for rule in app.url_map.iter_rules()} == set(OPEN_TO)


def test_what_asks_for_a_fresh_proof_is_listed(app, sign_in_staff, monkeypatch):
    monkeypatch.setattr(access, "RECENT", timedelta(0))
    app.extensions["clevenio.ask_again"] = lambda: ("asked for a fresh proof", 403)
    browser, found = sign_in_staff("administrator"), set()
    token = form_token(browser.get("/staff/"))
    for method, path, endpoint in doors(app):
        if path.startswith("/staff/") and endpoint != "backoffice.log_out":
            response = browser.open(path, method=method, data={"csrf_token": token})
            if response.text == "asked for a fresh proof":
                found.add(endpoint)
    # Whatever was done on the way, the session stood until the end.
    assert browser.get("/staff/").status_code == 200
    assert found == FRESH


def test_the_page_that_asks_for_a_fresh_proof_has_words_for_each(backend):
    # One page asks for itself, where it shows the link of an open invitation.
    assert set(acts.ACTS) == FRESH | {"members_staff.member"}


def test_several_roles_open_what_each_of_them_opens(sign_in_staff):
    both = sign_in_staff("support", "marketer")
    for path in ("/staff/inquiries", "/staff/audiences", "/staff/signups"):
        assert both.get(path).status_code == 200
    assert both.get("/staff/audit").status_code == 403
