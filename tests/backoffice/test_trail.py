"""The audit trail's screen: what it shows to whom, narrows by, and hands out."""

import csv
import io
import re
from datetime import timedelta
from uuid import uuid4

import pytest
from sqlalchemy import select, text

from clevenio import audit
from clevenio.audit import AuditEntry, subject_hash
from clevenio.backoffice import trail
from clevenio.i18n import use_language
from clevenio.inquiries import operations as inquiries
from clevenio.inquiries.operations import Message
from clevenio.people import suppression
from clevenio.people.addresses import address
from clevenio.rights import trail_words as words
from clevenio.rights.models import Keep
from tests.support.application import form_token
from tests.support.factories import NOW, make_person

PATH = "/staff/audit"


@pytest.fixture
def officer(sign_in_staff):
    return sign_in_staff("privacy_officer", email="officer@example.com")


@pytest.fixture
def write(database):
    """`write("mail.let_go", actor=…, …)`: an entry."""

    def make(action="made.up", actor="command", now=NOW, **rest):
        with database.session() as session:
            made = audit.record(session, actor=actor, action=action, now=now, **rest)
            session.commit()
            return made

    return make


@pytest.fixture
def recorded(other_session):
    def find(action):
        with other_session() as session:
            query = select(AuditEntry).where(AuditEntry.action == action).order_by(AuditEntry.sequence)
            return session.scalars(query).all()

    return find


@pytest.fixture
def shown(officer):
    """`shown("?action=…")`: the numbers of the entries on that page."""

    def find(query=""):
        page = officer.get(PATH + query).text
        return [int(part.partition('"')[0]) for part in page.split(f'href="{PATH}/')[1:]]

    return find


@pytest.fixture
def somebody(database, settings):
    """A person, and how the trail names them."""
    with database.session() as session:
        person = make_person(session, "aino@example.com")
        session.commit()
        return person, subject_hash(settings.suppression_key, person.id)


def test_it_says_who_did_what_in_words_and_looking_is_an_entry_too(officer, recorded):
    page = officer.get(PATH).text
    assert "Signed in" in page
    assert "officer@example.com" in page
    assert len(recorded("audit.list")) == 1


@pytest.mark.parametrize("backend", ["sqlite"])
def test_it_says_so_in_finnish(officer):
    assert "Kirjautui sisään" in officer.get(PATH, headers={"Accept-Language": "fi"}).text


def test_a_sentence_has_its_figures(write):
    entry = write("audience.export", details={"rows": 1234, "platform": "google"})
    assert words.sentence(entry) == "Downloaded an audience file: 1,234 rows for Google Ads Customer Match"
    assert words.sentence(write("audience.export")) == "Downloaded an audience file: – for –"
    one = write("audience.export", details={"rows": 1, "platform": "google"})
    assert words.sentence(one) == "Downloaded an audience file: 1 row for Google Ads Customer Match"
    assert words.sentence(write("signups.list", details={"subjects": ["0" * 64]})).endswith(": 1 person")
    with use_language("fi"):
        assert words.sentence(one) == "Latasi kohderyhmätiedoston: 1 rivi, Google Ads Customer Match"
        two = write("signups.list", details={"subjects": ["0" * 64, "1" * 64]})
        assert words.sentence(two) == "Selasi rekisteröityneitä: 2 ihmistä"
    assert words.sentence(write("not.known.here")) == "not.known.here"


@pytest.mark.parametrize("backend", ["sqlite"])
def test_codes_are_words_in_both_languages(officer, write):
    roles = write("staff.roles", details={"before": ["support"], "after": ["marketer", "privacy_officer"]})
    for language, said, before, own in (
        ("en", "Changed a member’s roles to: Marketer, Privacy officer", "Support", "Roles before it"),
        (
            "fi",
            "Muutti työntekijän rooleiksi: Markkinoija, Tietosuojavastaava",
            "Asiakastuki",
            "Roolit ennen",
        ),
    ):
        headers = {"Accept-Language": language}
        assert said in officer.get(PATH, headers=headers).text
        page = officer.get(f"{PATH}/{roles.sequence}", headers=headers).text
        assert re.search(rf"<dt>{own}</dt>\s*<dd>{before}</dd>", page), page
    with use_language("fi"):
        assert words.sentence(write("newsletter.send", details={"topic": "newsletter"})).endswith(
            "Uutiskirje"
        )
        proved = words.details(write("staff.login", details={"by": "recovery code"}))
        assert proved == [("Tunnistautui", "varakoodilla")]
        narrowed = words.details(write("audit.export", details={"action": "mail.again", "rows": 1200}))
        assert [value for _name, value in narrowed] == [
            "Lähetti epäonnistuneen viestin uudelleen",
            "1\xa0200",
        ]
    odd = write("staff.roles", details={"after": ["emperor"], "made_up": {"a": 1}})
    with use_language("en"):
        assert words.details(odd) == [("Roles after it", "emperor"), ("made_up", "a: 1")]


