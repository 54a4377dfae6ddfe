"""Few errors, each with an exit code and a sentence that says what to do next."""


class NightshiftError(Exception):
    """Root of all errors raised on purpose; its text is the one line that a person reads."""

    exit_code = 1


class UsageError(NightshiftError):
    """Wrong use or wrong settings: nothing was tried."""

    exit_code = 2


class GateError(NightshiftError):
    """A check of severity `fail` did not hold: the night stops, the earlier publication stands."""

    exit_code = 3


class SourceContractError(NightshiftError):
    """The source breaks its contract as a whole: a table, a column or a type is missing or wrong."""

    exit_code = 4


class WorldError(NightshiftError):
    """The world failed (connection, disk, server): the same call may succeed later."""

    exit_code = 5


class CorruptionError(WorldError):
    """Stored bytes are not the bytes that were sealed."""


class NoModelError(NightshiftError):
    """No model may score this night."""

    exit_code = 6


class BusyError(NightshiftError):
    """Another run owns the night."""

    exit_code = 7


class StaleRunError(BusyError):
    """A newer run of the same night has overtaken this one, or its model was withdrawn under it."""
