"""Microsoft Advertising customer match, by e-mail address.

learn.microsoft.com/en-us/advertising/bulk-service/customer-list-item: SHA-256 in 64 hexadecimal digits,
as its digest of `test@contoso.com` shows. No normalisation is documented; trim and lower case is what
connectors do.
"""

from clevenio.audiences.layouts import Column, Layout
from clevenio.audiences.matchkeys import address_form

LAYOUT = Layout(id="microsoft-email", vendor="microsoft", columns=(Column("email", address_form),))
