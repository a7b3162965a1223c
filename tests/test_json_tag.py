"""JSON with types: the payload of sessions (B346-B349)."""

from __future__ import annotations

import json
import sys
import unittest
from collections import OrderedDict, namedtuple
from datetime import datetime, timezone
from types import ModuleType
from unittest import mock
from uuid import UUID

from minflask.json.provider import default_types
from minflask.json.tag import JSONTag, TagDict, TaggedJSONSerializer
from minflask.markup import Markup

DATE = datetime(2020, 1, 2, 3, 4, 5, tzinfo=timezone.utc)

# value -> what Flask writes for it
WRITTEN = (
    ({"x": 1, "y": [None, True, 1.5]}, '{"x":1,"y":[null,true,1.5]}'),
    ({"b": 1, "a": 2}, '{"b":1,"a":2}'),
    ("é<", '"\\u00e9<"'),
    ((1, ("a",)), '{" t":[1,{" t":["a"]}]}'),
    ([(1,), {"k": (2,)}], '[{" t":[1]},{"k":{" t":[2]}}]'),
    (b"\xff\x00", '{" b":"/wA="}'),
    (Markup("<b>"), '{" m":"<b>"}'),
    (UUID(int=5), '{" u":"00000000000000000000000000000005"}'),
    (DATE, '{" d":"Thu, 02 Jan 2020 03:04:05 GMT"}'),
    ({" t": 1}, '{" di":{" t__":1}}'),
    ({" t": (1,)}, '{" di":{" t__":{" t":[1]}}}'),
    ({" di": " di"}, '{" di":{" di__":" di"}}'),
    ({" t": 1, "x": 2}, '{" t":1,"x":2}'),
    ({" t__": b"a"}, '{" t__":{" b":"YQ=="}}'),
    ({"": " t"}, '{"":" t"}'),
)


class Tagged(unittest.TestCase):
    def setUp(self):
        self.serializer = TaggedJSONSerializer()

    def test_values_come_back_with_their_types_and_look_as_flasks(self):
        """B346, B347, C9, C16."""
        for value, written in WRITTEN:
            with self.subTest(value=value):
                self.assertEqual(self.serializer.dumps(value), written)
                back = self.serializer.loads(written)
                self.assertEqual((back, type(back)), (value, type(value)))
                self.assertEqual(self.serializer.loads(json.dumps(json.loads(written), indent=1)), value)

    def test_a_naive_datetime_is_taken_for_utc(self):
        """C16."""
        self.assertEqual(self.serializer.loads(self.serializer.dumps(DATE.replace(tzinfo=None))), DATE)

    def test_subclasses_are_written_as_what_they_are_a_kind_of(self):
        pair = namedtuple("pair", "a b")(1, 2)

        class Safe:
            def __html__(self):
                return "<i>"
        self.assertEqual(self.serializer.dumps([OrderedDict(a=1), pair]), '[{"a":1},{" t":[1,2]}]')
        self.assertEqual(self.serializer.loads(self.serializer.dumps(Safe())), Markup("<i>"))

    def test_one_value_can_be_tagged_and_untagged(self):
        """B346."""
        self.assertEqual(self.serializer.tag((1, 2)), {" t": [1, 2]})
        self.assertEqual(self.serializer.untag({" t": [1, 2]}), (1, 2))
        for value in ({"a": 1}, {" t": [1], "b": 2}, {}):
            self.assertIs(self.serializer.untag(value), value)

    def test_only_known_tags_are_turned_back(self):
        """S106."""
        for written in ('{" x":1}', '{"__class__":"os"}', '{" t ":[1]}', '{"py/object":"x"}'):
            self.assertEqual(self.serializer.loads(written), json.loads(written))

    def test_what_no_tag_writes_is_an_error(self):
        for bad in ('{" b":1}', '{" u":"x"}', '{" b":"A"}', "{", "[" * 100_000, '{" t":[' * 20_000):
            with self.subTest(bad=bad[:20]), self.assertRaises((ValueError, TypeError, AttributeError)):
                self.serializer.loads(bad)

    def test_a_type_without_a_tag_is_an_error(self):
        for value in (object(), {"a": {1}}, 1j):
            with self.subTest(value=value), self.assertRaises(TypeError):
                self.serializer.dumps(value)


