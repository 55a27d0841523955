"""The form in the gallery of components: made-up content, wrong where a component says what is wrong."""

from werkzeug.datastructures import MultiDict
from wtforms import BooleanField, EmailField, Field, RadioField, StringField, TextAreaField
from wtforms.validators import InputRequired

from clevenio.i18n import lazy_gettext as _l
from clevenio.people import identifiers
from clevenio.web.forms import Boxes, Normalised, PublicForm, options

_SIZES = options(("few", _l("Fewer than ten")), ("many", _l("Ten or more")))


class GalleryForm(PublicForm):
    """One field of each kind."""

    name = StringField(_l("Your name"), [Normalised(identifiers.name)])
    email = EmailField(_l("Your e-mail address"), [Normalised(identifiers.address)])
    company = StringField(_l("Company"))
    message = TextAreaField(_l("What would you like to ask?"))
    size = RadioField(_l("People"), choices=_SIZES, default="few")
    topics = Boxes(
        _l("Topics"), [InputRequired(_l("Choose at least one."))], choices=options(("a", "A"), ("b", "B"))
    )
    is_agreed = BooleanField(_l("I agree to an example"))


def wrong_fields() -> dict[str, Field]:
    """The fields as somebody sent them who forgot one thing and mistyped another."""
    form = GalleryForm(MultiDict({"name": "Aino Example", "email": "aino.example.com", "size": "many"}))
    form.validate()
    return {field.name: field for field in form}
