"""Which mimetype a file name stands for, from a table of our own.

The system is not asked: the registry of a Windows machine, changed by
whatever was installed there, has served scripts as plain text, which browsers
refuse. The table is of IANA's registry and the WHATWG MIME Sniffing standard;
what it lacks, a program can add by `mimetypes.add_type`.
"""

from __future__ import annotations

import os
import sys

# A mimetype, then its extensions.
_TABLE = """
application/atom+xml: atom
application/epub+zip: epub
application/geo+json: geojson
application/gzip: gz
application/java-archive: jar
application/json: json map
application/ld+json: jsonld
application/manifest+json: webmanifest
application/msword: doc dot
application/octet-stream: bin dll exe iso img msi so o a obj dmg deb
application/pdf: pdf
application/pkcs7-mime: p7c
application/postscript: ps ai eps
application/rss+xml: rss
application/rtf: rtf
application/sql: sql
application/toml: toml
application/vnd.android.package-archive: apk
application/vnd.apple.mpegurl: m3u8
application/vnd.ms-excel: xls xlb
application/vnd.ms-fontobject: eot
application/vnd.ms-powerpoint: ppt pps pot
application/vnd.oasis.opendocument.graphics: odg
application/vnd.oasis.opendocument.presentation: odp
application/vnd.oasis.opendocument.spreadsheet: ods
application/vnd.oasis.opendocument.text: odt
application/vnd.openxmlformats-officedocument.presentationml.presentation: pptx
application/vnd.openxmlformats-officedocument.spreadsheetml.sheet: xlsx
application/vnd.openxmlformats-officedocument.wordprocessingml.document: docx
application/vnd.sqlite3: sqlite3 sqlite db
application/wasm: wasm
application/x-7z-compressed: 7z
application/x-bzip2: bz2
application/x-python-code: pyc
application/x-sh: sh
application/x-shockwave-flash: swf
application/x-tar: tar
application/x-xz: xz
application/xhtml+xml: xhtml xht
application/xml: xsl rdf wsdl xpdl
application/yaml: yaml yml
application/zip: zip
application/zstd: zst
audio/aac: aac
audio/flac: flac
audio/matroska: mka
audio/midi: mid midi
audio/mp4: m4a
audio/mpeg: mp3 mp2
audio/ogg: ogg oga spx
audio/opus: opus
audio/webm: weba
audio/x-aiff: aif aiff
audio/x-wav: wav
font/collection: ttc
font/otf: otf
font/ttf: ttf
font/woff: woff
font/woff2: woff2
image/apng: apng
image/avif: avif
image/bmp: bmp
image/gif: gif
image/heic: heic
image/jpeg: jpg jpeg jpe
image/jxl: jxl
image/png: png
image/svg+xml: svg
image/tiff: tif tiff
image/vnd.microsoft.icon: ico
image/webp: webp
message/rfc822: eml
model/gltf+json: gltf
model/gltf-binary: glb
model/obj: mtl
model/stl: stl
text/calendar: ics
text/css: css
text/csv: csv
text/html: html htm
text/javascript: js mjs cjs
text/markdown: md markdown
text/plain: txt text log ini cfg conf c h pl bat srt
text/richtext: rtx
text/tab-separated-values: tsv
text/vcard: vcf
text/vtt: vtt
text/x-python: py
text/x-rst: rst
text/xml: xml
video/3gpp: 3gp
video/matroska: mkv
video/mp2t: ts m2ts
video/mp4: mp4 m4v mpg4
video/mpeg: mpg mpeg mpe m1v
video/ogg: ogv
video/quicktime: mov qt
video/webm: webm
video/x-msvideo: avi
"""
TYPES = {extension: row.partition(": ")[0]
         for row in _TABLE.strip().splitlines() for extension in row.partition(": ")[2].split()}
# An extension that says how the file of the extension before it is compressed.
ENCODINGS = {"gz": "gzip", "z": "compress", "bz2": "bzip2", "xz": "xz", "br": "br", "zst": "zstd"}
# One extension for two.
SHORT = {"svgz": ("svg", "gz"), "tgz": ("tar", "gz"), "taz": ("tar", "gz"), "tbz2": ("tar", "bz2"),
         "txz": ("tar", "xz")}

_of_system: dict[str, str] = {}  # what the system said, to be left out


def guess_type(name: str) -> tuple[str | None, str | None]:
    """Return the mimetype for a file name and how the file is compressed; None for what is not known.

    A name that is just a compressed file's has no encoding: it is that file.

    >>> guess_type("a.html"), guess_type("logo.svgz"), guess_type("dump.tar.gz"), guess_type("x.gz")
    (('text/html', None), ('image/svg+xml', 'gzip'), ('application/x-tar', 'gzip'), ('application/gzip', None))
    """
    stem, dot, extension = name.rpartition(".")
    extension = extension.lower() if dot else ""
    inner, outer = SHORT.get(extension, ("", extension))
    encoding = ENCODINGS.get(outer)
    if encoding is not None:
        inner = inner or stem.rpartition(".")[2].lower() if inner or "." in stem else ""
        if inner in TYPES:
            return TYPES[inner], encoding
    return TYPES.get(extension) or _told(f".{extension}"), None


def _told(extension: str) -> str | None:
    """Return what the program told `mimetypes` of an extension that the table lacks; not what the system did."""
    registry = sys.modules.get("mimetypes")
    if registry is None or not getattr(registry, "inited", False) or extension not in registry.types_map:
        return None
    if not _of_system:
        known = registry.MimeTypes(file for file in registry.knownfiles if os.path.isfile(file))
        known.read_windows_registry()  # nothing elsewhere
        _of_system.update(known.types_map[True])
    told: str = registry.types_map[extension]
    return None if _of_system.get(extension) == told else told
