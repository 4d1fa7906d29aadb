#include "play/imported_slabs.h"

#include <algorithm>
#include <bit>

#include "mm/page_alloc.h"
#include "mm/slab.h"
#include "play/imported_classic.h"

namespace mmscope {

namespace {

constexpr u64 kLeastRamForSlabs = u64{1} << 30;
constexpr u64 kMostRamForSlabs = u64{64} << 30;
constexpr u64 kMostRamOf32Bits = u64{4} << 30;

// The kernel's caches that shrinkers know (SLAB_RECLAIM_ACCOUNT), as far as their names tell.
constexpr std::string_view kReclaimable[] = {"bdev_cache", "btrfs_inode", "buffer_head",   "dax_cache",
                                             "dentry",     "dentry_cache", "dquot",      "fscrypt_info",  "fscrypt_inode_info",
                                             "fsverity_info", "fuse_inode", "ovl_inode",   "pidfs_attr_cache",
                                             "radix_tree_node", "xfs_inode"};
constexpr std::string_view kNotReclaimable[] = {"bpf_fs_inode_cache", "hugetlbfs_inode_cache", "lsm_inode_cache",
                                                "mqueue_inode_cache", "shmem_inode_cache"};

bool is_among(std::string_view name, const auto& names) {
    return std::find(std::begin(names), std::end(names), name) != std::end(names);
}

CacheSpec spec_of(const SlabInfo::Row& row, const Profile& profile) {
    if (const auto kmalloc = kmalloc_cache_of(row.name))
        return kmalloc_cache_spec(kmalloc->type, kmalloc->of_class, profile);
    CacheSpec spec;
    spec.object_size = static_cast<u32>(row.objsize);
    spec.flags = slab_flag::kNoMerge | (is_reclaimable_cache(row.name) ? slab_flag::kReclaimAccount : 0);
    if (row.name == "kmem_cache" || row.name == "kmem_cache_node") spec.has_sheaves = false;
    return spec;
}

// By the kernel's rules, but for what the row says.
CacheLayout layout_of(const SlabInfo::Row& row, const CacheSpec& spec, const Profile& profile, Arch arch, u32 cpus) {
    CacheLayout layout = calculate_sizes(spec, profile, arch, cpus);
    layout.size = static_cast<u32>(row.objsize);
    layout.objects = static_cast<u16>(row.objperslab);
    layout.order = {static_cast<u8>(std::countr_zero(row.pagesperslab))};
    layout.min_order = std::min(layout.min_order, layout.order);
    const u32 least = static_cast<u32>((u64{kPageSize} << layout.min_order.value) / layout.size);
    layout.min_objects = layout.min_order == layout.order ? layout.objects : static_cast<u16>(std::max(least, 1U));
    if (layout.cpu_partial != 0)
        layout.cpu_partial_slabs = static_cast<u16>((2U * layout.cpu_partial + layout.objects - 1) / layout.objects);
    return layout;
}

// A slab that has fewer objects than it should was got when memory was short.
ImportedCache cache_of(const SlabInfo::Row& row, const Profile& profile, Arch arch, u32 cpus) {
    ImportedCache cache;
    cache.name = row.name;
    cache.spec = spec_of(row, profile);
    cache.layout = layout_of(row, cache.spec, profile, arch, cpus);
    const u32 less = static_cast<u32>(cache.layout.objects - cache.layout.min_objects);
    const u64 missing = row.num_slabs * row.objperslab - row.num_objs;
    const u64 small = less == 0 ? 0 : std::min(row.num_slabs, (missing + less / 2) / less);
    cache.slabs = static_cast<u32>(row.num_slabs - small);
    cache.small_slabs = static_cast<u32>(small);
    const u64 objects = cache.slabs * u64{cache.layout.objects} + small * cache.layout.min_objects;
    cache.free = static_cast<u32>(objects - std::min(objects, row.active_objs));
    return cache;
}

}  // namespace

bool is_reclaimable_cache(std::string_view name) {
    return is_among(name, kReclaimable) || (name.ends_with("inode_cache") && !is_among(name, kNotReclaimable));
}

Result<std::vector<ImportedCache>, Message> imported_caches(const SlabInfo& info, const Profile& profile, Arch arch,
                                                            u32 cpus, std::vector<Message>* notes) {
    const auto too_many = [](i64 found, i64 most) {
        return Message("import.slabs_too_many").number("found", found).number("most", most);
    };
    if (info.rows.size() > kMostImportedCaches)
        return too_many(static_cast<i64>(info.rows.size()), kMostImportedCaches);
    std::vector<ImportedCache> caches;
    u64 objects = 0;
    const bool is_classic = !has_slub(profile);
    for (const SlabInfo::Row& row : info.rows) {
        objects += row.num_objs;
        if (row.num_slabs > kMostImportedObjects || objects > kMostImportedObjects)
            return too_many(static_cast<i64>(std::max(objects, row.num_slabs)), i64{kMostImportedObjects});
        ImportedCache cache = is_classic ? classic_cache_of(row, arch, cpus, notes) : cache_of(row, profile, arch, cpus);
        if (is_classic && !classic_has_management(cache))
            return Message("import.slab_management")
                .text("cache", row.name)
                .number("objects", cache.layout.objects)
                .number("size", cache.layout.size)
                .number("pages", cache.layout.order.frames());
        const u64 placed = cache.slabs * u64{cache.layout.objects} + cache.small_slabs * u64{cache.layout.min_objects};
        if (placed != row.num_objs)
            notes->push_back(Message("import.note_slab_objects")
                                 .text("cache", row.name)
                                 .number("read", static_cast<i64>(row.num_objs))
                                 .number("here", static_cast<i64>(placed)));
        caches.push_back(std::move(cache));
    }
    notes->push_back(Message("import.note_slab_places"));
    if (!is_classic && is_classic_slabinfo(info)) notes->push_back(Message("import.note_slab_arrays"));
    return caches;
}

std::vector<u32> free_by_slab(const ImportedCache& cache, Prng& prng) {
    std::vector<u32> free(cache.all_slabs());
    if (cache.free == 0) return free;
    u32 partial = std::min({cache.all_slabs(), cache.free, 2 * cache.free / cache.layout.objects + 1});
    std::vector<u32> chosen;  // by selection; the slabs that have the most room if so few could not hold them
    for (u32 slab = 0; slab < free.size(); ++slab) {
        const u32 left = static_cast<u32>(free.size()) - slab;
        if (prng.below(left) >= partial) continue;
        chosen.push_back(slab);
        --partial;
    }
    u64 room = 0;
    for (const u32 slab : chosen) room += cache.objects_of(slab);
    if (room < cache.free) {
        chosen.resize(free.size());
        room = 0;
        for (u32 slab = 0; slab < free.size(); ++slab) chosen[slab] = slab, room += cache.objects_of(slab);
    }
    // One object each, as long as there are any; then what the rest can still hold decides how few a slab must take.
    u32 left = cache.free;
    for (std::size_t at = 0; at < chosen.size(); ++at) {
        const u32 most = cache.objects_of(chosen[at]);
        room -= most;
        const u32 behind = static_cast<u32>(chosen.size() - at - 1);
        const u32 least = left > room ? static_cast<u32>(left - room) : 0;
        const u32 drawn = 1 + prng.below(most);
        const u32 spare = left > behind ? left - behind : std::min(left, 1U);
        free[chosen[at]] = std::min({most, std::max(least, std::min(drawn, spare)), left});
        left -= free[chosen[at]];
    }
    return free;
}

u64 ram_for_slabs(const std::vector<ImportedCache>& caches, Arch arch) {
    const u64 most = arch == Arch::x86_32 ? kMostRamOf32Bits : kMostRamForSlabs;
    u64 pages = 0;
    for (const ImportedCache& cache : caches) pages += cache.pages();
    u64 ram = kLeastRamForSlabs;
    while (ram < 2 * pages * kPageSize && ram < most) ram *= 2;
    return ram;
}

Result<bool, Message> alloc_slabs(std::vector<ImportedCache>* caches, PageAllocator* memory) {
    Trace nobody;
    for (std::size_t at = caches->size(); at-- != 0;) {
        ImportedCache& cache = (*caches)[at];
        const Gfp mask{gfp::kKernel | slab_alloc_flags(cache.spec, cache.layout, memory->profile())};
        for (u32 slab = 0; slab < cache.all_slabs(); ++slab) {
            const Pfn pfn = memory->alloc_pages(mask, cache.order_of(slab), 0, 0, nobody);
            if (pfn == kNoPfn)
                return Message("import.slabs_do_not_fit").text("cache", cache.name).number("order", cache.order_of(slab).value);
            account_slab(*memory, pfn, cache.order_of(slab), slab_counter(cache.spec));
            cache.blocks.push_back(pfn);
        }
    }
    return true;
}

void own_placed_slabs(const std::vector<ImportedCache>& caches, PageAllocator* memory) {
    FrameTable& frames = memory->frames();
    for (const ImportedCache& cache : caches)
        for (u32 slab = 0; slab < cache.blocks.size(); ++slab) {
            const Order order = cache.order_of(slab);
            const Pfn pfn = cache.blocks[slab];
            const Migratetype type = frames.pageblock_type(pfn);
            frames.fill_states(pfn, order.frames(), frame_state::allocated_tail(type, Owner::slab));
            frames.states()[pfn.value] = frame_state::allocated_head(type, Owner::slab);
            Allocation allocation;
            allocation.order = order;
            allocation.compound = order.value != 0 || memory->profile().slab.is_always_compound;
            frames.links()[pfn.value] = allocation.pack();
        }
}

}  // namespace mmscope
