"""The one rule of what may be sold; shelf, basket, holding and payment all ask it here.

Fragments of SQL with the parameters `:at` (the moment) and `:today` (its day in Shanghai).
"""


def holds(certificate: str) -> str:
    """Return whether a certificate counts on the day: in its period, and not stopped."""
    return f"""({certificate}.valid_from <= :today
        AND coalesce({certificate}.valid_to >= :today, true)
        AND {certificate}.stopped_at IS NULL)"""


def ended(certificate: str) -> str:
    """Return whether goods may not be sold with a certificate any more: over, or stopped."""
    return f"""(
        ({certificate}.valid_to < :today OR {certificate}.stopped_at IS NOT NULL)
        AND (SELECT kind.stops_sale FROM certificate_types kind
             WHERE kind.code = {certificate}.type_code)
    )"""  # noqa: S608 -- the name of a table or its alias, written in this project


def certified(product: str = "p") -> str:
    """Return whether nothing the product was approved with has run out: papers, recognition.

    A certificate that was renewed has not run out. One day too late is too late.
    """
    return f"""(
        NOT EXISTS (
            SELECT FROM certificates gone
            WHERE gone.product_code = {product}.code AND gone.lot_id IS NULL AND {ended("gone")}
              AND NOT EXISTS (
                SELECT FROM certificates held
                WHERE held.product_code = gone.product_code AND held.lot_id IS NULL
                  AND held.type_code = gone.type_code AND {holds("held")}
              )
        )
        AND NOT (
            {product}.recognition_status = 'approved'
            AND coalesce({product}.recognition_to < :today, false)
        )
        AND {product}.recognition_status <> 'suspended'
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
            SELECT FROM certificates gone
            WHERE gone.lot_id = {lot}.id AND {ended("gone")}
              AND NOT EXISTS (
                SELECT FROM certificates held
                WHERE held.lot_id = gone.lot_id AND held.type_code = gone.type_code
                  AND {holds("held")}
              )
        )
        AND {certified(product)}
    )"""  # noqa: S608 -- the name of a table or its alias, written in this project


def seasonal(product: str = "p") -> str:
    """Return whether it is the time of the product; what keeps for long has always its time.

    Fresh is what keeps for no more days than the platform lays down.
    """
    return f"""(
        {product}.is_year_round
        OR extract(month FROM CAST(:today AS date))::int = ANY ({product}.season_months)
        OR NOT coalesce({product}.shelf_life_days <= (
            SELECT (param.value #>> '{{}}')::int FROM policy_params param
            WHERE param.code = 'fresh_shelf_days' AND param.valid_from <= :today
              AND coalesce(param.valid_to >= :today, true)
        ), false)
    )"""  # noqa: S608 -- the name of a table or its alias, written in this project


def presale_open(presale: str = "w") -> str:
    """Return whether packs are sold before they are there, now."""
    return (
        f"({presale}.stopped_at IS NULL AND {presale}.opens_at <= :at"
        f" AND {presale}.closes_at > :at)"
    )


def free_of_presale(lot: str = "l") -> str:
    """Return whether nobody waits for the harvest the lot is of: those who paid come first."""
    return f"""NOT EXISTS (
        SELECT FROM presales w
        WHERE w.sku_id = {lot}.sku_id AND (w.waiting > 0 OR {presale_open()})
    )"""


def shelf_lot(lot: str = "l", product: str = "p") -> str:
    """Return whether packs of the lot are sold off the shelf, whether there are any or not."""
    return f"({fit_lot(lot, product)} AND {seasonal(product)} AND {free_of_presale(lot)})"


def offered(sku: str = "s", product: str = "p", seller: str = "o") -> str:
    """Return whether the SKU is offered by a seller who may sell."""
    return (
        f"({sku}.is_on_sale AND {product}.state = 'listed' AND {seller}.suspended_at IS NULL)"
    )


def sellable_lot(lot: str = "l", product: str = "p") -> str:
    """Return whether a pack may be sold from the lot now."""
    return f"({lot}.available > 0 AND {shelf_lot(lot, product)})"
