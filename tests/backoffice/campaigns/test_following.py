"""What is uncertain is shown with the server's words and sent again by one press; results are counts alone."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from clevenio import smtp
from clevenio.audit import AuditEntry, subject_hash
from clevenio.errors import BadInput, Refused
from clevenio.i18n import format_datetime, format_time, kept, use_language
from clevenio.newsletter import campaigns, openings
from clevenio.newsletter.models import Campaign, Delivery, DeliveryState
from tests.backoffice.campaigns.conftest import DESK
from tests.support.application import form_token
from tests.support.factories import NOW, grant, make_person
from tests.support.plans import asked

pytestmark = pytest.mark.parametrize("backend", ["sqlite"])
REPLY = "ConnectionResetError"


@pytest.fixture
def ended(database, written):
    """A campaign to three that ended with one sent, one failed and one uncertain; returns its address and the people."""
    where = written()
    with database.session() as session:
        people = [make_person(session, f"reader{number}@example.com", language="en") for number in range(3)]
        for person in people:
            grant(session, person, "newsletter")
        campaign = session.scalars(select(Campaign)).one()
        campaign.state = "freezing"
        campaigns.freeze(session, campaign.id, NOW)
        states = (DeliveryState.SENT, DeliveryState.FAILED, DeliveryState.UNCERTAIN)
        for person, state in zip(people, states, strict=True):
            row = session.scalars(select(Delivery).where(Delivery.person == person.id)).one()
            row.state, row.reply, row.finished_at = state, REPLY, NOW
        assert campaigns.settle(session, campaign.id, NOW) == "needs_attention"
        session.commit()
    return where, people


@pytest.fixture
def states(other_session):
    def read():
        with other_session() as session:
            return sorted(session.scalars(select(Delivery.state)))

    return read


def test_uncertain_messages_stand_with_their_address_and_the_servers_words(marketer, ended):
    where, _people = ended
    page = marketer.get(f"{DESK}{where}/uncertain").text
    assert REPLY in page
    assert "reader2@example.com" in page
    assert "reader0@example.com" not in page


def test_what_stands_in_the_place_of_a_servers_words_is_in_the_readers_language(marketer, ended, database):
    where, _people = ended
    for said, finnish in ((smtp.INTERRUPTED, "lähettäminen keskeytyi"), ("451 4.7.1 100% <full>", None)):
        with database.session() as session:
            session.scalars(select(Delivery).where(Delivery.state == "uncertain")).one().reply = said
            session.commit()
        page = marketer.get(f"{DESK}{where}/uncertain", headers={"Accept-Language": "fi"}).text
        assert (finnish or '<span lang="en">451 4.7.1 100% &lt;full&gt;</span>') in page


def test_looking_through_them_is_an_entry_that_names_whose_they_are(marketer, ended, other_session, settings):
    where, people = ended
    marketer.get(f"{DESK}{where}/uncertain")
    with other_session() as session:
        entry = session.scalars(select(AuditEntry).where(AuditEntry.action == "newsletter.uncertain")).one()
    assert entry.details["subjects"] == [subject_hash(settings.suppression_key, people[2].id)]


@pytest.mark.parametrize("which", ["one", "all"])
def test_one_press_sends_what_is_uncertain_again(marketer, post, ended, states, acts, other_session, which):
    where, _people = ended
    with other_session() as session:
        row = session.scalars(select(Delivery.id).where(Delivery.state == "uncertain")).one()
    to = f"{where}/uncertain/{row}" if which == "one" else f"{where}/uncertain"
    assert post(f"{where}/uncertain", to).status_code == 303
    assert states() == ["failed", "pending", "sent"]
    assert "newsletter.resend" in acts()


def test_a_message_that_is_not_uncertain_is_not_sent_again(post, ended, states, other_session):
    where, _people = ended
    with other_session() as session:
        row = session.scalars(select(Delivery.id).where(Delivery.state == "sent")).one()
    post(f"{where}/uncertain", f"{where}/uncertain/{row}")
    assert states() == ["failed", "sent", "uncertain"]


def test_results_are_drawn_and_stand_in_a_table_and_name_nobody(marketer, ended):
    where, _people = ended
    page = marketer.get(f"{DESK}{where}").text
    assert page.count('role="img"') == 2
    assert '<tr><th scope="row">Uncertain</th><td class="number">1</td></tr>' in page
    assert '<tr><th scope="row">Sent</th><td class="number">1</td></tr>' in page
    assert "@example.com" not in page.replace("marketer@example.com", "")


def test_beside_what_came_back_stands_what_no_server_took(marketer, ended):
    where, _people = ended
    effects = marketer.get(f"{DESK}{where}").text.partition("What came of it")[2]
    assert '<tr><th scope="row">Came back after it was sent</th><td class="number">0</td></tr>' in effects
    assert "1 message failed: no server took it, so it is not among those that came back" in effects
    assert f'<a href="{DESK}{where}/failed">' in effects


def test_openings_are_told_of_many_and_of_few_that_they_are_few(marketer, ended, monkeypatch):
    where, _people = ended
    assert "too few to speak of" in marketer.get(f"{DESK}{where}").text
    monkeypatch.setattr(openings, "of_campaign", lambda *_: openings.Opens(40, 15))
    assert "at least 15 of the 40" in marketer.get(f"{DESK}{where}").text


def test_what_waits_for_a_decision_is_on_the_overview_until_it_is_made(marketer, post, ended, acts):
    where, _people = ended
    assert "messages that failed or may not have arrived" in marketer.get("/staff/").text
    assert post(where, f"{where}/accept").status_code == 303
    assert "messages that failed or may not have arrived" not in marketer.get("/staff/").text
    assert acts()[-1] == "newsletter.accept"


def test_a_number_in_the_address_that_is_none_shows_the_first(marketer, ended):
    where, _people = ended
    for after in ("x", "-1", "9" * 30):
        assert "reader2@example.com" in marketer.get(f"{DESK}{where}/uncertain?after={after}").text


def test_what_is_left_as_it_is_has_no_button_any_more(marketer, post, ended):
    where, _people = ended
    assert "Send it again" in marketer.get(f"{DESK}{where}/uncertain").text
    post(where, f"{where}/accept")
    page = marketer.get(f"{DESK}{where}/uncertain").text
    assert REPLY in page
    assert "Send it again" not in page


def test_who_is_missing_is_counted_where_the_decision_is_asked_for(marketer, ended, database):
    where, _people = ended
    assert "Missing:" not in marketer.get(f"{DESK}{where}").text
    with database.session() as session:
        session.delete(session.scalars(select(Delivery).where(Delivery.state == "failed")).one())
        session.commit()
    assert "Missing: 1." in marketer.get(f"{DESK}{where}").text


def test_what_paused_a_campaign_is_said_beside_the_relays_words(marketer, ended, database):
    where, _people = ended
    with database.session() as session:
        campaign = session.scalars(select(Campaign)).one()
        campaign.state = "paused"
        problem = kept(Refused("The relay refused our own address."))
        campaign.problem = {**problem, "said": "550 5.1.0 <rejected>"}
        session.commit()
    said = '<p>The relay refused our own address. <q lang="en">550 5.1.0 &lt;rejected&gt;</q></p>'
    assert said in marketer.get(f"{DESK}{where}").text


def test_what_paused_a_campaign_is_said_in_the_readers_language_with_its_values(marketer, ended, database):
    where, _people = ended
    with database.session() as session:
        campaign = session.scalars(select(Campaign)).one()
        campaign.state = "paused"
        problem = BadInput("The subject is longer than %(longest)s characters.", longest=200)
        campaign.problem = {**kept(problem), "said": ""}
        session.commit()
    for language, said in (
        ("fi", "Aiherivi on pidempi kuin 200 merkkiä."),
        ("en", "The subject is longer than 200 characters."),
    ):
        page = marketer.get(f"{DESK}{where}", headers={"Accept-Language": language}).text
        assert said in page
        assert "<q" not in page


def test_the_part_that_is_asked_for_again_and_again_is_the_pages_own_and_counts_nothing_else(
    marketer, ended, database, app
):
    where, _people = ended
    with database.session() as session:
        session.scalars(select(Campaign)).one().state = "running"
        session.commit()
    page = marketer.get(f"{DESK}{where}").text
    assert f'data-state="running" data-live="{DESK}{where}/progress"' in page
    with asked(app.extensions["clevenio"].database) as found:
        part = marketer.get(f"{DESK}{where}/progress").text.strip()
    assert part.startswith("<section")
    assert part in page
    counting = [statement for statement, _values in found if "count(" in statement]
    assert ["deliveries.state" in statement for statement in counting] == [True]


def test_what_the_relay_said_last_stands_with_the_next_attempt_and_follows(marketer, ended, database):
    where, _people = ended
    with database.session() as session:
        campaign = session.scalars(select(Campaign)).one()
        campaign.state = "running"
        campaign.put_off = {"said": "451 4.7.1 <b>greylisted</b>", "at": NOW.isoformat()}
        row = session.scalars(select(Delivery).where(Delivery.state == "failed")).one()
        row.state, row.due_at = "deferred", NOW + timedelta(minutes=1)
        session.commit()
    for language, words in (("fi", "Seuraava yritys"), ("en", "Next attempt")):
        with use_language(language):
            said, due = format_datetime(NOW), format_datetime(NOW + timedelta(minutes=1))
        part = marketer.get(f"{DESK}{where}/progress", headers={"Accept-Language": language}).text
        assert '<q lang="en">451 4.7.1 &lt;b&gt;greylisted&lt;/b&gt;</q>' in part
        assert words in part
        assert said in part
        assert due in part
    with database.session() as session:
        session.scalars(select(Campaign)).one().state = "paused"
        session.commit()
    page = marketer.get(f"{DESK}{where}").text
    assert "when the campaign goes on" in page
    assert due not in page


def test_the_list_reads_how_many_and_not_why(marketer, ended, app):
    with asked(app.extensions["clevenio"].database) as found:
        assert "Three ways to ask" in marketer.get(DESK).text
    told = " ".join(statement for statement, _values in found)
    assert "deliveries.state" in told
    assert "deliveries.reason" not in told
    assert "departures" not in told


def test_failed_messages_stand_with_their_address_and_the_servers_words(
    marketer, ended, other_session, settings
):
    where, people = ended
    assert f'href="{DESK}{where}/failed"' in marketer.get(f"{DESK}{where}").text
    page = marketer.get(f"{DESK}{where}/failed").text
    assert REPLY in page
    assert "reader1@example.com" in page
    assert "reader2@example.com" not in page
    with other_session() as session:
        entry = session.scalars(select(AuditEntry).where(AuditEntry.action == "newsletter.failed")).one()
    assert entry.details["subjects"] == [subject_hash(settings.suppression_key, people[1].id)]


def test_what_goes_on_by_itself_holds_the_chart_and_what_stands_still_says_of_when_it_is(
    marketer, ended, database, clock
):
    where, _people = ended
    moment = format_time(clock.now)
    assert f"counted at {moment}" not in marketer.get(f"{DESK}{where}").text
    with database.session() as session:
        session.scalars(select(Campaign)).one().state = "running"
        session.commit()
    page = marketer.get(f"{DESK}{where}").text
    assert f"counted at {moment}" in page
    part = marketer.get(f"{DESK}{where}/progress").text
    assert part.count('role="img"') == 1
    assert '<tr><th scope="row">Uncertain</th><td class="number">1</td></tr>' in part
    # Nothing of these figures stands where they would not follow.
    assert page.replace(part.strip(), "").count('<th scope="row">Uncertain</th>') == 0


def test_an_act_that_came_too_late_leads_to_where_the_campaign_stands(marketer, post, ended):
    where, _people = ended
    for act in ("pause", "cancel"):
        answer = post(where, f"{where}/{act}")
        assert answer.status_code == 403
        assert f'href="{DESK}{where}"' in answer.text


@pytest.mark.parametrize("act", ["accept", "pause", "resume", "cancel"])
def test_of_two_presses_one_acts_and_both_lead_to_the_campaign(marketer, post, ended, database, acts, act):
    where, _people = ended
    token = form_token(marketer.get(f"{DESK}{where}"))
    with database.session() as session:
        begin = {"accept": "needs_attention", "resume": "paused"}.get(act, "running")
        session.scalars(select(Campaign)).one().state = begin
        session.commit()
    for _ in range(2):
        answer = marketer.post(f"{DESK}{where}/{act}", data={"csrf_token": token})
        assert (answer.status_code, answer.location) == (303, f"{DESK}{where}")
    assert acts().count(f"newsletter.{act}") == 1


def test_a_subject_reads_everywhere_as_its_readers_get_it(marketer, written, database):
    where = written(subject_en="News of {{ company }}", subject_fi="{{topic}} ja {{ company }}")
    drafted = ("", f"{where}/preview", f"{where}/check")
    for page in drafted:
        shown = marketer.get(f"{DESK}{page}").text
        assert "News of Clevenio" in shown
        assert "{{" not in shown
    assert "Uutiskirje ja Clevenio" in marketer.get(f"{DESK}{where}/preview").text
    with database.session() as session:
        session.scalars(select(Campaign)).one().state = "needs_attention"
        session.commit()
    for page in ("", where, f"{where}/uncertain", f"{where}/failed"):
        shown = marketer.get(f"{DESK}{page}").text
        assert "News of Clevenio" in shown
        assert "{{" not in shown
