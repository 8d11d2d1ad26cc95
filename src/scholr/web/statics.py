"""The front-end bundle: file names carry a hash of their content, so browsers may keep them for ever."""

import mimetypes
from pathlib import Path
from typing import Any

import anyio
import litestar
from litestar import Response
from litestar.params import FromPath

from scholr.kernel.errors import NotFound
from scholr.web.assets import DIST

_FOREVER = {"cache-control": "public, max-age=31536000, immutable", "vary": "accept-encoding"}


@litestar.get("/static/dist/{file_path:path}", include_in_schema=False)
async def static_files(request: litestar.Request[Any, Any, Any], file_path: FromPath[Path]) -> Response[bytes]:
    """A file of the bundle, compressed ahead of time where the build left a `.gz` beside it."""
    wanted = (DIST / str(file_path).lstrip("/")).resolve()
    if not wanted.is_relative_to(DIST.resolve()) or not wanted.is_file():
        raise NotFound
    content_type = mimetypes.guess_type(wanted.name)[0] or "application/octet-stream"
    packed = wanted.with_name(f"{wanted.name}.gz")
    if packed.is_file() and "gzip" in request.headers.get("accept-encoding", ""):
        body = await anyio.Path(packed).read_bytes()
        return Response(body, media_type=content_type, headers={**_FOREVER, "content-encoding": "gzip"})
    return Response(await anyio.Path(wanted).read_bytes(), media_type=content_type, headers=_FOREVER)
