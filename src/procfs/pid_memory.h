// /proc/PID/statm, and what /proc/PID/status says of memory.
//
//   565 461 433 388 0 77 0                 pages: size, resident, shared (files and shmem), code, 0, data and stack, 0
//
//   VmPeak:	    2260 kB
//
// Of status the other lines are kept as they are, in their places, so that the file prints itself back.
#pragma once

#include <array>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "base/types.h"

namespace mmscope {

struct PidStatm {
    std::array<u64, 7> pages{};
    friend bool operator==(const PidStatm&, const PidStatm&) = default;
};
Result<PidStatm> parse_pid_statm(std::string_view text, u32 first_line = 1, std::vector<u32>* skipped = nullptr);
std::string print_pid_statm(const PidStatm& statm);

// The lines of status that count kB, in the kernel's order.
#define MMSCOPE_PID_STATUS(X)                                                                                   \
    X(VmPeak)                                                                                                   \
    X(VmSize) X(VmLck) X(VmPin) X(VmHWM) X(VmRSS) X(RssAnon) X(RssFile) X(RssShmem) X(VmData) X(VmStk) X(VmExe) \
        X(VmLib) X(VmPTE) X(VmSwap) X(HugetlbPages)
enum class PidStatusField : u8 {
#define MMSCOPE_X(name) name,
    MMSCOPE_PID_STATUS(MMSCOPE_X)
#undef MMSCOPE_X
};
inline constexpr std::string_view kPidStatusFieldNames[] = {
#define MMSCOPE_X(name) #name,
    MMSCOPE_PID_STATUS(MMSCOPE_X)
#undef MMSCOPE_X
};
inline constexpr u32 kPidStatusFields = sizeof(kPidStatusFieldNames) / sizeof(kPidStatusFieldNames[0]);

struct PidStatus {
    std::vector<std::string> before;  // whole lines
    std::array<u64, kPidStatusFields> kb{};
    std::vector<std::string> after;
    u64& operator[](PidStatusField field) { return kb[static_cast<u32>(field)]; }
    u64 operator[](PidStatusField field) const { return kb[static_cast<u32>(field)]; }
    friend bool operator==(const PidStatus&, const PidStatus&) = default;
};
// Errors: a field of memory is missing or out of place.
Result<PidStatus> parse_pid_status(std::string_view text, u32 first_line = 1, std::vector<u32>* skipped = nullptr);
std::string print_pid_status(const PidStatus& status);

}  // namespace mmscope
