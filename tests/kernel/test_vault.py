"""What is sealed can only be opened with a key, tells nothing, and says which key sealed it."""

from collections.abc import Iterator
from dataclasses import replace

import pytest
from cryptography.fernet import Fernet
from sqlalchemy import Engine, create_engine, select, text, update
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from catalog.models import Document
from catalog.queries.papers import open_document
from catalog.service import documents
from households import service
from households.values import HouseholdId
from kernel import vault
from kernel.errors import ForbiddenError
from payments.models import Invoice
from payments.values.invoices import InvoiceForm, Title, TitleKind
from shop import vault_rotation
from shop.settings import DEMO_VAULT_KEY
from tests.builders.catalog import NOON
from tests.builders.invoices import some_rates
from tests.builders.looks import IDENTITY, a_sealed_household
from tests.builders.papers import SCAN
from tests.builders.people import a_person
from tests.builders.sales import a_paid_group, a_world
from workflows import invoice_issued
from workflows.invoice_issued import InvoiceWish

NEW_KEY = Fernet.generate_key().decode()


@pytest.fixture(autouse=True)
def keys() -> Iterator[None]:
    vault.use_key(DEMO_VAULT_KEY)
    yield
    vault.use_key(DEMO_VAULT_KEY)


@pytest.fixture
def busy(fresh_database_url: str) -> Iterator[Engine]:
    engine = create_engine(fresh_database_url)
    yield engine
    engine.dispose()


def test_equal_names_give_different_ciphertexts() -> None:
    first, second = vault.seal("张小明"), vault.seal("张小明")

    assert first != second
    assert vault.open_sealed(first) == vault.open_sealed(second) == "张小明"


def test_a_sealed_value_names_its_key_and_hides_its_text() -> None:
    sealed = vault.seal("张小明")

    assert sealed.startswith(vault.key_id(DEMO_VAULT_KEY).encode() + b":")
    assert DEMO_VAULT_KEY.encode()[:8] not in sealed


def test_values_from_before_keys_had_ids_still_open() -> None:
    assert vault.open_sealed(Fernet(DEMO_VAULT_KEY).encrypt("张".encode())) == "张"


def test_another_key_opens_nothing() -> None:
    sealed = vault.seal("张小明")
    vault.use_key(NEW_KEY)

    with pytest.raises(ForbiddenError) as refusal:
        vault.open_sealed(sealed)
    assert refusal.value.code == "vault_key_wrong"


def test_rotation_seals_everything_with_the_newest_key(busy: Engine) -> None:
    with Session(busy) as session:
        a_sealed_household(session)
        session.commit()
    vault.use_key(NEW_KEY, DEMO_VAULT_KEY)

    counts = {row.column: row.values for row in vault_rotation.rotate(busy)}
    again = vault_rotation.rotate(busy)

    vault.use_key(NEW_KEY)
    assert counts["household_identities.name"] == counts["household_identities.phone"] == 1
    assert sum(row.values for row in again) == 0
    with Session(busy) as session:
        assert service.open_own_identity(session, HouseholdId("H1")) == IDENTITY


def test_rows_that_never_change_are_sealed_anew_and_kept_as_before(busy: Engine) -> None:
    title = Title(TitleKind.PERSONAL, "王小姐", "", InvoiceForm.ORDINARY)
    with Session(busy) as session:
        world = a_world(session)
        some_rates(session)
        group = a_paid_group(session, {world.goat.code: 1})
        wish = InvoiceWish(
            title=title, order_numbers=(f"{group.number}-1",), group_number=group.number
        )
        invoice_issued.issue(session, wish, at=NOON)
        session.commit()
    vault.use_key(NEW_KEY, DEMO_VAULT_KEY)

    counts = {row.column: row.values for row in vault_rotation.rotate(busy)}

    vault.use_key(NEW_KEY)
    assert counts["invoices.title"] == 1
    with Session(busy) as session:
        assert session.scalars(select(Invoice.title)).one() == "王小姐"
        with pytest.raises(DBAPIError):
            session.execute(update(Invoice).values(title="李先生"))


def test_files_are_sealed_anew_and_a_broken_run_goes_on(
    busy: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    with Session(busy) as session:
        person = int(a_person(session, "scanner"))
        scans = [replace(SCAN, content=b"%PDF- " + bytes([n])) for n in range(20)]
        numbers = [documents.keep(session, scan, by=person, at=NOON) for scan in scans]
        # As files were sealed before keys had ids.
        bare = Fernet(DEMO_VAULT_KEY).encrypt(b"%PDF- \x00")
        old = update(Document).where(Document.id == numbers[0]).values(sealed=bare)
        session.execute(old)
        session.commit()
    vault.use_key(NEW_KEY, DEMO_VAULT_KEY)
    left = iter(range(11))
    seal = vault.seal_bytes

    def dies(plain: bytes) -> bytes:
        if next(left, None) is None:
            raise RuntimeError
        return seal(plain)

    monkeypatch.setattr(vault, "seal_bytes", dies)
    with pytest.raises(RuntimeError):
        vault_rotation.rotate(busy)
    monkeypatch.undo()

    # One batch of eight was written; the one that broke off was not.
    counts = {row.column: row.values for row in vault_rotation.rotate(busy)}

    vault.use_key(NEW_KEY)
    assert counts["documents.sealed"] == 12
    with Session(busy) as session:
        files = [open_document(session, number)[0] for number in numbers]
    assert files == [b"%PDF- " + bytes([n]) for n in range(20)]


def test_every_sealed_column_stands_in_a_table_with_a_key() -> None:
    names = {f"{one.table.name}.{one.name}" for one in vault_rotation.sealed_columns()}
    assert {"documents.sealed", "allotment_documents.sealed", "payout_files.content"} <= names
    assert all(column.table.primary_key.columns for column in vault_rotation.sealed_columns())


def test_nothing_of_an_identity_lies_readable_in_the_database(busy: Engine) -> None:
    with Session(busy) as session:
        a_sealed_household(session)
        session.commit()
        tables = session.scalars(
            text("SELECT tablename FROM pg_tables WHERE schemaname = 'public'")
        ).all()
        dump = "\n".join(
            str(row[0])
            for name in tables
            for row in session.execute(text(f'SELECT t::text FROM "{name}" t'))  # noqa: S608 -- names of the catalogue
        )

    assert "H1" in dump
    for secret in (IDENTITY.name, IDENTITY.phone, IDENTITY.id_number, IDENTITY.bank_account):
        assert secret is not None
        assert secret not in dump
        assert secret.encode().hex() not in dump
