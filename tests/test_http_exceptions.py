"""Exceptions that are answers."""

from __future__ import annotations

import copy
import doctest
import pickle
import unittest
from datetime import datetime

from minflask.http import exceptions
from minflask.http.auth import WWWAuthenticate
from minflask.http.exceptions import (
    Aborter, BadRequest, BadRequestKeyError, HTTPException, InternalServerError, MethodNotAllowed, NotFound,
    RequestedRangeNotSatisfiable, ServiceUnavailable, TooManyRequests, Unauthorized, abort, default_exceptions)
from minflask.http.response import Response
from minflask.markup import Markup

CODES = {
    400: "BadRequest", 401: "Unauthorized", 403: "Forbidden", 404: "NotFound", 405: "MethodNotAllowed",
    406: "NotAcceptable", 408: "RequestTimeout", 409: "Conflict", 410: "Gone", 411: "LengthRequired",
    412: "PreconditionFailed", 413: "RequestEntityTooLarge", 414: "RequestURITooLarge", 415: "UnsupportedMediaType",
    416: "RequestedRangeNotSatisfiable", 417: "ExpectationFailed", 418: "ImATeapot", 421: "MisdirectedRequest",
    422: "UnprocessableEntity", 423: "Locked", 424: "FailedDependency", 428: "PreconditionRequired",
    429: "TooManyRequests", 431: "RequestHeaderFieldsTooLarge", 451: "UnavailableForLegalReasons",
    500: "InternalServerError", 501: "NotImplemented", 502: "BadGateway", 503: "ServiceUnavailable",
    504: "GatewayTimeout", 505: "HTTPVersionNotSupported",
}


def load_tests(loader, tests, pattern):
    tests.addTests(doctest.DocTestSuite(exceptions))
    return tests


class Family(unittest.TestCase):
    def test_each_code_has_its_class(self):
        self.assertEqual({code: kind.__name__ for code, kind in default_exceptions.items()}, CODES)
        for code, name in CODES.items():
            with self.subTest(name):
                kind = getattr(exceptions, name)
                self.assertEqual(kind.code, code)
                self.assertTrue(kind.__doc__ and kind.description and kind().name != "Unknown Error")

    def test_a_page_is_as_documented(self):
        self.assertEqual(NotFound().get_body(), (
            "<!doctype html>\n<html lang=en>\n<title>404 Not Found</title>\n<h1>Not Found</h1>\n"
            "<p>The requested URL was not found on the server. If you entered the URL manually please check your"
            " spelling and try again.</p>\n"))
        self.assertEqual(NotFound().get_headers(), [
            ("Content-Type", "text/html; charset=utf-8"), ("X-Content-Type-Options", "nosniff")])

    def test_s129_s169_a_description_is_escaped_unless_it_is_markup(self):
        self.assertEqual(BadRequest("<b>\n'x'").get_description(), "<p>&lt;b&gt;<br>&#39;x&#39;</p>")
        self.assertEqual(BadRequest(Markup("<b>x</b>")).get_description(), "<p><b>x</b></p>")
        self.assertEqual(HTTPException().get_description(), "<p></p>")

    def test_s128_a_page_does_not_repeat_the_address(self):
        environ = {"PATH_INFO": "/<secret>", "QUERY_STRING": "secret", "REQUEST_METHOD": "GET", "HTTP_HOST": "secret"}
        for kind in default_exceptions.values():
            with self.subTest(kind.__name__):
                self.assertNotIn("secret", kind().get_body(environ) + str(kind().get_headers(environ)))

    def test_it_tells_what_it_is(self):
        self.assertEqual((str(NotFound("x")), repr(NotFound("x"))), ("404 Not Found: x", "<NotFound '404: Not Found'>"))
        self.assertEqual(str(HTTPException("x")), "??? Unknown Error: x")
        self.assertEqual(repr(HTTPException()), "<HTTPException '???: Unknown Error'>")

    def test_the_body_and_headers_of_a_subclass_are_sent(self):
        class Own(NotFound):
            def get_description(self, environ=None, scope=None):
                return "<p>own</p>"

            def get_headers(self, environ=None, scope=None):
                return [*super().get_headers(environ, scope), ("X-Own", "1")]

        response = Own().get_response({})
        self.assertIn("<p>own</p>", response.get_data(as_text=True))
        self.assertEqual((response.headers["X-Own"], response.status), ("1", "404 NOT FOUND"))

    def test_each_response_is_made_anew(self):
        error = NotFound()
        error.get_response().set_data("changed")
        self.assertIn("Not Found", error.get_response().get_data(as_text=True))

    def test_a_response_that_was_given_is_the_answer(self):
        response = Response("own")
        self.assertIs(NotFound(response=response).get_response(), response)

    def test_it_answers_as_an_application(self):
        started = []
        body = NotFound()({"REQUEST_METHOD": "GET"}, lambda *given: started.append(given))
        self.assertEqual(started[0][0], "404 NOT FOUND")
        self.assertIn(b"Not Found", b"".join(body))

    def test_without_a_class_of_responses_the_way_out_is_told(self):
        class Bare(NotFound):
            response_class = None

        with self.assertRaisesRegex(RuntimeError, "import"):
            Bare().get_response()

    def test_it_survives_copies_and_pickles(self):
        for error in [NotFound("x"), BadRequestKeyError("key"), MethodNotAllowed(["GET"], "x")]:
            for back in [copy.copy(error), pickle.loads(pickle.dumps(error))]:
                with self.subTest(back):
                    self.assertIs(type(back), type(error))
                    self.assertEqual((back.description, back.args), (error.description, error.args))


