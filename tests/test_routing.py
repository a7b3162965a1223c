"""Routing: which rule wins, what a miss says, and what URLs are built."""

from __future__ import annotations

import random
import threading
import unittest
import warnings

from minflask.http.exceptions import BadHost, HTTPException, MethodNotAllowed, NotFound
from minflask.http.structures import ImmutableDict, MultiDict
from minflask.routing import (BaseConverter, BuildError, EndpointPrefix, IntegerConverter, Map, Miss, RequestRedirect,
                              RoutingException, Rule, RuleFactory, RuleTemplate, Subdomain, Submount, ValidationError,
                              WebsocketMismatch, parse_converter_args)


def adapter(*rules, server="example.org", subdomain=None, **options):
    """Bind a map of rules; a text stands for a rule that has itself as its endpoint."""
    made = [rule if isinstance(rule, RuleFactory) else Rule(rule, endpoint=rule) for rule in rules]
    return Map(made, **options).bind(server, "/", subdomain)


def environ(path="/", host="example.org", scheme="http", **more):
    return {"REQUEST_METHOD": "GET", "SCRIPT_NAME": "", "PATH_INFO": path, "QUERY_STRING": "", "HTTP_HOST": host,
            "SERVER_NAME": "example.org", "SERVER_PORT": "80", "wsgi.url_scheme": scheme, **more}


def outcome(urls, path, method="GET", **options):
    """Say in one value what matching a path gives."""
    try:
        return urls.match(path, method=method, **options)
    except RequestRedirect as exc:
        return exc.new_url
    except HTTPException as exc:
        return exc.code


