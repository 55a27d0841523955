"""The pages of an account, one module for each thing that people do; all share one blueprint."""

from clevenio.accounts.views import (
    account,
    address,
    agreements,
    login,
    own_data,
    password,
    reset,
    security,
    signup,
    use,
)
from clevenio.accounts.views.blueprint import bp

__all__ = [
    "account",
    "address",
    "agreements",
    "bp",
    "login",
    "own_data",
    "password",
    "reset",
    "security",
    "signup",
    "use",
]
