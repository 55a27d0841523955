"""Which walks there are to take: all of them, or a short form that fits into the tests."""

from collections.abc import Iterator, Mapping

from audits.consent.crawl import Case
from audits.consent.pages import Pages
from audits.consent.states import states
from clevenio.registry import Registry

# The states whose pages differ in what is shown: the bar, no bar, and the line instead of it.
SHOWN = ("fresh", "all", "GPC")
# In the short form every walk takes each seventh page, another one in each state; the bar is looked at on some.
EACH, LOOKS = 7, 3
# Whoever has answered gets the same bytes whatever the answer was, so axe reads them once in each language there; the
# newcomer's pages it reads in tests of their own.
READ = ("all", "withdrawn", "GPC")


def every(registry: Registry, pages: Mapping[str, Pages], *, is_looked_at: bool) -> Iterator[Case]:
    """Every page in each state, in both languages, with scripts and without."""
    for state in states(registry):
        for language, own in pages.items():
            for scripts in (True, False):
                everything = frozenset((*own.public, *own.personal))
                yield Case(
                    state,
                    language,
                    scripts,
                    own,
                    looks=everything if is_looked_at and state.name in SHOWN else frozenset(),
                    axe=everything if is_looked_at else frozenset(),
                    signs_up=state.name == "refused" and scripts,
                )


def short(registry: Registry, pages: Mapping[str, Pages]) -> Iterator[Case]:
    """Every page as a newcomer sees it, of one language with scripts and of the other without; the rest on some pages."""
    for number, state in enumerate(states(registry)):
        for turn, (language, own) in enumerate(pages.items()):
            is_fresh = state.name == "fresh"
            scripts = (number + turn) % 2 == 0
            some = own if is_fresh else _each(own, number + turn)
            yield Case(
                state,
                language,
                scripts,
                some,
                looks=frozenset(some.public[:: max(1, len(some.public) // LOOKS)])
                if is_fresh
                else frozenset(),
                axe=frozenset(some.public[:1]) if scripts and state.name in READ else frozenset(),
                signs_up=state.name == "refused" and scripts,
            )


def _each(own: Pages, start: int) -> Pages:
    return Pages(own.public[start % EACH :: EACH], own.personal[start % EACH :: EACH], own.home)
