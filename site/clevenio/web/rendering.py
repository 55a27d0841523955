"""Pages from templates: the environment of the request's language, and what every page may use."""

from datetime import date

from flask import current_app, g, request, url_for
from werkzeug.local import LocalProxy
from wtforms.form import BaseForm

from clevenio.heads import heads
from clevenio.i18n import LANGUAGES, environment
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


def address_of(endpoint: str, **values: object) -> str:
    """Flask's `url_for`. Most links of a page are to plain pages, whose addresses are built once."""
    if values or endpoint.startswith("."):
        return url_for(endpoint, **values)  # type: ignore[arg-type]
    return _plain(endpoint, _language())


def _plain(endpoint: str, language: str) -> str:
    known, key = kit().addresses, (language, request.script_root, endpoint)
    found = known.get(key)
    if found is None:
        is_localized = current_app.url_map.is_endpoint_expecting(endpoint, "language")
        found = url_for(endpoint, language=language) if is_localized else url_for(endpoint)
        known[key] = found
    return found


def render(template: str, /, **values: object) -> str:
    """A page in the language of this request. `modified`: the day from which its text is as it is, if it has one."""
    made = kit()
    context: dict[str, object] = {name: make() for name, make in made.shared.items()}
    context.update(
        settings=made.settings,
        canonical=_absolute(_language()),
        alternates={language: _absolute(language) for language in LANGUAGES} if _is_localized() else {},
        bar_variant=bar_variant(),
        switching=_switching(values.get("form")),
        **_findable(values.get("modified")),
        # The title is the first thing that a screen reader says of a page that came back.
        is_refused=bool(values.get("problem"))
        or any(isinstance(value, BaseForm) and value.errors for value in values.values()),
    )
    return environment(_language()).get_template(template).render({**context, **values})


def _switching(form: object) -> str | None:
    """Where a public form that is shown again goes, to be shown in the other language."""
    is_carried = isinstance(form, PublicForm) and form.is_typed and _is_localized()
    return request.endpoint if is_carried else None


def _findable(modified: object) -> dict[str, object]:
    """What a page that may be found tells search engines, and those with whom its address is shared."""
    language, endpoint, settings = _language(), request.endpoint or "", kit().settings
    known = heads(language)
    if endpoint not in known:
        return {"head": None}
    addresses = {one: address_of(one) for one in known}
    picture = f"{SHOWN_ELSEWHERE}{endpoint}.{language}.png"
    return {
        "head": known[endpoint],
        "card": settings.base_url + address(picture) if picture in assets() else None,
        "structured": structured(
            settings, language, addresses, endpoint, modified if isinstance(modified, date) else None
        ),
    }


def _language() -> str:
    """The language of this request, also where it failed before its address was looked at."""
    return str(g.get("language") or kit().settings.default_language)


def bar_variant() -> str:
    """Which of the three variants this request gets: bar, gpc or none."""
    found = request.environ.get(VARIANT)
    return str(found) if found else kit().variant(request.environ)


def _is_localized() -> bool:
    endpoint = request.endpoint
    return bool(endpoint) and current_app.url_map.is_endpoint_expecting(endpoint or "", "language")


def switch_language(language: str) -> str:
    """The address of this same page in another language; the front page where it has none."""
    if not _is_localized():
        return f"/{language}/"
    if not request.view_args:
        return _plain(request.endpoint or "", language)
    return url_for(request.endpoint or "", **{**request.view_args, "language": language})


def _absolute(language: str) -> str | None:
    """The page's canonical address, made from the base address and never from the Host header."""
    return kit().settings.base_url + switch_language(language) if _is_localized() else None
