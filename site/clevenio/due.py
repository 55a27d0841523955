"""What waits for somebody of the staff, as each room tells it to the overview."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime


@dataclass(frozen=True)
class Due:
    """One thing to do, in the current language: what waits, and the name of the act that ends it.

    `endpoint` and `values` make the address of the page where that is done. `at` is the moment it has
    been due since, or will be due by; what `is_urgent` comes before everything else. No personal data.
    """

    text: str
    act: str
    endpoint: str
    at: datetime
    values: Mapping[str, str | int] = field(default_factory=dict)
    is_urgent: bool = False
