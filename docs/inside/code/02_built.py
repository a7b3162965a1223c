"""Chapter 2, built: the head of a request has one meaning, or it is refused."""

import re

# token = 1*tchar                                   RFC 9110, 5.6.2
TOKEN = r"[!#$%&'*+\-.^_`|~0-9A-Za-z]+"
REQUEST_LINE = re.compile(rf"({TOKEN}) ([\x21-\x7e]+) HTTP/1\.([01])")
# visible characters, space, tab, and the upper half of Latin-1; no other control character
FIELD = re.compile(rf"({TOKEN}):([\t\x20-\x7e\x80-\xff]*)")
# a name or an address in brackets, and perhaps a port
HOST = re.compile(r"(?:[0-9A-Za-z._~-]*|\[[0-9A-Fa-f:.]+\])(?::[0-9]{0,5})?")

MOST_FIELDS = 100
# These say where a message ends or whom it is for: two of them are two meanings.
SINGLE = {"host", "content-length", "content-type", "transfer-encoding"}


def parse_head(head):
    """Return method, target and fields of a head, which ends before the empty line.

    The fields are a dictionary; its names are in small letters. Raises ValueError
    for whatever two readers could understand differently.
    """
    lines = head.decode("latin-1").split("\r\n")
    if len(lines) > 1 + MOST_FIELDS:
        raise ValueError(f"more than {MOST_FIELDS} fields")
    method, target, version = parse_request_line(lines[0])
    fields = {}
    for line in lines[1:]:
        name, value = parse_field(line)
        fields[name] = join(name, fields[name], value) if name in fields else value
    check_host(fields, version)
    return method, target, fields


def parse_request_line(line):
    """Return method, target and the last digit of the version."""
    match = REQUEST_LINE.fullmatch(line)
    if match is None:
        raise ValueError(f"not a request line: {line[:100]!r}")
    return match.groups()


def parse_field(line):
    """Return the name of a field, in small letters, and its value."""
    match = FIELD.fullmatch(line)
    if match is None:
        raise ValueError(f"not a header field: {line[:100]!r}")
    name, value = match.groups()
    return name.lower(), value.strip(" \t")


def join(name, first, second):
    """Return the value of a field that came twice."""
    if name in SINGLE:
        raise ValueError(f"two fields {name!r}")
    return f"{first}; {second}" if name == "cookie" else f"{first},{second}"


def check_host(fields, version):
    """Make sure that there is one host, and that it is one."""
    if "host" not in fields:
        if version == "1":
            raise ValueError("HTTP/1.1 without a Host")
    elif not HOST.fullmatch(fields["host"]):
        raise ValueError(f"not a host: {fields['host']!r}")


if __name__ == "__main__":
    print(parse_head(b"GET / HTTP/1.1\r\nHost: localhost\r\nX: a\rSmuggled: 1"))
