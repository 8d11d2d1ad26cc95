"""The environment, read once and checked."""

from pathlib import Path

from pydantic import Field
from pydantic_settings import BaseSettings, SettingsConfigDict

from scholr.entrypoints.credentials import addresses, load_credentials
from scholr.entrypoints.wiring import PlatformSettings
from scholr.platform.db.settings import DatabaseSettings
from scholr.platform.http.settings import HttpSettings, Profile
from scholr.platform.security.keys import KeyRing


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
    data_dir: Path = Path("var/demo")
    database_url: str = Field(default="", repr=False)
    app_database_url: str = Field(default="", repr=False)
    worker_database_url: str = Field(default="", repr=False)
    secret_key: str = Field(default="", repr=False)
    retired_secret_keys: str = Field(default="", repr=False)
    debug: bool = False
    pool_size: int = Field(default=10, ge=1, le=200)

    def http(self) -> HttpSettings:
        return HttpSettings(
            profile=self.profile,
            host=self.host,
            port=self.port,
            public_url=self.public_url or f"http://localhost:{self.port}",
            debug=self.debug,
        )


def platform_settings(environment: Environment) -> PlatformSettings:
    """One frozen value per capability, from the environment and, in the demo, the data directory."""
    dsn = environment.app_database_url
    if not dsn:
        dsn = addresses(environment.database_url, load_credentials(environment.data_dir)).app
    return PlatformSettings(
        database=DatabaseSettings(dsn, pool_size=environment.pool_size),
        http=environment.http(),
        keys=_keys(environment),
    )


def _keys(environment: Environment) -> KeyRing:
    current = environment.secret_key or load_credentials(environment.data_dir).key
    retired = [each for each in environment.retired_secret_keys.split(",") if each]
    return KeyRing(tuple(bytes.fromhex(each) for each in (current, *retired)))
