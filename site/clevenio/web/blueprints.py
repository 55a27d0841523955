"""Blueprints whose pages have an address in each language, and those of the back office."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeVar

from flask import Blueprint, Flask
from flask.blueprints import BlueprintSetupState

from clevenio.web.access import recent_gate, staff_gate
from clevenio.web.headers import no_store
from clevenio.web.kit import EXTENSION

View = TypeVar("View", bound=Callable[..., Any])


@dataclass(frozen=True)
class Localized:
    """One page's address in each language, without the language's own segment."""

    fi: str
    en: str

    def rules(self) -> dict[str, str]:
        """The whole paths by language."""
        return {"fi": f"/fi{self.fi}", "en": f"/en{self.en}"}


class SiteBlueprint(Blueprint):
    """A room's pages. `get` and `post` take a `Localized`, or a plain path for machines and tokens."""

    def __init__(self, name: str, import_name: str = __name__) -> None:
        super().__init__(name, import_name)

    def get(self, rule: Any, **options: Any) -> Callable[[View], View]:
        """Show: `@bp.get(CONTACT)`. The endpoint is the function's name."""
        return self._add(rule, ["GET"], options)

    def post(self, rule: Any, **options: Any) -> Callable[[View], View]:
        """Act: `@bp.post(CONTACT)`."""
        return self._add(rule, ["POST"], options)

    def public(self, rule: Any, is_measured: bool = True, **options: Any) -> Callable[[View], View]:
        """Show a page that is the same for everybody: kept as ready bytes, no session, no cookie.

        The view sees neither cookies nor a query string. Where people type something about themselves,
        `is_measured` is False, and no script of others runs there whatever they allowed.
        """

        def register(view: View) -> View:
            endpoint = f"{self.name}.{view.__name__}"
            self.record_once(lambda state: _mark_public(state, endpoint, is_measured))
            return self._add(rule, ["GET"], options)(view)

        return register

    def _add(self, rule: Any, methods: list[str], options: dict[str, Any]) -> Callable[[View], View]:
        def register(view: View) -> View:
            if isinstance(rule, Localized):
                for language, path in rule.rules().items():
                    defaults = {**options.get("defaults", {}), "language": language}
                    more = {name: value for name, value in options.items() if name != "defaults"}
                    self.add_url_rule(path, view_func=view, methods=methods, defaults=defaults, **more)
            else:
                self.add_url_rule(rule, view_func=view, methods=methods, **options)
            return view

        return register


def _mark_public(state: BlueprintSetupState, endpoint: str, is_measured: bool) -> None:
    kit = state.app.extensions[EXTENSION]
    kit.public.add(endpoint)
    if is_measured:
        kit.measured.add(endpoint)


class StaffBlueprint(Blueprint):
    """A room's pages in the back office, under `/staff/`: signed-in staff only, never cached.

    `roles` may open it; an administrator may open everything. `recent` asks for a second factor
    anew where the last one is older than ten minutes; single views do so by `recently_confirmed`.
    """

    def __init__(self, name: str, *roles: str, url_prefix: str = "", recent: bool = False) -> None:
        super().__init__(f"{name}_staff", __name__, url_prefix=f"/staff{url_prefix}")
        self.before_request(staff_gate(*roles))
        if recent:
            self.before_request(recent_gate)
        self.after_request(no_store)


def public_endpoints(app: Flask) -> set[str]:
    """The endpoints whose pages are the same for everybody."""
    found: set[str] = app.extensions[EXTENSION].public
    return found
