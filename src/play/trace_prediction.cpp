#include "play/trace_prediction.h"

#include <algorithm>

namespace mmscope {

namespace {

constexpr u32 kMostPassedOver = 64;

// The per-CPU list that serves such a request.
u32 pcp_list(Order order, Migratetype type) {
    if (order.value > kPcpMostOrder) return 12U + (type == Migratetype::movable);
    return 3 * order.value + std::min(static_cast<u32>(type), static_cast<u32>(Migratetype::reclaimable));
}

}  // namespace

std::optional<Gfp> TracePrediction::mask(std::string_view text) {
    for (const auto& [known, value] : masks_)
        if (known == text) return value;
    const GfpReading reading = gfp_from_text(text, memory_.profile());
    std::optional<Gfp> value;
    if (reading.is_whole() && gfp_fault(reading.mask) == GfpFault::none) value = reading.mask;
    masks_.emplace_back(text, value);
    return value;
}

TracePrediction::Outcome TracePrediction::alloc(const PageTraceEvent& event) {
    Outcome outcome = Outcome::wrong;
    if (const auto gfp = mask(event.gfp)) {
        const u32 cpu = cpu_of(event);
        const Pfn model = memory_.alloc_pages(*gfp, event.order, 1, cpu, nobody_);
        if (model == event.pfn) return Outcome::right;
        if (model != kNoPfn) {
            const u32 zone = zone_of(model);
            const u32 head = memory_.frames().list_head(memory_.pcp(zone, cpu).first_list +
                                                        pcp_list(event.order, gfp_migratetype(*gfp)));
            if (passes_over(event, head))
                outcome = Outcome::passed_over;
            else
                give_back(model, event.order, zone, cpu, head);
        }
    }
    take(event.pfn, event.order);
    own(event.pfn, event.order);
    return outcome;
}

void TracePrediction::free(const PageTraceEvent& event) {
    take(event.pfn, event.order);
    own(event.pfn, event.order);
    memory_.free_pages(event.pfn, event.order, cpu_of(event), nobody_);
}

void TracePrediction::drain(const PageTraceEvent& event) {
    const FrameTable& frames = memory_.frames();
    const u8 state = frames.state(event.pfn);
    const bool is_listed = frame_state::is_on_pcp(state) && frame_state::is_allocated_head(state);
    if (!is_listed || frames.used_order(event.pfn) != event.order) return;  // the model drained it too
    take_from_pcp(event.pfn, event.order);
    memory_.buddy(zone_of(event.pfn), nobody_).free_block(event.pfn, event.order);
}

std::string TracePrediction::check() const {
    PageAllocator memory = memory_;
    Trace nobody;
    std::string fault;
    for (u32 zone = 0; zone < memory.zones().size() && fault.empty(); ++zone) {
        fault = memory.buddy(zone, nobody).check();
        for (u32 cpu = 0; cpu < memory.cpus() && fault.empty(); ++cpu)
            fault = memory.pcp_lists(zone, cpu, nobody).check();
    }
    return fault;
}

// Whether the kernel's block stands close behind the model's, which has left the list; then those between leave too.
bool TracePrediction::passes_over(const PageTraceEvent& event, u32 list_head) {
    const FrameLink* const link = memory_.frames().links();
    u32 at = link[list_head].next;
    for (u32 depth = 0; at != list_head && at != event.pfn.value && depth < kMostPassedOver; ++depth)
        at = link[at].next;
    if (at != event.pfn.value) return false;
    while (link[list_head].next != event.pfn.value) {
        const Pfn between{link[list_head].next};
        take_from_pcp(between, event.order);
        own(between, event.order);
    }
    return true;
}

// As if it had not been allocated: to the head of its per-CPU list, a block of no such list to the buddy system.
void TracePrediction::give_back(Pfn pfn, Order order, u32 zone, u32 cpu, u32 list_head) {
    FrameTable& frames = memory_.frames();
    if (!PcpLists::takes(order, frames.pageblock_order(), memory_.profile()))
        return memory_.buddy(zone, nobody_).free_block(pfn, order);
    u8* const state = frames.states() + pfn.value;
    const Migratetype type = frame_state::migratetype(*state);
    fill_block(state, order, frame_state::allocated_tail(type, Owner::pcp));
    *state = frame_state::allocated_head(type, Owner::pcp);
    FrameLink* const link = frames.links();
    const u32 first = link[list_head].next;
    link[pfn.value] = {first, list_head};
    link[first].prev = pfn.value;
    link[list_head].next = pfn.value;
    memory_.pcp(zone, cpu).count += order.frames();
}

// The frames leave every list. Of a larger block around them the halves that do not hold them stay free.
void TracePrediction::take(Pfn pfn, Order order) {
    const FrameTable& frames = memory_.frames();
    const Pfn end = pfn + order.frames();
    for (Pfn at = pfn; at < end; at = at + 1) {
        const u8 state = frames.state(at);
        if (!frame_state::is_free(state) && !frame_state::is_on_pcp(state)) continue;
        BlockRef block = frames.block_of(at);
        Buddy buddy = memory_.buddy(zone_of(block.head), nobody_);
        take_block(block);
        while (block.order > order) {
            --block.order.value;
            const Pfn upper = block.head + block.order.frames();
            const Pfn other = at < upper ? upper : block.head;
            if (at >= upper) block.head = upper;
            buddy.add_block(other, block.order, frame_state::migratetype(state), Buddy::Place::head);
        }
        own(block.head, block.order);
    }
}

void TracePrediction::take_block(const BlockRef& block) {
    if (!block.is_free) return take_from_pcp(block.head, block.order);
    FrameTable& frames = memory_.frames();
    Zone& zone = memory_.zones()[zone_of(block.head)];
    TypeLists lists(frames, zone, frame_state::migratetype(frames.state(block.head)));
    lists.unlink(block.head.value, block.order.value);
    lists.store();
    memory_.buddy(zone.position, nobody_).count_free_pages(-static_cast<i32>(block.order.frames()));
}

// Whose list it is on shows at the list's end.
void TracePrediction::take_from_pcp(Pfn pfn, Order order) {
    FrameTable& frames = memory_.frames();
    FrameLink* const link = frames.links();
    u32 end = pfn.value;
    while (end < frames.frames()) end = link[end].next;
    for (PerCpuPages& pages : memory_.all_pcp())
        if (end - frames.list_head(pages.first_list) < kNrPcpLists) pages.count -= order.frames();
    const FrameLink place = link[pfn.value];
    link[place.prev].next = place.next;
    link[place.next].prev = place.prev;
}

// A block that is on no list is somebody's.
void TracePrediction::own(Pfn pfn, Order order) {
    FrameTable& frames = memory_.frames();
    u8* const state = frames.states() + pfn.value;
    const Migratetype type = frames.pageblock_type(pfn);
    fill_block(state, order, frame_state::allocated_tail(type, Owner::kernel));
    *state = frame_state::allocated_head(type, Owner::kernel);
    Allocation allocation;
    allocation.call = 1;
    allocation.order = order;
    frames.links()[pfn.value] = allocation.pack();
}

}  // namespace mmscope
