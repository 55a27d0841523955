"""The questions, and why somebody asks them."""

from enum import StrEnum

from clevenio.i18n import lazy_gettext as _l


class Question(StrEnum):
    """What an inspector asks. A receipt is asked about by its number, a person by their exact address."""

    RECEIPT = "receipt"
    MAIL = "mail"
    FILE = "file"
    RECIPIENTS = "recipients"
    HOLDINGS = "holdings"


QUESTIONS: dict[Question, str] = {
    Question.RECEIPT: _l("What did this receipt see and decide?"),
    Question.MAIL: _l("Why did this mail go?"),
    Question.FILE: _l("Why is this person in that file?"),
    Question.RECIPIENTS: _l("Who received them?"),
    Question.HOLDINGS: _l("What do we hold and why?"),
}
# Those about a person.
PERSONAL = tuple(question for question in Question if question is not Question.RECEIPT)


class Reason(StrEnum):
    """Why somebody asks, in the words that the audit trail keeps."""

    INSPECTION = "answering an inspection"
    COMPLAINT = "answering a complaint"
    OVERSIGHT = "checking our own evidence"


REASONS: dict[Reason, str] = {
    Reason.INSPECTION: _l("answering an inspection"),
    Reason.COMPLAINT: _l("answering a complaint"),
    Reason.OVERSIGHT: _l("checking our own evidence"),
}
