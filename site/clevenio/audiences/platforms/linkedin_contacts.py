"""LinkedIn matched audiences from a contact list.

linkedin.com/help/lms/answer/a1489764: the address may be hashed with SHA-256, every other column is
read in clear, and the headers of the template must not change. LinkedIn documents no
normalisation; trim and lower case is what its connectors do.
"""

from clevenio.audiences.layouts import Column, Layout
from clevenio.audiences.matchkeys import address_form, clear_form, country_form

LAYOUT = Layout(
    id="linkedin-contacts",
    vendor="linkedin",
    columns=(
        Column("email", address_form),
        Column("first_name", clear_form, is_hashed=False),
        Column("last_name", clear_form, is_hashed=False),
        Column("title", clear_form, is_hashed=False),
        Column("company", clear_form, is_hashed=False),
        Column("country", country_form, is_hashed=False),
        Column("advertising_id", clear_form, is_hashed=False),
    ),
)
