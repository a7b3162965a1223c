"""JSON of the application (section 10 of the seeds: B71-B81, B340-B345; C8-C10; S174-S178)."""

from __future__ import annotations

import contextvars
import io
import json as standard
import sys
import unittest
from dataclasses import dataclass
from datetime import date, datetime, timedelta, timezone
from decimal import Decimal
from unittest import mock
from uuid import UUID

from minflask import Blueprint, Flask, Response, json, jsonify, request
from minflask.json import text
from minflask.json.provider import DefaultJSONProvider, JSONProvider
from minflask.markup import Markup


@dataclass
class Point:
    x: int
    y: int


class Stamp:
    def __init__(self, number):
        self.number = number


class StampEncoder(json.JSONEncoder):
    def default(self, o):
        return f"<{o.number}>" if isinstance(o, Stamp) else super().default(o)


class StampDecoder(json.JSONDecoder):
    def __init__(self, **kwargs):
        super().__init__(object_hook=lambda value: Stamp(value["_stamp"]) if "_stamp" in value else value, **kwargs)


class Text(unittest.TestCase):
    values = ({}, [], None, True, 1.5, -3, "é\n\u2028\"\\", {"a": [1, {"b": None}]}, [[]] * 3, {"1": 2, "x": "y"},
              10**400)

    def test_encoders_write_what_json_dumps_writes(self):
        for options in ({}, {"ensure_ascii": False}, {"sort_keys": True}, {"separators": (",", ":")},
                        {"allow_nan": False}):
            encode = text.make_encoder(None, **options)
            for value in self.values:
                with self.subTest(options=options, value=value):
                    self.assertEqual(encode(value), standard.dumps(value, **options))
                    self.assertEqual(encode(value), encode(value))

    def test_depth_is_counted_where_the_stack_ends_without_an_error(self):
        deep, flat = "[" * text.MOST_DEPTH, '{"a": "]}[\\"", "b": []},' * text.MOST_DEPTH
        with mock.patch("sys.platform", "emscripten"):
            self.assertEqual(text.decode(deep[:500] + "]" * 500), standard.loads(deep[:500] + "]" * 500))
            self.assertEqual(len(text.decode(f"[{flat} 1]")), text.MOST_DEPTH + 1)
            for document in (deep + "[" + "]" * len(deep + "["), '{"a":' * (text.MOST_DEPTH + 1), f"[{flat}{deep}"):
                with self.assertRaisesRegex(ValueError, "too deep"):
                    text.decode(document)

    @unittest.skipIf(sys.implementation.name == "pypy", "PyPy has no encoder in C")
    def test_the_same_without_the_encoder_in_c(self):
        with mock.patch("json.encoder.c_make_encoder", None):
            encode = text.make_encoder(str, sort_keys=True)
        self.assertEqual(encode({"b": Stamp, "a": 1}), standard.dumps({"b": str(Stamp), "a": 1}, sort_keys=True))

    def test_a_circle_is_an_error(self):
        circle = []
        circle.append(circle)
        with self.assertRaisesRegex(ValueError, "Circular"):
            text.make_encoder(None)(circle)

    def test_what_is_read_is_what_json_loads_reads(self):
        for value in self.values:
            for written in (standard.dumps(value), standard.dumps(value, indent=2), f" \n{standard.dumps(value)}\t"):
                with self.subTest(written=written):
                    self.assertEqual(text.decode(written), value)

    def test_only_the_three_encodings_of_unicode_are_read(self):
        """S174: nothing that the client names is looked up."""
        for encoding in ("utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "utf-32", "utf-32-le", "utf-32-be"):
            for value in (1, "é", {"foo": "🐍"}, []):
                with self.subTest(encoding=encoding, value=value):
                    data = standard.dumps(value, ensure_ascii=False).encode(encoding)
                    self.assertEqual((text.decode(data), json.detect_encoding(data)), (value, encoding))
        for data in (b'"\xff"', b'"\xe9"'):
            with self.subTest(data=data), self.assertRaises(ValueError):
                text.decode(data)

    def test_bad_json_is_a_value_error_of_whatever_kind(self):
        """S175, S176."""
        for bad in ("", " ", "{", "[1,]", "{'a': 1}", "1 2", "nul", "\ufeff1", "[" * 200_000, '{"a":' * 200_000,
                    "1" * 100_000, b"\xff\xfe\x00"):
            with self.subTest(bad=bad[:20]), self.assertRaises(ValueError):
                text.decode(bad)

    def test_big_integers_have_a_limit_where_python_has_none(self):
        """S176: before Python 3.10.7."""
        self.addCleanup(text._made.clear)
        with mock.patch.object(text, "sys", mock.Mock(spec=["platform"])):
            text._made.clear()
            self.assertEqual(text.decode("[" + "9" * text.MOST_DIGITS + "]"), [int("9" * text.MOST_DIGITS)])
            with self.assertRaises(ValueError):
                text.decode("9" * (text.MOST_DIGITS + 1))


class Types(unittest.TestCase):
    def test_types_that_json_has_not(self):
        """B74, B75, B344, C10."""
        app, east = Flask(__name__), timezone(timedelta(hours=2))
        for value, written in (
            (datetime(2020, 1, 2, 3, 4, 5), "Thu, 02 Jan 2020 03:04:05 GMT"),
            (datetime(2020, 1, 2, 3, 4, 5, tzinfo=east), "Thu, 02 Jan 2020 01:04:05 GMT"),
            (date(2020, 1, 2), "Thu, 02 Jan 2020 00:00:00 GMT"),
            (UUID(int=5), "00000000-0000-0000-0000-000000000005"), (Decimal("0.003"), "0.003"),
            (Markup("<b>"), "<b>"), (Point(1, 2), {"x": 1, "y": 2}),
        ):
            with self.subTest(value=value):
                self.assertEqual(standard.loads(json.dumps(value)), written)
                self.assertEqual(standard.loads(json.JSONEncoder().encode(value)), written)
                self.assertEqual(standard.loads(app.json.dumps(value)), written)
        for value in (object(), Point, {1, 2}):
            with self.subTest(value=value), self.assertRaisesRegex(TypeError, "not JSON serializable"):
                json.dumps(value)


class Functions(unittest.TestCase):
    def setUp(self):
        self.app = Flask(__name__)

    def test_without_an_application_they_are_those_of_the_standard_library(self):
        """B73, B81 (C9: insertion order)."""
        self.assertEqual(json.dumps({"b": 1, "a": "é"}), '{"b": 1, "a": "\\u00e9"}')
        self.assertEqual(json.dumps({"b": 1, "a": 2}, sort_keys=True, indent=1), '{\n "a": 2,\n "b": 1\n}')
        self.assertEqual(json.loads("1.0", parse_float=str), "1.0")
        self.assertEqual(json.loads(b'"a"'), "a")
        file = io.StringIO()
        json.dump([1], file)
        self.assertEqual((file.getvalue(), json.load(io.BytesIO(b" [1]"))), ("[1]", [1]))

    def test_in_an_application_they_are_its_provider(self):
        """B72, B79, B80, B342, B343."""
        for how in ("active", "given"):
            with self.subTest(how):
                kwargs = {} if how == "active" else {"app": self.app}
                with self.app.app_context() if how == "active" else mock.MagicMock():
                    self.assertEqual(json.dumps({"b": 1, "a": 2}, **kwargs), '{"a": 2, "b": 1}')
                    file = io.StringIO()
                    json.dump({"b": 1, "a": 2}, file, **kwargs)
                    self.assertEqual(file.getvalue(), '{"a": 2, "b": 1}')
                    self.assertEqual(json.loads(b"[1]", **kwargs), [1])
                    self.assertEqual(json.load(io.StringIO("[1]"), **kwargs), [1])

    def test_htmlsafe_dumps_writes_nothing_that_html_would_read(self):
        """B76, B77, S163."""
        written = json.htmlsafe_dumps("</script><!-- & ' -->")
        self.assertEqual(written, r'"\u003c/script\u003e\u003c!-- \u0026 \u0027 --\u003e"')
        self.assertIs(type(written), str)
        self.assertEqual(standard.loads(written), "</script><!-- & ' -->")
        file = io.StringIO()
        json.htmlsafe_dump("<", file)
        self.assertEqual(file.getvalue(), r'"\u003c"')


class Responses(unittest.TestCase):
    def setUp(self):
        self.app = Flask(__name__)
        ctx = self.app.app_context()
        ctx.push()
        self.addCleanup(ctx.pop)

    def test_arguments_become_a_value_a_list_or_a_dict(self):
        """B340, B341, C8, C9."""
        for args, kwargs, body in (((1, 2, 3), {}, b"[1,2,3]\n"), (([1, 2],), {}, b"[1,2]\n"), ((None,), {}, b"null\n"),
                                   ((), {}, b"null\n"), ((), {"b": 1, "a": [1.5]}, b'{"a":[1.5],"b":1}\n')):
            with self.subTest(args=args, kwargs=kwargs):
                response = jsonify(*args, **kwargs)
                self.assertEqual((response.data, response.mimetype), (body, "application/json"))
                self.assertIs(type(response), Response)
        with self.assertRaises(TypeError):
            jsonify(1, a=2)

    def test_it_is_indented_in_debug_mode_or_as_told(self):
        """B341, C9."""
        pretty, compact = b'{\n  "a": 1\n}\n', b'{"a":1}\n'
        for debug, attribute, config, expected in (
            (False, None, None, compact), (True, None, None, pretty), (True, True, None, compact),
            (False, False, None, pretty), (False, None, True, pretty), (False, True, True, compact),
        ):
            with self.subTest(debug=debug, attribute=attribute, config=config):
                self.app.debug, self.app.json = debug, DefaultJSONProvider(self.app)
                self.app.config["JSONIFY_PRETTYPRINT_REGULAR"] = config
                if attribute is not None:
                    self.app.json.compact = attribute
                self.assertEqual(jsonify(a=1).data, expected)

    def test_the_class_of_the_application_answers(self):
        class Own(Response):
            pass
        self.app.response_class = Own
        self.assertIs(type(jsonify(1)), Own)

    def test_outside_of_an_application_there_is_none(self):
        with self.assertRaisesRegex(RuntimeError, "application context"):
            contextvars.Context().run(jsonify, 1)


class Provider(unittest.TestCase):
    def setUp(self):
        self.app = Flask(__name__)
        self.json = self.app.json

    def test_the_attributes_count_then_the_configuration_then_the_defaults(self):
        """B79, B343, C9: the old keys set the provider's attributes."""
        for attribute, key, value, told in (("ensure_ascii", "JSON_AS_ASCII", "é", '"é"'),
                                            ("sort_keys", "JSON_SORT_KEYS", {"b": 1, "a": 2}, '{"b": 1, "a": 2}')):
            with self.subTest(attribute):
                usual = self.json.dumps(value)
                self.assertNotEqual(usual, told)
                self.assertIs(getattr(self.json, attribute), True)
                self.app.config[key] = False
                self.assertEqual(self.json.dumps(value), told)
                setattr(self.json, attribute, True)
                self.assertEqual(self.json.dumps(value), usual)
                self.app.config[key] = True
                setattr(self.json, attribute, False)
                self.assertEqual(self.json.dumps(value), told)
        self.app.config["JSONIFY_MIMETYPE"] = "application/vnd.api+json"
        self.assertEqual(self.json.response(1).mimetype, "application/vnd.api+json")

    def test_a_subclass_decides_by_attributes_and_methods(self):
        class Own(DefaultJSONProvider):
            sort_keys = False

            def default(self, o):
                return f"<{o.number}>" if isinstance(o, Stamp) else super().default(o)
        self.assertEqual(Own(self.app).dumps({"b": Stamp(1), "a": UUID(int=0)}),
                         '{"b": "<1>", "a": "00000000-0000-0000-0000-000000000000"}')
        self.json.default = lambda o: "mine"
        self.assertEqual(self.json.dumps(Stamp(1)), '"mine"')

    def test_keywords_of_a_call_win(self):
        self.assertEqual(self.json.dumps({"b": 1, "a": "é"}, sort_keys=False, ensure_ascii=False), '{"b": 1, "a": "é"}')
        self.assertEqual(self.json.dumps(Stamp(1), cls=StampEncoder), '"<1>"')
        self.assertEqual(self.json.dumps(Stamp(1), default=lambda o: o.number, separators=(",", ":")), "1")
        self.assertEqual(self.json.loads('{"a": 1.0}', parse_float=str), {"a": "1.0"})

    def test_nan_is_never_written_unless_told(self):
        """S177: it is no JSON; reading it stays possible, and can be refused."""
        for number in (float("nan"), float("inf"), -float("inf")):
            with self.subTest(number=number), self.assertRaises(ValueError):
                self.json.dumps([number])
        self.json.allow_nan = True
        self.assertEqual(self.json.dumps(float("nan")), "NaN")
        self.assertEqual(self.json.loads("Infinity"), float("inf"))
        with self.assertRaises(KeyError):
            self.json.loads("NaN", parse_constant={}.__getitem__)

    def test_another_library_writes_two_methods(self):
        """later.md 12."""
        class Own(JSONProvider):
            def dumps(self, obj, **kwargs):
                return f"<{obj}>"

            def loads(self, s, **kwargs):
                return s
        self.app.json = Own(self.app)
        with self.app.app_context():
            self.assertEqual((jsonify(1).data, json.dumps(2), json.loads("x")), (b"<1>", "<2>", "x"))
        for call in (lambda: JSONProvider(self.app).dumps(1), lambda: JSONProvider(self.app).loads("1")):
            with self.assertRaises(NotImplementedError):
                call()

    @unittest.skipIf(sys.implementation.name == "pypy", "PyPy does not count references")
    def test_it_does_not_keep_the_application_alive(self):
        app = Flask(__name__)
        app.json.dumps(1)
        before = sys.getrefcount(app)
        kept = [DefaultJSONProvider(app) for _ in range(3)]
        self.assertEqual((sys.getrefcount(app), len(kept)), (before, 3))

    def test_encoder_and_decoder_classes_are_used_where_they_are_set(self):
        """B259, B344, B345, C9: on the application, or on the blueprint of the request."""
        app, bp = Flask(__name__), Blueprint("bp", __name__)
        app.add_url_rule("/", "index", view := lambda: json.dumps(request.get_json()["x"]), methods=["POST"])
        bp.add_url_rule("/bp", "index", view, methods=["POST"])
        app.register_blueprint(bp)
        post = lambda path: app.test_client().post(path, json={"x": {"_stamp": 4}}).text  # noqa: E731
        self.assertEqual((post("/"), post("/bp")), ('{"_stamp": 4}', '{"_stamp": 4}'))
        bp.json_encoder, bp.json_decoder = StampEncoder, StampDecoder
        self.assertEqual((post("/"), post("/bp")), ('{"_stamp": 4}', '"<4>"'))
        app.json_encoder, app.json_decoder = StampEncoder, StampDecoder
        self.assertEqual((post("/"), app.json.dumps(Stamp(5))), ('"<4>"', '"<5>"'))
        with app.app_context():
            self.assertEqual(jsonify(Stamp(6)).data, b'"<6>"\n')


if __name__ == "__main__":
    unittest.main()
