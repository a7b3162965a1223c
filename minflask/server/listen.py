"""Where a server listens: TCP of both kinds, unix sockets, sockets that were handed over.

Sockets come out, bound and listening, or an error that says why not, who is in the
way and what to do. What is done with them is unknown here.
"""

from __future__ import annotations

import errno
import os
import socket
import stat
import sys

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

# Set by the reloader for the process that serves; Werkzeug's names, because programs look at the first one.
CHILD, DESCRIPTORS = "WERKZEUG_RUN_MAIN", "WERKZEUG_SERVER_FD"
SO_ATTACH_FILTER = 26  # Linux, asm-generic/socket.h


class CannotListen(OSError):
    """The address cannot be listened on; the message says why and what may help."""


def open_sockets(host: str, port: int, backlog: int, mode: int = 0o600) -> list[socket.socket]:
    """Return listening sockets for a host and port, or for `unix:/path`.

    A host name that means several addresses (`localhost`) gets a socket for each;
    `::` takes IPv4 too, where the system can do that.

    :raises CannotListen: with one line for the user.
    """
    _refuse_without_sockets()
    if host.startswith("unix:"):
        return [_open_unix(unix_path(host), backlog, mode)]
    if host.startswith("fd:"):
        return [adopt(int(host[3:].lstrip("/")))]
    sockets: list[socket.socket] = []
    try:
        for family, address in _addresses(host, port):
            if port == 0 and sockets:  # the others get the port that the first one got
                address = (address[0], sockets[0].getsockname()[1], *address[2:])
            sockets.append(_open_tcp(family, address, backlog))
    except OSError as exc:
        for sock in sockets:
            sock.close()
        raise CannotListen(exc.errno, explain(exc, host, port)) from None
    return sockets


def _refuse_without_sockets() -> None:
    """Say that this Python cannot serve, where it cannot: as WebAssembly it has no sockets to listen on."""
    if sys.platform in ("emscripten", "wasi"):
        raise CannotListen(0, "This Python runs as WebAssembly and has no sockets to listen on. Everything but serving"
                              " works: call the application by app.test_client(), or pass it requests as WSGI.")


def unix_path(host: str) -> str:
    """Return the path in `unix:/path` or `unix:///path`."""
    path = host[len("unix:"):]
    return os.path.abspath(path[2:] if path.startswith("//") else path)


def _addresses(host: str, port: int) -> list[tuple[int, tuple[Any, ...]]]:
    """Return each address that the host name means, IPv4 first, once."""
    name = host.encode() if host.isascii() else host  # as text it would be encoded by IDNA, which is slow to load
    found = socket.getaddrinfo(name or None, port, 0, socket.SOCK_STREAM, 0, socket.AI_PASSIVE)
    unique = {(family, address): None for family, _, _, _, address in found
              if family in (socket.AF_INET, socket.AF_INET6)}
    wanted = sorted(unique, key=lambda item: item[0] != socket.AF_INET)
    return wanted[:1] if host != "localhost" else wanted  # type: ignore[return-value]


def _open_tcp(family: int, address: tuple[Any, ...], backlog: int) -> socket.socket:
    sock = socket.socket(family, socket.SOCK_STREAM)
    try:
        if sys.platform == "win32":  # there SO_REUSEADDR would let another process take the port
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_EXCLUSIVEADDRUSE, 1)
        else:
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        if family == socket.AF_INET6:
            sock.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, int(address[0] != "::"))
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)  # accepted sockets inherit it
        sock.bind(address)
        sock.listen(backlog)
        sock.setblocking(False)
    except OSError:
        sock.close()
        raise
    return sock


def _open_unix(path: str, backlog: int, mode: int) -> socket.socket:
    """Listen on a unix socket; a file that nobody listens on any more is replaced."""
    if not hasattr(socket, "AF_UNIX"):
        raise CannotListen(errno.EAFNOSUPPORT, "This system has no unix sockets; give a host and a port.")
    if len(os.fsencode(path)) > 103:  # sun_path holds 104 bytes or more, with the final NUL
        raise CannotListen(errno.ENAMETOOLONG, f"The socket path {path} is too long: at most 103 bytes fit.")
    sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    try:
        _remove_stale(path)
        before = os.umask(0o777 & ~mode)
        try:
            sock.bind(path)
        finally:
            os.umask(before)
        sock.listen(backlog)
        sock.setblocking(False)
    except OSError as exc:
        sock.close()
        if isinstance(exc, CannotListen):
            raise
        raise CannotListen(exc.errno, f"Cannot listen on {path}: {exc.strerror}.") from None
    return sock


def _remove_stale(path: str) -> None:
    try:
        if not stat.S_ISSOCK(os.stat(path).st_mode):
            raise CannotListen(errno.EEXIST, f"{path} exists and is not a socket; remove it or choose another path.")
    except FileNotFoundError:
        return
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as probe:
        try:
            probe.settimeout(1)
            probe.connect(path)
        except ConnectionRefusedError:
            os.unlink(path)
            return
        except FileNotFoundError:
            return
    raise CannotListen(errno.EADDRINUSE, f"Another program is listening on {path}; stop it or choose another path.")


