// /proc/vmstat: every counter of the machine, a name and a number a line.
//
//   nr_free_pages 107057        gauges of zones and nodes, in pages (nr_kernel_stack: in KiB)
//   pgalloc_dma32 11909         events since boot
//
// Which names there are, and in which order, differs from kernel to kernel (counter_names.h); they are kept as read. The
// node files of /sys (node0/vmstat) have the same form.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "base/types.h"

namespace mmscope {

struct VmstatFile {
    struct Counter {
        std::string name;
        u64 value = 0;
        friend bool operator==(const Counter&, const Counter&) = default;
    };
    std::vector<Counter> counters;

    std::optional<u64> find(std::string_view name) const;
    u64 value(std::string_view name) const { return find(name).value_or(0); }
    friend bool operator==(const VmstatFile&, const VmstatFile&) = default;
};

// Lines that are no counter are passed over; their numbers go to `skipped`. Errors: no counter, one twice, numbers.
Result<VmstatFile> parse_vmstat(std::string_view text, u32 first_line = 1, std::vector<u32>* skipped = nullptr);
std::string print_vmstat(const VmstatFile& file);

}  // namespace mmscope
