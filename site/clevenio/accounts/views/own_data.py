"""The account's page about data: how the account was used, and the way out."""

from clevenio.accounts.views.blueprint import bp, own_page, signed_in_always
from clevenio.web.blueprints import Localized

OWN_DATA = Localized(fi="/tili/omat-tiedot", en="/account/data")


@bp.get(OWN_DATA)
@signed_in_always
def own_data() -> str:
    return own_page("accounts/own_data.html")
