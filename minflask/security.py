"""Password hashes, and file names that come from outside.

The formats of the hashes are Werkzeug's, so that stored ones stay good. All
checks of this file return real booleans; a file name is either safe or refused.
"""

from __future__ import annotations

import os
import posixpath
import re

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

SALT_CHARS = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
DEFAULT_PBKDF2_ITERATIONS = 1_000_000
SCRYPT_DEFAULTS = (2**15, 8, 1)  # cost, block size, parallelism: 32 MiB and some 70 ms

# Separators of this system besides "/", which URLs and `safe_join` use.
_os_alt_seps = [sep for sep in (os.sep, os.altsep) if sep and sep != "/"]

# Names that Windows gives to devices, in every folder and with any extension.
# https://learn.microsoft.com/windows/win32/fileio/naming-a-file
_DEVICES = {"CON", "PRN", "AUX", "NUL", "CONIN$", "CONOUT$"} | {
    f"{port}{number}" for port in ("COM", "LPT") for number in "0123456789\u00b9\u00b2\u00b3"
}


# -- passwords -------------------------------------------------------------------------


def gen_salt(length: int) -> str:
    """Return a random text of letters and digits.

    :raises ValueError: for a length below 1.
    """
    if length < 1:
        raise ValueError("A salt needs at least one character.")
    from secrets import choice

    return "".join([choice(SALT_CHARS) for _ in range(length)])


def generate_password_hash(password: str, method: str = "scrypt", salt_length: int = 16) -> str:
    """Return a hash of a password, to be stored; `check_password_hash` compares.

    >>> stored = generate_password_hash("correct horse", method="pbkdf2:sha256:1000")
    >>> check_password_hash(stored, "correct horse"), check_password_hash(stored, "battery")
    (True, False)

    :param method: `scrypt` or `scrypt:cost:block:parallel`; `pbkdf2`,
        `pbkdf2:hash` or `pbkdf2:hash:iterations`. Where Python was built without
        scrypt, plain `scrypt` means `pbkdf2`.
    :param salt_length: in characters.
    :raises ValueError: for a method that is unknown or no longer safe.
    """
    if method == "scrypt":
        import hashlib

        method = "scrypt" if hasattr(hashlib, "scrypt") else "pbkdf2"  # PyPy and browsers have no scrypt
    kind = method.partition(":")[0]
    if kind not in _METHODS:
        raise ValueError(f"Invalid hash method {method!r} for new passwords: use 'scrypt' or 'pbkdf2'.")
    salt = gen_salt(salt_length)
    hashed, full_method = _METHODS[kind](password, salt, method.split(":")[1:])
    return f"{full_method}${salt}${hashed}"


def check_password_hash(pwhash: str, password: str) -> bool:
    """Return whether a password is the one that was hashed.

    The salted hashes of Werkzeug 1.x (`sha256$…`) are read, too, but not made:
    make a new hash when a user with such a one logs in.

    :raises ValueError: for an unknown method.
    """
    from hashlib import algorithms_guaranteed
    from hmac import compare_digest

    method, _, rest = pwhash.partition("$")
    salt, sep, expected = rest.partition("$")
    if not sep:
        return False
    kind, *options = method.split(":")
    if kind in _METHODS:
        hashed = _METHODS[kind](password, salt, options)[0]
    elif method in algorithms_guaranteed and not method.startswith("shake"):
        hashed = _salted_hash(method, salt, password)
    else:
        raise ValueError(f"Invalid hash method {method!r}: this is not a password hash that was made here.")
    return compare_digest(hashed.encode(), expected.encode())


def _scrypt(password: str, salt: str, options: list[str]) -> tuple[str, str]:
    """Return the hash in hex, and the method in full."""
    import hashlib

    try:
        cost, block, parallel = map(int, options) if options else SCRYPT_DEFAULTS
    except ValueError:
        raise ValueError("'scrypt' takes three numbers: scrypt:cost:block_size:parallelism.") from None
    if not hasattr(hashlib, "scrypt"):
        raise ValueError("This build of Python has no scrypt (it needs OpenSSL): use the method 'pbkdf2'.")
    memory = 128 * block * (cost + parallel + 8)  # RFC 7914, 2 and 6: V, B and a few blocks besides
    hashed = hashlib.scrypt(password.encode(), salt=salt.encode(), n=cost, r=block, p=parallel, maxmem=memory)
    return hashed.hex(), f"scrypt:{cost}:{block}:{parallel}"


def _pbkdf2(password: str, salt: str, options: list[str]) -> tuple[str, str]:
    """Return the hash in hex, and the method in full."""
    if len(options) > 2:
        raise ValueError("'pbkdf2' takes a hash and a number: pbkdf2:sha256:1000000.")
    hash_name = options[0] if options else "sha256"
    iterations = int(options[1]) if len(options) > 1 else DEFAULT_PBKDF2_ITERATIONS
    return pbkdf2_hex(password, salt, iterations, hashfunc=hash_name), f"pbkdf2:{hash_name}:{iterations}"


