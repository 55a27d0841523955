"""The mail of a signup: nothing is in force before its link is pressed, and no more than was asked after."""

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest

from clevenio.accounts import signups
from clevenio.consent import ledger
from clevenio.consent.notices import signup_notice
from clevenio.people import links, suppression
from clevenio.people import operations as people
from clevenio.people.imports.operations import import_people
from tests.accounts.signup.conftest import EMAIL, GOOD, PATHS
from tests.support.application import new_client
from tests.support.factories import NOW, make_person
from tests.support.mailbox import link_in


def test_nothing_is_in_force_before_the_mail_is_opened(sign_up, client, counts):
    path = sign_up(newsletter="yes", ad_audiences="yes")
    assert counts() == (1, 0, 0, 1)
    for _ in range(2):
        assert client.get(path).status_code == 200
    assert client.head(path).status_code == 200
    assert counts() == (1, 0, 0, 1)


def test_the_press_behind_the_mail_puts_what_was_ticked_in_force_and_no_more(
    sign_up, client, counts, person_of, clock, other_session
):
    path = sign_up("fi", newsletter="yes", ad_audiences="yes", phone="040 123 4567")
    asked_at = clock.now
    clock.advance(days=6)
    response = client.post(path)
    assert (response.status_code, response.location) == (303, path)
    assert "Tilisi on auki" in client.get(path).text
    assert counts() == (0, 1, 1, 1)
    person, decided = person_of()
    assert (person.full_name, person.phone, person.website_domain, person.role, person.language) == (
        "Maija Esimerkki",
        "+358401234567",
        "esimerkki.example.fi",
        "sales",
        "fi",
    )
    assert decided == dict.fromkeys(("newsletter", *people.ad_audiences()), ledger.State.GRANTED)
    with other_session() as session:
        permit = ledger.permits(session, person.id, "newsletter")
        assert permit.allowed
        assert permit.basis is ledger.Basis.CONSENT
        assert (permit.decision.channel, permit.decision.at) == (ledger.Channel.SIGNUP, clock.now)
        assert permit.decision.notice == signup_notice("fi").id
        assert permit.decision.evidence == {
            "asked_at": asked_at.isoformat(),
            "confirmed_at": clock.now.isoformat(),
            "confirmed_by": "mail",
        }
        assert not ledger.permits(session, person.id, "surveys")


def test_silence_is_no(sign_up, client, person_of):
    client.post(sign_up())
    assert person_of()[1] == {}


def test_pressing_twice_opens_one_account(sign_up, client, counts):
    path = sign_up(newsletter="yes")
    assert [client.post(path).status_code for _ in range(2)] == [303, 303]
    assert counts()[1:3] == (1, 1)


def test_the_link_works_for_seven_days(sign_up, client, clock, counts):
    path = sign_up()
    clock.advance(days=7)
    assert client.get(path).status_code == client.post(path).status_code == 404
    assert counts()[1] == 0


def test_forged_and_foreign_links_look_alike(client, sign_up, database, settings, clock):
    path = sign_up()
    with database.session() as session:
        foreign = links.make(session, settings.mail_keys, "unsubscribe", NOW)
        session.commit()
    handle, _, signature = path.removeprefix("/v/").partition(".")
    forged = f"{handle}.{signature[::-1]}"
    answers = [client.post(f"/v/{token}") for token in (forged, foreign, "x", "é" * 70)]
    assert {answer.status_code for answer in answers} == {404}
    assert len({answer.text.partition("<main")[2].partition("</main>")[0] for answer in answers}) == 1


@pytest.mark.parametrize("backend", ["sqlite"])
def test_another_site_cannot_press_the_button(sign_up, client, counts):
    path = sign_up()
    assert client.post(path, headers={"Sec-Fetch-Site": "cross-site"}).status_code == 403
    assert counts()[1] == 0


def test_the_first_signup_to_be_verified_ends_the_others(sign_up, client, counts, person_of):
    first, second = sign_up(newsletter="yes"), sign_up(surveys="yes")
    client.post(second)
    assert client.post(first).status_code == 303
    assert counts()[:3] == (0, 1, 1)
    assert person_of()[1] == {"surveys": ledger.State.GRANTED}


