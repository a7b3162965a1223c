"""The appendices of the book: what they list is all there, and each thing that they name exists."""

from __future__ import annotations

import doctest
import unittest

from tests.house import advisories


class Advisories(unittest.TestCase):
    def test_every_row_is_held_by_a_test(self):
        held = advisories.held_by()
        rows = list(advisories.rows())
        self.assertEqual([row.number for row in rows], list(range(1, len(rows) + 1)))
        self.assertEqual([row.number for row in rows if row.number not in held], [])

    def test_the_tests_name_no_row_that_is_not_listed(self):
        self.assertEqual(sorted(set(advisories.held_by()) - {row.number for row in advisories.rows()}), [])

    def test_the_page_is_up_to_date(self):
        self.assertEqual(advisories.PAGE.read_text("utf-8"), advisories.page(), "run `python -m tests.house.advisories`")

    def test_what_is_named_can_be_run(self):
        loader = unittest.TestLoader()
        for name in sorted({holders[0].name for holders in advisories.held_by().values()}):
            loader.loadTestsFromName(name)
        self.assertEqual(loader.errors, [])

    def test_numbers_of_rows_are_found_in_names_texts_and_ranges(self):
        self.assertEqual(doctest.testmod(advisories).failed, 0)


if __name__ == "__main__":
    unittest.main()
