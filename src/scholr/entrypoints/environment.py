"""The environment, read once and checked. Loads nothing of the program, so that `scholr up` itself stays small."""

import os
from pathlib import Path
from typing import Any

from pydantic import Field, field_validator
from pydantic.fields import FieldInfo
from pydantic_settings import BaseSettings, PydanticBaseSettingsSource, SecretsSettingsSource, SettingsConfigDict

from scholr.entrypoints.demo.content import demo_logins
from scholr.platform.chosen import chosen
from scholr.platform.http.proxies import ForwardedHeader, TrustedProxies
from scholr.platform.http.settings import HttpSettings, Profile


class VaultSource(PydanticBaseSettingsSource):
    """What lies in Vault under the names of the variables, in either case; nothing without SCHOLR_VAULT_ADDR."""

    def get_field_value(self, field: FieldInfo, field_name: str) -> tuple[Any, str, bool]:
        """The base class wants one that answers field by field; this one answers at once, below."""
        return field.default, field_name, False

    def __call__(self) -> dict[str, Any]:
        given = self.current_state
        if not given.get("vault_addr"):
            return {}
        settings = chosen("scholr.entrypoints.vault:vault_settings")(given)
        found = chosen("scholr.entrypoints.vault:first_secrets")(settings).values
        names = {f"scholr_{name}": name for name in self.settings_cls.model_fields}
        return {names[key.lower()]: value for key, value in found.items() if key.lower() in names}


class Environment(BaseSettings):
    """Every variable is prefixed SCHOLR_ and documented in docs/operations/settings.md.

    `database_url` is an administrator's address (roles, migrations). The running program uses
    `app_database_url` and `worker_database_url`, which the demo derives from it by itself.
    """

    model_config = SettingsConfigDict(env_prefix="SCHOLR_", env_ignore_empty=True, extra="ignore", frozen=True)

    profile: Profile = Profile.DEMO
    host: str = "127.0.0.1"
    port: int = Field(default=8080, ge=1, le=65535)
    public_url: str = ""
    security_contact: str = Field(default="", pattern=r"^(mailto:[^\s@]+@[^\s@]+|https://\S+|)$")
    trusted_proxies: str = ""
    forwarded_header: ForwardedHeader = ForwardedHeader.X_FORWARDED_FOR
    data_dir: Path = Path("var/demo")
    secrets_dir: Path | None = None
    vault_addr: str = ""
    vault_role_id: str = Field(default="", repr=False)
    vault_secret_id_file: Path | None = None
    vault_path: str = ""
    vault_namespace: str = ""
    pulse_file: Path | None = None
    kill_file: Path | None = None
    database_url: str = Field(default="", repr=False)
    app_database_url: str = Field(default="", repr=False)
    worker_database_url: str = Field(default="", repr=False)
    replica_database_url: str = Field(default="", repr=False, pattern=r"^(postgres(ql)?://.*|)$")
    replica_lag: float = Field(default=5.0, gt=0.0, le=3600.0)
    secret_key: str = Field(default="", repr=False)
    retired_secret_keys: str = Field(default="", repr=False)
    operator_token: str = Field(default="", repr=False)
    smtp_url: str = Field(default="", repr=False)
    mail_sender: str = "Scholr <no-reply@localhost>"
    broker_url: str = Field(default="", repr=False)
    valkey_url: str = Field(default="", repr=False)
    rate_factor: float = Field(default=1.0, ge=0.0, le=1000.0)
    search_url: str = Field(default="", repr=False)
    worker_slots: int = Field(default=4, ge=1, le=100)
    storage_bucket: str = ""
    storage_endpoint: str = ""
    storage_region: str = "us-east-1"
    storage_access_key: str = Field(default="", repr=False)
    storage_secret_key: str = Field(default="", repr=False)
    offline_page: bool = True
    otlp_endpoint: str = ""
    otlp_headers: str = Field(default="", repr=False)
    trace_ratio: float = Field(default=0.01, ge=0.0, le=1.0)
    metrics_token: str = Field(default="", repr=False)
    worker_metrics_port: int = Field(default=0, ge=0, le=65535)
    drain_notice: float = Field(default=0.0, ge=0.0, le=60.0)
    listen_fd: int | None = Field(default=None, repr=False)
    ready_fd: int | None = Field(default=None, repr=False)
    debug: bool = False
    pool_size: int = Field(default=10, ge=1, le=200)

    @field_validator("trusted_proxies")
    @classmethod
    def _are_networks(cls, text: str) -> str:
        TrustedProxies.parsed(text)
        return text

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Variables, then files (one for each, named like it in lower case, in SCHOLR_SECRETS_DIR), then Vault."""
        folder = os.environ.get("SCHOLR_SECRETS_DIR")
        files = SecretsSettingsSource(settings_cls, secrets_dir=folder) if folder else file_secret_settings
        return init_settings, env_settings, dotenv_settings, files, VaultSource(settings_cls)

    def http(self) -> HttpSettings:
        return HttpSettings(
            profile=self.profile,
            host=self.host,
            port=self.port,
            public_url=self.public_url or f"http://localhost:{self.port}",
            debug=self.debug,
            operator_token=self.operator_token,
            offline_page=self.offline_page,
            demo_logins=demo_logins() if self.profile is Profile.DEMO else (),
            security_contact=self.security_contact,
            proxies=TrustedProxies.parsed(self.trusted_proxies, self.forwarded_header),
        )
