"""The names that Flask's family goes by, and where minflask keeps the same things.

One table, no logic: `compat` serves it. Each row is `alias module -> homes`.
A name of the alias is looked for in its homes in their order, so the main one
stands first. `.x` is a module of this package, a name without a dot one of the
standard library; `name=home:other` is for the few things that are called
differently at home or live in an odd place, and `name=home` for a name that no
listed home holds; `name=module:` is a module itself. An alias whose homes do not exist is a mistake that
`tests/test_compat.py` reports.
"""

from __future__ import annotations

# What each package says of itself: the release whose behaviour is followed, so
# that an extension which compares versions takes the branch that fits.
VERSIONS = {
    "flask": ("Flask", "3.1.3"),
    "werkzeug": ("Werkzeug", "3.1.8"),
    "jinja2": ("Jinja2", "3.1.6"),
    "markupsafe": ("MarkupSafe", "3.0.3"),
    "itsdangerous": ("itsdangerous", "2.2.0"),
    "blinker": ("blinker", "1.9.0"),
    "click": ("click", "8.3.1"),
}

# These only hand on what lives elsewhere, so they keep what they looked up once.
SHELVES = frozenset({"flask", "werkzeug", "jinja2", "itsdangerous"})

# A module of the originals also holds the names that it imports from its kin, and
# now and then a program takes one from there (`from flask.app import Rule`). What
# no home has is looked for here, unless it is private.
NEIGHBOURS = {
    "flask": ". .globals .helpers .ctx .cli .sessions .routing .http.exceptions .http.structures .http.headers .signing"
             " .jinja.environment .jinja.loaders .http.utils .http.codec .server",
    "werkzeug": ".http.structures .http.headers .http.fields .http.uploads .http.exceptions .http.codec .http.cookies"
                " .http.utils .http.wsgi .http.urls .http.request .http.response .http.forms .routing .markup .server",
    "jinja2": ".jinja.environment .jinja.runtime .jinja.nodes .jinja.utils .jinja.errors .jinja.loaders .jinja.lexer"
              " .jinja.filters .jinja.async_utils .jinja.compiler .jinja.scope .markup",
    "click": ".commands",
}

FLASK = {
    "flask": ". json_available=builtins:True",  # 1.x: asked by extensions that cope without JSON
    "flask.__main__": ".__main__",
    "flask.app": ".app .wrappers .helpers .globals .signals .sessions click=click: cli=.cli:",
    "flask.blueprints": ".blueprints .scaffold",
    "flask.cli": ".cli click=click:",
    "flask.config": ".config",
    "flask.ctx": ".ctx .globals",
    "flask.debughelpers": ".debughelpers",
    "flask.globals": ".globals",
    "flask.helpers": ".helpers .globals .scaffold cached_property=.http.utils BaseResponse=.http.response:Response",
    "flask.json": ".json",
    "flask.json.provider": ".json.provider _default=.json.provider:default_types",
    "flask.json.tag": ".json.tag dumps=.json loads=.json",
    "flask.logging": ".logging",
    "flask.sansio": "",
    "flask.sansio.app": ".app App=.app:Flask",
    "flask.sansio.blueprints": ".blueprints",
    "flask.sansio.scaffold": ".scaffold",
    "flask.scaffold": ".scaffold",
    "flask.sessions": ".sessions .json.tag",
    "flask.signals": ".signals",
    "flask.templating": ".templating .jinja.environment",
    "flask.testing": ".testing .http.client",
    "flask.typing": ".typing",
    "flask.views": ".views ft=.typing: http_method_funcs=.views:_METHODS",
    "flask.wrappers": ".wrappers RequestBase=.http.request:Request ResponseBase=.http.response:Response",
}

