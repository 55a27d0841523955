"""LinkedIn matched audiences from a company list: companies by name and domain, no person.

Nothing is hashed. What we do not know of a company keeps its column, because the headers of the
template must not change.
"""

from clevenio.audiences.layouts import Column, Layout, Unit
from clevenio.audiences.matchkeys import clear_form, country_form


def nothing(_value: str) -> str:
    """What we do not know of a company."""
    return ""


def clear(field: str) -> Column:
    """A readable column."""
    return Column(field, clear_form, is_hashed=False)


LAYOUT = Layout(
    id="linkedin-companies",
    vendor="linkedin",
    unit=Unit.COMPANY,
    columns=(
        clear("company"),
        clear("website_domain"),
        clear("email_domain"),
        Column("page", nothing, is_hashed=False),
        Column("stock_symbol", nothing, is_hashed=False),
        Column("industry", nothing, is_hashed=False),
        Column("city", nothing, is_hashed=False),
        Column("region", nothing, is_hashed=False),
        Column("country", country_form, is_hashed=False),
        Column("postal_code", nothing, is_hashed=False),
    ),
)
