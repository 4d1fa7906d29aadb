#include "mm/slab_rules.h"

#include <algorithm>
#include <array>
#include <bit>
#include <cassert>

namespace mmscope {

namespace {

constexpr u32 kCacheLine = 64;     // cache_line_size(), L1_CACHE_BYTES of both architectures
constexpr u32 kLeastAlign = 8;     // ARCH_SLAB_MINALIGN: that of a long long, on 32 bits too
constexpr u32 kUsualMaxOrder = 3;  // slub_max_order
constexpr u32 kNoOrder = kNrPageOrders;

constexpr u32 round_up(u32 value, u32 align) { return (value + align - 1) / align * align; }
constexpr u32 pointer_size(Arch arch) { return arch == Arch::x86_64 ? 8 : 4; }
// struct slab_sheaf before its pointers: an rcu_head or a list, the cache, and three numbers.
constexpr u32 sheaf_header(Arch arch) { return arch == Arch::x86_64 ? 32 : 20; }
constexpr u32 slab_bytes(u32 order) { return kPageSize << order; }
constexpr u32 objects_in(u32 order, u32 size) { return slab_bytes(order) / size; }

// get_order(): the smallest block that holds so many bytes; beyond the largest, kNoOrder.
constexpr u32 order_of_bytes(u64 bytes) {
    u32 order = 0;
    while (order < kNoOrder && slab_bytes(order) < bytes) ++order;
    return order;
}

// calculate_alignment(): HWCACHE_ALIGN asks for a cache line, or for the half or quarter of one that still holds the
// object.
u32 calculate_alignment(const CacheSpec& spec, u32 size, u32 pointer) {
    u32 align = spec.align;
    if ((spec.flags & slab_flag::kHwcacheAlign) != 0) {
        u32 line = kCacheLine;
        while (size <= line / 2) line /= 2;
        align = std::max(align, line);
    }
    return round_up(std::max(align, kLeastAlign), pointer);
}

// calc_slab_order(): the smallest order, from `first` to `last`, that leaves at most a `fraction` of the slab unused;
// kNoOrder if there is none.
u32 least_order(u32 size, u32 first, u32 last, u32 fraction) {
    for (u32 order = first; order <= last; ++order)
        if (slab_bytes(order) % size <= slab_bytes(order) / fraction) return order;
    return kNoOrder;
}

// calculate_order() until 6.5: the number of objects wanted is lowered until some order wastes little enough.
u32 order_by_fewer_objects(u32 size, u32 objects) {
    for (; objects > 1; --objects) {
        const u32 first = order_of_bytes(u64{objects} * size);
        for (u32 fraction = 16; fraction >= 4; fraction /= 2) {
            const u32 order = least_order(size, first, kUsualMaxOrder, fraction);
            if (order != kNoOrder) return order;
        }
    }
    return order_of_bytes(size);
}

// Since then: as many objects as wanted, and ever more waste is let pass.
u32 order_by_more_waste(u32 size, u32 objects) {
    const u32 first = order_of_bytes(u64{objects} * size);
    for (u32 fraction = 16; fraction > 1; fraction /= 2) {
        const u32 order = least_order(size, first, kUsualMaxOrder, fraction);
        if (order != kNoOrder) return order;
    }
    return order_of_bytes(size);
}

// More CPUs contend for a node's lock, so they fetch more objects at a time.
u32 calculate_order(u32 size, const SlabProfile& slab, u32 cpus) {
    const u32 wanted = 4 * (static_cast<u32>(std::bit_width(cpus)) + 1);
    const u32 objects = std::min(wanted, std::max(objects_in(kUsualMaxOrder, size), 1U));
    return slab.order_rule == SlabProfile::OrderRule::fewer_objects ? order_by_fewer_objects(size, objects)
                                                                    : order_by_more_waste(size, objects);
}

// One value for small objects, smaller ones for larger.
u32 by_size(u32 size, const std::array<u32, 4>& values) {
    return size >= kPageSize ? values[3] : size >= 1024 ? values[2] : size >= 256 ? values[1] : values[0];
}

// calculate_sheaf_capacity(): a sheaf is itself a kmalloc object, and fills it.
u16 sheaf_capacity(const CacheSpec& spec, u32 size, Arch arch) {
    if (!spec.has_sheaves) return 0;
    const u32 pointer = pointer_size(arch);
    const u32 header = sheaf_header(arch);
    const u32 bytes = header + by_size(size, {60, 26, 12, 4}) * pointer;
    const u32 filled = (kKmallocSizes[kmalloc_class(bytes)] - header) / pointer;
    return static_cast<u16>(std::max<u32>(filled, spec.sheaf_capacity));
}

// What slab_debug adds behind the object and its pointer, and before it.
void add_debug_bytes(const CacheSpec& spec, Arch arch, CacheLayout* layout, u32* size) {
    const u32 pointer = pointer_size(arch);
    if ((spec.flags & slab_flag::kStoreUser) != 0) {
        const u32 track = arch == Arch::x86_64 ? 32 : 20;  // struct track: caller, stack, CPU, pid, jiffies
        layout->track_bytes = 2 * track + ((spec.flags & slab_flag::kKmalloc) != 0 ? 4 : 0);
    }
    *size += layout->track_bytes;
    if ((spec.flags & slab_flag::kRedZone) == 0) return;
    layout->red_left_pad = round_up(pointer, layout->align);
    *size += pointer + layout->red_left_pad;  // the pointer's worth is padding behind it all
}

u16 object_count(Order order, u32 size) {
    return static_cast<u16>(std::min(objects_in(order.value, size), kMostSlabObjects));
}

}  // namespace

CacheLayout calculate_sizes(const CacheSpec& spec, const Profile& profile, Arch arch, u32 cpus) {
    assert(has_slub(profile) && spec.object_size != 0 && spec.object_size <= kLargestObject);
    const u32 pointer = pointer_size(arch);
    CacheLayout layout;
    layout.align = calculate_alignment(spec, spec.object_size, pointer);
    const auto has = [&](u32 flag) { return (spec.flags & flag) != 0; };
    u32 size = round_up(spec.object_size, pointer);
    if (has(slab_flag::kRedZone) && size == spec.object_size) size += pointer;
    layout.inuse = size;
    const bool is_read_when_free = spec.has_ctor || (spec.flags & slab_flag::kTypesafeByRcu) != 0;
    const bool has_kmalloc_redzone =
        profile.slab.has_kmalloc_redzone && has(slab_flag::kKmalloc) && has(slab_flag::kStoreUser);
    const bool has_no_room_inside =
        has(slab_flag::kPoison) ||
        (has(slab_flag::kRedZone) && (spec.object_size < pointer || has_kmalloc_redzone));
    if ((is_read_when_free && spec.pointer == CacheSpec::Pointer::by_flags) || has_no_room_inside) {
        layout.pointer_offset = size;
        size += pointer;
    } else {
        layout.pointer_offset = spec.object_size / 2 / pointer * pointer;
    }
    add_debug_bytes(spec, arch, &layout, &size);
    size = layout.size = round_up(size, layout.align);
    layout.order = {static_cast<u8>(calculate_order(size, profile.slab, cpus))};
    layout.min_order = {static_cast<u8>(order_of_bytes(size))};
    layout.objects = object_count(layout.order, size);
    layout.min_objects = object_count(layout.min_order, size);
    layout.min_partial = static_cast<u16>(std::clamp((static_cast<u32>(std::bit_width(size)) - 1) / 2, 5U, 10U));
    if (has(slab_flag::kDebug)) return layout;  // no CPU keeps anything
    if (profile.slab.kind == SlabProfile::Kind::sheaves) {
        layout.sheaf_capacity = sheaf_capacity(spec, size, arch);
    } else if (layout.objects != 0) {
        layout.cpu_partial = static_cast<u16>(by_size(size, {120, 52, 24, 6}));
        layout.cpu_partial_slabs = static_cast<u16>((2U * layout.cpu_partial + layout.objects - 1) / layout.objects);
    }
    return layout;
}

u32 slab_alloc_flags(const CacheSpec& spec, const CacheLayout& layout, const Profile& profile) {
    u32 flags = profile.slab.is_always_compound || layout.order.value != 0 ? gfp::kComp : 0;
    if ((spec.flags & slab_flag::kCacheDma) != 0) flags |= gfp::kDma;
    if ((spec.flags & slab_flag::kReclaimAccount) != 0) flags |= gfp::kReclaimable;
    return flags;
}

bool is_mergeable(const CacheSpec& spec) {
    return !spec.has_ctor && !spec.has_usercopy && (spec.flags & slab_flag::kNeverMerge) == 0;
}

bool may_merge_into(const MergeTarget& cache, const CacheSpec& spec, const Profile& profile, Arch arch) {
    if (!is_mergeable(spec) || ((cache.flags ^ spec.flags) & slab_flag::kMergeSame) != 0) return false;
    const CacheLayout layout = calculate_sizes(spec, profile, arch, 1);
    if (layout.size > cache.size || cache.size - layout.size >= pointer_size(arch)) return false;
    return cache.size % layout.align == 0;
}

std::string merged_cache_name(u32 flags, u32 size) {
    std::string letters;
    if ((flags & slab_flag::kCacheDma) != 0) letters += 'd';
    if ((flags & slab_flag::kReclaimAccount) != 0) letters += 'a';
    if ((flags & slab_flag::kAccount) != 0) letters += 'A';
    if (!letters.empty()) letters += '-';
    const std::string digits = std::to_string(size);
    return ":" + letters + std::string(digits.size() < 7 ? 7 - digits.size() : 0, '0') + digits;
}

}  // namespace mmscope
