"""The records of processing for the privacy officer, on the screen and on paper."""

from collections.abc import Mapping
from functools import partial

from clevenio import legal
from clevenio.accounts import agreement_oversight as oversight
from clevenio.errors import BadInput
from clevenio.i18n import local_day
from clevenio.pages import declarations
from clevenio.people.staff_members import Role
from clevenio.registry import load
from clevenio.registry.controllers import FILE, Controller, read
from clevenio.rights.assessments import documents
from clevenio.rights.evidence.words import LEGAL_BASES
from clevenio.rights.record.activities import activities
from clevenio.rights.record.words import MEASURES, TREATMENTS, WHOSE
from clevenio.web.access import actor
from clevenio.web.blueprints import StaffBlueprint
from clevenio.web.errors import say
from clevenio.web.rendering import render
from clevenio.web.request import db, now, page_number, settings

bp = StaffBlueprint("record", Role.PRIVACY_OFFICER, url_prefix="/processing")
WORDS = {
    "whose": WHOSE,
    "treatments": TREATMENTS,
    "measures": MEASURES,
    "bases": LEGAL_BASES,
    "declarations": declarations,
}


@bp.get("")
def controller() -> str:
    """GDPR Art. 30(1). Made from the registry alone, so nobody's data is read."""
    today = local_day(now())
    return render(
        "rights/record/controller.html",
        activities=list(activities(load())),
        assessed=partial(documents.of_purpose, on=today),
        missing=documents.missing(load(), today),
        now=now(),
        **WORDS,
    )


@bp.get("/for-others")
def processor() -> str:
    """GDPR Art. 30(2). It names whom to reach at each controller, so whose it was is in the trail."""
    session = db(write=True)
    found = oversight.look_through(session, settings().suppression_key, page_number(), actor(), now())
    session.commit()
    own, problem = _own()
    return render(
        "rights/record/processor.html",
        controllers=found,
        own=own,
        problem=problem,
        registry_file=FILE,
        agreement=legal.current("dpa", local_day(now())),
        # Advertising platforms get the company's own audiences, and nothing of its controllers.
        processors=[
            vendor
            for vendor in load().vendors_on(local_day(now()))
            if vendor.role == "processor" and not vendor.audience
        ],
        now=now(),
        **WORDS,
    )


def _own() -> tuple[Mapping[str, Controller], str]:
    """The controllers of the installation's own file, and what is wrong with it, if anything."""
    try:
        return read(settings().data, load()), ""
    except BadInput as problem:
        return {}, say(problem)
