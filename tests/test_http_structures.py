"""The MultiDict family, and what must not change."""

from __future__ import annotations

import copy
import doctest
import io
import itertools
import json
import pickle
import unittest
from random import Random

from minflask.http import ordered, structures
from minflask.http.exceptions import BadRequest, BadRequestKeyError
from minflask.http.ordered import ImmutableOrderedMultiDict, OrderedMultiDict
from minflask.http.plainform import DistinctFields
from minflask.http.request import Request
from minflask.http.structures import (
    CallbackDict, CombinedMultiDict, ImmutableDict, ImmutableList, ImmutableMultiDict, ImmutableTypeConversionDict,
    MultiDict, TypeConversionDict, iter_multi_items, native_itermethods)
from minflask.http.uploads import FileMultiDict


def load_tests(loader, tests, pattern):
    tests.addTests(doctest.DocTestSuite(structures))
    tests.addTests(doctest.DocTestSuite(ordered))
    return tests


PAIRS = [("a", 1), ("b", 2), ("a", 3)]


def form_of(text):
    """Return the form of a request with this body."""
    return Request.from_values("/", method="POST", input_stream=io.BytesIO(text.encode()), content_length=len(text),
                               content_type="application/x-www-form-urlencoded").form


class MultiDicts(unittest.TestCase):
    kind = MultiDict

    def setUp(self):
        self.made = self.kind(PAIRS)

    def test_it_is_made_of_whatever_holds_pairs(self):
        for source in [PAIRS, iter(PAIRS), {"a": [1, 3], "b": 2}, {"a": (1, 3), "b": {2}}, MultiDict(PAIRS),
                       OrderedMultiDict(PAIRS), CombinedMultiDict([MultiDict(PAIRS)])]:
            with self.subTest(type(source).__name__):
                self.assertEqual(self.kind(source).to_dict(flat=False), {"a": [1, 3], "b": [2]})
        self.assertEqual(len(self.kind()), 0)
        self.assertEqual(self.kind({"a": []}), self.kind())

    def test_the_first_value_is_shown(self):
        self.assertEqual((self.made["a"], self.made.get("a"), self.made.getlist("a")), (1, 1, [1, 3]))
        self.assertEqual((list(self.made), list(self.made.values())), (["a", "b"], [1, 2]))
        self.assertEqual(list(self.made.items()), [("a", 1), ("b", 2)])
        self.assertEqual(list(self.made.lists()), [("a", [1, 3]), ("b", [2])])
        self.assertEqual(list(self.made.listvalues()), [[1, 3], [2]])
        self.assertEqual(dict(self.made), {"a": 1, "b": 2})
        self.assertEqual({**self.made}, {"a": 1, "b": 2})

    def test_a_missing_key_is_a_bad_request(self):
        with self.assertRaises(BadRequestKeyError) as caught:
            self.made["x"]
        self.assertEqual(caught.exception.args, ("x",))
        self.assertIsInstance(caught.exception, KeyError)
        self.assertIsInstance(caught.exception, BadRequest)
        self.assertEqual((self.made.get("x"), self.made.get("x", 5), self.made.getlist("x")), (None, 5, []))

    def test_values_are_converted_or_passed_over(self):
        made = self.kind([("n", "1"), ("n", "x"), ("n", None)])
        self.assertEqual((made.get("n", type=int), made.getlist("n", type=int)), (1, [1]))
        self.assertEqual(self.kind({"n": "x"}).get("n", 7, type=int), 7)
        self.assertEqual(self.kind().get("n", "7", type=int), "7")

    def test_an_override_of_getitem_is_called_by_get(self):
        class Shouting(self.kind):
            def __getitem__(self, key):
                return f"{key}!"

        self.assertEqual(Shouting().get("a"), "a!")

    def test_it_is_copied_compared_and_shown(self):
        for made in [copy.copy(self.made), copy.deepcopy(self.made), self.made.copy(), self.made.deepcopy()]:
            self.assertEqual(made, self.made)
        self.assertEqual(self.made, {"a": [1, 3], "b": [2]})
        self.assertNotEqual(self.made, self.kind())
        self.assertEqual(eval(repr(self.made)), self.made)

    def test_a_deep_copy_has_values_of_its_own(self):
        made = self.kind([("a", [1]), ("b", 2), ("a", 3)])
        self.assertIsNot(made.deepcopy()["a"], made["a"])
        self.assertIs(made.copy()["a"], made["a"])

    def test_it_is_pickled_with_all_values(self):
        for protocol in range(pickle.HIGHEST_PROTOCOL + 1):
            back = pickle.loads(pickle.dumps(self.made, protocol))
            self.assertIs(type(back), type(self.made))
            self.assertEqual(list(back.items(multi=True)), list(self.made.items(multi=True)))

    def test_two_are_joined_with_all_their_values(self):
        joined = self.made | {"a": 4, "c": [5, 6]}
        self.assertEqual(joined.to_dict(flat=False), {"a": [1, 3, 4], "b": [2], "c": [5, 6]})
        self.assertEqual(len(self.made), 2)
        with self.assertRaises(TypeError):
            self.made | 5


