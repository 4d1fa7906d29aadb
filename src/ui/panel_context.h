// What every panel is handed in every drawn frame: what to show, how to draw it, and the view's state.
//
// The view's state is all that the picture remembers between two frames, apart from the map's camera. Panels
// change it; nothing of it can change the machine.
#pragma once

#include <optional>

#include "play/counted_frames.h"
#include "play/narration.h"
#include "play/snapshot.h"
#include "ui/changes.h"
#include "ui/paint.h"
#include "ui/scanners.h"
#include "ui/selection.h"
#include "ui/tiling.h"

namespace mmscope {

inline constexpr u32 kNoCache = ~0U;
enum class SlabSort : u8 { name, objects, size, pages, lost };  // by what the caches are sorted

struct ViewState {
    Selection selection;
    Hover hover;
    u8 zone = 0;                      // whose lists are shown
    u32 cpu = 0;                      // for whom it is asked what would succeed
    // An address of a process whose walk through the page tables is shown; pid 0: none.
    struct WalkOf {
        u32 pid = 0;
        u64 address = 0;
    };
    WalkOf walk;          // chosen
    WalkOf walk_hovered;  // under the pointer
    u32 pid = 0;          // whose areas are shown; 0: the youngest's
    u32 cache = kNoCache;             // whose slabs are shown; none: those of the largest
    SlabSort slab_sort = SlabSort::pages;
    std::optional<FramesOf> counted;  // of a number in a tool's text: the map shows all other frames faintly
    Thing open_list;                  // whose blocks or reasons are listed; kind none: nothing is open
    PanelId lists = PanelId::buddy;   // which list panel is in front
    PanelId shared = PanelId::buddy;  // which panel is, where the frame shares the place
    bool is_alone = false;            // a panel has the whole canvas:
    PanelId alone = PanelId::map;
    int help = -1;  // the panel whose "?" was pressed, until the page has asked

    void bring_to_front(PanelId id);
    // Selects it and opens whatever panel shows it.
    void select(const Thing& thing);
};

struct PanelContext {
    const Snapshot& snapshot;
    const Painter& painter;  // draws behind everything; panels draw on lists of their own
    ViewState& view;
    const Changes& changes;
    const Scanners& scanners;
    const Tiling& tiling;
    double now = 0;         // milliseconds
    bool by_touch = false;  // the pointer is a finger: targets are larger, nothing hovers

    const Theme& theme() const { return painter.theme(); }
    const PageAllocator& memory() const { return snapshot.memory(); }
    const std::vector<Zone>& zones() const { return memory().zones(); }
    const FrameTable& frames() const { return memory().frames(); }
};

// The free list or the CPU's list that a frame's block is on; kind none if it is on none.
Thing list_of(const PageAllocator& memory, Pfn pfn);
// The zone that a thing is in; -1 if none.
int zone_of(const PageAllocator& memory, const Thing& thing);
// The first frame of what a thing is, and its order: a block, or a single frame that is in none.
BlockRef block_of(const PageAllocator& memory, Pfn pfn);

// The orders of a CPU's fourteen lists; nothing for a list that this kernel does not have.
std::optional<Order> cpu_list_order(const PageAllocator& memory, u32 list);
// "order 2 Movable"; the two lists of huge pages are "order 9 Movable" and "order 9 others".
std::string cpu_list_name(const PageAllocator& memory, u32 list);
// The head's link of a list: of free blocks or of a CPU's.
u32 head_of(const PageAllocator& memory, const Thing& list);

}  // namespace mmscope
