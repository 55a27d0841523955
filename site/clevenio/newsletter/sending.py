"""Sends campaigns: any number of senders may work at one at once, and each may die at any moment.

For each recipient MAIL, RCPT, DATA; when the relay is ready for the body the row is committed as
`sending`, then the body goes, and the reply is committed. A crash before that commit is safe to
repeat; after it nobody knows, and the row stays uncertain until somebody decides. A reply is committed with
the next row's `sending`: one transaction a message, and one row that nobody knows of a connection.
"""

import itertools
import logging
import time
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, TypeVar
from uuid import UUID

from sqlalchemy import and_, event, or_, select
from sqlalchemy.orm import Session

from clevenio import mail, prepared
from clevenio.buckets import Limits
from clevenio.consent.ledger import Basis
from clevenio.database import Database
from clevenio.errors import BadInput, Problem, Refused
from clevenio.newsletter import campaigns, deliveries, messages, openings, steering
from clevenio.newsletter.deliveries import Claimed, Ending
from clevenio.newsletter.models import (
    BEGUN,
    UNFINISHED,
    Campaign,
    CampaignState,
    DeliveryState,
    Edition,
)
from clevenio.prepared import Line
from clevenio.settings import Settings
from clevenio.signing import Signer
from clevenio.smtp import MOST_UNANSWERED, UNWRITABLE, Lost, Transport

T = TypeVar("T")
log = logging.getLogger(__name__)
# A tick works so long and lets the others have their turn: account mail goes before campaigns.
SLICE = 10.0
# What is spent for longer than these seconds waits for another tick.
LONGEST_WAIT = 1.0
# A relay that takes longer over a message has its reply written down at once: little is saved by sharing then.
PROMPT = 0.05
# Of a relay that takes its time no more are claimed at once than leave within these seconds: account mail waits
# no longer, and a lease is far from its end.
TURN = 2.0
# Seconds of sending after which account mail is looked for again.
LOOK = 1.0


class Unanswered(Exception):
    """The relay took several messages in a row and said nothing of them; this campaign is paused."""


class Withheld(Exception):
    """The relay was ready, and the message may not leave: withdrawn by now, no longer ours, or paused."""


@contextmanager
def progress_database(url: str) -> Iterator[Database]:
    """A database for delivery states alone.

    Its commits wait for no disk: a killed process loses nothing, a power cut may lose the last moments and
    repeat them. Decisions and frozen rows are never written through it.
    """
    database = Database(url)
    event.listen(database.engine, "connect", _write_behind if database.is_sqlite else _commit_behind)
    try:
        yield database
    finally:
        database.close()


def _write_behind(connection: Any, _record: object) -> None:
    connection.execute("PRAGMA synchronous=NORMAL")


def _commit_behind(connection: Any, _record: object) -> None:
    connection.execute("SET synchronous_commit TO off")
    # Our statements begin with the few rows of a claim. A server that has not counted new rows yet would
    # rather begin with everybody who is on the topic.
    connection.execute("SET join_collapse_limit TO 1")
    connection.commit()


