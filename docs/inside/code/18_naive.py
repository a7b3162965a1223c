"""A test client, a fuzzer, a profiler and a bundler that are good enough for the first day. Run it."""

import io
import time


class Client:
    """Calls an application as a server would, nearly."""

    def __init__(self, app):
        self.app = app

    def open(self, path, method="GET", body=b"", headers=()):
        seen = []
        environ = {"REQUEST_METHOD": method, "PATH_INFO": path, "wsgi.input": io.BytesIO(body)}
        result = self.app(environ, lambda *given: seen.append(given))
        return seen[0][0], dict(seen[0][1]), b"".join(result)


def differs(read, data):
    """Return where to cut the data in two so that the reader reads something else; None if nowhere."""
    middle = len(data) // 2
    return None if read([data[:middle], data[middle:]]) == read([data]) else middle


def calls_of(call):
    """Return what was called, and how often."""
    begin = time.perf_counter()
    call()
    return {"seconds": time.perf_counter() - begin}


def bundle(parts, start):
    """Return the text of one file that does what several modules do."""
    return "\n".join(parts.values())


def lines_of(pieces):
    """Split bytes that come in pieces into lines; wrong for one cut in all."""
    return b"".join(piece.replace(b"\r\n", b"\n") for piece in pieces).split(b"\n")


def app(environ, start_response):
    start_response("200 OK", [("Content-Type", "text/plain")])
    yield environ["QUERY_STRING"].encode()


if __name__ == "__main__":
    try:
        print(Client(app).open("/?page=2"))
    except (KeyError, IndexError) as error:
        print(f"{type(error).__name__}: {error}")
    print("fuzzed:", differs(lines_of, b"GET / HTTP/1.1\r\nHost: a\r\n"))
    print(bundle({"notes": "def name(): return 'notes'", "book": "import notes\nprint(notes.name())"}, "book"))
