// A page frame and a zone as lists of named values, text ready to show. The inspector and the page's own tables take
// them from here, so both say the same.
#pragma once

#include <string>
#include <vector>

#include "play/snapshot.h"

namespace mmscope {

inline constexpr u32 kNoMapping = ~0U;

struct Field {
    const char* name;  // the kernel's
    std::string value;
    Pfn link = kNoPfn;        // the frame that the value speaks of, if it is another one
    u32 mapping = kNoMapping;  // the file or area that it speaks of
};

// struct page and what surrounds it: flags, counts, block, buddy, pageblock, zone, and the call that took it.
std::vector<Field> frame_fields(const Snapshot& snapshot, const FrameInfo& frame);
// struct zone.
std::vector<Field> zone_fields(const PageAllocator& memory, const Zone& zone);

// A file that was opened, or an area of anonymous memory, by its number in the machine's MappingTable.
std::vector<Field> mapping_fields(const Snapshot& snapshot, u32 number);
// "file 2", "/dev/shm/frame", "anonymous area at 0x7fff12340000".
std::string mapping_name(const PageAllocator& memory, u32 number);

// What the struct pages of the whole machine take: "64 B x 262,011 = 16 MiB".
std::string mem_map_cost(const PageAllocator& memory);

// "free, Movable", "kernel, Unmovable", "reserved", "absent".
std::string frame_summary(u8 state);

}  // namespace mmscope
