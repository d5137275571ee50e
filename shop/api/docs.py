"""The interface's document to read and try out, without a request to anybody else."""

from flask import Blueprint, render_template
from flask.typing import ResponseReturnValue

from shop.api import contract
from shop.api.contract import Operation, operation
from shop.api.schemas.catalog import Language
from shop.security import public

pages = Blueprint("api_docs", __name__)


@pages.get("/docs")
@public
@operation(
    Operation(
        summary="Read the document in a browser",
        tag="about",
        query=Language,
        media_type=contract.HTML,
    )
)
def show() -> ResponseReturnValue:
    """Show every operation, to read and to try."""
    contract.read_query(Language)
    return render_template("api/docs/show.html")
