"""What the site does with data, declared as data in TOML files and read once."""

from clevenio.registry.entries import (
    Clocks,
    Cookie,
    Embed,
    LegalBasis,
    Period,
    Purpose,
    Registry,
    SubjectKind,
    Tag,
    Topic,
)
from clevenio.registry.holdings import Holding, Origin, StoredTable, Treatment, Whose
from clevenio.registry.loader import keep_time, load, put_in_force, read, shipped, today
from clevenio.registry.vendors import Vendor, VendorChange
from clevenio.registry.words import Text

__all__ = [
    "Clocks",
    "Cookie",
    "Embed",
    "Holding",
    "LegalBasis",
    "Origin",
    "Period",
    "Purpose",
    "Registry",
    "StoredTable",
    "SubjectKind",
    "Tag",
    "Text",
    "Topic",
    "Treatment",
    "Vendor",
    "VendorChange",
    "Whose",
    "keep_time",
    "load",
    "put_in_force",
    "read",
    "shipped",
    "today",
]
