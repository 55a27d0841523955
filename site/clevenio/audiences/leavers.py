"""Whom a platform still has and whose values have gone here, or are others now: the cells that take them out.

Made in the transaction that lets the values go, encrypted by the suppression key, and kept until a member of staff says
that the platform was told, three months at most from when there was something to tell. They are the only digests that
are kept. A cell that somebody who is in the audience has as well stays out of the file for as long as it is theirs.
"""

import json
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from uuid import UUID

from sqlalchemy import (
    ColumnElement,
    Select,
    String,
    and_,
    case,
    cast,
    delete,
    func,
    select,
    union_all,
    update,
)
from sqlalchemy.orm import Session

from clevenio.audiences.eligibility import IDENTIFIERS, Eligibility, stored
from clevenio.audiences.layouts import Layout, Platform, Unit
from clevenio.audiences.membership import was_sent
from clevenio.audiences.models import Export, Kind, Leaver, Membership
from clevenio.people import suppression
from clevenio.people.addresses import mailbox_key
from clevenio.people.models import Person
from clevenio.signing import Cipher
from clevenio.sweeps import Sweep

PURPOSE = "audience_leavers"
BATCH = 1_000
Cells = Mapping[str, list[str]]


def keep(session: Session, key: str, platform: Platform, person: UUID, upload: int, now: datetime) -> None:
    """Keep what takes a person out whose values are about to go: every identifier that was sent.

    `key` is the suppression key, `upload` the newest file they were in. Where nothing was sent that could be taken
    out, or only a company's name, nothing is kept.
    """
    values = _sent(session, platform.layout, person)
    row = _row(key, platform.layout, person, person, None, values, upload, now)
    if row is not None:
        session.merge(row)
        session.flush()


def keep_value(
    session: Session,
    key: str,
    platform: Platform,
    member: UUID,
    subject: UUID,
    field: str,
    value: str,
    upload: int,
    now: datetime,
) -> None:
    """Keep one identifier that somebody has left. Nothing is kept where the platform has no place for it."""
    row = _row(key, platform.layout, member, subject, field, {field: value}, upload, now)
    if row is not None:
        session.add(row)
        session.flush()


def value_sent(session: Session, layout: Layout, person: UUID, field: str) -> str | None:
    """An identifier of somebody as it is stored, if a file carried it as it is."""
    return _sent(session, layout, person).get(field)


def rows(session: Session, key: str, layout: Layout) -> Iterator[tuple[list[str], list[list[str]]]]:
    """Ids and cells of a platform's leavers for its removal file, in batches; other columns are empty."""
    left = [(member, cells) for member, cells in _left(session, key, layout) if cells]
    for start in range(0, len(left), BATCH):
        batch = left[start : start + BATCH]
        columns = [[""] * len(batch) for _ in layout.columns]
        for place, (_member, cells) in enumerate(batch):
            for field, kept in cells.items():
                for column, cell in zip(_places(layout, field), kept, strict=False):
                    columns[column][place] = cell
        yield [member for member, _cells in batch], columns


def look_again(session: Session, key: str, layout: Layout, now: datetime) -> None:
    """Note which leavers have nothing to be taken out for now, because people who are in have it all.

    The time for which a row is kept begins anew once it has something again.
    """
    _seal(session, key, layout)
    member = cast(Leaver.member, String)
    open_ = {member for member, cells in _left(session, key, layout) if cells}
    of_it = Leaver.platform == layout.id
    known = session.execute(select(member, Leaver.member, Leaver.is_covered).where(of_it)).all()
    for text, identity, was_covered in known:
        if was_covered is (text in open_):
            values = {"is_covered": False, "created_at": now} if was_covered else {"is_covered": True}
            session.execute(update(Leaver).where(of_it, Leaver.member == identity).values(values))


def _seal(session: Session, key: str, layout: Layout) -> None:
    """Encrypt what was kept before it was sealed; the migration that brought that has no key."""
    cipher = Cipher((key,), PURPOSE)
    for leaver in session.scalars(
        select(Leaver).where(Leaver.platform == layout.id, Leaver.sealed.startswith("{"))
    ):
        leaver.sealed = cipher.encrypt(leaver.sealed.encode()).decode("ascii")
    session.flush()


def forget(session: Session, platform: str, member: UUID) -> None:
    """The platform has been told."""
    session.execute(delete(Leaver).where(Leaver.platform == platform, Leaver.member == member))


def platforms_with(session: Session, person: UUID) -> int:
    """For how many platforms something may have to be kept of somebody: at most those that received them."""
    received = select(Export.platform).join(Membership, Membership.export_id == Export.id)
    which = (Membership.person_id == person, Export.kind == Kind.UPLOAD.value)
    return session.scalar(select(func.count()).select_from(received.where(*which).distinct().subquery())) or 0


