"""Where staff may go, by role; what the staff layout shows of it."""

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum

from flask import request

from clevenio.backoffice.people import LOOKERS, may_look
from clevenio.due import Due
from clevenio.i18n import lazy_gettext as _l
from clevenio.people.staff_members import Role
from clevenio.rights import queries as requests
from clevenio.rights.breaches import queries as breaches
from clevenio.web.access import Member, current_member
from clevenio.web.forms import SignedInForm
from clevenio.web.request import db, now, settings


class Group(StrEnum):
    """What places are about; the navigation shows them together."""

    TODAY = "today"
    PEOPLE = "people"
    MARKETING = "marketing"
    OVERSIGHT = "oversight"
    HOUSE = "house"


NAMES = {
    Group.TODAY: _l("Today"),
    Group.PEOPLE: _l("People"),
    Group.MARKETING: _l("Marketing"),
    Group.OVERSIGHT: _l("Oversight"),
    Group.HOUSE: _l("Administration"),
}


@dataclass(frozen=True)
class Place:
    """One entry of the navigation; no roles means everybody."""

    endpoint: str
    name: str
    roles: frozenset[Role] = frozenset()
    group: Group = Group.HOUSE

    @property
    def is_current(self) -> bool:
        """Whether the page that is shown is this one."""
        return request.endpoint == self.endpoint

    @property
    def is_around(self) -> bool:
        """Whether the page that is shown belongs to this place, such as one entry of its list."""
        room = self.endpoint.partition(".")[0]
        return room != "backoffice" and (request.blueprint or "") == room


ADMINISTRATOR = frozenset({Role.ADMINISTRATOR})
PLACES = (
    Place("backoffice.home", _l("Overview"), group=Group.TODAY),
    Place("people_staff.search", _l("Find a person"), LOOKERS, Group.PEOPLE),
    Place("opt_outs_staff.opt_out", _l("Record an opt-out"), LOOKERS, Group.PEOPLE),
    Place("inquiries_staff.inbox", _l("Inquiries"), frozenset({Role.SUPPORT}), Group.PEOPLE),
    Place("accounts_staff.signups", _l("Signups"), frozenset({Role.MARKETER, Role.SUPPORT}), Group.PEOPLE),
    Place("usage_staff.shown", _l("Use"), frozenset({Role.MARKETER, Role.PRIVACY_OFFICER}), Group.PEOPLE),
    Place("campaigns_staff.campaigns", _l("Campaigns"), frozenset({Role.MARKETER}), Group.MARKETING),
    Place("imports_staff.imports", _l("Bring people in"), frozenset({Role.MARKETER}), Group.MARKETING),
    Place("audiences_staff.audiences", _l("Audiences"), frozenset({Role.MARKETER}), Group.MARKETING),
    Place(
        "advertising_staff.shown",
        _l("Advertising"),
        frozenset({Role.MARKETER, Role.PRIVACY_OFFICER}),
        Group.MARKETING,
    ),
    Place(
        "audience_files_staff.files",
        _l("Audience files"),
        frozenset({Role.MARKETER, Role.PRIVACY_OFFICER}),
        Group.MARKETING,
    ),
    Place(
        "audience_explanations_staff.explain_person",
        _l("Why in or out"),
        frozenset({Role.MARKETER, Role.PRIVACY_OFFICER}),
        Group.MARKETING,
    ),
    Place(
        "rates_staff.shown",
        _l("Cookie choices"),
        frozenset({Role.MARKETER, Role.PRIVACY_OFFICER}),
        Group.MARKETING,
    ),
    Place("returned_mail_staff.listed", _l("Returned mail"), frozenset({Role.MARKETER}), Group.MARKETING),
    Place("agreements_staff.overview", _l("Agreements"), frozenset({Role.PRIVACY_OFFICER}), Group.OVERSIGHT),
    Place("requests_staff.queue", _l("Requests"), frozenset({Role.PRIVACY_OFFICER}), Group.OVERSIGHT),
    Place(
        "recipients_staff.listed",
        _l("Recipients to tell"),
        frozenset({Role.PRIVACY_OFFICER}),
        Group.OVERSIGHT,
    ),
    Place(
        "guardians_staff.messages",
        _l("Guardians’ messages"),
        frozenset({Role.SUPPORT, Role.PRIVACY_OFFICER}),
        Group.OVERSIGHT,
    ),
    Place("evidence_staff.search", _l("Evidence"), frozenset({Role.PRIVACY_OFFICER}), Group.OVERSIGHT),
    Place(
        "record_staff.controller",
        _l("Record of processing"),
        frozenset({Role.PRIVACY_OFFICER}),
        Group.OVERSIGHT,
    ),
    Place(
        "assessments_staff.overview", _l("Assessments"), frozenset({Role.PRIVACY_OFFICER}), Group.OVERSIGHT
    ),
    Place(
        "breaches_staff.register", _l("Breach register"), frozenset({Role.PRIVACY_OFFICER}), Group.OVERSIGHT
    ),
    Place(
        "disclosures_staff.register",
        _l("Disclosure register"),
        frozenset({Role.PRIVACY_OFFICER}),
        Group.OVERSIGHT,
    ),
    Place("retention_staff.overview", _l("Retention"), frozenset({Role.PRIVACY_OFFICER}), Group.OVERSIGHT),
    Place("trail_staff.entries", _l("Audit trail"), frozenset({Role.PRIVACY_OFFICER}), Group.OVERSIGHT),
    Place("alerts_staff.alerts", _l("Alerts"), ADMINISTRATOR, Group.OVERSIGHT),
    Place("members_staff.members", _l("Staff"), ADMINISTRATOR),
    Place("security_staff.overview", _l("Your security")),
    Place("settings_staff.settings_list", _l("Settings"), ADMINISTRATOR),
    Place("mail_troubles_staff.mails", _l("Failed mail"), ADMINISTRATOR),
    Place("outbox_staff.mails", _l("Kept mail"), ADMINISTRATOR),
)


