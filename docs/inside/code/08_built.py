"""Chapter 8: forms: urlencoded text, and multipart as a parser that takes bytes as they come, and has a budget."""

import re
from io import BytesIO
from tempfile import SpooledTemporaryFile
from urllib.parse import unquote_plus

OPTION = re.compile(r';[ \t]*(name|filename)="((?:[^"\\]|\\.)*)"', re.IGNORECASE)
BOUNDARY = re.compile(r';[ \t]*boundary=(?:"([^"]{1,256})"|([!-:<-~]{1,256}))[ \t]*(?:;|\Z)', re.IGNORECASE)


class Malformed(ValueError):
    """This is no form: answer 400."""


class TooMuch(ValueError):
    """There is too much of something: answer 413."""


class Budget:
    """What one request may cost. Whoever uses something takes it off here, and nothing gives it back."""
    def __init__(self, parts=1000, memory=500_000, preamble=65_536):
        self.left = {"parts": parts, "memory": memory, "preamble": preamble}

    def take(self, what, amount):
        self.left[what] -= amount
        if self.left[what] < 0:
            raise TooMuch(f"the form goes beyond its limit: {what}")


def parse_query(text, budget):  # returns pairs
    budget.take("memory", len(text))
    budget.take("parts", text.count("&") + 1)
    fields = [field.partition("=") for field in text.split("&") if field]
    return [(unquote_plus(name), unquote_plus(value)) for name, _, value in fields]


class MultipartParser:
    """Bytes go in, in any pieces; events come out: ("part", name, filename), ("data", bytes), ("end",)."""
    def __init__(self, boundary, budget):
        self.needle, self.budget = b"\r\n--" + boundary, budget
        self.buffer = b"\r\n"  # as if a line had just ended: a boundary may be the very first thing
        self.state, self.filename = self.preamble, None

    def feed(self, data):
        self.buffer, events = self.buffer + data, []
        while self.state(events):  # each state takes what it can off the buffer; True: the next one may go on
            pass
        return events

    def close(self):
        if self.state != self.done:
            raise Malformed("the form ends before its last boundary")

    def before_needle(self):
        """Take off the buffer what surely lies before the next delimiter; tell whether that was there."""
        size, found = len(self.needle), self.needle in self.buffer
        end = self.buffer.find(self.needle) if found else max(0, len(self.buffer) - size + 1)
        taken, self.buffer = self.buffer[:end], self.buffer[end + size * found:]
        self.state = self.after_needle if found else self.state
        return taken, found

    def preamble(self, events):
        skipped, found = self.before_needle()
        self.budget.take("preamble", len(skipped))
        return found

    def after_needle(self, events):
        if self.buffer[:2] not in (b"\r\n", b"--", b"\r", b"-", b""):
            raise Malformed("something else than a line end follows a boundary")
        self.state = {b"--": self.done, b"\r\n": self.head}.get(self.buffer[:2], self.state)
        return len(self.buffer) > 1

    def head(self, events):
        end = self.buffer.find(b"\r\n\r\n", 0, 8192)
        if end < 0 and len(self.buffer) > 8192:
            raise TooMuch("the head of a part is too long")
        if end >= 0:
            lines, self.buffer = self.buffer[:end].decode("utf-8", "replace").split("\r\n"), self.buffer[end + 4:]
            line = next((line for line in lines if line.lower().startswith("content-disposition:")), "")
            options = {key.lower(): text.replace('\\"', '"').replace("%22", '"') for key, text in OPTION.findall(line)}
            if "name" not in options:
                raise Malformed("a part has no name")
            self.budget.take("parts", 1)
            self.filename, self.state = options.get("filename"), self.body
            events.append(("part", options["name"], self.filename))
        return end >= 0

    def body(self, events):
        data, found = self.before_needle()
        self.budget.take("memory", len(data) if self.filename is None else 0)
        events += [("data", data)] * bool(data) + [("end",)] * found
        return found

    def done(self, events):
        self.buffer = b""


def read_form(content_type, stream, budget):  # returns pairs of texts, and a list of (name, filename, file)
    kind, boundary, parts = content_type.partition(";")[0].strip(" \t").lower(), BOUNDARY.search(content_type), []
    if kind == "application/x-www-form-urlencoded":
        return parse_query(stream.read(budget.left["memory"] + 1).decode("utf-8", "replace"), budget), []
    if kind != "multipart/form-data" or not boundary:
        raise Malformed("this is no form, or one without a boundary")
    parser = MultipartParser((boundary[1] or boundary[2]).encode(), budget)
    for data in iter(lambda: stream.read(65_536), b""):
        for what, *values in parser.feed(data):
            if what == "part":
                parts.append((*values, BytesIO() if values[1] is None else SpooledTemporaryFile(500_000)))
            elif what == "data":
                parts[-1][2].write(values[0])
            else:
                parts[-1][2].seek(0)
    parser.close()
    fields = [(name, file.read().decode("utf-8", "replace")) for name, filename, file in parts if filename is None]
    return fields, [part for part in parts if part[1] is not None]


if __name__ == "__main__":
    print(parse_query("note=Hello%2C+Ada%21&tag=red&tag=blue", Budget()))
