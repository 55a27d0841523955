"""Snapchat customer lists, by e-mail address.

developers.snap.com/api/marketing-api/Conversions-API/BestPractices: trim and lower case; dots and tags stay at
every domain. A list holds one kind of identifier.
"""

from clevenio.audiences.layouts import Column, Layout
from clevenio.audiences.matchkeys import address_form

LAYOUT = Layout(id="snapchat-email", vendor="snapchat", columns=(Column("email", address_form),))
