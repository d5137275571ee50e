"""The one rule of what may be sold; shelf, basket, holding and payment all ask it here.

Fragments of SQL with the parameters `:at` (the moment) and `:today` (its day in Shanghai).
"""


def certified(product: str = "p") -> str:
    """Return whether nothing the product was approved with has run out: papers, recognition.

    A certificate that was renewed has not run out. One day too late is too late.
    """
    return f"""(
        NOT EXISTS (
            SELECT FROM certificates ended
            WHERE ended.product_code = {product}.code AND ended.lot_id IS NULL
              AND ended.valid_to < :today
              AND NOT EXISTS (
                SELECT FROM certificates held
                WHERE held.product_code = ended.product_code AND held.lot_id IS NULL
                  AND held.type_code = ended.type_code AND held.valid_from <= :today
                  AND coalesce(held.valid_to >= :today, true)
              )
        )
        AND NOT (
            {product}.recognition_status = 'approved'
            AND coalesce({product}.recognition_to < :today, false)
        )
    )"""  # noqa: S608 -- the name of a table or its alias, written in this project


def fit_lot(lot: str = "l", product: str = "p") -> str:
    """Return whether packs of the lot may be sold, leaving aside whether there are any."""
    return f"""(
        {lot}.quarantined_at IS NULL AND {lot}.received_at <= :at
        AND ({lot}.best_before IS NULL OR {lot}.best_before >= :today)
        AND (
            NOT {product}.needs_batch_certificate
            OR {lot}.batch_certificate_number IS NOT NULL
        )
        AND NOT EXISTS (
            SELECT FROM certificates ended
            WHERE ended.lot_id = {lot}.id AND ended.valid_to < :today
              AND NOT EXISTS (
                SELECT FROM certificates held
                WHERE held.lot_id = ended.lot_id AND held.type_code = ended.type_code
                  AND held.valid_from <= :today AND coalesce(held.valid_to >= :today, true)
              )
        )
        AND {certified(product)}
    )"""  # noqa: S608 -- the name of a table or its alias, written in this project


def offered(sku: str = "s", product: str = "p", seller: str = "o") -> str:
    """Return whether the SKU is offered by a seller who may sell."""
    return (
        f"({sku}.is_on_sale AND {product}.state = 'listed' AND {seller}.suspended_at IS NULL)"
    )


def sellable_lot(lot: str = "l", product: str = "p") -> str:
    """Return whether a pack may be sold from the lot now."""
    return f"({lot}.available > 0 AND {fit_lot(lot, product)})"
