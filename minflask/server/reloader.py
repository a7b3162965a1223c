"""Start a program again when one of its files has changed.

Two processes: the first opens the sockets, starts the second, and starts it again
when that asks for it; the second serves, and looks at the files of its modules. The
sockets stay open meanwhile, so clients wait and none is refused. A file that would
not compile is reported, and the running program stays until it is mended.
"""

from __future__ import annotations

import os
import sys
import threading
import time
from fnmatch import fnmatch

from .listen import CHILD, DESCRIPTORS, is_running_from_reloader
from .terminal import say

TYPE_CHECKING = False
if TYPE_CHECKING:
    import socket
    import subprocess
    from typing import Any, Callable, Iterable

AGAIN = 3  # the exit status that asks for another start
FAR_EVERY = 10  # files of the system and of installed packages are looked at in every tenth round
MOST_NEIGHBOURS = 1000  # files looked at in one folder
ALONE = 1.0  # seconds after an interrupt in which the program would have ended if it had come to it, too


class ReloaderLoop:
    """Watch files and say when one has changed; may be overridden to watch in another way.

    :param extra_files: files, patterns with `*`, and folders (everything below them) to watch too.
    :param exclude_patterns: patterns of paths not to watch.
    :param interval: seconds between two rounds.
    """

    _sleep = staticmethod(time.sleep)
    name = "stat"

    def __init__(self, extra_files: Iterable[str] | None = None, exclude_patterns: Iterable[str] | None = None,
                 interval: float = 1) -> None:
        self.extra = [os.path.abspath(path) for path in extra_files or ()]
        self.exclude = list(exclude_patterns or ())
        self.interval = interval
        self.stamps: dict[str, tuple[float, int]] = {}
        self._modules: dict[str, str] = {}  # names to files
        self._failed: set[str] = set()
        self._listed: dict[str, set[str]] = {}  # the Python files that a folder had in the last round
        self._made: set[str] = set()  # those that were not there then
        #: Whether the program failed to start, so that a file which is new may be the one that it lacks.
        self.lacks_files = False
        self._round = 0
        self._roots = tuple({os.path.realpath(path) + os.sep for path in (
            sys.prefix, sys.base_prefix, sys.exec_prefix, sys.base_exec_prefix)})

    def run(self) -> None:
        """Look again and again; `trigger_reload` when something has changed, and end when the first process is gone."""
        parent = os.getppid()  # a program that nobody watches would keep its port from the next one
        while os.getppid() == parent:
            path = self.changed()
            if path is not None and self.is_sound(path):
                self.trigger_reload(path)
                return
            self._sleep(self.interval)
        sys.exit(0)

    def changed(self) -> str | None:
        """Look at the files once; return one that is not as it was. The first look only takes them in."""
        found = None
        for path in self.paths():
            try:
                info = os.stat(path)
            except OSError:  # gone, perhaps while an editor writes it anew
                continue
            stamp = info.st_mtime, info.st_size
            if self.stamps.setdefault(path, stamp) != stamp or self.lacks_files and path in self._made:
                self.stamps[path] = stamp
                found = found or path
        return found

    def trigger_reload(self, path: str) -> None:
        """Say what has changed, and end so that the program is started again."""
        say(f" * Detected change in {path!r}, reloading")
        sys.exit(AGAIN)

    def is_sound(self, path: str) -> bool:
        """Tell whether a changed file can be compiled, if it is Python; say what is wrong with it."""
        if not path.endswith(".py"):
            return True
        try:
            with open(path, "rb") as file:
                compile(file.read(), path, "exec", dont_inherit=True)
        except (SyntaxError, ValueError) as exc:
            line = f", line {exc.lineno}" if isinstance(exc, SyntaxError) else ""
            say(f" * {path}{line}: {getattr(exc, 'msg', exc)}. Waiting until it is mended.")
            return False
        except OSError:
            return False
        return True

    def paths(self) -> list[str]:
        """Return the files to look at in this round."""
        self._find_modules()
        self._made.clear()
        far = self._round % FAR_EVERY == 0
        self._round += 1
        near = [path for path in self._modules.values() if not path.startswith(self._roots)]
        wanted = list(self._modules.values()) if far else near
        wanted += self._neighbours(near)
        wanted += self._failed
        wanted += self._extra_files()
        return [path for path in dict.fromkeys(wanted) if not any(fnmatch(path, pattern) for pattern in self.exclude)]

    def note(self, exc: BaseException) -> None:
        """Watch the files in a traceback too: a module whose import failed is not among the loaded ones."""
        self.lacks_files = True
        chain: BaseException | None = exc
        while chain is not None and len(self._failed) < MOST_NEIGHBOURS:
            if isinstance(chain, SyntaxError) and chain.filename:
                self._failed.add(os.path.abspath(chain.filename))
            tb = chain.__traceback__
            while tb is not None:
                self._failed.add(os.path.abspath(tb.tb_frame.f_code.co_filename))
                tb = tb.tb_next
            chain = chain.__cause__ or chain.__context__

    def _find_modules(self) -> None:
        """Find the files of modules that were loaded since the last round."""
        for name, module in list(sys.modules.items()):
            if name not in self._modules:
                self._modules[name] = _file_of(module)
        self._modules = {name: path for name, path in self._modules.items() if path or name in sys.modules}

    def _neighbours(self, near: list[str]) -> list[str]:
        """Return the Python files beside the program's own and on its path: their import may have failed."""
        folders = {os.path.dirname(path) for path in near}
        folders |= {os.path.abspath(path) for path in sys.path if not (path + os.sep).startswith(self._roots)}
        found: list[str] = []
        for folder in folders:
            try:
                names = os.listdir(folder)
            except OSError:
                continue
            files = [os.path.join(folder, name) for name in names[:MOST_NEIGHBOURS] if name.endswith(".py")]
            if len(names) <= MOST_NEIGHBOURS:
                self._made |= set(files) - self._listed.get(folder, set(files))
                self._listed[folder] = set(files)
            found += files
        return found

    def _extra_files(self) -> list[str]:
        from glob import glob

        found: list[str] = []
        for path in self.extra:
            if os.path.isdir(path):
                found += [os.path.join(folder, name) for folder, _, names in os.walk(path) for name in names]
            else:
                found += glob(path) if "*" in path else [path]
        return found