@dataclass
class Sender:
    """One sender of one campaign. `progress` comes from `progress_database`."""

    campaign_id: UUID
    settings: Settings
    database: Database
    progress: Database
    transport: Transport
    clock: Callable[[], datetime]
    lease: timedelta = deliveries.LEASE
    # Hands over account mail, before each claim and each second of what was claimed: campaigns wait for it.
    first: Callable[[], object] = lambda: None
    # Whether the process is to end: what is on its way is seen through, and nothing else begins.
    is_ending: Callable[[], bool] = lambda: False
    pause: Callable[[float], None] = time.sleep
    # Whether the last work ended because its time was up: there may be more to send at once.
    ran_out: bool = field(default=False, init=False)
    _stencils: dict[tuple[str, Basis, bool], messages.Stencil] = field(default_factory=dict, init=False)
    # The last turn given at each domain that takes no more.
    _places: dict[str, datetime] = field(default_factory=dict, init=False)
    # What is still to be written down: with the next that begins, or at the end of what was claimed.
    _ended: Ending | None = field(default=None, init=False)
    # So many are claimed at once.
    _handful: int = field(default=deliveries.BATCH, init=False)

    def __post_init__(self) -> None:
        self._signer = Signer(self.settings.mail_keys, "unsubscribe")
        self._openings = Signer(self.settings.mail_keys, openings.PURPOSE)
        self._limits = Limits.of(self.settings)
        self._from = mail.return_path(self.settings, self.settings.mail_from)

    def work(self, seconds: float = float("inf")) -> CampaignState:
        """Freeze what is to be frozen, send what is due, settle; returns the state the campaign is in.

        Ends when nothing is due, when the time is up, when the relay does not answer, or when the campaign
        does not run. Where no message can be made, or the relay refuses our own address or says nothing of what it
        took, the campaign is paused with the reason.
        """
        until, self.ran_out = time.monotonic() + seconds, False
        while self._freeze() and self._goes_on(until):
            self.first()
        self._write(lambda session: deliveries.recover(session, self.campaign_id, self.clock()))
        while self._goes_on(until) and (self._send_batch(until) or self._call_off()):
            pass
        self.ran_out = self.ran_out or time.monotonic() >= until
        with self.database.session() as session:
            state = campaigns.settle(session, self.campaign_id, self.clock())
            session.commit()
        return state

    def _goes_on(self, until: float) -> bool:
        return time.monotonic() < until and not self.is_ending()

    def _freeze(self) -> bool:
        with self.database.session() as session:
            more = campaigns.freeze(session, self.campaign_id, self.clock())
            session.commit()
        return more

    def _call_off(self) -> bool:
        """Exclude what waits in a cancelled campaign; whether there may be more."""
        with self.database.session() as session:
            campaign = session.get_one(Campaign, self.campaign_id)
            more = campaign.state == CampaignState.CANCELLED and deliveries.call_off(
                session, self.campaign_id, self.clock()
            )
            session.commit()
        return more

    def _send_batch(self, until: float) -> bool:
        """Send what one claim brings, account mail first; False when there is nothing to do just now."""
        self.first()
        at = self.clock()
        try:
            topic, claimed = self._claim(at)
        except deliveries.Spent as spent:
            return self._wait(spent.wait.total_seconds(), until)
        waiting, started = deque(claimed or ()), time.monotonic()
        with prepared.line(self.progress) as line:
            try:
                looked = started
                while waiting and not self.is_ending():
                    if time.monotonic() - looked > LOOK:
                        self._write_down(line)
                        self.first()
                        looked = time.monotonic()
                    if not self._send(line, topic, *itertools.islice(waiting, 2)):
                        break
                    waiting.popleft()
            except Unanswered:
                waiting.popleft()
            finally:
                self._write_down(line)
        if waiting:
            self._write(
                lambda session: deliveries.hand_back(session, waiting, self._limits, at, self.clock())
            )
            return False
        if claimed:
            self._handful = max(1, int(len(claimed) * TURN / (time.monotonic() - started)))
        return claimed is not None

    def _wait(self, seconds: float, until: float) -> bool:
        """Wait for what may leave soon; False where that is for another tick."""
        if seconds > LONGEST_WAIT:
            return False
        if time.monotonic() + seconds >= until:
            self.ran_out = True
            return False
        self.pause(seconds)
        return True

    def _claim(self, at: datetime) -> tuple[str, list[Claimed] | None]:
        with self.progress.session() as session:
            campaign = session.get_one(Campaign, self.campaign_id)
            if campaign.state != CampaignState.RUNNING:
                return campaign.topic, None
            claimed = deliveries.claim(
                session, campaign, at, self.lease, self._limits, self._places, self._handful
            )
            session.commit()
            return campaign.topic, claimed

    def _send(self, line: Line, topic: str, ours: Claimed, following: Claimed | None = None) -> bool:
        """Send one message and note how it ended; False where it waits, and no other is to follow just now.

        Raises `Unanswered` where it left and no other is to follow.
        """
        try:
            stencil = self._stencil(topic, ours)
        except Problem as problem:
            self._stop(ours, problem)
            return False
        try:
            message = self._message(stencil, ours)
        except BadInput:
            log.exception("a message could not be made")
            self._end(line, ours, DeliveryState.FAILED, UNWRITABLE)
            return True
        started, then = time.monotonic(), following.address if following else ""
        try:
            reply = self.transport.deliver(
                self._from, ours.address, message, lambda: self._begin(line, topic, ours), then
            )
        except Withheld:
            return self._write(lambda session: deliveries.withhold(session, topic, ours, self.clock()))
        except Lost as lost:
            if not lost.after_data:
                self._put_off(ours, str(lost))
                return False
            self._end(line, ours, DeliveryState.UNCERTAIN, str(lost))
            if lost.in_a_row >= MOST_UNANSWERED:
                self._write_down(line)
                silence = Refused("The relay took several messages in a row and said nothing of them.")
                self._stop(None, silence)
                raise Unanswered from lost
            return True
        text = reply.said
        if reply.about_sender and reply.is_final:
            # No word about this recipient, whose mailbox must not be taken for one that came back.
            self._stop(ours, Refused("The relay refused our own address."), text)
            return False
        if reply.is_sent or reply.is_final:
            self._end(line, ours, DeliveryState.SENT if reply.is_sent else DeliveryState.FAILED, text)
            if time.monotonic() - started > PROMPT:
                self._write_down(line)
        else:
            self._put_off(ours, text)
        return True

    def _stencil(self, topic: str, ours: Claimed) -> messages.Stencil:
        key = ours.language, ours.basis, ours.is_measured
        if key not in self._stencils:
            with self.progress.session(write=False) as session:
                edition = session.get_one(Edition, (self.campaign_id, ours.language))
            letter = campaigns.letter(self.settings, topic, ours.language, edition.source)
            self._stencils[key] = campaigns.try_out(
                self.settings,
                topic,
                ours.language,
                ours.basis,
                letter,
                self.clock(),
                is_measured=ours.is_measured,
            )
        return self._stencils[key]

    def _message(self, stencil: messages.Stencil, ours: Claimed) -> bytes:
        return stencil.fill(
            to=ours.address,
            message_id=messages.message_id(self.settings, self.campaign_id, ours.person),
            token=self._signer.sign(ours.handle or ""),
            now=self.clock(),
            opening=self._openings.sign(ours.handle or "") if ours.is_measured else "",
        )

    def _stop(self, ours: Claimed | None, problem: Problem, said: str = "") -> None:
        """Every message of this campaign would come to the same: somebody has to look at it before it goes on.

        `ours` was not begun and waits; `said` are the relay's own words. The campaign's row is locked first, then its
        deliveries, then the audit trail, as by whoever cancels it.
        """
        with self.database.session() as session:
            session.get_one(Campaign, self.campaign_id, with_for_update=True)
            deliveries.give_back(session, [ours] if ours else [], self.clock())
            steering.stop(session, self.campaign_id, problem, said, self.clock())
            session.commit()

    def _begin(self, line: Line, topic: str, ours: Claimed) -> None:
        may_leave = deliveries.turn(line, topic, self._ended, ours, self.clock(), self.lease)
        self._ended = None
        if not may_leave:
            raise Withheld

    def _end(self, line: Line, ours: Claimed, state: DeliveryState, reply: str) -> None:
        """Note how one ended; where another is still to be written down, that is done first."""
        self._write_down(line)
        self._ended = Ending(ours, state, reply, self.clock())

    def _write_down(self, line: Line) -> None:
        if self._ended is not None:
            deliveries.end(line, self._ended)
            self._ended = None

    def _put_off(self, ours: Claimed, reply: str) -> None:
        self._write(lambda session: deliveries.put_off(session, ours, reply, self.clock()))

    def _write(self, change: Callable[[Session], T]) -> T:
        with self.progress.session() as session:
            result = change(session)
            session.commit()
            return result


