"""Which pages are looked at, and how they stand there."""

import re
import urllib.error
import urllib.request
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

CHECKERS = Path(__file__).parent / "checkers"
# Nobody finds these by searching, and everybody may come to see them.
UNLISTED = (
    "/fi/kirjaudu",
    "/en/login",
    "/fi/uusi-salasana",
    "/en/new-password",
    "/fi/uusi-salasana/posti",
    "/en/new-password/mail",
    "/fi/rekisteroidy/uudelleen",
    "/en/signup/again",
    "/fi/ei-ole",
    "/en/nothing-here",
)


@dataclass(frozen=True)
class Pages:
    """The pages of a running site: those of its sitemap, and those that are seen all the same."""

    url: str
    listed: tuple[str, ...]
    unlisted: tuple[str, ...]

    @property
    def everything(self) -> tuple[str, ...]:
        return (*self.listed, *self.unlisted)

    def html(self, path: str) -> str:
        """A page as it is sent, whatever its status."""
        return fetch(self.url + path)


def pages(url: str, wanted: Sequence[str] | None = None) -> Pages:
    """All pages, or those that are wanted. Raises `ValueError` for one there is not, or a sitemap of next to nothing."""
    listed = re.findall(r"<loc>([^<]+)</loc>", fetch(f"{url}/sitemap.xml"))
    if len(listed) < 10:
        raise ValueError(f"the sitemap lists {len(listed)} pages")
    known = ([address.removeprefix(url) for address in listed], UNLISTED)
    unknown = set(wanted or ()).difference(*known)
    if unknown:
        raise ValueError(f"no such page: {', '.join(sorted(unknown))}")
    chosen = ([path for path in paths if not wanted or path in wanted] for paths in known)
    return Pages(url, *map(tuple, chosen))


def fetch(address: str) -> str:
    """What is answered, an error page too."""
    try:
        with urllib.request.urlopen(address, timeout=30) as answer:
            return str(answer.read().decode("utf-8"))
    except urllib.error.HTTPError as error:
        return error.read().decode("utf-8")
