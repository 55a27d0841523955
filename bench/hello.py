"""The peer: a bare Flask that says hello."""

from flask import Flask


def create_app() -> Flask:
    """One view, no extension."""
    app = Flask(__name__)

    @app.get("/")
    def hello() -> str:
        return "hello"

    return app
