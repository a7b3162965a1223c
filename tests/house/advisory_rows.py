"""What went wrong elsewhere, in our own words: one row for each line of the list that the tests name as S1, S2, …

Each line: the number, where it was found, what went wrong, and the chapter of docs/inside that is about it.
"""

from __future__ import annotations

from typing import Iterator, NamedTuple


class Row(NamedTuple):
    number: int
    source: str
    title: str
    chapter: str


TABLE = """
# The request line, header fields, framing
1 | CVE-2019-16785, waitress | a bare LF ends a line | 2
2 | CVE-2019-16786, waitress | a list of transfer codings is ignored, and the length used | 3
3 | CVE-2019-16789, waitress | odd white space before `chunked` | 3
4 | CVE-2019-16792, waitress | two lengths become none | 3
5 | CVE-2020-5236, waitress | a pattern for fields that searches for ever | 2
6 | CVE-2022-24761, waitress | `+10`, `0x01` and `1_0` are lengths; anything is a chunk extension | 3
7 | CVE-2022-31015, waitress | a thread closes a socket that another waits on | 5
8 | CVE-2024-49768, waitress | a request is served after the one before it was refused | 4
9 | CVE-2024-49769, waitress | a client that leaves at once makes the server spin | 5
10 | waitress 465, 474 | two `Transfer-Encoding` fields are taken | 3
11 | waitress 464, 475 | a length and chunks in one request | 3
12 | waitress 452, 434 | what clients say of proxies reaches the application | 5
13 | CVE-2018-1000164, gunicorn | line ends in the head of an answer | 7
14 | gunicorn 20.0.1 | chunks are read loosely | 3
15 | CVE-2024-1135, gunicorn | conflicting transfer codings are taken as chunked | 3
16 | CVE-2024-6827, gunicorn | an unknown coding falls back to the length | 3
17 | gunicorn 3144, 3253 | NUL, CR and LF stay in values | 2
18 | gunicorn 22 | methods, versions and names that are none | 2
19 | gunicorn 3556 | a bare CR in a chunk extension | 3
20 | gunicorn 26.0 | targets without a slash, lists as lengths, framing in trailers | 2
21 | gunicorn 3366 | two `Host` or `Content-Type` fields | 2
22 | gunicorn 3382 | a body that was cut counts as whole | 3
23 | CVE-2025-43859, h11 | any two bytes end a chunk | 3
24 | h11 181 | a length of thousands of digits | 3
25 | GHSA-qppv-j76h-2rpx, tornado | `int()` reads lengths and chunk sizes | 3
26 | GHSA-753j-mpmx-qq6g, tornado | chunked twice, and no body is read | 3
27 | tornado 6.4.1 | more than space and tab is stripped from values | 2
28 | CVE-2025-67725, tornado | a repeated field is joined at growing cost | 2
29 | CVE-2023-47627, aiohttp | three loose rules in one parser | 2
30 | CVE-2024-52304, aiohttp | LF in a chunk extension | 3
31 | CVE-2025-53643, aiohttp | trailers are not read, and become a request | 3
32 | CVE-2025-69229, aiohttp | thousands of tiny chunks at growing cost | 3
33 | CVE-2026-22815, aiohttp | trailers without end | 3
34 | CVE-2026-34525, aiohttp | two hosts | 2
35 | aiohttp 3.14.2 | a fragment in the target, LF in the request line | 2
36 | cheroot 275, 737 | of two lengths the last counts | 3
37 | cheroot 230, 714 | a space before the colon | 2
38 | cheroot 721 | a field without a name | 2
39 | twisted 12754 | bare CR or LF inside of a value | 2
40 | cpython 114782 | a bare CR makes one field two | 2
41 | cpython 103204, werkzeug 2716 | signs, underscores and foreign digits in a length | 3
42 | CVE-2022-29361, werkzeug | a body that nobody read becomes the next request | 4
43 | django 10732 | the same in a development server | 4
44 | CVE-2023-41419, gevent | trailers that look like a request | 3
45 | CVE-2020-7658, meinheld | length and chunks, once more | 3
46 | CVE-2016-1000110 | a field `Proxy` becomes HTTP_PROXY | 6
47 | werkzeug 2622 | a name with an underscore hides the one with a hyphen | 6
48 | cpython 87979 | a method of 64 kilobytes | 2
49 | h11 | the greeting of TLS on a plain port | 1
50 | http-garden | 48 kinds of requests that servers read differently | 2
51 | RFC 9112, 6.1 | chunks in a request of HTTP/1.0 | 3
52 | CVE-2020-7694, uvicorn | control characters of terminals in the log | 17
53 | slowloris | a head that never ends holds a thread | 5
54 | werkzeug 2530, hashview 528 | a client without a handshake stops a TLS server | 5
55 | CVE-2023-40217, ssl | plain text before the handshake is read as encrypted | 5
56 | CVE-2021-21419, eventlet | a giant frame of a websocket | 4
57 | CVE-2024-3219, socketpair | a pair of sockets that a stranger can join | 5
# Forms and uploads
58 | CVE-2023-25577, werkzeug | a form of thousands of parts | 8
59 | CVE-2023-46136, werkzeug | a file without line ends is searched again and again | 8
60 | CVE-2024-49767, werkzeug | the limit holds only after all was received | 8
61 | werkzeug 3.1 | one field that fills the memory, or many together | 8
62 | werkzeug 510, 937 | whole uploads in memory | 8
63 | werkzeug 3065, 3077, 3088 | a line end that two reads share | 8
64 | werkzeug 2125 | a boundary that is taken as a pattern | 8
65 | werkzeug 2904, CVE-2024-24762 | options of a field that take for ever | 8
66 | CVE-2026-28356, multipart | the same pattern, elsewhere | 8
67 | CVE-2024-53981, python-multipart | junk around boundaries is logged byte by byte | 8
68 | CVE-2026-40347, python-multipart | text around the parts is read slowly | 8
69 | CVE-2026-42561, CVE-2026-34516 | a part with endless header fields | 8
70 | CVE-2026-53539, python-multipart | semicolons at growing cost | 8
71 | CVE-2020-28473, CVE-2021-23336 | semicolons separate here, and not in the cache | 8
72 | CVE-2026-24486, python-multipart | an upload writes where its name says | 8
73 | CVE-2021-28658, CVE-2021-31542, Django | `../` in the name of an upload | 8
74 | RFC 7578, 4.2 | a second, encoded file name hides the first | 8
75 | CVE-2023-30798, CVE-2024-47874, starlette | parts without number, fields without bound | 8
76 | CVE-2024-30251, aiohttp | a loop that never reaches the end of the body | 8
77 | CVE-2025-69228, aiohttp | the count begins anew with each field | 8
78 | CVE-2025-47287, tornado | a line in the log for each bad part | 8
79 | CVE-2025-67726, tornado | growing cost, and CR in the head of a part | 8
80 | CVE-2023-24580, CVE-2023-46695, Django | files that take a handle each | 8
81 | multipart 2.0 | longer boundaries, and boundaries in the data | 8
82 | micropie 4 | a parser that takes what is wrong and refuses what is right | 8
83 | CVE-2014-3137, bottle | a content type that only contains `application/json` | 7
84 | CVE-2021-32677, FastAPI | JSON is read from plain text | 7
85 | CVE-2022-31799, bottle | bad bytes in a path show a traceback | 7
86 | CVE-2012-1150 | thousands of keys in one bucket | 7
87 | werkzeug | a body over the limit is cut, and served | 7
# Cookies
88 | CVE-2023-23934, werkzeug | a cookie without a name takes another's | 13
89 | werkzeug 1965 | names are decoded, and so prefixes forged | 13
90 | CVE-2024-7592, CVE-2024-52804 | backslashes at growing cost | 13
91 | CVE-2026-0672, CVE-2026-3644 | control characters in a cookie | 13
92 | aiohttp 12395 | the parser of the standard library raises | 13
93 | CVE-2026-42874, microdot | line ends and semicolons in `set_cookie` | 13
94 | tornado 6.5.5 | attributes in the path of a cookie | 13
95 | Flask | a name that is no token is sent | 13
96 | tornado 4.4.2 | browser and server cut the header differently | 13
97 | CVE-2025-69230, aiohttp | a warning for each bad cookie | 13
98 | bottle 735 | `secure=False` is sent as Secure | 13
99 | bottle 900 | pickle in a signed cookie | 13
100 | CVE-2008-0252, cherrypy | a session id that is a path | 13
101 | Microdot and others | two cookie lines, of which one is lost | 13
# Sessions and signing
102 | CVE-2023-30861, flask | a cache keeps somebody's session | 13
103 | CVE-2026-27205, flask | `in` and `len` do not count as a look at the session | 13
104 | CVE-2025-47278, flask | an old key signs | 13
105 | Flask 0.10 | pickle as the session | 13
106 | flask 5381 | input chooses how values are decoded | 13
107 | CVE-2023-27524 | a default key that everybody knows | 13
108 | itsdangerous 126, 296, 299 | ages below zero and beyond the clock | 13
109 | itsdangerous 62 | a separator that a signature may contain | 13
110 | itsdangerous 1.0, 375 | another default digest logs everybody out | 13
111 | CVE-2022-48566 | a comparison that tells how far it got | 13
112 | tornado 3.2.1 | name and value run into each other | 13
113 | compressed sessions | a small cookie becomes a large session | 13
114 | browsers | a cookie that is too large is dropped in silence | 13
115 | CVE-2021-33026, flask-caching | pickle in a cache | 13
116 | CVE-2022-24880, flask-session-captcha | `None` passes a test for False | 13
# Routing, redirects, URLs
117 | CVE-2020-28724, werkzeug | `//evil.example` in a redirect leaves the site | 9
118 | CVE-2021-28861, CVE-2023-28370 and others | the same in static files and slash redirects | 9
119 | CVE-2016-9964, bottle | a redirect with line ends in it | 7
120 | werkzeug 2157, 3121 | redirects that are encoded twice, or never end | 9
121 | werkzeug 2350 | a line end at the end of a path | 9
122 | werkzeug 2489 | a rule that hangs its parser | 9
123 | CVE-2020-10735 | an `<int:n>` of 5000 digits | 9
124 | Flask | an `<int:n>` of foreign digits | 9
125 | CVE-2019-14235, Django | bad UTF-8 is quoted again and again | 9
126 | CVE-2022-0391, CVE-2023-24329, CVE-2025-0938 | a parser of URLs that drops what browsers keep | 9
127 | CVE-2022-45061 | a long host is decoded at growing cost | 9
128 | CVE-2019-3498, CVE-2010-2477 | the page for 404 repeats what was asked | 10
129 | CVE-2025-67724, tornado | a user's text in the reason | 7
130 | URL building | `javascript:` and line ends in the parts of a URL | 9
# Host and proxies
131 | werkzeug 3113, 3142 | hosts that hold paths, logins or markup | 7
132 | CVE-2012-4520, CVE-2011-4140, Django | links in mails to a host of the attacker | 7
133 | CVE-2016-9014, Django | another name for this machine, in debug mode | 17
134 | werkzeug 0.15, waitress | clients speak for proxies | 6
135 | CVE-2019-12781, Django | https because the client says so | 6
136 | gunicorn | fields of proxies that contradict each other | 6
# Files
137 | CVE-2024-49766, werkzeug | a path of the network, on Windows | 15
138 | CVE-2025-66221, werkzeug | the name of a device hangs the server | 15
139 | CVE-2026-21860, werkzeug | devices with endings, blanks and raised digits | 15
140 | CVE-2026-27199, werkzeug | a device further inside the path | 15
141 | CVE-2019-14322, werkzeug | drives and streams, on Windows | 15
142 | Flask 0.6 | backslashes that climb | 15
143 | werkzeug 2349 | an empty folder makes the path absolute | 15
144 | CVE-2017-16762, CVE-2006-0847 | `..%2f` climbs after it was checked | 15
145 | CVE-2023-29159, tornado 4.2.1 | a sibling whose name begins alike | 15
146 | CVE-2024-23334, CVE-2024-42367, aiohttp | links that leave the folder | 15
147 | CVE-2024-27306, aiohttp | scripts in a list of files | 15
148 | CVE-2025-62727, starlette | many ranges at growing cost | 15
149 | RFC 9110, 14.2 | ranges that are not understood | 15
150 | names with NUL | an error of the system, or the wrong ending | 15
151 | the Windows registry | a script that is served as plain text | 15
152 | CVE-2020-25032, flask-cors | a rule looks at a path that is not the one served | 9
153 | CVE-2024-8088, zipfile | an archive that never ends | 15
# Templates
154 | CVE-2014-1402, CVE-2014-0012, jinja | compiled templates in a folder of all users | 14c
155 | CVE-2016-10745, CVE-2019-10906, jinja | `format` reads what the sandbox keeps closed | 14c
156 | CVE-2024-56326, jinja | a stored `format` does the same | 14c
157 | CVE-2025-27516, jinja | and one that a filter fetches | 14c
158 | CVE-2024-56201, jinja | the name of a template becomes code | 14b
159 | jinja 2032 | a template empties the program's lists | 14c
160 | CVE-2024-22195, CVE-2024-34064, jinja | keys that add attributes to a tag | 14a
161 | CVE-2020-28493, CVE-2018-7536 | finding links takes for ever | 14a
162 | MarkupSafe 2.1.4, CVE-2019-14233 | taking tags away takes for ever | 14a
163 | CVE-2010-2480, flask 0.10.1 | the single quote is not escaped | 14a
164 | flask 4831 | pictures of text are not escaped | 14a
165 | template injection | a user writes the template | 14c
166 | sandboxes | sizes without end | 14c
167 | CVE-2022-40023, mako | cutting a template takes for ever | 14a
168 | loaders | `../` in the name of a template | 14c
# Error pages and the debugger
169 | CVE-2016-10516, CVE-2017-12794 | the text of an error is markup | 17
170 | CVE-2019-14806, werkzeug | a console behind a number that can be worked out | 17
171 | CVE-2024-34069, werkzeug | another site uses the console of this machine | 17
172 | werkzeug 2916 | tries are counted in each process anew | 17
173 | waitress, CVE-2022-31799 | strangers read tracebacks | 17
# JSON
174 | CVE-2018-1000656, CVE-2019-1010083, flask | the client chooses how text is decoded | 7
175 | deep JSON | brackets in brackets break the parser | 7
176 | big numbers | digits without end | 7
177 | NaN and infinities | what is no JSON is sent | 7
178 | lists as JSON | a browser takes JSON for a script | 7
# Answers and systems
179 | CVE-2012-2374, CVE-2020-7695 | line ends in the fields of an answer | 7
180 | werkzeug | NUL in a field of an answer | 7
181 | CVE-2026-0865, cpython 144370, 150726 | a check that vanishes when Python optimises | 6
182 | CVE-2024-6923, email | fields that are built by the mail package | 7
183 | CVE-2024-4030, CVE-2023-6597, tempfile | temporary folders that others can read | 8
184 | werkzeug 1597 | another program takes the same port, on Windows | 5
185 | unix sockets | stale files, and files for everybody | 5
186 | CVE-2026-4519, CVE-2026-4786 | a browser is told to open anything | 17
187 | pympler 158, Eel 645, CVE-2014-3137 | old copies inside of other programs stay as they were | 18
"""

# Some of the ids in these rows were not looked up.
FROM_MEMORY = (30, 31, 44, 46, 75, 80, 90, 107, 126, 132, 133, 135, 141, 146, 147)


def rows() -> Iterator[Row]:
    """Yield the rows, in order."""
    for line in TABLE.strip().split("\n"):
        if not line.startswith("#"):
            number, source, title, chapter = (part.strip() for part in line.split("|"))
            yield Row(int(number), source, title, chapter)


def headings() -> dict[int, str]:
    """Return what each group of rows is about, by the number of its first row."""
    lines = TABLE.strip().split("\n")
    return {int(lines[at + 1].partition("|")[0]): line[2:] for at, line in enumerate(lines) if line.startswith("#")}