class Matching(unittest.TestCase):
    def check(self, urls, cases, method="GET"):
        for path, wanted in cases:
            with self.subTest(path=path):
                self.assertEqual(outcome(urls, path, method), wanted)

    def test_static_and_variable_rules_side_by_side_B122_B125_B133(self):
        self.check(adapter("/", "/<name>", "/post/<int:id>", "/post/new"), [
            ("/", ("/", {})),
            ("/ada", ("/<name>", {"name": "ada"})),
            ("/post/7", ("/post/<int:id>", {"id": 7})),
            ("/post/new", ("/post/new", {})),
            ("/post/old", 404), ("/post/7/x", 404), ("/ada/7", 404),
        ])

    def test_what_each_place_prefers(self):
        rules = ("/<path:any>", "/<name>", "/<int:id>", "/a<name>", "/<name>.html", "/a<name>.html", "/about",
                 "/<first>/<second>", "/<first>/<int:second>", "/x/<second>", "/<path:head>/tail")
        self.check(adapter(*rules), [
            ("/about", ("/about", {})),
            ("/12", ("/<int:id>", {"id": 12})),
            ("/abc.html", ("/a<name>.html", {"name": "bc"})),
            ("/b.html", ("/<name>.html", {"name": "b"})),
            ("/abc", ("/a<name>", {"name": "bc"})),
            ("/bc", ("/<name>", {"name": "bc"})),
            ("/x/1", ("/x/<second>", {"second": "1"})),
            ("/y/1", ("/<first>/<int:second>", {"first": "y", "second": 1})),
            ("/y/z", ("/<first>/<second>", {"first": "y", "second": "z"})),
            ("/y/z/tail", ("/<path:head>/tail", {"head": "y/z"})),
            ("/y/z/u", ("/<path:any>", {"any": "y/z/u"})),
        ])

    def test_the_order_of_adding_decides_only_between_equals(self):
        rules = ["/<int:id>", "/<name>", "/<path:any>", "/n<name>", "/now"]
        for seed in range(6):
            random.Random(seed).shuffle(rules)
            self.check(adapter(*rules), [("/now", ("/now", {})), ("/nil", ("/n<name>", {"name": "il"})),
                                         ("/3", ("/<int:id>", {"id": 3})), ("/a/b", ("/<path:any>", {"any": "a/b"}))])
        first = adapter(Rule("/<a>", endpoint=1), Rule("/<b>", endpoint=2))
        self.assertEqual(first.match("/x"), (1, {"a": "x"}))

    def test_a_way_without_a_rule_at_its_end_is_left_for_the_next(self):
        self.check(adapter("/a/b/c", "/<x>/b/d", "/a/<y>/e", "/<path:p>/f"), [
            ("/a/b/d", ("/<x>/b/d", {"x": "a"})), ("/a/b/e", ("/a/<y>/e", {"y": "b"})),
            ("/a/b/f", ("/<path:p>/f", {"p": "a/b"})), ("/a/b/g", 404)])

    def test_several_variables_in_a_segment(self):
        self.check(adapter("/<a>-<b>.html", "/v<int:major>.<int:minor>", "/.<int:n>"), [
            ("/x-y.html", ("/<a>-<b>.html", {"a": "x", "b": "y"})),
            ("/v1.2", ("/v<int:major>.<int:minor>", {"major": 1, "minor": 2})),
            ("/.5", ("/.<int:n>", {"n": 5})), ("/a5", 404)])

    def test_paths_with_slashes_between_other_parts_B129(self):
        self.check(adapter("/f/<path:name>", "/f/<path:name>/edit", "/w/<path:a>/to/<path:b>"), [
            ("/f/a/b.txt", ("/f/<path:name>", {"name": "a/b.txt"})),
            ("/f/a/b/edit", ("/f/<path:name>/edit", {"name": "a/b"})),
            ("/w/a/b/to/c/d", ("/w/<path:a>/to/<path:b>", {"a": "a/b", "b": "c/d"})),
            ("/f/", 404)])

    def test_encoded_slashes_and_newlines_X94_X95(self):
        urls = adapter("/s/<name>", "/p/<path:name>")
        self.check(urls, [("/s/a/b", 404), ("/p/a\nb", 404), ("/s/a\nb", ("/s/<name>", {"name": "a\nb"}))])
        self.assertEqual(outcome(adapter("/hello"), "/hello\n"), 404)  # S121: \Z, never $

    def test_a_refused_value_leads_to_the_next_rule(self):
        class Even(BaseConverter):
            weight = 10

            def to_python(self, value):
                if len(value) % 2:
                    raise ValidationError
                return value * 2

        urls = adapter("/<even:a>", "/<b>", converters={"even": Even})
        self.check(urls, [("/xy", ("/<even:a>", {"a": "xyxy"})), ("/xyz", ("/<b>", {"b": "xyz"}))])

    def test_head_comes_with_get(self):
        urls = adapter(Rule("/get", methods=["get"], endpoint=1), Rule("/post", methods=["POST"], endpoint=2))
        self.assertEqual([outcome(urls, "/get", "HEAD"), outcome(urls, "/post", "HEAD")], [(1, {}), 405])

    def test_405_names_the_methods_of_all_rules_B269_X97(self):
        urls = adapter(Rule("/<x>", methods=["GET"]), Rule("/a", methods=["POST", "PUT"]),
                       Rule("/a/", methods=["PATCH"]))
        with self.assertRaises(MethodNotAllowed) as caught:
            urls.match("/a", method="DELETE")
        self.assertEqual(sorted(caught.exception.valid_methods), ["GET", "HEAD", "POST", "PUT"])
        self.assertEqual(sorted(urls.allowed_methods("/b")), ["GET", "HEAD"])
        self.assertEqual(list(urls.allowed_methods("/b/c")), [])
        self.assertEqual([urls.test("/a"), urls.test("/a/", "GET"), urls.test("/")], [True, False, False])

    def test_a_missing_slash_is_404_for_a_method_that_the_branch_does_not_take(self):
        for strict in (True, False):
            urls = adapter(Rule("/a/", methods=["POST"], endpoint="a", strict_slashes=strict), Rule("/b"))
            self.assertEqual([outcome(urls, "/a", "GET"), outcome(urls, "/a/", "GET")], [404, 405])
            self.assertEqual(outcome(urls, "/a", "POST"), "http://example.org/a/" if strict else ("a", {}))

    def test_errors_do_not_echo_the_path_S128(self):
        for path, method in (("/<b>", "GET"), ("/a", "<b>")):
            with self.assertRaises(HTTPException) as caught:
                adapter(Rule("/a", methods=["GET"])).match(path, method=method)
            self.assertNotIn("<b>", caught.exception.get_body())

    def test_changed_methods_of_a_rule_count(self):
        rule = Rule("/", methods=["GET"], endpoint="e")
        urls = adapter(rule)
        self.assertEqual(outcome(urls, "/", "POST"), 405)
        rule.methods.add("POST")
        self.assertEqual(outcome(urls, "/", "POST"), ("e", {}))

    def test_websocket_rules_match_websocket_requests_only(self):
        urls = adapter(Rule("/", endpoint="page"), Rule("/", endpoint="feed", websocket=True),
                       Rule("/ws", endpoint="ws", websocket=True), Rule("/page", endpoint="other"))
        self.assertEqual(urls.match("/", websocket=True), ("feed", {}))
        self.assertEqual(urls.match("/"), ("page", {}))
        for path, websocket in (("/ws", False), ("/page", True)):
            with self.assertRaises(WebsocketMismatch):
                urls.match(path, websocket=websocket)
        asked = {"HTTP_CONNECTION": "keep-alive, Upgrade", "HTTP_UPGRADE": "WebSocket"}
        self.assertEqual(urls.map.bind_to_environ(environ("/ws", **asked)).match(), ("ws", {}))
        self.assertEqual(urls.build("ws"), "ws://example.org/ws")
        self.assertEqual(urls.build("ws", url_scheme="https"), "wss://example.org/ws")
        with self.assertRaises(ValueError):
            Rule("/ws", websocket=True, methods=["GET", "POST"])

    def test_a_thousand_rules(self):
        urls = adapter(*[f"/s{i}/x" if i % 2 else f"/s{i}/<int:id>/y{i}" for i in range(1000)])
        self.check(urls, [("/s999/x", ("/s999/x", {})), ("/s500/4/y500", ("/s500/<int:id>/y500", {"id": 4})),
                          ("/s998/4/y998", ("/s998/<int:id>/y998", {"id": 4})), ("/s998/4/y996", 404), ("/t", 404)])

    def test_resolve_raises_nothing(self):
        urls = Map([Rule("/a/", endpoint="a", methods=["GET"]), Rule("/u/<int:n>", endpoint="u")])
        rule, values = urls.resolve("", "/u/3", "GET")
        self.assertEqual((rule.endpoint, values), ("u", {"n": 3}))
        for path, method, kind in (("/a", "GET", "path"), ("/a/", "PUT", "method"), ("/b", "GET", "not found")):
            miss = urls.resolve("", path, method)
            self.assertIsInstance(miss, Miss)
            self.assertEqual(miss.kind, kind)
        self.assertEqual(urls.resolve("", "/a/", "PUT").methods, ["GET", "HEAD"])
        self.assertIn("path", repr(urls.resolve("", "/a", "GET")))

    def test_values_are_new_with_each_match(self):
        urls = Map([Rule("/s", endpoint="s", methods=["GET"]), Rule("/d", endpoint="d", defaults={"x": []})])
        for path in ("/s", "/d"):
            urls.resolve("", path, "GET")[1]["changed"] = True
            self.assertNotIn("changed", urls.resolve("", path, "GET")[1])

    def test_a_subclass_of_the_rule_is_used_as_it_is(self):
        class Shouting(Rule):
            def build(self, values, append_unknown=True):
                domain, path = super().build(values, append_unknown)
                return domain, path.upper()

        urls = adapter(Shouting("/abc/<x>", endpoint="e"))
        self.assertEqual(urls.build("e", {"x": "y"}), "/ABC/Y")