def staff_person() -> Member | None:
    """Who is in, second factor and all, on staff pages; public pages know nobody and never ask."""
    if not request.path.startswith("/staff"):
        return None
    member = current_member()
    return member if member and member.kind == "staff" and member.confirmed_at else None


def staff_nav() -> list[tuple[str, list[Place]]]:
    """The places that this person's roles may open, group by group under its name."""
    person = staff_person()
    if person is None:
        return []
    may_open = [place for place in PLACES if _is_open(place, person.roles)]
    groups = [
        (str(name), [place for place in may_open if place.group is group]) for group, name in NAMES.items()
    ]
    return [(name, places) for name, places in groups if places]


def _is_open(place: Place, roles: frozenset[str]) -> bool:
    if place.endpoint.startswith("outbox_staff.") and settings().smtp_url is not None:
        return False
    return not place.roles or bool(roles & {*place.roles, Role.ADMINISTRATOR})


def staff_form() -> SignedInForm | None:
    """The token for the one form that every staff page carries: logging out; and for the one search."""
    return SignedInForm() if staff_person() else None


def staff_may_look() -> bool:
    """Whether the shell offers to find a person by their exact address."""
    person = staff_person()
    return person is not None and may_look(person.roles, LOOKERS)


def staff_overdue() -> list[Due]:
    """The requests about rights that are past their day, for whoever answers them; nothing for the others."""
    return list(requests.urgent(db(), now())) if _answers() else []


def staff_breaches() -> list[Due]:
    """What the law has us do about data breaches now, for whoever keeps their register; nothing for the others."""
    return [each for each in breaches.due(db(), now()) if each.is_urgent] if _answers() else []


def _answers() -> bool:
    """Whether this person answers for people's rights."""
    person = staff_person()
    return person is not None and bool(person.roles & {Role.PRIVACY_OFFICER, Role.ADMINISTRATOR})


SHARED: dict[str, Callable[[], object]] = {
    "staff_person": staff_person,
    "staff_nav": staff_nav,
    "staff_form": staff_form,
    "staff_may_look": staff_may_look,
    "staff_overdue": staff_overdue,
    "staff_breaches": staff_breaches,
}
