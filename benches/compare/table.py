"""The results as Markdown."""

NAMES = {"usagebook": "usagebook", "duckdb": "DuckDB", "chdb": "ClickHouse", "polars": "polars"}

HEADER = """| work | against | aim | usagebook | theirs | ratio | verdict |
|---|---|---|---|---|---|---|"""

FIGURES = """| row | input | read once | usagebook | DuckDB | ClickHouse | polars |
|---|---|---|---|---|---|---|"""


def verdicts(results):
    """One line for each aim: speed, memory, and what is measured against nobody."""
    lines = [line for result in results for line in lines_of(result)]
    return "\n".join([HEADER, *lines])


def lines_of(result):
    row, own = result.row, result.contender("usagebook")
    if own.fault:
        return [line(result.work, "–", "–", "failed", "–", "–", "**failed**")]
    lines = [against_peer(result, row.speed, "time")] if row.speed else []
    lines += [against_peer(result, row.memory, "peak memory")] if row.memory else []
    if row.part_of_whole:
        lines.append(against_whole(result))
    if row.seconds_max:
        verdict = reached(own.median < row.seconds_max)
        goal = f"under {row.seconds_max * 1000:.0f} ms"
        lines.append(line(result.work, "–", goal, seconds(own), "–", "–", verdict))
    if row.peers and not row.speed:
        lines = [without_aim(result, peer) for peer in result.contenders[1:]] + lines
    return lines


def against_peer(result, aim, what):
    own, peer = result.contender("usagebook"), result.contender(aim.opponent)
    name, is_time = NAMES[aim.opponent], what == "time"
    work = result.work if is_time else f"{result.work}: peak memory"
    goal = f"{aim.times:g} times faster" if is_time else f"1/{aim.times:g} of it"
    if aim.bytes_max:
        goal += f", ≤ {aim.bytes_max / 1e6:.0f} MB"
    show = seconds if is_time else memory
    if peer is None or peer.fault:
        return line(work, name, goal, show(own), "failed" if peer else "–", "–", "not known")
    ratio = peer.median / own.median if is_time else peer.peak / own.peak
    is_reached = ratio >= aim.times and (not aim.bytes_max or own.peak <= aim.bytes_max)
    verdict = reached(is_reached) if ratio >= aim.floor else f"**below the floor of {aim.floor:g}**"
    return line(work, name, goal, show(own), show(peer), f"{ratio:.1f}", verdict)


def against_whole(result):
    own, whole = result.contender("usagebook"), result.contender("whole")
    goal = f"≤ {result.row.part_of_whole:g} of its time"
    if whole.fault:
        return line(result.work, "all months", goal, seconds(own), "failed", "–", "not known")
    part = own.median / whole.median
    verdict = reached(part <= result.row.part_of_whole)
    return line(result.work, "all months", goal, seconds(own), seconds(whole), f"{part:.2f}", verdict)


def without_aim(result, peer):
    own = result.contender("usagebook")
    if peer.fault:
        return line(result.work, NAMES[peer.name], "–", seconds(own), "failed", "–", "–")
    ratio = peer.median / own.median
    return line(result.work, NAMES[peer.name], "–", seconds(own), seconds(peer), f"{ratio:.1f}", "–")


def figures(results):
    """Everything that was measured: median seconds, least and most, those of all cores together, peak memory."""
    lines = []
    for result in results:
        cells = [cell(result, name) for name in ("usagebook", "duckdb", "chdb", "polars")]
        size = f"{result.records:,} records, {size_text(result.size)}"
        lines.append(line(result.row.name, size, f"{result.read_seconds:.2f} s", *cells))
    return "\n".join([FIGURES, *lines])


def growth(points):
    """Linear: no size takes more than a tenth more for each record than any smaller one."""
    if any(contender.fault for _, contender in points):
        return "**failed**"
    lines, least, worst = [], float("inf"), 0.0
    for records, contender in points:
        each = contender.median / records
        worst = max(worst, each / least)
        least = min(least, each)
        lines.append(line(f"{records:,}", seconds(contender), f"{each * 1e9:,.0f} ns", memory(contender),
                          f"{contender.peak / records:,.0f} B"))
    verdict = reached(worst <= 1.1) if len(points) > 1 else "not known"
    head = "| records | time | each | peak memory | each |\n|---|---|---|---|---|"
    return "\n".join([head, *lines, "", f"At most {worst:.2f} times as long for each record as any smaller size "
                                        f"(aim: 1.10): {verdict}."])


def cell(result, name):
    contender = result.contender(name)
    if contender is None:
        return "–"
    if contender.fault:
        return "failed"
    spread = f"{duration(min(contender.seconds))} to {duration(max(contender.seconds))}"
    return f"{seconds(contender)} ({spread}) · CPU {duration(contender.median_cpu)} · {memory(contender)}"


def seconds(contender):
    return duration(contender.median)


def duration(taken):
    return f"{taken * 1000:.1f} ms" if taken < 0.1 else f"{taken:.2f} s"


def size_text(size):
    return f"{size / 1e9:.2f} GB" if size >= 1e9 else f"{size / 1e6:.3g} MB"


def memory(contender):
    return f"{contender.peak / 1e6:,.0f} MB"


def reached(is_reached):
    return "reached" if is_reached else "**not reached**"


def line(*cells):
    return f"| {' | '.join(cells)} |"
