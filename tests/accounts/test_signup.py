"""Signing up: what is refused, what is kept until the mail is opened, and what comes into force with it."""

import re
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from threading import Barrier

import pytest
from sqlalchemy import func, select

from clevenio import legal
from clevenio.accounts import signups
from clevenio.accounts.models import Account, Agreement, Signup
from clevenio.consent import ledger
from clevenio.consent.notices import signup_notice
from clevenio.outbox import Mail
from clevenio.people import identifiers, links, suppression
from clevenio.people import operations as people
from clevenio.people.imports.operations import import_people
from clevenio.people.models import Person
from clevenio.web import network
from tests.support.accounts import make_account
from tests.support.application import new_client
from tests.support.factories import NOW, make_person
from tests.support.mailbox import link_in

EMAIL = "maija.esimerkki@example.com"
GOOD = {
    "email": EMAIL,
    "first_name": "Maija",
    "last_name": "Esimerkki",
    "company": "Esimerkki Oy",
    "website": "esimerkki.example.fi",
    "role": "sales",
    "password": "seitsemän veljestä metsässä",
    "terms": "yes",
}
PATHS = {"fi": "/fi/rekisteroidy", "en": "/en/signup"}


@pytest.fixture
def counts(other_session):
    """What another session sees: signups, accounts, people, mails."""

    def count():
        with other_session() as session:
            kinds = (Signup, Account, Person, Mail)
            return tuple(session.scalar(select(func.count()).select_from(kind)) for kind in kinds)

    return count


@pytest.fixture
def person_of(other_session):
    """The person with an address and the states of their decisions."""

    def find(email=EMAIL):
        with other_session() as session:
            person = people.find(session, identifiers.address(email))
            return person, ledger.decisions_of(session, person.id) if person else None

    return find


@pytest.fixture
def sign_up(client, mailbox):
    """`sign_up(newsletter="yes")`: a good form with more; the path of the mailed link."""

    def post(language="en", **more):
        form = {**GOOD, **more}
        response = client.post(PATHS[language], data=form)
        assert response.status_code == 303, response.text
        return link_in(mailbox.newest(form["email"]), "/v/")

    return post


@pytest.mark.parametrize(
    ("field", "value", "english", "finnish"),
    [
        ("email", "", "Type an e-mail address.", "Kirjoita sähköpostiosoite."),
        ("email", "maija@", "It looks like name@example.com.", "Tämä ei ole kokonainen sähköpostiosoite."),
        ("email", "a@example.com\r\nBcc: b@example.com", "no control characters", "ohjausmerkkejä"),
        ("first_name", " ", "Type your first name.", "Kirjoita etunimesi."),
        ("last_name", "", "Type your last name.", "Kirjoita sukunimesi."),
        ("last_name", "1234", "A name has at least one letter.", "Nimessä on ainakin yksi kirjain."),
        ("company", "", "Type the name of the company.", "Kirjoita yrityksen nimi."),
        ("website", "ftp://example.fi", "", ""),
        ("website", "example.fi/" + "a" * 300, "300", "300"),
        ("role", "", "Choose a role.", "Valitse rooli."),
        ("role", "admin", "This role is not known.", ""),
        ("phone", "12", "This phone number is not complete.", ""),
        ("password", "", "Choose a password.", "Valitse salasana."),
        ("password", "short", "Use at least 8 characters.", "Käytä vähintään 8 merkkiä."),
        ("password", "salasana1", "the first that anybody tries", "ensimmäisiä, joita kuka tahansa kokeilee"),
        ("password", EMAIL, "not your address", "joka ei ole osoitteesi"),
        ("terms", "", "An account takes accepting the terms.", "Tili edellyttää, että hyväksyt ehdot."),
    ],
)
@pytest.mark.parametrize("language", PATHS)
@pytest.mark.parametrize("backend", ["sqlite"])
def test_bad_input_is_answered_beside_its_field_and_nothing_is_stored(
    client, counts, language, field, value, english, finnish
):
    response = client.post(PATHS[language], data={**GOOD, "newsletter": "yes", field: value})
    assert response.status_code == 422
    beside = response.text.partition(f'id="{field}-error">')[2].partition("</p>")[0]
    assert beside
    assert {"fi": finnish, "en": english}[language] in beside.replace("\xa0", " ")
    for name in GOOD.keys() - {"password", "terms", "role", field}:
        assert f'value="{GOOD[name]}"' in response.text
    assert GOOD["password"] not in response.text
    assert 'name="newsletter" id="box-newsletter" value="yes" checked' in response.text
    assert counts() == (0, 0, 0, 0)


