"""Two languages: catalogues read at start, one Jinja environment per language.

English text is the message id. A literal `_("…")` in a template is translated when the template is
loaded, so that rendering never looks anything up. Python code translates when it runs, in the
language of the current context.
"""

import gettext as standard
import io
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import date, datetime
from functools import cache, lru_cache
from pathlib import Path
from typing import Any, cast
from zoneinfo import ZoneInfo

from babel import Locale
from babel.dates import format_date as babel_date
from babel.dates import format_datetime as babel_datetime
from babel.lists import format_list
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from babel.numbers import format_decimal
from babel.numbers import format_percent as babel_percent
from babel.support import LazyProxy
from babel.units import format_unit
from jinja2 import Environment, FileSystemLoader, StrictUndefined, Template, nodes
from jinja2.environment import TemplateModule
from jinja2.runtime import Context
from markupsafe import Markup

from clevenio.errors import Problem
from clevenio.places import TEMPLATES, TRANSLATIONS

LANGUAGES = ("fi", "en")
NAMES = {"fi": "Suomi", "en": "English"}
# The locale's own short form in English, 23/11/2026, reads as another day across the ocean.
_MOMENTS = {
    "fi": {"short": "d.M.y 'klo'\u00a0H.mm", "medium": "d.M.y 'klo'\u00a0H.mm.ss"},
    "en": {"short": "d\u00a0MMM y, HH:mm", "medium": "d\u00a0MMM y, HH:mm:ss"},
}
# Of the Gregorian calendar, on average.
_DAYS_IN_MONTH = 365.2425 / 12
# Smaller shares than this many decimals of a percent can show are none.
MOST_DECIMALS = 4
# A day never stands at the end of a line with its month on the next.
_DAY_AND_MONTH = re.compile(r"(?<=\d)(\.?) (?=[^\W\d])")

_language: ContextVar[str] = ContextVar("language", default="en")


def current_language() -> str:
    """The language of this request, mail or command."""
    return _language.get()


def set_language(language: str) -> None:
    """Choose the language from here on in this context; the web kit does it for every request."""
    if language not in LANGUAGES:
        raise ValueError(f"no such language: {language}")
    _language.set(language)


@contextmanager
def use_language(language: str) -> Iterator[None]:
    """Choose the language for a block: a mail in its reader's language, say."""
    token = _language.set(language)
    try:
        yield
    finally:
        _language.reset(token)


def catalogue_file(language: str) -> Path:
    """Where the catalogue of a language is; English has none."""
    return Path(TRANSLATIONS) / language / "LC_MESSAGES" / "messages.po"


@cache
def translations(language: str) -> standard.NullTranslations:
    """The catalogue of a language, compiled from its file in memory."""
    path = catalogue_file(language)
    if not path.exists():
        return standard.NullTranslations()
    with path.open("rb") as file:
        catalogue = read_po(file, locale=language)
    compiled = io.BytesIO()
    write_mo(compiled, catalogue)
    compiled.seek(0)
    return standard.GNUTranslations(compiled)


def gettext(message: str, **values: object) -> str:
    """The message in the current language, its `%(name)s` places filled."""
    text = translations(current_language()).gettext(message)
    return text % values if values else text


def ngettext(one: str, many: str, number: int, **values: object) -> str:
    """The message in the form that the number needs; `%(num)s` is the number."""
    text = translations(current_language()).ngettext(one, many, number)
    return text % {"num": number, **values}


def lazy_gettext(message: str, **values: object) -> str:
    """The message, translated each time it is shown: for form labels and other module constants.

    A proxy that acts as a string, and is typed as one, because that is what labels are declared as.
    """
    return cast("str", LazyProxy(gettext, message, enable_cache=False, **values))


def joined(texts: Iterable[str]) -> str:
    """Lazy texts with a semicolon between, translated each time they are shown."""
    parts = tuple(texts)
    return cast("str", LazyProxy(lambda: "; ".join(map(str, parts)), enable_cache=False))


def kept(problem: Problem) -> dict[str, Any]:
    """A problem as a row keeps it, for `sentence`: the message, and the values; lazy ones in each language."""
    return {
        "message": problem.message,
        "values": {name: _kept_value(value) for name, value in problem.values.items()},
    }


