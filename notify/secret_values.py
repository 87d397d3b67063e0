"""Secrets in a route file: `${NAME}` from the environment, `${file:PATH}` from a file."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from difflib import get_close_matches
from pathlib import Path

_HOLDER = re.compile(r"\$\{([^}]*)\}")
_OPEN = re.compile(r"\$(?:\{|([A-Z_][A-Z0-9_]+))")
"""What looks like a variable and is none, for want of a brace."""
_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
LARGEST = 64 << 10
"""Bytes of a secret's file: a token has some hundred."""


class SecretError(ValueError):
    """A secret cannot be had. The text says which and what to do, and never what it is."""


class Secrets:
    """Where secrets come from: an environment, and files."""

    def __init__(
        self, environ: Mapping[str, str], read: Callable[[str], bytes] | None = None
    ) -> None:
        self._environ, self._read = environ, read or _read

    def of_environment(self, name: str) -> str:
        """The value of a variable. Raises SecretError."""
        if not _NAME.fullmatch(name):
            raise SecretError(f"{name!r} is no name of a variable of the environment")
        value = self._environ.get(name, "")
        if value:
            return value
        near = get_close_matches(name, self._environ, n=2, cutoff=0.8)
        said = f" (near: {', '.join(near)})" if near else ""
        what = "is empty" if name in self._environ else "is not set"
        raise SecretError(f"the variable {name} {what}{said}; set it before the start")

    def of_file(self, path: str) -> str:
        """The text of a file without the blanks around. Raises SecretError."""
        try:
            text = self._read(path).decode().strip()
        except OSError as error:
            where = Path(path).absolute()  # a relative path is from where the program was started
            raise SecretError(f"the file {where} cannot be read: {error.strerror}") from None
        except UnicodeDecodeError:
            raise SecretError(f"the file {path} is no text in UTF-8") from None
        if not text:
            raise SecretError(f"the file {path} is empty")
        return text

    def fill(self, text: str) -> str:
        """The text with its secrets in their places. Raises SecretError."""

        def value(found: re.Match[str]) -> str:
            name = found[1]
            if name.startswith("file:"):
                return self.of_file(name.removeprefix("file:"))
            return self.of_environment(name)

        if found := _OPEN.search(_HOLDER.sub("", text)):
            name = found[1]
            said = f"write ${{{name}}}" if name else "a ${ is not closed: write ${NAME}"
            raise SecretError(f"{said}, or %24 for a $ that is meant")
        return _HOLDER.sub(value, text)


def _read(path: str) -> bytes:
    with Path(path).open("rb") as file:
        return file.read(LARGEST)
