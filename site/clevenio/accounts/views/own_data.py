"""The account's page about data: what was agreed to, how the account was used, and the way out."""

from clevenio.accounts import queries
from clevenio.accounts.views.blueprint import bp, own_account, own_page, signed_in
from clevenio.web.blueprints import Localized
from clevenio.web.request import db

OWN_DATA = Localized(fi="/tili/omat-tiedot", en="/account/data")


@bp.get(OWN_DATA)
@signed_in
def own_data() -> str:
    return own_page("accounts/own_data.html", agreements=queries.agreements(db(), own_account().person_id))
