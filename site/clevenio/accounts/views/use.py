"""How the account was used, as its holder sees it."""

from clevenio.accounts import history
from clevenio.accounts.views.blueprint import bp, own_account, own_page, signed_in
from clevenio.i18n import format_duration
from clevenio.registry import load
from clevenio.registry.entries import Period
from clevenio.web.blueprints import Localized
from clevenio.web.request import db, page_number

USE = Localized(fi="/tili/kaytto", en="/account/use")


@bp.get(USE)
@signed_in
def use() -> str:
    person, periods = own_account().person_id, load().periods
    return own_page(
        "accounts/use.html",
        days=history.days(db(), person, page_number()),
        logins_kept=_duration(periods["login"]),
        kept=_duration(periods["usage_log"]),
    )


def _duration(period: Period) -> str:
    return format_duration(period.number, period.unit)
