#!/usr/bin/env python3
"""calendar_cases.py SEED COUNT: random calendar durations, one JSON line each, with what Python makes of them: zoneinfo
for the clocks, numpy's business days for the holidays. Tests/oracle/calendar-cases.jsonl is SEED 1, COUNT 1500;
Tests/ScheduleTests compares. Needs numpy, and the tzdata release that the Swift toolchain has (2025b)."""

import calendar
import json
import random
import sys
from datetime import date, datetime, time, timedelta, timezone
from zoneinfo import ZoneInfo

import numpy

ZONES = ["Europe/Berlin", "Europe/London", "America/New_York", "America/Santiago", "Asia/Kathmandu", "Asia/Tokyo",
         "Australia/Lord_Howe", "Pacific/Apia", "Pacific/Chatham", "Africa/Cairo", "America/St_Johns", "UTC"]
WEEKENDS = [[5, 6], [6], [4, 5], [], [0]]
DAYS = ["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"]


def first_instant(local, zone):
    """The first second of real time at which the clocks show that local time or, where they never do, a later one."""
    second = int(local.replace(tzinfo=timezone.utc).timestamp())
    early, late = second - 86_400, second + 86_400
    # The spans between two changes of the offset, in order: of an hour that is shown twice the first is found.
    step = early
    while step < late:
        offset = int(datetime.fromtimestamp(step, zone).utcoffset().total_seconds())
        change = next_change(step, late, zone, offset)
        if change + offset > second:
            return max(step, second - offset)
        step = change
    raise AssertionError("no clock is a day away")


def next_change(start, end, zone, offset, stride=900):
    def differs(at):
        return int(datetime.fromtimestamp(at, zone).utcoffset().total_seconds()) != offset
    at = start
    while at < end and not differs(at):
        at += stride
    low, high = max(start, at - stride), min(at, end)
    if not differs(high):
        return end
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (low, middle) if differs(middle) else (middle, high)
    return high


def months_later(day, count):
    index = day.year * 12 + day.month - 1 + count
    year, month = divmod(index, 12)
    return date(year, month + 1, min(day.day, calendar.monthrange(year, month + 1)[1]))


def business_days_later(day, count, weekend, holidays, workdays):
    """numpy has no working weekends: they are taken out of the mask by counting in a week without a weekend, where every
    day of the weekend that is not worked on is a holiday."""
    span = abs(count) * 8 + 60
    free = set(holidays)
    for offset in range(-span, span + 1):
        other = day + timedelta(days=offset)
        if other.weekday() in weekend and other not in workdays:
            free.add(other)
    rules = {"weekmask": "1111111", "holidays": sorted(free)}
    if count == 0:
        return numpy.busday_offset(day, 0, roll="forward", **rules).astype(date)
    if count > 0:
        # From a day that is not worked on, the first one after it is the first.
        start = numpy.busday_offset(day, 0, roll="backward", **rules)
        return numpy.busday_offset(start, count, **rules).astype(date)
    start = numpy.busday_offset(day, 0, roll="forward", **rules)
    return numpy.busday_offset(start, count, **rules).astype(date)


def near_a_change(rng, zone):
    """A moment of which the due time will often lie in a gap or an overlap."""
    year = rng.randint(2008, 2037)
    at = int(datetime(year, 1, 1, tzinfo=timezone.utc).timestamp())
    end = at + 366 * 86_400
    changes = []
    while at < end:
        offset = int(datetime.fromtimestamp(at, zone).utcoffset().total_seconds())
        change = next_change(at, end, zone, offset, stride=86_400)
        if change < end:
            changes.append(change)
        at = change
    around = rng.choice(changes) if changes else rng.randrange(at - 366 * 86_400, at)
    return around


def case(rng):
    name = rng.choice(ZONES)
    zone = ZoneInfo(name)
    unit = rng.choice(["calendar day", "business day", "month"])
    count = rng.choice([0, 1, -1, rng.randint(2, 12), -rng.randint(2, 12), rng.randint(13, 60)])
    around = near_a_change(rng, zone)
    if unit == "calendar day" and rng.random() < 0.8:
        around -= count * 86_400
    start = around + rng.randint(-5 * 3600, 5 * 3600)
    start -= start % rng.choice([1, 60, 900])
    local = datetime.fromtimestamp(start, zone).replace(tzinfo=None, fold=0)
    at = rng.choice([None, None, "24:00", "00:00", "02:30", "01:59:59", "18:00", "23:59"])
    weekend = rng.choice(WEEKENDS)
    # Some of the days around it are free, or worked on.
    days = [local.date() + timedelta(days=offset) for offset in range(-100, 100)]
    holidays = sorted(rng.sample(days, rng.randint(0, 8)))
    weekends = [day for day in days if day.weekday() in weekend and day not in holidays]
    workdays = sorted(rng.sample(weekends, min(len(weekends), rng.randint(0, 4))))
    day = {
        "calendar day": lambda: local.date() + timedelta(days=count),
        "month": lambda: months_later(local.date(), count),
        "business day": lambda: business_days_later(local.date(), count, weekend, holidays, workdays),
    }[unit]()
    if at == "24:00":
        wanted = datetime.combine(day, time()) + timedelta(days=1)
    else:
        wanted = datetime.combine(day, local.time() if at is None else time.fromisoformat(at))
    instant = start if wanted == local else first_instant(wanted, zone)
    text = "%d %s%s" % (count, unit, "" if abs(count) == 1 else "s") + ("" if at is None else " at " + at)
    found = {"from": start, "zone": name, "duration": text, "instant": instant, "day": day.isoformat()}
    if unit == "business day":
        found.update(weekend=[DAYS[index] for index in weekend], holidays=[str(day) for day in holidays],
                     workdays=[str(day) for day in workdays])
    return found


def main():
    seed, count = int(sys.argv[1]), int(sys.argv[2])
    for number in range(seed, seed + count):
        print(json.dumps(case(random.Random(number)), separators=(",", ":")))


main()
