"""Take from parties what they still hold, and claim what they were paid out already."""

from collections.abc import Sequence
from dataclasses import replace

from sqlalchemy.orm import Session

from ledger import service as ledger
from ledger.values import Entry, Line

PAYABLE = "L:payable:"


def cover(
    session: Session, entries: Sequence[Entry], *, alongside: Sequence[Entry] = ()
) -> list[Entry]:
    """Return entries whose debits of payables go no further than the money there.

    The rest becomes `A:recover:<party>`. All debits are covered in one call, so that two
    entries never count on the same fen; `alongside` is what is posted together with them.
    """
    debits = [line for entry in entries for line in entry.lines if _is_debit(line)]
    if not debits:
        return list(entries)
    others = [line for entry in entries for line in entry.lines if not _is_debit(line)]
    others += [line for entry in alongside for line in entry.lines]
    covered = iter(ledger.debits_with_recovery(session, debits, alongside=others))
    found: list[Entry] = []
    for entry in entries:
        lines: list[Line] = []
        for line in entry.lines:
            if not _is_debit(line):
                lines.append(line)
                continue
            taken = 0
            while taken < line.minor:
                part = next(covered)
                taken += part.minor
                lines.append(part)
        found.append(replace(entry, lines=lines))
    return found


def _is_debit(line: Line) -> bool:
    return line.minor > 0 and line.account_code.startswith(PAYABLE)