class Slashes(unittest.TestCase):
    def test_a_missing_slash_redirects_with_the_query_C4_X86(self):
        urls = adapter("/bar/", "/f/<path:p>/", Rule("/post/", methods=["POST"], endpoint="post"))
        for path, method, wanted in (("/bar", "GET", "/bar/?a=%26b"), ("/f/a/b", "GET", "/f/a/b/?a=%26b"),
                                     ("/post", "POST", "/post/?a=%26b"), ("", "GET", 404)):
            with self.subTest(path=path):
                found = outcome(urls, path, method, query_args="a=%26b")
                self.assertEqual(found, wanted if wanted == 404 else f"http://example.org{wanted}")

    def test_the_status_is_308_and_an_attribute_of_the_class_C1_C4(self):
        self.assertEqual(RequestRedirect("http://a/").code, 308)

        class Old(RequestRedirect):
            code = 301
        self.assertEqual(Old("/").code, 301)

    def test_an_empty_path_redirects_to_the_root_of_the_script(self):
        urls = Map([Rule("/", endpoint="i")])
        for script, wanted in ((None, "http://h/"), ("/app", "http://h/app/"), ("/app/", "http://h/app/")):
            self.assertEqual(outcome(urls.bind("h", script), ""), wanted)
        self.assertEqual(urls.bind("h").match(), ("i", {}))

    def test_rules_that_are_not_strict_take_both(self):
        urls = adapter("/leaf", "/branch/", "/p/<path:p>", strict_slashes=False)
        for wanted, other in (("/leaf", "/leaf/"), ("/branch/", "/branch")):
            self.assertEqual([outcome(urls, path) for path in (wanted, other)], [(wanted, {})] * 2)
        self.assertEqual(outcome(urls, "/p/a/"), ("/p/<path:p>", {"p": "a/"}))
        both = adapter(Rule("/x", endpoint="leaf"), Rule("/x/", endpoint="branch"), strict_slashes=False)
        self.assertEqual([both.match("/x"), both.match("/x/")], [("leaf", {}), ("branch", {})])

    def test_a_leaf_does_not_take_a_slash(self):
        self.assertEqual(outcome(adapter("/leaf"), "/leaf/"), 404)

    def test_runs_of_slashes_redirect_to_one_C5_S120(self):
        urls = adapter("/a/b", "/c/<x>/", Rule("/raw//x", endpoint="raw", merge_slashes=False), "/p/<path:p>")
        for path, wanted in (("/a//b", "/a/b"), ("/a/////b", "/a/b"), ("/c//x%", "/c/x%25/"), ("/c/x////", "/c/x/")):
            self.assertEqual(outcome(urls, path), f"http://example.org{wanted}")
        self.assertEqual(outcome(urls, "/p/http://x//y"), ("/p/<path:p>", {"p": "http://x//y"}))
        self.assertEqual([outcome(urls, "/raw//x"), outcome(urls, "/raw/x"), outcome(urls, "/raw///x")],
                         [("raw", {}), 404, 404])
        self.assertEqual([urls.build("raw"), adapter("/a//b").build("/a//b")], ["/raw//x", "/a/b"])
        self.assertEqual(outcome(adapter("/a/b", merge_slashes=False), "/a//b"), 404)

    def test_no_redirect_leaves_the_own_host_X85_S117_S118(self):
        urls = adapter("/<path:p>/", "/evil.example/")
        for path in ("//evil.example", "///evil.example", "//evil.example/x", "/\\evil.example", "//evil.example%2f.."):
            with self.subTest(path=path):
                self.assertTrue(outcome(urls, path).startswith("http://example.org/"), outcome(urls, path))
                self.assertNotIn("//evil", outcome(urls, path)[len("http://"):])
        self.assertEqual(outcome(adapter("/<x>"), "//a"), ("/<x>", {"x": "a"}))

    def test_redirects_are_quoted_once_S120_S125(self):
        urls = adapter("/войти/", "/<x>/")
        self.assertEqual(outcome(urls, "/войти"), "http://example.org/%D0%B2%D0%BE%D0%B9%D1%82%D0%B8/")
        self.assertEqual(outcome(urls, "/a %2F?#\r\n"), "http://example.org/a%20%252F%3F%23%0D%0A/")

    def test_the_body_of_a_redirect_escapes_the_url(self):
        self.assertNotIn("<b>", RequestRedirect('http://x/"<b>').get_body())
        headers = dict(RequestRedirect("http://☃.net/é").get_headers())
        self.assertEqual(headers["Location"], "http://xn--n3h.net/%C3%A9")


