"""Pages from templates: the environment of the request's language, and what every page may use."""

from datetime import date

from flask import g, request, url_for
from werkzeug.local import LocalProxy
from wtforms.form import BaseForm

from clevenio.heads import heads
from clevenio.i18n import LANGUAGES, environment
from clevenio.web.addresses import Addresses, is_localized
from clevenio.web.assets import SHOWN_ELSEWHERE, address, assets, integrity
from clevenio.web.forms import PublicForm
from clevenio.web.kit import VARIANT, kit
from clevenio.web.structured import structured


def prepare() -> None:
    """Give templates the functions they may call."""
    for language in LANGUAGES:
        environment(language).globals.update(
            heads=heads(language),
            url_for=address_of,
            asset=address,
            integrity=integrity,
            switch_language=switch_language,
            request=request,
            settings=LocalProxy(lambda: kit().settings),
        )


def _addresses(language: str) -> Addresses:
    known, key = kit().addresses, (language, request.script_root)
    return known.get(key) or known.setdefault(key, Addresses(language))


def address_of(endpoint: str, **values: object) -> str:
    """The address of a page in the language of this request; see `Addresses.address_of`."""
    return _addresses(_language()).address_of(endpoint, **values)


def render(template: str, /, **values: object) -> str:
    """A page in the language of this request. `modified`: the day from which its text is as it is, if it has one."""
    made, language = kit(), _language()
    context: dict[str, object] = {name: make() for name, make in made.shared.items()}
    absolute = alternates()
    context.update(
        settings=made.settings,
        url_for=_addresses(language).address_of,
        canonical=absolute.get(language),
        alternates=absolute,
        bar_variant=bar_variant(),
        switching=_switching(values.get("form")),
        **_findable(language, values.get("modified")),
        # The title is the first thing that a screen reader says of a page that came back.
        is_refused=bool(values.get("problem"))
        or any(isinstance(value, BaseForm) and value.errors for value in values.values()),
    )
    return environment(language).get_template(template).render({**context, **values})


def _switching(form: object) -> str | None:
    """Where a public form that is shown again goes, to be shown in the other language."""
    is_carried = isinstance(form, PublicForm) and form.is_typed and is_localized(request.endpoint)
    return request.endpoint if is_carried else None


def _findable(language: str, modified: object) -> dict[str, object]:
    """What a page that may be found tells search engines, and those with whom its address is shared."""
    endpoint, known = request.endpoint or "", heads(language)
    if endpoint not in known:
        return {"head": None}
    day = modified if isinstance(modified, date) else None
    key, made = (language, request.script_root, endpoint, day), kit()
    found = made.findable.get(key)
    if found is None:
        addresses = {one: _addresses(language)[one] for one in known}
        picture = f"{SHOWN_ELSEWHERE}{endpoint}.{language}.png"
        found = made.findable[key] = {
            "head": known[endpoint],
            "card": made.settings.base_url + address(picture) if picture in assets() else None,
            "structured": structured(made.settings, language, addresses, endpoint, day),
        }
    return found


def _language() -> str:
    """The language of this request, also where it failed before its address was looked at."""
    return str(g.get("language") or kit().settings.default_language)


def bar_variant() -> str:
    """Which of the three variants this request gets: bar, gpc or none."""
    found = request.environ.get(VARIANT)
    return str(found) if found else kit().variant(request.environ)


def switch_language(language: str) -> str:
    """The address of this same page in another language; the front page where it has none."""
    endpoint = request.endpoint
    if endpoint is None or not is_localized(endpoint):
        return f"/{language}/"
    if not request.view_args:
        return _addresses(language)[endpoint]
    return url_for(endpoint, **{**request.view_args, "language": language})


def alternates() -> dict[str, str]:
    """This page's addresses by language, made from the base address and never from the Host header."""
    base, languages = kit().settings.base_url, LANGUAGES if is_localized(request.endpoint) else ()
    return {language: base + switch_language(language) for language in languages}
