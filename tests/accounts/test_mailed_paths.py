"""Mails are made where no view is known: the pages that they lead to are held against the views' own addresses."""

import pytest

from clevenio import mail
from clevenio.accounts import mails
from clevenio.accounts.views import agreements, login, reset
from clevenio.pages import views as pages
from clevenio.rights import mails as rights_mails
from clevenio.rights import views as rights_views
from clevenio.rights.choices import views as choices


@pytest.mark.parametrize(
    ("in_mail", "page"),
    [
        (mail.PRIVACY, pages.PRIVACY),
        (mail.CHOICES, choices.LINK),
        (mails.LOGIN, login.LOGIN),
        (mails.RESET, reset.RESET),
        (mails.NEW_VERSIONS, agreements.NEW),
        (rights_mails.DELETION, rights_views.DELETION),
    ],
)
def test_a_mail_leads_where_the_page_is(in_mail, page):
    assert in_mail == page.rules()
