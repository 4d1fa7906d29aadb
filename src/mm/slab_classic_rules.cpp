#include "mm/slab_classic_rules.h"

#include <algorithm>
#include <bit>
#include <cassert>

namespace mmscope {

namespace {

constexpr u32 kCacheLine = 64;
constexpr u32 kIndex = 4;          // kmem_bufctl_t
constexpr u32 kMuchMemory = 8192;  // frames: 32 MiB
constexpr u32 kSharedFactor = 8;

constexpr u32 round_up(u32 value, u32 align) { return (value + align - 1) / align * align; }
constexpr u32 slab_header(Arch arch) { return arch == Arch::x86_64 ? 48 : 28; }  // struct slab

u32 management_bytes(u32 objects, Arch arch) { return slab_header(arch) + objects * kIndex; }

// cache_estimate(): how many objects a slab of this order has, and what is left over.
u32 estimate(const ClassicLayout& layout, u32 order, Arch arch, u32* left_over) {
    const u32 bytes = kPageSize << order;
    u32 objects = bytes / layout.size;
    u32 management = 0;
    if (!layout.is_off_slab) {
        objects = (bytes - slab_header(arch)) / (layout.size + kIndex);
        management = round_up(management_bytes(objects, arch), layout.align);
        if (management + objects * layout.size > bytes) --objects;
        management = round_up(management_bytes(objects, arch), layout.align);
    }
    *left_over = objects == 0 ? 0 : bytes - objects * layout.size - management;
    return objects;
}

// calculate_slab_order()
void choose_order(const CacheSpec& spec, Arch arch, u32 largest_usual, ClassicLayout* layout) {
    for (u32 order = 0; order <= kMaxPageOrder; ++order) {
        u32 rest = 0;
        const u32 objects = estimate(*layout, order, arch, &rest);
        if (objects == 0) continue;
        // Its indices must fit into an object of the same size, or management would never end.
        if (layout->is_off_slab && objects > (layout->size - slab_header(arch)) / kIndex) break;
        layout->order = {static_cast<u8>(order)};
        layout->objects = static_cast<u16>(objects);
        if ((spec.flags & slab_flag::kReclaimAccount) != 0 || order >= largest_usual) break;
        if (rest * 8 <= kPageSize << order) break;
    }
}

// enable_cpucache(): the larger an object, the fewer lie about.
u32 array_limit(u32 size) {
    if (size > 131072) return 1;
    if (size > kPageSize) return 8;
    return size > 1024 ? 24 : size > 256 ? 54 : 120;
}

}  // namespace

// Also of large objects it is on the slab if what is left over would hold it anyhow.
void place_management(Arch arch, ClassicLayout* layout) {
    u32 left_over = layout->objects == 0 ? 0 : (kPageSize << layout->order.value) - layout->objects * layout->size;
    layout->management = round_up(management_bytes(layout->objects, arch), layout->align);
    layout->is_off_slab = left_over < layout->management;
    if (layout->is_off_slab)
        layout->management = management_bytes(layout->objects, arch);
    else
        left_over -= layout->management;
    layout->colour_off = std::max(kCacheLine, layout->align);
    layout->colour = left_over / layout->colour_off;
}

ClassicLayout classic_layout(const CacheSpec& spec, Arch arch, u32 cpus, u32 frames) {
    assert(spec.object_size != 0 && spec.object_size <= kLargestObject);
    const u32 word = arch == Arch::x86_64 ? 8 : 4;
    ClassicLayout layout;
    layout.size = round_up(spec.object_size, word);
    layout.align = word;
    if ((spec.flags & slab_flag::kHwcacheAlign) != 0) {
        layout.align = kCacheLine;
        while (layout.size <= layout.align / 2) layout.align /= 2;
    }
    layout.align = std::max({layout.align, spec.align, word});
    layout.is_off_slab = layout.size >= kPageSize / 8;
    layout.size = round_up(layout.size, layout.align);
    choose_order(spec, arch, frames > kMuchMemory ? 1 : 0, &layout);
    place_management(arch, &layout);
    layout.limit = array_limit(layout.size);
    layout.batchcount = (layout.limit + 1) / 2;
    layout.shared = cpus > 1 && layout.size <= kPageSize ? kSharedFactor : 0;
    return layout;
}

CacheLayout common_layout(const ClassicLayout& classic) {
    CacheLayout layout;
    layout.size = classic.size;
    layout.align = classic.align;
    layout.order = layout.min_order = classic.order;
    layout.objects = layout.min_objects = classic.objects;
    return layout;
}

std::string classic_general_name(u32 of_size, bool is_dma) {
    return "size-" + std::to_string(kClassicSmallest << of_size) + (is_dma ? "(DMA)" : "");
}

u32 classic_general_size(u64 size) {
    if (size > kClassicKmallocMaxSize) return kClassicSizes;
    const u32 bytes = std::max(static_cast<u32>(size), kClassicSmallest);
    return static_cast<u32>(std::bit_width(bytes - 1)) - 5;
}

}  // namespace mmscope