class Defaults(unittest.TestCase):
    def test_the_url_with_the_defaults_is_the_only_one_C1(self):
        urls = adapter(Rule("/users/", defaults={"page": 1}, endpoint="users"),
                       Rule("/users/page/<int:page>", endpoint="users"))
        self.assertEqual(urls.match("/users/"), ("users", {"page": 1}))
        self.assertEqual(outcome(urls, "/users/page/1", query_args={"q": "a b"}), "http://example.org/users/?q=a+b")
        self.assertEqual(urls.match("/users/page/2"), ("users", {"page": 2}))
        self.assertEqual([urls.build("users"), urls.build("users", {"page": 1}), urls.build("users", {"page": 2})],
                         ["/users/", "/users/", "/users/page/2"])

    def test_a_default_of_another_type_does_not_redirect_C2(self):
        urls = adapter(Rule("/region", defaults={"id": 1}, endpoint="r"), Rule("/region/<id>", endpoint="r"))
        self.assertEqual(outcome(urls, "/region/1"), ("r", {"id": "1"}))

    def test_no_default_redirect_where_the_method_differs(self):
        rules = Rule("/r", defaults={"id": 1}, endpoint="r", methods=["GET"]), Rule("/r/<int:id>", endpoint="r")
        self.assertEqual(outcome(adapter(*rules), "/r/1", "POST"), ("r", {"id": 1}))
        rules = [rule.empty() for rule in rules]
        self.assertEqual(outcome(adapter(*rules, redirect_defaults=False), "/r/1"), ("r", {"id": 1}))

    def test_defaults_on_another_subdomain(self):
        urls = adapter(Rule("/foo", defaults={"bar": 42}, subdomain="test", endpoint="x"),
                       Rule("/foo/<int:bar>", subdomain="other", endpoint="x"), subdomain="other")
        self.assertEqual(outcome(urls, "/foo/42"), "http://test.example.org/foo")

    def test_aliases_redirect_to_the_canonical_rule(self):
        urls = adapter(Rule("/", endpoint="index"), Rule("/index.html", endpoint="index", alias=True),
                       Rule("/u/<int:page>", endpoint="users"),
                       Rule("/u-<int:page>.html", endpoint="users", alias=True))
        self.assertEqual(outcome(urls, "/index.html", query_args={"a": "b"}), "http://example.org/?a=b")
        self.assertEqual(outcome(urls, "/u-3.html"), "http://example.org/u/3")
        self.assertEqual(urls.build("index"), "/")
        with self.assertRaisesRegex(RuntimeError, "no other rule"):
            adapter(Rule("/a", endpoint="a", alias=True)).match("/a")

    def test_redirect_to_a_text_or_a_function(self):
        urls = adapter(Rule("/old/<int:id>", redirect_to="new/<id>", endpoint="a"),
                       Rule("/abs/<x>", redirect_to="/there?x=<x>", endpoint="b"),
                       Rule("/call/<x>", redirect_to=lambda urls, x: f"n/{x}/{urls.server_name}", endpoint="c"))
        for path, wanted in (("/old/7", "/new/7"), ("/abs/a&b", "/there?x=a&b"), ("/call/x", "/n/x/example.org")):
            self.assertEqual(outcome(urls, path), f"http://example.org{wanted}")


