#include "play/imported_classic.h"

#include <algorithm>
#include <bit>

namespace mmscope {

namespace {

constexpr u32 kCacheLine = 64;
constexpr u32 kMuchMemory = 262144;  // frames: more than slabs of one page are for
constexpr u32 kLikelyCpus = 2;

// Whether a general cache has this name, and which one: 0 .. kClassicSizes - 1.
bool is_general(std::string_view name, bool is_dma, u32* of_size) {
    for (*of_size = 0; *of_size < kClassicSizes; ++*of_size)
        if (classic_general_name(*of_size, is_dma) == name) return true;
    return false;
}

// An object whose place fills cache lines was aligned to them, as far as one can see.
CacheSpec spec_of(const SlabInfo::Row& row) {
    CacheSpec spec;
    spec.object_size = static_cast<u32>(row.objsize);
    if (row.objsize % kCacheLine == 0) spec.flags |= slab_flag::kHwcacheAlign;
    if (is_reclaimable_cache(row.name)) spec.flags |= slab_flag::kReclaimAccount;
    u32 of_size = 0;
    for (const bool is_dma : {false, true}) {
        if (!is_general(row.name, is_dma, &of_size)) continue;
        spec.object_size = std::min(spec.object_size, kClassicSmallest << of_size);
        spec.flags = slab_flag::kHwcacheAlign | slab_flag::kKmalloc | (is_dma ? slab_flag::kCacheDma : 0);
    }
    return spec;
}

// By the kernel's rules, but for what the row says.
ClassicLayout layout_of(const SlabInfo::Row& row, const CacheSpec& spec, Arch arch, u32 cpus) {
    ClassicLayout layout = classic_layout(spec, arch, cpus, kMuchMemory);
    layout.size = static_cast<u32>(row.objsize);
    layout.objects = static_cast<u16>(row.objperslab);
    layout.order = {static_cast<u8>(std::countr_zero(row.pagesperslab))};
    place_management(arch, &layout);
    if (row.limit == 0) return layout;
    layout.limit = static_cast<u32>(row.limit);
    layout.batchcount = static_cast<u32>(row.batchcount);
    layout.shared = static_cast<u32>(row.sharedfactor);
    return layout;
}

// Rows whose slabs are as the rules of an architecture have them.
u32 agreeing_rows(const SlabInfo& info, Arch arch) {
    u32 count = 0;
    for (const SlabInfo::Row& row : info.rows) {
        const ClassicLayout layout = classic_layout(spec_of(row), arch, 1, kMuchMemory);
        count += layout.objects == row.objperslab && layout.order.frames() == row.pagesperslab ? 1 : 0;
    }
    return count;
}

}  // namespace

bool is_classic_slabinfo(const SlabInfo& info) {
    u32 of_size = 0;
    return std::any_of(info.rows.begin(), info.rows.end(), [&](const SlabInfo::Row& row) {
        return row.limit != 0 || is_general(row.name, false, &of_size) || is_general(row.name, true, &of_size);
    });
}

Arch classic_arch(const SlabInfo& info) {
    return agreeing_rows(info, Arch::x86_32) > agreeing_rows(info, Arch::x86_64) ? Arch::x86_32 : Arch::x86_64;
}

u32 classic_cpus(const SlabInfo& info) {
    const bool has_shared = std::any_of(info.rows.begin(), info.rows.end(),
                                        [](const SlabInfo::Row& row) { return row.sharedfactor != 0; });
    return has_shared ? kLikelyCpus : 1;
}

// The parser has seen to it that the counts fit each other.
ImportedCache classic_cache_of(const SlabInfo::Row& row, Arch arch, u32 cpus, std::vector<Message>* notes) {
    ImportedCache cache;
    cache.name = row.name;
    cache.spec = spec_of(row);
    cache.classic = layout_of(row, cache.spec, arch, cpus);
    cache.layout = common_layout(*cache.classic);
    cache.slabs = static_cast<u32>(row.num_slabs);
    cache.free_slabs = static_cast<u32>(row.num_slabs - row.active_slabs);
    cache.free = static_cast<u32>(row.active_slabs * row.objperslab - row.active_objs);
    const u64 room = std::min<u64>(row.active_objs, u64{cache.classic->shared} * cache.classic->batchcount);
    cache.shared_available = static_cast<u32>(std::min(row.sharedavail, room));
    if (cache.shared_available != row.sharedavail)
        notes->push_back(Message("import.note_slab_shared")
                             .text("cache", row.name)
                             .number("read", static_cast<i64>(row.sharedavail))
                             .number("here", cache.shared_available));
    return cache;
}

bool classic_has_management(const ImportedCache& cache) {
    if (!cache.classic->is_off_slab) return true;
    const u32 of_size = classic_general_size(cache.classic->management);
    if (of_size == kClassicSizes) return false;
    const bool is_general = (cache.spec.flags & slab_flag::kKmalloc) != 0;
    return !is_general || (kClassicSmallest << of_size) < cache.spec.object_size;
}

std::vector<u32> classic_free_by_slab(const ImportedCache& cache, Prng& prng) {
    ImportedCache active = cache;
    active.slabs -= cache.free_slabs;
    --active.layout.objects;  // one at least is used
    std::vector<u32> free = free_by_slab(active, prng);
    free.resize(cache.slabs, cache.layout.objects);
    return free;
}

}  // namespace mmscope
