"""Every refusal has a sentence, and the sentence only speaks of values the refusal carries."""

import ast
import re
from collections.abc import Iterator

from shop.sentences import SENTENCES
from tests.architecture.source import modules

KINDS = frozenset({"NotFoundError", "ConflictError", "ForbiddenError", "InvalidError"})
PLACEHOLDER = re.compile(r"%\((\w+)\)s")


def test_every_refusal_has_a_sentence() -> None:
    assert {code for code, _values in _refusals()} - set(SENTENCES) == set()


def test_no_sentence_is_left_over() -> None:
    assert set(SENTENCES) - {code for code, _values in _refusals()} == set()


def test_a_sentence_names_only_values_every_refusal_carries() -> None:
    wrong = [
        (code, name)
        for code, values in _refusals()
        for name in PLACEHOLDER.findall(str(SENTENCES.get(code, "")))
        if name not in values
    ]

    assert wrong == []


def _refusals() -> Iterator[tuple[str, set[str]]]:
    """Yield the code and the names of the values of every refusal in the source."""
    for source in modules():
        for call in ast.walk(source.tree):
            if not (isinstance(call, ast.Call) and call.args):
                continue
            name = ast.unparse(call.func)
            is_own = name == "super().__init__" and "errors" in {
                source.path.stem,
                source.path.parent.name,
            }
            first = call.args[0]
            if (name in KINDS or is_own) and isinstance(first, ast.Constant):
                yield str(first.value), {keyword.arg or "" for keyword in call.keywords}
