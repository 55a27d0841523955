"""The form that asks for a second factor."""

from wtforms import HiddenField, StringField

from clevenio.accounts.factors.operations import Answer
from clevenio.i18n import lazy_gettext as _l
from clevenio.web.forms import SignedInForm


class FactorForm(SignedInForm):
    """A code to type, or what a passkey signed. The names keep clear of fields of other forms."""

    factor_code = StringField(_l("Code"))
    factor_passkey = HiddenField()

    def answer(self) -> Answer:
        """What came back. A passkey's answer is some kilobytes at most, a code much less."""
        return Answer((self.factor_code.data or "")[:100], (self.factor_passkey.data or "")[:20_000])


class EntryForm(FactorForm):
    """The question on the way in, which carries what was typed before; see `backoffice.handover`."""

    draft = HiddenField()
