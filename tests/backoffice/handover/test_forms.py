"""Which forms of the back office are carried along, and that whoever sends one again has seen all of it."""

import inspect
import sys

import pytest
from wtforms import BooleanField, HiddenField

from clevenio.backoffice.factor.forms import EntryForm
from clevenio.backoffice.handover.forms import FORMS
from clevenio.backoffice.setup.forms import AppForm
from clevenio.inquiries.staff.forms import RedactionForm
from clevenio.rights.breaches.forms import AdditionForm, form_for
from clevenio.rights.breaches.models import Aspect
from clevenio.rights.forms import ErasureForm
from clevenio.rights.handling.forms import AssignmentForm, GroundForm, RecipientForm
from clevenio.web.forms import SignedInForm, typed_fields
from tests.support.factories import NOW

# What is in these is nobody's work: a code that is good for half a minute, a tick that says one has read the page, one
# choice of a list; and a passage that is to be removed is written nowhere else meanwhile.
NOT_CARRIED = {AppForm, AssignmentForm, EntryForm, ErasureForm, RedactionForm, GroundForm, RecipientForm}
# Which form that is, its address says; what is carried along has the fields of all of them.
BY_ADDRESS = {"breaches_staff.add": {AdditionForm}}
pytestmark = pytest.mark.parametrize("backend", ["sqlite"])


def shown_fields(form):
    """What people fill in, by the name of the field."""
    fields = typed_fields(form).items()
    return {name: field for name, field in fields if not issubclass(field.field_class, HiddenField)}


def named_in(function):
    """What a function's code names of its module's."""
    module = sys.modules[function.__module__]
    return [vars(module).get(name) for name in inspect.unwrap(function).__code__.co_names]


def forms_of(view):
    """The forms with a token that a view takes: those it names, or a function it calls that validates one."""
    called = [each for each in named_in(view) if inspect.isfunction(each)]
    taking = [view, *(each for each in called if "validate" in inspect.unwrap(each).__code__.co_names)]
    named = [each for function in taking for each in named_in(function) if inspect.isclass(each)]
    return {each for each in named if issubclass(each, SignedInForm)}


@pytest.fixture
def posts(app):
    """The views of staff that take a post, by endpoint."""
    rules = [rule for rule in app.url_map.iter_rules() if "POST" in rule.methods]
    return {r.endpoint: app.view_functions[r.endpoint] for r in rules if r.rule.startswith("/staff/")}


@pytest.mark.parametrize("endpoint", FORMS)
def test_every_field_that_is_carried_is_shown_in_words(app, endpoint):
    kept = FORMS[endpoint]
    with app.test_request_context():
        for name, field in shown_fields(kept.form).items():
            choices = field.kwargs.get("choices")
            codes = [each.value for each in (choices() if callable(choices) else choices or ())]
            shown = dict(kept.shown([(kept.prefix + name, code) for code in codes or ["typed"]]))
            words = shown[str(field.args[0])]
            plain = "yes" if issubclass(field.field_class, BooleanField) else "typed"
            assert words == plain or (codes and not set(codes) & set(words.split(", ")))


@pytest.mark.parametrize("endpoint", ["people_staff.find_person", "segments_staff.create_segment"])
def test_what_is_no_choice_of_a_field_is_shown_as_it_would_be_sent(app, endpoint):
    name = {"people_staff.find_person": "reason", "segments_staff.create_segment": "topic"}[endpoint]
    with app.test_request_context():
        assert [words for _label, words in FORMS[endpoint].shown([(name, "made up")])] == ["made up"]


def test_every_form_that_staff_fill_in_is_carried_or_is_excepted_by_name(posts):
    taken = {endpoint: forms_of(view) - NOT_CARRIED for endpoint, view in posts.items()}
    typed = {
        endpoint: found
        for endpoint, forms in taken.items()
        if (found := {f for f in forms if shown_fields(f)})
    }
    assert {**typed, **BY_ADDRESS} == {endpoint: {kept.form} for endpoint, kept in FORMS.items()}


@pytest.mark.parametrize("aspect", Aspect)
def test_whatever_an_addition_to_a_breach_is_about_all_of_it_is_carried(app, aspect):
    with app.test_request_context("/staff/breaches"):
        form = type(form_for(aspect, NOW, None))
        assert set(shown_fields(form)) <= set(shown_fields(AdditionForm))


def test_every_exception_is_a_form_that_staff_post(posts):
    assert set.union(*map(forms_of, posts.values())) >= NOT_CARRIED
