"""The commands that write one-file copies, and check them: bundle, check-copy."""

from __future__ import annotations

import os
import sys

from . import __version__
from .commands.decorators import argument, command, option
from .commands.errors import ClickException, UsageError
from .commands.terminal import echo, secho
from .commands.types import Path

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any


@command("bundle", short_help="Write the application, or minflask alone, as one file.")
@argument("app", required=False)
@option("--output", "-o", required=True, type=Path(dir_okay=False), metavar="FILE",
        help="The file to write: .pyz for a zip archive, .py for one readable script.")
@option("--framework-only", is_flag=True, help="Write minflask without an application, as one module to import.")
@option("--data", multiple=True, type=Path(exists=True), metavar="PATH",
        help="A further file or folder of the application to take along.")
@option("--package", "packages", multiple=True, metavar="NAME", help="An installed pure-Python package to take along.")
@option("--with-flask-names", is_flag=True, help="Let `import flask` in the file mean minflask.")
def bundle_command(app: str | None, output: str, framework_only: bool, data: Any, packages: Any,
                   with_flask_names: bool) -> None:
    """Write one file that runs wherever Python is: `python FILE run`.

    APP is a package (a folder) or a module (a file), with `:name` behind it where it has several applications.
    Taken are its modules, and all that lies in folders named templates and static, or that it names as template_folder
    or static_folder. The same files give the same bytes.
    """
    from .bundle import Bundle, framework_file

    if framework_only == bool(app):
        raise UsageError("Give either the path of an application or --framework-only.")
    if framework_only:
        if not output.endswith(".py"):
            raise UsageError(f"minflask alone is written as a module, so {output!r} must end in .py")
        _write(output, framework_file())
        return
    if not output.endswith((".py", ".pyz")):
        raise UsageError(f"{output!r} ends neither in .pyz nor in .py, so it is not clear what to write.")
    module, name, found = _gathered(str(app), data, packages)
    made = Bundle(module, name, found.parts, with_flask_names)
    _write(output, made.script() if output.endswith(".py") else made.zipapp())
    for refused in found.refused:
        secho(f"not taken: {refused}", fg="yellow", err=True)


def _gathered(app: str, data: Any, packages: Any) -> Any:
    from .cli import _split_target
    from .gather import gather

    path, name = _split_target(app)
    try:
        module, found = gather(path.rstrip("/\\"), data, packages)
    except (OSError, ValueError, SyntaxError) as error:
        raise UsageError(str(error)) from None
    return module, name, found


def _write(path: str, data: bytes) -> None:
    """Write a file, whole or not at all, and let it be run."""
    temporary = f"{path}.{os.getpid()}.part"
    try:
        with open(temporary, "wb") as file:
            file.write(data)
        os.chmod(temporary, 0o755)
        os.replace(temporary, path)
    except OSError as error:
        if os.path.exists(temporary):
            os.remove(temporary)
        raise ClickException(f"{path!r} cannot be written: {error.strerror}.") from None
    echo(f"{path}: {len(data)} bytes")


@command("check-copy", short_help="Check that a one-file copy is as it was written.")
@argument("file", type=Path(exists=True, dir_okay=False))
def check_copy_command(file: str) -> None:
    """Check a one-file copy against the hashes in its head; none of it is run. The exit status is 1 if it differs.

    Of a copy of this very version, it is also said whether it is what this minflask would write.
    """
    from .copycheck import NotACopy, problems, version_of

    with open(file, "rb") as opened:
        data = opened.read()
    try:
        found, version = problems(data), version_of(data)
    except NotACopy as error:
        found, version = [f"{file} cannot be checked: {error}."], ""
    for problem in found:
        secho(problem, fg="red")
    if found:
        sys.exit(1)
    secho(f"{file} is whole (minflask {version}).", fg="green")
    _compare(data, version)


def _compare(data: bytes, version: str) -> None:
    from .bundle import framework_file

    if b"\n_one_file()[2]" in data or version != __version__:
        return  # with an application in it, or of another version
    same = data == framework_file()
    echo("It is what this minflask writes." if same else
         "This minflask has the same version and would write another file; one of the two is not the release.")
    if not same:
        sys.exit(1)
