"""How the question about cookies is answered, as charts and tables; nobody in particular."""

from collections.abc import Sequence
from datetime import date, timedelta

from flask.typing import ResponseReturnValue
from markupsafe import Markup

from clevenio.backoffice.forms import RatesFilter
from clevenio.consent import archive, rates
from clevenio.consent.rates import Rates
from clevenio.i18n import format_date, format_number, format_percent, local_day
from clevenio.i18n import gettext as _
from clevenio.people.staff_members import Role
from clevenio.web import charts
from clevenio.web.blueprints import StaffBlueprint
from clevenio.web.rendering import render
from clevenio.web.request import db, now

bp = StaffBlueprint("rates", Role.MARKETER, Role.PRIVACY_OFFICER, url_prefix="/rates")
Days = Sequence[tuple[date, Rates]]


@bp.get("")
def shown() -> ResponseReturnValue:
    """Counts alone; nobody's data is looked at, so the audit trail has nothing to note."""
    kept = archive.versions(db())
    chosen = RatesFilter(kept)
    status = 200 if chosen.validate() else 422
    last = local_day(now())
    first = last - timedelta(days=chosen.days - 1)
    counted = rates.rates(db(), first, last, chosen.notices())
    days, total = rates.by_day(counted, first, last), rates.total(counted.values())
    return render(
        "backoffice/rates.html",
        chosen=chosen,
        is_narrowed=bool(chosen.chosen()),
        days=days,
        total=total,
        by_version=rates.by_version(counted, kept),
        drawn={"answers": _answers(total), "by_day": _by_day(days), "shown": _shown(days)},
    ), status


def _answers(total: Rates) -> Markup:
    def bar(name: str, number: int, share: bool = True) -> charts.Bar:
        if share and total.answers:
            name = f"{name}, {format_percent(number / total.answers)}"
        return charts.Bar(name, (None, None, number), format_number(number))

    rows = [
        bar(_("Everything allowed"), total.accepted),
        bar(_("Chosen one by one"), total.chosen),
        bar(_("Everything refused"), total.refused),
        bar(_("Taken back later"), total.withdrawn, share=False),
    ]
    return charts.bars(_("Answers"), rows)


def _by_day(days: Days) -> Markup:
    values = [(rate.refused, rate.chosen, rate.accepted) for _day, rate in days]
    return charts.columns(_("Answers by day, %(time)s", time=_time(days)), values, _ticks(days))


def _shown(days: Days) -> Markup:
    said = format_number(days[-1][1].shown)
    name = _("Pages with the question by day, %(time)s", time=_time(days))
    return charts.line(name, [rate.shown for _day, rate in days], _ticks(days), said)


def _time(days: Days) -> str:
    return f"{format_date(days[0][0])} – {format_date(days[-1][0])}"


def _ticks(days: Days) -> list[charts.Tick]:
    places = (0, len(days) // 2, len(days) - 1)
    return [charts.Tick(place, format_date(days[place][0], "medium")) for place in places]
