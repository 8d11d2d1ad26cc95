"""What the storage capability needs to know; read once in `entrypoints`."""

from dataclasses import dataclass, field
from pathlib import Path


@dataclass(frozen=True, slots=True)
class StorageSettings:
    """`bucket` empty keeps files in `directory`; otherwise they go to that S3 bucket.

    `endpoint` is for stores other than Amazon's (MinIO, R2, Ceph); `region` and the keys as the store wants them.
    `http` allows an endpoint without TLS, for a store on the same machine.
    """

    directory: Path
    bucket: str = ""
    endpoint: str = ""
    region: str = "us-east-1"
    access_key: str = field(default="", repr=False)
    secret_key: str = field(default="", repr=False)
    http: bool = False
