#include "ui/fields.h"

#include "ui/panel_context.h"
#include "ui/text.h"

namespace mmscope {

namespace {

std::string range(Pfn first, u32 frames) { return hex(first.value) + " .. " + hex(first.value + frames - 1); }

const char* type_name(Migratetype type) { return kMigratetypeNames[static_cast<u32>(type)]; }

void add_block(std::vector<Field>* fields, const Snapshot& snapshot, const FrameInfo& frame) {
    const BlockRef& block = frame.block;
    if (block.head == kNoPfn) return;
    const bool is_head = block.head == frame.pfn;
    fields->push_back({"order", std::to_string(block.order.value) + (is_head ? "" : " (of the block)")});
    fields->push_back({"migratetype", type_name(frame_state::migratetype(frame.state))});
    fields->push_back({"block", range(block.head, block.order.frames()), is_head ? kNoPfn : block.head});
    fields->push_back({"block size", grouped(block.order.frames()) +
                                         (block.order.value == 0 ? " frame, " : " frames, ") +
                                         memory_size(block.order.frames())});
    if (block.order.value >= kMaxPageOrder) return;
    const Pfn buddy{block.head.value ^ block.order.frames()};
    const FrameTable& frames = snapshot.memory().frames();
    const std::string state = buddy.value < frames.frames() ? frame_summary(frames.state(buddy)) : "outside";
    fields->push_back({"buddy", hex(buddy.value) + ", " + state, buddy.value < frames.frames() ? buddy : kNoPfn});
}

void add_call(std::vector<Field>* fields, const FrameInfo& frame) {
    if (frame.block.head == kNoPfn || frame.block.is_free) return;
    if (frame.call_line == 0) {
        fields->push_back({"taken by", "boot, before the script"});
        return;
    }
    fields->push_back({"taken by", "line " + std::to_string(frame.call_line)});
    fields->push_back({"call", frame.call_text});
}

}  // namespace

std::string frame_summary(u8 state) {
    if (frame_state::is_absent(state)) return "absent";
    if (frame_state::is_reserved(state)) return "reserved";
    const std::string who = frame_state::is_free(state) ? "free" : owner_name(frame_state::owner(state));
    return who + ", " + type_name(frame_state::migratetype(state));
}

std::vector<Field> frame_fields(const Snapshot& snapshot, const FrameInfo& frame) {
    std::vector<Field> fields;
    fields.push_back({"pfn", hex(frame.pfn.value) + " (" + grouped(frame.pfn.value) + ")"});
    fields.push_back({"address", hex(u64{frame.pfn.value} << kPageShift)});
    fields.push_back({"state", frame_summary(frame.state)});
    if (!frame_state::is_absent(frame.state)) {
        fields.push_back({"flags", frame.flags});
        fields.push_back({"_refcount", std::to_string(frame.refcount)});
        fields.push_back({"_mapcount", std::to_string(frame.mapcount)});
    }
    add_block(&fields, snapshot, frame);
    add_call(&fields, frame);
    if (frame.zone == nullptr) return fields;
    fields.push_back({"zone", frame.zone->name()});
    fields.push_back({"node", std::to_string(frame.zone->node)});
    fields.push_back({"pageblock", hex(frame.pageblock.value) + ", " + type_name(frame.pageblock_type)});
    return fields;
}

std::vector<Field> zone_fields(const PageAllocator& memory, const Zone& zone) {
    std::string reserve;
    for (u32 pages : zone.lowmem_reserve) reserve += (reserve.empty() ? "" : " ") + std::to_string(pages);
    return {{"zone", zone_label(memory, zone)},
            {"node", std::to_string(zone.node)},
            {"pfns", range(zone.start, zone.spanned)},
            {"free", grouped(zone.free_pages)},
            {"min", grouped(zone.mark(Watermark::min))},
            {"low", grouped(zone.mark(Watermark::low))},
            {"high", grouped(zone.mark(Watermark::high))},
            {"spanned", grouped(zone.spanned)},
            {"present", grouped(zone.present)},
            {"managed", grouped(zone.managed)},
            {"reserve", reserve},
            {"pcp batch", grouped(zone.pcp_batch)},
            {"pcp high", grouped(zone.pcp_high)}};
}

}  // namespace mmscope
