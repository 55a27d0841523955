"""Checked rows against the people we know: a plan that only reads, then its writing."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from functools import lru_cache
from typing import Any
from uuid import UUID

from sqlalchemy import update
from sqlalchemy.orm import Session

from clevenio import bulk
from clevenio.consent import ledger
from clevenio.database import is_sqlite
from clevenio.people import former, restrictions, shelves, suppression
from clevenio.people.imports import profiles
from clevenio.people.imports.checking import Batch
from clevenio.people.imports.departures import REASONS, Departure, departure
from clevenio.people.imports.known import CHANGEABLE, Facts, Known
from clevenio.people.imports.leaving import Way
from clevenio.people.imports.report import Note, Report
from clevenio.people.imports.rows import Row
from clevenio.people.imports.strangers import Strangers, notice_of
from clevenio.people.models import Person

COLUMNS = tuple(column.key for column in Person.__table__.columns)


@dataclass
class Plan:
    """What a chunk of rows comes to. Nothing has been written."""

    strangers: Strangers = field(default_factory=Strangers)
    new: list[dict[str, Any]] = field(default_factory=list)
    changed: list[dict[str, Any]] = field(default_factory=list)
    acts: list[ledger.Act] = field(default_factory=list)
    # Mailboxes by key, what they are suppressed for from now on, and the reason.
    suppressed: list[tuple[str, str, str]] = field(default_factory=list)
    # Whose identifiers another takes the place of: as they were, and as they will be.
    former: list[tuple[UUID, Facts, Facts]] = field(default_factory=list)


class Merger:
    """Plans chunks against one session's view of the database, and tells a report what it finds."""

    def __init__(self, session: Session, key: str, language: str, now: datetime) -> None:
        self._session = session
        self._key = key
        self._language = language
        self._now = now

    def plan(self, batch: Batch, report: Report) -> Plan:
        """What is to be written for some rows of a file, each for another mailbox, and for those who left."""
        rows = batch.rows
        plan, known = Plan(), Known(self._session, rows, batch.left)
        for row in batch.left:
            if row.left is not None:
                _plan_departure(plan, row, departure(row, row.left, known), report)
        places = known.strangers(rows)
        plan.strangers = batch.strangers.among(places)
        plan.strangers.tell(report)
        for place in sorted(set(range(len(rows))).difference(places)):
            id_ = UUID(batch.strangers.people[place][0])
            self._look(plan, rows.row(place), known, id_, report)
        return plan

    def _look(self, plan: Plan, row: Row, known: Known, id_: UUID, report: Report) -> None:
        if known.erased(row):
            _leave_out(report, row, "erased", "This person was erased at their request; nothing was stored.")
        elif known.opted_out(row.facts["email_suppression"]):
            _leave_out(report, row, "opted_out", "This person opted out of everything; nothing was stored.")
        elif known.restricted(row):
            _leave_out(report, row, "restricted", "This person's data is restricted; nothing was changed.")
        else:
            self._plan_row(plan, row, known, id_, report)

    def write(self, plan: Plan) -> None:
        """Write a plan in the session's transaction."""
        plan.strangers.write(self._session, self._now)
        new = sorted(plan.new, key=lambda person: person["id"].int)
        bulk.add(self._session, Person, COLUMNS, [tuple(map(person.get, COLUMNS)) for person in new])
        # Strangers are those of whom the list has nothing.
        shelves.note(self._session.connection(), [person["id"] for person in new])
        if plan.changed:
            self._session.execute(update(Person), plan.changed)
        for person, before, after in plan.former:
            former.note(self._session, self._key, person, before, after, self._now)
        suppression.suppress_all(self._session, plan.suppressed, "email", self._now)
        acts = sorted(plan.acts, key=lambda act: act.subject.int)
        ledger.record_all(self._session, acts, channel=ledger.Channel.IMPORT, now=self._now)

    def reach(self, plan: Plan, batch: Batch) -> None:
        """Restrict those of a batch whose address was restricted since it was looked through: not where writers are alone."""
        if is_sqlite(self._session) or not (plan.strangers.people or plan.new):
            return
        restrictions.hold(self._session)
        if found := restrictions.restricted_among(self._session, batch.rows.required("address_key")):
            restrictions.reach(self._session, Person.address_key.in_(found))

    def _plan_row(self, plan: Plan, row: Row, known: Known, id_: UUID, report: Report) -> None:
        facts = dict(row.facts)
        if known.opted_out(facts.get("phone_suppression")):
            del facts["phone"], facts["phone_suppression"]
            _warn(
                report,
                row,
                "phone",
                "opted_out",
                "The phone's holder opted out of everything; it was left out.",
            )
        person = known.person(row)
        if person is None:
            made = {"id": id_, "source": profiles.IMPORTED, "created_at": self._now}
            plan.new.append({"language": self._language, **facts, **made})
            report.accepted += 1
            self._grant(plan, row, id_, known, report, is_new=True)
            return
        changed, kept = profiles.changes(person, facts)
        if changed:
            # Rows with the same keys are one statement.
            same = {name: person[name] for name in CHANGEABLE}
            plan.changed.append({**same, **changed, "id": person["id"]})
            plan.former.append((person["id"], _identifying(person), _identifying({**person, **changed})))
        for name in kept:
            _warn(report, row, name, "kept", "The person typed something else; that was kept.")
        if self._grant(plan, row, person["id"], known, report) or changed:
            report.updated += 1
        else:
            report.unchanged += 1

    def _grant(
        self, plan: Plan, row: Row, person: UUID, known: Known, report: Report, *, is_new: bool = False
    ) -> bool:
        """Plan the consents that a row proves; says whether there is one that did not stand already."""
        if (proof := row.proof) is None:
            return False
        language = row.facts.get("language", self._language)
        notice = notice_of(proof.wording, proof.source, language)
        report.brings(proof.wording, proof.source, notice.data)
        granted = []
        for purpose in proof.purposes:
            if known.forbids(purpose, row):
                _warn(
                    report,
                    row,
                    "consent",
                    "opted_out",
                    "%(purpose)s: this person has opted out; the consent was left out.",
                    purpose=purpose,
                )
            elif not known.consents(person, purpose):
                granted.append(purpose)
        if granted:
            decisions = dict.fromkeys(granted, ledger.State.GRANTED)
            evidence = _evidence(proof.given_at, proof.source)
            plan.acts.append(ledger.Act(person, decisions, notice, language, evidence, is_new))
            report.consents += len(granted)
        return bool(granted)


def _plan_departure(plan: Plan, row: Row, found: Departure, report: Report) -> None:
    key, reason = row.facts["email_suppression"], REASONS[Way(found.note.column)]
    plan.suppressed += [(key, scope, reason) for scope in found.scopes]
    plan.acts += found.acts
    report.left_out += 1
    report.suppressed += bool(found.scopes or found.acts)
    report.warn([found.note])


def _leave_out(report: Report, row: Row, code: str, text: str) -> None:
    report.left_out += 1
    _warn(report, row, "email", code, text)


def _warn(report: Report, row: Row, column: str, code: str, message: str, **values: str) -> None:
    report.warn([Note(row.line, column, code, message, values)])


def _identifying(person: Facts) -> Mapping[str, str | None]:
    return {name: person[column] for name, column in former.FIELDS.items()}


@lru_cache(maxsize=1024)
def _evidence(given_at: str, source: str) -> Mapping[str, str]:
    return {"given_at": given_at, "source": source}