_METHODS: dict[str, Callable[[str, str, list[str]], tuple[str, str]]] = {"scrypt": _scrypt, "pbkdf2": _pbkdf2}


def _salted_hash(method: str, salt: str, password: str) -> str:
    """Return a hash of the kind that Werkzeug 1.x made for `method="sha256"` and such."""
    import hashlib
    import hmac

    if not salt:
        return hashlib.new(method, password.encode()).hexdigest()
    return hmac.new(salt.encode(), password.encode(), method).hexdigest()


def pbkdf2_hex(
    data: str | bytes, salt: str | bytes, iterations: int = DEFAULT_PBKDF2_ITERATIONS,
    keylen: int | None = None, hashfunc: str = "sha256",
) -> str:
    """Return a key derived from data and salt by PBKDF2, in hex; *keylen* is in bytes."""
    data, salt = (value.encode() if isinstance(value, str) else value for value in (data, salt))
    try:
        from hashlib import pbkdf2_hmac
    except ImportError:  # a Python without OpenSSL, as in browsers
        return _slow_pbkdf2(hashfunc, data, salt, iterations, keylen).hex()
    return pbkdf2_hmac(hashfunc, data, salt, iterations, keylen).hex()


def _slow_pbkdf2(name: str, password: bytes, salt: bytes, iterations: int, size: int | None = None) -> bytes:
    """Derive a key as RFC 8018, 5.2 says; the same bytes as hashlib's own, some times slower."""
    import hmac

    keyed, key = hmac.new(password, digestmod=name), b""
    size = keyed.digest_size if size is None else size
    while len(key) < size:
        last = salt + (len(key) // keyed.digest_size + 1).to_bytes(4, "big")
        total = 0
        for _ in range(iterations):
            step = keyed.copy()
            step.update(last)
            last = step.digest()
            total ^= int.from_bytes(last, "big")
        key += total.to_bytes(keyed.digest_size, "big")
    return key[:size]


def safe_str_cmp(a: str | bytes, b: str | bytes) -> bool:
    """Return whether two texts are equal, in a time that does not tell where they differ.

    This is `hmac.compare_digest` for text of all characters, under its Werkzeug 1.x name.
    """
    from hmac import compare_digest

    first, second = (value.encode() if isinstance(value, str) else value for value in (a, b))
    return compare_digest(first, second)


# -- file names ------------------------------------------------------------------------


def safe_join(directory: str, *untrusted: str) -> str | None:
    """Join parts that come from outside to a directory, or return None if they would leave it.

    Serve a file only under the name that this gives. Symbolic links are
    followed: what they point to is taken for part of the directory. What names a
    device, a drive or a share on Windows is refused on every system, so that
    a folder means the same wherever it is served.

    >>> safe_join("/srv/files", "a/b.txt")
    '/srv/files/a/b.txt'
    >>> safe_join("/srv/files", "../b.txt") is None
    True
    """
    parts = [directory or "."]
    for name in untrusted:
        if name:
            name = posixpath.normpath(name)
        if not _stays_inside(name):
            return None
        parts.append(name)
    return posixpath.join(*parts)


def _stays_inside(name: str) -> bool:
    """Return whether a normalised relative name means a file below."""
    segments = name.replace("\\", "/").split("/")
    for segment in segments:
        if segment == ".." or _is_device(segment):
            return False
    return not (
        "\0" in name
        or (name and not segments[0])  # a path from the root, or a share
        or segments[0][1:] == ":"  # `C:` and what stands below it; `c:name` is a name, but on Windows
        or (_os_alt_seps and any(sep in name for sep in _os_alt_seps))
        or (os.name == "nt" and (":" in name or os.path.isabs(name)))
    )


def _is_device(segment: str) -> bool:
    return segment.partition(".")[0].strip().upper() in _DEVICES


def secure_filename(filename: str) -> str:
    """Return a name that can be given to a file: ASCII letters, digits, `.`, `-` and `_` only.

    Nothing of a path is left in it, and it may be empty: then make one up. Two
    names may give the same result.

    >>> secure_filename("../../etc/My käse.txt")
    'etc_My_kase.txt'
    """
    from unicodedata import normalize

    plain = normalize("NFKD", filename).encode("ascii", "ignore").decode("ascii")
    for sep in filter(None, (os.sep, os.altsep)):
        plain = plain.replace(sep, " ")
    name = re.sub(r"[^A-Za-z0-9_.-]", "", "_".join(plain.split())).strip("._")
    return f"_{name}" if _is_device(name) else name  # everywhere: `safe_join` refuses devices everywhere
