"""What to write to a recipient who gets no file: in the language of their contact, and without a name or an address."""

from collections.abc import Sequence
from dataclasses import dataclass

from clevenio.i18n import format_date, use_language
from clevenio.i18n import gettext as _
from clevenio.registry import Vendor
from clevenio.rights.models import OTHER, Correction
from clevenio.rights.recipients.models import Cause, Task
from clevenio.rights.words import FIELDS
from clevenio.settings import Settings


@dataclass(frozen=True)
class Letter:
    """A mail for a member of staff to send: to whom, about what, and the text."""

    to: str
    language: str
    subject: str
    text: str


def letter(settings: Settings, vendor: Vendor, task: Task, corrections: Sequence[Correction]) -> Letter:
    """The text for a recipient's contact. `corrections` are those of the request, the oldest first."""
    with use_language(vendor.contact_language):
        paragraphs = [
            _("Hello,"),
            _(
                "A person whose data you have from us has used a right under the General Data Protection "
                "Regulation, and we tell those who have the data what follows from it (GDPR Art. 19)."
            ),
            _wanted(task, corrections),
            _(
                "Please tell whoever has the data from you as well, and confirm to us by %(day)s.",
                day=format_date(task.due),
            ),
            *_found_by(task),
            _("Our reference: %(number)s", number=task.id),
            f"{settings.controller_name}\n{settings.controller_contact}",
        ]
        subject = _("A notice under GDPR Art. 19")
    return Letter(vendor.contact or "", vendor.contact_language, subject, "\n\n".join(paragraphs))


def _wanted(task: Task, corrections: Sequence[Correction]) -> str:
    if task.cause == Cause.RECTIFICATION:
        new = next((each.new for each in reversed(corrections) if each.field == task.field), None)
        field = FIELDS[task.field or ""]
        if new is None:
            return _(
                "A fact was wrong and has been removed. Please remove it with you, too: %(field)s.",
                field=field,
            )
        if task.field == OTHER:
            return _("A fact was wrong. Please correct it, too: %(value)s", value=new)
        return _("A fact was wrong. Please correct it: %(field)s is %(value)s.", field=field, value=new)
    return {
        Cause.ERASURE: _("We have erased the data. Please erase what you have of the person."),
        Cause.RESTRICTION: _(
            "The data is restricted (Art. 18). Please keep what you have of the person and do not use it until we write again."
        ),
        Cause.RELEASE: _(
            "The restriction that we wrote about has ended. You may use what you have of the person again, as before."
        ),
        Cause.WITHDRAWAL: _(
            "The person has withdrawn their consent. Please stop using their data for it, and erase what you need for nothing else."
        ),
    }[Cause(task.cause)]


def _found_by(task: Task) -> list[str]:
    found = []
    if task.email_hash:
        found.append(
            _("You find the person by the SHA-256 of the e-mail address, in small letters and UTF-8:")
            + f"\n{task.email_hash}"
        )
    if task.phone_hash:
        found.append(
            _("or by the SHA-256 of the phone number, in international form such as +358401234567:")
            + f"\n{task.phone_hash}"
        )
    return found
