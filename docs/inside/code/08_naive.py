"""Chapter 8, the first try: forms by regular expressions, over all of the body that has come so far."""

import io
import re
from urllib.parse import unquote_plus


class Malformed(ValueError):
    """This is no form."""


class TooMuch(ValueError):
    """There is too much of something."""


class Budget:
    """There is no limit yet."""


def parse_query(text, budget):
    return [tuple(map(unquote_plus, field.split("=", 1))) for field in re.split("[&;]", text)]


class MultipartParser:
    """Bytes go in, in any pieces; events come out: ("part", name, filename), ("data", bytes), ("end",)."""

    def __init__(self, boundary, budget):
        self.part = re.compile(b"--" + boundary + b"\r?\n(.*?)\r?\n\r?\n(.*?)\r?\n(?=--" + boundary + b")", re.DOTALL)
        self.buffer, self.looked_at = b"", 0

    def feed(self, data):
        self.buffer, events = self.buffer + data, []
        self.looked_at += len(self.buffer)
        while match := self.part.search(self.buffer):
            options = dict(re.findall(r'; *(\w+)="(.*?)"', match[1].decode()))
            events += [("part", options["name"], options.get("filename")), ("data", match[2]), ("end",)]
            self.buffer = self.buffer[match.end():]
        return events

    def close(self):
        pass


def read_form(content_type, stream, budget):
    """Return the fields, pairs of texts, and the files: (name, filename, file), of a body."""
    if "multipart" not in content_type:
        return parse_query(stream.read().decode(), budget), []
    events = MultipartParser(content_type.partition("boundary=")[2].encode(), budget).feed(stream.read())
    parts = [(part[1], part[2], data[1]) for part, data in zip(events[::3], events[1::3])]
    return ([(name, data.decode()) for name, filename, data in parts if not filename],
            [(name, filename, io.BytesIO(data)) for name, filename, data in parts if filename])


if __name__ == "__main__":
    for kilobytes in (16, 32, 64, 128):
        parser = MultipartParser(b"x", Budget())
        for piece in [b'--x\r\nContent-Disposition: form-data; name="a"\r\n\r\n', *[b"-" * 1024] * kilobytes]:
            parser.feed(piece)
        print(f"a field of {kilobytes:3} kB: {parser.looked_at / 1024:5,.0f} kB looked at")
