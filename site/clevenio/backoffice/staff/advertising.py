"""How many signups and inquiries came by each campaign, nobody by name."""

from datetime import timedelta

from clevenio.consent.advertising.addresses import Campaign
from clevenio.consent.advertising.models import Kind
from clevenio.consent.advertising.queries import WINDOWS, counts
from clevenio.i18n import format_duration, lazy_gettext, local_day
from clevenio.i18n import gettext as _
from clevenio.people.disclosure import SMALLEST, STEP, Figures, Table, table
from clevenio.people.staff_members import Role
from clevenio.web.blueprints import StaffBlueprint
from clevenio.web.rendering import render
from clevenio.web.request import db, now

bp = StaffBlueprint("advertising", Role.MARKETER, Role.PRIVACY_OFFICER, url_prefix="/advertising")
TITLES = {
    Kind.SIGNUP: lazy_gettext("Signups by campaign"),
    Kind.INQUIRY: lazy_gettext("Inquiries by campaign"),
}


@bp.get("")
def shown() -> str:
    """Counts alone; nobody's data is looked at, so the audit trail has nothing to note."""
    end = local_day(now()) - timedelta(days=1)
    found = {kind: counts(db(), kind, end, SMALLEST) for kind in Kind}
    return render(
        "backoffice/advertising.html",
        end=end,
        columns=[(format_duration(days, "day"), "number") for days in WINDOWS],
        tables=[
            (str(title), _lines(table(found[kind].campaigns, found[kind].total)))
            for kind, title in TITLES.items()
        ],
        smallest=SMALLEST,
        step=STEP,
    )


def _lines(allowed: Table[Campaign]) -> list[tuple[str, str, Figures]]:
    """Campaign, source and figures, the largest first; the rest and everybody at the end."""
    if allowed.total[0] is None:
        return []
    unknown = _("Not stated")
    lines = [(one.name or unknown, one.source or unknown, figures) for one, figures in allowed.groups.items()]
    if allowed.others:
        lines.append((_("Other campaigns"), "–", allowed.others))
    return [*lines, (_("All campaigns"), "–", allowed.total)]
