"""Addresses at which an S3 store hands out one object for a while, as we say and not as its uploader said.

AWS Signature Version 4, query parameters (docs.aws.amazon.com/AmazonS3/latest/API/sigv4-query-string-auth.html).
obstore signs addresses too, but without the `response-*` parameters: then the store would answer with whatever content
type the uploader claimed, and a browser would run a page that was sent in as a picture.
"""

import hashlib
import hmac
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from urllib.parse import quote, urlsplit

_ALGORITHM = "AWS4-HMAC-SHA256"


@dataclass(frozen=True, slots=True)
class Presentation:
    """The headers that the store answers with."""

    content_type: str
    disposition: str
    cache_control: str


@dataclass(frozen=True, slots=True)
class Presigner:
    """`bucket_url` is the bucket's address without a slash at the end."""

    bucket_url: str
    region: str
    access_key: str
    secret_key: str = field(repr=False)

    def get(self, key: str, shown: Presentation, *, since: datetime, lasting: timedelta) -> str:
        """The same address for the same arguments, so that a browser can keep what it fetched; at most seven days."""
        return self.sign(
            key,
            {
                "response-cache-control": shown.cache_control,
                "response-content-disposition": shown.disposition,
                "response-content-type": shown.content_type,
            },
            since=since,
            lasting=lasting,
        )

    def sign(self, key: str, parameters: dict[str, str], *, since: datetime, lasting: timedelta) -> str:
        """An address for GET with these further query parameters."""
        parts = urlsplit(self.bucket_url)
        path = f"{parts.path}/{quote(key, safe='/-_.~')}"
        stamp = since.astimezone(UTC).strftime("%Y%m%dT%H%M%SZ")
        scope = f"{stamp[:8]}/{self.region}/s3/aws4_request"
        query = _canonical(
            {
                **parameters,
                "X-Amz-Algorithm": _ALGORITHM,
                "X-Amz-Credential": f"{self.access_key}/{scope}",
                "X-Amz-Date": stamp,
                "X-Amz-Expires": str(int(lasting.total_seconds())),
                "X-Amz-SignedHeaders": "host",
            }
        )
        request = f"GET\n{path}\n{query}\nhost:{parts.netloc}\n\nhost\nUNSIGNED-PAYLOAD"
        digest = hashlib.sha256(request.encode()).hexdigest()
        signature = self._signature(stamp[:8], f"{_ALGORITHM}\n{stamp}\n{scope}\n{digest}")
        return f"{parts.scheme}://{parts.netloc}{path}?{query}&X-Amz-Signature={signature}"

    def _signature(self, day: str, text: str) -> str:
        key = f"AWS4{self.secret_key}".encode()
        for part in (day, self.region, "s3", "aws4_request"):
            key = hmac.digest(key, part.encode(), "sha256")
        return hmac.digest(key, text.encode(), "sha256").hex()


def _canonical(parameters: dict[str, str]) -> str:
    return "&".join(
        f"{quote(name, safe='-_.~')}={quote(value, safe='-_.~')}" for name, value in sorted(parameters.items())
    )
