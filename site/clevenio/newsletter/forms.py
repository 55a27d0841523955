"""The subscription form."""

from typing import Any

from wtforms import EmailField, SelectMultipleField
from wtforms.validators import ValidationError
from wtforms.widgets import CheckboxInput, ListWidget

from clevenio.i18n import gettext as _
from clevenio.i18n import lazy_gettext as _l
from clevenio.people import identifiers
from clevenio.registry import load
from clevenio.web.forms import Normalised, PublicForm


class NewsletterForm(PublicForm):
    """An address, and the topics wanted; none means the newsletter."""

    email = EmailField(_l("Your e-mail address"), [Normalised(identifiers.address)])
    topic = SelectMultipleField(
        _l("What would you like to get?"),
        option_widget=CheckboxInput(),
        widget=ListWidget(prefix_label=False),
        validate_choice=False,
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        registry = load()
        self.topic.choices = [(topic, str(registry.purposes[topic].name)) for topic in registry.topics]

    def validate_topic(self, field: SelectMultipleField) -> None:
        if set(field.data or ()) - set(load().topics):
            raise ValidationError(_("Choose from the list."))

    def address(self) -> identifiers.Address:
        """The address in its stored forms, once it has been validated."""
        return identifiers.address(self.email.data or "")

    def topics(self) -> tuple[str, ...]:
        """The chosen topics in the registry's order."""
        chosen = set(self.topic.data or ()) or {"newsletter"}
        return tuple(topic for topic in load().topics if topic in chosen)
