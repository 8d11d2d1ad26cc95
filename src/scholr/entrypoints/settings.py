"""What the program is put together from: one frozen value per capability, made of the environment."""

from scholr.entrypoints.credentials import addresses, load_credentials
from scholr.entrypoints.environment import Environment
from scholr.entrypoints.wiring import PlatformSettings
from scholr.platform.db.settings import DatabaseSettings
from scholr.platform.security.keys import KeyRing

__all__ = ["Environment", "platform_settings"]


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
