"""One-use links to an audience file: ten minutes, for the member of staff who asked and nobody else."""

from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import update
from sqlalchemy.orm import Session

from clevenio.audiences.models import Download, Export
from clevenio.errors import BadToken
from clevenio.signing import Signer, new_handle

LIFETIME = timedelta(minutes=10)
PURPOSE = "audience-download"


def blank(keys: tuple[str, ...]) -> str:
    """The token of a link that is still to be made: a form carries it, so that sent again it makes no second file."""
    return Signer(keys, PURPOSE).sign(new_handle())


def make(
    session: Session,
    keys: tuple[str, ...],
    export: Export,
    staff: UUID,
    now: datetime,
    token: str | None = None,
) -> str:
    """The token of a new link to an export, the one that was made for the form where there is one.

    The row goes into this transaction. Raises `BadToken`.
    """
    handle = Signer(keys, PURPOSE).unsign(token) if token else new_handle()
    row = Download(handle=handle, export_id=export.id, staff=str(staff), expires_at=now + LIFETIME)
    session.add(row)
    return Signer(keys, PURPOSE).sign(handle)


def find(session: Session, keys: tuple[str, ...], token: str, staff: UUID) -> Download | None:
    """The link that was made of a token, used or not; None while none was. Raises `BadToken`, also for another's."""
    link = session.get(Download, Signer(keys, PURPOSE).unsign(token))
    if link is not None and link.staff != str(staff):
        raise BadToken
    return link


def take(session: Session, keys: tuple[str, ...], token: str, staff: UUID, now: datetime) -> Export:
    """Use a link up and return its export. Raises `BadToken`, the same for every reason."""
    export_id = session.scalar(
        update(Download)
        .where(
            Download.handle == Signer(keys, PURPOSE).unsign(token),
            Download.staff == str(staff),
            Download.used_at.is_(None),
            Download.expires_at > now,
        )
        .values(used_at=now)
        .returning(Download.export_id)
    )
    if export_id is None:
        raise BadToken
    return session.get_one(Export, export_id)
