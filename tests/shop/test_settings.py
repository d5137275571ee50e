"""Settings are read once, and production refuses what must never serve real customers."""

from dataclasses import replace

import pytest

from shop.app import create_app
from shop.settings import (
    DEMO_SECRET,
    DEMO_VAULT_KEY,
    Environment,
    Settings,
    SettingsError,
    environment_for,
    from_environment,
)

PRODUCTION = Settings(
    environment=Environment.PRODUCTION,
    database_url="postgresql+psycopg://shop@db/shanji",
    redis_url="redis://cache/0",
    secret_key="k" * 40,
    vault_keys=("q83vEjRWeJq83vEjRWeJq83vEjRWeJq83vEjRWeJq80=",),
    payment_providers=("stripe",),
    stripe_secret_key="sk_live_x",
    stripe_webhook_secrets=("whsec_new", "whsec_old"),
    trusted_hosts=("shop.example",),
)


def test_complete_production_settings_pass() -> None:
    PRODUCTION.check()


@pytest.mark.parametrize(
    ("change", "word"),
    [
        ({"secret_key": DEMO_SECRET}, "SECRET_KEY"),
        ({"secret_key": "short"}, "SECRET_KEY"),
        ({"vault_keys": (DEMO_VAULT_KEY,)}, "VAULT_KEY"),
        ({"vault_keys": ()}, "VAULT_KEY"),
        ({"debug": True}, "DEBUG"),
        ({"payment_providers": ("stripe", "demo")}, "PAYMENT_PROVIDERS"),
        ({"payment_providers": ()}, "PAYMENT_PROVIDERS"),
        ({"stripe_webhook_secrets": ()}, "STRIPE"),
        ({"stripe_webhook_secrets": ("wh",)}, "STRIPE_WEBHOOK_SECRET"),
        ({"stripe_secret_key": ""}, "STRIPE"),
        ({"stripe_secret_key": "sk_test_x"}, "STRIPE_SECRET_KEY"),
        ({"database_url": ""}, "DATABASE_URL"),
        ({"redis_url": ""}, "REDIS_URL"),
        ({"trusted_hosts": ()}, "TRUSTED_HOSTS"),
    ],
)
def test_production_refuses_to_start(change: dict[str, object], word: str) -> None:
    wrong = replace(PRODUCTION, **change)  # type: ignore[arg-type]  # a field's own type each

    with pytest.raises(SettingsError, match=word):
        create_app(wrong)


def test_real_money_moves_in_production_only() -> None:
    with pytest.raises(SettingsError, match="live key"):
        Settings(stripe_secret_key="sk_live_x").check()


def test_a_demo_starts_without_any_setting() -> None:
    from_environment({}).check()


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("PORT", "abc"),
        ("PORT", "70000"),
        ("PORT", "-1"),
        ("ENVIRONMENT", "staging"),
        ("DATABASE_URL", "mysql://db"),
    ],
)
def test_a_value_that_cannot_be_understood_is_named(name: str, value: str) -> None:
    with pytest.raises(SettingsError, match=name):
        from_environment({name: value})


def test_a_short_address_gets_its_driver() -> None:
    settings = from_environment({"DATABASE_URL": "postgres://u@h/d"})

    assert settings.database_url == "postgresql+psycopg://u@h/d"


def test_a_child_process_reads_the_same_settings() -> None:
    assert from_environment(environment_for(PRODUCTION)) == PRODUCTION


def test_an_empty_setting_is_no_variable(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATABASE_URL", "postgresql://somewhere/else")

    given = environment_for(Settings())

    assert "DATABASE_URL" not in given
    assert "PROMETHEUS_MULTIPROC_DIR" not in given


def test_secrets_do_not_show_in_the_journal() -> None:
    assert "k" * 40 not in repr(PRODUCTION)
    assert PRODUCTION.vault_keys[0] not in repr(PRODUCTION)
