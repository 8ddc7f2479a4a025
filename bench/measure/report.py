"""Tables for people."""


def _number(value, form):
    return "-" if value is None else format(value, form)


def _table(header, rows):
    cells = [header] + [[str(cell) for cell in row] for row in rows]
    widths = [max(len(row[column]) for row in cells) for column in range(len(header))]
    lines = ["  ".join(cell.rjust(width) for cell, width in zip(row, widths)) for row in cells]
    lines.insert(1, "  ".join("-" * width for width in widths))
    return "\n".join(lines)


def throughput(results):
    header = ["wire", "what", "entries", "hits %", "to", "msg/s", "us/msg", "rate/bare", "rate/index", "cpu/index",
              "cpu/10 ent.", "cpu/0 hits", "row p50 ms", "p99 ms", "peak MB"]  # fmt: skip
    rows = [
        [
            one["wire"], one["subject"], _number(one["entries"], ","), _number(one["hits_percent"], "g"),
            one["hits_go_to"] or "-",
            _number(one["messages_per_second"], ",.0f"), _number(one["processor_us"], ".2f"),
            _number(one["rate_to_bare"], ".2f"), _number(one["rate_to_index"], ".2f"),
            _number(one["processor_to_index"], ".2f"),
            _number(one.get("processor_to_fewest_entries"), ".2f"), _number(one.get("processor_to_no_hits"), ".2f"),
            _number(one["delay_p50_ms"], ".1f"), _number(one["delay_p99_ms"], ".1f"),
            _number(one["peak_resident"] / 1e6, ".1f"),
        ]
        for one in results
    ]  # fmt: skip
    return _table(header, rows)


def memory(results):
    header = ["entries", "steady MB", "bytes/entry", "peak at start MB", "peak in swap MB", "bytes/entry", "after swap MB",
              "idle cpu %"]  # fmt: skip
    rows = [
        [
            _number(one["entries"], ","), _number(one["resident"] / 1e6, ".1f"),
            _number(one.get("resident_bytes_an_entry"), ".0f"), _number(one["start_peak_resident"] / 1e6, ".1f"),
            _number(one["swap_peak_resident"] / 1e6, ".1f"), _number(one.get("swap_peak_resident_bytes_an_entry"), ".0f"),
            _number(one["resident_after_swap"] / 1e6, ".1f"), _number(one["idle_processor_percent"], ".1f"),
        ]
        for one in results
    ]  # fmt: skip
    return _table(header, rows)


def delay(result):
    header = ["ms", "p50", "p90", "p99", "worst"]
    names = {
        "message_to_row_ms": "message to row",
        "bare_insert_ms": "a bare INSERT",
        "row_to_webhook_ms": "row to webhook",
        "bare_post_ms": "a bare POST",
    }
    rows = [[name, *(_number(result[key][p], ".2f") for p in ("p50", "p90", "p99", "p100"))] for key, name in names.items()]
    table = _table(header, rows)
    return (
        f"{table}\nadded at p99: {result['added_to_insert_p99_ms']:.2f} ms to an INSERT, "
        f"{result['added_to_post_p99_ms']:.2f} ms to a POST; {result['known']} known certificates, "
        f"{result['processor_percent']:.1f} % of a processor"
    )


def startup(result):
    return (
        f"{result['entries']:,} entries: first message read {result['median_ms']:.0f} ms after exec (median of "
        f"{result['times']}), {result['worst_ms']:.0f} ms at worst"
    )
