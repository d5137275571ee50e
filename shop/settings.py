"""The settings of one process, read once from the environment and never changed."""

import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, fields
from enum import StrEnum
from pathlib import Path

CHECKOUT = Path(__file__).resolve().parent.parent
DEMO_SECRET = "the-demo-secret-is-known-to-everybody"  # noqa: S105 -- refused in production
DEMO_VAULT_KEY = "c2hhbmppLWRlbW8tdmF1bHQta2V5LWlzLXB1YmxpYyE="
SECRET_LENGTH = 32
PORT_MAX = 65_535
LIVE_KEYS = ("sk_live_", "rk_live_")
WEBHOOK_SECRET = "whsec_"  # noqa: S105 -- how all of them begin


class SettingsError(Exception):
    """The settings cannot be used; the sentence says which one and what to do."""


class Environment(StrEnum):
    """What the process is for."""

    DEMO = "demo"
    TEST = "test"
    PRODUCTION = "production"


class SearchEngine(StrEnum):
    """Which engine answers searches first."""

    WHOOSH = "whoosh"
    """An index on this machine's disk; the database stands in while it cannot answer."""
    POSTGRES = "postgres"
    """The database alone, for a shop on more machines than one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """Everything that differs between a demo, a test and production."""

    environment: Environment = Environment.DEMO
    # SQLAlchemy address of PostgreSQL; empty means the embedded server.
    database_url: str = ""
    # Address of Redis (redis:// or unix://); empty means the embedded server.
    redis_url: str = ""
    # Signs sessions and form tokens.
    secret_key: str = field(default=DEMO_SECRET, repr=False)
    # Fernet keys of the vault, newest first.
    vault_keys: tuple[str, ...] = field(default=(DEMO_VAULT_KEY,), repr=False)
    host: str = "127.0.0.1"
    port: int = 8000
    # Embedded servers, search index and uploads live here.
    data_dir: Path = CHECKOUT / "var"
    search_engine: SearchEngine = SearchEngine.WHOOSH
    payment_providers: tuple[str, ...] = ("demo",)
    stripe_secret_key: str = field(default="", repr=False)
    # The secrets under which Stripe signs its messages; several while one replaces another.
    stripe_webhook_secrets: tuple[str, ...] = field(default=(), repr=False)
    # The account's number (acct_…); messages that name another one are put before a person.
    stripe_account: str = ""
    trusted_hosts: tuple[str, ...] = ()
    # How many reverse proxies stand in front and may set X-Forwarded-*.
    proxies: int = 0
    debug: bool = False
    workers: int = 2
    threads: int = 4
    # Where letters go: smtp://user:password@host:587 or smtps://…; empty means data_dir/mail.
    smtp_url: str = field(default="", repr=False)
    # Who letters come from.
    mail_from: str = "shanji@localhost"
    # Who carries short messages: demo keeps them for the operator; empty is demo outside of
    # production and nobody in it.
    notice_gateway: str = ""
    # The address people reach the shop under, for links in letters; empty means host and port.
    public_url: str = ""
    # Requests per minute from one address, before the shop asks for patience.
    rate_limit: str = "600 per minute"
    # Wrong passwords for one account, from one address and from all together.
    sign_in_limit: str = "5 per 15 minutes"
    sign_in_limit_anywhere: str = "30 per 15 minutes"
    # Folder in which the workers of one server share their figures; empty for a single process.
    metrics_dir: str = ""
    # Whether experiments and benches run at the sizes of their goals.
    full_size: bool = False
    # The one seed an experiment replays; 0 for those of its size.
    seed: int = 0
    # Folder with the schema of EPCIS 2.0 and documents of others, for what compares with them.
    epcis_data: str = ""

    @property
    def notices(self) -> str:
        """Return which gateway carries short messages; empty where there is none."""
        return self.notice_gateway or ("" if self.is_production else "demo")

    @property
    def is_production(self) -> bool:
        """Tell whether real people and real money are involved."""
        return self.environment is Environment.PRODUCTION

    def check(self) -> None:
        """Raise `SettingsError` for settings that must never serve real customers."""
        rules = self._production_rules() if self.is_production else self._other_rules()
        for is_wrong, sentence in rules:
            if is_wrong:
                raise SettingsError(sentence)

    @property
    def takes_stripe(self) -> bool:
        """Tell whether payment through Stripe is wanted."""
        return "stripe" in self.payment_providers

    def _other_rules(self) -> list[tuple[bool, str]]:
        return [
            (
                self.stripe_secret_key.startswith(LIVE_KEYS),
                "STRIPE_SECRET_KEY is a live key: outside of production it must be a test key.",
            ),
            (
                self.takes_stripe
                and not (self.stripe_secret_key and self.stripe_webhook_secrets),
                "STRIPE_SECRET_KEY and STRIPE_WEBHOOK_SECRET must be set to take payments.",
            ),
        ]

    def _production_rules(self) -> list[tuple[bool, str]]:
        return [
            (
                self.secret_key == DEMO_SECRET or len(self.secret_key) < SECRET_LENGTH,
                f"SECRET_KEY must be set to at least {SECRET_LENGTH} random characters.",
            ),
            (
                DEMO_VAULT_KEY in self.vault_keys or not self.vault_keys,
                "VAULT_KEY must be set to a key of your own (Fernet.generate_key()).",
            ),
            (self.debug, "DEBUG must be off in production."),
            (
                "demo" in self.payment_providers or not self.payment_providers,
                "PAYMENT_PROVIDERS must name a real provider and not contain demo.",
            ),
            (
                self.takes_stripe
                and not (self.stripe_secret_key and self.stripe_webhook_secrets),
                "STRIPE_SECRET_KEY and STRIPE_WEBHOOK_SECRET must be set to take payments.",
            ),
            (
                self.takes_stripe and not self.stripe_secret_key.startswith(LIVE_KEYS),
                "STRIPE_SECRET_KEY must be a live key (sk_live_… or rk_live_…).",
            ),
            (
                any(not one.startswith(WEBHOOK_SECRET) for one in self.stripe_webhook_secrets),
                "STRIPE_WEBHOOK_SECRET must hold secrets of webhook endpoints (whsec_…).",
            ),
            (
                bool(self.notice_gateway),
                "NOTICE_GATEWAY must be empty until a provider of short messages is installed.",
            ),
            (not self.database_url, "DATABASE_URL must name a PostgreSQL server."),
            (not self.redis_url, "REDIS_URL must name a Redis server."),
            (not self.trusted_hosts, "TRUSTED_HOSTS must name the hosts the shop answers to."),
        ]


def from_environment(environ: Mapping[str, str] | None = None) -> Settings:
    """Read the settings; raises `SettingsError` for a value that cannot be understood."""
    given = os.environ if environ is None else environ
    values: dict[str, object] = {}
    for item in fields(Settings):
        text = given.get(VARIABLES.get(item.name, item.name.upper()), "").strip()
        if text:
            values[item.name] = _parsed(item.name, text)
    return Settings(**values)  # type: ignore[arg-type]  # _parsed answers by the field's name


# Where a variable is not called like its field.
VARIABLES = {
    "vault_keys": "VAULT_KEY",
    "stripe_webhook_secrets": "STRIPE_WEBHOOK_SECRET",
    "full_size": "SIZE",
    "metrics_dir": "PROMETHEUS_MULTIPROC_DIR",
}
LISTS = ("vault_keys", "payment_providers", "stripe_webhook_secrets", "trusted_hosts")
NUMBERS = {"seed": 10**9, "port": PORT_MAX, "proxies": 10, "workers": 64, "threads": 256}


def _parsed(name: str, text: str) -> object:
    readers: dict[str, Callable[[str], object]] = {
        "data_dir": lambda value: Path(value).expanduser().resolve(),
        "database_url": _with_driver,
        "debug": lambda value: value.lower() not in {"0", "false", "no", "off"},
        "environment": _environment,
        "search_engine": _search_engine,
        "full_size": lambda value: value.lower() == "full",
        **dict.fromkeys(LISTS, _listed),
    }
    if name in NUMBERS:
        return _whole_number(name, text)
    return readers[name](text) if name in readers else text


def _listed(text: str) -> tuple[str, ...]:
    return tuple(part.strip() for part in text.split(",") if part.strip())


def _environment(text: str) -> Environment:
    if text not in set(Environment):
        raise SettingsError(f"ENVIRONMENT must be one of {', '.join(Environment)}.")
    return Environment(text)


def _search_engine(text: str) -> SearchEngine:
    if text not in set(SearchEngine):
        raise SettingsError(f"SEARCH_ENGINE must be one of {', '.join(SearchEngine)}.")
    return SearchEngine(text)


def _whole_number(name: str, text: str) -> int:
    if not text.isascii() or not text.isdigit() or int(text) > NUMBERS[name]:
        raise SettingsError(f"{name.upper()} must be a whole number up to {NUMBERS[name]}.")
    return int(text)


def _with_driver(url: str) -> str:
    """Accept the short addresses hosting providers hand out."""
    scheme, separator, rest = url.partition("://")
    if separator and scheme in {"postgres", "postgresql", "postgresql+psycopg"}:
        return f"postgresql+psycopg://{rest}"
    raise SettingsError("DATABASE_URL must begin with postgresql://.")


def environment_for(settings: Settings) -> dict[str, str]:
    """Return the environment in which a child process reads exactly these settings.

    What is empty is left out: some libraries take an empty variable for a value.
    """
    values = dict(os.environ)
    for item in fields(Settings):
        variable = VARIABLES.get(item.name, item.name.upper())
        values[variable] = _written(item.name, getattr(settings, item.name))
    return {name: value for name, value in values.items() if value}


def _written(name: str, value: object) -> str:
    if name == "full_size":
        return "full" if value else ""
    if isinstance(value, bool):
        return "1" if value else "0"
    if isinstance(value, tuple):
        return ",".join(value)
    return str(value)
