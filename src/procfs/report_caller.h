// Who asked for memory, at the head of an OOM report or a failure report: the request's flags, what it may use, and
// the task on whose CPU it happened.
//
//   gfp_mask=0x140dca(GFP_HIGHUSER_MOVABLE|__GFP_COMP|__GFP_ZERO)
//   nodemask=(null),cpuset=/,mems_allowed=0
//   CPU: 1 UID: 0 PID: 150 Comm: eat Not tainted 6.12.117+deb12-cloud-amd64 #1
//
// A name of a task may have blanks, brackets and colons. The lines between the CPU line and the Mem-Info block (module
// taints, hardware, registers, call trace) are carried as read, without their time stamps.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "procfs/log_lines.h"

namespace mmscope {

struct ReportedGfp {
    u64 value = 0;      // the kernel's own number
    std::string names;  // as printed; empty before 4.6
    friend bool operator==(const ReportedGfp&, const ReportedGfp&) = default;
};
ReportedGfp read_gfp(LineReader& reader);
void print_gfp(const ReportedGfp& gfp, std::string* out);

// Where the request may be served, as text: node lists and the path of a cpuset.
struct AllowedMemory {
    std::string nodemask;
    std::string cpuset;
    std::string mems_allowed;
    friend bool operator==(const AllowedMemory&, const AllowedMemory&) = default;
};
// Reads up to `end`, or to the end of the line if it is empty.
AllowedMemory read_allowed_memory(LineReader& reader, std::string_view end);
void print_allowed_memory(const AllowedMemory& allowed, std::string* out);

struct ReportCaller {
    std::optional<u32> cpu;  // not in 2.6: "Pid: 1, comm: eat Not tainted 2.6.32"
    std::optional<u32> uid;  // 6.12 and later
    u32 pid = 0;
    std::string comm;
    std::string kernel;              // "Not tainted 6.1.0-50-amd64 #1  Debian 6.1.176-1": taints, version and build
    std::vector<std::string> trace;  // the lines up to the Mem-Info block
    // "6.1.0-50-amd64"; empty if it cannot be told.
    std::string_view version() const;
    friend bool operator==(const ReportCaller&, const ReportCaller&) = default;
};
// The CPU line and what follows it, up to a line that begins with one of `ends`, which next() gives again. Nothing if
// no CPU line follows; an error if nothing ends it.
Result<std::optional<ReportCaller>> parse_report_caller(LogLines& lines, std::initializer_list<std::string_view> ends);
void print_report_caller(const ReportCaller& caller, std::string* out);

// The names of the parts that two reports share.
inline constexpr std::string_view kMemInfoLine = "Mem-Info:";
inline constexpr std::string_view kOomSign = " invoked oom-killer: ";
inline constexpr std::string_view kFailureSign = ": page allocation failure";
inline constexpr std::string_view kVmallocSign = ": vmalloc error: ";
// Whether a line begins one of the two reports.
bool is_report_head(std::string_view line);

}  // namespace mmscope
