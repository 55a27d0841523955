"""Fills the site's texts with what this installation knows: who answers, and where our pages are."""

from flask import url_for

from clevenio import legal
from clevenio.content import Filling
from clevenio.i18n import current_language
from clevenio.web.request import settings


def filling(**more: str) -> Filling:
    """Facts and addresses in the language of this request, and further facts by name."""
    return Filling({**legal.facts(settings(), current_language()), **more}, url_for)
