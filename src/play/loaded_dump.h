// A page allocator in the exact state of a kernel's dump, and the comparison of the two.
#pragma once

#include <optional>
#include <vector>

#include "base/message.h"
#include "intake/kernel_dump.h"
#include "mm/page_alloc.h"

namespace mmscope {

// The allocator with the dump's zones in the dump's order, their lists, per-CPU lists, marks and pageblocks; what is on
// no list is in use. Errors: a zone that `arch` does not have.
Result<PageAllocator, Message> load_dump(const KernelDump& dump, Arch arch, const Profile& profile, u32 cpus);

// What the dump's states print beside the lists, of the CPU that printed them: its unfolded part of NR_FREE_PAGES and
// the counters of its tuning. Without states nothing changes.
void set_counters(const KernelDump& dump, PageAllocator* memory);

// The first list, per-CPU list or table of pageblocks that differs, as lines to read; empty if none does.
std::vector<Message> compare_with_dump(const PageAllocator& memory, const KernelDump& dump);

// The name's zone type on `arch` and its index in the node; nothing if there is none.
struct ZonePlace {
    ZoneType type = ZoneType::normal;
    u8 index = 0;
};
std::optional<ZonePlace> zone_place(std::string_view name, Arch arch);

}  // namespace mmscope
