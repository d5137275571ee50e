"""Refusals about goods and stock."""

from collections.abc import Mapping

from kernel.errors import ConflictError, InvalidError, NotFoundError


class ProductNotFoundError(NotFoundError):
    """No product on sale has this code."""

    def __init__(self, code: str) -> None:
        """Name the code."""
        super().__init__("product_not_found", f"no product {code}", code=code)


class SkuNotFoundError(NotFoundError):
    """No SKU has this code."""

    def __init__(self, code: str) -> None:
        """Name the code."""
        super().__init__("sku_not_found", f"no SKU {code}", code=code)


class CampaignNotFoundError(NotFoundError):
    """No campaign has this code, or not of this seller."""

    def __init__(self, code: str) -> None:
        """Name the code."""
        super().__init__("campaign_not_found", f"no campaign {code}", code=code)


class LotNotFoundError(NotFoundError):
    """No lot has this code."""

    def __init__(self, code: str) -> None:
        """Name the code."""
        super().__init__("lot_not_found", f"no lot {code}", code=code)


class ReviewNotFoundError(NotFoundError):
    """No review has this number, or not for whoever asks."""

    def __init__(self) -> None:
        """Tell nothing of which numbers there are."""
        super().__init__("review_not_found", "no such review")


class LotRecalledError(ConflictError):
    """The lot was called back and never returns to the shelf."""

    def __init__(self, code: str) -> None:
        """Name the lot."""
        super().__init__("lot_recalled", f"lot {code} was recalled", lot=code)


class NotEnoughStockError(ConflictError):
    """Fewer packs are left than were asked for."""

    def __init__(self, sku_id: int, *, wanted: int, left: int) -> None:
        """Say how many are left."""
        super().__init__(
            "not_enough_stock",
            f"{wanted} of SKU {sku_id} wanted, {left} left",
            sku_id=sku_id,
            wanted=wanted,
            left=left,
        )


class PresaleNotFoundError(NotFoundError):
    """No presale has this number, or not of this seller."""

    def __init__(self, presale_id: int) -> None:
        """Name the number."""
        super().__init__("presale_not_found", f"no presale {presale_id}")


class PresaleOverlapsError(ConflictError):
    """The SKU is sold before the harvest in another presale at the same time."""

    def __init__(self, sku_code: str) -> None:
        """Name the SKU."""
        super().__init__("presale_overlaps", f"{sku_code} has a presale then", code=sku_code)


class SupplyCapExceededError(ConflictError):
    """All presales of a product would promise more than its year gives."""

    def __init__(self, product_code: str, *, left_kg: int) -> None:
        """Say how much may still be promised."""
        super().__init__(
            "supply_cap_exceeded",
            f"{left_kg} kg of {product_code} may still be promised",
            left=left_kg,
        )


class SupplyPromisedError(ConflictError):
    """A year is said to give less of a product than its presales promise already."""

    def __init__(self, product_code: str, *, promised_kg: int) -> None:
        """Say how much is promised."""
        super().__init__(
            "supply_promised",
            f"{promised_kg} kg of {product_code} are promised",
            promised=promised_kg,
        )


class BatchCertificateMissingError(InvalidError):
    """Goods of this kind need a batch certificate (承诺达标合格证) before they can be sold."""

    def __init__(self, lot_code: str) -> None:
        """Name the lot."""
        super().__init__(
            "batch_certificate_missing",
            f"lot {lot_code} needs a batch certificate",
            lot=lot_code,
        )


class ContributionsDoNotAddUpError(InvalidError):
    """The households' weights differ from the weight of the lot."""

    def __init__(self, lot_code: str, *, weight_g: int, contributed_g: int) -> None:
        """Say both weights."""
        super().__init__(
            "contributions_do_not_add_up",
            f"lot {lot_code} weighs {weight_g} g, contributions {contributed_g} g",
            lot=lot_code,
            weight_g=weight_g,
            contributed_g=contributed_g,
        )


class ChangeNotFoundError(NotFoundError):
    """No listing under way has this number, or not of this seller."""

    def __init__(self, change_id: int) -> None:
        """Name the number."""
        super().__init__("change_not_found", f"no change {change_id}")


class ListingIncompleteError(InvalidError):
    """A listing lacks something, or says what cannot be."""

    def __init__(self, faults: Mapping[str, str]) -> None:
        """Keep every fault: field → code of what is wrong with it."""
        self.faults = dict(faults)
        told = ", ".join(f"{field}: {code}" for field, code in sorted(faults.items()))
        super().__init__("listing_incomplete", told, count=len(faults))


class OwnCodeTakenError(ConflictError):
    """The seller calls another pack by the same code."""

    def __init__(self) -> None:
        """Say so."""
        super().__init__("own_code_taken", "two packs of a seller share a code")


class PhotoNotFoundError(NotFoundError):
    """No photo has this address, or not for this reader."""

    def __init__(self) -> None:
        """Say so."""
        super().__init__("photo_not_found", "no such photo")


class SearchWordInvalidError(InvalidError):
    """What was typed would teach the search nothing, or nothing there is."""

    def __init__(self, field: str) -> None:
        """Name the field at fault."""
        super().__init__("search_word_invalid", f"{field} of a search word", field=field)


class SearchWordNotFoundError(NotFoundError):
    """No such word is in use."""

    def __init__(self, word_id: int) -> None:
        """Name the row."""
        super().__init__(
            "search_word_not_found", f"no search word {word_id} in use", id=word_id
        )


class PieceNotFoundError(NotFoundError):
    """No event and no block has this code, or not this revision, or nobody may see it."""

    def __init__(self, code: str) -> None:
        """Name the code."""
        super().__init__("piece_not_found", f"no event or block {code}", code=code)


class PieceIncompleteError(InvalidError):
    """An event or block lacks something, or names what there is not."""

    def __init__(self, count: int) -> None:
        """Say how many faults there are."""
        super().__init__("piece_incomplete", f"{count} faults", count=count)
