"""Invoices: numbers without gaps, lines that add up, nothing invoiced beyond what was paid."""

from reporting.invariants.form import Check

CHECKS: tuple[Check, ...] = (
    Check(
        name="invoice-numbers",
        about="each seller's numbers of a year run from 1 to the last one given",
        unit="sellers' years",
        statement="""
            SELECT count(*) AS checked, count(*) FILTER (WHERE
                (given.first, given.last, given.times)
                    IS DISTINCT FROM (1, counter.last, counter.last)) AS broken
            FROM invoice_counters counter
            FULL JOIN (
                SELECT seller_code, year, min(number) AS first, max(number) AS last,
                    CAST(count(DISTINCT number) AS integer) AS times
                FROM invoices GROUP BY seller_code, year
            ) AS given USING (seller_code, year)
        """,
    ),
    Check(
        name="invoice-lines",
        about="the lines of an invoice add up to it",
        unit="invoices",
        statement="""
            SELECT count(*) AS checked, count(*) FILTER (WHERE
                (coalesce(line.gross, 0), coalesce(line.tax, 0))
                    <> (invoice.gross_minor, invoice.tax_minor)) AS broken
            FROM invoices invoice
            LEFT JOIN (
                SELECT invoice_id, sum(gross_minor) AS gross, sum(tax_minor) AS tax
                FROM invoice_lines GROUP BY invoice_id
            ) AS line ON line.invoice_id = invoice.id
        """,
    ),
    Check(
        name="invoice-money",
        about="what stands on invoices of a line is never below nothing nor beyond its price,"
        " and its tax has the same sign; weight is told as long as money is",
        unit="invoiced lines",
        statement="""
            SELECT count(*) AS checked, count(*) FILTER (WHERE
                told.gross NOT BETWEEN 0 AND CASE WHEN told.order_line_id IS NULL
                    THEN part.shipping_minor
                    ELSE line.gross_minor - line.platform_discount_minor END
                OR told.tax NOT BETWEEN 0 AND told.gross
                OR told.weight < 0 OR (told.weight = 0) <> (told.gross = 0)) AS broken
            FROM (
                SELECT order_number, order_line_id, sum(gross_minor) AS gross,
                    sum(tax_minor) AS tax, sum(weight_g) AS weight
                FROM invoice_lines GROUP BY order_number, order_line_id
            ) AS told
            JOIN seller_orders part ON part.number = told.order_number
            LEFT JOIN order_lines line ON line.id = told.order_line_id
        """,
    ),
)
