"""Which pages there are: by the site's own URL map, and by every link on them."""

from collections.abc import Mapping
from typing import NamedTuple

from clevenio.app import create_app
from clevenio.i18n import LANGUAGES
from clevenio.settings import Settings
from clevenio.web.blueprints import public_endpoints
from tests.support.application import new_client
from tests.support.crawl import crawl, entries


class Pages(NamedTuple):
    """Paths in one language: the same for everybody, those made for one visitor, the first."""

    public: tuple[str, ...]
    personal: tuple[str, ...]
    home: str


def pages(environment: Mapping[str, str]) -> dict[str, Pages]:
    """Every page that somebody without an account reaches on the site with these settings, by language."""
    # Tags are left out: they change no address, and the registry in force is this whole process's.
    settings = Settings.from_env({name: value for name, value in environment.items() if "TAGS" not in name})
    app = create_app(settings)
    kit = app.extensions["clevenio"]
    try:
        client = new_client(app)
        known = public_endpoints(app)
        public = {rule.rule for rule in app.url_map.iter_rules() if rule.endpoint in known}
        found = {path for path in crawl(client, entries(app))[0] if "?" not in path} | public
    finally:
        kit.database.close()
        kit.jobs.huey.storage.close()
    return {language: _of(f"/{language}/", public, found) for language in LANGUAGES}


def _of(prefix: str, public: set[str], found: set[str]) -> Pages:
    own = sorted(path for path in found if path.startswith(prefix))
    return Pages(
        tuple(path for path in own if path in public),
        tuple(path for path in own if path not in public),
        home=prefix,
    )
