"""Run commands in tests: input given, output kept, environment and exit status seen."""

from __future__ import annotations

import io
import os
import sys
from contextlib import contextmanager

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from typing import Any

    from .core import Command


class Result:
    """What a command did: `exit_code`, `output`, `stdout`, `stderr`, `exception`, `return_value`."""

    def __init__(self, runner: CliRunner, stdout_bytes: bytes, stderr_bytes: bytes, output_bytes: bytes,
                 return_value: Any, exit_code: int, exception: BaseException | None, exc_info: Any = None) -> None:
        self.runner, self.stdout_bytes, self.stderr_bytes = runner, stdout_bytes, stderr_bytes
        self.output_bytes, self.return_value, self.exit_code = output_bytes, return_value, exit_code
        self.exception, self.exc_info = exception, exc_info

    def _text(self, data: bytes) -> str:
        return data.decode(self.runner.charset, "replace").replace("\r\n", "\n")

    @property
    def output(self) -> str:
        """What a person at the terminal had seen: both streams, in order."""
        return self._text(self.output_bytes)

    @property
    def stdout(self) -> str:
        return self._text(self.stdout_bytes)

    @property
    def stderr(self) -> str:
        return self._text(self.stderr_bytes)

    def __repr__(self) -> str:
        return f"<{type(self).__name__} {repr(self.exception) if self.exception else 'okay'}>"


class _Tee(io.BytesIO):
    """Keeps what is written, and writes it to a second place too."""

    def __init__(self, other: io.BytesIO) -> None:
        super().__init__()
        self.other = other

    def write(self, data: Any, /) -> int:
        self.other.write(data)
        return super().write(data)


class _Output(io.TextIOWrapper):
    """An output whose escapes are kept or taken out as the test wants it."""

    shows_color = False


class _Echoing(io.TextIOWrapper):
    """An input that shows what is read from it in the output."""

    def _shown(self, text: str) -> str:
        sys.stdout.write(text)
        return text

    def read(self, size: int | None = -1, /) -> str:
        return self._shown(super().read(size))

    def readline(self, size: int = -1, /) -> str:  # type: ignore[override]
        return self._shown(super().readline(size))

    def __next__(self) -> str:  # type: ignore[override]
        line = self.readline()
        if not line:
            raise StopIteration
        return line


class CliRunner:
    """Invoke commands as a terminal would, without one.

    :param charset: of input and output.
    :param env: variables for every run; None as a value removes one.
    :param echo_stdin: show the input in the output.
    :param mix_stderr: put what goes to standard error into `stdout` too.
    """

    def __init__(self, charset: str = "utf-8", env: Mapping[str, str | None] | None = None, echo_stdin: bool = False,
                 mix_stderr: bool = False, catch_exceptions: bool = True) -> None:
        self.charset, self.env, self.echo_stdin = charset, dict(env or {}), echo_stdin
        self.mix_stderr, self.catch_exceptions = mix_stderr, catch_exceptions

    def get_default_prog_name(self, cli: Command) -> str:
        """Return the name the command is called by."""
        return cli.name or "root"

    @contextmanager
    def isolation(self, input: Any = None, env: Mapping[str, str | None] | None = None,
                  color: bool = False) -> Iterator[tuple[io.BytesIO, io.BytesIO, io.BytesIO]]:
        """Replace the standard streams and the environment for a block; yields (stdout, stderr, both) as bytes.

        :param color: keep escapes in what is printed.
        """
        from . import terminal

        both = io.BytesIO()
        out = _Tee(both)
        err = out if self.mix_stderr else _Tee(both)
        data = input.read() if hasattr(input, "read") else input or b""
        stdin = (_Echoing if self.echo_stdin else io.TextIOWrapper)(
            io.BytesIO(data if isinstance(data, bytes) else data.encode(self.charset)), encoding=self.charset)
        saved = sys.stdin, sys.stdout, sys.stderr, terminal.visible_input, terminal.hidden_input
        before = dict(os.environ)
        sys.stdin = stdin
        outputs = [_Output(stream, encoding=self.charset, errors=errors, write_through=True)
                   for stream, errors in ((out, "strict"), (err, "backslashreplace"))]
        for output in outputs:
            output.shows_color = color
        sys.stdout, sys.stderr = outputs
        terminal.visible_input, terminal.hidden_input = self._answering(stdin)
        for name, value in {**self.env, **(env or {})}.items():
            os.environ.pop(name, None) if value is None else os.environ.update({name: value})
        try:
            yield out, err, both
        finally:
            sys.stdout.detach()
            sys.stderr.detach()
            sys.stdin, sys.stdout, sys.stderr, terminal.visible_input, terminal.hidden_input = saved
            os.environ.clear()
            os.environ.update(before)

    def _answering(self, stdin: Any) -> tuple[Any, Any]:
        """Return what prompts read from: the given input, shown as if it were typed."""
        def line() -> str:
            text = io.TextIOWrapper.readline(stdin)  # shown by the prompt itself
            if not text:
                raise EOFError
            return str(text).rstrip("\r\n")

        def visible(prompt: str) -> str:
            sys.stdout.write(prompt)
            answer = line()
            sys.stdout.write(f"{answer}\n")
            return answer

        def hidden(prompt: str) -> str:
            sys.stdout.write(f"{prompt}\n")
            return line()
        return visible, hidden

    def invoke(self, cli: Command, args: Any = None, input: Any = None, env: Mapping[str, str | None] | None = None,
               catch_exceptions: bool | None = None, color: bool = False, **extra: Any) -> Result:
        """Run a command and return what it did.

        :param args: the words of the command line, as a list or as text.
        :param input: what is typed, as text or bytes.
        :param catch_exceptions: keep an exception in the result in place of raising it.
        :param color: keep escapes in what is printed.
        """
        import shlex

        words = shlex.split(args) if isinstance(args, str) else list(args or ())
        catch = self.catch_exceptions if catch_exceptions is None else catch_exceptions
        extra.setdefault("prog_name", self.get_default_prog_name(cli))
        value: Any = None
        exception: BaseException | None = None
        info: Any = None
        code = 0
        with self.isolation(input, env, color) as (out, err, both):
            try:
                value = cli.main(words, **extra)
            except SystemExit as exit:
                info, code = sys.exc_info(), _status(exit.code)
                exception = exit if code else None
            except Exception as error:
                if not catch:
                    raise
                info, code, exception = sys.exc_info(), 1, error
            return Result(self, out.getvalue(), err.getvalue(), both.getvalue(), value, code, exception, info)

    @contextmanager
    def isolated_filesystem(self, temp_dir: Any = None) -> Iterator[str]:
        """Work in an empty folder for a block; it is removed afterwards unless it lies in `temp_dir`."""
        import shutil
        import tempfile

        before, folder = os.getcwd(), tempfile.mkdtemp(dir=temp_dir)
        os.chdir(folder)
        try:
            yield folder
        finally:
            os.chdir(before)
            if temp_dir is None:
                shutil.rmtree(folder, ignore_errors=True)


def _status(code: Any) -> int:
    """Return the exit status of a SystemExit; a text is printed, and means 1, as Python has it."""
    if code is None or isinstance(code, int):
        return code or 0
    sys.stdout.write(f"{code}\n")
    return 1
