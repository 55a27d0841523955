"""Whom a platform still has and whose values have gone here, or are others now: the cells that take them out.

Made in the transaction that lets the values go, encrypted by the suppression key, and kept until a member of staff says
that the platform was told, three months at most from when there was something to tell. They are the only digests that
are kept. A cell that somebody who is in the audience has as well stays out of the file for as long as it is theirs.
"""

import json
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from functools import cache
from operator import methodcaller
from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy import (
    ColumnElement,
    CompoundSelect,
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
from clevenio.audiences.exceptions import few_refuse
from clevenio.audiences.layouts import Layout, Platform, Unit
from clevenio.audiences.membership import was_sent
from clevenio.audiences.models import Export, Kind, Leaver, Membership
from clevenio.people import suppression
from clevenio.people.addresses import mailbox_key, match_key
from clevenio.people.canonical import holders
from clevenio.people.models import Person
from clevenio.people.shelves import is_among
from clevenio.signing import Cipher
from clevenio.sweeps import Sweep

PURPOSE = "audience_leavers"
# Each batch asks anew who is in, so it is no smaller than it must be.
BATCH = 5_000
Cells = Mapping[str, list[str]]


class _Kept(NamedTuple):
    """One leaver's row, and what is sealed in it. `id` is the member's as the driver has it."""

    id: str
    member: UUID
    is_covered: bool
    sealed: str
    email_key: str | None
    phone_key: str | None
    content: Mapping[str, Any]


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
    eligibility = _eligibility(session, layout)
    for kept in _batches(session, key, layout):
        left = [(leaver, cells) for leaver, cells in _left(session, eligibility, kept) if cells]
        columns = [[""] * len(left) for _ in layout.columns]
        for place, (_leaver, cells) in enumerate(left):
            for field, own in cells.items():
                for column, cell in zip(_places(layout, field), own, strict=False):
                    columns[column][place] = cell
        if left:
            yield [leaver.id for leaver, _cells in left], columns


def look_again(session: Session, key: str, layout: Layout, now: datetime) -> None:
    """Note which leavers have nothing to be taken out for now, because people who are in have it all.

    The time for which a row is kept begins anew once it has something again. What was kept before it was sealed is
    sealed on the way; the migration that brought that has no key.
    """
    cipher = Cipher((key,), PURPOSE)
    of_it = Leaver.platform == layout.id
    eligibility = _eligibility(session, layout)
    for kept in _batches(session, key, layout):
        for leaver, cells in _left(session, eligibility, kept):
            values: dict[str, Any] = {}
            if leaver.is_covered is bool(cells):
                values = {"is_covered": False, "created_at": now} if cells else {"is_covered": True}
            if leaver.sealed.startswith("{"):
                values["sealed"] = cipher.encrypt(leaver.sealed.encode()).decode("ascii")
            if values:
                session.execute(update(Leaver).where(of_it, Leaver.member == leaver.member).values(values))


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
    # An advertising identifier has no key to be found by, so it is kept as it is; so is what a mailbox is taken for.
    is_loose = email is not None and layout.mailbox != Person.mailbox_key.key
    content = {
        "cells": cells,
        "advertising_id": values.get("advertising_id"),
        "match_key": match_key(email or "") if is_loose else None,
    }
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


def _batches(session: Session, key: str, layout: Layout) -> Iterator[list[_Kept]]:
    """What is kept for a platform, by the members' ids; no more than a batch of it is in memory."""
    cipher, last = Cipher((key,), PURPOSE), None
    member = cast(Leaver.member, String).label("id")
    columns = (member, Leaver.member, Leaver.is_covered, Leaver.sealed, Leaver.email_key, Leaver.phone_key)
    query = select(*columns).where(Leaver.platform == layout.id).order_by(Leaver.member).limit(BATCH)
    while found := session.execute(query if last is None else query.where(Leaver.member > last)).all():
        yield [_Kept(*row, _opened(cipher, row.sealed)) for row in found]
        last = found[-1].member


def _eligibility(session: Session, layout: Layout) -> Callable[[], Eligibility]:
    """Who is in: made when the first asks, and once, since a look at everybody is in it."""
    return cache(lambda: Eligibility(layout, {}, few_refuse=few_refuse(session, layout)))


def _left(
    session: Session, eligibility: Callable[[], Eligibility], kept: Sequence[_Kept]
) -> list[tuple[_Kept, Cells]]:
    """The cells of each that nobody who is in has; none where people who are in have them all."""
    taken = _taken(session, eligibility, kept)
    return [
        (
            each,
            {
                field: left
                for field, own in each.content["cells"].items()
                if any(left := [cell if cell not in taken[field] else "" for cell in own])
            },
        )
        for each in kept
    ]


def _opened(cipher: Cipher, sealed: str) -> dict[str, Any]:
    # What was kept before it was sealed begins as JSON does.
    content = sealed if sealed.startswith("{") else cipher.decrypt(sealed.encode("ascii"))
    found: dict[str, Any] = json.loads(content)
    return found


def _taken(
    session: Session, eligibility: Callable[[], Eligibility], kept: Sequence[_Kept]
) -> Mapping[str, set[str]]:
    """The cells, by identifier, of people who are in and may have one of those that are kept."""
    found: defaultdict[str, set[str]] = defaultdict(set)
    if (alike := _alike(kept)) is None:
        return found
    those_in = eligibility()
    fields, layout = those_in.identifiers, those_in.layout
    values = [case((those_in.is_open(field), stored(field))) for field in fields]
    for row in session.execute(those_in.eligible(*values).where(Person.id.in_(alike))):
        for field, value in zip(fields, row, strict=True):
            if value:
                found[field] |= {layout.columns[place].cells([value])[0] for place in _places(layout, field)}
    return found


def _alike(kept: Sequence[_Kept]) -> CompoundSelect[UUID] | None:
    """People whose mailbox, phone or device makes a cell that is kept, found by index."""
    keys = {
        Person.email_suppression: {each.email_key for each in kept},
        Person.phone_suppression: {each.phone_key for each in kept},
    }
    others = {
        Person.advertising_id: {each.content["advertising_id"] for each in kept},
        Person.match_key: {each.content.get("match_key") for each in kept},
    }
    found = [is_among(key, _said(values)) for key, values in keys.items() if any(values)]
    parts: list[Any] = [select(Person.id).where(condition) for condition in found]
    for column, values in others.items():
        if said := _said(values):
            parts.append(holders(column, methodcaller("in_", said)))
    return union_all(*parts) if parts else None


def _said(values: Iterable[str | None]) -> list[str]:
    return sorted(filter(None, values))


def _is_over(start: datetime, _now: datetime) -> ColumnElement[bool]:
    """Not while somebody who is in has it all: the platform is to be told once they leave."""
    return and_(Leaver.created_at <= start, Leaver.is_covered.is_(False))


SWEEPS = (Sweep("removal_row", "leavers", Leaver, _is_over),)
