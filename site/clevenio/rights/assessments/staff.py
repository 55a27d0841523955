"""Assessments for the privacy officer: which are in force and which are missing, each version, and what changed."""

from clevenio import content
from clevenio.differences import difference
from clevenio.errors import Missing
from clevenio.i18n import current_language, local_day
from clevenio.people.staff_members import Role
from clevenio.registry import load
from clevenio.rights.assessments import documents
from clevenio.rights.assessments.words import KINDS
from clevenio.web.blueprints import StaffBlueprint
from clevenio.web.rendering import render
from clevenio.web.request import now
from clevenio.web.texts import filling

bp = StaffBlueprint("assessments", Role.PRIVACY_OFFICER, url_prefix="/assessments")


@bp.get("")
def overview() -> str:
    today = local_day(now())
    return render(
        "rights/assessments/overview.html",
        standings=documents.standings(today),
        missing=documents.missing(load(), today),
        kinds=KINDS,
    )


@bp.get("/<name>/<day>")
def version(name: str, day: str) -> str:
    found = documents.version(name, day)
    return render(
        "rights/assessments/version.html",
        assessment=found,
        page=content.page(found.name, current_language(), filling()),
        versions=documents.versions(name),
        today=local_day(now()),
        kinds=KINDS,
    )


@bp.get("/<name>/<older>/<newer>")
def changes(name: str, older: str, newer: str) -> str:
    """What changed from one version to a later one. Raises `Missing` the other way round."""
    before, after = documents.version(name, older), documents.version(name, newer)
    if before.date >= after.date:
        raise Missing("There is no such version of this assessment.")
    old, new = (content.page(one.name, current_language(), filling()) for one in (before, after))
    return render("rights/assessments/changes.html", before=before, after=after, parts=difference(old, new))
