#include "intake/ksize_ranges.h"

#include "intake/capture_lines.h"

namespace mmscope {

namespace {

constexpr u64 kMostBytes = 1U << 30;

// "65..96" or "96".
bool read_sizes(CaptureLines& lines, std::string_view text, KsizeRange* range) {
    const std::size_t dots = text.find("..");
    if (!lines.number(text.substr(0, dots), kMostBytes, &range->first)) return false;
    range->last = range->first;
    if (dots != std::string_view::npos && !lines.number(text.substr(dots + 2), kMostBytes, &range->last)) return false;
    return range->first <= range->last || lines.fail_line();
}

bool read_range(CaptureLines& lines, KsizeRange* range) {
    range->line = lines.line();
    range->gfp = lines.word();
    if (!read_sizes(lines, lines.word(), range)) return false;
    if (lines.word() != "->") return lines.fail_line();
    if (!lines.number(lines.word(), kMostBytes, &range->ksize)) return false;
    const std::string_view end = lines.rest();
    return (range->ksize == 0 ? end == "FAIL" : end.empty()) || lines.fail_line();
}

}  // namespace

bool is_ksize_ranges(std::string_view text) { return text.starts_with("TEST ksize"); }

std::vector<KsizeRange> parse_ksize_ranges(std::string_view text, std::vector<Diagnostic>* bad_lines) {
    std::vector<KsizeRange> ranges;
    CaptureLines lines(text);
    bool is_whole = false;
    while (lines.next()) {
        const std::string_view first = lines.word();
        is_whole = first == "ENDTEST";
        if (first == "TEST" || is_whole) continue;
        KsizeRange range;
        const bool is_read = first == "K" || first == "R" ? read_range(lines, &range) : lines.fail_line();
        if (is_read)
            ranges.push_back(range);
        else
            bad_lines->push_back(std::move(lines.fault()));
    }
    if (!is_whole) bad_lines->push_back({lines.line(), 1, 0, Message("capture.no_endtest")});
    return ranges;
}

}  // namespace mmscope
