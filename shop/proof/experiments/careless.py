"""A shop that reads what is left and writes it back less one: what the watcher must find."""

import time
from concurrent.futures import ThreadPoolExecutor

from sqlalchemy import Engine, text

BUYERS = 12
THINKING_SECONDS = 0.05

READ = text("SELECT available, held FROM lots WHERE id = :lot")

HOLD = text("""
    INSERT INTO reservations
        (lot_id, group_number, order_line_id, quantity, state, expires_at)
    SELECT :lot, part.group_number, line.id, 1, 'held', now() + interval '1 hour'
    FROM order_lines line JOIN seller_orders part ON part.number = line.order_number
    ORDER BY line.id LIMIT 1
""")

WRITE = text("UPDATE lots SET available = :available, held = :held WHERE id = :lot")


def hold_carelessly(engine: Engine, lot_id: int) -> int:
    """Let buyers at once hold a pack each without a lock; return how many got one."""

    def buy(_number: int) -> int:
        with engine.begin() as connection:
            left = connection.execute(READ, {"lot": lot_id}).one()
            time.sleep(THINKING_SECONDS)
            if not left.available:
                return 0
            connection.execute(HOLD, {"lot": lot_id})
            connection.execute(
                WRITE,
                {"lot": lot_id, "available": left.available - 1, "held": left.held + 1},
            )
            return 1

    with ThreadPoolExecutor(BUYERS) as buyers:
        return sum(buyers.map(buy, range(BUYERS)))