def resume(
    settings: Settings,
    database: Database,
    transport: Transport,
    clock: Callable[[], datetime],
    again: Callable[[], None],
    first: Callable[[], object] = lambda: None,
    is_ending: Callable[[], bool] = lambda: False,
) -> None:
    """A tick: begin what is scheduled, and go on with every unfinished campaign for a while.

    `first` hands over account mail; once `is_ending`, no further message begins. Where there is more to send at once, `again` asks for another tick behind those that wait. Whatever
    is wrong with one campaign holds up no other.
    """
    with database.session() as session:
        steering.begin_scheduled(session, clock())
        session.commit()
    is_being_called_off = and_(Campaign.state == CampaignState.CANCELLED, Campaign.finished_at.is_(None))
    with database.session(write=False) as session:
        waiting = select(Campaign.id).where(or_(Campaign.state.in_(BEGUN), is_being_called_off))
        unfinished = list(session.scalars(waiting.order_by(Campaign.created_at)))
    for campaign_id in unfinished:
        with progress_database(database.url.render_as_string(hide_password=False)) as progress:
            sender = Sender(
                campaign_id, settings, database, progress, transport, clock, first=first, is_ending=is_ending
            )
            try:
                state = sender.work(SLICE)
            except Exception:
                log.exception("a campaign could not be gone on with")
                continue
        if state in UNFINISHED and sender.ran_out:
            again()
