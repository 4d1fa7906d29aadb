// What is where in an object's place, and who had it (mm/slab_debug.h). The checks are in slab_debug_checks.cpp.
#include "mm/slab_debug.h"

#include <algorithm>

#include "mm/slab_freelist.h"

namespace mmscope {

namespace {

constexpr u8 kRedInactive = 0xbb, kRedActive = 0xcc, kPoisonFree = 0x6b, kPoisonEnd = 0xa5, kPoisonInuse = 0x5a;

bool has(const SlabCache& cache, u32 flag) { return (cache.spec.flags & flag) != 0; }

}  // namespace

bool CheckedSlab::is_valid(u64 pointer) const {
    if (pointer == 0) return true;
    if (pointer < address(0) || pointer >= address(slab.objects)) return false;
    return (pointer - address(0)) % cache.layout.size == 0;
}

// An object that may be read when it is free, or that a constructor filled, is not poisoned.
bool SlabDebug::is_poisoned(const SlabCache& cache) {
    return has(cache, slab_flag::kPoison) && !has(cache, slab_flag::kTypesafeByRcu) && !cache.spec.has_ctor;
}

// What of the object is poison: of kmalloc's, since 6.2, what was asked for; the rest is red zone.
u32 SlabDebug::poisoned_bytes(const CheckedSlab& slab, const Record& of) const {
    const bool is_shorter = profile_.has_kmalloc_redzone && of.is_active && of.requested != 0 &&
                            has(slab.cache, slab_flag::kKmalloc) && has(slab.cache, slab_flag::kStoreUser);
    return is_shorter ? of.requested : slab.cache.spec.object_size;
}

// get_info_end(): behind the object, its red zone and a free pointer of its own.
u32 SlabDebug::info_end(const SlabCache& cache) const {
    return cache.layout.pointer_offset >= cache.layout.inuse ? cache.layout.inuse + pointer_ : cache.layout.inuse;
}

void SlabDebug::set_up(const CheckedSlab& slab) {
    if (records_.size() <= slab.number) records_.resize(slab.number + 1);
    records_[slab.number].assign(slab.slab.objects, Record{});
    forget(slab);
}

void SlabDebug::forget(const CheckedSlab& slab) {
    written_.erase(slab.base(), slab.base() + (u64{kPageSize} << slab.slab.order));
}

// init_object(): the red zones say whether the object is in use, and it is poison again, also when it is taken.
void SlabDebug::init_object(const CheckedSlab& slab, u32 object, bool is_active) {
    Record& of = records_[slab.number][object];
    of.is_active = is_active;
    const u64 address = slab.address(object);
    const CacheLayout& layout = slab.cache.layout;
    if (has(slab.cache, slab_flag::kRedZone)) {
        written_.erase(address - layout.red_left_pad, address);
        written_.erase(address + poisoned_bytes(slab, of), address + layout.inuse);
    }
    if (is_poisoned(slab.cache)) written_.erase(address, address + poisoned_bytes(slab, of));
}

void SlabDebug::note_taken(const CheckedSlab& slab, u32 object, u16 next) { records_[slab.number][object].link = next; }

void SlabDebug::note_alloc(const CheckedSlab& slab, u32 object, u32 requested, const ObjectTrack& track) {
    Record& of = records_[slab.number][object];
    of.requested = requested;
    if (has(slab.cache, slab_flag::kStoreUser)) of.allocated = track;
    init_object(slab, object, true);
}

void SlabDebug::note_free(const CheckedSlab& slab, u32 object, const ObjectTrack& track) {
    if (has(slab.cache, slab_flag::kStoreUser)) records_[slab.number][object].freed = track;
    init_object(slab, object, false);
    const u64 pointer = slab.address(object) + slab.cache.layout.pointer_offset;
    written_.erase(pointer, pointer + pointer_);  // set_freepointer()
}

// A byte of the slab: what was written there, or what its place in the picture of slab_debug.h says.
u8 SlabDebug::byte(const CheckedSlab& slab, u64 address) const {
    const std::optional<u8> written = written_.find(address);
    return written ? *written : unwritten(slab, address);
}

// Without poison it is not known what an object holds, and shown as 0.
u8 SlabDebug::unwritten(const CheckedSlab& slab, u64 address) const {
    const CacheLayout& layout = slab.cache.layout;
    const u8 filler = has(slab.cache, slab_flag::kPoison) ? kPoisonInuse : 0;
    const u32 object = static_cast<u32>((address - slab.base()) / layout.size);
    if (object >= slab.slab.objects) return filler;
    const Record& of = record(slab, object);
    const u8 red = of.is_active ? kRedActive : kRedInactive;
    const bool has_red_zone = has(slab.cache, slab_flag::kRedZone);
    if (address < slab.address(object)) return has_red_zone ? red : filler;
    const u32 at = static_cast<u32>(address - slab.address(object));
    if (at >= layout.pointer_offset && at < layout.pointer_offset + pointer_) {
        const u16 link = slab.links[object] == kUsedObject ? of.link : slab.links[object];
        const u64 next = link >= slab.slab.objects ? 0 : slab.address(link);
        const u64 slot = slab.address(object) + layout.pointer_offset;
        return static_cast<u8>(encode_freepointer(slab.cache, slot, next, arch_) >> (8 * (at - layout.pointer_offset)));
    }
    if (at < poisoned_bytes(slab, of)) {
        if (!is_poisoned(slab.cache)) return filler;
        return at + 1 == poisoned_bytes(slab, of) ? kPoisonEnd : kPoisonFree;
    }
    return at < layout.inuse && has_red_zone ? red : filler;
}

std::vector<PlacePart> SlabDebug::lay_out(const SlabCache& cache, u32 object_bytes, bool is_active) const {
    using Kind = PlacePart::Kind;
    const CacheLayout& layout = cache.layout;
    const u32 pad = layout.red_left_pad, info = pad + info_end(cache);
    const bool has_red_zone = has(cache, slab_flag::kRedZone);
    const u8 red = is_active ? kRedActive : kRedInactive;
    const u8 padding = has(cache, slab_flag::kPoison) ? kPoisonInuse : 0;
    const u8 object = is_poisoned(cache) && !is_active ? kPoisonFree : 0;
    std::vector<PlacePart> parts;
    const auto add = [&parts](Kind kind, u32 to, u8 filler) {
        const u32 from = parts.empty() ? 0 : parts.back().to;
        if (from < to) parts.push_back({kind, from, to, filler, 0});
    };
    add(Kind::left_redzone, pad, red);
    add(Kind::object, pad + object_bytes, object);
    add(has_red_zone ? Kind::right_redzone : Kind::padding, pad + layout.inuse, has_red_zone ? red : padding);
    add(Kind::free_pointer, info, 0);
    add(Kind::tracks, info + layout.track_bytes, 0);
    add(Kind::padding, layout.size, padding);
    return parts;
}

std::vector<PlacePart> SlabDebug::parts(const SlabCache& cache) const {
    return lay_out(cache, cache.spec.object_size, false);
}

std::vector<PlacePart> SlabDebug::parts(const CheckedSlab& slab, u32 object) const {
    if (!slab.cache.is_debugged()) return parts(slab.cache);
    const Record& of = record(slab, object);
    std::vector<PlacePart> parts = lay_out(slab.cache, poisoned_bytes(slab, of), of.is_active);
    const u64 place = slab.address(object) - slab.cache.layout.red_left_pad;
    for (PlacePart& part : parts) {
        if (part.filler == 0 || !written_.touches(place + part.from, place + part.to)) continue;
        for (u64 at = place + part.from; at < place + part.to; ++at)
            part.overwritten += byte(slab, at) != unwritten(slab, at) ? 1 : 0;
    }
    return parts;
}

u64 SlabDebug::stored_word(const CheckedSlab& slab, u32 object) const {
    u64 word = 0;
    for (u32 at = pointer_; at-- != 0;)
        word = word << 8 | byte(slab, slab.address(object) + slab.cache.layout.pointer_offset + at);
    return word;
}

u64 SlabDebug::stored_pointer(const CheckedSlab& slab, u32 object) const {
    const u64 slot = slab.address(object) + slab.cache.layout.pointer_offset;
    return decode_freepointer(slab.cache, slot, stored_word(slab, object), arch_);
}

SlabBug SlabDebug::bug(SlabBug::Kind kind, const CheckedSlab& slab) const {
    SlabBug bug;
    bug.kind = kind;
    bug.cache = slab.cache.name;
    bug.pfn = slab.slab.pfn;
    bug.order = slab.slab.order;
    bug.slab_objects = slab.slab.objects;
    bug.used = slab.slab.inuse;
    bug.freelist = slab.slab.freelist < slab.slab.objects ? slab.address(slab.slab.freelist) : 0;
    bug.jiffies = jiffies_;
    bug.warns = profile_.warns_of_bugs;
    return bug;
}

SlabBug::Object SlabDebug::shown(const CheckedSlab& slab, u32 object) const {
    SlabBug::Object shown;
    shown.address = slab.address(object);
    if (!has(slab.cache, slab_flag::kDebug)) return shown;
    shown.free_pointer = stored_pointer(slab, object);
    shown.allocated = record(slab, object).allocated;
    shown.freed = record(slab, object).freed;
    return shown;
}

void SlabDebug::add_section(SlabBug* bug, SlabBug::Section::Kind kind, const CheckedSlab& slab, u64 from, u64 to) const {
    SlabBug::Section section{kind, from, {}};
    for (u64 at = from; at < to; ++at) section.bytes.push_back(byte(slab, at));
    if (!section.bytes.empty()) bug->sections.push_back(std::move(section));
}

// print_trailer(): the object, what lies around it, at most a page of it.
void SlabDebug::show(SlabBug* bug, const CheckedSlab& slab, u32 object) const {
    using Kind = SlabBug::Section::Kind;
    bug->objects = {shown(slab, object)};
    const CacheLayout& layout = slab.cache.layout;
    const u64 address = slab.address(object);
    const u32 size = slab.cache.spec.object_size;
    const bool has_red_zone = has(slab.cache, slab_flag::kRedZone);
    if (has_red_zone)
        add_section(bug, Kind::redzone, slab, address - layout.red_left_pad, address);
    else if (address > slab.base() + 16)
        add_section(bug, Kind::bytes_before, slab, address - 16, address);
    add_section(bug, Kind::object, slab, address, address + std::min(size, kPageSize));
    if (has_red_zone) add_section(bug, Kind::redzone, slab, address + size, address + layout.inuse);
    add_section(bug, Kind::padding, slab, address + info_end(slab.cache) + layout.track_bytes,
                address + layout.size - layout.red_left_pad);
}

void SlabDebug::report_remaining(const CheckedSlab& slab) {
    SlabBug found = bug(SlabBug::Kind::objects_remaining, slab);
    for (u32 object = 0; object < slab.slab.objects; ++object)
        if (slab.links[object] == kUsedObject) found.objects.push_back(shown(slab, object));
    bugs_.push_back(std::move(found));
}

void SlabDebug::report_warning(SlabBug::Kind kind, const std::string& cache, const std::string& other, u64 pointer) {
    SlabBug found;
    found.kind = kind;
    found.cache = cache;
    found.other_cache = other;
    found.pointer = pointer;
    found.jiffies = jiffies_;
    const bool is_once = kind == SlabBug::Kind::not_in_a_slab || kind == SlabBug::Kind::order_too_large ||
                         (kind == SlabBug::Kind::wrong_cache && profile_.leaks_wrong_cache);
    const u32 bit = is_once ? 1U << (static_cast<u32>(kind) + (cache.empty() ? 0 : 16)) : 0;
    found.is_silent = (said_ & bit) != 0;
    said_ |= bit;
    bugs_.push_back(std::move(found));
}

void SlabDebug::report_failure(SlabBug::Kind kind, u64 pointer, u32 gfp, u32 why) {
    report_warning(kind, "", "", pointer);
    bugs_.back().gfp = gfp;
    bugs_.back().why = why;
}

void SlabDebug::add_tracks(const CheckedSlab& slab, u32 object) {
    if (!has(slab.cache, slab_flag::kStoreUser)) return;
    SlabBug::Object tracked;
    tracked.allocated = record(slab, object).allocated;
    tracked.freed = record(slab, object).freed;
    bugs_.back().objects = {tracked};
}

void SlabDebug::report_left_over(const std::string& cache, u32 call) {
    report_warning(SlabBug::Kind::still_has_objects, cache, "", 0);
    bugs_.back().call = call;
}

u64 SlabDebug::bytes() const {
    u64 sum = written_.size() * 64;  // nodes of a tree
    for (const std::vector<Record>& records : records_) sum += sizeof(records) + records.size() * sizeof(Record);
    return sum;
}

}  // namespace mmscope