def adopt(descriptor: int) -> socket.socket:
    """Return the listening socket that was handed to this process under a number.

    :raises CannotListen: when it is none.
    """
    try:
        sock = socket.socket(fileno=descriptor)
        if not sock.getsockopt(socket.SOL_SOCKET, socket.SO_ACCEPTCONN):
            sock.detach()
            raise OSError(errno.EINVAL, "it does not listen")
    except OSError as exc:
        raise CannotListen(exc.errno, f"File descriptor {descriptor} is no listening socket: {exc.strerror}.") from None
    sock.set_inheritable(False)
    sock.setblocking(False)
    return sock


def stop_taking(sock: socket.socket) -> None:
    """Let no further client get into the queue of a listening socket, so that the queue can be emptied for good.

    Between the last `accept` and `close` somebody else may connect, who is then reset. Linux
    can drop what comes for a socket by a filter: to that client, nobody listens any more.
    Elsewhere the moment stays, and is short.
    """
    if not sys.platform.startswith("linux") or sock.family == getattr(socket, "AF_UNIX", None):
        return
    try:
        import ctypes
        from struct import pack

        drop_all = ctypes.create_string_buffer(pack("HBBI", 0x06, 0, 0, 0))  # one instruction: return 0
        program = pack("HL", 1, ctypes.addressof(drop_all))
        sock.setsockopt(socket.SOL_SOCKET, SO_ATTACH_FILTER, program)
    except (ImportError, OSError):
        pass


def is_running_from_reloader() -> bool:
    """Tell whether this is the process that serves, and not the one that starts it again and again."""
    return os.environ.get(CHILD) == "true"


def inherited_sockets() -> list[socket.socket]:
    """Return the sockets that the reloader opened for this process."""
    return [adopt(int(number)) for number in os.environ.get(DESCRIPTORS, "").split(",") if number]


def systemd_sockets() -> list[socket.socket]:
    """Return the sockets that systemd opened for this process (sd_listen_fds), and forget them."""
    if os.environ.get("LISTEN_PID") != str(os.getpid()):
        return []
    count = os.environ.pop("LISTEN_FDS", "0")
    del os.environ["LISTEN_PID"]
    os.environ.pop("LISTEN_FDNAMES", None)
    return [adopt(3 + number) for number in range(int(count) if count.isdecimal() else 0)]


def host_of(sock: socket.socket) -> str:
    """Return where a socket listens, as one writes it for `host`: an address, or `unix:/path`."""
    name = sock.getsockname()
    return str(name[0]) if isinstance(name, tuple) else f"unix:{os.fsdecode(name)}"


def holder(port: int) -> str:
    """Return who listens on a TCP port, such as "python (pid 42)", or "" if it cannot be told.

    Linux tells it of processes that are ours; elsewhere, and of others, nothing is known.
    """
    try:
        sockets = _listening_inodes(port)
        for pid in filter(str.isdecimal, os.listdir("/proc")):
            if sockets and sockets & _descriptors(pid):
                with open(f"/proc/{pid}/comm", encoding="utf-8", errors="replace") as file:
                    return f"{file.read().strip()} (pid {pid})"
    except OSError:
        pass
    return ""


def _listening_inodes(port: int) -> set[str]:
    found = set()
    for table in ("/proc/net/tcp", "/proc/net/tcp6"):
        if os.path.exists(table):
            with open(table, encoding="ascii") as file:
                rows = [line.split() for line in file][1:]
            found |= {f"socket:[{row[9]}]" for row in rows if row[3] == "0A" and row[1].endswith(f":{port:04X}")}
    return found


def _descriptors(pid: str) -> set[str]:
    """Return what the open descriptors of a process are; nothing if it is not ours to see."""
    try:
        names = os.listdir(f"/proc/{pid}/fd")
    except OSError:
        return set()
    found = set()
    for name in names:
        try:
            found.add(os.readlink(f"/proc/{pid}/fd/{name}"))
        except OSError:  # closed meanwhile
            pass
    return found


def explain(exc: OSError, host: str, port: int) -> str:
    """Return one line on why *host* and *port* cannot be listened on, and what may help."""
    where = f"{host}:{port}" if ":" not in host else f"[{host}]:{port}"
    if isinstance(exc, socket.gaierror):
        return f"Cannot listen on {where}: there is no such host as {host!r} ({exc.strerror})."
    if exc.errno in (errno.EADDRINUSE, getattr(errno, "WSAEADDRINUSE", -1)):
        who = holder(port) or "another program"
        return f"Port {port} on {host} is in use by {who}. Stop it, or choose another port with --port."
    if exc.errno in (errno.EACCES, getattr(errno, "WSAEACCES", -1)):
        below = " (ports below 1024 need it)" if port < 1024 else ""
        return f"No permission to listen on {where}{below}. Choose another port with --port."
    if exc.errno in (errno.EADDRNOTAVAIL, getattr(errno, "WSAEADDRNOTAVAIL", -1)):
        return f"Cannot listen on {where}: this machine has no address {host}."
    return f"Cannot listen on {where}: {exc.strerror or exc}."