def _sent(session: Session, layout: Layout, person: UUID) -> dict[str, str]:
    """What was sent of somebody as stored here, whatever they decided. A file of companies names none of its people."""
    if layout.unit is Unit.COMPANY:
        return {}
    fields = [field for field in IDENTIFIERS if field in layout.fields]
    values = [case((was_sent(layout, field), stored(field))) for field in fields]
    row = session.execute(select(*values).where(Person.id == person)).first()
    return {field: value for field, value in zip(fields, row or (), strict=False) if value}


def _row(
    key: str,
    layout: Layout,
    member: UUID,
    subject: UUID,
    field: str | None,
    values: Mapping[str, str],
    upload: int,
    now: datetime,
) -> Leaver | None:
    """A row for these stored values; None where they make no cell."""
    cells = {
        name: [layout.columns[place].cells([value])[0] for place in _places(layout, name)]
        for name, value in values.items()
    }
    if not any(cell for each in cells.values() for cell in each):
        return None
    email, phone = values.get("email"), values.get("phone")
    # An advertising identifier has no key to be found by, so it is kept as it is.
    content = {"cells": cells, "advertising_id": values.get("advertising_id")}
    return Leaver(
        member=member,
        platform=layout.id,
        subject=subject,
        field=field,
        upload=upload,
        email_key=suppression.email_key(key, mailbox_key(email)) if email else None,
        phone_key=suppression.phone_key(key, phone) if phone else None,
        sealed=Cipher((key,), PURPOSE).encrypt(json.dumps(content).encode()).decode("ascii"),
        is_covered=False,
        created_at=now,
    )


def _places(layout: Layout, field: str) -> list[int]:
    """Where the columns of an identifier stand."""
    return [place for place, column in enumerate(layout.columns) if column.field == field]


def _left(session: Session, key: str, layout: Layout) -> list[tuple[str, Cells]]:
    """Each leaver's cells that nobody who is in has; none where people who are in have them all."""
    query = select(cast(Leaver.member, String), Leaver.sealed).where(Leaver.platform == layout.id)
    cipher = Cipher((key,), PURPOSE)
    kept = [(member, _opened(cipher, sealed)) for member, sealed in session.execute(query.order_by("member"))]
    if not kept:
        return []
    devices = {device for _member, (_cells, device) in kept if device}
    taken = _taken(session, layout, devices)
    return [
        (
            member,
            {
                field: left
                for field, own in cells.items()
                if any(left := [cell if cell not in taken[field] else "" for cell in own])
            },
        )
        for member, (cells, _device) in kept
    ]


def _opened(cipher: Cipher, sealed: str) -> tuple[Cells, str | None]:
    # What was kept before it was sealed begins as JSON does.
    content = json.loads(sealed if sealed.startswith("{") else cipher.decrypt(sealed.encode("ascii")))
    return content["cells"], content["advertising_id"]


def _taken(session: Session, layout: Layout, devices: Iterable[str]) -> Mapping[str, set[str]]:
    """The cells, by identifier, of people who are in and may have one of those that are kept."""
    eligibility = Eligibility(layout, {})
    fields = eligibility.identifiers
    values = [case((eligibility.is_open(field), stored(field))) for field in fields]
    found: defaultdict[str, set[str]] = defaultdict(set)
    for row in session.execute(eligibility.eligible(*values).where(Person.id.in_(_alike(layout, devices)))):
        for field, value in zip(fields, row, strict=True):
            if value:
                found[field] |= {layout.columns[place].cells([value])[0] for place in _places(layout, field)}
    return found


def _alike(layout: Layout, devices: Iterable[str]) -> Select[UUID]:
    """People with the mailbox, the phone or the device of a leaver, found by index."""
    of_it = Leaver.platform == layout.id
    parts = [
        select(Person.id).where(
            Person.email_suppression.in_(select(Leaver.email_key).where(of_it, Leaver.email_key.is_not(None)))
        ),
        select(Person.id).where(
            Person.phone_suppression.in_(select(Leaver.phone_key).where(of_it, Leaver.phone_key.is_not(None)))
        ),
    ]
    if devices := sorted(devices):
        parts.append(select(Person.id).where(Person.advertising_id.in_(devices)))
    alike = union_all(*parts).subquery("alike")
    return select(alike.c.id)


def _is_over(start: datetime, _now: datetime) -> ColumnElement[bool]:
    """Not while somebody who is in has it all: the platform is to be told once they leave."""
    return and_(Leaver.created_at <= start, Leaver.is_covered.is_(False))


SWEEPS = (Sweep("removal_row", "leavers", Leaver, _is_over),)
