"""The application for a WSGI server: `granian --interface wsgi wsgi:app`."""

from clevenio.web_process import web_process

app = web_process()
