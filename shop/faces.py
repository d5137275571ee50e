"""Every face of the shop and where it answers; a new page module adds one row here."""

from dataclasses import dataclass

from flask import Blueprint

from shop import operations


@dataclass(frozen=True, slots=True)
class Face:
    """One blueprint under one prefix; `csrf=False` only where no cookie proves the caller."""

    blueprint: Blueprint
    prefix: str = ""
    csrf: bool = True


FACES: tuple[Face, ...] = (Face(operations.pages),)