WERKZEUG = {
    "werkzeug": "Client=.http.client Request=.http.request Response=.http.response run_simple=.server",
    "werkzeug._internal": ".http.codec .http.wsgi .http.utils .logging _wsgi_encoding_dance=.http.builder:wire_text"
                          " _wsgi_decoding_dance=.http.wsgi:decode_wsgi",
    "werkzeug._reloader": ".server.reloader _find_stat_paths=.server.reloader:watched_paths"
                          " _find_watchdog_paths=.server.reloader:watched_paths"
                          " _get_args_for_reloading=.server.reloader:command_line"
                          " WatchdogReloaderLoop=.server.reloader:ReloaderLoop",
    "werkzeug.datastructures": ".http.structures .http.headers .http.fields .http.uploads .http.ordered",
    "werkzeug.datastructures.accept": ".http.accept",
    "werkzeug.datastructures.auth": ".http.auth",
    "werkzeug.datastructures.cache_control": ".http.fields",
    "werkzeug.datastructures.csp": ".http.fields",
    "werkzeug.datastructures.etag": ".http.ranges",
    "werkzeug.datastructures.file_storage": ".http.uploads",
    "werkzeug.datastructures.headers": ".http.headers",
    "werkzeug.datastructures.mixins": ".http.structures",
    "werkzeug.datastructures.range": ".http.ranges",
    "werkzeug.datastructures.structures": ".http.structures _OrderedMultiDict=.http.ordered:OrderedMultiDict"
                                          " _ImmutableOrderedMultiDict=.http.ordered:ImmutableOrderedMultiDict",
    "werkzeug.debug": ".server.debugger",
    "werkzeug.debug.tbtools": ".server.debugger",
    "werkzeug.exceptions": ".http.exceptions",
    "werkzeug.formparser": ".http.forms .http.multipart",
    "werkzeug.http": ".http.codec .http.cookies .http.fields",
    "werkzeug.local": ".local get_ident=threading:get_ident",
    "werkzeug.middleware": "",
    "werkzeug.middleware.dispatcher": ".http.middleware.dispatcher",
    "werkzeug.middleware.http_proxy": ".http.middleware.http_proxy",
    "werkzeug.middleware.lint": ".http.middleware.lint",
    "werkzeug.middleware.profiler": ".http.middleware.profiler",
    "werkzeug.middleware.proxy_fix": ".http.middleware.proxy_fix",
    "werkzeug.middleware.shared_data": ".http.middleware.shared_data",
    "werkzeug.routing": ".routing .converters NotFound=.http.exceptions MethodNotAllowed=.http.exceptions",
    "werkzeug.routing.converters": ".converters",
    "werkzeug.routing.exceptions": ".routing",
    "werkzeug.routing.map": ".routing",
    "werkzeug.routing.matcher": ".routing",
    "werkzeug.routing.rules": ".routing",
    "werkzeug.sansio": "",
    "werkzeug.sansio.http": ".http.codec .http.cookies",
    "werkzeug.sansio.multipart": ".http.multipart",
    "werkzeug.sansio.request": "Request=.http.request_head:head_of_parts .http.request",
    "werkzeug.sansio.response": ".http.response",
    "werkzeug.sansio.utils": "get_host=.http.wsgi:host_of get_content_length=.http.wsgi:content_length_of"
                             " get_current_url=.http.wsgi:url_of .http.wsgi",
    "werkzeug.security": ".security",
    "werkzeug.serving": ".server.serving .server",
    "werkzeug.test": ".http.client .http.builder .http.jar",
    "werkzeug.urls": ".http.urls",
    "werkzeug.user_agent": ".http.fields",
    "werkzeug.useragents": ".http.fields",
    "werkzeug.utils": ".http.utils secure_filename=.security escape=.markup unescape=.markup"
                      " send_file=.http.files send_from_directory=.http.files redirect=.http.redirects"
                      " append_slash_redirect=.http.redirects"
                      " safe_join=.security",
    "werkzeug.wrappers": ".http.request .http.response",
    "werkzeug.wrappers.json": ".http.request",
    "werkzeug.wrappers.request": ".http.request",
    "werkzeug.wrappers.response": ".http.response",
    "werkzeug.wsgi": ".http.wsgi _RangeWrapper=.http.wsgi:RangeWrapper",
}

JINJA = {
    "jinja2": ".jinja.environment .jinja.loaders .jinja.errors .jinja.undefined .jinja.utils .jinja.bccache"
              " Markup=.markup escape=.markup",
    "jinja2.async_utils": ".jinja.async_utils",
    "jinja2.asyncsupport": ".jinja.async_utils",  # the name it had before 3.0
    "jinja2.bccache": ".jinja.bccache",
    "jinja2.compiler": ".jinja.compiler",
    "jinja2.debug": ".jinja.debug .jinja.runtime",
    "jinja2.defaults": ".jinja.defaults",
    "jinja2.environment": ".jinja.environment",
    "jinja2.exceptions": ".jinja.errors",
    "jinja2.ext": ".jinja.ext .jinja.i18n",
    "jinja2.filters": ".jinja.filters",
    "jinja2.idtracking": ".jinja.scope",
    "jinja2.lexer": ".jinja.lexer",
    "jinja2.loaders": ".jinja.loaders",
    "jinja2.meta": ".jinja.meta",
    "jinja2.nativetypes": ".jinja.nativetypes",
    "jinja2.nodes": ".jinja.nodes",
    "jinja2.parser": ".jinja.parser",
    "jinja2.runtime": ".jinja.runtime .jinja.loops .jinja.undefined",
    "jinja2.sandbox": ".jinja.sandbox",
    "jinja2.tests": ".jinja.tests",
    "jinja2.utils": ".jinja.utils .jinja.undefined Markup=.markup escape=.markup have_async_gen=builtins:True",
    "jinja2.visitor": ".jinja.nodes",
}

MARKUPSAFE = {
    "markupsafe": ".markup",
    "markupsafe._native": ".markup",
}

ITSDANGEROUS = {
    "itsdangerous": ".signing",
    "itsdangerous._json": ".signing.serializer",
    "itsdangerous.encoding": ".signing.signer",
    "itsdangerous.exc": ".signing.signer",
    "itsdangerous.serializer": ".signing.serializer",
    "itsdangerous.signer": ".signing.signer",
    "itsdangerous.timed": ".signing.serializer .signing.signer",
    "itsdangerous.url_safe": ".signing.serializer",
}

BLINKER = {
    "blinker": ".signals",
    "blinker._utilities": ".signals",
    "blinker.base": ".signals",
}

CLICK = {
    "click": ".commands",
    "click.core": ".commands",
    "click.decorators": ".commands",
    "click.exceptions": ".commands",
    "click.testing": ".testing",
    "click.types": ".commands",
    "click.utils": ".commands",
    "click.termui": ".commands",
    "click.globals": ".commands",
}

TABLE = {**FLASK, **WERKZEUG, **JINJA, **MARKUPSAFE, **ITSDANGEROUS, **BLINKER, **CLICK}
