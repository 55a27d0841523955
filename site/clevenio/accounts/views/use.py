"""How the account was used, as its holder sees it."""

from clevenio.accounts import history
from clevenio.accounts.views.blueprint import bp, own_account, own_page, signed_in
from clevenio.i18n import format_duration
from clevenio.registry import load
from clevenio.web.blueprints import Localized
from clevenio.web.request import db, page_number

USE = Localized(fi="/tili/kaytto", en="/account/use")


@bp.get(USE)
@signed_in
def use() -> str:
    person, period = own_account().person_id, load().periods["usage_log"]
    last = history.pages(db(), person)
    page = min(page_number(), last)
    return own_page(
        "accounts/use.html",
        days=history.days(db(), person, page),
        page=page,
        last_page=last,
        kept=format_duration(period.number, period.unit),
    )
