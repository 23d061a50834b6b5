"""One family of errors. Each says what was needed, what came and what to do, and knows how the outside sees it.

``raise MissingColumn("The {kind} file needs a column {column}.", kind="worker", column="id")``: the first argument is a
literal template (the translation key), the keywords are its facts. Error classes also inherit the fitting builtin.
``EXIT_CODE`` and ``HTTP_STATUS`` are the only tables from an error to what the outside sees.
"""

from __future__ import annotations

from typing import Any

from contracts.messages import Message


class WanggeError(Exception):
    """Something a person can mend; never a trace, always one sentence."""

    def __init__(self, template: str, /, **details: Any) -> None:
        self.message = Message(template, details)
        super().__init__(template)

    @property
    def code(self) -> str:
        """Stable name for logs and machines."""
        return type(self).__name__.removesuffix("Error")

    def in_language(self, language: str) -> str:
        return self.message.in_language(language)

    def __str__(self) -> str:
        return str(self.message)

    def __reduce__(self) -> tuple[Any, ...]:
        return (_rebuild, (type(self), self.message.template, dict(self.message.details)))


def _rebuild(kind: type[WanggeError], template: str, details: dict[str, Any]) -> WanggeError:
    return kind(template, **details)


class InputError(WanggeError, ValueError):
    """A value, frame or file does not say what is needed."""


class UnreadableFileError(InputError):
    """A file cannot be read at all: empty, truncated, wrong kind, too large, wrong encoding."""


class MissingColumnError(InputError, KeyError):
    """A frame or table lacks a column that is needed."""


class CrsError(InputError):
    """Coordinates without, or in an unusable, coordinate reference system."""


class GeometryError(InputError):
    """A geometry is of the wrong type, empty, or broken beyond mending."""


class InfeasibleDivision(WanggeError, ValueError):
    """No division can keep the hard rules (a fixed name, hence without ``Error``); the message says which one and what would make it possible."""


class NotAllowedError(WanggeError, PermissionError):
    """The principal may not do this here."""


class NotFoundError(WanggeError, LookupError):
    """There is no such thing (or not in this principal's areas)."""


class ConflictError(WanggeError, RuntimeError):
    """Somebody else changed it meanwhile, or it would break a guarantee of the store."""


class CancelledError(WanggeError, RuntimeError):
    """The user stopped a long run; nothing of it was kept."""


class StoreError(WanggeError, RuntimeError):
    """The database is not there, too old or too new."""


class SettingError(WanggeError, ValueError):
    """A setting of the installation or of the city is unusable."""


EXIT_CODE: dict[type[WanggeError], int] = {
    InputError: 2,
    SettingError: 2,
    NotFoundError: 3,
    NotAllowedError: 4,
    ConflictError: 5,
    InfeasibleDivision: 6,
    StoreError: 7,
    CancelledError: 130,
}
HTTP_STATUS: dict[type[WanggeError], int] = {
    InputError: 400,
    SettingError: 500,
    NotFoundError: 404,
    NotAllowedError: 403,
    ConflictError: 409,
    InfeasibleDivision: 422,
    StoreError: 503,
    CancelledError: 409,
}


def exit_code(error: WanggeError) -> int:
    """Exit status of the command line for an error."""
    return next((EXIT_CODE[kind] for kind in type(error).__mro__ if kind in EXIT_CODE), 1)


def http_status(error: WanggeError) -> int:
    """HTTP status of a route for an error."""
    return next((HTTP_STATUS[kind] for kind in type(error).__mro__ if kind in HTTP_STATUS), 500)
