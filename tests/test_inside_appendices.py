"""The appendices of the book: what they list is all there, and each thing that they name exists."""

from __future__ import annotations

import doctest
import importlib.util
import re
import sys
import unittest
from difflib import SequenceMatcher

from tests.house import advisories, one_request


class Advisories(unittest.TestCase):
    def test_every_row_is_held_by_a_test(self):
        held = advisories.held_by()
        rows = list(advisories.rows())
        self.assertEqual([row.number for row in rows], list(range(1, len(rows) + 1)))
        self.assertEqual([row.number for row in rows if row.number not in held], [])

    def test_the_tests_name_no_row_that_is_not_listed(self):
        self.assertEqual(sorted(set(advisories.held_by()) - {row.number for row in advisories.rows()}), [])

    def test_the_page_is_up_to_date(self):
        shown = advisories.PAGE.read_text("utf-8")
        self.assertEqual(shown, advisories.page(), "run `python -m tests.house.advisories`")

    @unittest.skipUnless(importlib.util.find_spec("ssl"), "tests that need ssl cannot be loaded here")
    def test_what_is_named_can_be_run(self):
        loader = unittest.TestLoader()
        for name in sorted({holders[0].name for holders in advisories.held_by().values()}):
            loader.loadTestsFromName(name)
        self.assertEqual(loader.errors, [])

    def test_numbers_of_rows_are_found_in_names_texts_and_ranges(self):
        self.assertEqual(doctest.testmod(advisories).failed, 0)


@unittest.skipUnless(sys.platform == "linux" and one_request.PACKAGE.is_dir(), "needs sockets, and modules as files")
class OneRequest(unittest.TestCase):
    """The order differs a little between the versions of Python, and where a second ends between two requests."""

    STEP = re.compile(r"^     - ``(minflask/\S+)``$", re.M)

    def test_the_page_shows_what_happens(self):
        shown, seen = one_request.PAGE.read_text("utf-8"), one_request.page()
        likeness = SequenceMatcher(None, self.STEP.findall(shown), self.STEP.findall(seen)).ratio()
        self.assertGreater(likeness, 0.9, "run `python -m tests.house.one_request`")
        self.assertGreater(len(self.STEP.findall(shown)), one_request.FEWEST)

    def test_the_bytes_are_those_that_are_sent_and_come_back(self):
        shown, seen = ([re.split(r"\nWhat they meet\n|\nThe bytes that go back\n", text)[at] for at in (0, 2)]
                       for text in (one_request.PAGE.read_text("utf-8"), one_request.page()))
        self.assertEqual(shown, seen)


if __name__ == "__main__":
    unittest.main()
