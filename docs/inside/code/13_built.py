"""Cookies, signatures and a session: what a visitor may carry for us, and may read, and cannot change."""

from __future__ import annotations

import hmac
import json
import re
import time
import warnings
from base64 import urlsafe_b64decode, urlsafe_b64encode

# RFC 6265, 4.1.1: a name is a token; a value has no space, quote, comma, semicolon or backslash.
NAME = re.compile(r"[!#$%&'*+\-.^_`|~0-9A-Za-z]+")
VALUE = re.compile(r"[!#-+\--:<-\[\]-~]*")
PATH = re.compile("/[ -:<-~]*")


class BadSignature(Exception):
    """This was not signed here, or too long ago, or it was changed."""


def parse_cookie(header):
    """Return the cookies of a header; of two with one name, the first."""
    cookies = {}
    for part in header[:65536].split(";", 1000)[:1000]:
        name, _, value = [text.strip(" \t") for text in part.partition("=")]
        if name:
            cookies.setdefault(name, value)
    return cookies


def dump_cookie(name, value, path="/", more=""):
    for text, pattern in ((name, NAME), (value, VALUE), (path, PATH)):
        if not pattern.fullmatch(text):
            raise ValueError(f"{text!r} cannot stand in a cookie")
    cookie = f"{name}={value}; Path={path}; HttpOnly; SameSite=Lax{more}"
    if len(cookie) > 4093:
        warnings.warn(f"the cookie {name!r} has {len(cookie)} bytes: browsers drop it without a word")
    return cookie


class Signer:
    """Signs texts. The last key signs, and all are good for reading; the salt names the purpose."""
    def __init__(self, keys, salt, clock=time.time):
        self.keys, self.clock = [hmac.digest(key.encode(), salt.encode(), "sha256") for key in keys], clock

    def sign(self, text):
        stamped = f"{text}.{int(self.clock())}"
        return f"{stamped}.{self.signature(self.keys[-1], stamped)}"

    def signature(self, key, text):
        return urlsafe_b64encode(hmac.digest(key, text.encode(), "sha256")).decode()

    def unsign(self, signed, max_age=None):
        stamped, _, signature = signed.rpartition(".")
        if not any(hmac.compare_digest(self.signature(key, stamped).encode(), signature.encode()) for key in self.keys):
            raise BadSignature("the signature does not fit")
        text, _, stamp = stamped.rpartition(".")
        if max_age is not None and not 0 <= self.clock() - int(stamp) <= max_age:
            raise BadSignature("it is too old, or from the future")
        return text


def tag(value):
    """Return a value in a form that JSON has: what it lacks becomes a dict with one key, the tag."""
    if isinstance(value, tuple):
        return {" t": [tag(item) for item in value]}
    if isinstance(value, bytes):
        return {" b": urlsafe_b64encode(value).decode()}
    if isinstance(value, dict):
        tagged = {name: tag(item) for name, item in value.items()}
        return {" di": list(tagged.items())} if len(value) == 1 and next(iter(value)) in UNTAG else tagged
    return [tag(item) for item in value] if isinstance(value, list) else value


UNTAG = {" t": lambda items: tuple(map(untag, items)), " b": urlsafe_b64decode,
         " di": lambda items: {name: untag(item) for name, item in items}}


def untag(value):
    """Undo ``tag``. Nothing is made of input but what stands in the table."""
    if isinstance(value, dict):
        if len(value) == 1 and next(iter(value)) in UNTAG:
            return [UNTAG[name](item) for name, item in value.items()][0]
        return {name: untag(item) for name, item in value.items()}
    return [untag(item) for item in value] if isinstance(value, list) else value


def dumps(value):
    return urlsafe_b64encode(json.dumps(tag(value), separators=(",", ":")).encode()).decode()


def loads(text):
    return untag(json.loads(urlsafe_b64decode(text)))


class Visit:
    """One request's way to its session, which is opened when somebody asks for it."""
    def __init__(self, keys, header):
        self.signer, self.header, self.opened = Signer(keys, "session"), header, None

    @property
    def session(self):
        if self.opened is None:
            try:
                self.opened = loads(self.signer.unsign(parse_cookie(self.header).get("session", ""), 31 * 24 * 3600))
            except BadSignature:
                self.opened = {}
            self.before = dumps(self.opened)
        return self.opened

    def headers(self):
        if self.opened is None:
            return []
        found, now = [("Vary", "Cookie")], dumps(self.opened)
        if now != self.before:
            value, more = (self.signer.sign(now), "") if self.opened else ("", "; Max-Age=0")
            found.append(("Set-Cookie", dump_cookie("session", value, more=more)))
        return found
