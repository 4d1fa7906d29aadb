// /proc/meminfo: how the machine's memory is used, a name and an amount a line.
//
//   MemTotal:         466372 kB
//   Active(anon):       3448 kB
//   HugePages_Total:       0           pages of that size, without a unit
//
// Amounts are in kB, which are KiB. Which lines there are differs by kernel and architecture; they are kept as read,
// and blank_meminfo knows each kernel's. (fs/proc/meminfo.c; not to be confused with mem_info.h, the Mem-Info of the
// log.)
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "procfs/kernel_shape.h"

namespace mmscope {

struct MeminfoFile {
    struct Line {
        std::string name;
        u64 value = 0;
        bool is_in_kib = true;
        friend bool operator==(const Line&, const Line&) = default;
    };
    std::vector<Line> lines;

    std::optional<u64> find(std::string_view name) const;
    u64 value(std::string_view name) const { return find(name).value_or(0); }
    // The line must be there.
    void set(std::string_view name, u64 value);
    friend bool operator==(const MeminfoFile&, const MeminfoFile&) = default;
};

// The lines that a kernel prints, all of them zero.
MeminfoFile blank_meminfo(const KernelShape& kernel);

// Lines that are no amount are passed over; their numbers go to `skipped`. Errors: no line, one twice, numbers.
Result<MeminfoFile> parse_meminfo(std::string_view text, u32 first_line = 1, std::vector<u32>* skipped = nullptr);
std::string print_meminfo(const MeminfoFile& file);

}  // namespace mmscope
