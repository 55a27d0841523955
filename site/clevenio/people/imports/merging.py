"""Staged rows against the people we know: a plan that only reads, then its writing."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import lru_cache
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import insert, select, update
from sqlalchemy.orm import Session

from clevenio.consent import ledger
from clevenio.consent.notices import Wording, import_notice
from clevenio.people import erasures, former, restrictions, suppression
from clevenio.people.imports import profiles
from clevenio.people.imports.report import Note, Report
from clevenio.people.imports.staging import Row
from clevenio.people.models import Person
from clevenio.people.wordings import listed_data

# Every column of a person, so that one statement serves all new rows.
COLUMNS = tuple(column.key for column in Person.__table__.columns)
CHANGEABLE = (
    *profiles.PLAIN,
    *("phone_suppression", "website", "website_domain", "first_name", "last_name", "name"),
)
ASKED = tuple(
    Person.__table__.columns[name]
    for name in (*CHANGEABLE, "id", "address_key", "mailbox_key", "source", "restricted_at")
)
Known = Mapping[str, Any]


@dataclass
class Plan:
    """What a chunk of rows comes to. Nothing has been written."""

    new: list[dict[str, Any]] = field(default_factory=list)
    changed: list[dict[str, Any]] = field(default_factory=list)
    acts: list[ledger.Act] = field(default_factory=list)
    # Whose identifiers another takes the place of: as they were, and as they will be.
    former: list[tuple[UUID, Known, Known]] = field(default_factory=list)


class Merger:
    """Plans chunks against one session's view of the database, and tells a report what it finds."""

    def __init__(self, session: Session, key: str, report: Report, language: str, now: datetime) -> None:
        self._session = session
        self._key = key
        self._report = report
        self._language = language
        self._now = now

    def plan(self, rows: Sequence[Row]) -> Plan:
        """What is to be written for these rows, each for another mailbox."""
        plan = Plan()
        known = self._people(rows)
        opted_out = _suppressed(self._session, suppression.EVERYTHING, rows)
        refusals = _Refusals(self._session, rows, known)
        erased = erasures.erased_among(self._session, [row.facts["email_suppression"] for row in rows])
        restricted = restrictions.restricted_among(self._session, [row.facts["address_key"] for row in rows])
        still_in = self._still_in(rows, known)
        for row in rows:
            people = known[row.mailbox]
            if row.has_left:
                # A file does not say when somebody left, and a later word of their own would stand.
                if row.mailbox in still_in and row.facts["email_suppression"] not in opted_out:
                    self._warn(
                        row,
                        "opted_out",
                        "still_in",
                        "This person opted out there and is still in here. Record the opt-out, unless they agreed later.",
                    )
            elif row.facts["email_suppression"] in erased:
                self._leave_out(row, "erased", "This person was erased at their request; nothing was stored.")
            elif row.facts["email_suppression"] in opted_out:
                self._leave_out(row, "opted_out", "This person opted out of everything; nothing was stored.")
            elif row.facts["address_key"] in restricted or any(person["restricted_at"] for person in people):
                self._leave_out(row, "restricted", "This person's data is restricted; nothing was changed.")
            else:
                self._plan_row(plan, row, _same(row, people), opted_out, refusals)
        return plan

    def write(self, plan: Plan) -> None:
        """Write a plan in the session's transaction."""
        if plan.new:
            self._session.execute(insert(Person), plan.new)
        if plan.changed:
            self._session.execute(update(Person), plan.changed)
        for person, before, after in plan.former:
            former.note(self._session, self._key, person, before, after, self._now)
        ledger.record_all(self._session, plan.acts, channel=ledger.Channel.IMPORT, now=self._now)

    def _plan_row(
        self, plan: Plan, row: Row, known: Known | None, opted_out: set[str], refusals: "_Refusals"
    ) -> None:
        facts = dict(row.facts)
        if facts.get("phone_suppression") in opted_out:
            del facts["phone"], facts["phone_suppression"]
            self._warn(
                row, "phone", "opted_out", "The phone's holder opted out of everything; it was left out."
            )
        if known is None:
            person = uuid4()
            plan.new.append(
                {
                    **dict.fromkeys(COLUMNS),
                    "language": self._language,
                    **facts,
                    "id": person,
                    "source": profiles.IMPORTED,
                    "created_at": self._now,
                }
            )
            self._report.accepted += 1
            self._grant(plan, row, person, refusals)
            return
        changed, kept = profiles.changes(known, facts)
        if changed:
            # Rows with the same keys are one statement.
            same = {name: known[name] for name in CHANGEABLE}
            plan.changed.append({**same, **changed, "id": known["id"]})
            plan.former.append((known["id"], _identifiers(known), _identifiers({**known, **changed})))
        for name in kept:
            self._warn(row, name, "kept", "The person typed something else; that was kept.")
        if self._grant(plan, row, known["id"], refusals) or changed:
            self._report.updated += 1
        else:
            self._report.unchanged += 1

    def _grant(self, plan: Plan, row: Row, person: UUID, refusals: "_Refusals") -> bool:
        """Plan the consents that a row proves; says whether there is one that did not stand already."""
        if (proof := row.proof) is None:
            return False
        language = row.facts.get("language", self._language)
        notice = notice_of(proof.wording, proof.source, language)
        self._report.brings(proof.wording, proof.source, notice.data)
        granted = []
        for purpose in proof.purposes:
            if refusals.forbid(purpose, row):
                self._warn(
                    row,
                    "consent",
                    "opted_out",
                    "%(purpose)s: this person has opted out; the consent was left out.",
                    purpose=purpose,
                )
            elif not refusals.stands(purpose, person):
                granted.append(purpose)
        if granted:
            evidence = {"given_at": proof.given_at, "source": proof.source}
            decisions = dict.fromkeys(granted, ledger.State.GRANTED)
            plan.acts.append(ledger.Act(person, decisions, notice, language, evidence))
            self._report.consents += len(granted)
        return bool(granted)

    def _people(self, rows: Sequence[Row]) -> Mapping[str, list[Known]]:
        """The people we know at each mailbox, by whatever spelling, the oldest first."""
        found: defaultdict[str, list[Known]] = defaultdict(list)
        query = select(*ASKED).where(Person.mailbox_key.in_([row.mailbox for row in rows]))
        for person in self._session.execute(query.order_by(Person.created_at, Person.id)).mappings():
            found[person["mailbox_key"]].append(dict(person))
        return found

    def _still_in(self, rows: Sequence[Row], known: Mapping[str, Sequence[Known]]) -> set[str]:
        """The mailboxes that the file says have left, and at which something was granted here and stands."""
        at = {person["id"]: row.mailbox for row in rows if row.has_left for person in known[row.mailbox]}
        return {at[person] for person in ledger.granting_among(self._session, at)}

    def _leave_out(self, row: Row, code: str, text: str) -> None:
        self._report.left_out += 1
        self._warn(row, "email", code, text)

    def _warn(self, row: Row, column: str, code: str, message: str, **values: str) -> None:
        self._report.warn([Note(row.line, column, code, message, values)])


