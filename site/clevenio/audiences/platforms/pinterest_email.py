"""Pinterest customer lists, by e-mail address.

github.com/pinterest/api-description, v5, CustomerListRequest: one kind of identifier a list, addresses in
lower case, SHA-256 accepted.
"""

from clevenio.audiences.layouts import Column, Layout
from clevenio.audiences.matchkeys import address_form

LAYOUT = Layout(id="pinterest-email", vendor="pinterest", columns=(Column("email", address_form),))
