"""Inviting somebody from the page of staff."""

import pytest

from tests.backoffice.members.conftest import OTHER, PAGE, post
from tests.support.mailbox import link_in

pytestmark = pytest.mark.parametrize("backend", ["sqlite"])


def test_an_invitation_goes_out_by_mail_and_is_shown_where_mail_is_kept(boss, client, mailbox, member):
    form = {"email": "New@Example.com", "roles": ["support", "marketer"], "language": "fi"}
    response = post(boss, "/invitation", page=f"{PAGE}/invitation", **form)
    assert response.status_code == 303
    made = member("New@example.com")
    assert (made.roles, made.language) == ({"support", "marketer"}, "fi")
    mail = mailbox.newest("New@example.com")
    assert mail["Subject"] == "Käyttöoikeutesi hallintaan"
    path = link_in(mail, "/staff/invitation/")
    assert path in boss.get(response.location).text
    assert client.get(path).status_code == 200


def test_where_mail_is_kept_the_link_is_shown_after_a_fresh_proof_alone(boss, clock):
    form = {"email": "new@example.com", "roles": ["support"], "language": "en"}
    page = post(boss, "/invitation", page=f"{PAGE}/invitation", **form).location.partition("?")[0]
    clock.advance(minutes=10)
    response = boss.get(page)
    assert response.status_code == 303
    assert response.location == f"/staff/confirmation?next={page}"
    assert "/staff/invitation/" not in response.text


class TestWithRelay:
    @pytest.fixture
    def extra_settings(self):
        return {"SMTP_URL": "smtp://localhost:2525"}

    def test_the_link_is_in_the_mail_alone(self, boss):
        form = {"email": "new@example.com", "roles": ["support"], "language": "en"}
        response = post(boss, "/invitation", page=f"{PAGE}/invitation", **form)
        assert "/staff/invitation/" not in boss.get(response.location).text


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"email": "nobody"}, "It looks like name@example.com."),
        ({"email": "a\r\nBcc: b@example.com"}, "E-mail"),
        ({"roles": []}, "Choose at least one role."),
        ({"roles": ["emperor"]}, "Tick some of these boxes"),
        ({"language": "xx"}, "Not a valid choice."),
        ({"email": OTHER}, "on the staff already"),
    ],
)
def test_what_will_not_do_is_said_and_nobody_is_invited(boss, other, mailbox, fields, said):
    form = {"email": "new@example.com", "roles": ["support"], "language": "en", **fields}
    response = post(boss, "/invitation", page=f"{PAGE}/invitation", **form)
    assert response.status_code == 422
    assert said in response.text
    assert mailbox.all() == []


def test_a_new_invitation_replaces_the_one_before(boss, other, client, mailbox):
    paths = []
    for _ in range(2):
        post(boss, f"/{other.id}/invitation")
        paths.append(link_in(mailbox.newest(OTHER), "/staff/invitation/"))
    assert [client.get(path).status_code for path in paths] == [404, 200]
