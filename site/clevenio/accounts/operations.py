"""What happens to an account: its owner changes details and choices, and staff look at it, shut and open it."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import update
from sqlalchemy.orm import Session

from clevenio import audit
from clevenio.accounts import queries, sessions
from clevenio.accounts.models import Account
from clevenio.accounts.sessions import Kind
from clevenio.consent import ledger
from clevenio.consent.notices import TOPICS, Wording
from clevenio.paging import Page, page_of
from clevenio.people import links
from clevenio.people import operations as people
from clevenio.people.models import Person
from clevenio.registry import load
from clevenio.settings import Settings

YES = ledger.State.GRANTED
# Where a person's details come from once they have typed them; an import replaces no such person's.
OWN_WORDS = "signup"
# How a page says that `ad_audiences` stood for some of the platforms.
PARTLY = "partly"
ACCOUNT_CHOICES = (*TOPICS, "mail_opens", "ad_audiences")


def keep_password(session: Session, account: UUID, compared: str, renewed: str | None) -> bool:
    """Whether the password, a hash, is still the one that was compared; then `renewed` takes its place.

    False where it was changed while the comparison took its time, or the account was disabled. Until
    the transaction ends no other can change it, so a login and a change stand one behind the other.
    """
    kept = session.scalar(
        update(Account)
        .where(Account.id == account, Account.password == compared, Account.disabled_at.is_(None))
        .values(password=renewed or compared)
        .returning(Account.id)
    )
    return kept is not None


def change_profile(
    settings: Settings,
    account: Account,
    profile: Mapping[str, str | None],
    now: datetime,
    untouched: Collection[str] = (),
) -> None:
    """Set what the person says about themselves; normalised fields. No file replaces it later.

    What is `untouched` on a page that has grown old says nothing: what was said elsewhere since stays.
    """
    person = account.person
    said = {n: v for n, v in profile.items() if n not in untouched or getattr(person, n) == v}
    people.change(settings.suppression_key, person, said, now, said_at=now)
    person.source = OWN_WORDS


@dataclass(frozen=True)
class Boxes:
    """How the boxes of the account page stand.

    `ticked` are purposes granted for everyone that the label names, `partly` the names of the
    platforms where `ad_audiences` is granted for some of them only.
    """

    ticked: frozenset[str]
    partly: tuple[str, ...]


def boxes(session: Session, person: UUID) -> Boxes:
    """What a person's decisions make of the boxes."""
    stands = ledger.decisions_of(session, person)
    granted = {purpose for purpose, state in stands.items() if state is ledger.State.GRANTED}
    ticked = frozenset(purpose for purpose in ACCOUNT_CHOICES if granted >= {*people.expand({purpose: YES})})
    vendors = load().audience_vendors
    some = tuple(vendor.name for vendor in vendors if f"ad_audiences:{vendor.id}" in granted)
    return Boxes(ticked, () if "ad_audiences" in ticked else some)


def choose(
    session: Session,
    person: Person,
    ticked: Collection[str],
    shown: Collection[str] | None,
    *,
    channel: ledger.Channel,
    notice: Wording,
    language: str,
    now: datetime,
    evidence: Mapping[str, object] | None = None,
) -> Sequence[ledger.Recorded]:
    """Record what the boxes of a person's choices say now; in force at once.

    A box that nobody touched is no act: one that stood and still does, and one that never did. Touched is
    what differs from the page that was `shown`, which may be older than what was decided elsewhere since;
    None takes it for the present one.
    """
    before = boxes(session, person.id)
    if shown is None:
        shown = before.ticked | ({PARTLY} if before.partly else set())
    stood = before.ticked | ({"ad_audiences"} if before.partly else set())
    seen = {*shown} | ({"ad_audiences"} if PARTLY in shown else set())
    states = {
        purpose: YES if purpose in ticked else ledger.State.REFUSED
        for purpose in ACCOUNT_CHOICES
        if (purpose in ticked and purpose not in shown and purpose not in before.ticked)
        or (purpose in seen and purpose in stood and purpose not in ticked)
    }
    return people.decide(
        session,
        person,
        states,
        channel=channel,
        notice=notice,
        language=language,
        now=now,
        evidence=evidence,
    )


def look_through(
    session: Session, key: str, actor: str, wanted: queries.Wanted, page: int, now: datetime
) -> Page[Account]:
    """A page of verified signups. It shows names, so who saw whose is written into the audit trail.

    `key` is the one that names people in the trail, `actor` whoever looks.
    """
    found = page_of(session, queries.recent_signups(wanted), page, queries.PAGE)
    if found.rows:
        subjects = sorted(audit.subject_hash(key, account.person_id) for account in found.rows)
        audit.record(
            session,
            actor=actor,
            action="signups.list",
            reason="answering signups",
            details={"subjects": subjects},
            now=now,
        )
    return found


def disable(session: Session, account: Account, now: datetime) -> None:
    """Shut an account: nobody gets in, its sessions end for good, and its links open nothing."""
    account.disabled_at = account.disabled_at or now
    sessions.end_all(session, Kind.ACCOUNT, account.id, now)
    links.use_up_all(session, "reset", account.person_id, now)


def enable(account: Account) -> None:
    """Open a shut account again; sessions that ended stay ended."""
    account.disabled_at = None
