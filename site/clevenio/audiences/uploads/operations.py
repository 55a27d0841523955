"""What a marketer says of a file afterwards: that it was uploaded, or never, and how much was matched."""

from datetime import date, datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from clevenio import audit
from clevenio.audiences.eligibility import IDENTIFIERS
from clevenio.audiences.membership import SENT
from clevenio.audiences.models import Export, Kind, Membership, State
from clevenio.audiences.uploads.models import Match
from clevenio.errors import BadInput, Refused
from clevenio.i18n import local_day


class Twice(BadInput):
    """A platform's figure for a day, a segment and a kind of identifier is there already: `match`."""

    def __init__(self, match: Match) -> None:
        super().__init__("There is a figure of this day already.", field="read_on")
        self.match = match


def mark_uploaded(session: Session, export: Export, day: date, actor: str, now: datetime) -> None:
    """The file was uploaded on a day.

    Raises `BadInput` for a day before the file or after today, `Refused` for one that nobody fetched, one that the
    platform fetched by itself, and one that was thrown away: what its people left or took with them since was kept for
    no removal.
    """
    _require_fetched(export)
    if export.is_pulled:
        raise Refused("The platform fetched this file by itself, and the day of the fetch counts.")
    if export.kind == Kind.DISCARDED:
        raise Refused(
            "This file was thrown away, and of people who have left since nothing was kept to take them out of the "
            "platform. If it was uploaded after all, delete its audience there, make the whole file again and upload that."
        )
    if not local_day(export.created_at) <= day <= local_day(now):
        raise BadInput("The file was uploaded on the day it was made or later, and not in the future.")
    export.uploaded_on = day
    _record(session, export, "audience.uploaded", actor, now)


def discard(session: Session, export: Export, actor: str, now: datetime) -> None:
    """The file was thrown away and never uploaded, for good: nobody in it has to be taken out of a platform.

    Raises `Refused` where it was uploaded, was never fetched, was fetched by the platform itself, or is a removal file.
    """
    _require_fetched(export)
    if export.is_pulled:
        raise Refused(
            "The platform fetched this file by itself, so its people are there. It cannot be thrown away: whoever "
            "leaves goes into the next removal file."
        )
    if export.kind != Kind.UPLOAD or export.uploaded_on is not None:
        raise Refused("Only an audience file that was never uploaded can be thrown away.")
    export.kind = Kind.DISCARDED.value
    _record(session, export, "audience.discarded", actor, now)


def enter_match(
    session: Session, export: Export, identifier: str, matched: int, day: date, actor: str, now: datetime
) -> Match:
    """Write down how many of a file's rows the platform matched. Raises `BadInput`, `Twice` and `Refused`."""
    sent = _sent(session, export, identifier, matched, day, now)
    _require_alone(session, export, identifier, day)
    match = Match(
        export_id=export.id,
        identifier=identifier,
        sent=sent,
        matched=matched,
        read_on=day,
        entered_at=now,
        entered_by=actor,
    )
    session.add(match)
    session.flush()
    _record(session, export, "audience.match", actor, now)
    return match


def change_match(
    session: Session,
    export: Export,
    match: Match,
    identifier: str,
    matched: int,
    day: date,
    actor: str,
    now: datetime,
) -> None:
    """Put right what was written down wrongly; the trail has what stood there. Raises like `enter_match`."""
    sent, before = _sent(session, export, identifier, matched, day, now), _said(match)
    if (identifier, day) != (match.identifier, match.read_on):
        _require_alone(session, export, identifier, day)
    match.identifier, match.sent, match.matched, match.read_on = identifier, sent, matched, day
    session.flush()
    _record(session, export, "audience.match_change", actor, now, before=before, after=_said(match))


def delete_match(session: Session, export: Export, match: Match, actor: str, now: datetime) -> None:
    """Take back what was written down; the trail has what stood there."""
    session.delete(match)
    session.flush()
    _record(session, export, "audience.match_end", actor, now, before=_said(match))


def rows_with(session: Session, export: Export, identifier: str) -> int:
    """How many of a file's rows carried an identifier, or how many rows it had."""
    if not identifier:
        return export.rows
    if identifier not in IDENTIFIERS:
        return 0
    query = select(func.count()).where(Membership.export_id == export.id, SENT[identifier])
    return session.scalar(query) or 0


def _sent(session: Session, export: Export, identifier: str, matched: int, day: date, now: datetime) -> int:
    """How many rows a platform could match, where a reading can be right. Raises `BadInput` and `Refused`."""
    _require_fetched(export)
    if export.kind != Kind.UPLOAD:
        raise Refused("A platform matches audience files alone.")
    sent = rows_with(session, export, identifier)
    if not sent:
        raise BadInput("The file carried nothing of this kind.", field="identifier")
    if not 0 <= matched <= sent:
        raise BadInput("At most the %(sent)s that were sent can match.", field="matched", sent=sent)
    if not local_day(export.created_at) <= day <= local_day(now):
        raise BadInput("This day lies before the file, or in the future.", field="read_on")
    return sent


def _require_alone(session: Session, export: Export, identifier: str, day: date) -> None:
    """Raise `Twice` where a figure of the same kind and day would be drawn beside this one."""
    query = select(Match).join(Export, Export.id == Match.export_id)
    same = query.where(Match.identifier == identifier, Match.read_on == day)
    if export.is_added_only:
        same = same.where(Export.id == export.id)
    else:
        same = same.where(
            Export.platform == export.platform,
            Export.segment == export.segment,
            Export.is_added_only.is_(False),
        )
    if (found := session.scalars(same.order_by(Match.id.desc()).limit(1)).first()) is not None:
        raise Twice(found)


def _said(match: Match) -> dict[str, object]:
    return {
        "identifier": match.identifier,
        "matched": match.matched,
        "sent": match.sent,
        "read_on": f"{match.read_on}",
    }


def _require_fetched(export: Export) -> None:
    if export.state == State.PREPARED:
        raise Refused("This file was never fetched.")


def _record(session: Session, export: Export, action: str, actor: str, now: datetime, **more: object) -> None:
    details = {"export": export.id, "platform": export.platform, "rows": export.rows, **more}
    audit.record(session, actor=actor, action=action, now=now, details=details)
