#include "procfs/report_caller.h"

#include <algorithm>
#include <charconv>
#include <cstddef>

#include "procfs/columns.h"

namespace mmscope {
namespace {

using std::size_t;

constexpr std::string_view kTaintSigns[] = {" Not tainted ", " Tainted: "};

// A task's name ends where the kernel says whether it is tainted.
size_t end_of_comm(std::string_view line) {
    size_t end = std::string_view::npos;
    for (const std::string_view sign : kTaintSigns) end = std::min(end, line.find(sign));
    return end;
}

void read_comm_and_kernel(LineReader& reader, const LogLines& lines, ReportCaller* caller) {
    const size_t end = end_of_comm(lines.text());
    if (end == std::string_view::npos) return reader.expect(kTaintSigns[0]);
    const std::string_view ahead = reader.ahead();
    const size_t length = end - static_cast<size_t>(ahead.data() - lines.text().data());
    if (length > ahead.size()) return reader.expect("comm");
    caller->comm = ahead.substr(0, length);
    caller->kernel = ahead.substr(length + 1);
    reader.rest();
}

std::optional<Diagnostic> read_cpu_line(const LogLines& lines, ReportCaller* caller) {
    LineReader reader(lines);
    if (reader.accept("Pid: ")) {
        caller->pid = static_cast<u32>(reader.number());
        reader.expect(", comm: ");
    } else {
        reader.expect("CPU: ");
        caller->cpu = static_cast<u32>(reader.number());
        if (reader.accept(" UID: ")) caller->uid = static_cast<u32>(reader.number());
        reader.expect(" PID: ");
        caller->pid = static_cast<u32>(reader.number());
        reader.expect(" Comm: ");
    }
    if (reader.is_good()) read_comm_and_kernel(reader, lines, caller);
    return reader.fault();
}

bool is_cpu_line(std::string_view line) { return line.starts_with("CPU: ") || line.starts_with("Pid: "); }

}  // namespace

ReportedGfp read_gfp(LineReader& reader) {
    ReportedGfp gfp;
    gfp.value = reader.hex();
    if (reader.accept("(")) gfp.names = reader.until(")");
    return gfp;
}

void print_gfp(const ReportedGfp& gfp, std::string* out) {
    char digits[16];
    const auto written = std::to_chars(digits, digits + sizeof digits, gfp.value, 16);
    *out += "0x";
    out->append(digits, written.ptr);
    if (!gfp.names.empty()) *out += "(" + gfp.names + ")";
}

AllowedMemory read_allowed_memory(LineReader& reader, std::string_view end) {
    AllowedMemory allowed;
    reader.expect("nodemask=");
    allowed.nodemask = reader.until(",cpuset=");
    allowed.cpuset = reader.until(",mems_allowed=");
    allowed.mems_allowed = end.empty() ? reader.rest() : reader.until(end);
    return allowed;
}

void print_allowed_memory(const AllowedMemory& allowed, std::string* out) {
    *out += "nodemask=" + allowed.nodemask + ",cpuset=" + allowed.cpuset + ",mems_allowed=" + allowed.mems_allowed;
}

std::string_view ReportCaller::version() const {
    const std::string_view text = kernel;
    const size_t end = text.find(" #");
    const std::string_view head = text.substr(0, end);
    const size_t start = head.rfind(' ');
    return start == std::string_view::npos ? std::string_view() : head.substr(start + 1);
}

Result<std::optional<ReportCaller>> parse_report_caller(LogLines& lines, std::initializer_list<std::string_view> ends) {
    std::optional<ReportCaller> caller;
    while (lines.next()) {
        const std::string_view text = lines.text();
        const bool is_end = is_report_head(text) || std::any_of(ends.begin(), ends.end(), [text](std::string_view end) {
                                return text.starts_with(end);
                            });
        if (is_end) return lines.step_back(), std::move(caller);
        if (caller) {
            caller->trace.emplace_back(text);
        } else if (is_cpu_line(text)) {
            caller.emplace();
            if (auto fault = read_cpu_line(lines, &*caller)) return *std::move(fault);
        }
    }
    return lines.error(Message("proc.report_cut_off").text("missing", *ends.begin()));
}

void print_report_caller(const ReportCaller& caller, std::string* out) {
    if (caller.cpu) {
        *out += "CPU: ";
        append_number(out, *caller.cpu);
        if (caller.uid) *out += " UID: ";
        if (caller.uid) append_number(out, *caller.uid);
        *out += " PID: ";
        append_number(out, caller.pid);
        *out += " Comm: ";
    } else {
        *out += "Pid: ";
        append_number(out, caller.pid);
        *out += ", comm: ";
    }
    *out += caller.comm + " " + caller.kernel + "\n";
    for (const std::string& line : caller.trace) *out += line + "\n";
}

bool is_report_head(std::string_view line) {
    for (const std::string_view sign : {kOomSign, kFailureSign, kVmallocSign})
        if (line.find(sign) != std::string_view::npos) return true;
    return false;
}

}  // namespace mmscope
