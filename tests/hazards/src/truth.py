"""What should have been billed: the panel's truth, 31-day periods and amounts, computed apart from the code under test.

Reads {state, vms, zone, regdate, until, included_mb, price} from standard input; writes the periods of each service
whose end plus an hour has passed. The panel's truth is what it showed of an hour while it could be read: the hour in which
a machine is deleted never gets a row. The date of registration is the host's, the zone is billing's: hours of a machine that was
made before that zone's midnight belong to the first period, which is longer by them and includes so much more, as the module's
README says of a longer period. Amounts: (KB / 1024 - included) x price, rounded half up to cents.
"""

import json
import sys
from datetime import date, datetime, timedelta, timezone
from decimal import ROUND_HALF_UP, Decimal, getcontext
from zoneinfo import ZoneInfo

getcontext().prec = 60


def midnight(day, zone):
    """The UTC instant at which a local day starts."""
    return datetime(day.year, day.month, day.day, tzinfo=ZoneInfo(zone)).astimezone(timezone.utc)


def text(at):
    return at.strftime("%Y-%m-%dT%H:%M:%SZ")


def main():
    given = json.load(sys.stdin)
    until = datetime.fromisoformat(given["until"].replace("Z", "+00:00"))
    first = date.fromisoformat(given["regdate"])
    hours = {}
    for vm in given["state"]["vms"]:
        for nic in vm["nics"]:
            for hour in nic["hours"]:
                key = (vm["id"], hour["start"])
                hours[key] = hours.get(key, 0) + int(hour["reported_sent_kb"]) + int(hour["reported_received_kb"])
    answer = {}
    for service, vms in given["vms"].items():
        made = min((vm["created_at"] for vm in given["state"]["vms"] if vm["id"] in vms), default="")
        periods = []
        index = 0
        while True:
            start = midnight(first + timedelta(days=31 * index), given["zone"])
            end = midnight(first + timedelta(days=31 * (index + 1)), given["zone"])
            if end + timedelta(hours=1) > until:
                break
            low, high = text(start), text(end)
            whole = longer = int((end - start).total_seconds()) // 3600
            if index == 0 and made and made < low:
                low = made[:13] + ":00:00Z"
                began = datetime.fromisoformat(low.replace("Z", "+00:00"))
                longer = int((end - began).total_seconds()) // 3600
            kb = sum(n for (vm, hour), n in hours.items() if vm in vms and low <= hour < high)
            included = Decimal(given["included_mb"]) * longer / whole
            over = max(Decimal(0), Decimal(kb) / 1024 - included)
            amount = (over * Decimal(given["price"])).quantize(Decimal("0.01"), ROUND_HALF_UP)
            periods.append({"index": index, "start": low, "end": high, "kb": str(kb), "amount": str(amount)})
            index += 1
        answer[service] = periods
    json.dump(answer, sys.stdout)


main()
