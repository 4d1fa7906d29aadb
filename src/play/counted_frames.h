// The frames that a number counts which the tools or /proc print: a process's, a cache's, those of one list of a zone.
//
//   node 0 zone DMA32 order 3 type Movable      free blocks of one order and type, as pagetypeinfo's columns
//   node 0 zone Normal cpu 1                    pages that a CPU keeps at hand, as zoneinfo's "count:"
//   node 0 list active_file                     pages of an LRU list
//   process 12 from 0x400000 to 0x401000        pages that a process has in a range of its addresses, as smaps' "Rss:"
//   process 12 rss anon                         of its resident pages one kind, as status' "RssAnon:"
//   cache dentry                                slabs of a cache
//
// Words go in pairs, in any order, and all of them hold at once; what is not named is not asked for. Pages of the zero
// page count for nobody, as in the kernel's RSS.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "play/frame_set.h"
#include "play/snapshot.h"

namespace mmscope {

struct FramesOf {
    std::optional<u32> node;
    std::optional<ZoneType> zone;
    std::optional<u32> order;
    std::optional<Migratetype> type;
    std::optional<u32> cpu;
    std::optional<LruList> list;
    std::optional<u32> process;  // pid
    std::optional<RssKind> rss;
    u64 from = 0;
    u64 to = ~u64{0};
    std::string cache;  // its name
    std::string words;  // all of it as it was written, a blank apart

    friend bool operator==(const FramesOf&, const FramesOf&) = default;
};

// Nothing if there is another word in it, or none.
std::optional<FramesOf> read_frames_of(std::string_view text);
// Those of this moment; none if the process or the cache is not there.
FrameSet frames_of(const Snapshot& snapshot, const FramesOf& what);
FrameSet frames_of_mapping(const MappingTable& table, u32 number);
FrameSet frames_of_cache(const Heap& heap, CacheId cache);

}  // namespace mmscope