def _kept_value(value: object) -> object:
    if isinstance(value, str | int | float):
        return value
    found = {}
    for each in LANGUAGES:
        with use_language(each):
            found[each] = str(value)
    return found


def sentence(problem: Mapping[str, Any]) -> str:
    """What a kept problem says, in the language of whoever reads it."""
    values = {
        name: value[current_language()] if isinstance(value, dict) else value
        for name, value in problem["values"].items()
    }
    return gettext(problem["message"], **values)


_SINCE_WEEKDAY = (
    lazy_gettext("since Monday"),
    lazy_gettext("since Tuesday"),
    lazy_gettext("since Wednesday"),
    lazy_gettext("since Thursday"),
    lazy_gettext("since Friday"),
    lazy_gettext("since Saturday"),
    lazy_gettext("since Sunday"),
)


def locale() -> Locale:
    """Babel's locale for the current language; English is written the British way."""
    return _locale(current_language())


@cache
def _locale(language: str) -> Locale:
    return Locale.parse("fi_FI" if language == "fi" else "en_GB")


def format_date(moment: date | datetime, length: str = "long") -> str:
    """A date in the reader's form: 23. marraskuuta 2026, 23 November 2026; the day keeps to its month."""
    if isinstance(moment, datetime):
        moment = local_day(moment)
    return _DAY_AND_MONTH.sub("\\1\u00a0", babel_date(moment, format=length, locale=locale()))


def format_datetime(moment: datetime, length: str = "medium") -> str:
    """A moment in the reader's form, in the site's time zone: `short` in lists, `medium` where it stands alone."""
    pattern = _MOMENTS[current_language()][length]
    return babel_datetime(moment, format=pattern, tzinfo=_zone(), locale=locale())


def since(moment: datetime, now: datetime) -> str:
    """Since when something waits, as people say it: since today, since Tuesday, since 3 November 2026."""
    day, today = moment.astimezone(_zone()).date(), now.astimezone(_zone()).date()
    days = (today - day).days
    if days <= 0:
        return gettext("since today")
    if days == 1:
        return gettext("since yesterday")
    if days < len(_SINCE_WEEKDAY):
        return str(_SINCE_WEEKDAY[day.weekday()])
    return gettext("since %(date)s", date=format_date(day))


def format_time(moment: datetime) -> str:
    """A moment's time of day in the reader's form, in the site's time zone: 8.05, 08:05."""
    pattern = "H.mm" if current_language() == "fi" else "HH:mm"
    return babel_datetime(moment, format=pattern, tzinfo=_zone(), locale=locale())


def local(moment: datetime) -> datetime:
    """A moment by the clock of the site's time zone."""
    return moment.astimezone(_zone())


def midnight(day: date) -> datetime:
    """When a day of the site's time zone begins."""
    return datetime(day.year, day.month, day.day, tzinfo=_zone())


def format_number(number: int | float) -> str:
    """A number in the reader's form: 12 345 in Finnish, 12,345 in English."""
    return str(format_decimal(number, locale=locale()))


def format_percent(share: float) -> str:
    """A share in whole percents: 45\u00a0% in Finnish, 45% in English; a small one with the decimals that it takes."""
    decimals = 0
    while share and not round(100 * share, decimals) and decimals < MOST_DECIMALS:
        decimals += 1
    whole = locale().percent_formats[None].pattern
    pattern = whole.replace("0", f"0.{'0' * decimals}") if decimals else whole
    return str(babel_percent(share, format=pattern, locale=locale()))


def format_duration(number: int, unit: str) -> str:
    """A length of time: 24 kuukautta, 24 months. `unit` is hour, day, month or year."""
    return _duration(number, unit, current_language())


def format_days(days: int) -> str:
    """A length in days as people say it: 183 days are 6 months, 365 are 12, 60 stay days.

    A single month stays days too, for one may have 28 to 31 of them.
    """
    months = round(days / _DAYS_IN_MONTH)
    is_whole = months > 1 and round(months * _DAYS_IN_MONTH) == days
    return format_duration(months, "month") if is_whole else format_duration(days, "day")


@lru_cache(maxsize=256)
def _duration(number: int, unit: str, language: str) -> str:
    return str(format_unit(number, f"duration-{unit}", locale=_locale(language)))


