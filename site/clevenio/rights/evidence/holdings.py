"""What we hold of somebody and why: kind by kind, how many rows, on what basis, how long; the data is in the access file."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from itertools import groupby
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from clevenio.i18n import format_date, format_number
from clevenio.i18n import gettext as _
from clevenio.pages import declarations
from clevenio.people import suppression
from clevenio.registry import Holding, load
from clevenio.rights import clocks
from clevenio.rights.access.collecting import collect, plain
from clevenio.rights.evidence.readable import Section
from clevenio.rights.evidence.whom import Standing, Whom
from clevenio.rights.evidence.words import LEGAL_BASES, SOURCES, said
from clevenio.rights.models import Keep


def data(session: Session, whom: Whom) -> dict[str, Any]:
    """Each kind of data with a row of theirs, and what an erasure kept, with its ground and end."""
    registry, order = load(), list(load().holdings)
    extracts = sorted(collect(session, whom.subject), key=lambda each: order.index(each.holding))
    kinds = [
        _kind(
            registry.holdings[name],
            {each.table.id: len(each.rows) for each in found if each.rows},
            is_erased=whom.standing is Standing.ERASED,
        )
        for name, found in groupby(extracts, lambda each: each.holding)
    ]
    keeps = select(Keep).where(Keep.key == whom.subject.key).order_by(Keep.until, Keep.id)
    return {
        "standing": whom.standing.value,
        "kinds": [kind for kind in kinds if kind["rows"]],
        "kept_after_erasure": [_kept(registry.holdings, keep) for keep in session.scalars(keeps)],
        "suppressed": sorted(suppression.scopes(session, whom.subject.key)),
    }


def _kind(holding: Holding, tables: Mapping[str, int], *, is_erased: bool) -> dict[str, Any]:
    registry = load()
    period = registry.periods[holding.period]
    purposes = [registry.purposes[name] for name in holding.purposes]
    return {
        "id": holding.id,
        "what": str(holding.after_erasure if is_erased else holding.what),
        "rows": sum(tables.values()),
        "tables": dict(tables),
        "source": said(SOURCES, holding.source),
        "purposes": [
            {"id": each.id, "name": str(each.name), "basis": said(LEGAL_BASES, each.basis)}
            for each in purposes
        ],
        "kept": ". ".join(filter(None, (declarations.kept_from(period), str(holding.sooner or "")))),
        "on_erasure": holding.erased.value,
    }


def _kept(holdings: Mapping[str, Holding], keep: Keep) -> dict[str, Any]:
    holding = holdings.get(keep.holding)
    return {
        "id": keep.holding,
        "what": str(holding.after_erasure) if holding else keep.holding,
        "why": str(holding.why or "") if holding else "",
        "until": plain(keep.until),
        "under": str(keep.subject),
    }


def _last_day(until: str) -> str:
    return format_date(clocks.last_day(datetime.fromisoformat(until)))


def sections(found: Mapping[str, Any]) -> list[Section]:
    """The same in words."""
    made = []
    rows = [
        [each["what"], format_number(each["rows"]), _purposes(each["purposes"]), each["source"], each["kept"]]
        for each in found["kinds"]
    ]
    head = [_("What"), _("Rows"), _("Why, and on what basis"), _("Where from"), _("Kept")]
    is_erased = found["standing"] == Standing.ERASED
    title = _("What still bears the address’s key") if is_erased else _("What we hold")
    nothing = [] if rows else [_("We hold nothing by this address.")]
    made.append(Section(title, nothing, (), head if rows else (), rows))
    rows = [[each["what"], each["why"], _last_day(each["until"])] for each in found["kept_after_erasure"]]
    if rows:
        head = [_("What was kept"), _("Why"), _("Until")]
        made.append(Section(_("Kept after the erasure"), (), (), head, rows))
    if found["suppressed"]:
        made.append(Section(_("Nothing is sent"), [_suppressed(found["suppressed"])]))
    if found["kinds"] and not is_erased:
        where = _(
            "It is in the access file, which is made for the person on their request. Here it is counted."
        )
        made.append(Section(_("The data itself"), [where]))
    return made


def _purposes(purposes: Iterable[Mapping[str, str]]) -> str:
    return "; ".join(f"{each['name']} ({each['basis']})" for each in purposes)


def _suppressed(scopes: list[str]) -> str:
    if suppression.EVERYTHING in scopes:
        return _("The address is on the list of those that no marketing may reach.")
    names = ", ".join(load().name_of(scope) if scope in load().decidable else scope for scope in scopes)
    return _("The address is on the list of those that these may not reach: %(names)s.", names=names)
