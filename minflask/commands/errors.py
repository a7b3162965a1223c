"""What ends a command early: errors of usage, errors of its own, and a wish to stop."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import IO, Any

    from .core import Context
    from .params import Parameter


class ClickException(Exception):
    """An error to tell the user in one line, without a traceback. The exit status is 1."""

    exit_code = 1

    def __init__(self, message: str) -> None:
        super().__init__(message)
        self.message = message

    def format_message(self) -> str:
        """Return the text for the user. May be overridden."""
        return self.message

    def show(self, file: IO[str] | None = None) -> None:
        """Write the error to `file`, by default standard error."""
        from .terminal import echo

        echo(f"Error: {self.format_message()}", file=file, err=file is None)

    def __str__(self) -> str:
        return self.message


class UsageError(ClickException):
    """The command line cannot be understood. The exit status is 2."""

    exit_code = 2

    def __init__(self, message: str, ctx: Context | None = None) -> None:
        super().__init__(message)
        self.ctx = ctx

    @property
    def cmd(self) -> Any:
        """The command that was used wrongly, or None."""
        return None if self.ctx is None else self.ctx.command

    def set_context(self, ctx: Context, param: Parameter | None = None) -> None:
        """Say which command, and which parameter, was used wrongly, where that is not known yet."""
        self.ctx = self.ctx or ctx

    def show(self, file: IO[str] | None = None) -> None:
        """Write how the command is used, and then the error."""
        from .terminal import echo

        if self.ctx is not None:
            echo(self.ctx.get_usage(), file=file, err=file is None)
            if self.ctx.help_option_names:
                echo(f"Try '{self.ctx.command_path} {self.ctx.help_option_names[-1]}' for help.", file=file,
                     err=file is None)
            echo("", file=file, err=file is None)
        super().show(file)


class BadParameter(UsageError):
    """A value that an option or an argument cannot take."""

    def __init__(self, message: str, ctx: Context | None = None, param: Parameter | None = None,
                 param_hint: Any = None) -> None:
        super().__init__(message, ctx)
        self.param, self.param_hint = param, param_hint

    def set_context(self, ctx: Context, param: Parameter | None = None) -> None:
        super().set_context(ctx)
        self.param = self.param or param

    def _hint(self) -> str:
        hint = self.param_hint
        if hint is None and self.param is not None:
            hint = self.param.get_error_hint()
        return " / ".join(f"'{part}'" for part in hint) if isinstance(hint, (list, tuple)) else hint or ""

    def format_message(self) -> str:
        hint = self._hint()
        return f"Invalid value for {hint}: {self.message}" if hint else f"Invalid value: {self.message}"


class MissingParameter(BadParameter):
    """An option or an argument that must be given and was not."""

    def __init__(self, message: str = "", ctx: Context | None = None, param: Parameter | None = None,
                 param_hint: Any = None, param_type: str | None = None) -> None:
        super().__init__(message, ctx, param, param_hint)
        self.param_type = param_type

    def format_message(self) -> str:
        kind = self.param_type or (self.param.param_type_name if self.param is not None else "parameter")
        text = " ".join(filter(None, (f"Missing {kind}", self._hint()))) + "."
        return f"{text} {self.message}".rstrip()

    def __str__(self) -> str:
        return self.message or self.format_message()


class NoSuchOption(UsageError):
    """An option that the command does not have; `possibilities` are those that look like it."""

    def __init__(self, option_name: str, message: str | None = None, possibilities: Any = None,
                 ctx: Context | None = None) -> None:
        super().__init__(message or f"No such option: {option_name}.", ctx)
        self.option_name, self.possibilities = option_name, possibilities

    def format_message(self) -> str:
        return self.message + did_you_mean(self.possibilities)


class BadOptionUsage(UsageError):
    """An option that is used wrongly, such as one without its value."""

    def __init__(self, option_name: str, message: str, ctx: Context | None = None) -> None:
        super().__init__(message, ctx)
        self.option_name = option_name


class BadArgumentUsage(UsageError):
    """Too many arguments, or too few."""


class FileError(ClickException):
    """A file that cannot be opened."""

    def __init__(self, filename: str, hint: str | None = None) -> None:
        super().__init__(hint or "unknown error")
        self.filename = filename

    def format_message(self) -> str:
        return f"Could not open file {self.filename!r}: {self.message}"


class Abort(RuntimeError):
    """The user gave up: Ctrl-C, the end of the input, or no as the answer."""


class Exit(RuntimeError):
    """End the command now with this exit status."""

    def __init__(self, code: int = 0) -> None:
        super().__init__(code)
        self.exit_code = code


def did_you_mean(possibilities: Any) -> str:
    """Return the end of a message that names what was probably meant.

    >>> did_you_mean(["--host"])
    ' Did you mean --host?'
    """
    names = sorted(possibilities or ())
    if len(names) > 1:
        return f" (Possible options: {', '.join(names)})"
    return f" Did you mean {names[0]}?" if names else ""


def lookalikes(name: str, known: Any) -> list[str]:
    """Return the names that one can have meant by a mistyped one."""
    from difflib import get_close_matches

    return get_close_matches(name, list(known))
