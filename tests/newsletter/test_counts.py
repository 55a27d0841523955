"""A whole campaign is counted where somebody reads the count, and never once a second on its way."""

import io
from datetime import timedelta
from types import SimpleNamespace
from uuid import uuid4

import pytest
from rich.console import Console
from sqlalchemy import select

from clevenio.newsletter import campaigns, expiry, openings, queries
from clevenio.newsletter import cli as newsletter_cli
from clevenio.newsletter.models import FINAL, OPEN, Delivery, DeliveryState
from clevenio.newsletter.sending import Sender
from clevenio.people import disclosure
from clevenio.terminal import Show
from tests.support.factories import NOW
from tests.support.plans import asked, steps

on_sqlite = pytest.mark.parametrize("backend", ["sqlite"])
BY_STATE = "ix_deliveries_campaign_state (campaign=? AND state=?)"


@pytest.fixture
def extra_settings(smtp_sink):
    return {"SMTP_URL": smtp_sink.url}


@pytest.fixture
def running(database, subscribe, campaign):
    """A frozen campaign to eight people; returns its id."""
    for _ in DeliveryState:
        subscribe()
    made = campaign()
    with database.session() as session:
        campaigns.freeze(session, made, NOW)
        session.commit()
    return made


def test_every_state_is_open_or_final():
    assert {*OPEN, *FINAL} == set(DeliveryState)
    assert not {*OPEN} & {*FINAL}


def test_what_is_next_is_the_earliest_of_what_is_not_over(database, running):
    with database.session() as session:
        rows = session.scalars(select(Delivery).order_by(Delivery.id)).all()
        for hours, (row, state) in enumerate(zip(rows, [*FINAL, *reversed(OPEN)], strict=True)):
            row.state, row.due_at = state, NOW + timedelta(hours=hours)
        for row in rows[len(FINAL) :]:
            session.flush()
            assert campaigns.next_due(session, running) == row.due_at
            row.state = DeliveryState.SENT
        session.flush()
        assert campaigns.next_due(session, running) is None
        assert campaigns.next_due(session, uuid4()) is None


@on_sqlite
def test_nothing_is_counted_while_anything_is_left(database, running):
    with database.session() as session, asked(database) as found:
        assert campaigns.settle(session, running, NOW) == "running"
    taken = steps(database, found, "deliveries")
    assert len(taken) == len(OPEN)
    assert all(BY_STATE in step for step in taken)
    assert not any("count(" in statement for statement, _values in found)


@on_sqlite
def test_reasons_and_openings_are_read_without_all_who_just_got_it(database, running):
    with database.session(write=False) as session:
        with asked(database) as found:
            queries.excluded(session, running)
        assert ["campaign=? AND state=?" in step for step in steps(database, found, "deliveries")] == [True]
        with asked(database) as found:
            openings.of_campaign(session, running, {})
        [step] = steps(database, found, "deliveries")
    assert "ix_deliveries_measured (campaign=?)" in step


def test_only_what_left_is_measured_and_only_the_excluded_have_reasons(database, running, monkeypatch):
    monkeypatch.setattr(disclosure, "part", lambda count, _wholes: count)
    states = list(DeliveryState)
    with database.session() as session:
        for row, state in zip(session.scalars(select(Delivery).order_by(Delivery.id)), states, strict=True):
            row.state, row.is_measured, row.opened_at = state, True, NOW
            row.reason = "withdrawn" if state == "excluded" else None
        session.flush()
        assert openings.of_campaign(session, running, {}) == openings.Opens(2, 2)
        assert queries.excluded(session, running) == {"withdrawn": 1}


@on_sqlite
def test_what_is_opened_is_let_go_of_without_a_look_at_the_others(database):
    [sweep] = [each for each in expiry.SWEEPS if each.name == "deliveries_opened"]
    ways = {
        "ix_deliveries_opened": [
            sweep.waiting,
            lambda *given: sweep.step(*given, None),
            lambda *given: sweep.step(*given, (7,)),
        ],
        # Those who are held are few, too.
        "ix_deliveries_person (person=?)": [sweep.kept],
    }
    for index, looks in ways.items():
        for look in looks:
            with database.session() as session, asked(database) as found:
                look(session, NOW, NOW)
            [step] = steps(database, found, "deliveries")
            assert index in step


@pytest.fixture
def shown_on(monkeypatch):
    """`shown_on(True)`: progress goes to a terminal; `shown_on(False)`: to something that is none."""

    def turn(is_terminal):
        made = Console(file=io.StringIO(), force_terminal=is_terminal)
        monkeypatch.setattr("rich.console.Console", lambda **_given: made)

    return turn


@pytest.fixture
def give_up(monkeypatch, shown_on):
    """`give_up(kit, campaign, 600, show=False)`: after how many seconds the command stops to wait, and how often it
    counted, where something ends for so many seconds and nothing from then on.
    """

    def wait(made, which, ends, show):
        passed, counted = [0.0], []
        clock = SimpleNamespace(monotonic=lambda: passed[0], sleep=lambda _seconds: None)

        def work(_sender, _seconds):
            passed[0] += 10
            assert passed[0] < 10_000, "it waits for ever"
            return campaigns.CampaignState.RUNNING

        def done(*_given):
            counted.append(passed[0])
            return int(min(passed[0], ends)), 1000

        monkeypatch.setattr(newsletter_cli, "time", clock)
        monkeypatch.setattr(Sender, "work", work)
        monkeypatch.setattr(newsletter_cli, "_done", done)
        shown_on(show)
        newsletter_cli._send(made, which)
        return passed[0], len(counted)

    return wait


@on_sqlite
@pytest.mark.parametrize("ends", [0, 155, 600])
def test_where_nobody_looks_it_still_notices_that_nothing_ends_any_more(app, running, give_up, ends):
    seconds, counts = give_up(app.extensions["clevenio"], running, ends, show=False)
    patience = newsletter_cli.PATIENCE.total_seconds()
    assert ends + patience < seconds <= ends + patience + patience / newsletter_cli.UNSEEN + 20
    assert counts <= seconds / patience * newsletter_cli.UNSEEN + 1


@on_sqlite
def test_on_a_terminal_each_look_is_counted_while_a_count_takes_no_time(app, running, give_up):
    seconds, counts = give_up(app.extensions["clevenio"], running, 600, show=True)
    assert (seconds, counts) == (790, 79)


@on_sqlite
def test_the_bar_ends_with_what_was_sent(app, running, monkeypatch, shown_on):
    seen = []
    shown_on(True)
    show = Show.__call__
    monkeypatch.setattr(
        Show, "__call__", lambda self, *given: (seen.append(given[1:]), show(self, *given))[1]
    )
    newsletter_cli._send(app.extensions["clevenio"], running)
    assert seen[-1] == (8, 8)


@on_sqlite
def test_a_send_that_nobody_watches_counts_nothing_before_its_end(app, running, monkeypatch):
    counted = []
    monkeypatch.setattr(newsletter_cli, "_done", lambda *given: counted.append(given) or (0, 8))
    newsletter_cli._send(app.extensions["clevenio"], running)
    assert counted == []
