#include "ui/panel_context.h"

namespace mmscope {

void ViewState::select(const Thing& thing) {
    selection.select(thing);
    switch (thing.kind) {
        case Thing::Kind::none:
            return;
        case Thing::Kind::frame:
            shared = PanelId::inspector;
            return;
        case Thing::Kind::list:
            zone = thing.zone;
            open_list = thing;
            shared = PanelId::buddy;
            return;
        case Thing::Kind::zone:
            zone = thing.zone;
            return;
    }
}

BlockRef block_of(const PageAllocator& memory, Pfn pfn) {
    if (pfn.value >= memory.frames().frames()) return {};
    return memory.frames().block_of(pfn);
}

Thing list_of(const PageAllocator& memory, Pfn pfn) {
    const BlockRef block = block_of(memory, pfn);
    const Zone* zone = memory.zone_of(pfn);
    if (!block.is_free || zone == nullptr) return {};
    return Thing::list(zone->position, block.order, frame_state::migratetype(memory.frames().state(block.head)));
}

int zone_of(const PageAllocator& memory, const Thing& thing) {
    if (thing.is(Thing::Kind::none)) return -1;
    if (!thing.is(Thing::Kind::frame)) return thing.zone;
    const Zone* zone = memory.zone_of(thing.pfn);
    return zone == nullptr ? -1 : zone->position;
}

}  // namespace mmscope