class WhileModulesAreLoaded(unittest.TestCase):
    def test_a_module_that_another_thread_is_importing_has_no_values_yet(self):
        """Python lists it in sys.modules before its names are there."""
        with mock.patch.dict(sys.modules, uuid=ModuleType("uuid"), decimal=ModuleType("decimal")):
            text = TaggedJSONSerializer().dumps({"at": datetime(2020, 1, 1, tzinfo=timezone.utc)})
            self.assertIn('" d"', text)
            with self.assertRaises(TypeError):
                default_types(object())


class Registering(unittest.TestCase):
    def setUp(self):
        self.serializer = TaggedJSONSerializer()

    def test_the_documented_ordered_dict_works(self):
        """B349."""
        class TagOrderedDict(JSONTag):
            __slots__ = ("serializer",)
            key = " od"

            def check(self, value):
                return isinstance(value, OrderedDict)

            def to_json(self, value):
                return [[key, self.serializer.tag(inner)] for key, inner in value.items()]

            def to_python(self, value):
                return OrderedDict(value)
        self.serializer.register(TagOrderedDict, index=0)
        value = {"x": OrderedDict([("b", (1,)), ("a", 2)])}
        back = self.serializer.loads(self.serializer.dumps(value))
        self.assertEqual((back, type(back["x"])), (value, OrderedDict))

    def test_a_tag_may_be_for_plain_texts_and_have_any_key(self):
        class TagLoud(JSONTag):
            key = "loud"

            def check(self, value):
                return isinstance(value, str) and value.isupper()

            def to_json(self, value):
                return value.lower()

            def to_python(self, value):
                return value.upper()
        self.serializer.register(TagLoud, index=0)
        self.assertEqual(self.serializer.dumps({"a": ["HI", "ho"]}), '{"a":[{"loud":"hi"},"ho"]}')
        self.assertEqual(self.serializer.loads('{"a":[{"loud":"hi"},"ho"]}'), {"a": ["HI", "ho"]})
        self.assertEqual(self.serializer.loads(self.serializer.dumps({"loud": 1})), {"loud": 1})

    def test_the_order_is_as_told(self):
        """B348."""
        class One(JSONTag):
            key = " 1"

        class Two(JSONTag):
            key = " 2"
        self.serializer.register(One, index=-1)
        self.serializer.register(Two)
        self.assertIsInstance(self.serializer.order[-3], One)
        self.assertIsInstance(self.serializer.order[-1], Two)

    def test_a_taken_key_needs_force(self):
        """B348."""
        class Again(JSONTag):
            key = " d"
        with self.assertRaises(KeyError):
            self.serializer.register(Again)
        self.serializer.register(Again, force=True, index=0)
        self.assertIsInstance(self.serializer.tags[" d"], Again)
        self.assertIsInstance(self.serializer.order[0], Again)

    def test_a_subclass_with_other_tags_or_methods_is_asked(self):
        class Dicts(TaggedJSONSerializer):
            default_tags = [TagDict]

        class Counting(TaggedJSONSerializer):
            seen = 0

            def tag(self, value):
                Counting.seen += 1
                return super().tag(value)

            def untag(self, value):
                Counting.seen += 100
                return super().untag(value)
        self.assertEqual(list(Dicts().tags), [" di"])
        self.assertEqual(Counting().loads(Counting().dumps({"a": [1]})), {"a": [1]})
        self.assertEqual(Counting.seen, 103)

    def test_a_tag_has_to_say_everything(self):
        """B349."""
        for name in ("check", "to_json", "to_python"):
            with self.subTest(name), self.assertRaises(NotImplementedError):
                getattr(JSONTag(self.serializer), name)(None)


if __name__ == "__main__":
    unittest.main()
