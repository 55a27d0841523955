"""What is processed and why, purpose by purpose, as GDPR Art. 30(1) asks; nobody's data is in it."""

from collections.abc import Collection, Iterator
from dataclasses import dataclass

from clevenio.registry import Holding, Origin, Period, Purpose, Registry, SubjectKind, Vendor, Whose, today

SHOWN = (Origin.GIVEN, Origin.OBSERVED, Origin.OURS)


@dataclass(frozen=True)
class Category:
    """A kind of data within an activity: what it is made of, in words of the current language, and how long it stays."""

    holding: Holding
    columns: tuple[str, ...]
    period: Period


@dataclass(frozen=True)
class Activity:
    """One purpose: the kinds of data that are held for it, those held for another that serve it too, and who receives some."""

    purpose: Purpose
    categories: tuple[Category, ...]
    also: tuple[Holding, ...]
    recipients: tuple[Vendor, ...]

    @property
    def whose(self) -> tuple[Whose, ...]:
        """The categories of data subjects, each once."""
        found = [each for category in self.categories for each in category.holding.whose]
        found += [each for holding in self.also for each in holding.whose]
        if self.purpose.subject is SubjectKind.BROWSER and not found:
            return (Whose.VISITOR,)
        return tuple(dict.fromkeys(each for each in found if each is not Whose.NOBODY))


def activities(registry: Registry) -> Iterator[Activity]:
    """Each purpose for which data is held or somebody receives some, in the registry's order."""
    personal = [holding for holding in registry.holdings.values() if set(holding.whose) != {"nobody"}]
    for purpose in registry.purposes.values():
        main = [each for each in personal if each.purposes[0] == purpose.id]
        also = [each for each in personal if purpose.id in each.purposes[1:]]
        recipients = _recipients(registry, purpose, {each.id for each in (*main, *also)})
        if main or also or recipients:
            categories = tuple(_category(registry, each) for each in main)
            yield Activity(purpose, categories, tuple(also), recipients)


def _category(registry: Registry, holding: Holding) -> Category:
    columns = (
        registry.columns.get(f"{table.id}.{name}", registry.columns.get(name))
        for table in registry.tables_of(holding.id)
        for name in table.of(*SHOWN)
    )
    words = dict.fromkeys(str(column.what) for column in columns if column is not None)
    return Category(holding, tuple(words), registry.periods[holding.period])


def _recipients(registry: Registry, purpose: Purpose, kinds: Collection[str]) -> tuple[Vendor, ...]:
    """Who receives some by an audience file or a browser, and whoever has a kind of the data in its hands today."""
    if purpose.per_vendor:
        found = registry.audience_vendors
    elif purpose.subject is SubjectKind.BROWSER and purpose.needs_consent:
        found = registry.vendors_of(purpose.id)
    else:
        found = ()
    handlers = (
        each for each in registry.vendors_on(today()) if not set(registry.handled_by(each)).isdisjoint(kinds)
    )
    return tuple(dict.fromkeys((*found, *handlers)))
