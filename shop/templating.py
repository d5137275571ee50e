"""Templates compiled once for each language, with their sentences written into them.

A page has some two hundred sentences. Looked up while it is rendered they take a fifth of its
time; so every language has an environment of its own, whose compiler puts the sentence of the
catalogue where the template calls `_()`.
"""

import re
from collections.abc import Iterator, Mapping, MutableMapping, Sequence
from typing import Any, cast

from flask.sansio.app import App
from flask.templating import Environment as FlaskEnvironment
from flask_babel import get_locale, get_translations
from jinja2 import Template, nodes
from jinja2.visitor import NodeTransformer

NAME = "_"
PIECE = re.compile(r"%\((?P<name>\w+)\)s|(?P<percent>%%)")


class Environment(FlaskEnvironment):
    """Finds a template in the language of who reads it."""

    def __init__(self, app: App, **options: Any) -> None:
        """Take what Flask's own environment takes; languages are added when first read."""
        super().__init__(app, **options)
        self.languages: dict[str, Environment] = {}
        self.catalogue: Any = None
        """Translations of an environment of one language. Any: babel's have no types."""

    def get_template(
        self,
        name: str | Template,
        parent: str | None = None,
        globals: MutableMapping[str, Any] | None = None,  # noqa: A002 -- jinja's name for it
    ) -> Template:
        """Load a template in the language in use; those it includes are in the same."""
        return FlaskEnvironment.get_template(self._spoken(), name, parent, globals)

    def select_template(
        self,
        names: Any,
        parent: str | None = None,
        globals: MutableMapping[str, Any] | None = None,  # noqa: A002 -- jinja's name for it
    ) -> Template:
        """Load the first of several templates that exists, in the language in use."""
        return FlaskEnvironment.select_template(self._spoken(), names, parent, globals)

    def _spoken(self) -> "Environment":
        """Return the environment of the language in use, itself if it is one."""
        if self.catalogue is not None:
            return self
        language = str(get_locale())
        found = self.languages.get(language)
        if found is None:
            found = self.overlay()
            found.catalogue = get_translations()
            self.languages[language] = found
        return found

    def _parse(self, source: str, name: str | None, filename: str | None) -> nodes.Template:
        tree = super()._parse(source, name, filename)
        if self.catalogue is not None:
            Writer(self.catalogue).visit(tree)
        return tree


class Writer(NodeTransformer):
    """Puts sentences of a catalogue where a template asks for them."""

    def __init__(self, catalogue: Any) -> None:
        """Take translations. Any: babel's have no types."""
        self._catalogue = catalogue

    def visit_Output(self, node: nodes.Output) -> nodes.Output:  # noqa: N802 -- jinja calls it so
        """Write the pieces of a sentence straight into the page."""
        pieces: list[nodes.Expr] = []
        for child in node.nodes:
            sentence = self._sentence(child)
            pieces += sentence or [cast("nodes.Expr", self.visit(child))]
        node.nodes = pieces
        return node

    def visit_Call(self, node: nodes.Call) -> nodes.Node:  # noqa: N802 -- jinja calls it so
        """Put a sentence together where a template keeps it or hands it on."""
        sentence = self._sentence(node)
        if sentence is None:
            return self.generic_visit(node)
        return sentence[0] if len(sentence) == 1 else nodes.Concat(sentence, lineno=node.lineno)

    def _sentence(self, node: nodes.Node) -> list[nodes.Expr] | None:
        """Return the pieces of the sentence a call asks for; None if it must be looked up."""
        if not (
            isinstance(node, nodes.Call)
            and isinstance(node.node, nodes.Name)
            and node.node.name == NAME
            and len(node.args) == 1
            and isinstance(node.args[0], nodes.Const)
            and isinstance(node.args[0].value, str)
            and node.dyn_args is None
            and node.dyn_kwargs is None
        ):
            return None
        text = self._catalogue.ugettext(node.args[0].value)
        values = {pair.key: cast("nodes.Expr", self.visit(pair.value)) for pair in node.kwargs}
        return list(_pieces(text, values, node.lineno)) if _fits(text, values) else None


def _fits(text: str, values: Mapping[str, nodes.Expr]) -> bool:
    """Say whether a sentence has only plain places, each with a value, and all of them."""
    places = [found["name"] for found in PIECE.finditer(text) if found["name"]]
    return "%" not in PIECE.sub("", text) and set(places) == values.keys()


def _pieces(text: str, values: Mapping[str, nodes.Expr], line: int) -> Iterator[nodes.Expr]:
    """Yield the words of a sentence and the values between them."""
    words = ""
    end = 0
    for found in PIECE.finditer(text):
        words += text[end : found.start()] + ("%" if found["percent"] else "")
        end = found.end()
        if found["name"]:
            yield from _words(words, line)
            yield values[found["name"]]
            words = ""
    rest = words + text[end:]
    yield from _words(rest, line)
    if not text:
        yield nodes.Const("", lineno=line)


def _words(text: str, line: int) -> Sequence[nodes.Expr]:
    """Return words of the catalogue, which may hold marks of HTML where a page is HTML."""
    if not text:
        return ()
    return (nodes.MarkSafeIfAutoescape(nodes.Const(text, lineno=line), lineno=line),)
