"""The pages: what the front end's build made of `gateway/screens`, served from memory.

The build puts files with a hash of their content in their names under `assets/`: those never
change, and a browser keeps them. The pages themselves, whose names stay, are asked for again each
time, which their ETag makes cheap.
"""

from __future__ import annotations

import mimetypes
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

from fastapi import FastAPI, Request, Response
from isal import isal_zlib
from starlette.exceptions import HTTPException

BUILT = Path(__file__).parent / "screens" / "dist"
PAGES = {"/": "index.html", "/docs": "docs.html"}
ASSETS = "/assets/"
FOR_EVER = "public, max-age=31536000, immutable"
_TEXTS = ("text/", "image/svg", "application/json", "text/javascript")
_NOT_BUILT = (
    "The screens are not built. `make screens` builds them (so does `pip install .`); the same "
    "figures are at /v1/indices.\n"
)


@dataclass(frozen=True, slots=True)
class _File:
    body: bytes
    zipped: bytes | None
    media: str
    tag: str


def _read(path: Path) -> _File:
    body = path.read_bytes()
    media = mimetypes.guess_type(path.name)[0] or "application/octet-stream"
    if path.suffix == ".js":
        media = "text/javascript"  # whatever the system's tables say
    is_text = media.startswith(_TEXTS)
    zipped = isal_zlib.compress(body, 3, 31) if is_text else None
    return _File(body, zipped, media, f'"{sha256(body).hexdigest()[:24]}"')


class BuiltPages:
    """The built files under `directory`, by their addresses."""

    def __init__(self, directory: Path = BUILT) -> None:
        self._files = {
            f"/{path.relative_to(directory).as_posix()}": _read(path)
            for path in sorted(directory.rglob("*"))
            if path.is_file() and not path.name.startswith(".")
        }

    def add_to(self, app: FastAPI) -> None:
        """Let an application serve them."""
        for address in {*PAGES, *(name for name in self._files if not name.endswith(".html"))}:
            if not address.startswith(ASSETS):
                app.add_api_route(
                    address, self.answer, methods=["GET", "HEAD"], include_in_schema=False
                )
        app.add_api_route(
            f"{ASSETS}{{name}}", self.answer, methods=["GET", "HEAD"], include_in_schema=False
        )

    def answer(self, request: Request) -> Response:
        """The file at a request's address. Raises HTTPException."""
        address = request.url.path
        file = self._files.get(f"/{PAGES[address]}" if address in PAGES else address)
        if file is None:
            if address in PAGES:
                return Response(_NOT_BUILT, 503, media_type="text/plain; charset=utf-8")
            raise HTTPException(404)
        headers = {
            "ETag": file.tag,
            "Cache-Control": FOR_EVER if address.startswith(ASSETS) else "no-cache",
            "Vary": "Accept-Encoding",
        }
        if file.tag in request.headers.get("if-none-match", ""):
            return Response(status_code=304, headers=headers)
        body = file.body
        if file.zipped is not None and "gzip" in request.headers.get("accept-encoding", ""):
            headers["Content-Encoding"] = "gzip"
            body = file.zipped
        return Response(body, headers=headers, media_type=file.media)
