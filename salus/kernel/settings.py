"""Every setting of Salus, typed, read from the environment (`SALUS_…`)."""

import secrets
from functools import cached_property, lru_cache
from pathlib import Path
from typing import Annotated, Literal, Self

from pydantic import AliasChoices, EmailStr, Field, IPvAnyNetwork, SecretStr, field_validator, model_validator
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

DEVELOPMENT_LOG = "log.jsonl"
"""Where in `home` everything logs that `salus dev` starts."""


class Settings(BaseSettings):
    """What an operator may choose. Secrets print as `**********` and never reach a log."""

    model_config = SettingsConfigDict(env_prefix="SALUS_", extra="ignore")

    environment: Literal["development", "production"] = "development"
    home: Path = Field(default=Path(".salus"), validate_default=True)
    """Folder of everything that is kept: embedded database, files, keys, published checkpoints."""

    host: str = "127.0.0.1"
    port: int = Field(default=8000, ge=1, le=65535, validation_alias=AliasChoices("PORT", "SALUS_PORT"))
    web_workers: int = Field(default=1, ge=1)
    """Processes that serve pages. Each has its own pool of `pool_size` connections."""
    request_limit: str = Field(default="900/minute", pattern=r"^[1-9]\d*/(second|minute|hour)$")
    """How often one address may ask one web process, for doors that have no limit of their own."""
    public_url: str = ""
    """Address that people and gateways use; links in e-mails start with it."""
    trusted_proxies: Annotated[tuple[IPvAnyNetwork, ...], NoDecode] = ()
    """Networks, separated by commas, whose `X-Forwarded-For` says who asks: `10.0.0.0/8`. Without the proxy's own here,
    all callers look like one, and share one limit."""
    security_contact: Annotated[tuple[str, ...], NoDecode] = ()
    """Addresses for who found a weakness, separated by commas: `mailto:security@example.org`. Beside the form."""

    database_url: SecretStr | None = None
    """PostgreSQL for the application's role. Unset: the embedded server in `home`."""
    owner_database_url: SecretStr | None = None
    """The same database for the role that owns the tables; only `salus migrate` uses it."""
    sealer_database_url: SecretStr | None = None
    """The same database for the role that may read records and append seals."""
    pool_size: int = Field(default=16, ge=1)

    master_key: SecretStr | None = None
    """32 bytes in hexadecimal that wrap every person's key. Development makes one in `home/keys`."""

    admin_email: EmailStr | None = None
    admin_password: SecretStr | None = None
    """The first administrator. Read once, while there is none."""
    admin_totp_secret: SecretStr | None = None
    """Base-32 secret of the first administrator's authenticator. Unset: it is set up at the first sign-in."""

    smtp_url: str = ""
    """`smtp://user:password@host:587`. Unset: e-mail lands in the development mailbox."""
    mail_from: str = "Salus <no-reply@salus.invalid>"

    gateway_url: str = "http://127.0.0.1:8010"
    """Address of the built-in `sim` payment gateway."""
    gateway_key: SecretStr | None = None
    gateway_webhook_secret: SecretStr | None = None
    insurer_url: str = "http://127.0.0.1:8020"
    """Address of the built-in `sim` insurer: in development, the only one that may be asked inside the network."""
    insurer_key: SecretStr | None = None

    outbound_allow: Annotated[tuple[IPvAnyNetwork, ...], NoDecode] = ()
    """Networks, separated by commas, that outgoing requests may reach in development although they are not public,
    by plain http and on any port too: `127.0.0.1/32,::1/128`."""

    log_file: Path | None = None
    """Where log lines are appended as well as on standard error, for `salus trace`. Several processes may share it."""
    metrics_host: str = "127.0.0.1"
    """Where metrics are served. They tell nothing of anybody, but nobody outside needs them either."""
    metrics_port: int | None = Field(default=None, ge=1, le=65535)
    """Port for the metrics of the web server. Unset: they are not served."""
    worker_metrics_port: int | None = Field(default=None, ge=1, le=65535)
    """The same for the worker."""
    otlp_endpoint: str = ""
    """Address of an OpenTelemetry collector, `http://collector:4318`, for traces and metrics. Unset: none are sent."""
    trace_share: float = Field(default=0.1, ge=0, le=1)
    """How many of all traces are kept."""

    sealing_interval_s: float = Field(default=10.0, gt=0)
    """How often records are sealed. Every seal is a line in the published checkpoints, so not every second for ever."""

    @field_validator("home")
    @classmethod
    def wherever_we_go(cls, home: Path) -> Path:
        return home.expanduser().resolve()

    @field_validator("outbound_allow", "trusted_proxies", "security_contact", mode="before")
    @classmethod
    def one_by_one(cls, given: object) -> object:
        return given.replace(",", " ").split() if isinstance(given, str) else given

    @model_validator(mode="after")
    def nothing_inner_in_production(self) -> Self:
        """Raises RuntimeError: webhooks of strangers would reach inner machines."""
        if self.outbound_allow and not self.is_development:
            raise RuntimeError("SALUS_OUTBOUND_ALLOW must not be set in production")
        return self

    @property
    def is_development(self) -> bool:
        return self.environment == "development"

    @property
    def url(self) -> str:
        return self.public_url.rstrip("/") or f"http://{self.host}:{self.port}"

    @cached_property
    def key_folder(self) -> Path:
        folder = self.home / "keys"
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        return folder

    def secret(self, name: str) -> str:
        """The setting `name`, or in development a random one made once and kept in `home/keys`.

        Raises RuntimeError in production when the setting is missing: a made-up secret there would be lost
        with the machine, and everything encrypted under it too.
        """
        given: SecretStr | None = getattr(self, name)
        if given is not None:
            return given.get_secret_value()
        if not self.is_development:
            raise RuntimeError(f"SALUS_{name.upper()} must be set in production")
        kept = self.key_folder / name
        try:
            with kept.open("x") as file:
                kept.chmod(0o600)
                file.write(secrets.token_hex(32))
        except FileExistsError:
            pass
        return kept.read_text()


@lru_cache(maxsize=1)
def settings() -> Settings:
    """The settings of this process."""
    return Settings()
