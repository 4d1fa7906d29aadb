// The checks of slab_debug (`check_object` and what calls it, mm/slub.c).
//
// One object is checked in this order: red zones, poison, padding, free pointer. Until 6.10 the first fault ends it,
// and each has a report of its own, made before it is put right. Since 6.11 all are looked for, and only then does
// padding count as a fault. Until 6.14 the object is shown once, after all is put right (and before that with a free
// pointer that leads nowhere); since 6.15 with its first fault, with its padding and with its free pointer, unmended.
#include "mm/slab_debug.h"

#include "mm/slab_freelist.h"

namespace mmscope {

namespace {

constexpr u8 kRedInactive = 0xbb, kRedActive = 0xcc, kPoisonFree = 0x6b, kPoisonEnd = 0xa5, kPoisonInuse = 0x5a;

bool has(const SlabCache& cache, u32 flag) { return (cache.spec.flags & flag) != 0; }

}  // namespace

// check_bytes_and_report(): from the first byte that is another one to the last.
bool SlabDebug::check_bytes(const CheckedSlab& slab, u32 object, SlabBug::Zone zone, u64 from, u64 to, u8 expected) {
    while (from < to && byte(slab, from) == expected) ++from;
    if (from == to) return true;
    while (byte(slab, to - 1) == expected) --to;
    // The padding is the only one that is always shown (check_pad_bytes).
    const bool is_shown = profile_.warns_of_bugs && (!is_collecting_ || zone == SlabBug::Zone::object_padding);
    if (!is_collecting_ || is_shown) bugs_.push_back(bug(SlabBug::Kind::overwritten, slab));
    SlabBug& found = bugs_.back();
    is_collecting_ = profile_.reports_all_faults;
    found.is_shown_last = is_collecting_ && !found.warns;
    found.overwrites.push_back({zone, from, to, byte(slab, from), expected});
    found.pointer = slab.address(object);
    if (is_shown || !is_collecting_) show(&found, slab, object);
    written_.erase(from, to);  // restore_bytes()
    if (byte(slab, from) != expected) written_.set(from, to, expected);
    return false;
}

bool SlabDebug::check_red_zones(const CheckedSlab& slab, u32 object, bool is_active) {
    using Zone = SlabBug::Zone;
    const CacheLayout& layout = slab.cache.layout;
    const u64 address = slab.address(object);
    const u64 end = address + slab.cache.spec.object_size;
    const u8 red = is_active ? kRedActive : kRedInactive;
    if (!has(slab.cache, slab_flag::kRedZone)) {
        if (!has(slab.cache, slab_flag::kPoison)) return true;
        const Zone zone = Zone::alignment_padding;
        const bool is_good = check_bytes(slab, object, zone, end, address + layout.inuse, kPoisonInuse);
        return is_good || !profile_.reports_all_faults;
    }
    bool is_good = check_bytes(slab, object, Zone::left_redzone, address - layout.red_left_pad, address, red);
    if (!is_good && !profile_.reports_all_faults) return false;
    is_good &= check_bytes(slab, object, Zone::right_redzone, end, address + layout.inuse, red);
    if (!is_good && !profile_.reports_all_faults) return false;
    const u32 requested = poisoned_bytes(slab, record(slab, object));
    if (is_active) is_good &= check_bytes(slab, object, Zone::kmalloc_redzone, address + requested, end, red);
    return is_good;
}

bool SlabDebug::check_poison(const CheckedSlab& slab, u32 object) {
    const u64 address = slab.address(object);
    const u64 last = address + slab.cache.spec.object_size - 1;
    const bool is_good = check_bytes(slab, object, SlabBug::Zone::poison, address, last, kPoisonFree);
    if (!is_good && !profile_.reports_all_faults) return false;
    return check_bytes(slab, object, SlabBug::Zone::end_poison, last, last + 1, kPoisonEnd) && is_good;
}

// check_pad_bytes(): behind everything else in the object's place.
bool SlabDebug::check_padding(const CheckedSlab& slab, u32 object) {
    const CacheLayout& layout = slab.cache.layout;
    const u64 from = slab.address(object) + info_end(slab.cache) + layout.track_bytes;
    const u64 to = slab.address(object) + layout.size - layout.red_left_pad;
    return check_bytes(slab, object, SlabBug::Zone::object_padding, from, to, kPoisonInuse) ||
           !profile_.reports_all_faults;
}

// A pointer that leads nowhere is made NULL; of a free object that ends its slab's list, which check_alloc's caller
// gives up then.
bool SlabDebug::check_free_pointer(const CheckedSlab& slab, u32 object) {
    if (slab.is_valid(stored_pointer(slab, object))) return true;
    SlabBug found = bug(SlabBug::Kind::freepointer_corrupt, slab);
    show(&found, slab, object);
    bugs_.push_back(std::move(found));
    const u64 slot = slab.address(object) + slab.cache.layout.pointer_offset;
    const u64 null = encode_freepointer(slab.cache, slot, 0, arch_);
    for (u32 at = 0; at < pointer_; ++at)
        written_.set(slot + at, slot + at + 1, static_cast<u8>(null >> (8 * at)));
    return false;
}

bool SlabDebug::check_object(const CheckedSlab& slab, u32 object, bool is_active) {
    const bool all = profile_.reports_all_faults;
    bool is_good = check_red_zones(slab, object, is_active);
    if (has(slab.cache, slab_flag::kPoison) && (is_good || all)) {
        if (!is_active && is_poisoned(slab.cache)) is_good &= check_poison(slab, object);
        if (is_good || all) is_good &= check_padding(slab, object);
    }
    // In use, a pointer inside the object is the object's owner's.
    const bool has_pointer = slab.cache.layout.pointer_offset >= slab.cache.layout.inuse || !is_active;
    if (has_pointer && (is_good || all)) is_good &= check_free_pointer(slab, object);
    if (!is_good && all && !profile_.warns_of_bugs) {
        if (bugs_.back().kind == SlabBug::Kind::freepointer_corrupt)
            bugs_.push_back(bug(SlabBug::Kind::shown_again, slab));
        show(&bugs_.back(), slab, object);
    }
    is_collecting_ = false;
    return is_good;
}

// slab_pad_check(): what is left of the slab behind its last object.
void SlabDebug::check_slab_padding(const CheckedSlab& slab) {
    if (!has(slab.cache, slab_flag::kPoison)) return;
    u64 to = slab.base() + (u64{kPageSize} << slab.slab.order);
    u64 from = slab.base() + u64{slab.slab.objects} * slab.cache.layout.size;
    const u64 start = from;
    if (!written_.touches(from, to)) return;
    while (from < to && byte(slab, from) == kPoisonInuse) ++from;
    if (from == to) return;
    SlabBug found = bug(SlabBug::Kind::slab_padding, slab);
    add_section(&found, SlabBug::Section::Kind::padding, slab, start, to);
    while (byte(slab, to - 1) == kPoisonInuse) --to;
    found.overwrites.push_back({SlabBug::Zone::slab_padding, from, to, byte(slab, from), kPoisonInuse});
    bugs_.push_back(std::move(found));
    written_.erase(from, to);
}

bool SlabDebug::check_alloc(const CheckedSlab& slab, u32 object) {
    if (!has(slab.cache, slab_flag::kConsistencyChecks)) return true;
    check_slab_padding(slab);
    if (check_object(slab, object, false)) return true;
    bugs_.back().repair = SlabBug::Repair::all_used;
    return false;
}

bool SlabDebug::check_free(const CheckedSlab& slab, u64 address) {
    if (!has(slab.cache, slab_flag::kConsistencyChecks)) return true;
    check_slab_padding(slab);
    const u32 object = static_cast<u32>((address - slab.base()) / slab.cache.layout.size);
    if (address == 0 || !slab.is_valid(address)) {
        bugs_.push_back(bug(SlabBug::Kind::invalid_pointer, slab));
    } else if (slab.links[object] != kUsedObject) {
        bugs_.push_back(bug(SlabBug::Kind::already_free, slab));
        show(&bugs_.back(), slab, object);
    } else if (check_object(slab, object, true)) {
        return true;
    }
    bugs_.back().pointer = address;
    bugs_.back().repair = SlabBug::Repair::not_freed;
    return false;
}

void SlabDebug::release(const CheckedSlab& slab) {
    if (has(slab.cache, slab_flag::kConsistencyChecks)) {
        check_slab_padding(slab);
        for (u32 object = 0; object < slab.slab.objects; ++object) check_object(slab, object, false);
    }
    forget(slab);
}

// The first object with a fault ends it, as in the kernel.
void SlabDebug::validate(const CheckedSlab& slab) {
    check_slab_padding(slab);
    for (u32 object = 0; object < slab.slab.objects; ++object)
        if (!check_object(slab, object, slab.links[object] == kUsedObject)) return;
}

}  // namespace mmscope
