"""A folder of files that strangers name: where they lie, what they are, what they are called."""

from __future__ import annotations

import contextlib
import os
import secrets
import threading
from datetime import datetime, timezone
from typing import NamedTuple

from minflask.security import secure_filename

# What browsers show by themselves and cannot run. Anything else is only downloaded.
TYPES = {
    "image": {"png": "image/png", "jpg": "image/jpeg", "jpeg": "image/jpeg", "gif": "image/gif", "webp": "image/webp"},
    "audio": {"wav": "audio/wav", "mp3": "audio/mpeg", "ogg": "audio/ogg", "flac": "audio/flac", "m4a": "audio/mp4"},
    "video": {"mp4": "video/mp4", "webm": "video/webm"},
}


class File(NamedTuple):
    """A stored file: `kind` is image, audio, video, or empty; `size` is in bytes."""

    name: str
    size: int
    changed: datetime
    kind: str
    mimetype: str


class Store:
    """The files of a folder, which is made if it is not there."""

    def __init__(self, folder):
        self.folder = os.path.abspath(folder)
        self._naming = threading.Lock()
        with contextlib.suppress(OSError):
            os.makedirs(self.folder, exist_ok=True)
        if not os.access(self.folder, os.W_OK):
            raise SystemExit(f"The files are to lie in {self.folder!r}, where this user may not write."
                             " Say where else: UPLOADS_FOLDER=/srv/files")

    def add(self, upload):
        """Store an upload under a name made of its own, and return that name."""
        # Under a name nobody asks for until it is whole; a leading dot hides it.
        part = os.path.join(self.folder, f".{secrets.token_hex(8)}.part")
        try:
            upload.save(part)
            with self._naming:
                name = self._free_name(secure_filename(upload.filename) or "file")
                os.replace(part, os.path.join(self.folder, name))
        except BaseException:
            if os.path.exists(part):
                os.unlink(part)
            raise
        return name

    def _free_name(self, wanted):
        stem, extension = os.path.splitext(wanted)
        name, number = wanted, 1
        while os.path.lexists(os.path.join(self.folder, name)):
            number += 1
            name = f"{stem}-{number}{extension}"
        return name

    def all(self):
        """Return the files, the newest first."""
        with os.scandir(self.folder) as entries:
            files = [describe(entry.name, entry.stat()) for entry in entries
                     if entry.is_file() and not entry.name.startswith(".")]
        return sorted(files, key=lambda file: file.changed, reverse=True)

    def find(self, name):
        """Return the file of this name, or None."""
        return next((file for file in self.all() if file.name == name), None)

    def remove(self, file):
        """Delete a file."""
        os.unlink(os.path.join(self.folder, file.name))


def describe(name, info):
    extension = os.path.splitext(name)[1][1:].lower()
    kind = next((kind for kind, types in TYPES.items() if extension in types), "")
    mimetype = TYPES[kind][extension] if kind else "application/octet-stream"
    return File(name, info.st_size, datetime.fromtimestamp(info.st_mtime, timezone.utc), kind, mimetype)