class _Refusals:
    """What the people at a chunk's mailboxes said about the purposes that its rows bring."""

    def __init__(self, session: Session, rows: Sequence[Row], known: Mapping[str, Sequence[Known]]) -> None:
        bringing = [row for row in rows if row.proof]
        mailbox_of = {person["id"]: row.mailbox for row in bringing for person in known.get(row.mailbox, ())}
        self._refused: set[tuple[str, str]] = set()
        self._standing: set[tuple[str, UUID]] = set()
        self._suppressed: dict[str, set[str]] = {}
        for purpose in {purpose for row in bringing if row.proof for purpose in row.proof.purposes}:
            self._suppressed[purpose] = _suppressed(session, purpose, bringing)
            decided = ledger.standing(purpose)
            subject = decided.selected_columns[0]
            for person, state, basis, *_ in session.execute(decided.where(subject.in_(mailbox_of))):
                if state != ledger.State.GRANTED:
                    self._refused.add((purpose, mailbox_of[person]))
                elif basis == ledger.Basis.CONSENT:
                    self._standing.add((purpose, person))

    def forbid(self, purpose: str, row: Row) -> bool:
        """Whether anybody at this mailbox, under whatever spelling, refused or took consent back."""
        return (purpose, row.mailbox) in self._refused or (
            row.facts["email_suppression"] in self._suppressed[purpose]
        )

    def stands(self, purpose: str, person: UUID) -> bool:
        """Whether the person's consent stands already."""
        return (purpose, person) in self._standing


def _suppressed(session: Session, scope: str, rows: Iterable[Row]) -> set[str]:
    """Which keys of the rows' addresses and phones are suppressed for a purpose or for everything."""
    names = ("email_suppression", "phone_suppression")
    keys = {row.facts[name] for row in rows for name in names if name in row.facts}
    return suppression.suppressed_among(session, keys, scope)


def _identifiers(known: Known) -> Known:
    return {name: known[column] for name, column in former.FIELDS.items()}


def _same(row: Row, people: Sequence[Known]) -> Known | None:
    """The person a row is about: the same address, else the oldest at the same mailbox."""
    exact = (person for person in people if person["address_key"] == row.facts["address_key"])
    return next(exact, people[0] if people else None)


@lru_cache(maxsize=1024)
def notice_of(wording: str, source: str, language: str) -> Wording:
    """The notice behind a consent that a file brings, with what its wording lists."""
    return import_notice(wording, source, language, listed_data(wording))
