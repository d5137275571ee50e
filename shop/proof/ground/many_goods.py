"""A ground with as many goods as a bench wants: the sample's goods, again and again.

Every copy has its own product, SKUs, lots with the shares of their households, and papers. Rows
are copied as they are, without triggers: nothing but reading is to be measured on them.
"""

from psycopg import Connection, connect, sql

from shop.proof.ground.databases import plain

# Table → (key of the copied row, columns that differ in a copy). `n` is the number of the copy.
COPIED = {
    "products": ("p.code", {"code": "p.code || '-' || n", "name": "p.name || ' ' || n"}),
    "skus": (
        "p.product_code",
        {
            "id": "p.id + n * 1000000",
            "code": "p.code || '-' || n",
            "product_code": "p.product_code || '-' || n",
            "own_code": "p.own_code || '-' || n",
            "price_minor": "p.price_minor + (n * 37) % 1000",
        },
    ),
    "lots": (
        "(SELECT s.product_code FROM skus s WHERE s.id = p.sku_id)",
        {
            "id": "p.id + n * 1000000",
            "code": "p.code || '-' || n",
            "sku_id": "p.sku_id + n * 1000000",
        },
    ),
    "lot_contributions": (
        """(SELECT s.product_code FROM lots l JOIN skus s ON s.id = l.sku_id
            WHERE l.id = p.lot_id)""",
        {"lot_id": "p.lot_id + n * 1000000"},
    ),
    "certificates": (
        "p.product_code",
        {
            "id": "p.id + n * 1000000",
            "number": "p.number || '-' || n",
            "product_code": "p.product_code || '-' || n",
        },
    ),
}


def multiply(url: str, number: int) -> int:
    """Copy the listed goods until there are at least so many; return how many there are."""
    with connect(plain(url)) as connection:
        connection.execute("SET session_replication_role = replica")
        connection.execute(
            "CREATE TEMP TABLE own AS SELECT code FROM products WHERE state = 'listed'"
        )
        own = _count(connection, "SELECT count(*) FROM own")
        copies = -(-number // own) - 1
        for table, (key, changed) in COPIED.items():
            _copy(connection, table, key, changed, copies)
        listed = _count(connection, "SELECT count(*) FROM products WHERE state = 'listed'")
        connection.commit()
        connection.autocommit = True
        connection.execute("ANALYZE")
    return listed


def _copy(
    connection: Connection[tuple[object, ...]],
    table: str,
    key: str,
    changed: dict[str, str],
    copies: int,
) -> None:
    rows = connection.execute(
        "SELECT column_name FROM information_schema.columns"
        " WHERE table_schema = 'public' AND table_name = %s AND is_generated = 'NEVER'",
        (table,),
    )
    columns = [str(row[0]) for row in rows]
    values = [
        sql.SQL(changed[name]) if name in changed else sql.Identifier("p", name)
        for name in columns
    ]
    connection.execute(
        sql.SQL(
            "INSERT INTO {table} ({columns}) OVERRIDING SYSTEM VALUE"
            " SELECT {values} FROM {table} p CROSS JOIN generate_series(1, {copies}) AS n"
            " WHERE {key} IN (SELECT code FROM own)"
        ).format(
            table=sql.Identifier(table),
            columns=sql.SQL(", ").join(map(sql.Identifier, columns)),
            values=sql.SQL(", ").join(values),
            copies=sql.Literal(copies),
            key=sql.SQL(key),
        )
    )


def _count(connection: Connection[tuple[object, ...]], statement: str) -> int:
    row = connection.execute(statement).fetchone()
    return int(str(row[0])) if row else 0
