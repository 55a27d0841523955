"""The addresses of the site as Werkzeug keeps them."""

from collections.abc import Callable
from functools import cache

from werkzeug.routing import Rule


class LateRule(Rule):
    """A rule that compiles its builder of addresses when the first one is asked for.

    Werkzeug writes and compiles two functions for each of hundreds of rules while the application is made, which takes
    longer than all the rest of making it. Most processes never write an address of most rules.
    """

    def _compile_builder(self, append_unknown: bool = True) -> Callable[..., tuple[str, str]]:
        @cache
        def compiled() -> Callable[..., tuple[str, str]]:
            return super(LateRule, self)._compile_builder(append_unknown)

        return lambda rule, /, **values: compiled()(rule, **values)
