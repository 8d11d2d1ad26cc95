"""What the storage capability needs to know; read once in `entrypoints`."""

from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit


@dataclass(frozen=True, slots=True)
class StorageSettings:
    """`bucket` empty keeps files in `directory`; otherwise they go to that S3 bucket.

    `endpoint` is for stores other than Amazon's (MinIO, R2, Ceph); `region` and the keys as the store wants them.
    Without keys those of the machine's role are used; files then pass through this program on their way out.
    `http` allows an endpoint without TLS, for a store on the same machine.
    """

    directory: Path
    bucket: str = ""
    endpoint: str = ""
    region: str = "us-east-1"
    access_key: str = field(default="", repr=False)
    secret_key: str = field(default="", repr=False)
    http: bool = False

    @property
    def origin(self) -> str:
        """Scheme and host at which browsers reach the bucket; empty for local files."""
        if not self.bucket:
            return ""
        parts = urlsplit(self.endpoint or f"https://s3.{self.region}.amazonaws.com")
        return f"{parts.scheme}://{parts.netloc}"

    @property
    def bucket_url(self) -> str:
        """The bucket's address without a slash at the end; the bucket is part of the path, as obstore has it."""
        base = self.endpoint.rstrip("/") or self.origin
        return f"{base}/{self.bucket}"
