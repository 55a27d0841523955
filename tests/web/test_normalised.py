import pytest
from wtforms import StringField

from clevenio.i18n import use_language
from clevenio.people import identifiers
from clevenio.web.forms import Normalised, PublicForm

pytestmark = pytest.mark.parametrize("backend", ["sqlite"])


class MadeUpForm(PublicForm):
    email = StringField("E-mail", [Normalised(identifiers.address)])
    phone = StringField("Phone", [Normalised(identifiers.phone, optional=True)])


@pytest.fixture
def filled(app):
    def fill(**values):
        with app.test_request_context(method="POST", data=values):
            form = MadeUpForm()
            return form, form.validate()

    return fill


def test_what_the_rule_takes_is_valid_and_stays_as_typed(filled):
    form, is_valid = filled(email=" Aino@EXAMPLE.com ", phone="")
    assert is_valid
    assert form.email.data == " Aino@EXAMPLE.com "


def test_what_the_rule_refuses_is_said_in_the_readers_language(filled):
    with use_language("fi"):
        form, is_valid = filled(email="")
    assert not is_valid
    assert form.errors == {"email": ["Kirjoita sähköpostiosoite."]}


def test_an_optional_field_is_checked_once_something_is_in_it(filled):
    assert filled(email="a@example.com", phone="12")[0].errors.keys() == {"phone"}


def test_only_what_is_needed_is_marked_as_required(filled):
    form, _ = filled()
    assert (form.email.flags.required, form.phone.flags.required) == (True, None)