@pytest.mark.parametrize("backend", ["sqlite"])
def test_what_an_entry_holds_is_shown_as_text(officer, write, recorded):
    write("<script>a", reason="<b>why</b>", actor="staff:<i>", details={"x": "<img src=x>"})
    page = officer.get(f"{PATH}?page=1").text
    number = recorded("<script>a")[0].sequence
    assert "<script>a" not in page
    assert "&lt;b&gt;why&lt;/b&gt;" in page
    detail = officer.get(f"{PATH}/{number}").text
    assert "<img src=x>" not in detail


class TestNarrowing:
    def test_by_who(self, write, shown):
        mine = write(actor="system").sequence
        write()
        assert shown("?actor=system") == [mine]

    def test_by_what(self, write, shown):
        mine = write("mail.let_go").sequence
        write()
        assert shown("?action=mail.let_go") == [mine]

    def test_by_why(self, write, shown):
        mine = write(reason="answering inquiries").sequence
        write(reason="else")
        assert shown("?reason=answering+inquiries") == [mine]

    def test_by_date_in_the_time_of_the_site(self, write, shown):
        # 30 May 2026 at 21:30 in UTC is the 31st in Helsinki.
        late = write(now=NOW.replace(day=30, month=5, hour=21)).sequence
        write(now=NOW.replace(day=30, month=5, hour=12))
        write(now=NOW.replace(day=1, month=6, hour=0))
        assert shown("?since=2026-05-31&until=2026-05-31") == [late]

    def test_by_person_lists_that_showed_them_included(self, write, shown, somebody):
        _, subject = somebody
        one = write(subject=subject).sequence
        many = write("signups.list", details={"subjects": ["0" * 64, subject]}).sequence
        write("made.up", details={"note": subject})
        assert shown(f"?subject={subject}") == [many, one]

    def test_by_several_at_once(self, write, shown):
        both = write("mail.let_go", actor="system").sequence
        write("mail.let_go")
        write(actor="system")
        assert shown("?action=mail.let_go&actor=system") == [both]

    @pytest.mark.parametrize(
        ("query", "said"),
        [("?since=yesterday", "Not a valid date value."), ("?action=x", "Not a valid choice.")],
    )
    @pytest.mark.parametrize("backend", ["sqlite"])
    def test_what_cannot_be_is_said_beside_the_field(self, officer, query, said):
        response = officer.get(PATH + query)
        assert response.status_code == 422
        assert said in response.text

    @pytest.mark.parametrize("backend", ["sqlite"])
    def test_nothing_found_says_what_to_do(self, officer):
        assert "No entry matches" in officer.get(f"{PATH}?until=2001-01-01").text

    @pytest.mark.parametrize("backend", ["sqlite"])
    def test_pages_keep_what_was_chosen(self, officer, write, monkeypatch):
        monkeypatch.setattr(trail, "PAGE", 2)
        for _ in range(5):
            write(actor="system")
        page = officer.get(f"{PATH}?actor=system&page=2").text
        assert f'href="{PATH}?page=3&amp;actor=system"' in page
        assert "Page 2 of 3" in page


