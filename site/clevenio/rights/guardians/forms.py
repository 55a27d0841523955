"""What staff type when a guardian has told us of a child."""

from datetime import datetime

from wtforms import EmailField, TextAreaField

from clevenio.i18n import lazy_gettext as _l
from clevenio.people import identifiers, reasons
from clevenio.rights.forms import CameIn
from clevenio.rights.guardians.operations import Message
from clevenio.rights.models import Channel
from clevenio.web.forms import Normalised


class GuardianForm(CameIn):
    """A guardian's message, as it came in."""

    email = EmailField(_l("The child’s e-mail address"), [Normalised(identifiers.address)])
    answer_to = EmailField(
        _l("The guardian’s e-mail address"), [Normalised(identifiers.address, optional=True)]
    )
    said = TextAreaField(
        _l("What they said, in brief"),
        [Normalised(reasons.account, optional=True)],
    )

    def message(self, now: datetime) -> Message:
        """The fields as the domain takes them, once they have been validated."""
        guardian = (self.answer_to.data or "").strip()
        return Message(
            about=identifiers.address(self.email.data or ""),
            channel=Channel(self.channel.data),
            received_at=self.received_at(now),
            answer_to=identifiers.address(guardian) if guardian else None,
            language=str(self.language.data),
            said=reasons.account(self.said.data or "") or None,
        )
