"""Forms: public ones carry no token (see `cross_site`), those of signed-in people do."""

from flask_wtf import FlaskForm

from clevenio.i18n import gettext, ngettext


class _Messages:
    """WTForms' own messages come from our catalogue."""

    def gettext(self, string: str) -> str:
        return gettext(string)

    def ngettext(self, singular: str, plural: str, n: int) -> str:
        return ngettext(singular, plural, n)


class PublicForm(FlaskForm):
    """A form on a page that knows nobody."""

    class Meta(FlaskForm.Meta):
        csrf = False

        def get_translations(self, form: object) -> _Messages:
            return _Messages()


class SignedInForm(FlaskForm):
    """A form on a page with a session: it carries a token."""

    class Meta(FlaskForm.Meta):
        def get_translations(self, form: object) -> _Messages:
            return _Messages()