class Changes(unittest.TestCase):
    kind = MultiDict

    def setUp(self):
        self.made = self.kind(PAIRS)

    def test_values_are_added_and_replaced(self):
        self.made.add("a", 4)
        self.made["b"] = 5
        self.made.setlist("c", iter([6, 7]))
        self.assertEqual(self.made.to_dict(flat=False), {"a": [1, 3, 4], "b": [5], "c": [6, 7]})
        self.assertEqual((self.made.setdefault("a", 9), self.made.setdefault("d", 9)), (1, 9))

    def test_update_adds_to_what_is_there(self):
        self.made.update({"a": 4}, b=[5, 6])
        self.made.update([("a", 7)])
        self.made |= [("c", 8)]
        self.assertEqual(self.made.to_dict(flat=False), {"a": [1, 3, 4, 7], "b": [2, 5, 6], "c": [8]})

    def test_values_are_removed(self):
        self.assertRaises(BadRequestKeyError, self.made.pop, "x")
        self.assertEqual((self.made.pop("a"), self.made.pop("a", 0), self.made.poplist("a")), (1, 0, []))
        self.assertEqual((self.made.popitem(), len(self.made)), (("b", 2), 0))
        for remove in [self.made.popitem, self.made.popitemlist]:
            self.assertRaises(BadRequestKeyError, remove)
        self.made.update(PAIRS)
        self.assertEqual((self.made.poplist("a"), self.made.popitemlist()), ([1, 3], ("b", [2])))
        self.made.update(PAIRS)
        del self.made["a"]
        self.assertEqual(list(self.made.items(multi=True)), [("b", 2)])
        self.made.clear()
        self.assertEqual(list(self.made.items(multi=True)), [])

    def test_the_lists_that_are_given_are_not_kept(self):
        values = [1]
        self.made.setlist("z", values)
        values.append(2)
        self.made.getlist("z").append(3)
        self.assertEqual(self.made.getlist("z"), [1])


class Lists(unittest.TestCase):
    def test_a_key_without_values_is_copied_too(self):
        made = MultiDict([("a", 1)])
        made.setlist("none", [])
        for copied in (made.copy(), MultiDict(made), copy.copy(made)):
            self.assertEqual(list(copied.lists()), [("a", [1]), ("none", [])])

    def test_the_list_of_a_key_can_be_had_itself(self):
        made = MultiDict()
        made.setlistdefault("a").append(1)
        self.assertEqual((made["a"], made.setlistdefault("a", [5])), (1, [1]))

    def test_an_empty_list_is_no_value(self):
        made = MultiDict()
        made.setlistdefault("a")
        for miss in [lambda: made["a"], lambda: made.pop("a")]:
            self.assertRaises(BadRequestKeyError, miss)


