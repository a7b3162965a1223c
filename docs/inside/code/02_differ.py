"""Show what two readers make of the same bytes: the naive parser, and one that knows CRLF alone.

Put the second one in front of the first, as a proxy that lets nobody set `Admin`,
and see what passes.
"""

import os
import runpy

HERE = os.path.dirname(os.path.abspath(__file__))
HEADS = [
    b"GET / HTTP/1.1\r\nHost: h\r\nX: a\rAdmin: yes",
    b"GET / HTTP/1.1\r\nHost: h\r\nX: a\nAdmin: yes",
    b"GET / HTTP/1.1\r\nHost: h\r\nX: a\x85Admin: yes",
    b"GET / HTTP/1.1\r\nHost: h\r\nAdmin : yes",
    b"GET / HTTP/1.1\r\nHost: h\r\n\xa0Admin: yes",
    b"GET / HTTP/1.1\r\nHost: h\r\nX: a\r\n Admin: yes",
]


def names_at_crlf(head):
    """Return the names of fields as a reader sees them that ends lines at CRLF, and trims nothing."""
    lines = head.decode("latin-1").split("\r\n")[1:]
    return [line.partition(":")[0].lower() for line in lines if line[:1] != " "]


def main():
    parse_head = runpy.run_path(os.path.join(HERE, "02_naive.py"))["parse_head"]
    for head in HEADS:
        sent = head[len(b"GET / HTTP/1.1\r\nHost: h\r\n"):]
        admin = "admin" in names_at_crlf(head), "admin" in parse_head(head)[2]
        print(f"{ascii(sent.decode('latin-1')):22} proxy: {'Admin' if admin[0] else '-':6}"
              f" naive: {'Admin' if admin[1] else '-'}")


if __name__ == "__main__":
    main()