class Hosts(unittest.TestCase):
    def test_subdomains_static_and_variable(self):
        urls = Map([Rule("/", endpoint="main"), Rule("/", endpoint="api", subdomain="api"),
                    Rule("/", endpoint="user", subdomain="<user>.u"), Rule("/x", endpoint="x", subdomain="<who>")])
        for sub, path, wanted in (("", "/", ("main", {})), ("api", "/", ("api", {})),
                                  ("ada.u", "/", ("user", {"user": "ada"})), ("zz", "/x", ("x", {"who": "zz"})),
                                  ("api", "/x", ("x", {"who": "api"})), ("zz", "/", 404)):
            self.assertEqual(outcome(urls.bind("h.org", subdomain=sub), path), wanted)
        self.assertEqual(urls.bind("h.org").build("user", {"user": "bob"}), "http://bob.u.h.org/")
        self.assertEqual(urls.bind("h.org", "/app", "api").build("main"), "http://h.org/app/")

    def test_the_subdomain_is_what_stands_before_the_server_name(self):
        urls = Map([Rule("/", endpoint="i", subdomain="wiki"), Rule("/", endpoint="main")])
        for host, wanted in (("wiki.example.com", ("i", {})), ("WIKI.Example.COM:80", ("i", {})),
                             ("example.com", ("main", {}))):
            self.assertEqual(outcome(urls.bind_to_environ(environ(host=host), "Example.com:80"), "/"), wanted)

    def test_another_host_matches_nothing_and_warns(self):
        urls = Map([Rule("/", endpoint="main")])
        for host in ("other.org", "127.0.0.1", "notexample.com", "example.com:81"):
            with self.assertWarnsRegex(UserWarning, "does not end with"):
                bound = urls.bind_to_environ(environ(host=host), "example.com")
            self.assertEqual((bound.subdomain, outcome(bound, "/")), ("<invalid>", 404))

    def test_host_matching(self):
        urls = Map([Rule("/", endpoint="www", host="www.<domain>"), Rule("/", endpoint="my", host="my.h.org"),
                    Rule("/p", endpoint="www", host="<x>.net")], host_matching=True)
        www = urls.bind("www.example.com")
        self.assertEqual(www.match("/"), ("www", {"domain": "example.com"}))
        self.assertEqual(www.build("my"), "http://my.h.org/")
        self.assertEqual(urls.bind("MY.h.org").build("my"), "/")
        self.assertEqual(outcome(urls.bind("h.org"), "/"), 404)
        self.assertEqual(urls.bind("a.net").build("www", {"x": "a"}), "/p")
        with self.assertRaisesRegex(RuntimeError, "whole hosts"):
            urls.bind("h", subdomain="x")

    def test_hosts_in_other_scripts(self):
        urls = Map([Rule("/", endpoint="i")])
        self.assertEqual(urls.bind("☃.example.com").build("i", force_external=True), "http://xn--n3h.example.com/")
        self.assertEqual(urls.bind_to_environ(environ(host="bücher.example")).server_name, "xn--bcher-kva.example")

    def test_impossible_hosts_are_400_X99_S127(self):
        urls = Map([Rule("/", endpoint="i")])
        for host in ("\x8a", "a b", "user@host", "a/b", "é" * 300, "é b/"):
            with self.subTest(host=host), self.assertRaises(BadHost):
                urls.bind_to_environ(environ(host=host))

    def test_what_an_environ_says(self):
        urls = Map([Rule("/é/", endpoint="e"), Rule("/<x>", endpoint="x")])
        path = "/é".encode().decode("latin-1")
        bound = urls.bind_to_environ(environ(path, QUERY_STRING="a=1", SCRIPT_NAME="/app"))
        self.assertEqual(outcome(bound, None), "http://example.org/app/%C3%A9/?a=1")
        self.assertEqual(outcome(urls.bind_to_environ(environ("/\xff")), None), ("x", {"x": "\ufffd"}))  # X96

        class Request:
            environ = environ("/a", host="h:8080", scheme="https")
        self.assertEqual(urls.bind_to_environ(Request).build("e", force_external=True), "https://h:8080/%C3%A9/")


