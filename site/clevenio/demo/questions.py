"""What people of the demonstration wrote and asked, and what the privacy officer wrote down."""

from sqlalchemy import select
from sqlalchemy.orm import Session

from clevenio.demo import crowd
from clevenio.demo.stage import ACTOR, Stage
from clevenio.i18n import local_day
from clevenio.inquiries import operations as inquiries
from clevenio.inquiries.models import Inquiry
from clevenio.people.addresses import Address
from clevenio.people.identifiers import address
from clevenio.people.staff_members import StaffMember
from clevenio.rights.breaches import operations as breaches
from clevenio.rights.breaches.models import Breach, Role
from clevenio.rights.disclosures import operations as disclosures
from clevenio.rights.disclosures.models import Disclosure, Outcome
from clevenio.rights.disclosures.models import Kind as Who
from clevenio.rights.guardians import operations as guardians
from clevenio.rights.handling import operations as handling
from clevenio.rights.models import Channel, Kind, Request

INQUIRIES = (
    (12, "Tuisku Tarinainen", "tuisku", "fi", "Keksitty kysymys: millaisille yrityksille palvelu sopii?"),
    (5, "Pouta Mallikas", "pouta", "fi", "Keksitty kysymys: voiko palvelua kokeilla?"),
    (1, "Aava Mukaelma", "aava", "en", "A made-up question: whom may I call about an offer?"),
)
# A program typed it, most likely.
SUSPECTED = ("Xqzv", "xqzv", "en", "A made-up message as programs leave it: buy made-up followers.")
# Days ago, the number of the crowd, what was asked, how it came, what it says, and which facts agreed.
REQUESTS = (
    (13, 31, Kind.ACCESS, Channel.EMAIL, "A made-up request for a copy.", "the address and the phone number"),
    (9, 33, Kind.RECTIFICATION, Channel.PHONE, "A made-up correction of a role.", "the company and the role"),
    (6, 34, Kind.RESTRICTION, Channel.EMAIL, None, "the address it came from"),
    (4, 36, Kind.ERASURE, Channel.POST, None, "the name and the company"),
    (2, 37, Kind.OBJECTION, Channel.EMAIL, "A made-up objection.", None),
    (8, 38, Kind.DIRECT_MARKETING, Channel.PHONE, None, None),
)
GUARDED = 41


def inquiries_are_there(session: Session) -> bool:
    """Whether anybody wrote before."""
    return session.scalar(select(Inquiry.id).limit(1)) is not None


def write(stage: Stage) -> None:
    """Send inquiries by the form's own operation."""
    with stage.writing() as session:
        for days, name, local, language, text in INQUIRIES:
            message = inquiries.Message(name, _at(local), text, "Kuvitelma 1 Oy")
            inquiries.send(session, stage.settings, message, language, stage.ago(days))
        name, local, language, text = SUSPECTED
        message = inquiries.Message(name, _at(local), text, None, is_suspected=True)
        inquiries.send(session, stage.settings, message, language, stage.ago(2))


def requests_are_there(session: Session) -> bool:
    """Whether anybody used a right before."""
    return session.scalar(select(Request.id).limit(1)) is not None


def ask(stage: Stage) -> None:
    """Write requests down as they came; one comes from a guardian, and freezes what is stored at once."""
    with stage.writing() as session:
        for days, number, kind, channel, details, checked in REQUESTS:
            at = stage.ago(days)
            who = address(crowd.address(number))
            came = handling.Came((kind,), who, channel, at, "fi", details, None, checked)
            handling.write_down(session, stage.settings, came, ACTOR, at)
        at = stage.ago(2)
        about = address(crowd.address(GUARDED))
        told = guardians.Message(about, Channel.EMAIL, at, _at("guardian"), "fi", "A made-up message.")
        guardians.freeze(session, stage.settings, told, ACTOR, at)


def breach_is_there(session: Session) -> bool:
    """Whether the register of breaches has an entry."""
    return session.scalar(select(Breach.id).limit(1)) is not None


def note_breach(stage: Stage) -> None:
    """Open an entry in the register of breaches."""
    opening = breaches.Opening(
        Role.CONTROLLER,
        "A made-up incident: a list was left in a meeting room",
        "An example. Nothing was lost, because neither the list nor the people on it exist.",
        stage.ago(1, 2),
        "A made-up colleague said so.",
    )
    with stage.writing() as session:
        breaches.open_entry(session, opening, ACTOR, stage.ago(1))


def disclosure_is_there(session: Session) -> bool:
    """Whether the register of disclosures has an entry; without staff there is nobody who could have decided."""
    has_entry = session.scalar(select(Disclosure.id).limit(1)) is not None
    return has_entry or session.scalar(select(StaffMember.id).limit(1)) is None


def note_disclosure(stage: Stage) -> None:
    """Enter a request by an authority that was refused."""
    with stage.writing() as session:
        entry = disclosures.Entry(
            Who.AUTHORITY,
            "A made-up authority",
            "EXAMPLE-1",
            local_day(stage.ago(16)),
            Outcome.REFUSED,
            None,
            "A made-up list of everybody who works in sales.",
            "A made-up ground that no law knows; hence the refusal.",
            True,
            (),
            None,
            None,
            session.scalars(select(StaffMember.id).order_by(StaffMember.invited_at).limit(1)).one(),
        )
        disclosures.enter(session, stage.settings, entry, ACTOR, stage.ago(15))


def _at(local: str) -> Address:
    return address(f"demo.{local}@{crowd.HOST}")
