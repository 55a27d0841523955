"""The settings, to be read by administrators and changed where the site is started."""

from clevenio.backoffice.settings_shown import CHECKS, shown
from clevenio.health import Verdict
from clevenio.people.staff_members import Role
from clevenio.web.blueprints import StaffBlueprint
from clevenio.web.kit import kit
from clevenio.web.rendering import render
from clevenio.web.request import settings

bp = StaffBlueprint("settings", Role.ADMINISTRATOR, url_prefix="/settings")


@bp.get("")
def settings_list() -> str:
    worst_first = sorted(
        kit().examine(), key=lambda finding: list(Verdict).index(finding.verdict), reverse=True
    )
    return render("backoffice/settings.html", shown=shown(settings()), findings=worst_first, checks=CHECKS)
