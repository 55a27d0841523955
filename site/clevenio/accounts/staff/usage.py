"""How accounts are used, in groups and as charts; nobody by name."""

from markupsafe import Markup

from clevenio.accounts import figures, groups
from clevenio.i18n import format_date, format_number, local_day
from clevenio.i18n import gettext as _
from clevenio.people.disclosure import SMALLEST, STEP, Figures
from clevenio.people.staff_members import Role
from clevenio.web import charts
from clevenio.web.blueprints import StaffBlueprint
from clevenio.web.rendering import render
from clevenio.web.request import db, now

bp = StaffBlueprint("usage", Role.MARKETER, Role.PRIVACY_OFFICER, url_prefix="/usage")


@bp.get("")
def shown() -> str:
    """Counts of groups alone; nobody's data is looked at, so the audit trail has nothing to note."""
    use = groups.use(db(), local_day(now()))
    by = [(str(title), figures.lines(by, use.by[by])) for by, title in figures.TITLES.items()]
    return render(
        "accounts/usage.html",
        use=use,
        windows=figures.windows(),
        columns=[(name, "number") for name in figures.columns()],
        active=_active(use),
        daily=_daily(use),
        by=[(title, lines, _bars(title, lines)) for title, lines in by],
        smallest=SMALLEST,
        step=STEP,
    )


def _active(use: groups.Use) -> Markup:
    # Each window in the tone that it has in the charts below.
    rows = [
        charts.Bar(
            name, tuple(n if i == place else None for i, n in enumerate(use.active)), format_number(figure)
        )
        for place, (name, figure) in enumerate(zip(figures.windows(), use.active, strict=True))
        if figure is not None
    ]
    return charts.bars(_("Active people"), rows)


def _daily(use: groups.Use) -> Markup:
    first, last = use.daily[0][0], use.daily[-1][0]
    places = (0, len(use.daily) // 2, len(use.daily) - 1)
    return charts.line(
        _("Active people by day, %(first)s to %(last)s", first=format_date(first), last=format_date(last)),
        [figure for _day, figure in use.daily],
        [charts.Tick(place, format_date(use.daily[place][0], "medium")) for place in places],
        figures.said([figure for _day, figure in reversed(use.daily)]),
    )


def _bars(title: str, lines: list[tuple[str, Figures]]) -> Markup:
    return charts.bars(title, [charts.Bar(name, values, figures.said(values)) for name, values in lines])
