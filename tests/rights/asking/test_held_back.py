"""Mails that carry no link leave room for those that do, and what a limit held back is mailed when it ends."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Barrier

import pytest

from clevenio.rights.asking import held_back
from clevenio.rights.models import Request, State
from clevenio.rights.requests import PERSON, end
from tests.rights.asking.test_operations import EMAIL, asking
from tests.rights.asking.test_views import ask
from tests.support.factories import NOW
from tests.support.mailbox import link_in

__all__ = ["asking"]
MINUTE = timedelta(minutes=1)


@pytest.fixture
def go_on(asking):
    return lambda now: held_back.go_on(asking.settings, asking.database, now)


def links(asking, email=EMAIL):
    return [mail for mail in asking.mails(email) if b"/q/" in mail.message]


@pytest.mark.parametrize("kind", ["direct_marketing", "withdrawal"])
def test_refusing_takes_no_place_of_the_next_link(asking, kind):
    asking.ask(kind)
    asking.ask("erasure", now=NOW + MINUTE)
    assert asking.states() == {kind: State.DONE, "erasure": State.UNVERIFIED}
    assert (len(links(asking)), len(asking.mails())) == (1, 2)


def test_refusals_for_somebody_elses_address_keep_no_link_from_it(asking):
    for number in range(5):
        asking.ask("direct_marketing", details=str(number), now=NOW + 11 * number * MINUTE)
    asking.ask("access", now=NOW + 50 * MINUTE)
    assert len(links(asking)) == 1


def test_an_address_is_told_three_times_a_day_what_was_done(asking):
    for number in range(6):
        asking.ask("direct_marketing", details=str(number), now=NOW + 11 * number * MINUTE)
        asking.ask("withdrawal", details=str(number), now=NOW + 11 * number * MINUTE)
    assert len(asking.mails()) == 3


def test_what_was_done_is_told_at_once_where_the_link_is_held_back(asking):
    asking.ask("access")
    asking.ask("erasure", "direct_marketing", now=NOW + MINUTE)
    assert (len(links(asking)), len(asking.mails())) == (1, 2)


def test_what_the_ten_minutes_held_back_is_mailed_when_they_end(asking, go_on):
    asking.ask("access")
    for number, kind in enumerate(["erasure", "objection", "erasure"], 1):
        asking.ask(kind, details=str(number), now=NOW + number * MINUTE)
    assert go_on(NOW + 9 * MINUTE) == 0
    assert len(links(asking)) == 1
    assert go_on(NOW + 10 * MINUTE) == 1
    assert go_on(NOW + 30 * MINUTE) == 0
    assert len(links(asking)) == 2
    assert {request.state for request in asking.rows(Request)} == {State.UNVERIFIED}
    shown = asking.confirm(asking.token(), now=NOW + 31 * MINUTE)
    assert [each.kind for each in shown.requests] == ["erasure"]


def test_what_the_day_held_back_is_mailed_the_next_day(asking, go_on):
    for number in range(5):
        asking.ask("access", details=str(number), now=NOW + 11 * number * MINUTE)
    assert len(links(asking)) == 3
    assert go_on(NOW + timedelta(hours=23, minutes=59)) == 0
    assert go_on(NOW + timedelta(days=1)) == 1
    assert len(links(asking)) == 4


def test_a_link_that_comes_later_counts_like_one_at_once(asking, go_on):
    for minutes in (0, 1, 12, 23):
        asking.ask("access", details=str(minutes), now=NOW + minutes * MINUTE)
        go_on(NOW + (minutes + 10) * MINUTE)
    assert len(links(asking)) == 3


def test_what_ended_or_is_answered_elsewhere_meanwhile_gets_no_link(asking, go_on, database):
    asking.ask("access")
    asking.ask("erasure", now=NOW + MINUTE)
    asking.ask("objection", now=NOW + 2 * MINUTE)
    _first, ended, elsewhere = sorted(asking.rows(Request), key=lambda each: each.received_at)
    with database.session() as session:
        end(session, session.get(Request, ended.id), State.WITHDRAWN, PERSON, NOW)
        session.get(Request, elsewhere.id).answer_way = "post"
        session.commit()
    assert go_on(NOW + 11 * MINUTE) == 0
    assert len(links(asking)) == 1


def test_two_workers_mail_it_once(asking, go_on):
    asking.ask("access")
    asking.ask("erasure", now=NOW + MINUTE)
    barrier = Barrier(2)

    def work(_number):
        barrier.wait()
        return go_on(NOW + 10 * MINUTE)

    with ThreadPoolExecutor(2) as pool:
        assert sum(pool.map(work, range(2))) == 1
    assert len(links(asking)) == 2


def test_the_worker_mails_it(client, clock, mailbox, found, app):
    ask(client, "access")
    clock.now += MINUTE
    ask(client, "erasure")
    assert [request.state for request in found()].count(State.RECEIVED) == 1
    clock.now += 10 * MINUTE
    app.extensions["clevenio"].jobs.run("held-back")
    assert client.get(link_in(mailbox.newest(EMAIL), "/q/")).text.count('name="mine"') == 2