class Building(unittest.TestCase):
    def test_urls_of_all_sorts(self):
        odd = "/{a}'\"\\\n/<x>"
        urls = adapter("/", "/a/<x>", "/n/<int:n>/<float:f>", "/p/<path:p>", "/100%/é", "/a b/<x>%/y", odd)
        for endpoint, values, wanted in (
            ("/", {}, "/"), ("/", {"q": "a b", "r": [1, None, 2], "none": None}, "/?q=a+b&r=1&r=2"),
            ("/a/<x>", {"x": "é/?#%"}, "/a/%C3%A9/%3F%23%25"), ("/a/<x>", {"x": b"\xff"}, "/a/%FF"),
            ("/n/<int:n>/<float:f>", {"n": "7", "f": 1}, "/n/7/1.0"), ("/p/<path:p>", {"p": "a/b"}, "/p/a/b"),
            ("/100%/é", {}, "/100%25/%C3%A9"), ("/a b/<x>%/y", {"x": "1%"}, "/a%20b/1%25%25/y"),
            ("/a/<x>", {"x": "class", "self": 1}, "/a/class?self=1"), (odd, {"x": True}, "/%7Ba%7D'%22%5C%0A/True"),
            ("/n/<int:n>/<float:f>", {"n": True, "f": "2"}, "/n/1/2.0"),
        ):
            with self.subTest(endpoint=endpoint, values=values):
                self.assertEqual(urls.build(endpoint, values), wanted)
        self.assertEqual(urls.build("/", {"q": 1}, append_unknown=False), "/")

    def test_what_a_subclass_overrides_is_called(self):
        class Even(IntegerConverter):
            def to_url(self, value):
                if value % 2:
                    raise ValidationError
                return f"<{value}>"

        class Hidden(Rule):
            def suitable_for(self, values, method=None):
                return False

        urls = adapter("/<even:n>", Hidden("/h", endpoint="h"), converters={"even": Even})
        self.assertEqual(urls.build("/<even:n>", {"n": 4}), "/<4>")
        for endpoint, values in (("/<even:n>", {"n": 3}), ("h", {})):
            self.assertRaises(BuildError, urls.build, endpoint, values)

    def test_an_error_of_a_converter_is_not_hidden(self):
        class Table(BaseConverter):
            def to_url(self, value):
                return {"a": "1"}[value]

        urls = adapter("/<t:x>", converters={"t": Table})
        self.assertEqual(urls.build("/<t:x>", {"x": "a"}), "/1")
        with self.assertRaisesRegex(KeyError, "b"):
            urls.build("/<t:x>", {"x": "b"})

    def test_names_of_unknown_endpoints_are_not_kept(self):
        urls = adapter("/")
        for number in range(50):
            self.assertRaises(BuildError, urls.build, f"unknown{number}")
        urls.map.add(Rule("/now", endpoint="unknown1"))
        self.assertEqual(urls.build("unknown1"), "/now")
        self.assertNotIn("unknown2", urls.map._quick)

    def test_schemes_and_hosts(self):
        urls = Map([Rule("/foo", endpoint="foo")])
        for scheme, asked, wanted in (("http", None, "http:"), ("", None, ""), ("https", None, "https:"),
                                      ("http", "https", "https:"), ("ws", None, "http:"),
                                      ("http", "javascript", "http:")):  # S130: from a list of four
            bound = urls.bind("example.org", url_scheme=scheme)
            self.assertEqual(bound.build("foo", force_external=True, url_scheme=asked), f"{wanted}//example.org/foo")
        self.assertEqual(urls.bind("h", "/script").build("foo"), "/script/foo")

    def test_no_value_makes_a_path_another_host_S130(self):
        urls = adapter("/<path:p>", "/<x>/y")
        self.assertEqual(urls.build("/<path:p>", {"p": "/evil.example"}), "/evil.example")
        self.assertEqual(urls.build("/<x>/y", {"x": "/evil.example"}), "/evil.example/y")
        self.assertEqual(urls.build("/<x>/y", {"x": "\r\nX: y"}), "/%0D%0AX:%20y/y")

    def test_values_from_a_multidict(self):
        urls = adapter("/<int:v>", "/")
        self.assertEqual(urls.build("/<int:v>", MultiDict([("v", 1)])), "/1")
        self.assertEqual(urls.build("/", MultiDict([("v", 1), ("v", 2)])), "/?v=1&v=2")
        self.assertEqual(outcome(adapter("/a/"), "/a", query_args=MultiDict([("v", 1), ("v", 2)])),
                         "http://example.org/a/?v=1&v=2")

    def test_parameters_can_be_sorted(self):
        urls = adapter("/", sort_parameters=True)
        self.assertEqual(urls.build("/", {"z": 1, "a": 2}), "/?a=2&z=1")
        urls = adapter("/", sort_parameters=True, sort_key=lambda pair: -pair[1])
        self.assertEqual(urls.build("/", {"z": 1, "a": 2}), "/?a=2&z=1")

    def test_the_rule_for_the_method_is_preferred(self):
        urls = adapter(Rule("/g", endpoint="s", methods=["GET"]), Rule("/p", endpoint="s", methods=["POST"]),
                       Rule("/q", endpoint="only", methods=["PUT"]))
        self.assertEqual([urls.build("s"), urls.build("s", method="POST"), urls.build("only")], ["/g", "/p", "/q"])
        with self.assertRaises(BuildError):
            urls.build("only", method="GET")

    def test_the_rule_with_the_most_of_the_values_is_preferred(self):
        urls = adapter(Rule("/<a>", endpoint="e"), Rule("/<a>/<b>", endpoint="e"))
        self.assertEqual([urls.build("e", {"a": 1}), urls.build("e", {"a": 1, "b": 2})], ["/1", "/1/2"])

    def test_build_only_rules_never_match(self):
        urls = adapter(Rule("/cdn/<x>", endpoint="cdn", build_only=True))
        self.assertEqual([urls.build("cdn", {"x": 1}), outcome(urls, "/cdn/1")], ["/cdn/1", 404])

    def test_a_built_url_matches_its_rule_again(self):
        urls = adapter("/s/<x>", "/i/<int:x>", "/f/<float:x>", "/p/<path:x>", "/m/a<x>-<int:y>.z")
        random_ = random.Random(7)
        for _ in range(200):
            text = "".join(random_.choice("aZ0 é%?#&+;:@!~\u2603'\"<>[]\\") for _ in range(random_.randint(1, 8)))
            number = random_.randint(0, 10 ** 9)
            for endpoint, values in (("/s/<x>", {"x": text}), ("/i/<int:x>", {"x": number}),
                                     ("/f/<float:x>", {"x": number / 8}), ("/p/<path:x>", {"x": f"{text}/{text}"}),
                                     ("/m/a<x>-<int:y>.z", {"x": text, "y": number})):
                from urllib.parse import unquote
                self.assertEqual(urls.match(unquote(urls.build(endpoint, values))), (endpoint, values))