StatReloaderLoop = ReloaderLoop


def watched_paths(extra_files: Iterable[str] = (), exclude_patterns: Iterable[str] = ()) -> set[str]:
    """Return the files that would be watched now."""
    return set(ReloaderLoop(extra_files, exclude_patterns).paths())


def _file_of(module: Any) -> str:
    """Return the file of a module, or the archive that it is in; "" if it has none."""
    path = getattr(module, "__file__", None)
    if not isinstance(path, str):
        return ""
    path = os.path.realpath(path)
    if path.endswith(".pyc"):
        path = path[:-1]
    while path and not os.path.exists(path):
        path = os.path.dirname(path) if os.path.dirname(path) != path else ""
    return path if os.path.isfile(path) else ""


# -- the two processes -----------------------------------------------------------------------


def run_with_reloader(main: Callable[[], None], loop: ReloaderLoop, sockets: list[socket.socket]) -> None:
    """Run *main* in a process of its own, and again whenever a file has changed.

    In the first process this starts the second, and returns when that has ended for
    good; in the second it runs *main* (which must return when asked to stop).

    :param sockets: what the second process is to serve; it finds them by `listen.inherited_sockets`.
    """
    if is_running_from_reloader():
        main()
    else:
        sys.exit(supervise(loop, sockets))


def supervise(loop: ReloaderLoop, sockets: list[socket.socket]) -> int:
    """Start the program, and start it again for as long as it asks for it; return its last exit status."""
    while True:
        loop.changed()  # what changes from now on is news, should the program not start
        say(f" * Restarting with {loop.name}")
        status = _run_child(sockets)
        if status != AGAIN and (status <= 0 or status >= 128):
            return 0 if status in (0, -2, -15) else abs(status)
        if status != AGAIN:
            say(f" * The program ended with status {status}; it is started again when a file changes.")
            _await_change(loop)


def _run_child(sockets: list[socket.socket]) -> int:
    import subprocess

    descriptors = [sock.fileno() for sock in sockets]
    environ = {**os.environ, CHILD: "true", DESCRIPTORS: ",".join(map(str, descriptors))}
    for sock in sockets:
        sock.set_inheritable(True)
    child = subprocess.Popen(command_line(), env=environ, close_fds=False)
    with _Forwarding(child):
        patience, interrupts = None, 0
        while True:
            try:
                return child.wait(patience)
            except KeyboardInterrupt:  # Ctrl-C reaches the child, too; a signal to this process alone does not
                interrupts += 1
                patience = None if _has_terminal() else ALONE
                if interrupts > 1:
                    child.terminate()
            except subprocess.TimeoutExpired:
                child.terminate()
                patience = None


def _has_terminal() -> bool:
    """Tell whether this process stands in the foreground of a terminal, whose keys signal all of the group."""
    try:
        return os.tcgetpgrp(sys.__stdin__.fileno()) == os.getpgrp()  # type: ignore[union-attr]
    except (AttributeError, OSError, ValueError):  # Windows, where Ctrl-C reaches all of a console, or no terminal
        return os.name == "nt"


class _Forwarding:
    """While a child runs, SIGTERM and SIGHUP go to it, and SIGINT is left to it."""

    def __init__(self, child: subprocess.Popen[bytes]) -> None:
        self._child = child
        self._before: dict[int, Any] = {}

    def __enter__(self) -> None:
        import signal

        if threading.current_thread() is not threading.main_thread():
            return
        for name in ("SIGTERM", "SIGHUP"):
            if hasattr(signal, name):
                number = getattr(signal, name)
                self._before[number] = signal.signal(number, lambda number, frame: self._child.send_signal(number))

    def __exit__(self, *exc_info: object) -> None:
        import signal

        for number, handler in self._before.items():
            signal.signal(number, handler)


def _await_change(loop: ReloaderLoop) -> None:
    loop.lacks_files = True
    while True:
        path = loop.changed()
        if path is not None and loop.is_sound(path):
            say(f" * Detected change in {path!r}, reloading")
            loop.lacks_files = False
            return
        loop._sleep(loop.interval)


def command_line() -> list[str]:
    """Return the command that started this program, to start it again."""
    given = getattr(sys, "orig_argv", None)  # 3.10
    if given:
        return [sys.executable, *given[1:]]
    import subprocess

    main = sys.modules["__main__"]
    flags = subprocess._args_from_interpreter_flags()  # type: ignore[attr-defined]
    if getattr(main, "__spec__", None) is None:
        return [sys.executable, *flags, *sys.argv]
    name = main.__spec__.name  # type: ignore[union-attr]
    return [sys.executable, *flags, "-m", name[:-9] if name.endswith(".__main__") else name, *sys.argv[1:]]