class Ordered(Changes):
    kind = OrderedMultiDict

    def test_all_values_stay_in_the_order_in_which_they_came(self):
        self.assertEqual(list(self.made.items(multi=True)), PAIRS)
        self.made["a"] = 4
        self.assertEqual(list(self.made.items(multi=True)), [("b", 2), ("a", 4)])

    def test_the_order_counts_between_two_of_them(self):
        other = OrderedMultiDict([("b", 2), ("a", 1), ("a", 3)])
        self.assertTrue(self.made != other and self.made == MultiDict(other) and not self.made == other)
        self.assertRaises(TypeError, hash, self.made)
        self.assertNotEqual(hash(ImmutableOrderedMultiDict(PAIRS)), hash(ImmutableOrderedMultiDict(other)))

    def test_a_list_that_could_be_changed_is_refused(self):
        with self.assertRaisesRegex(TypeError, "setlist"):
            self.made.setlistdefault("z")


class OrderedReading(MultiDicts):
    kind = OrderedMultiDict


class Immutable(MultiDicts):
    kind = ImmutableMultiDict


class ImmutableAndNot(unittest.TestCase):
    """What cannot be changed reads the same, however it is held."""

    SOURCES = {
        "pairs": lambda pairs: pairs,
        "a generator": lambda pairs: (pair for pair in pairs),
        "a dict with lists": lambda pairs: MultiDict(pairs).to_dict(flat=False),
        "another that can be changed": MultiDict,
        "another": ImmutableMultiDict,
        "an ordered one": OrderedMultiDict,
        "several": lambda pairs: CombinedMultiDict([MultiDict(pairs[:2]), ImmutableMultiDict(pairs[2:])]),
    }
    READS = {
        "list": list, "len": len, "dict": dict, "update": lambda made: {**made}, "keys": lambda made: list(made.keys()),
        "values": lambda made: list(made.values()), "items": lambda made: list(made.items()),
        "all items": lambda made: list(made.items(multi=True)), "lists": lambda made: list(made.lists()),
        "listvalues": lambda made: list(made.listvalues()), "to_dict": lambda made: made.to_dict(),
        "to_dict of lists": lambda made: made.to_dict(flat=False), "JSON": json.dumps,
        "look-ups": lambda made: [(made[key], made.get(key), made.getlist(key), key in made) for key in made],
        "of a type": lambda made: [(made.get(key, "no", type=int), made.getlist(key, type=int)) for key in made],
        "misses": lambda made: (made.get("z"), made.get("z", 1, int), made.getlist("z"), made.getlist("z", int)),
        "a copy": lambda made: list(made.copy().lists()), "a deep copy": lambda made: list(made.deepcopy().lists()),
        "joined": lambda made: list((made | {"a": "new"}).lists()), "reversed": lambda made: list(reversed(made)),
        "repr": lambda made: repr(made).partition("(")[2], "combined": lambda made: CombinedMultiDict([made]).lists(),
    }

    def test_both_read_the_same(self):
        random = Random(7)
        for _ in range(40):
            pairs = [(random.choice("abcdef"), random.choice("1x2")) for _ in range(random.randrange(6))]
            for source, make in self.SOURCES.items():
                self.check(MultiDict(make(pairs)), ImmutableMultiDict(make(pairs)), (source, pairs))

    def check(self, one, other, about):
        for name, read in self.READS.items():
            with self.subTest(name, of=about):
                left, right = read(one), read(other)
                self.assertEqual(*(list(x) if hasattr(x, "__next__") else x for x in (left, right)))

    def test_a_form_whose_names_differ_reads_as_any_other(self):
        """It is held as a plain dict."""
        for pairs in ([("a", "1")], [("b", "x"), ("a", ""), ("", "2")]):
            form = form_of("&".join(f"{name}={value}" for name, value in pairs))
            self.assertIs(type(form), DistinctFields)
            self.check(MultiDict(pairs), form, pairs)
            self.assertEqual(hash(form), hash(ImmutableMultiDict(pairs)))
            self.assertEqual(repr(form), f"ImmutableMultiDict({pairs})")
            for made in (pickle.loads(pickle.dumps(form)), copy.deepcopy(form), form.deepcopy()):
                self.assertEqual((type(made), made), (ImmutableMultiDict, form))
            self.assertIs(copy.copy(form), form)
            self.assertIs(type(form.copy()), MultiDict)
            self.assertRaises(BadRequestKeyError, lambda form=form: form["z"])
            for change in ("add('a', 1)", "__setitem__('a', 1)", "pop('a')", "clear()", "update(a=1)"):
                with self.assertRaisesRegex(TypeError, "immutable"):
                    eval(f"form.{change}")
        for text in ("a=1&a=2", "a", "a=1&&b=2", "a=%", ""):
            self.assertIs(type(form_of(text)), ImmutableMultiDict)

    def test_they_are_equal_if_their_values_are(self):
        class Own(MultiDict):
            pass

        kinds = [MultiDict, ImmutableMultiDict, Own, FileMultiDict, lambda pairs: MultiDict(pairs).to_dict(flat=False),
                 lambda pairs: form_of("&".join(f"{name}={value}" for name, value in pairs)),
                 lambda pairs: CombinedMultiDict([MultiDict(pairs)])]
        values = [[("a", "1")], [("a", "1"), ("a", "2")], [("a", "1"), ("a", "3")], []]
        for pairs, others in itertools.product(values, repeat=2):
            for left, right in itertools.product(kinds, repeat=2):
                one, other = left(pairs), right(others)
                if CombinedMultiDict in (type(one), type(other)) and dict in (type(one), type(other)):
                    continue
                with self.subTest(f"{one} {other}"):
                    self.assertEqual((one == other, one != other), (pairs == others, pairs != others))
        self.assertFalse(ImmutableMultiDict() == 1 or form_of("a=1") == 1)


