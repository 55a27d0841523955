"""A file as the answer to a request, its first bytes asked for while a refusal can still be a page."""

from contextlib import AbstractContextManager, ExitStack
from itertools import chain

from flask import Response

from clevenio.audiences.files import stream
from clevenio.audiences.handouts import Handout


def streamed(opened: AbstractContextManager[Handout], name: str) -> Response:
    """Answer with a file under a name. Raises what opening it raises, and `Refused` where it is too large."""
    closing = ExitStack()
    try:
        ready = closing.enter_context(opened)
        # Announced, so that a file that breaks off is an error to whoever fetches it.
        size = ready.size
        chunks = stream(ready)
        first = next(chunks)
    except BaseException:
        closing.close()
        raise
    response = Response(chain([first], chunks), mimetype="text/csv")
    response.content_length = size
    response.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    response.call_on_close(closing.close)
    return response
