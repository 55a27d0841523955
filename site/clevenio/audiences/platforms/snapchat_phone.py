"""Snapchat customer lists, by phone number.

developers.snap.com/api/marketing-api/Conversions-API/Parameters: digits with the country's code, neither `00` nor
`+` before them. A list holds one kind of identifier.
"""

from clevenio.audiences.layouts import Column, Layout
from clevenio.audiences.matchkeys import e164_digits_form

LAYOUT = Layout(id="snapchat-phone", vendor="snapchat", columns=(Column("phone", e164_digits_form),))
