"""Keep the compiled form of templates between runs of a program.

Byte code is code: whoever can write it can run it. So the file cache lives in a folder that belongs
to the user and nobody else may write to, and what it finds otherwise it does not load (CVE-2014-1402,
CVE-2014-0012). A cache may lose an entry at any time; it never fails a template.
"""
from __future__ import annotations

import marshal
import os
import stat
import sys
from contextlib import nullcontext, suppress

TYPE_CHECKING = False
if TYPE_CHECKING:
    from contextlib import AbstractContextManager
    from types import CodeType
    from typing import IO, Any, Protocol

    class MemcachedClient(Protocol):
        """What ``MemcachedBytecodeCache`` asks of a client."""

        def get(self, key: str) -> bytes | None: ...
        def set(self, key: str, value: bytes, timeout: int | None = None) -> None: ...

# Format 1 of this engine's generated code. Byte code is for one version of Python; the tag names it.
bc_version = 1
bc_magic = f"minflask {bc_version} {sys.implementation.cache_tag} {sys.hexversion:x}\n".encode()


class Bucket:
    """One template's place in a cache: ``code`` is its compiled form, or None when that must be made.

    :param checksum: of the source; byte code made from another source is not taken.
    """

    def __init__(self, environment: Any, key: str, checksum: str) -> None:
        self.environment = environment
        self.key, self.checksum = key, checksum
        self.code: CodeType | None = None

    def reset(self) -> None:
        """Forget the byte code."""
        self.code = None

    def bytecode_from_string(self, string: bytes) -> None:
        """Take byte code from bytes, if it is whole, of this format, and made from this source."""
        self.reset()
        head = bc_magic + self.checksum.encode()
        if string.startswith(head):
            digest, _, data = string[len(head):].partition(b"\n")
            if digest == _digest(data).encode():  # marshal may crash on what is damaged
                self.code = marshal.loads(data)

    def bytecode_to_string(self) -> bytes:
        """Return the byte code as bytes.

        :raises TypeError: when there is none.
        """
        if self.code is None:
            raise TypeError("this bucket is empty: set its code first, then write it")
        data = marshal.dumps(self.code)
        return bc_magic + self.checksum.encode() + _digest(data).encode() + b"\n" + data

    def load_bytecode(self, f: IO[bytes]) -> None:
        """Take byte code from a file, as ``bytecode_from_string`` does."""
        self.bytecode_from_string(f.read())

    def write_bytecode(self, f: IO[bytes]) -> None:
        """Write the byte code to a file."""
        f.write(self.bytecode_to_string())


class BytecodeCache:
    """Base of all caches; a subclass implements ``load_bytecode`` and ``dump_bytecode``."""

    def load_bytecode(self, bucket: Bucket) -> None:
        """Fill a bucket, or leave it empty when there is nothing for it."""
        raise NotImplementedError

    def dump_bytecode(self, bucket: Bucket) -> None:
        """Store a bucket's byte code."""
        raise NotImplementedError

    def clear(self) -> None:
        """Remove everything stored. May be overridden where that is possible; by default nothing happens."""

    def get_cache_key(self, name: str, filename: str | None = None) -> str:
        """Return the key of a template."""
        return _digest((name if filename is None else f"{name}|{filename}").encode("utf-8", "surrogatepass"))

    def get_source_checksum(self, source: str) -> str:
        """Return the checksum of a source."""
        return _digest(source.encode("utf-8", "surrogatepass"))

    def get_bucket(self, environment: Any, name: str, filename: str | None, source: str) -> Bucket:
        """Return the bucket of a template, filled if its byte code is known."""
        bucket = Bucket(environment, self.get_cache_key(name, filename), self.get_source_checksum(source))
        self.load_bytecode(bucket)
        return bucket

    def set_bucket(self, bucket: Bucket) -> None:
        """Put a bucket into the cache."""
        self.dump_bytecode(bucket)


def _digest(data: bytes) -> str:
    from hashlib import sha1

    return sha1(data, usedforsecurity=False).hexdigest()