class Facts(unittest.TestCase):
    def headers(self, error):
        return error.get_headers({})[2:]  # behind the two that each page has

    def test_405_tells_the_methods(self):
        self.assertEqual(self.headers(MethodNotAllowed(["GET", "HEAD"])), [("Allow", "GET, HEAD")])
        self.assertEqual(self.headers(MethodNotAllowed()), [])

    def test_401_tells_the_challenges(self):
        basic, bearer = WWWAuthenticate("basic", {"realm": "x"}), WWWAuthenticate("bearer")
        for given, expected in [(None, []), (basic, ["Basic realm=x"]), ([basic, bearer], ["Basic realm=x", "Bearer"]),
                                ("Negotiate", ["Negotiate"])]:
            with self.subTest(expected):
                self.assertEqual(self.headers(Unauthorized(www_authenticate=given)),
                                 [("WWW-Authenticate", text) for text in expected])

    def test_416_tells_the_length(self):
        self.assertEqual(self.headers(RequestedRangeNotSatisfiable(100)), [("Content-Range", "bytes */100")])
        self.assertEqual(self.headers(RequestedRangeNotSatisfiable(0, "lines")), [("Content-Range", "lines */0")])
        self.assertEqual(self.headers(RequestedRangeNotSatisfiable()), [])

    def test_429_and_503_tell_when_to_come_back(self):
        for kind in [TooManyRequests, ServiceUnavailable]:
            for when, expected in [(20, "20"), (0, "0"),
                                   (datetime(2020, 1, 4, 18, 52, 16), "Sat, 04 Jan 2020 18:52:16 GMT")]:
                with self.subTest(when):
                    self.assertEqual(self.headers(kind(retry_after=when)), [("Retry-After", expected)])
            self.assertEqual(self.headers(kind()), [])

    def test_500_keeps_what_went_wrong(self):
        error = ValueError()
        self.assertIs(InternalServerError(original_exception=error).original_exception, error)
        self.assertIsNone(InternalServerError().original_exception)


class KeyErrors(unittest.TestCase):
    def test_the_key_is_shown_only_on_demand(self):
        error = BadRequestKeyError("secret")
        self.assertNotIn("secret", error.get_body())
        error.show_exception = True
        self.assertEqual(error.description, f"{BadRequest.description}\nKeyError: 'secret'")
        self.assertIn("<br>KeyError: &#39;secret&#39;", error.get_body())
        error.args = ()
        self.assertNotIn("secret", error.description)

    def test_the_description_can_be_set(self):
        error = BadRequestKeyError("key", "told")
        self.assertEqual(error.description, "told")
        error.description = "new"
        error.show_exception = True
        self.assertEqual(error.description, "new\nKeyError: 'key'")

    def test_any_builtin_exception_can_be_an_answer(self):
        wrapped = NotFound.wrap(LookupError, "Missing")
        error = wrapped("what")
        self.assertTrue(isinstance(error, NotFound) and isinstance(error, LookupError))
        error.show_exception = True
        self.assertEqual((wrapped.__name__, error.code), ("Missing", 404))
        self.assertTrue(error.description.endswith("\nLookupError: what"))


class Aborting(unittest.TestCase):
    def test_b329_a_code_raises_its_exception(self):
        for code in CODES:
            with self.subTest(code), self.assertRaises(default_exceptions[code]) as caught:
                abort(code)
            self.assertIs(type(caught.exception), default_exceptions[code])

    def test_b329_arguments_go_to_the_exception(self):
        with self.assertRaises(MethodNotAllowed) as caught:
            abort(405, valid_methods=["GET"], description="x")
        self.assertEqual((caught.exception.valid_methods, caught.exception.description), (["GET"], "x"))

    def test_b329_a_response_is_the_answer(self):
        response = Response("x")
        with self.assertRaises(HTTPException) as caught:
            abort(response)
        self.assertIs(caught.exception.get_response(), response)

    def test_b329_an_unknown_code_is_told_with_those_that_are_known(self):
        for code in [200, 999, "404", None]:
            with self.subTest(code), self.assertRaisesRegex(LookupError, "400, 401"):
                abort(code)

    def test_an_aborter_has_a_mapping_of_its_own(self):
        self.assertRaises(LookupError, Aborter({1: NotFound}), 404)
        for aborter in [Aborter({1: NotFound}), Aborter(extra={1: NotFound})]:
            self.assertRaises(NotFound, aborter, 1)
        self.assertNotIn(1, default_exceptions)


if __name__ == "__main__":
    unittest.main()