class ImmutableOrdered(MultiDicts):
    kind = ImmutableOrderedMultiDict


class Refusals(unittest.TestCase):
    CHANGES = {
        ImmutableList([1]): ["append(1)", "remove(1)", "extend([1])", "insert(0, 1)", "pop()", "reverse()", "sort()",
                             "clear()", "__setitem__(0, 1)", "__delitem__(0)", "__iadd__([1])", "__imul__(2)"],
        ImmutableDict(a=1): ["update({})", "pop('a')", "popitem()", "setdefault('b')", "clear()",
                             "__setitem__('a', 1)", "__delitem__('a')", "__ior__({})"],
        ImmutableMultiDict(PAIRS): ["add('a', 1)", "setlist('a', [])", "setlistdefault('a')", "poplist('a')",
                                    "popitemlist()", "update({})", "pop('a')", "clear()", "__setitem__('a', 1)"],
    }

    def test_what_is_immutable_says_so(self):
        for made, changes in self.CHANGES.items():
            for change in changes:
                with self.subTest(change), self.assertRaisesRegex(TypeError, "immutable.*copy"):
                    eval(f"made.{change}")

    def test_what_is_immutable_is_a_key_and_its_own_copy(self):
        for kind, source in [(ImmutableDict, {"a": 1}), (ImmutableTypeConversionDict, {"a": 1}),
                             (ImmutableMultiDict, PAIRS), (ImmutableOrderedMultiDict, PAIRS)]:
            made = kind(source)
            with self.subTest(kind.__name__):
                self.assertEqual(len({made, kind(source), kind()}), 2)
                self.assertIs(copy.copy(made), made)
                changed = made.copy()
                changed["z"] = 1
                self.assertNotIn("z", made)
                self.assertEqual(pickle.loads(pickle.dumps(made)), made)
        self.assertEqual(hash(ImmutableList([1, 2])), hash((1, 2)))
        self.assertEqual(pickle.loads(pickle.dumps(ImmutableList([1]))), [1])

    def test_one_is_made_from_keys(self):
        self.assertEqual(ImmutableDict.fromkeys("ab", 1), {"a": 1, "b": 1})
        self.assertEqual(ImmutableMultiDict.fromkeys("a")["a"], None)
        self.assertRaises(TypeError, CombinedMultiDict.fromkeys, "a")