def test_an_empty_form_names_every_field_that_is_needed(client, counts):
    text = client.post("/en/signup", data={}).text
    needed = {"email", "first_name", "last_name", "company", "website", "role", "password", "terms"}
    assert {name for name in (*GOOD, "phone", "role_other") if f'id="{name}-error"' in text} == needed
    assert counts() == (0, 0, 0, 0)


@pytest.mark.parametrize("language", PATHS)
@pytest.mark.parametrize("backend", ["sqlite"])
def test_the_rule_for_passwords_stands_there_before_it_is_broken_and_after_any_error(client, language):
    rule = {
        "fi": ("Vähintään 8 merkkiä", "Ei osoitteesi", "kuka tahansa kokeilee ensin"),
        "en": ("At least 8 characters", "Not your address", "anybody would try first"),
    }[language]
    answer = client.post(PATHS[language], data={**GOOD, "first_name": ""})
    for page in (client.get(PATHS[language]), answer):
        hint = page.text.partition('id="password-hint">')[2].partition("</p>")[0]
        assert [words for words in rule if words not in hint] == []
    assert {"fi": "Kirjoita se uudelleen", "en": "Type it again"}[language] in answer.text


def test_the_form_ticks_nothing_and_names_platforms_and_data(client):
    text = client.get("/en/signup").text
    assert " checked" not in text
    for one in signup_notice("en").content["purposes"]:
        assert f">{one['wording'].replace(chr(39), '&#39;')}</label>" in text
    assert "Google Ads, Meta" in text
    assert "If you are under 18" in text


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


def test_what_was_accepted_and_shown_is_kept_each_in_its_own_way(
    sign_up, client, clock, other_session, settings
):
    path = sign_up("fi")
    assert "/fi/kasittelysopimus/versiot/" in client.get(path).text
    client.post(path)
    with other_session() as session:
        kept = {one.text: one for one in session.scalars(select(Agreement))}
        account = session.scalars(select(Account)).one()
    kinds = {"terms": "accepted", "dpa": "accepted", "privacy": "shown"}
    assert {text: one.kind for text, one in kept.items()} == kinds
    for text, one in kept.items():
        version = legal.current(text, NOW.date())
        assert (one.version, one.language, one.at) == (version.day, "fi", NOW)
        assert one.digest == version.digest("fi")
        assert (one.person, one.account) == (account.person_id, account.id)
        assert one.facts["controller"] == settings.controller_name
        assert one.facts["address"].endswith("Suomi")


def test_the_one_box_links_both_texts_and_the_notice_is_only_shown(client):
    for path, leads in (
        ("/fi/rekisteroidy", ("/fi/ehdot", "/fi/kasittelysopimus", "/fi/tietosuoja")),
        ("/en/signup", ("/en/terms", "/en/data-processing", "/en/privacy")),
    ):
        label = client.get(path).text.partition('<label for="terms">')[2]
        label, _, after = label.partition("</label>")
        assert [place in label for place in leads] == [True, True, False]
        assert leads[2] in after.partition("</div>")[0]


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


def test_a_known_address_gets_the_same_answer_and_another_mail(client, database, mailbox, counts):
    with database.session() as session:
        make_account(session, "Known@example.com")
        session.commit()
    unknown = client.post("/en/signup", data=GOOD)
    known = client.post("/en/signup", data={**GOOD, "email": "known@EXAMPLE.com", "first_name": "Eve"})
    assert (known.status_code, known.location, known.text) == (
        unknown.status_code,
        unknown.location,
        unknown.text,
    )
    drop = ("Content-Length", "Date")
    assert [h for h in known.headers if h[0] not in drop] == [h for h in unknown.headers if h[0] not in drop]
    assert mailbox.newest("Known@example.com")["Subject"] == "You already have an account"
    assert mailbox.newest(EMAIL)["Subject"] == "Verify your address to open your account"
    assert counts() == (1, 1, 1, 2)
    with database.session() as session:
        assert people.find(session, identifiers.address("known@example.com")).first_name == "Aino"


def test_the_same_form_twice_is_one_act(client, counts):
    for _ in range(2):
        assert client.post("/en/signup", data=GOOD).status_code == 303
    assert counts() == (1, 0, 0, 1)


def test_another_password_is_another_act(client, counts):
    for password in (GOOD["password"], "another pass phrase"):
        client.post("/en/signup", data={**GOOD, "password": password})
    assert counts() == (2, 0, 0, 2)


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


