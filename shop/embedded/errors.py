"""What can go wrong while starting a server, as one sentence in each language."""


class ServiceError(Exception):
    """A server cannot be started; carries a Chinese and an English sentence."""

    def __init__(self, chinese: str, english: str) -> None:
        """Remember both sentences."""
        super().__init__(f"{chinese} / {english}")
        self.chinese = chinese
        self.english = english
