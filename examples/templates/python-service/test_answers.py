import unittest

from answers import answer


class Answers(unittest.TestCase):
    def test_it_says_that_it_is_well(self):
        self.assertEqual(answer("/healthz"), (200, "ok"))
        self.assertEqual(answer("/else")[0], 404)