class Teaching(unittest.TestCase):
    def text(self, urls, *args, **kwargs):
        with self.assertRaises(BuildError) as caught:
            urls.build(*args, **kwargs)
        self.assertIsInstance(caught.exception, (RoutingException, LookupError))
        return str(caught.exception)

    def test_a_url_that_cannot_be_built_says_what_is_nearest(self):
        urls = adapter(Rule("/w/<id>", endpoint="world", methods=["GET"]), Rule("/d", defaults={"p": 1}, endpoint="d"))
        for args, kwargs, wanted in (
            (("word",), {}, "Did you mean 'world' instead?"),
            (("world", {"x": 1}), {}, r"with values \['x'\]. Did you forget to specify values \['id'\]"),
            (("world", {"id": 1}), {"method": "POST"}, r"\('POST'\) .*Did you mean to use methods \['GET', 'HEAD'\]"),
            (("d", {"p": 2}), {}, "fixes the values of .'p'. by its defaults"),
        ):
            with self.subTest(args=args):
                self.assertRegex(self.text(urls, *args, **kwargs), wanted)
        self.assertIn("no rules yet", self.text(adapter(), "x"))
        self.assertIn("Could not build url for endpoint None", self.text(urls, None))

    def test_malformed_rules_say_what_is_wrong_S122(self):
        for rule, error, wanted in (
            ("x", ValueError, "must start with a slash"), ("/<x", ValueError, "is no variable"),
            ("/<int()>", ValueError, "is no variable"), ("/<1>", ValueError, "is no variable"),
            ("/<x>/<x>", ValueError, "twice"), ("/<nope:x>", LookupError, "does not exist"),
            ("/<int(max;5):x>", ValueError, "Cannot parse"), ("/<é>", ValueError, "is no variable"),
            ("/" + "<a(" * 5000, ValueError, "is no variable"),
        ):
            with self.subTest(rule=rule[:20]), self.assertRaisesRegex(error, wanted):
                Map([Rule(rule)])
        with self.assertRaisesRegex(TypeError, "list of strings"):
            Rule("/", methods="GET")
        rule = Rule("/", endpoint="x")
        Map([rule])
        with self.assertRaisesRegex(RuntimeError, "bound to a map already"):
            Map([rule])


