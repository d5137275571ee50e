"""A bank statement in the console: taken whole or not at all, matched, decided upon once."""

from io import BytesIO

from flask import Flask
from flask.testing import FlaskClient
from openpyxl import Workbook
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from kernel import clock
from kernel.audit import AuditRow
from orders.models import OrderGroup
from orders.values import GroupState
from payments.models import BankRow
from payments.rules import transfers as rules
from tests.builders.people import a_browser
from tests.builders.sales import a_group
from tests.builders.transfers import some_transfer_params
from tests.console.conftest import Shop
from workflows import transfer_received

PAYER = ("示例单位", "0000000000000002")


def a_waiting(session: Session, shop: Shop) -> tuple[str, int, str]:
    some_transfer_params(session)
    group = a_group(session, {shop.world.goat.code: 1}, at=clock.now())
    code = transfer_received.choose(session, group.number, actor="guest", at=clock.now())
    session.commit()
    return group.number, group.total_minor, code


def a_csv(*rows: tuple[str, str, str], encoding: str = "utf-8") -> bytes:
    today = clock.local_date(clock.now()).isoformat()
    lines = [",".join(rules.COLUMNS)]
    lines += [",".join((today, ref, yuan, *PAYER, remark)) for ref, yuan, remark in rows]
    return "\n".join(lines).encode(encoding)


def send(browser: FlaskClient, body: bytes, name: str = "s.csv", *, follow: bool = True) -> str:
    answer = browser.post(
        "/console/bank/statements",
        data={"file": (BytesIO(body), name)},
        follow_redirects=follow,
    )
    return answer.text


def test_a_statement_pays_the_order_whose_code_it_carries(
    operator: FlaskClient, session: Session, shop: Shop
) -> None:
    number, total, code = a_waiting(session, shop)
    yuan = f"{total // 100}.{total % 100:02d}"
    body = a_csv(("B1", yuan, rules.spoken(code)), ("B2", "", ""), encoding="gb18030")

    assert "其中 1 笔凭识别码认领" in send(operator, body)
    assert "0 笔凭识别码认领；1 笔以前已导入" in send(operator, body)
    assert (
        session.scalars(select(OrderGroup.state).where(OrderGroup.number == number)).one()
        is GroupState.PAID
    )


def test_a_workbook_is_read_like_a_text_file(
    operator: FlaskClient, session: Session, shop: Shop
) -> None:
    book = Workbook()
    sheet = book.active
    assert sheet is not None
    sheet.append([*rules.COLUMNS, "余额"])
    sheet.append([clock.local_date(clock.now()), "B9", 12.34, *PAYER, "货款", 99])
    target = BytesIO()
    book.save(target)

    send(operator, target.getvalue(), "s.xlsx")

    assert session.scalars(select(BankRow.amount_minor)).all() == [1_234]


def test_one_wrong_row_refuses_the_file_and_names_every_wrong_row(
    operator: FlaskClient, session: Session, shop: Shop
) -> None:
    page = send(operator, a_csv(("B1", "10", ""), ("B2", "1.005", ""), ("流水", "5", "")))

    assert "第 2 行" in page
    assert "第 3 行" in page
    assert session.scalar(select(func.count()).select_from(BankRow)) == 0
    assert "缺少这些列" in send(operator, b"a,b\n1,2")


def test_a_person_decides_and_it_is_on_record(
    operator: FlaskClient, session: Session, shop: Shop
) -> None:
    number, total, _ = a_waiting(session, shop)
    yuan = f"{total // 100}.{total % 100:02d}"
    send(operator, a_csv(("B1", f"{total // 100 + 5}.{total % 100:02d}", "货款")))
    row = session.scalars(select(BankRow)).one()
    where = f"/console/bank/rows/{row.id}"
    order = {"left": str(total + 500), "number": number, "amount": yuan, "reason": "合同"}
    back = {"left": "500", "reference": "R1", "reason": "多付"}

    assert operator.post(f"{where}/assign", data=order | {"reason": ""}).status_code == 422
    assert operator.post(f"{where}/assign", data=order | {"amount": "x"}).status_code == 422
    assert operator.post(f"{where}/assign", data=order | {"left": "²"}).status_code == 422
    assert operator.post(f"{where}/assign", data=order).status_code == 302
    assert operator.post(f"{where}/assign", data=order).status_code == 409
    assert operator.post(f"{where}/return", data=back).status_code == 302
    assert operator.post(f"{where}/return", data=back).status_code == 409
    assert "多付" in operator.get(where).text
    assert operator.get("/console/bank/rows/999999").status_code == 404
    acts = set(session.scalars(select(AuditRow.action)))
    assert {"bank_statement_taken", "bank_row_assigned", "bank_row_returned"} <= acts


def test_an_order_paid_in_part_can_be_given_up(
    operator: FlaskClient, session: Session, shop: Shop
) -> None:
    number, _, code = a_waiting(session, shop)
    send(operator, a_csv(("B1", "1.00", code)))
    where = f"/console/bank/orders/{number}/give-up"

    assert number in operator.get("/console/bank").text
    assert operator.post(where, data={"reason": "不再等"}).status_code == 302
    assert operator.post(where, data={"reason": "不再等"}).status_code == 409


def test_only_the_operator_sees_bank_payments(app: Flask, shop: Shop) -> None:
    assert a_browser(app, "consumer").get("/console/bank").status_code == 403


def test_a_buyer_chooses_it_and_reads_account_and_code(
    client: FlaskClient, session: Session, shop: Shop
) -> None:
    some_transfer_params(session)
    group = a_group(session, {shop.world.goat.code: 1}, at=clock.now())
    session.commit()
    key = f"?key={group.access_key}"

    client.get(f"/orders/{group.number}{key}")
    assert "对公转账" in client.get(f"/pay/{group.number}").text
    page = client.post(f"/pay/{group.number}/bank", follow_redirects=True).text
    again = client.post(f"/pay/{group.number}/bank", follow_redirects=True).text

    code = rules.find_codes(page)
    assert len(code) == 1
    assert rules.find_codes(again) == code
    assert "0000000000000001" in page
    assert client.get(f"/pay/{group.number}").status_code == 302