class Combined(unittest.TestCase):
    def setUp(self):
        self.first, self.second = MultiDict([("a", 1), ("b", "x")]), MultiDict([("b", "2"), ("c", 4), ("c", 5)])
        self.made = CombinedMultiDict([self.first, self.second])

    def test_several_are_seen_as_one(self):
        self.assertEqual((self.made["b"], self.made.getlist("b")), ("x", ["x", "2"]))
        self.assertEqual(self.made.get("b", type=int), 2)
        self.assertEqual((self.made.get("z"), self.made.get("z", 0)), (None, 0))
        self.assertEqual(list(self.made), ["a", "b", "c"])
        self.assertEqual(list(self.made.items()), [("a", 1), ("b", "x"), ("c", 4)])
        self.assertEqual(len(list(self.made.items(multi=True))), 5)
        self.assertEqual(dict(self.made.lists()), {"a": [1], "b": ["x", "2"], "c": [4, 5]})
        self.assertEqual((len(self.made), "c" in self.made, "z" in self.made, bool(self.made)), (3, True, False, True))
        self.assertRaises(BadRequestKeyError, lambda: self.made["z"])

    def test_it_shows_later_changes_and_cannot_be_changed(self):
        self.second["z"] = 9
        self.assertEqual(self.made["z"], 9)
        self.assertRaises(TypeError, self.made.add, "a", 1)

    def test_it_is_compared_and_copied_by_what_it_shows(self):
        copied = self.made.copy()
        self.assertIs(type(copied), MultiDict)
        self.assertTrue(copied == self.made and self.made == copied)
        self.assertTrue(self.made != CombinedMultiDict([self.first]) and not self.made != copied)
        self.assertEqual(hash(self.made), hash(pickle.loads(pickle.dumps(self.made))))
        self.assertEqual(repr(CombinedMultiDict([])), "CombinedMultiDict([])")


class CombinedCopies(unittest.TestCase):
    def test_deep_copies_can_be_changed(self):
        values = [1]
        both = CombinedMultiDict([MultiDict([("a", values)]), MultiDict([("a", 2), ("b", 3)])])
        for made in (copy.deepcopy(both), both.deepcopy()):
            self.assertEqual((type(made), made.getlist("a"), made["b"]), (MultiDict, [[1], 2], 3))
            made["a"].append(9)
        self.assertEqual(values, [1])


class Others(unittest.TestCase):
    def test_pairs_of_a_mapping_of_lists(self):
        self.assertEqual(list(iter_multi_items({"a": [1, 2], "b": b"cd"})), [("a", 1), ("a", 2), ("b", b"cd")])

    def test_an_error_of_the_type_that_is_no_refusal_is_not_hidden(self):
        with self.assertRaises(ZeroDivisionError):
            TypeConversionDict(a=1).get("a", type=lambda value: value / 0)

    def test_classes_with_native_methods_stay_as_they_are(self):
        self.assertIs(native_itermethods(["keys"])(dict), dict)


class Callbacks(unittest.TestCase):
    def setUp(self):
        self.calls = []
        self.made = CallbackDict({"a": 1}, self.calls.append)

    def test_each_change_is_told(self):
        for change in ["__setitem__('b', 2)", "__setitem__('b', 2)", "update(c=3)", "setdefault('d', 4)", "pop('d')",
                       "popitem()", "__delitem__('a')", "__ior__({'e': 5})", "clear()", "update([])"]:
            with self.subTest(change):
                before = len(self.calls)
                eval(f"self.made.{change}")
                self.assertEqual(len(self.calls), before + 1)
                self.assertIs(self.calls[-1], self.made)

    def test_what_changes_nothing_is_not_told(self):
        self.made.get("a"), self.made.setdefault("a", 2), self.made.pop("z", None), self.made.copy()
        for failing in [lambda: self.made.pop("z"), lambda: self.made.__delitem__("z")]:
            self.assertRaises(KeyError, failing)
        self.assertEqual(self.calls, [])


if __name__ == "__main__":
    unittest.main()
