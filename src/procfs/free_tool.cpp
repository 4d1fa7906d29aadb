#include "procfs/free_tool.h"

#include <algorithm>

#include "procfs/columns.h"
#include "procfs/tenths.h"

namespace mmscope {
namespace {

constexpr u64 kMostKib = ~u64{0} / 10240;  // tenths of its bytes still fit; 1.6 PiB

u64 power(u64 base, u32 exponent) { return exponent == 0 ? 1 : base * power(base, exponent - 1); }

std::string size_text(u64 kib, const FreeOptions& options) {
    if (options.unit == FreeOptions::Unit::human) return human_size(kib, options.is_si);
    if (options.unit == FreeOptions::Unit::kibi && !options.is_si) return std::to_string(kib);
    const u64 bytes = std::min(kib, kMostKib) * 1024;
    return std::to_string(bytes / power(options.is_si ? 1000 : 1024, static_cast<u32>(options.unit)));
}

void print_row(std::string_view label, const std::initializer_list<u64>& amounts, const FreeOptions& options,
               std::string* out) {
    append_left(out, label, 8);
    for (const u64 kib : amounts) {
        *out += ' ';
        append_right(out, size_text(kib, options), 11);
    }
    *out += '\n';
}

}  // namespace

MemoryUse memory_use(const MeminfoFile& meminfo) {
    MemoryUse use;
    use.total = meminfo.value("MemTotal");
    use.free = std::min(meminfo.value("MemFree"), use.total);
    use.shared = meminfo.value("Shmem");
    use.buffers = meminfo.value("Buffers");
    use.cache = meminfo.value("Cached") + meminfo.value("SReclaimable");
    use.available = meminfo.find("MemAvailable").value_or(use.free);
    if (use.available > use.total) use.available = use.free;  // seen in containers
    use.used = use.total - use.available;
    use.high_total = meminfo.value("HighTotal");
    use.high_free = meminfo.value("HighFree");
    use.low_total = use.high_total == 0 ? use.total : meminfo.value("LowTotal");
    use.low_free = use.high_total == 0 ? use.free : meminfo.value("LowFree");
    use.swap_total = meminfo.value("SwapTotal");
    use.swap_free = std::min(meminfo.value("SwapFree"), use.swap_total);
    use.swap_used = use.swap_total - use.swap_free;
    return use;
}

std::string human_size(u64 kib, bool is_si) {
    constexpr std::string_view kUnits = "KMGTPE";
    kib = std::min(kib, kMostKib);
    if (kib == 0) return "0B";
    const u64 base = is_si ? 1000 : 1024;
    u64 divisor = base;
    for (const char unit : kUnits) {
        const u64 tenths = rounded_tenths(kib * 1024, divisor);
        const u64 whole = kib * 1024 / divisor;
        if (tenths < 100 || whole < 1000) {
            std::string text = tenths < 100 ? tenths_text(tenths) : std::to_string(whole);
            return (text += unit) += is_si ? "" : "i";
        }
        divisor *= base;
    }
    return std::to_string(kib);
}

std::string print_free(const MeminfoFile& meminfo, const FreeOptions& options) {
    const MemoryUse use = memory_use(meminfo);
    std::string out(8, ' ');
    for (const std::string_view name : {"total", "used", "free", "shared"}) append_right(&out, name, 12);
    if (options.is_wide) {
        append_right(&out, "buffers", 12);
        append_right(&out, "cache", 12);
    } else {
        append_right(&out, "buff/cache", 12);
    }
    append_right(&out, "available", 12);
    out += '\n';
    if (options.is_wide) {
        print_row("Mem:", {use.total, use.used, use.free, use.shared, use.buffers, use.cache, use.available}, options,
                  &out);
    } else {
        print_row("Mem:", {use.total, use.used, use.free, use.shared, use.buffers + use.cache, use.available}, options,
                  &out);
    }
    if (options.has_zones) {
        print_row("Low:", {use.low_total, use.low_total - use.low_free, use.low_free}, options, &out);
        print_row("High:", {use.high_total, use.high_total - use.high_free, use.high_free}, options, &out);
    }
    print_row("Swap:", {use.swap_total, use.swap_used, use.swap_free}, options, &out);
    if (options.has_total) {
        print_row("Total:", {use.total + use.swap_total, use.used + use.swap_used, use.free + use.swap_free}, options,
                  &out);
    }
    return out;
}

}  // namespace mmscope
