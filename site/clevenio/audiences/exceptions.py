"""The few people of an audience of whom something must not go: an identifier, or the whole row.

They are found from the small sides, by index: identifiers that several people hold or, where few refuse, those of whoever
does; those that are suppressed, and whoever is restricted. So an export pays for its exceptions, not for its size.
"""

from collections.abc import Iterable, Mapping
from typing import Any
from uuid import UUID

from sqlalchemy import CTE, ColumnElement, CompoundSelect, Select, case, func, literal, or_, select, union_all
from sqlalchemy.orm import InstrumentedAttribute, Session, aliased

from clevenio.audiences.layouts import Layout
from clevenio.consent import ledger
from clevenio.people import suppression
from clevenio.people.canonical import Column, holders, holds_one_of, ways
from clevenio.people.models import Person
from clevenio.people.shelves import is_listed

# Where no more than one in so many refuses, their identifiers are looked for among everybody's; where more do, those that
# several people hold are, for which everybody's are gone through.
FEW = 20
OTHER_STATES = tuple(state.value for state in ledger.State if state is not ledger.State.GRANTED)
REPEATED = "repeated"
RESTRICTED = "restricted"
# The key of an identifier in the suppression list.
SUPPRESSED_AS: Mapping[str, InstrumentedAttribute[Any]] = {
    "email": Person.email_suppression,
    "phone": Person.phone_suppression,
}


def same(layout: Layout, field: str) -> Column:
    """By what an identifier is recognised in another person: what could make the same cell of the platform's file."""
    found: Column = getattr(Person, layout.mailbox if field == "email" else field)
    return found


def exceptions(
    layout: Layout,
    fields: Iterable[str],
    in_segment: ColumnElement[bool],
    *,
    of: UUID | None = None,
    few_refuse: bool = False,
) -> CTE:
    """A row for each such person: `person`, and a column per identifier, 1 where it must not go.

    `repeated` is 1 where somebody of the same audience has the same mailbox and a smaller id, `restricted` where data
    is stored and not used (GDPR Art. 18). `of` asks about one person alone. Whether `few_refuse` changes what is gone
    through, not who of those who agreed is found.
    """
    wanted = dict.fromkeys([*fields, "email"])
    sharing = {field: _shared(layout, field, of) for field in (["email"] if few_refuse else wanted)}
    withheld = {field: _withheld(layout, field, None if few_refuse else sharing[field]) for field in wanted}
    parts = [select(rows.c.id, literal(field).label("what")) for field, rows in withheld.items()]
    parts.append(_repeated(layout, in_segment, sharing["email"], withheld["email"]))
    parts.append(select(Person.id, literal(RESTRICTED)).where(Person.restricted_at.is_not(None)))
    found = union_all(*parts).cte("found")
    marks = [
        func.max(case((found.c.what == what, 1))).label(what) for what in (*wanted, REPEATED, RESTRICTED)
    ]
    return select(found.c.id.label("person"), *marks).group_by(found.c.id).cte("exceptions")


