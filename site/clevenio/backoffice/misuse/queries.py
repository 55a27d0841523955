"""The alerts, in words, and those that nobody has looked at yet."""

from collections.abc import Iterator
from datetime import datetime

from sqlalchemy import Select, func, select
from sqlalchemy.orm import Session

from clevenio import audit
from clevenio.backoffice.misuse.models import Alert
from clevenio.due import Due
from clevenio.i18n import format_number, ngettext, since
from clevenio.i18n import gettext as _
from clevenio.people.staff_members import StaffMember


def alerts() -> Select[Alert]:
    """Every alert: those that wait first, then the newest."""
    return select(Alert).order_by(Alert.acknowledged_at.is_not(None), Alert.at.desc(), Alert.id.desc())


def subjects(session: Session, key: str) -> dict[str, str]:
    """The members of staff by the hash under which the trail has them as the subject of an entry."""
    members = session.execute(select(StaffMember.id, StaffMember.email))
    return {audit.subject_hash(key, member): email for member, email in members}


def sentence(alert: Alert) -> str:
    """What was found, in the current language."""
    # Each rule keeps one figure at most.
    number = next(iter(alert.details.values()), 0)
    num = format_number(number)
    return {
        "many_rows": ngettext(
            "%(num)s row left in one day.", "%(num)s rows left in one day.", number, num=num
        ),
        "many_exports": ngettext(
            "%(num)s file left in one day.", "%(num)s files left in one day.", number, num=num
        ),
        "night_export": _("A file left at night."),
        "first_export": _("The first file that this person took."),
        "many_lookups": ngettext(
            "%(num)s person was looked up in one day, searches that found nobody included.",
            "%(num)s people were looked up in one day, searches that found nobody included.",
            number,
            num=num,
        ),
        "many_refusals": ngettext(
            "%(num)s refused try to get in within a day.",
            "%(num)s refused tries to get in within a day.",
            number,
            num=num,
        ),
        "many_networks": ngettext(
            "Refused tries to get in from %(num)s network within a day.",
            "Refused tries to get in from %(num)s networks within a day.",
            number,
            num=num,
        ),
        "new_browser": _("Signed in from a browser not seen before."),
        "long_rest": ngettext(
            "Signed in after %(num)s day without a login.",
            "Signed in after %(num)s days without a login.",
            number,
            num=num,
        ),
        "recovery_code": _("Signed in with a recovery code."),
    }[alert.rule]


def due(session: Session, now: datetime) -> Iterator[Due]:
    """Alerts that nobody has looked at yet, before everything else."""
    query = select(func.count(), func.min(Alert.at)).where(Alert.acknowledged_at.is_(None))
    number, oldest = session.execute(query).one()
    if number:
        text = ngettext(
            "%(num)s unusual login or export waits for a look, %(since)s.",
            "%(num)s unusual logins or exports wait for a look, the oldest %(since)s.",
            number,
            num=format_number(number),
            since=since(oldest, now),
        )
        yield Due(text, _("Look at the alerts"), "alerts_staff.alerts", oldest, is_urgent=True)
