"""Cookies that can be read: anybody may have written anything into a browser, also on a neighbouring host."""


def legible(header: str) -> str:
    """A `Cookie` header without the pairs that are no UTF-8; it comes as PEP 3333 brings it.

    None of ours is like that, and reading one fails for the whole request.
    """
    return ";".join(pair for pair in header.split(";") if _is_text(pair))


def _is_text(pair: str) -> bool:
    try:
        pair.encode("latin-1").decode("utf-8")
    except UnicodeError:
        return False
    return True