def enumerated(words: Sequence[str], *, is_any: bool = False) -> str:
    """Words as a list in a sentence: a, b ja c, a, b and c; or, where any of them will do, a, b tai c, a, b or c."""
    return str(format_list(words, style="or" if is_any else "standard", locale=locale()))


def language(code: str) -> str:
    """A language's name as it stands in a sentence, from its ISO 639-1 code: suomi, Finnish."""
    return str(locale().languages[code])


def country(code: str) -> str:
    """A country's name, from its ISO 3166-1 alpha-2 code: Irlanti, Ireland."""
    return str(locale().territories[code])


def postal(address: str) -> str:
    """A postal address whose last line, a country, is in the reader's language."""
    return _postal(address, current_language())


@lru_cache(maxsize=64)
def _postal(address: str, _language: str) -> str:
    *lines, last = address.split(", ")
    code = next((code for code, name in Locale("en").territories.items() if name == last), None)
    return ", ".join([*lines, country(code)]) if code else address


def local_day(moment: datetime) -> date:
    """The calendar's day of a moment, in the site's time zone."""
    return moment.astimezone(_zone()).date()


def set_time_zone(name: str) -> None:
    """Choose the zone in which moments are shown; called once at start."""
    _zone_name[0] = name


_zone_name = ["Europe/Helsinki"]


def _zone() -> ZoneInfo:
    return ZoneInfo(_zone_name[0])


class _Rewriter:
    """Replaces `_("literal")` and `_("literal", name=value)` by the translation, in place."""

    def __init__(self, catalogue: standard.NullTranslations, kind: type[str]) -> None:
        self._catalogue = catalogue
        self._kind = kind

    def visit(self, node: nodes.Node) -> None:
        for name, value in list(node.iter_fields()):
            if isinstance(value, nodes.Node):
                setattr(node, name, self._rewritten(value))
            elif isinstance(value, list):
                setattr(node, name, [self._rewritten(x) if isinstance(x, nodes.Node) else x for x in value])

    def _rewritten(self, node: nodes.Node) -> nodes.Node:
        self.visit(node)
        if not (isinstance(node, nodes.Call) and isinstance(node.node, nodes.Name) and node.node.name == "_"):
            return node
        if len(node.args) != 1 or not isinstance(node.args[0], nodes.Const) or node.dyn_kwargs:
            raise SyntaxError(f"line {node.lineno}: _() in a template takes one literal")
        text = nodes.Const(self._kind(self._catalogue.gettext(node.args[0].value)), lineno=node.lineno)
        if not node.kwargs:
            return text
        pairs = [nodes.Pair(nodes.Const(pair.key), pair.value, lineno=node.lineno) for pair in node.kwargs]
        return nodes.Mod(text, nodes.Dict(pairs, lineno=node.lineno), lineno=node.lineno)


class _Template(Template):
    """A template that is never given globals of its own, and so one module for every page that imports it."""

    def _get_default_module(self, ctx: Context | None = None) -> TemplateModule:
        return super()._get_default_module()


class _Environment(Environment):
    """Jinja, with literals translated as soon as a template is parsed."""

    template_class = _Template

    def _parse(self, source: str, name: str | None, filename: str | None) -> nodes.Template:
        template = super()._parse(source, name, filename)
        kind = Markup if self.autoescape else str
        _Rewriter(translations(self.globals["language"]), kind).visit(template)
        return template


@cache
def environment(language: str, markup: bool = True) -> Environment:
    """The Jinja environment of a language. An undefined name is an error.

    `markup=False` gives the one for plain text, which escapes nothing: the text part of a mail.
    """
    made = _Environment(
        loader=FileSystemLoader(TEMPLATES),
        autoescape=markup,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        auto_reload=False,
        extensions=["jinja2.ext.do"],
    )
    made.globals.update(
        language=language,
        LANGUAGES=LANGUAGES,
        LANGUAGE_NAMES=NAMES,
        ngettext=ngettext,
        format_date=format_date,
        format_datetime=format_datetime,
        format_number=format_number,
    )
    made.filters.update(
        date=format_date,
        datetime=format_datetime,
        time=format_time,
        number=format_number,
        percent=format_percent,
        # Of words that were kept as they stand; what is in no catalogue stays as it is.
        translated=gettext,
        country=country,
        postal=postal,
    )
    return made
