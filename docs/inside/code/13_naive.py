"""A session in a signed cookie, as one writes it on the first try. Chapter 13 of docs/inside forges it."""

from __future__ import annotations

import hashlib
import pickle
import time


class BadSignature(Exception):
    pass


def parse_cookie(header):
    return dict(part.split("=", 1) for part in header.split("; "))


def dump_cookie(name, value, path="/"):
    return f"{name}={value}; Path={path}"


dumps = lambda value: pickle.dumps(value).hex()
loads = lambda text: pickle.loads(bytes.fromhex(text))


class Signer:
    def __init__(self, keys, salt, clock=time.time):
        self.keys, self.salt, self.clock = keys, salt, clock

    def sign(self, text):
        text += f".{int(self.clock())}"
        return text + "." + self.signature(self.keys[0], text)

    def signature(self, key, text):
        return hashlib.sha256((key + self.salt + text).encode()).hexdigest()

    def unsign(self, signed, max_age=None):
        stamped, signature = signed.rsplit(".", 1)
        text, stamp = stamped.rsplit(".", 1)
        if max_age is None or self.clock() - int(stamp) <= max_age:
            if signature in [self.signature(key, stamped) for key in self.keys]:
                return text
        raise BadSignature(signed)


class Visit:
    def __init__(self, keys, header):
        self.signer = Signer(keys, "session")
        self.session = loads(self.signer.unsign(parse_cookie(header)["session"])) if header else {}

    def headers(self):
        return [("Set-Cookie", dump_cookie("session", self.signer.sign(dumps(self.session))))]


if __name__ == "__main__":
    cookie = Signer(["secret"], "name", lambda: 1700000000).sign("-of-the-adminyes")
    print("the visitor got:", cookie[:36] + "...")
    print("admin?", Signer(["secret"], "name-of-the-admin").unsign(cookie[13:]))