def test_somebody_we_knew_keeps_their_identity_and_comes_back_by_their_own_act(
    sign_up, client, database, person_of, clock
):
    with database.session() as session:
        person = make_person(session, EMAIL, source="import", name="M. Esimerkki", phone="+358401234567")
        known = person.id
        suppression.suppress(session, person.email_suppression, "email", "newsletter", "opt-out", NOW)
        session.commit()
    client.post(sign_up(newsletter="yes"))
    person, decided = person_of()
    assert (person.id, person.full_name, person.source) == (known, "Maija Esimerkki", "signup")
    assert person.phone == "+358401234567"
    assert decided == {"newsletter": ledger.State.GRANTED}
    with database.session() as session:
        assert not suppression.is_suppressed(session, person.email_suppression, "newsletter")


def test_no_file_replaces_what_a_person_typed(
    sign_up, client, database, settings, tmp_path, person_of, clock
):
    """Somebody who was imported signs up with a name and number of their own; the old file comes again."""
    file = tmp_path / "people.csv"
    file.write_text(f"email,first_name,last_name,phone\n{EMAIL},Old,Name,+358401234567\n")

    def bring():
        with database.session() as session:
            import_people(session, settings, file, now=NOW)
            session.commit()

    bring()
    client.post(sign_up(phone="050 765 4321"))
    bring()
    person, _ = person_of()
    assert (person.full_name, person.phone) == ("Maija Esimerkki", "+358507654321")


def test_the_page_behind_the_mail_says_whose_account_would_be_opened(sign_up, client, clock):
    path = sign_up(first_name="<b>Eve</b>", company="Vieras & Oy")
    text = client.get(path).text
    for shown in (EMAIL, "&lt;b&gt;Eve&lt;/b&gt; Esimerkki", "Vieras &amp; Oy", "1 Jun 2026"):
        assert shown in text.replace("\xa0", " ")
    assert "This was not me" in text
    assert "whoever typed it chose its password" in text


def test_two_signups_of_an_address_verified_at_once_open_one_account(sign_up, app, counts, monkeypatch):
    paths = [sign_up(newsletter="yes"), sign_up(surveys="yes")]
    both_looked, waiting = Barrier(2), signups.waiting

    def wait(session, link):
        found = waiting(session, link)
        if app.extensions["clevenio"].database.is_sqlite:
            return found  # there writers take turns by themselves
        both_looked.wait(10)
        return found

    monkeypatch.setattr(signups, "waiting", wait)
    with ThreadPoolExecutor(2) as pool:
        statuses = list(pool.map(lambda path: new_client(app).post(path).status_code, paths))
    assert statuses == [303, 303]
    assert counts()[1:3] == (1, 1)


def test_the_role_has_the_date_on_which_it_was_typed(client, mailbox, clock, person_of):
    client.post(PATHS["en"], data=GOOD)
    clock.advance(days=3)
    client.post(link_in(mailbox.newest(EMAIL), "/v/"))
    assert person_of()[0].role_said_at == NOW


@pytest.mark.parametrize("language", PATHS)
@pytest.mark.parametrize("backend", ["sqlite"])
def test_the_page_behind_the_link_shows_what_is_confirmed_and_no_whole_phone_number(
    client, mailbox, language
):
    typed = {**GOOD, "role": "other", "role_other": "Puutarhuri", "phone": "040 123 4567", "surveys": "yes"}
    client.post(PATHS[language], data=typed)
    link = link_in(mailbox.newest(EMAIL), "/v/")
    page = client.get(link).text
    shown = {"fi": ("loppuu numeroihin 67", "Suomi"), "en": ("ends in 67", "English")}[language]
    for text in ("Maija Esimerkki", "Esimerkki Oy", "esimerkki.example.fi", "Puutarhuri", EMAIL, *shown):
        assert text in page
    assert "1234567" not in page.replace(" ", "")
    client.post(f"{link}/refusal")
    assert "Maija" not in client.get(link).text
