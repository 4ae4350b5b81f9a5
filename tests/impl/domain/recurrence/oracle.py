"""What python-dateutil makes of rules drawn from a seed: the other opinion on `impl/domain/recurrence.ts`.

    python3 oracle.py <seed> <rules> > rules.ndjson      needs python-dateutil 2.9 and Python 3.9 or later

One rule a line: {rrule, timeZone, startsAt, first}, `first` its first occurrences in UTC, none if it never occurs. dateutil knows no zone
here: it says what clocks show, and a time that they skip is left out, one that they show twice is the first, as RFC 5545 has it. COUNT counts
what remains. A rule that takes it longer than a moment is drawn anew.
"""
import json, random, signal, sys
from datetime import datetime, timedelta, timezone
from zoneinfo import ZoneInfo

from dateutil.rrule import rrulestr

OCCURRENCES = 8
LAST = datetime(2099, 12, 31, 23, 59, 59)
ZONES = ['Europe/Berlin', 'America/New_York', 'Australia/Lord_Howe', 'America/Santiago', 'Asia/Kolkata', 'UTC']
draw = random.Random(int(sys.argv[1]))


class Slow(Exception):
    pass


def on_alarm(*_):
    raise Slow()


def some(low, high, most, signed=False):
    numbers = draw.sample(range(low, high + 1), draw.randint(1, most))  # in any order, as people write them
    return ','.join(str(-each if signed and draw.random() < 0.3 else each) for each in numbers)


def rule():
    freq = draw.choice(['YEARLY', 'YEARLY', 'MONTHLY', 'MONTHLY', 'WEEKLY', 'DAILY', 'HOURLY', 'MINUTELY'])
    parts = {'FREQ': freq}
    within = freq in ('HOURLY', 'MINUTELY')
    if draw.random() < 0.5:
        parts['INTERVAL'] = draw.choice(['2', '3', '4', '5', '7', '12', '13', '20'])
    if draw.random() < 0.3:
        parts['BYMONTH'] = some(1, 12, 3)
    if freq in ('YEARLY', 'HOURLY', 'MINUTELY') and draw.random() < 0.2:
        parts['BYYEARDAY'] = some(1, 366, 4, True)
    if freq != 'WEEKLY' and draw.random() < 0.3:
        parts['BYMONTHDAY'] = some(1, 31, 4, True)
    if draw.random() < 0.4:
        numbered = freq in ('MONTHLY', 'YEARLY') and draw.random() < 0.5
        parts['BYDAY'] = draw.choice(['1MO', '-1FR', '2TU,-1SU', '5WE', '3TH', '1MO,3MO'] if numbered
                                     else ['MO', 'SA,SU', 'MO,TU,WE,TH,FR', 'FR,MO', 'TU,TH', 'SU'])
    if draw.random() < 0.25:
        parts['BYHOUR'] = some(0, 23, 3)
    if draw.random() < 0.2:
        parts['BYMINUTE'] = some(0, 59, 2)
    by = [name for name in parts if name.startswith('BY')]
    if by and draw.random() < 0.2:
        parts['BYSETPOS'] = draw.choice(['1', '-1', '2', '1,-1', '-2', '1,2', '3'])
    if draw.random() < 0.2:
        parts['COUNT'] = draw.choice(['1', '3', '7', '20'])
    elif draw.random() < 0.1:
        parts['UNTIL'] = '20290315T120000Z'
    if draw.random() < 0.3:
        parts['WKST'] = draw.choice(['SU', 'MO', 'WE'])
    start = datetime(draw.choice([2023, 2024, 2025, 2026]), draw.randint(1, 12), draw.randint(1, 28), draw.randint(0, 23),
                     draw.choice([0, 15, 30, 45]))
    if not within and draw.random() < 0.15:  # on the days and hours of the change
        start = draw.choice([datetime(2026, 3, 28, 2, 30), datetime(2026, 10, 24, 2, 30), datetime(2026, 3, 7, 2, 30),
                             datetime(2026, 10, 31, 1, 30), datetime(2024, 2, 29, 9, 0), datetime(2025, 12, 31, 23, 45)])
    return parts, draw.choice(ZONES), start


def instant(wall, zone):
    """Of the first time that clocks show it; None if they never do."""
    at = wall.replace(tzinfo=zone, fold=0).astimezone(timezone.utc)
    return at if at.astimezone(zone).replace(tzinfo=None) == wall else None


def first(parts, zone, start):
    text = ';'.join(f'{name}={value}' for name, value in parts.items() if name not in ('COUNT', 'UNTIL'))
    until = datetime.strptime(parts['UNTIL'], '%Y%m%dT%H%M%SZ').replace(tzinfo=timezone.utc) if 'UNTIL' in parts else None
    most = min(OCCURRENCES, int(parts.get('COUNT', OCCURRENCES)))
    found = []
    for wall in rrulestr('RRULE:' + text, dtstart=start).replace(until=LAST):
        at = instant(wall, zone)
        if at is None:
            continue
        if until and at > until:
            break
        found.append(at.strftime('%Y-%m-%dT%H:%MZ'))
        if len(found) == most:
            break
    return found


signal.signal(signal.SIGVTALRM, on_alarm)
made = 0
while made < int(sys.argv[2]):
    parts, zone, start = rule()
    if instant(start, ZoneInfo(zone)) is None:
        continue
    # dateutil takes a week that begins with its start for a whole one when it counts positions in it.
    if parts['FREQ'] == 'WEEKLY' and 'BYSETPOS' in parts and 'BYDAY' in parts:
        continue
    signal.setitimer(signal.ITIMER_VIRTUAL, 0.5)
    try:
        occurrences = first(parts, ZoneInfo(zone), start)
    except (Slow, ValueError):  # ValueError: hours or minutes that its steps never meet
        continue
    finally:
        signal.setitimer(signal.ITIMER_VIRTUAL, 0)
    made += 1
    print(json.dumps({'rrule': ';'.join(f'{name}={value}' for name, value in parts.items()), 'timeZone': zone,
                      'startsAt': start.strftime('%Y-%m-%dT%H:%M'), 'first': occurrences}))