def few_refuse(session: Session, layout: Layout) -> bool:
    """Whether it is the cheaper way to begin with those who refused the platform."""
    everybody = session.scalar(select(func.count()).select_from(Person)) or 0
    some = _refusing(layout).limit(everybody // FEW + 1).subquery()
    return (session.scalar(select(func.count()).select_from(some)) or 0) <= everybody // FEW


def _refusing(layout: Layout) -> Select[UUID]:
    standing = ledger.standing(layout.purpose).subquery()
    return select(standing.c.subject).where(standing.c.state.in_(OTHER_STATES))


def _shared(layout: Layout, field: str, of: UUID | None) -> CTE:
    """Identifiers that more than one person holds; of one person, theirs alone."""
    own = same(layout, field)
    if of is None and field == "email":
        return _shared_mailboxes(own).cte(f"shared_{field}")
    which: ColumnElement[bool] = own.is_not(None)
    if of is not None:
        their = select(own).where(Person.id == of).correlate(None).scalar_subquery()
        which = Person.id.in_(holders(own, lambda held: held == their))
    found = select(own).where(which).group_by(own).having(func.count() > 1).correlate(None)
    return select(found.subquery()).cte(f"shared_{field}")


def _shared_mailboxes(mailbox: Column) -> CompoundSelect[str]:
    """Mailboxes that more than one person holds.

    No two have the same address, so all of them but one spell it otherwise: those are looked at, by an index of theirs alone.
    """
    plain = aliased(Person)
    otherwise = select(mailbox).where(Person.address_key != mailbox).correlate(None)
    as_it_is = select(plain.id).where(plain.address_key == mailbox).correlate(Person).exists()
    return union_all(otherwise.where(as_it_is), otherwise.group_by(mailbox).having(func.count() > 1))


def _withheld(layout: Layout, field: str, sharing: CTE | None) -> CTE:
    """The people with an identifier that is suppressed, or that somebody holds who said no.

    Where it is not said which are shared, all of those who said no are gone through, and of who shares with another what
    they hold those alone are found who agreed.
    """
    own, holder = same(layout, field), aliased(Person)
    held: Column = getattr(holder, own.key)
    among = holder.id.in_(_refusers(layout)) if sharing is None else holds_one_of(own, sharing, holder)
    refused = select(held).where(held.is_not(None), among, _refuses(layout, holder)).correlate(None)
    rows = select(Person.id).where(holds_one_of(own, refused.cte(f"refused_{field}")))
    if sharing is None:
        rows = rows.where(_is_permitted(layout), _shared_with(own, holder, holder.id != Person.id))
    if field == "email":
        # Of those few: whose own word is not the later one.
        rows = rows.where(_shared_with(own, holder, _refuses(layout, holder, later_than=Person)))
    key = SUPPRESSED_AS.get(field)
    if key is None:
        return rows.cte(f"withheld_{field}")
    suppressed = _suppressed(layout, key)
    return union_all(rows, suppressed).cte(f"withheld_{field}")


def _shared_with(own: Column, holder: type[Person], is_one: ColumnElement[bool]) -> ColumnElement[bool]:
    """Whether somebody of whom something holds has the same identifier as the person."""
    found = [
        select(holder.id).where(way, is_one).correlate(Person).exists()
        for way in ways(own, holder, lambda held: held == own)
    ]
    return or_(*found)


def _refuses(
    layout: Layout, holder: type[Person], later_than: type[Person] | None = None
) -> ColumnElement[bool]:
    """Whether what somebody decided, or a restriction, keeps an identifier of theirs from the platform.

    Where another at the same mailbox is given, who came back to it since overrules what was said before: whoever
    reads the mailbox has the last word, whichever spelling they use. At another mailbox nobody overrules anybody.
    """
    standing = ledger.standing(layout.purpose).subquery()
    said_no = select(standing.c.subject).where(
        standing.c.subject == holder.id, standing.c.state != ledger.State.GRANTED.value
    )
    if later_than is not None:
        own = ledger.standing(layout.purpose).subquery()
        since = select(own.c.since).where(own.c.subject == later_than.id).correlate(later_than)
        is_later = standing.c.since >= since.scalar_subquery()
        said_no = said_no.where(or_(holder.mailbox_key != later_than.mailbox_key, is_later))
        said_no = said_no.correlate(later_than, holder)
    else:
        said_no = said_no.correlate(holder)
    reasons = [holder.restricted_at.is_not(None), said_no.exists()]
    if layout.mailbox != Person.mailbox_key.key:
        # Another mailbox, that looks the same there, is in the suppression list by its own key.
        reasons.append(holder.email_suppression.in_(suppression.suppressed(layout.purpose)))
    return or_(*reasons)


def _refusers(layout: Layout) -> CompoundSelect[UUID]:
    """Everybody of whom `_refuses` can hold, and others perhaps."""
    parts = [_refusing(layout), select(Person.id).where(Person.restricted_at.is_not(None))]
    if layout.mailbox != Person.mailbox_key.key:
        parts.append(_suppressed(layout, Person.email_suppression))
    return union_all(*parts)


def _suppressed(layout: Layout, key: InstrumentedAttribute[Any]) -> Select[UUID]:
    """Everybody whose identifier, by its key, is in the suppression list."""
    return select(Person.id).where(is_listed(key, suppression.suppressed(layout.purpose)))


def _is_permitted(layout: Layout) -> ColumnElement[bool]:
    permitted = ledger.permitted(layout.purpose, [ledger.Basis.CONSENT]).subquery()
    return select(permitted.c.subject).where(permitted.c.subject == Person.id).correlate(Person).exists()


def _repeated(layout: Layout, in_segment: ColumnElement[bool], sharing: CTE, withheld: CTE) -> Select[Any]:
    mailbox = same(layout, "email")
    place = func.row_number().over(partition_by=mailbox, order_by=Person.id)
    numbered = (
        select(Person.id, place.label("place"))
        .where(
            holds_one_of(mailbox, sharing),
            _is_permitted(layout),
            Person.restricted_at.is_(None),
            Person.id.not_in(select(withheld.c.id)),
            in_segment,
        )
        .subquery()
    )
    return select(numbered.c.id, literal(REPEATED).label("what")).where(numbered.c.place > 1)
