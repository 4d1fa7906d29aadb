#include "procfs/alloc_failure_report.h"

#include "procfs/columns.h"

namespace mmscope {
namespace {

constexpr std::string_view kOrder = ": page allocation failure: order:";
constexpr std::string_view kClassicOrder = ": page allocation failure. order:";

std::optional<Diagnostic> read_head(const LogLines& lines, AllocFailureReport* report) {
    LineReader reader(lines);
    const bool is_vmalloc = lines.text().find(kFailureSign) == std::string_view::npos;
    const bool is_classic = lines.text().find(kClassicOrder) != std::string_view::npos;
    report->comm = reader.until(is_vmalloc ? kVmallocSign : is_classic ? kClassicOrder : kOrder);
    if (is_vmalloc) {
        report->vmalloc = reader.until(", mode:");
    } else {
        report->order = static_cast<u32>(reader.number());
        reader.expect(", mode:");
    }
    report->mode = read_gfp(reader);
    if (!is_classic) {
        reader.expect(", ");
        report->allowed = read_allowed_memory(reader, {});
    }
    reader.expect_end();
    return reader.fault();
}

}  // namespace

bool is_alloc_failure_head(std::string_view line) {
    return line.find(kFailureSign) != std::string_view::npos || line.find(kVmallocSign) != std::string_view::npos;
}

Result<AllocFailureReport> parse_alloc_failure_report(LogLines& lines, std::vector<u32>* skipped) {
    AllocFailureReport report;
    if (auto fault = read_head(lines, &report)) return *std::move(fault);
    auto caller = parse_report_caller(lines, {kMemInfoLine});
    if (!caller) return caller.error();
    report.caller = *std::move(caller);
    lines.next();
    if (lines.text() != kMemInfoLine) return lines.error(Message("proc.report_cut_off").text("missing", kMemInfoLine));
    Result<MemInfo> info = parse_mem_info(lines, skipped);
    if (!info) return info.error();
    report.mem_info = *std::move(info);
    return report;
}

std::string print_alloc_failure_report(const AllocFailureReport& report) {
    std::string out = report.comm;
    if (report.order) {
        out += report.allowed ? kOrder : kClassicOrder;
        append_number(&out, *report.order);
    } else {
        out += kVmallocSign;
        out += report.vmalloc;
    }
    out += ", mode:";
    print_gfp(report.mode, &out);
    if (report.allowed) {
        out += ", ";
        print_allowed_memory(*report.allowed, &out);
    }
    out += '\n';
    if (report.caller) print_report_caller(*report.caller, &out);
    print_mem_info(report.mem_info, &out);
    return out;
}

}  // namespace mmscope
