"""What is known about a chunk of rows, asked for in a few statements however many rows there are."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from clevenio import bulk
from clevenio.consent import ledger
from clevenio.people import erasures, restrictions, suppression
from clevenio.people.imports import profiles
from clevenio.people.imports.rows import Row
from clevenio.people.models import Person
from clevenio.people.suppression import EVERYTHING

# What a file may change in somebody.
CHANGEABLE = (
    *profiles.PLAIN,
    *("phone_suppression", "website", "website_domain", "first_name", "last_name", "name"),
)
ASKED = (*CHANGEABLE, "id", "email", "address_key", "mailbox_key", "source", "restricted_at")
_people = select(*(Person.__table__.columns[name] for name in ASKED))
_OLDEST = (Person.__table__.columns["created_at"], Person.__table__.columns["id"])
Facts = Mapping[str, Any]


class Known:
    """The people at the mailboxes of some rows, by whatever spelling, and what was said there."""

    def __init__(self, session: Session, rows: Sequence[Row]) -> None:
        self._people = _at(session, [row.mailbox for row in rows])
        names = ("email_suppression", "phone_suppression")
        keys = {row.facts[name] for row in rows for name in names if name in row.facts}
        self._shut = suppression.scopes_among(session, keys)
        self._erased = erasures.erased_among(session, [row.facts["email_suppression"] for row in rows])
        self._restricted = restrictions.restricted_among(session, [row.facts["address_key"] for row in rows])
        asked = [row.mailbox for row in rows if row.proof or row.has_left]
        mailbox_of = {person["id"]: mailbox for mailbox in asked for person in self._people.get(mailbox, ())}
        self._stands = ledger.stands_among(session, mailbox_of) if mailbox_of else {}
        self._refused: set[tuple[str, str]] = set()
        self._granting: set[str] = set()
        for (person, purpose), (state, _basis) in self._stands.items():
            if state == ledger.State.GRANTED:
                self._granting.add(mailbox_of[person])
            else:
                self._refused.add((purpose, mailbox_of[person]))

    def person(self, row: Row) -> Facts | None:
        """The person a row is about: the same address, else the oldest at the same mailbox."""
        people = self._people.get(row.mailbox, ())
        exact = (person for person in people if person["address_key"] == row.facts["address_key"])
        return next(exact, people[0] if people else None)

    def opted_out(self, key: str | None) -> bool:
        """Whether the holder of an address or a phone, by its suppression key, opted out of everything."""
        return key is not None and EVERYTHING in self._shut.get(key, ())

    def erased(self, row: Row) -> bool:
        """Whether the holder of the mailbox was erased."""
        return row.facts["email_suppression"] in self._erased

    def restricted(self, row: Row) -> bool:
        """Whether the address, or anybody at the mailbox, is restricted."""
        people = self._people.get(row.mailbox, ())
        return row.facts["address_key"] in self._restricted or any(
            person["restricted_at"] for person in people
        )

    def still_in(self, row: Row) -> bool:
        """Whether anything was granted here by somebody at the mailbox, and stands."""
        return row.mailbox in self._granting and not self.opted_out(row.facts["email_suppression"])

    def forbids(self, purpose: str, row: Row) -> bool:
        """Whether anybody at the mailbox, under whatever spelling, refused or took consent back."""
        shut = self._shut.get(row.facts["email_suppression"], ())
        return (purpose, row.mailbox) in self._refused or purpose in shut or EVERYTHING in shut

    def consents(self, person: UUID, purpose: str) -> bool:
        """Whether the person's consent stands already."""
        return self._stands.get((person, purpose)) == (ledger.State.GRANTED, ledger.Basis.CONSENT)


def _at(session: Session, mailboxes: Sequence[str]) -> Mapping[str, Sequence[Facts]]:
    """The people at each mailbox, the oldest first."""
    found: defaultdict[str, list[Facts]] = defaultdict(list)
    query = _people.where(bulk.among(session, Person.mailbox_key, mailboxes)).order_by(*_OLDEST)
    for values in session.execute(query):
        person = dict(zip(ASKED, values, strict=True))
        found[person["mailbox_key"]].append(person)
    return found
