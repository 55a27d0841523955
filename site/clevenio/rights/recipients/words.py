"""A task's codes in words, and one line about a recipient for the person whose data it was."""

from collections.abc import Iterable
from datetime import datetime

from clevenio.audiences.platforms import names
from clevenio.i18n import format_date
from clevenio.i18n import gettext as _
from clevenio.i18n import lazy_gettext as _l
from clevenio.registry import load
from clevenio.rights.recipients.models import Cause, Result, Task

CAUSES = {
    Cause.RECTIFICATION: _l("Corrected"),
    Cause.ERASURE: _l("Erased"),
    Cause.RESTRICTION: _l("Restricted"),
    Cause.WITHDRAWAL: _l("Withdrawn"),
    Cause.RELEASE: _l("In use again"),
}
RESULTS = {
    Result.TOLD: _l("They were told"),
    Result.IMPOSSIBLE: _l("They cannot be told, or only with disproportionate effort"),
}


def recipient(task: Task) -> str:
    """Who is told: the platform's audience or the recipient's name, and the company behind it."""
    vendor = load().vendors.get(task.vendor)
    name = str(names()[task.platform]) if task.platform in names() else vendor.name if vendor else task.vendor
    return f"{name}, {vendor.company}" if vendor else name


def line(task: Task, now: datetime) -> str:
    """Whether a recipient was told, in words of the current language."""
    who = recipient(task)
    if task.is_overdue(now):
        return _("%(who)s: is still to be told, which was due by %(day)s", who=who, day=format_date(task.due))
    if task.told_on is None:
        return _("%(who)s: will be told by %(day)s at the latest", who=who, day=format_date(task.due))
    day = format_date(task.told_on)
    if task.result == Result.IMPOSSIBLE:
        return _(
            "%(who)s: could not be told, established on %(day)s. %(reason)s",
            who=who,
            day=day,
            reason=task.reason or "",
        ).rstrip()
    return _("%(who)s: was told on %(day)s", who=who, day=day)


def lines(tasks: Iterable[Task], now: datetime) -> list[str]:
    """The same for each; what would be said twice of one recipient is said once."""
    return list(dict.fromkeys(line(task, now) for task in tasks))