class FileSystemBytecodeCache(BytecodeCache):
    """Keep byte code in files.

    :param directory: by default a folder of the user's own in the system's temporary folder.
    :param pattern: of the file names; ``%s`` is the key.
    :raises RuntimeError: when the default folder belongs to another user, or anybody may write to the folder.
    """

    def __init__(self, directory: str | None = None, pattern: str = "__jinja2_%s.cache") -> None:
        self.directory = self._get_default_cache_dir() if directory is None else directory
        self.pattern = pattern
        if os.name != "nt" and os.path.isdir(self.directory) and os.stat(self.directory).st_mode & stat.S_IWOTH:
            raise _untrusted(self.directory)

    def _get_default_cache_dir(self) -> str:
        import tempfile

        if os.name == "nt":
            return tempfile.gettempdir()  # the temporary folder is the user's own there
        folder = os.path.join(tempfile.gettempdir(), f"_minflask-templates-{os.getuid()}")
        try:
            os.mkdir(folder, stat.S_IRWXU)
        except FileExistsError:
            pass
        status = os.lstat(folder)
        if not stat.S_ISDIR(status.st_mode) or not _is_private(status):
            raise _untrusted(folder)
        return folder

    def _get_cache_filename(self, bucket: Bucket) -> str:
        return os.path.join(self.directory, self.pattern % (bucket.key,))

    def load_bytecode(self, bucket: Bucket) -> None:
        """Read the file of the bucket, unless somebody else could have written it."""
        try:
            with open(self._get_cache_filename(bucket), "rb") as file:
                if _is_private(os.fstat(file.fileno())):
                    bucket.load_bytecode(file)
        except OSError:
            pass

    def dump_bytecode(self, bucket: Bucket) -> None:
        """Write the file of the bucket beside its place and then move it there, so that no reader sees half."""
        import tempfile

        target = self._get_cache_filename(bucket)
        try:
            with tempfile.NamedTemporaryFile(  # made with mode 0600
                dir=os.path.dirname(target), prefix=os.path.basename(target), suffix=".tmp", delete=False
            ) as file:
                bucket.write_bytecode(file)
        except OSError:
            return
        try:
            os.replace(file.name, target)
        except OSError:
            _remove(file.name)

    def clear(self) -> None:
        """Remove every file of the pattern from the folder."""
        from fnmatch import filter as matching
        from glob import escape

        for name in matching(os.listdir(self.directory), "*".join(map(escape, self.pattern.split("%s")))):
            _remove(os.path.join(self.directory, name))


def _untrusted(folder: str) -> RuntimeError:
    return RuntimeError(
        f"{folder!r} is not a folder that only this user can write to, so byte code in it cannot be"
        " trusted; pass the folder to use as FileSystemBytecodeCache(directory=…)"
    )


def _is_private(status: os.stat_result) -> bool:
    """Tell whether only this user, or the administrator, could have written what has this status."""
    if os.name == "nt":
        return True
    return status.st_uid in (0, os.getuid()) and not status.st_mode & (stat.S_IWGRP | stat.S_IWOTH)


def _remove(filename: str) -> None:
    try:
        os.remove(filename)
    except OSError:
        pass


class MemcachedBytecodeCache(BytecodeCache):
    """Keep byte code in a memcached server that only trusted programs can reach.

    :param client: has ``get(key)`` and ``set(key, value[, timeout])``.
    :param timeout: seconds to keep an entry; by default the client decides.
    :param ignore_memcache_errors: compile instead when the client raises.
    """

    def __init__(
        self,
        client: MemcachedClient,
        prefix: str = "jinja2/bytecode/",
        timeout: int | None = None,
        ignore_memcache_errors: bool = True,
    ) -> None:
        self.client, self.prefix, self.timeout = client, prefix, timeout
        self.ignore_memcache_errors = ignore_memcache_errors

    def load_bytecode(self, bucket: Bucket) -> None:
        """Ask the client."""
        with self._forgiving():
            bucket.bytecode_from_string(self.client.get(self.prefix + bucket.key) or b"")

    def dump_bytecode(self, bucket: Bucket) -> None:
        """Tell the client."""
        timeout = () if self.timeout is None else (self.timeout,)
        with self._forgiving():
            self.client.set(self.prefix + bucket.key, bucket.bytecode_to_string(), *timeout)

    def _forgiving(self) -> AbstractContextManager[Any]:
        return suppress(Exception) if self.ignore_memcache_errors else nullcontext()