class TestOnePerson:
    def test_an_exact_address_leads_to_their_entries(self, officer, somebody, recorded):
        _, subject = somebody
        data = {"email": " AINO@example.com ", "csrf_token": form_token(officer.get(PATH))}
        response = officer.post(f"{PATH}/person", data=data)
        assert (response.status_code, response.location) == (303, f"{PATH}?subject={subject}")
        assert "aino" not in response.location
        assert [entry.subject for entry in recorded("audit.find")] == [subject]

    def test_the_writer_of_an_inquiry_is_found_too(self, officer, database, settings):
        with database.session() as session:
            message = Message("Matti", address("matti@example.com"), "Hello", None)
            subject = inquiries.send(session, settings, message, "en", NOW).subject
            session.commit()
        data = {"email": "matti@example.com", "csrf_token": form_token(officer.get(PATH))}
        hashed = subject_hash(settings.suppression_key, subject)
        assert officer.post(f"{PATH}/person", data=data).location.endswith(hashed)

    def test_a_search_for_nobody_is_an_entry_all_the_same(self, officer, recorded):
        data = {"email": "nobody@example.com", "csrf_token": form_token(officer.get(PATH))}
        answer = officer.post(f"{PATH}/person", data=data)
        assert answer.status_code == 422
        assert "Nobody here has this address, and nobody who was erased had it." in answer.text
        assert 'value="nobody@example.com"' in answer.text
        assert [entry.subject for entry in recorded("audit.find")] == [None]

    def test_somebody_erased_is_found_by_their_address_as_long_as_the_trail_is_kept(
        self, officer, somebody, write, database, settings, recorded
    ):
        person, subject = somebody
        before = write(subject=subject).sequence
        key = suppression.email_key(settings.suppression_key, address("aino@example.com").mailbox_key)
        with database.session() as session:
            session.delete(session.merge(person))
            session.add(Keep(key=key, subject=person.id, holding="trail", until=NOW))
            session.commit()
        data = {"email": "Aino@example.com", "csrf_token": form_token(officer.get(PATH))}
        response = officer.post(f"{PATH}/person", data=data)
        assert response.location == f"{PATH}?subject={subject}"
        assert f"{PATH}/{before}" in officer.get(response.location).text
        assert [entry.subject for entry in recorded("audit.find")] == [subject]

    def test_who_came_back_is_found_with_what_they_were_before(
        self, officer, somebody, write, database, settings, recorded
    ):
        _, now_known = somebody
        erased = uuid4()
        before = subject_hash(settings.suppression_key, erased)
        key = suppression.email_key(settings.suppression_key, address("aino@example.com").mailbox_key)
        with database.session() as session:
            session.add(Keep(key=key, subject=erased, holding="trail", until=NOW))
            session.add(Keep(key=key, subject=uuid4(), holding="consent", until=NOW))
            session.commit()
        numbers = [write(subject=before).sequence, write(subject=now_known).sequence]
        data = {"email": "aino@example.com", "csrf_token": form_token(officer.get(PATH))}
        location = officer.post(f"{PATH}/person", data=data).location
        assert location == f"{PATH}?subject={before}.{now_known}"
        page = officer.get(location).text
        assert all(f'href="{PATH}/{number}"' in page for number in numbers)
        export = {"subject": f"{before}.{now_known}", "csrf_token": form_token(officer.get(PATH))}
        assert officer.post(f"{PATH}/export", data=export).status_code == 200
        assert recorded("audit.export")[0].details["subjects"] == [before, now_known]

    @pytest.mark.parametrize("backend", ["sqlite"])
    @pytest.mark.parametrize("typed", ["", "aino", "aino@", "%@example.com"])
    def test_a_part_of_an_address_finds_nothing(self, officer, somebody, typed):
        data = {"email": typed, "csrf_token": form_token(officer.get(PATH))}
        assert officer.post(f"{PATH}/person", data=data).status_code in (404, 422)


class TestOneEntry:
    def test_it_is_shown_whole_and_that_is_an_entry(self, officer, write, somebody, recorded):
        entry = write("signups.list", details={"subjects": [somebody[1]]})
        page = officer.get(f"{PATH}/{entry.sequence}").text
        assert entry.hash in page
        assert somebody[1][:10] in page
        assert "Fits the entry before it" in page
        assert [each.details for each in recorded("audit.read")] == [{"entry": entry.sequence}]

    @pytest.mark.parametrize("backend", ["sqlite"])
    def test_one_that_was_changed_says_so(self, officer, write, database):
        entry = write()
        with database.engine.begin() as connection:
            connection.execute(text("DROP TRIGGER audit_entries_no_update"))
            connection.execute(
                text("UPDATE audit_entries SET actor = 'x' WHERE sequence = :n"), {"n": entry.sequence}
            )
        assert "Does not fit the entry before it" in officer.get(f"{PATH}/{entry.sequence}").text

    @pytest.mark.parametrize("backend", ["sqlite"])
    def test_one_that_is_not_there_is_a_page_not_found(self, officer):
        for number in ("99999", str(2**63 - 1), str(2**63), "9" * 30):
            assert officer.get(f"{PATH}/{number}").status_code == 404, number