@pytest.mark.parametrize("backend", ["sqlite"])
def test_fields_that_are_not_in_the_form_change_nothing(sign_up, client, person_of):
    client.post(sign_up(id="1", is_staff="1", source="staff", mail_opens="yes", advertising_id="x"))
    person, decided = person_of()
    assert (person.source, person.advertising_id, decided) == ("signup", None, {})


@pytest.mark.parametrize("backend", ["sqlite"])
def test_only_the_role_of_other_has_words_of_its_own(sign_up, client, person_of):
    client.post(sign_up(role="other", role_other="  Puutarhuri "))
    assert person_of()[0].role_other == "Puutarhuri"
    client.post(sign_up(email="b@example.com", role_other="Puutarhuri"))
    assert person_of("b@example.com")[0].role_other is None


def test_somebody_elses_address_is_not_written_to_again_and_again(client, mailbox, counts):
    for number in range(signups.MAILS.most + 2):
        assert client.post("/en/signup", data={**GOOD, "company": f"Oy {number}"}).status_code == 303
    assert len(mailbox.all(EMAIL)) == signups.MAILS.most
    assert counts()[0] == signups.MAILS.most


def test_a_network_that_signs_up_without_end_is_asked_to_wait(client, counts, monkeypatch):
    monkeypatch.setattr(network, "POSTS", replace(network.POSTS, most=1))
    assert client.post("/en/signup", data=GOOD).status_code == 303
    response = client.post("/fi/rekisteroidy", data={**GOOD, "email": "b@example.com"})
    assert response.status_code == 429
    assert "Yritä uudelleen tunnin kuluttua." in response.text
    assert counts()[0] == 1


def test_what_was_never_verified_is_forgotten_after_seven_days(
    sign_up, database, clock, counts, other_session
):
    sign_up()
    clock.advance(days=3)
    sign_up(email="later@example.com")
    with database.session() as session:
        signups.forget_unverified(session, clock.advance(days=4))
        session.commit()
    assert counts()[0] == 1
    with other_session() as session:
        assert sorted(mail.recipient for mail in session.scalars(select(Mail))) == ["", "later@example.com"]
    assert signups.load().periods["unverified_signup"].number == links.LIFETIME["verify"].days


@pytest.mark.parametrize("state", ["failed", "uncertain", "withheld", "let_go"])
@pytest.mark.parametrize("backend", ["sqlite"])
def test_what_was_mistyped_is_forgotten_however_its_mail_ended(
    sign_up, database, clock, other_session, state
):
    sign_up()
    with database.session() as session:
        mail = session.scalars(select(Mail)).one()
        mail.state, mail.message, mail.reply = state, b"To: a@example.com", "550 no a@example.com"
        session.commit()
    with database.session() as session:
        signups.forget_unverified(session, clock.advance(days=7))
        session.commit()
    with other_session() as session:
        mail = session.scalars(select(Mail)).one()
    ended = state if state in ("withheld", "let_go") else "let_go"
    assert (mail.state, mail.recipient, mail.message, mail.reply) == (ended, "", b"", None)


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


@pytest.fixture(params=["terms", "dpa", "privacy"])
def new_text(request, publish):
    """The text that changes on the day after `NOW`."""
    for text in legal.TEXTS:
        publish(text, "2026-05-01", "informed")
    publish(request.param, "2026-06-02", "informed")
    return request.param


def stamped(**days):
    """What the form says it stood beside."""
    versions = {"terms": "2026-05-01", "dpa": "2026-05-01", "privacy": "2026-05-01"} | days
    return " ".join(f"{text}:{day}" for text, day in versions.items())


@pytest.mark.parametrize("backend", ["sqlite"])
def test_the_page_says_which_texts_it_shows(client, clock, new_text):
    assert f'name="terms_version" value="{stamped()}"' in client.get("/en/signup").text
    clock.advance(days=1)
    now = stamped(**{new_text: "2026-06-02"})
    assert f'name="terms_version" value="{now}"' in client.get("/en/signup").text


@pytest.mark.parametrize(
    ("language", "said"),
    [("en", "The terms have changed since you opened this page."), ("fi", "Ehdot ovat muuttuneet")],
)
@pytest.mark.parametrize("backend", ["sqlite"])
def test_texts_that_were_not_shown_are_not_accepted(client, clock, new_text, counts, language, said):
    form = {**GOOD, "terms_version": stamped(), "newsletter": "yes"}
    clock.advance(days=1)
    response = client.post(PATHS[language], data=form)
    assert response.status_code == 422
    assert said in response.text.partition('id="terms-error">')[2].partition("</p>")[0]
    assert f'name="terms_version" value="{stamped(**{new_text: "2026-06-02"})}"' in response.text
    assert "checked" not in response.text.partition('id="terms"')[2].partition(">")[0]
    assert 'id="box-newsletter" value="yes" checked' in response.text
    assert counts() == (0, 0, 0, 0)


