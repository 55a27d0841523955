"""The form in the account."""

from clevenio.i18n import lazy_gettext as _l
from clevenio.rights.asking.forms import NAMES, chosen_kinds, details_field, kinds_field, typed_details
from clevenio.rights.models import Kind
from clevenio.web.forms import SignedInForm

# Erasure has a page of its own, which asks for the password.
KINDS: dict[Kind, str] = {kind: name for kind, name in NAMES.items() if kind is not Kind.ERASURE}


class OwnRequestForm(SignedInForm):
    """What the account's holder asks, and in which words."""

    kind = kinds_field(_l("What would you like?"), KINDS)
    details = details_field(_l("In your own words"))

    def kinds(self) -> tuple[Kind, ...]:
        """What was ticked, once it has been validated."""
        return chosen_kinds(self.kind)

    def said(self) -> str | None:
        """The words, None where there are none."""
        return typed_details(self.details)
