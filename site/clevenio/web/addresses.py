"""The addresses that pages link to, in one language and under one path."""

from flask import current_app, url_for


class Addresses(dict[str, str]):
    """The addresses of plain pages by endpoint, each built when it is first asked for: they never change."""

    def __init__(self, language: str) -> None:
        super().__init__()
        self._language = language

    def __missing__(self, endpoint: str) -> str:
        more = {"language": self._language} if is_localized(endpoint) else {}
        self[endpoint] = url_for(endpoint, **more)  # type: ignore[arg-type]
        return self[endpoint]

    def address_of(self, endpoint: str, **values: object) -> str:
        """Flask's `url_for`. Most links of a page are to plain pages, which need no building."""
        if values or endpoint.startswith("."):
            return url_for(endpoint, **values)  # type: ignore[arg-type]
        return self[endpoint]


def is_localized(endpoint: str | None) -> bool:
    """Whether a page has an address in each language. An address that leads nowhere has no endpoint."""
    return bool(endpoint) and current_app.url_map.is_endpoint_expecting(endpoint or "", "language")
