"""The environment, read once and checked."""

from pathlib import Path

from pydantic import Field
from pydantic_settings import BaseSettings, SettingsConfigDict

from scholr.platform.http.settings import HttpSettings, Profile


class Environment(BaseSettings):
    """Every variable is prefixed SCHOLR_ and documented in docs/operations/settings.md."""

    model_config = SettingsConfigDict(env_prefix="SCHOLR_", env_ignore_empty=True, extra="ignore", frozen=True)

    profile: Profile = Profile.DEMO
    host: str = "127.0.0.1"
    port: int = Field(default=8080, ge=1, le=65535)
    public_url: str = ""
    data_dir: Path = Path("var/demo")
    database_url: str = Field(default="", repr=False)
    app_database_url: str = Field(default="", repr=False)
    worker_database_url: str = Field(default="", repr=False)

    def http(self) -> HttpSettings:
        return HttpSettings(
            profile=self.profile,
            host=self.host,
            port=self.port,
            public_url=self.public_url or f"http://localhost:{self.port}",
        )
