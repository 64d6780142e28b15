"""What Python's exact fractions make of ten thousand amounts, splits and discounts each, as one digest of all: `MoneyOracleTests`
draws the same cases and must come to the same text. money_cases.py prints the digests; money_cases.py NAME the cases."""

import hashlib
import sys
from fractions import Fraction

CASES = 10_000
LIMIT = 1_000_000_000_000
MASK = (1 << 64) - 1


class Random:
    """SplitMix64."""

    def __init__(self, seed):
        self.state = seed

    def below(self, limit):
        self.state = (self.state + 0x9E3779B97F4A7C15) & MASK
        mixed = self.state
        mixed = ((mixed ^ (mixed >> 30)) * 0xBF58476D1CE4E5B9) & MASK
        mixed = ((mixed ^ (mixed >> 27)) * 0x94D049BB133111EB) & MASK
        return (mixed ^ (mixed >> 31)) % limit


def rounding():
    """Rates in thousandths; every second case is a tie."""
    random = Random(1)
    for number in range(CASES):
        if number % 2 == 0:
            share = (125, 375, 625, 875)[random.below(4)]
            amount = (random.below(LIMIT // 5) - LIMIT // 10) * 8 + 4
        else:
            share = random.below(1_001)
            amount = random.below(2 * LIMIT + 1) - LIMIT
        yield f"{amount} {share} {round(Fraction(amount * share, 1_000))}"


def splits():
    """By the largest remainder, of equal ones to the smaller id."""
    random = Random(2)
    for _ in range(CASES):
        weights = [random.below(1_000_001) for _ in range(1 + random.below(12))]
        if random.below(2):
            weights[len(weights) // 2:] = [weights[0]] * (len(weights) - len(weights) // 2)
        total = random.below(2 * LIMIT + 1) - LIMIT
        whole = sum(weights)
        if not whole:
            yield f"{total} {weights} nothing"
            continue
        shares = [Fraction(abs(total) * weight, whole) for weight in weights]
        parts = [share.numerator // share.denominator for share in shares]
        ids = [f"id-{number:03d}" for number in range(len(weights))]
        order = sorted(range(len(weights)), key=lambda index: (parts[index] - shares[index], ids[index]))
        for index in order[:abs(total) - sum(parts)]:
            parts[index] += 1
        yield f"{total} {weights} {[-part if total < 0 else part for part in parts]}"


def discounts():
    """5 % above 10,000 units, 1 % more for every further 10,000, 12 % at most; around each step."""
    random = Random(3)
    for number in range(CASES):
        paid = random.below(10) * 1_000_000 + random.below(5) - 2 if number % 2 else random.below(12_000_000)
        units = Fraction(paid, 100)
        percent = 0 if units <= 10_000 else min(12, 5 + (units - 10_000) // 10_000)
        yield f"{paid} {percent}"


def main():
    cases = {"rounding": rounding, "splits": splits, "discounts": discounts}
    for name in sys.argv[1:]:
        print("\n".join(cases[name]()))
    if not sys.argv[1:]:
        for name, lines in cases.items():
            print(name, hashlib.sha256("".join(line + "\n" for line in lines()).encode()).hexdigest())


if __name__ == "__main__":
    main()
