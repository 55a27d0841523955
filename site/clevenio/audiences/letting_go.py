"""Whether a platform has let go of what a file brought to it, by what staff wrote down of the files that came after.

A removal file is the same each time until people come back; what is left to do is not, once it was uploaded.
"""

from collections.abc import Callable

from sqlalchemy import ColumnElement, and_, or_, select
from sqlalchemy.orm import aliased

from clevenio.audiences.layouts import Forgets, Platform
from clevenio.audiences.membership import SENT
from clevenio.audiences.models import Export, Kind, Membership, State
from clevenio.people.models import Person

# Whether somebody else wrote down that the platform let go of a `Person` who was in an `Export`.
Told = Callable[[], ColumnElement[bool]]
_told: list[Told] = []


def ask_also(told: Told) -> None:
    """Name what else knows of platforms that were told; called once at start."""
    _told[:] = [told]


def was_let_go(platform: Platform, field: str | None = None) -> ColumnElement[bool]:
    """Whether the platform has no more what an audience file (`Export`) had of a `Person` of the query around it.

    A removal file with them came after it and was uploaded, or where the platform takes none, a new list of the same
    segment without them. With `field`, one identifier alone.
    """
    way = _by_removal_file if platform.facts.forgets is Forgets.REMOVE_FILE else _by_new_list
    return or_(way(field), *(told() for told in _told))


def is_uploaded_removal(export: type[Export] = Export) -> ColumnElement[bool]:
    """Whether it is a whole removal file that was uploaded."""
    return and_(
        export.kind == Kind.REMOVAL.value,
        export.state == State.FINISHED.value,
        export.uploaded_on.is_not(None),
    )


def is_uploaded_list(export: type[Export] = Export) -> ColumnElement[bool]:
    """Whether it is a whole audience file that was uploaded, in the place of the one before."""
    return and_(
        export.kind == Kind.UPLOAD.value,
        export.state == State.FINISHED.value,
        export.uploaded_on.is_not(None),
        export.is_added_only.is_(False),
    )


def _by_removal_file(field: str | None) -> ColumnElement[bool]:
    later, theirs = aliased(Export), aliased(Membership)
    return (
        select(theirs.export_id)
        .join(later, later.id == theirs.export_id)
        .where(
            *_has(theirs, field),
            later.platform == Export.platform,
            later.id > Export.id,
            is_uploaded_removal(later),
        )
        .correlate(Person, Export)
        .exists()
    )


def _by_new_list(field: str | None) -> ColumnElement[bool]:
    later, theirs = aliased(Export), aliased(Membership)
    still = select(theirs.export_id).where(theirs.export_id == later.id, *_has(theirs, field))
    return (
        select(later.id)
        .where(
            later.platform == Export.platform,
            later.segment == Export.segment,
            later.id > Export.id,
            is_uploaded_list(later),
            ~still.correlate(Person, later).exists(),
        )
        .correlate(Person, Export)
        .exists()
    )


def _has(theirs: type[Membership], field: str | None) -> list[ColumnElement[bool]]:
    carried = [] if field is None else [getattr(theirs, SENT[field].key)]
    return [theirs.person_id == Person.id, *carried]
