"""The form of choices: plain fields that any browser, script or tool can post."""

import re
from dataclasses import dataclass
from uuid import UUID

from werkzeug.datastructures import MultiDict

from clevenio.consent import browser
from clevenio.consent.boxes import Boxes
from clevenio.consent.notices import Wording, choices_notice, current_choices
from clevenio.errors import BadInput
from clevenio.registry import Registry

_VERSION = re.compile(r"[0-9a-f]{32}")


@dataclass(frozen=True)
class ChoicesForm:
    """What was posted: `decision` is accept, reject or save; boxes count with save only.

    `asked` are the purposes of a question that was narrowed to what changed; None: it was the whole.
    """

    decision: str
    boxes: Boxes
    notice: str | None
    next: str | None
    asked: frozenset[str] | None = None

    @classmethod
    def read(cls, fields: MultiDict[str, str]) -> "ChoicesForm":
        """The fields as they came."""
        given = fields.to_dict(flat=False)
        boxes = Boxes(
            tuple(given.get("category", ())),
            tuple(given.get("vendor", ())),
            frozenset(given.get("shown", ())),
            frozenset(given.get("was", ())),
        )
        asked = frozenset(given.get("asked", ())) or None
        return cls(fields.get("decision", ""), boxes, fields.get("notice"), fields.get("next"), asked)

    def granted(self, registry: Registry) -> frozenset[str]:
        """The purposes that this form grants. Raises `BadInput` for what no form of ours holds, and for a lone vendor."""
        if self.decision == "reject":
            return frozenset()
        if self.asked and not self.asked <= set(registry.browser_purposes):
            raise BadInput("Nothing was saved: something was ticked that is not asked here.")
        categories = {category.id for category in registry.categories}
        if self.decision == "accept":
            return browser.expand(registry, categories, ())
        if self.decision != "save":
            raise BadInput("Nothing was saved: say whether you accept, reject or choose one by one.")
        if set(self.boxes.categories) - categories or set(self.boxes.vendors) - set(registry.vendors):
            raise BadInput("Nothing was saved: something was ticked that is not asked here.")
        granted = self.boxes.granted(registry)
        # In a narrowed question a vendor's box may stand without its category's, which was allowed before.
        alone = {p for p in self.asked or () if p.partition(":")[2] in self.boxes.vendors}
        return granted | {p for p in alone if p.partition(":")[0] not in (self.asked or ())}

    def version(self, language: str) -> tuple[Wording, str | None]:
        """The version that the decision is recorded under, and another one that was shown, if so.

        A form without a version saw the current one. What is no version at all is named by no row.
        """
        if self.notice is None:
            return choices_notice(language), None
        current = current_choices(self.notice)
        if current:
            return current, None
        return choices_notice(language), self.notice if _VERSION.fullmatch(self.notice) else "unknown"


def receipt_id(value: str | None) -> UUID | None:
    """The identifier in a `receipt` cookie; None where it is none."""
    try:
        return UUID(value) if value else None
    except ValueError:
        return None