@pytest.mark.parametrize("backend", ["sqlite"])
@pytest.mark.parametrize(
    "forged",
    ["terms:2026-05-01", "terms:2030-01-01 dpa:2026-05-01 privacy:2026-05-01", "x:1", "terms", ":", "é"],
)
def test_a_forged_version_is_not_taken(client, clock, new_text, counts, forged):
    assert client.post("/en/signup", data={**GOOD, "terms_version": forged}).status_code == 422
    assert counts() == (0, 0, 0, 0)


def test_the_agreement_names_the_version_that_was_shown(sign_up, client, clock, new_text, other_session):
    path = sign_up(terms_version=stamped())
    clock.advance(days=1)
    client.post(path)
    with other_session() as session:
        kept = {one.text: one.version for one in session.scalars(select(Agreement))}
    assert kept == dict.fromkeys(legal.TEXTS, "2026-05-01")


def test_boxes_ticked_beside_other_words_are_asked_anew(client, counts):
    response = client.post("/en/signup", data={**GOOD, "notice": "0" * 32, "newsletter": "yes"})
    assert response.status_code == 422
    assert "What the boxes say has changed since you opened this page." in response.text
    assert 'id="box-newsletter" value="yes">' in response.text
    assert f'name="notice" value="{signup_notice("en").id}"' in response.text
    assert counts() == (0, 0, 0, 0)
    assert client.post("/en/signup", data={**GOOD, "notice": "0" * 32}).status_code == 303


def test_the_page_behind_the_mail_says_whose_account_would_be_opened(sign_up, client, clock):
    path = sign_up(first_name="<b>Eve</b>", company="Vieras & Oy")
    text = client.get(path).text
    for shown in (EMAIL, "&lt;b&gt;Eve&lt;/b&gt; Esimerkki", "Vieras &amp; Oy", "1 Jun 2026"):
        assert shown in text.replace("\xa0", " ")
    assert "This was not me" in text
    assert "whoever typed it chose its password" in text


def test_who_did_not_sign_up_has_it_deleted(sign_up, client, counts, other_session):
    path = sign_up(newsletter="yes")
    response = client.post(f"{path}/refusal")
    assert (response.status_code, response.location) == (303, path)
    assert "No account was opened" in client.get(path).text
    assert counts()[:3] == (0, 0, 0)
    with other_session() as session:
        assert [mail.recipient for mail in session.scalars(select(Mail))] == [""]
    # The link is used up: nobody can open the account by it afterwards.
    assert client.post(path).status_code == 303
    assert client.post(f"{path}/refusal").status_code == 303
    assert counts()[:3] == (0, 0, 0)
    assert client.post("/en/login", data={"email": EMAIL, "password": GOOD["password"]}).status_code == 422


def test_refusing_undoes_no_account(sign_up, client, counts):
    path = sign_up()
    client.post(path)
    client.post(f"{path}/refusal")
    assert counts()[1] == 1
    assert "Your account is open" in client.get(path).text


@pytest.mark.parametrize("backend", ["sqlite"])
def test_another_site_cannot_refuse(sign_up, client, counts):
    path = sign_up()
    assert client.post(f"{path}/refusal", headers={"Sec-Fetch-Site": "cross-site"}).status_code == 403
    assert counts()[0] == 1


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
@pytest.mark.parametrize(
    ("field", "value", "said"),
    [
        ("first_name", "ä" * 101, "100"),
        ("last_name", "ä" * 101, "100"),
        ("company", "Yhtiö " * 40, "200"),
        ("website", f"example.com/{'a' * 400}", "300"),
        ("role_other", "x" * 101, "100"),
        ("email", f"{'a' * 300}@example.com", "254"),
    ],
)
def test_what_is_too_long_is_named_with_its_limit_and_kept_as_typed(
    client, counts, language, field, value, said
):
    typed = {**GOOD, "role": "other", "role_other": "Puutarhuri", field: value}
    page = client.post(PATHS[language], data=typed)
    assert page.status_code == 422
    error = re.search(rf'id="{field}-error">([^<]*)', page.text)[1]
    assert said in error
    for name in ("email", "first_name", "last_name", "company", "website", "role_other"):
        assert f'value="{typed[name]}"' in page.text
    # A browser would cut silently what is pasted beyond such a limit.
    assert "maxlength" not in page.text
    assert counts() == (0, 0, 0, 0)


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
