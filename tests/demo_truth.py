"""The panel's side of the demo: speaks with the simulator's control paths, and compares what was billed with its truth.

    demo_truth.py get URL PATH [KEY ...]          prints the answer, or the value behind the keys
    demo_truth.py post URL PATH JSON              prints the answer
    demo_truth.py row FILE NUMBER KEY             one value of a list of rows in a JSON file
    demo_truth.py compare STATE PERIODS INVOICES ANCHOR ZONE INCLUDED_MB PRICE
                                                  exits with 1 when anything differs

The comparison shares nothing with the module: it counts the simulator's own hours into periods of 31 days that it
computes itself (zoneinfo), prices them with Python's decimal, and then looks at three things that must agree with that:
the KB in the frozen plan of each period, the amount of its line, and the total of its invoice.
"""

import datetime
import decimal
import json
import sys
import urllib.error
import urllib.request
import zoneinfo

UTC = datetime.timezone.utc


def call(method, url, path, body=None):
    # No proxy, whatever the environment says: the panel is on this machine.
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    request = urllib.request.Request(f"{url}/_sim/{path}", data=body and body.encode(), method=method)
    try:
        with opener.open(request, timeout=30) as answer:
            return json.load(answer)
    except urllib.error.HTTPError as error:
        sys.exit(f"the simulator refused {path}: {error.read().decode()}")
    except OSError as error:
        sys.exit(f"the simulator does not answer at {url}: {error}")


def dig(value, keys):
    for key in keys:
        value = value[int(key)] if isinstance(value, list) else value[key]
    return value


def show(value):
    print(value if isinstance(value, str) else json.dumps(value))


def moment(text):
    return datetime.datetime.fromisoformat(text.replace("Z", "+00:00"))


def period_edges(anchor, zone, index):
    """Period `index` as UTC instants: 31 calendar days, counted from midnight of the anchor's date in the zone."""
    def edge(number):
        day = datetime.date.fromisoformat(anchor) + datetime.timedelta(days=31 * number)
        midnight = datetime.datetime.combine(day, datetime.time(), zoneinfo.ZoneInfo(zone))
        return midnight.astimezone(UTC)
    return edge(index), edge(index + 1)


def compare(state_file, periods_file, invoices_file, anchor, zone, included_mb, price):
    state, periods, invoices = (json.load(open(name)) for name in (state_file, periods_file, invoices_file))
    hours = [hour for vm in state["vms"] for nic in vm["nics"] for hour in nic["hours"]]
    problems = []
    counted = 0
    print(f"{'period (UTC)':<36} {'sent and received, KB':>22} {'billed KB':>12} {'by truth':>10} {'invoiced':>10}")
    for row in sorted(periods, key=lambda row: int(row["period"])):
        plan = json.loads(row["content"])
        start, end = period_edges(anchor, zone, int(row["period"]))
        truth = sum(h["sent_kb"] + h["received_kb"] for h in hours if start <= moment(h["start"]) < end)
        billed = sum(int(usage["usage"]) for usage in plan["usage"])
        counted += truth
        over = max(decimal.Decimal(truth) / 1024 - decimal.Decimal(included_mb), decimal.Decimal(0))
        cents = decimal.Decimal("0.01")
        amount = (over * decimal.Decimal(price)).quantize(cents, decimal.ROUND_HALF_UP)
        found = [i for i in invoices if i["id"] == row["invoice_id"]]
        lines = [line for i in found for line in i["items"]]
        invoiced = sum((decimal.Decimal(line["amount"]) for line in lines), decimal.Decimal(0)).quantize(cents)
        print(f"{start:%Y-%m-%d %H:%M} to {end:%Y-%m-%d %H:%M}  {truth:>21} {billed:>12} {amount:>10} {invoiced:>10}")
        name = f"period {row['period']}"
        if (moment(plan["period"]["start"]), moment(plan["period"]["end"])) != (start, end):
            problems.append(f"{name} runs from {plan['period']['start']} to {plan['period']['end']}")
        if billed != truth:
            problems.append(f"{name}: {billed} KB were billed, {truth} KB were sent and received")
        if row["state"] != "published" or len(found) != 1 or len(lines) != 1:
            problems.append(f"{name} is {row['state']} with {len(found)} invoices and {len(lines)} lines")
        if invoiced != amount or any(decimal.Decimal(i["total"]) != amount for i in found):
            problems.append(f"{name}: {invoiced} was invoiced, {amount} is due")
    everything = sum(h["sent_kb"] + h["received_kb"] for h in hours)
    if everything != counted:
        problems.append(f"{everything - counted} KB are in no billed period")
    named = {row["invoice_id"] for row in periods}
    for invoice in invoices:
        if invoice["id"] not in named and any("Reference: onapp-" in line["description"] for line in invoice["items"]):
            problems.append(f"invoice {invoice['id']} bills traffic and belongs to no period")
    if not periods or everything == 0:
        problems.append("nothing was billed")
    for problem in problems:
        print(f"DIFFERS: {problem}")
    return 1 if problems else 0


def main(words):
    match words:
        case ["get", url, path, *keys]:
            show(dig(call("GET", url, path), keys))
        case ["post", url, path, body]:
            show(call("POST", url, path, body))
        case ["row", file, *keys]:
            show(dig(json.load(open(file)), keys))
        case ["compare", *rest] if len(rest) == 7:
            return compare(*rest)
        case _:
            print(__doc__, file=sys.stderr)
            return 2
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