class MapsAndFactories(unittest.TestCase):
    def test_rules_are_added_while_in_use_B121(self):
        urls = Map()
        bound = urls.bind("h")
        self.assertEqual(outcome(bound, "/a"), 404)
        urls.add(Rule("/a", endpoint="a"))
        self.assertEqual([outcome(bound, "/a"), bound.build("a")], [("a", {}), "/a"])

    def test_rules_are_added_while_other_threads_match(self):
        urls = Map([Rule("/first", endpoint="first", methods=["GET"])])
        wrong, done = [], threading.Event()

        def ask():
            while not done.is_set():
                found, built = urls.resolve("", "/first", "GET"), urls.bind("h").build("first")
                if not isinstance(found, tuple) or built != "/first":
                    wrong.append((found, built))

        threads = [threading.Thread(target=ask) for _ in range(4)]
        for thread in threads:
            thread.start()
        for number in range(200):
            urls.add(Rule(f"/r{number}/<int:x>", endpoint="first" if number % 2 else f"e{number}"))
        done.set()
        for thread in threads:
            thread.join()
        self.assertEqual(wrong, [])
        self.assertEqual(urls.bind("h").match("/r199/5"), ("first", {"x": 5}))

    def test_own_converters_B132(self):
        class ListConverter(BaseConverter):
            def to_python(self, value):
                return value.split(",")

            def to_url(self, values):
                return ",".join(super(ListConverter, self).to_url(value) for value in values)

        urls = Map()
        urls.converters["list"] = ListConverter
        urls.add(Rule("/<list:names>", endpoint="names"))
        bound = urls.bind("h")
        self.assertEqual(bound.match("/a,b"), ("names", {"names": ["a", "b"]}))
        self.assertEqual(bound.build("names", {"names": ["a", "é"]}), "/a,%C3%A9")
        self.assertIsInstance(Map.default_converters, ImmutableDict)

    def test_converters_that_take_slashes(self):
        class Pair(BaseConverter):
            regex = r"\w+/\w+"

        class Made(BaseConverter):
            def __init__(self, map, *items):
                super().__init__(map)
                self.regex = items[0]

        urls = adapter("/<pair:p>/", "/x/<re('([a-z]/)+[0-9]'):p>/<re('(a|b)-[^/]+'):q>",
                       converters={"pair": Pair, "re": Made})
        self.assertEqual(urls.match("/a/b/"), ("/<pair:p>/", {"p": "a/b"}))
        self.assertEqual(urls.match("/x/a/b/3/a-7")[1], {"p": "a/b/3", "q": "a-7"})

    def test_factories(self):
        made = Map([
            Submount("/blog/", [Rule("/", endpoint="index"), Subdomain("api", [Rule("/x", endpoint="x")])]),
            EndpointPrefix("shop.", [Submount("/shop", [Rule("/<int:id>", endpoint="show", methods=["GET"])])]),
            RuleTemplate([Rule("/$name/<int:id>", endpoint="${name}.show", defaults={"kind": "$name"})])(name="user"),
        ])
        self.assertEqual([(rule.rule, rule.subdomain, rule.endpoint) for rule in made.iter_rules()], [
            ("/blog/", "", "index"), ("/blog/x", "api", "x"), ("/shop/<int:id>", "", "shop.show"),
            ("/user/<int:id>", "", "user.show")])
        self.assertEqual(made.bind("h").match("/user/3"), ("user.show", {"id": 3, "kind": "user"}))
        self.assertIn("(GET, HEAD) -> shop.show>", repr(made))

    def test_copies_share_nothing_that_changes(self):
        rule = Rule("/foo", {"a": 1}, "sub", ["POST"], False, "x", True, None)
        copy = rule.empty()
        self.assertEqual(vars(rule), vars(copy))
        self.assertEqual(rule, copy)
        copy.methods.add("GET")
        copy.defaults["a"] = 2
        self.assertEqual((rule.methods, rule.defaults), ({"POST"}, {"a": 1}))
        with self.assertRaises(TypeError):
            hash(rule)

    def test_what_an_endpoint_expects(self):
        urls = Map([Rule("/<lang>/x", endpoint="x"), Rule("/y", endpoint="y")])
        self.assertEqual([urls.is_endpoint_expecting(name, "lang") for name in "xy"], [True, False])
        self.assertEqual([rule.rule for rule in urls.iter_rules("y")], ["/y"])
        self.assertRaises(KeyError, urls.iter_rules, "z")

    def test_a_changed_rule_is_read_again(self):
        rule = Rule("/a", endpoint="a")
        urls = Map([rule])
        rule.rule = "/b/<int:x>"
        rule.refresh()
        self.assertEqual(urls.bind("h").match("/b/1"), ("a", {"x": 1}))
        self.assertEqual(outcome(urls.bind("h"), "/a"), 404)

    def test_options_of_older_days(self):
        urls = Map(charset="utf-8", encoding_errors="replace", default_subdomain="www")
        urls.add(Rule("/", endpoint="i"))
        self.assertEqual((urls.charset, urls.bind("h").subdomain), ("utf-8", "www"))

    def test_dispatch_returns_redirects_and_calls_the_view(self):
        urls = adapter("/a/", "/v/<int:x>")

        def view(endpoint, values):
            if values.get("x") == 0:
                raise NotFound
            return endpoint, values

        self.assertEqual(urls.dispatch(view, "/v/1"), ("/v/<int:x>", {"x": 1}))
        self.assertIsInstance(urls.dispatch(view, "/a"), RequestRedirect)
        self.assertIsInstance(urls.dispatch(view, "/v/0", catch_http_exceptions=True), NotFound)
        self.assertRaises(NotFound, urls.dispatch, view, "/v/0")

    def test_converter_arguments(self):
        for text, wanted in (("", ((), {})), ("a, b,", (("a", "b"), {})), ("1, -2, 1.5", ((1, -2, 1.5), {})),
                             ("True, None, x=False", ((True, None), {"x": False})),
                             ("a-b, u'c d'", (("a-b", "c d"), {})),
                             ('"(<>),", a.1', (("(<>),", "a.1"), {}))):
            with self.subTest(text=text):
                self.assertEqual(parse_converter_args(text), wanted)
        for text in ("min=0;max=500", "a b", "'a'b", ",", "=1"):
            with self.subTest(text=text), self.assertRaises(ValueError):
                parse_converter_args(text)

    def test_a_rule_that_is_refreshed_matches_and_builds_anew(self):
        rule = Rule("/old/<int:number>", endpoint="x")
        urls = Map([rule]).bind("localhost")
        self.assertEqual((urls.match("/old/1"), urls.build("x", {"number": 1})), (("x", {"number": 1}), "/old/1"))
        rule.rule = "/new/<name>"
        rule.refresh()
        self.assertEqual((urls.match("/new/a"), urls.build("x", {"name": "a"})), (("x", {"name": "a"}), "/new/a"))
        self.assertEqual(rule.arguments, {"name"})
        self.assertRaises(NotFound, urls.match, "/old/1")

    def test_an_error_of_building_without_values_can_be_shown(self):
        urls = Map([Rule("/<x>", endpoint="x"), Rule("/one", endpoint="y", defaults={"z": 1})]).bind("localhost")
        for endpoint in ("x", "y", "nothing"):
            self.assertIn("build", str(BuildError(endpoint, None, None, urls)))


class ForExtensions(unittest.TestCase):
    def test_a_rule_tells_its_pieces(self):
        """Flask-Smorest describes an API by them."""
        rule = next(Map([Rule("/a/<int:id>/<name>", endpoint="x", defaults={"name": "n"})]).iter_rules())
        self.assertEqual([piece for piece in rule._trace if piece[0]], [(True, "id"), (True, "name")])
        self.assertEqual("".join(text for _, text in rule._trace), "|/a/id/name")
        self.assertEqual(next(Map([Rule("/", endpoint="x")]).iter_rules()).defaults, {})
        self.assertEqual(str(rule), "/a/<int:id>/<name>")


if __name__ == "__main__":
    warnings.simplefilter("error")
    unittest.main()
