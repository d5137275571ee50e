"""The least an application on the same server and framework can answer."""

from flask import Flask

from kernel.access import public

app = Flask(__name__)


@app.get("/")
@public
def hello() -> str:
    """Say hello."""
    return "hello"
