"""Where staff may go, by role; what the staff layout shows of it."""

from collections.abc import Callable
from dataclasses import dataclass

from flask import request

from clevenio.i18n import lazy_gettext as _l
from clevenio.people.staff_members import Role
from clevenio.web.access import Member, current_member
from clevenio.web.forms import SignedInForm
from clevenio.web.request import settings


@dataclass(frozen=True)
class Place:
    """One entry of the navigation; no roles means everybody."""

    endpoint: str
    name: str
    roles: frozenset[Role] = frozenset()


PLACES = (
    Place("backoffice.home", _l("Overview")),
    Place("inquiries_staff.inbox", _l("Inquiries"), frozenset({Role.SUPPORT})),
    Place("accounts_staff.signups", _l("Signups"), frozenset({Role.MARKETER, Role.SUPPORT})),
    Place("audiences_staff.audiences", _l("Audiences"), frozenset({Role.MARKETER})),
    Place(
        "audience_explanations_staff.explain_person",
        _l("Why in or out"),
        frozenset({Role.MARKETER, Role.PRIVACY_OFFICER}),
    ),
    Place("outbox_staff.mails", _l("Kept mail"), frozenset({Role.ADMINISTRATOR})),
    Place("trail_staff.entries", _l("Audit trail"), frozenset({Role.PRIVACY_OFFICER})),
)


def staff_person() -> Member | None:
    """Who is signed in, on staff pages; public pages know nobody and never ask."""
    if not request.path.startswith("/staff"):
        return None
    member = current_member()
    return member if member and member.kind == "staff" else None


def staff_nav() -> list[tuple[str, str]]:
    """The places that this person's roles may open."""
    person = staff_person()
    if person is None:
        return []
    roles = {*person.roles}
    return [(place.endpoint, place.name) for place in PLACES if _is_open(place, roles)]


def _is_open(place: Place, roles: set[str]) -> bool:
    if place.endpoint.startswith("outbox_staff.") and settings().smtp_url is not None:
        return False
    return not place.roles or bool(roles & {*place.roles, Role.ADMINISTRATOR})


def staff_form() -> SignedInForm | None:
    """The token for the one form that every staff page carries: logging out."""
    return SignedInForm() if staff_person() else None


SHARED: dict[str, Callable[[], object]] = {
    "staff_person": staff_person,
    "staff_nav": staff_nav,
    "staff_form": staff_form,
}