class TestExport:
    @pytest.fixture
    def download(self, officer):
        def get(**filters):
            data = {**filters, "csrf_token": form_token(officer.get(PATH))}
            response = officer.post(f"{PATH}/export", data=data)
            assert response.status_code == 200
            rows = list(csv.DictReader(io.StringIO(response.data.decode("utf-8-sig"), newline="")))
            return response, rows

        return get

    def test_the_entries_leave_as_a_file_and_that_is_an_entry(self, download, write, recorded):
        write("mail.let_go", actor="system", subject="a" * 64, details={"mail": "1"})
        write("mail.let_go")
        response, rows = download(actor="system")
        assert response.headers["Content-Disposition"].startswith('attachment; filename="audit-trail-2')
        assert response.headers["Cache-Control"] == "no-store"
        assert [(row["action"], row["subject"]) for row in rows] == [("mail.let_go", "a" * 64)]
        (entry,) = recorded("audit.export")
        assert entry.details == {"rows": 1, "actor": "system"}

    def test_nothing_in_it_runs_in_a_spreadsheet(self, download, write):
        write("made.up", reason="=HYPERLINK(1)", actor="@x", details={"x": "=1"})
        _, rows = download()
        assert ("'=HYPERLINK(1)", "'@x") in {(row["reason"], row["actor"]) for row in rows}

    @pytest.mark.parametrize("backend", ["sqlite"])
    def test_names_are_in_no_file(self, download, somebody, write):
        write(subject=somebody[1])
        response, _ = download()
        assert b"aino" not in response.data

    @pytest.mark.parametrize("backend", ["sqlite"])
    def test_what_was_not_on_offer_is_refused_and_written_nowhere(self, officer, recorded):
        data = {"actor": "aino@example.com", "csrf_token": form_token(officer.get(PATH))}
        assert officer.post(f"{PATH}/export", data=data).status_code == 422
        assert recorded("audit.export") == []


class TestCheck:
    def test_a_check_is_asked_for_done_by_the_worker_and_shown(self, app, officer, recorded):
        assert "Not checked yet." in officer.get(PATH).text
        token = form_token(officer.get(PATH))
        assert officer.post(f"{PATH}/checks", data={"csrf_token": token}).status_code == 303
        assert "the worker is at it" in officer.get(PATH).text
        app.extensions["clevenio"].jobs.run("trail")
        assert "Whole up to entry" in officer.get(PATH).text
        assert len(recorded("audit.check")) == 1

    @pytest.mark.parametrize("backend", ["sqlite"])
    def test_it_says_from_which_entry_on_nothing_is_sealed_and_when_the_next_seal_comes(
        self, app, officer, write
    ):
        write()
        page = officer.get(PATH).text
        assert "From entry 1 on nothing is sealed yet." in page
        assert "The seal is due" in page
        app.extensions["clevenio"].jobs.run("trail")
        page = officer.get(PATH).text
        # The list shows what was there before this very look, which is an entry too.
        number = 1 + max(int(part.partition('"')[0]) for part in page.split(f'href="{PATH}/')[1:])
        assert f"From entry {number} on nothing is sealed yet." in page
        assert f"marks outside the database hold the entries up to {number}" in page
        assert "The next seal comes" in page

    @pytest.mark.parametrize("backend", ["sqlite"])
    def test_entries_that_nothing_holds_are_pointed_out(self, app, officer, settings):
        officer.get(PATH)
        (settings.data / "seals" / "audit-marks.jsonl").unlink()
        (settings.data / "seals" / "audit-marks.jsonl").mkdir()
        page = officer.get(PATH)
        assert page.status_code == 200
        assert "Nothing holds the newest entries" in page.text

    @pytest.mark.parametrize("backend", ["sqlite"])
    def test_what_is_wrong_is_shown_there_and_first_on_the_overview(self, app, officer, database, write):
        write()
        with database.engine.begin() as connection:
            connection.execute(text("DROP TRIGGER audit_entries_no_update"))
            connection.execute(text("UPDATE audit_entries SET actor = 'x' WHERE sequence = 1"))
        app.extensions["clevenio"].jobs.run("trail")
        assert "entry 1 was changed" in officer.get(PATH).text
        assert "The audit trail is not whole: 1 thing is wrong with it." in officer.get("/staff/").text


def test_the_trail_still_says_what_happened_to_somebody_who_is_gone(shown, write, somebody, database):
    person, subject = somebody
    number = write(subject=subject).sequence
    with database.session() as session:
        session.delete(session.merge(person))
        session.commit()
    assert shown(f"?subject={subject}") == [number]


def test_the_newest_come_first(write, shown):
    numbers = [write(actor="system", now=NOW + timedelta(minutes=n)).sequence for n in range(3)]
    assert shown("?actor=system") == numbers[::-1]
