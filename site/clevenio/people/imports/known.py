"""What is known about a chunk of rows, asked for in a few statements however many rows there are."""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from clevenio import bulk
from clevenio.consent import ledger
from clevenio.database import is_sqlite
from clevenio.people import erasures, restrictions, suppression
from clevenio.people.canonical import holders
from clevenio.people.imports import profiles
from clevenio.people.imports.rows import Row, Rows
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

    def __init__(self, session: Session, rows: Rows, left: Sequence[Row]) -> None:
        facts = rows.facts
        mailboxes = [*rows.required("mailbox_key"), *(row.mailbox for row in left)]
        readers = [*rows.required("email_suppression"), *(row.facts["email_suppression"] for row in left)]
        phones = filter(None, facts.get("phone_suppression", ()))
        self._people = _at(session, mailboxes)
        self._shut = suppression.scopes_among(session, {*readers, *phones})
        self._erased = erasures.erased_among(session, readers)
        self._restricted = restrictions.restricted_among(session, rows.required("address_key"))
        asked = self._people if any(rows.proofs) else {row.mailbox for row in left} & self._people.keys()
        mailbox_of = {person["id"]: mailbox for mailbox in asked for person in self._people[mailbox]}
        self._stands = ledger.stands_among(session, mailbox_of) if mailbox_of else {}
        self._refused = {
            (purpose, mailbox_of[person])
            for (person, purpose), (state, _basis) in self._stands.items()
            if state != ledger.State.GRANTED
        }
        self._agreed = ledger.agreed_among(session, [person["id"] for row in left for person in self.at(row)])
        keys = {row.facts["email_suppression"] for row in left}
        self._returned = suppression.returned_among(session, keys)

    def strangers(self, rows: Rows) -> Sequence[int]:
        """Where the rows stand of whom nothing at all is known here."""
        people, shut, erased, restricted = self._people, self._shut, self._erased, self._restricted
        if not (people or shut or erased or restricted):
            return range(len(rows))
        of_each = zip(
            rows.required("mailbox_key"),
            rows.required("email_suppression"),
            rows.facts.get("phone_suppression", [None] * len(rows)),
            rows.required("address_key"),
            strict=True,
        )
        return [
            place
            for place, (mailbox, reader, phone, address) in enumerate(of_each)
            if not (
                mailbox in people
                or reader in shut
                or phone in shut
                or reader in erased
                or address in restricted
            )
        ]

    def person(self, row: Row) -> Facts | None:
        """The person a row is about: the same address, else the oldest at the same mailbox."""
        people = self.at(row)
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
        return row.facts["address_key"] in self._restricted or any(
            person["restricted_at"] for person in self.at(row)
        )

    def at(self, row: Row) -> Sequence[Facts]:
        """Everybody at a row's mailbox, the oldest first."""
        return self._people.get(row.mailbox, ())

    def shut(self, row: Row) -> Collection[str]:
        """What the mailbox is suppressed for."""
        return self._shut.get(row.facts["email_suppression"], frozenset())

    def granted(self, person: UUID) -> list[str]:
        """What a person granted, as it stands; asked about those whose row says that they left."""
        return [
            purpose
            for (subject, purpose), (state, _basis) in self._stands.items()
            if subject == person and state == ledger.State.GRANTED
        ]

    def agreed(self, row: Row) -> datetime | None:
        """When somebody at the mailbox last agreed to something here by an act of their own; the same rows."""
        moments = [self._agreed[person["id"]] for person in self.at(row) if person["id"] in self._agreed]
        return max(moments, default=None)

    def returned(self, row: Row) -> datetime | None:
        """When the reader of the mailbox last came back here; the same rows."""
        return self._returned.get(row.facts["email_suppression"])

    def left(self, row: Row, scopes: Collection[str], purposes: Collection[str]) -> None:
        """From now on the mailbox is suppressed for these scopes, and nobody there grants these purposes."""
        self._shut.setdefault(row.facts["email_suppression"], set()).update(scopes)
        people = {person["id"] for person in self.at(row)}
        for subject, purpose in [key for key in self._stands if key[0] in people and key[1] in purposes]:
            self._stands[subject, purpose] = (ledger.State.WITHDRAWN.value, ledger.Basis.CONSENT.value)

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
    plain = Person.address_key
    otherwise: Collection[str] = mailboxes
    if is_sqlite(session):
        # PostgreSQL, which knows nothing of a table that is being filled, would go through everybody for these few.
        of_few = select(Person.mailbox_key).where(plain != Person.mailbox_key)
        otherwise = bulk.likely(session, of_few, mailboxes)
    at_them = holders(
        Person.mailbox_key,
        lambda key: bulk.among(session, key, mailboxes if key.key == plain.key else otherwise),
    )
    query = _people.where(Person.id.in_(at_them)).order_by(*_OLDEST)
    for values in session.execute(query):
        person = dict(zip(ASKED, values, strict=True))
        found[person["mailbox_key"]].append(person)
    return found
