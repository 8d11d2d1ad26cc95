"""What the HTTP edge needs to know; read once in `entrypoints`."""

from dataclasses import dataclass, field
from enum import StrEnum

from scholr.platform.http.proxies import TrustedProxies


class Profile(StrEnum):
    DEMO = "demo"
    PRODUCTION = "production"


@dataclass(frozen=True, slots=True)
class DemoLogin:
    """A person of the demo; the password is public knowledge, which is why the demo binds to loopback only."""

    organization: str
    role: str
    email: str
    password: str


@dataclass(frozen=True, slots=True)
class HttpSettings:
    """`public_url` is how people reach this deployment (scheme, host, port; no trailing slash).

    `max_body` is in bytes. `debug` is never true in production. `operator_token` opens organisations over
    the API in production; empty means that only the command line does. `file_origin` is where browsers reach the
    object store, empty when files pass through this program. `offline_page` lets browsers keep the page for when the
    network is gone; switched off, they give it up with the next page that they see. `demo_logins` are whom the
    sign-in page names; empty in production. `security_contact` is where holes are
    reported (`/.well-known/security.txt`). `proxies` are whose word on where a request came from is taken.
    """

    profile: Profile
    host: str
    port: int
    public_url: str
    max_body: int = 12 * 1024 * 1024
    debug: bool = False
    operator_token: str = field(default="", repr=False)
    file_origin: str = ""
    offline_page: bool = True
    demo_logins: tuple[DemoLogin, ...] = field(default=(), repr=False)
    security_contact: str = ""
    proxies: TrustedProxies = field(default_factory=TrustedProxies)

    @property
    def is_demo(self) -> bool:
        return self.profile is Profile.DEMO

    @property
    def secure_cookies(self) -> bool:
        return self.public_url.startswith("https://")
