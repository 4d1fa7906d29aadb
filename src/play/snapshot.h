// The read-only view of a session that panels, DOM tables, exporters and tests share.
//
// It holds no copy of the frames: it is valid until the session changes again. `generation` tells whether
// anything changed since a reader last looked.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "play/slab_view.h"

namespace mmscope {

enum class RunState : u8 { paused, running, finished, failed };

// What a frame is, in full: the inspector's fields.
struct FrameInfo {
    Pfn pfn;
    u8 state = 0;                      // the state byte
    const Zone* zone = nullptr;        // null: in no zone
    Pfn pageblock;                     // its first frame
    Migratetype pageblock_type = Migratetype::movable;
    BlockRef block;
    std::string flags;                 // "buddy", "head", "reserved", ... joined with '|'; "0" for none
    int refcount = 0;                  // _refcount
    int mapcount = 0;                  // page_mapcount()
    Allocation allocation;             // of an allocated block
    std::optional<MappedPage> mapped;  // of a page of a file or of anonymous memory: whose it is, and its LRU list
    std::optional<SlabOfFrame> slab;   // of a frame of a slab: which one, and its cache
    std::optional<CpuListPlace> cpu_list;  // of a block that a CPU keeps at hand: nobody's, yet not free to the zone
    u32 call_line = 0;                 // line of the call that allocated it, or made its mapping; 0: before the script
    std::string call_text;             // that call as written
};

struct Snapshot {
    const Machine* machine = nullptr;
    const Trace* trace = nullptr;      // events of the last command
    const PageAllocator::Counted* counted_before = nullptr;  // counters before the last command; null: none yet
    u64 generation = 0;                // changes whenever anything below or in the machine changed
    u32 step = 0;                      // commands applied
    u64 event = 0;                     // of the last command, right after which it is; 0: after all of it
    u32 last_step = 0;                 // highest step reached so far (the timeline's end)
    RunState state = RunState::paused;
    u32 line = 0;                      // script line that comes next, 0 at the end
    const std::vector<u32>* call_lines = nullptr;   // line of command n at [n - 1]
    const std::vector<std::string>* source_lines = nullptr;

    const PageAllocator& memory() const { return machine->memory(); }
    // By how much the last command raised a counter that is counted where it happens (mm/vmstat.h).
    u64 did(VmCounter counter) const {
        const u32 index = static_cast<u32>(counter);
        return counted_before == nullptr ? 0 : memory().counted()[index] - (*counted_before)[index];
    }
};

FrameInfo describe_frame(const Snapshot& snapshot, Pfn pfn);
// The script line of command number `call`; 0: there is none.
u32 line_of_call(const Snapshot& snapshot, u32 call);

}  // namespace mmscope
