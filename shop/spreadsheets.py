"""Text that spreadsheets open as it is meant."""

BOM = "\ufeff"
STARTS_A_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n")


def harmless(text: str) -> str:
    """Return a text a spreadsheet reads as text, whatever it begins with."""
    return f"'{text}" if text.startswith(STARTS_A_FORMULA) else text
