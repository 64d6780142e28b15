"""What the README promises a newcomer for the first ten minutes."""

import json
import re
import unittest
from pathlib import Path

README = Path(__file__).resolve().parents[3] / "README.md"


class TenMinutes(unittest.TestCase):
    def test_the_fault_is_over_while_one_waits_for_it(self):
        text = README.read_text()
        fault = json.loads(re.search(r"-d '(\{.*\})'", text)[1])
        patience = int(re.search(r"pawl wait client-invoice\S+ --timeout (\d+)m", text)[1]) * 60
        # The charge and the first question fail at once; the questions after them come after 1, 2, 4, … seconds at
        # most (RetryPolicy.standard), and the last of them finds the bank.
        waits = sum(2 ** n for n in range(fault["count"] - 1))
        self.assertGreaterEqual(fault["count"], 3, "there is something to look at")
        self.assertLess(waits, patience)
        self.assertLess(patience, 600)


if __name__ == "__main__":
    unittest.main()
