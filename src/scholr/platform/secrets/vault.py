"""Reading secrets out of HashiCorp Vault (or OpenBao): AppRole to sign in, KV version 2 to read. Loaded on demand.

The client blocks, so that the settings can be read before there is an event loop; inside one it runs in a thread.
"""

import math
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from ipaddress import ip_address
from pathlib import Path
from typing import Any, TypeVar
from urllib.parse import urlsplit

import hvac
from hvac import exceptions

from scholr.platform.secrets.errors import SecretsRefused, SecretsUnavailable

T = TypeVar("T")

_SECONDS = 4.0
# A token is renewed when this share of its life is over, so that one failed try does not end it.
_RENEW_AT = 0.5
_AGAIN = (
    exceptions.VaultDown,
    exceptions.VaultNotInitialized,
    exceptions.InternalServerError,
    exceptions.BadGateway,
    exceptions.RateLimitExceeded,
    exceptions.UnexpectedError,
)


@dataclass(frozen=True, slots=True)
class VaultSettings:
    """`path` is mount and path of the secret, as `vault kv get` has it; `secret_id_file` is read at each sign-in."""

    address: str
    role_id: str = field(repr=False)
    secret_id_file: Path
    path: str
    namespace: str = ""

    def __post_init__(self) -> None:
        """Raises SecretsRefused for what cannot be meant."""
        parts = urlsplit(self.address)
        if parts.scheme != "https" and not (parts.scheme == "http" and _is_loopback(parts.hostname or "")):
            raise SecretsRefused("SCHOLR_VAULT_ADDR begins with https:// (http:// only on this machine).")
        if not self.role_id or not self.mount or not self.name:
            raise SecretsRefused("Vault needs SCHOLR_VAULT_ROLE_ID, and SCHOLR_VAULT_PATH as mount/path.")

    @property
    def mount(self) -> str:
        return self.path.strip("/").partition("/")[0]

    @property
    def name(self) -> str:
        return self.path.strip("/").partition("/")[2]


@dataclass(frozen=True, slots=True)
class Secrets:
    """What lay at the path, and in which version."""

    values: Mapping[str, str] = field(repr=False)
    version: int


class VaultClient:
    """One sign-in at a time. `now` is a monotonic clock. Every method raises SecretsUnavailable or SecretsRefused."""

    def __init__(self, settings: VaultSettings, *, now: Callable[[], float] = time.monotonic) -> None:
        self._settings = settings
        self._now = now
        self._signed_in = False
        self._renewable = False
        self._lasts = math.inf
        self._since = 0.0
        # An empty token, or else it would look for one in the environment and the home directory; no proxies from
        # there either; and never a redirect, which would carry the token along.
        self._client: Any = hvac.Client(
            settings.address,
            token="",
            timeout=_SECONDS,
            allow_redirects=False,
            namespace=settings.namespace or None,
        )
        self._client.session.trust_env = False

    def read(self) -> Secrets:
        """The newest version; signs in where that is needed, and again when the token is no longer taken."""
        try:
            return self._newest()
        except (LookupError, TypeError, ValueError) as error:  # something answered, as a proxy may, and not Vault
            raise SecretsUnavailable(retry_after=5) from error

    def _newest(self) -> Secrets:
        self._ensure_token()
        try:
            return self._read()
        except SecretsRefused:
            if not self._signed_in:
                raise
            self._sign_in()
            return self._read()

    def _ensure_token(self) -> None:
        used = (self._now() - self._since) / self._lasts if self._lasts > 0 else 1.0
        if not self._signed_in or used >= 1.0:
            self._sign_in()
        elif used >= _RENEW_AT:
            self._renew()

    def _renew(self) -> None:
        """Longer life for the same token; a new one where it may not live longer."""
        if not self._renewable:
            self._sign_in()
            return
        try:
            self._keep(self._ask(self._client.auth.token.renew_self)["auth"])
        except SecretsRefused:
            self._sign_in()

    def _sign_in(self) -> None:
        self._signed_in = False
        try:
            secret_id = self._settings.secret_id_file.read_text().strip()
        except (OSError, UnicodeError) as error:
            raise SecretsRefused("SCHOLR_VAULT_SECRET_ID_FILE names a file that cannot be read.") from error
        self._client.token = ""
        answer = self._ask(lambda: self._client.auth.approle.login(role_id=self._settings.role_id, secret_id=secret_id))
        self._keep(answer["auth"])
        self._signed_in = True

    def _keep(self, auth: Mapping[str, Any]) -> None:
        token, renewable, lasts = auth["client_token"], bool(auth["renewable"]), float(auth["lease_duration"])
        self._client.token, self._renewable = token, renewable
        self._lasts = lasts or math.inf  # 0: a token that does not end
        self._since = self._now()

    def _read(self) -> Secrets:
        found = self._ask(
            lambda: self._client.secrets.kv.v2.read_secret_version(
                path=self._settings.name, mount_point=self._settings.mount, raise_on_deleted_version=True
            )
        )["data"]
        values = {str(name): value for name, value in found["data"].items() if isinstance(value, str)}
        return Secrets(values, int(found["metadata"]["version"]))

    def _ask(self, work: Callable[[], T]) -> T:
        try:
            return work()
        except _AGAIN as error:
            raise SecretsUnavailable(retry_after=5) from error
        except exceptions.InvalidPath as error:
            raise SecretsRefused(f"Vault has no secret at {self._settings.path} (SCHOLR_VAULT_PATH).") from error
        except exceptions.VaultError as error:
            raise SecretsRefused(_WHY.get(type(error), "Vault refused.")) from error
        except OSError as error:  # every error of the connection: requests' own derive from it
            raise SecretsUnavailable(retry_after=5) from error


_WHY: Mapping[type[exceptions.VaultError], str] = {
    exceptions.InvalidRequest: "Vault does not take SCHOLR_VAULT_ROLE_ID with the secret id in its file.",
    exceptions.Forbidden: "Vault refuses the token, or its policy does not let it read SCHOLR_VAULT_PATH.",
}


def _is_loopback(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False
