"""The contact form, and what the inbox is narrowed by."""

from wtforms import EmailField, SelectField, StringField, TextAreaField

from clevenio.errors import BadInput
from clevenio.i18n import lazy_gettext as _l
from clevenio.inquiries.operations import Message
from clevenio.inquiries.queries import Wanted
from clevenio.people import identifiers
from clevenio.people.text import paragraphs
from clevenio.web.forms import Normalised, OrderedFilter, PublicForm, options

LONGEST_MESSAGE = 5000


def message(value: str) -> str:
    """The text of an inquiry. Raises `BadInput` where it is empty or too long."""
    text = paragraphs(value, LONGEST_MESSAGE)
    if not text:
        raise BadInput("Write your message.", reason="empty")
    return text


class InquiryForm(PublicForm):
    """Shape and messages; `values` is what the domain takes."""

    name = StringField(_l("Your name"), [Normalised(identifiers.name)])
    email = EmailField(_l("Your e-mail address"), [Normalised(identifiers.address)])
    company = StringField(_l("Company"), [Normalised(identifiers.company, optional=True)])
    message = TextAreaField(_l("What would you like to ask?"), [Normalised(message)])
    # No person meets it (see `trap` of the fields): who fills it in is a program, most likely.
    subject = StringField(_l("Leave this field empty"))

    def values(self) -> Message:
        """The fields in their stored forms, once they have been validated."""
        company = (self.company.data or "").strip()
        return Message(
            name=identifiers.name(self.name.data or ""),
            address=identifiers.address(self.email.data or ""),
            message=message(self.message.data or ""),
            company=identifiers.company(company) if company else None,
            is_suspected=bool(self.subject.data),
        )


class InboxFilter(OrderedFilter):
    """Which inquiries the inbox shows, and in which order."""

    state = SelectField(
        _l("State"),
        default="",
        choices=options(
            ("", _l("All")),
            ("open", _l("Open")),
            ("answered", _l("Answered")),
            ("closed", _l("Closed")),
            ("suspected", _l("Suspected")),
        ),
    )

    def wanted(self) -> Wanted:
        """What was chosen."""
        return Wanted(**self.chosen())
