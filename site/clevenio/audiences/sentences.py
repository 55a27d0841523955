"""Segments in words: a sentence that says who is meant, in the reader's language."""

from collections.abc import Callable, Sequence

from clevenio.audiences import nesting
from clevenio.audiences.criteria import DURATIONS, Criteria, days, is_any, parts
from clevenio.i18n import country, enumerated, format_date, language
from clevenio.i18n import gettext as _
from clevenio.people.roles import LABELS, Role
from clevenio.registry import load


def sentence(criteria: Criteria) -> str:
    """Who is meant by these criteria."""
    asked, left_out = parts(criteria)
    if asked:
        said = enumerated(_phrases(asked), is_any=is_any(criteria))
        text = _("People %(conditions)s.", conditions=said)
    else:
        text = _("Everybody, without any condition besides their own consent.")
    if not left_out:
        return text
    said = enumerated(_phrases(left_out), is_any=True)
    out = _("Left out are those %(conditions)s.", conditions=said)
    return f"{text} {out}"


def _part(value: str) -> str:
    """Another segment, by its name and whom it means."""
    name, criteria = nesting.part(value)
    asked, left_out = parts(criteria)
    people = _("everybody")
    if asked:
        said = enumerated(_phrases(asked), is_any=is_any(criteria))
        people = _("people %(conditions)s", conditions=said)
    if left_out:
        said = enumerated(_phrases(left_out), is_any=True)
        people = _("%(people)s, but not those %(conditions)s", people=people, conditions=said)
    return _("“%(name)s” (%(people)s)", name=name, people=people)


def _phrases(criteria: Criteria) -> list[str]:
    """Each criterion as a clause; parts come last, because they are the longest."""
    return [_phrase(*each) for each in sorted(criteria.items(), key=lambda each: each[0] == nesting.PART)]


def _phrase(name: str, values: Sequence[str]) -> str:
    """One criterion as a clause that follows whom it is about."""
    if name in TIMES:
        return enumerated([TIMES[name](value) for value in values], is_any=True)
    said = enumerated([_value(name, value) for value in values], is_any=True)
    return {
        "role": _("whose role is %(values)s", values=said),
        "company": _("who work at %(values)s", values=said),
        "country": _("whose country is %(values)s", values=said),
        "language": _("whose language is %(values)s", values=said),
        "topic": _("who agreed to get %(values)s", values=said),
        "segment": _("who belong to %(values)s", values=said),
    }[name]


def _value(name: str, value: str) -> str:
    if name == nesting.PART:
        return _part(value)
    if name == "role":
        return str(LABELS[Role(value)])
    if name == "country":
        return country(value)
    if name == "language":
        return language(value)
    return load().name_of(value) if name == "topic" else value


def _known(value: str) -> str:
    first, last = days(value)
    if first and last:
        return _(
            "whom we have known since between %(first)s and %(last)s",
            first=format_date(first),
            last=format_date(last),
        )
    if first:
        return _("whom we have known since %(day)s or later", day=format_date(first))
    return _("whom we have known since %(day)s or earlier", day=format_date(last) if last else "")


def _active(value: str) -> str:
    if value in DURATIONS:
        return _("who used their account in the last %(days)s days", days=_number(value))
    first, _last = days(value)
    return _("who used their account since %(day)s", day=format_date(first) if first else "")


def _opened(value: str) -> str:
    if value in DURATIONS:
        return _("who opened a mail of ours in the last %(days)s days", days=_number(value))
    first, _last = days(value)
    return _("who opened a mail of ours since %(day)s", day=format_date(first) if first else "")


def _number(duration: str) -> str:
    return duration.removeprefix("P").removesuffix("D")


TIMES: dict[str, Callable[[str], str]] = {"known": _known, "active": _active, "opened": _opened}
