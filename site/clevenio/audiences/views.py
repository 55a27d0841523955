"""A file as the answer to a request, its first bytes asked for while a refusal can still be a page."""

from contextlib import AbstractContextManager, ExitStack
from itertools import chain

from flask import Response

from clevenio.audiences.files import stream, zipped
from clevenio.audiences.handouts import Handout


def streamed(opened: AbstractContextManager[Handout], name: str) -> Response:
    """Answer with a file under a name without its ending, or with an archive of files where the platform takes no larger ones.

    Raises what opening it raises.
    """
    closing = ExitStack()
    try:
        ready = closing.enter_context(opened)
        is_split = ready.must_split()
        # Announced, so that a file that breaks off is an error to whoever fetches it; an archive that does is none.
        size = 0 if is_split else ready.size
        chunks = zipped(ready, name) if is_split else stream(ready)
        first = next(chunks)
    except BaseException:
        closing.close()
        raise
    response = Response(chain([first], chunks), mimetype="application/zip" if is_split else "text/csv")
    if not is_split:
        response.content_length = size
    response.headers["Content-Disposition"] = f'attachment; filename="{name}.{"zip" if is_split else "csv"}"'
    response.call_on_close(closing.close)
    return response
