#include "procfs/top_memory.h"

#include "procfs/columns.h"
#include "procfs/free_tool.h"
#include "procfs/tenths.h"

namespace mmscope {
namespace {

void add(std::string* out, u64 kib, std::string_view behind) {
    append_right(out, tenths_text(rounded_tenths(kib, 1024)), 9);
    *out += ' ';
    *out += behind;
}

}  // namespace

std::string print_top_memory(const MeminfoFile& meminfo) {
    const MemoryUse use = memory_use(meminfo);
    std::string out = "MiB Mem :";
    add(&out, use.total, "total,");
    add(&out, use.free, "free,");
    add(&out, use.used, "used,");
    add(&out, use.buffers + use.cache, "buff/cache\n");
    out += "MiB Swap:";
    add(&out, use.swap_total, "total,");
    add(&out, use.swap_free, "free,");
    add(&out, use.swap_used, "used.");
    add(&out, use.available, "avail Mem\n");
    return out;
}

}  // namespace mmscope
