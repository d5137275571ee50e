"""What every bank file is made of: payments by number, and the border to a bank's format."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final, Protocol

from payments.values import FileFormat, ReturnReason

PURPOSE: Final = "助农结算"


@dataclass(frozen=True, slots=True)
class Instruction:
    """One payment the bank is asked for."""

    number: int
    holder: str
    account: str
    amount_minor: int


class BatchFormat(Protocol):
    """How one bank wants its file; the same batch always gives the same bytes."""

    @property
    def format(self) -> FileFormat:
        """Return how the file is written."""
        ...

    def unfit(self, instructions: Sequence[Instruction]) -> Mapping[int, ReturnReason]:
        """Return the numbers of payments that cannot stand in the file, and why."""
        ...

    def write(self, batch_code: str, instructions: Sequence[Instruction]) -> bytes:
        """Return the file; raises `InvalidError` with the number of a line that is unfit."""
        ...
