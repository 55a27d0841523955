"""X list audiences, by e-mail address.

developer.x.com/en/docs/x-ads-api/audiences/overview/user-data: trim, lower case, SHA-256 without salt, and the
digest in lower case, too. X takes phone numbers as well and does not say in which form, so there is no such file.
"""

from clevenio.audiences.layouts import Column, Layout
from clevenio.audiences.matchkeys import address_form

LAYOUT = Layout(id="x-email", vendor="x", columns=(Column("email", address_form),))
