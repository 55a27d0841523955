"""What ticked boxes mean, on a form that says which of them it showed and on one that does not."""

from collections.abc import Mapping
from dataclasses import dataclass

from clevenio.consent import browser
from clevenio.consent.cookies import Choices
from clevenio.errors import BadInput
from clevenio.registry import Registry


class LoneVendorError(BadInput):
    """Vendors were ticked whose category was not: `vendors` names them by category."""

    def __init__(self, vendors: Mapping[str, tuple[str, ...]]) -> None:
        super().__init__("Nothing was saved: a recipient is ticked whose group is not. It is marked below.")
        self.vendors = vendors


@dataclass(frozen=True)
class Boxes:
    """The ticked categories and vendors, as posted.

    `shown` are the categories whose vendors had boxes, and `was` the purposes whose boxes were ticked
    when the page came (`marketing`, `marketing:meta`). Both are empty in a form that does not say so.
    """

    categories: tuple[str, ...] = ()
    vendors: tuple[str, ...] = ()
    shown: frozenset[str] = frozenset()
    was: frozenset[str] = frozenset()

    def granted(self, registry: Registry) -> frozenset[str]:
        """The purposes that the boxes grant, and never one whose box was shown and left unticked.

        A category without any of its vendors means all of them, unless some were ticked before: then
        the last one was unticked, and the category is refused. Raises `LoneVendorError`.
        """
        if alone := self._alone(registry):
            raise LoneVendorError(alone)
        return frozenset[str]().union(*(self._granted_in(registry, c) for c in self.categories))

    def drawn(self, registry: Registry) -> frozenset[str]:
        """The purposes whose boxes are ticked where the form is shown again: nothing ticked is lost."""
        kept = {f"{c.id}:{v}" for c in registry.categories for v in self._ticked_in(registry, c.id)}
        meant = (self._granted_in(registry, c) for c in self.categories)
        return frozenset(kept | set(self.categories)).union(*meant)

    def _ticked_in(self, registry: Registry, category: str) -> frozenset[str]:
        return frozenset(v.id for v in registry.vendors_of(category)) & set(self.vendors)

    def _granted_in(self, registry: Registry, category: str) -> frozenset[str]:
        ticked = self._ticked_in(registry, category)
        if ticked:
            # One vendor may stand in two lists under one name: it counts where every box of it is ticked.
            lists = [v.id for c in self.shown for v in registry.vendors_of(c)]
            full = {v for v in ticked if self.vendors.count(v) >= lists.count(v)}
            return frozenset({category, *(f"{category}:{v}" for v in full)})
        before = {p for p in self.was if p.partition(":")[0] == category}
        if category in self.shown and before:
            # A category that stood without any vendor, and was left so, goes on as it is.
            return frozenset({category} & before if before == {category} else ())
        return browser.expand(registry, {category}, ())

    def _alone(self, registry: Registry) -> dict[str, tuple[str, ...]]:
        """By category: vendors that somebody ticked without it.

        Who unticks a category that was ticked refuses it, whatever boxes are still ticked within it.
        """
        within = {v.id for c in self.categories for v in registry.vendors_of(c)}
        found = {
            c.id: tuple(
                v.name for v in registry.vendors_of(c.id) if v.id in self._added(registry, c.id) - within
            )
            for c in registry.categories
            if c.id in self.shown and c.id not in self.categories
        }
        return {category: names for category, names in found.items() if names}

    def _added(self, registry: Registry, category: str) -> frozenset[str]:
        ticked = self._ticked_in(registry, category)
        if category not in self.was:
            return ticked
        return frozenset(v for v in ticked if f"{category}:{v}" not in self.was)


def ticked_by(registry: Registry, choices: Choices) -> frozenset[str]:
    """The purposes whose boxes are ticked for a browser that chose this."""
    vendors = {
        f"{c}:{v.id}"
        for c in choices.categories
        for v in registry.vendors_of(c)
        if v.id not in choices.refused
    }
    return choices.categories | vendors
