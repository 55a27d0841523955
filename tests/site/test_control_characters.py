"""A NUL, which PostgreSQL takes in no text, in every field of every form: an answer, never an error page."""

import pytest

from clevenio.backoffice import operations
from clevenio.people.addresses import address
from clevenio.people.staff_members import Role
from tests.accounts.signup.conftest import GOOD as SIGNUP
from tests.accounts.test_account import PROFILE
from tests.inquiries.test_views import GOOD as INQUIRY
from tests.support.accounts import PASSWORD
from tests.support.application import form_token

LOGIN = {"email": "aino@example.com", "password": PASSWORD}
PUBLIC = {
    "/en/signup": {
        **SIGNUP,
        "phone": "040 123 4567",
        "role_other": "Gardener",
        "newsletter": "yes",
        "terms_version": "terms:2026-11-23",
        "notice": "0" * 32,
    },
    "/en/signup/again": {"email": "aino@example.com"},
    "/en/new-password": {"email": "aino@example.com"},
    "/en/login": LOGIN,
    "/en/contact": {**INQUIRY, "company": "Esimerkki Oy"},
    "/staff/login": LOGIN,
}
SIGNED_IN = {
    "/en/account/profile": {**PROFILE, "phone": "040 123 4567"},
    "/en/account/choices": {"newsletter": "yes", "notice": "0" * 32},
    "/en/account/password": {"present": "a guess", "password": "three new words"},
    "/en/account/address": {"email": "new@example.com", "address_password": "a guess"},
    "/en/account/sessions": {"session": "0" * 64},
    "/en/account/agreements/new": {"shown": "terms:2026-11-23:en:0"},
}
PLACES = {"in front": "\x00{}", "within": "a\x00{}", "behind": "{}\x00", "alone": "\x00"}


def spoilt(forms):
    return [(path, field) for path, form in forms.items() for field in form]


def is_answered(response):
    return response.status_code in (303, 404, 422, 429)


@pytest.mark.parametrize("place", PLACES)
@pytest.mark.parametrize(("path", "field"), spoilt(PUBLIC))
@pytest.mark.parametrize("backend", ["postgresql"])
def test_a_form_answers(client, path, field, place):
    form = PUBLIC[path]
    assert is_answered(client.post(path, data={**form, field: PLACES[place].format(form[field])}))


@pytest.mark.parametrize("place", PLACES)
@pytest.mark.parametrize("backend", ["postgresql"])
def test_a_form_of_the_account_answers(sign_in_account, place):
    client = sign_in_account()
    token = form_token(client.get("/en/account"))
    for path, field in spoilt(SIGNED_IN):
        form = {**SIGNED_IN[path], "csrf_token": token}
        assert is_answered(client.post(path, data={**form, field: PLACES[place].format(form[field])}))


@pytest.mark.parametrize("place", PLACES)
@pytest.mark.parametrize("backend", ["postgresql"])
def test_an_invitation_answers(client, database, settings, clock, place):
    with database.session() as session:
        paths = [
            operations.first_invitation(session, settings, clock.now),
            operations.invite(
                session, settings, address("new@example.com"), [Role.SUPPORT], "command", clock.now
            ),
        ]
        session.commit()
    form = {"email": "boss@example.com", "password": "short"}
    for path in paths:
        for field, value in form.items():
            assert is_answered(client.post(path, data={**form, field: PLACES[place].format(value)}))


@pytest.mark.parametrize("backend", ["postgresql"])
def test_an_inbox_answers(sign_in_staff):
    client = sign_in_staff("support")
    for query in ("page=%00", "page=99999999999999999999"):
        assert client.get(f"/staff/inquiries?{query}").status_code == 200
        assert client.get(f"/staff/signups?{query}").status_code == 200
    # What is no choice of the filter is named beside it.
    assert client.get("/staff/inquiries?state=%00").status_code == 422


@pytest.mark.parametrize(
    "path", ["/v/%00", "/v/%00/refusal", "/r/%00", "/a/%00", "/staff/invitation/%00", "/en/login?next=%00"]
)
@pytest.mark.parametrize("backend", ["postgresql"])
def test_an_address_answers(client, path):
    for response in (client.get(path), client.post(path, data=LOGIN)):
        assert response.status_code < 500
