"""The second opinion on exact arithmetic: Python's decimal and fractions modules.

Reads one case a line from standard input, fields separated by tabs, and writes one answer a line:
  parse a              -> value
  add|sub|mul a b      -> value
  cmp a b              -> -1, 0 or 1
  round a digits       -> value
  quotient a d digits  -> value rounded once
  exact a d            -> value, or none when there is no last digit
  rate kb factor included price per rate hours of digits -> amount
A value is "yes" or "no" (does it fit 28 significant digits, 28 digits after the point and 96 bits), a tab, and the
number in plain notation.
"""

import decimal
import sys
from decimal import ROUND_HALF_UP, Decimal
from fractions import Fraction

decimal.setcontext(decimal.Context(prec=400, rounding=ROUND_HALF_UP, Emax=10**9, Emin=-(10**9)))


def plain(value):
    """Plain notation without zeros at the end and without a negative zero."""
    if value == 0:
        return "0"
    text = format(value, "f")
    if "." in text:
        text = text.rstrip("0").rstrip(".")
    return text


def fits(value):
    digits = plain(value).lstrip("-")
    whole, _, fraction = digits.partition(".")
    significant = len((whole + fraction).strip("0"))
    return significant <= 28 and len(fraction) <= 28 and int(whole + fraction) < 2**96


def answer(value):
    return ("yes" if fits(value) else "no") + "\t" + plain(value)


def half_away(fraction, digits):
    """Rounds a fraction with integers alone. (ROUND_HALF_UP is decimal's name for half away from zero.)"""
    scaled = abs(fraction) * 10**digits
    rounded = (2 * scaled.numerator + scaled.denominator) // (2 * scaled.denominator)
    return Decimal(rounded if fraction >= 0 else -rounded).scaleb(-digits)


def last_digit(fraction):
    """The decimal that a fraction is, or None."""
    rest = fraction.denominator
    for factor in (2, 5):
        while rest % factor == 0:
            rest //= factor
    return Decimal(fraction.numerator) / Decimal(fraction.denominator) if rest == 1 else None


def rate(kb, factor, included, price, per, rate, hours, of, digits):
    usage = Fraction(int(kb), int(factor))
    free = Fraction(included) * Fraction(int(hours), int(of))
    over = max(usage - free, Fraction(0))
    return half_away(over * Fraction(price) / int(per) * Fraction(rate), int(digits))


def solve(op, *args):
    if op == "parse":
        return answer(Decimal(args[0]))
    if op == "add":
        return answer(Decimal(args[0]) + Decimal(args[1]))
    if op == "sub":
        return answer(Decimal(args[0]) - Decimal(args[1]))
    if op == "mul":
        return answer(Decimal(args[0]) * Decimal(args[1]))
    if op == "cmp":
        a, b = Decimal(args[0]), Decimal(args[1])
        return str((a > b) - (a < b))
    if op == "round":
        value, digits = Decimal(args[0]), int(args[1])
        return answer(value.quantize(Decimal(1).scaleb(-digits)))
    if op == "quotient":
        return answer(half_away(Fraction(args[0]) / int(args[1]), int(args[2])))
    if op == "exact":
        value = last_digit(Fraction(args[0]) / int(args[1]))
        return "none" if value is None else answer(value)
    if op == "rate":
        return answer(rate(*args))
    raise ValueError("no such operation: " + op)


for line in sys.stdin:
    print(solve(*line.rstrip("\n").split("\t")))
