#include "ui/panel_context.h"

namespace mmscope {

void ViewState::bring_to_front(PanelId id) {
    shared = id;
    if (is_list_panel(id)) lists = id;
}

void ViewState::select(const Thing& thing) {
    selection.select(thing);
    if (thing.is(Thing::Kind::mapping) || thing.is(Thing::Kind::cache)) counted.reset();  // these have frames themselves
    switch (thing.kind) {
        case Thing::Kind::none:
            return;
        case Thing::Kind::frame:
        case Thing::Kind::mapping:
            shared = PanelId::inspector;
            return;
        case Thing::Kind::list:
            zone = thing.zone;
            open_list = thing;
            bring_to_front(PanelId::buddy);
            return;
        case Thing::Kind::cpu_list:
            zone = thing.zone;
            open_list = thing;
            bring_to_front(PanelId::pcp);
            return;
        case Thing::Kind::request:
            open_list = thing;
            bring_to_front(PanelId::ask);
            return;
        case Thing::Kind::zone:
            zone = thing.zone;
            return;
        case Thing::Kind::cache:
            cache = thing.cache;
            bring_to_front(PanelId::slab);
            return;
        case Thing::Kind::object:
            cache = thing.cache;
            if (lists != PanelId::slab) bring_to_front(PanelId::slab);
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
    if (block.head == kNoPfn || zone == nullptr) return {};
    if (const auto place = memory.cpu_list_of(block.head))
        return Thing::cpu_list(zone->position, place->cpu, static_cast<u8>(place->list));
    if (!block.is_free) return {};
    return Thing::list(zone->position, block.order, frame_state::migratetype(memory.frames().state(block.head)));
}

int zone_of(const PageAllocator& memory, const Thing& thing) {
    using Kind = Thing::Kind;
    for (const Kind nowhere : {Kind::none, Kind::request, Kind::mapping, Kind::cache})
        if (thing.is(nowhere)) return -1;
    if (!thing.is(Kind::frame) && !thing.is(Kind::object)) return thing.zone;
    const Zone* zone = memory.zone_of(thing.pfn);
    return zone == nullptr ? -1 : zone->position;
}

std::optional<Order> cpu_list_order(const PageAllocator& memory, u32 list) {
    const Order pageblock = memory.frames().pageblock_order();
    const Order order = list < 12 ? Order{static_cast<u8>(list / 3)} : pageblock;
    return PcpLists::takes(order, pageblock, memory.profile()) ? std::optional(order) : std::nullopt;
}

std::string cpu_list_name(const PageAllocator& memory, u32 list) {
    const std::optional<Order> order = cpu_list_order(memory, list);
    const std::string type = list < 12 ? kMigratetypeNames[list % 3] : list == 12 ? "others" : "Movable";
    return "order " + (order ? std::to_string(order->value) : "?") + " " + type;
}

u32 head_of(const PageAllocator& memory, const Thing& list) {
    const bool is_of_cpu = list.is(Thing::Kind::cpu_list);
    const u32 number = is_of_cpu ? memory.pcp(list.zone, list.cpu).first_list + list.number
                                 : memory.zones()[list.zone].list(list.order, list.type);
    return memory.frames().list_head(number);
}

}  // namespace mmscope
