// Sentences about what slab_debug finds: which bytes of which object are not as they should be, who had it, and what
// SLUB does about it.
#include "play/narration.h"
#include "play/value.h"

namespace mmscope {

namespace {

const char* key_of_zone(SlabBug::Zone zone) {
    switch (zone) {
        case SlabBug::Zone::left_redzone:
            return "event.slab_bug_left_redzone";
        case SlabBug::Zone::right_redzone:
            return "event.slab_bug_right_redzone";
        case SlabBug::Zone::kmalloc_redzone:
            return "event.slab_bug_kmalloc_redzone";
        case SlabBug::Zone::poison:
            return "event.slab_bug_poison";
        case SlabBug::Zone::end_poison:
            return "event.slab_bug_end_poison";
        case SlabBug::Zone::slab_padding:
            return "event.slab_bug_slab_padding";
        default:
            return "event.slab_bug_padding";
    }
}

const char* key_of_kind(SlabBug::Kind kind) {
    switch (kind) {
        case SlabBug::Kind::already_free:
            return "event.slab_bug_already_free";
        case SlabBug::Kind::invalid_pointer:
            return "event.slab_bug_invalid_pointer";
        case SlabBug::Kind::freepointer_corrupt:
            return "event.slab_bug_freepointer";
        case SlabBug::Kind::objects_remaining:
            return "event.slab_bug_objects_remaining";
        case SlabBug::Kind::still_has_objects:
            return "event.slab_bug_still_has_objects";
        case SlabBug::Kind::not_of_kmalloc:
            return "event.slab_bug_not_of_kmalloc";
        default:
            return "event.slab_bug_not_in_a_slab";
    }
}

// Offsets count from the start of the object; in front of it they are negative.
Message narrate_overwrite(const SlabBug& bug, const SlabBug::Overwrite& range, u64 base) {
    Message message(key_of_zone(range.zone));
    const u64 slab = u64{bug.pfn.value} << kPageShift;
    const u64 object = range.zone == SlabBug::Zone::slab_padding ? slab
                       : bug.objects.empty()                     ? bug.pointer
                                                                 : bug.objects[0].address;
    message.text("cache", bug.cache).hex("object", base + object).hex("address", base + range.from);
    message.number("offset", static_cast<i64>(range.from - object));
    message.number("count", static_cast<i64>(range.to - range.from));
    return message.hex("found", range.found).hex("expected", range.expected);
}

Message narrate_tracks(const SlabBug& bug) {
    const ObjectTrack& got = bug.objects[0].allocated;
    const ObjectTrack& gave = bug.objects[0].freed;
    Message message(!gave.is_set  ? "event.print_tracking_allocated"
                    : !got.is_set ? "event.print_tracking_freed"
                                  : "event.print_tracking");
    message.number("call", got.call).number("cpu", got.cpu).number("age", static_cast<i64>(bug.jiffies - got.jiffies));
    message.number("freed", gave.call).number("freed_cpu", gave.cpu);
    return message.number("freed_age", static_cast<i64>(bug.jiffies - gave.jiffies));
}

Message narrate_fix(const SlabBug& bug, u32 range, u64 base) {
    if (range >= bug.overwrites.size()) {
        const bool is_kept = bug.repair == SlabBug::Repair::not_freed;
        Message message(is_kept ? "event.slab_fix_not_freed" : "event.slab_fix_all_used");
        return message.text("cache", bug.cache).hex("address", base + bug.pointer).number("count", bug.slab_objects);
    }
    const SlabBug::Overwrite& one = bug.overwrites[range];
    Message message("event.slab_fix_restored");
    message.text("cache", bug.cache).hex("address", base + one.from).hex("expected", one.expected);
    return message.number("count", static_cast<i64>(one.to - one.from));
}

}  // namespace

// A bug is known until the next command about objects; events of older ones are not told.
Message narrate_slab_bug(const Machine& machine, const TraceEvent& event) {
    const std::vector<SlabBug>& bugs = machine.heap().slab().bugs();
    if (event.a >= bugs.size()) return {};
    const SlabBug& bug = bugs[event.a];
    const u64 base = direct_map_base(machine.memory().arch());
    if (event.kind == TraceKind::slab_fix) return narrate_fix(bug, event.b, base);
    if (event.kind == TraceKind::print_tracking) return narrate_tracks(bug);
    if (event.b < bug.overwrites.size()) return narrate_overwrite(bug, bug.overwrites[event.b], base);
    const bool is_page = bug.kind == SlabBug::Kind::not_in_a_slab && bug.cache.empty();
    Message message(is_page ? "event.slab_bug_single_page" : key_of_kind(bug.kind));
    message.text("cache", bug.cache).hex("pfn", bug.pfn.value).hex("address", base + bug.pointer);
    const bool is_about_all = bug.kind == SlabBug::Kind::objects_remaining;
    const i64 used = is_about_all ? static_cast<i64>(bug.objects.size()) : i64{bug.used};
    return message.number("used", used).number("objects", bug.slab_objects);
}

}  // namespace mmscope
