#include "play/vocabulary.h"

#include <algorithm>

namespace mmscope {

namespace {

using Kind = CallWord::Kind;

constexpr CallWord page_word(PageCall call, std::string_view name, std::string_view signature, u8 arguments) {
    return {name, signature, Kind::page_call, static_cast<u8>(call), arguments, arguments};
}

constexpr CallWord drain_word(PageCall call, std::string_view name, std::string_view signature) {
    return {name, signature, Kind::page_call, static_cast<u8>(call), 0, 1};
}

constexpr CallWord memory_word(PageCall call, std::string_view name, std::string_view signature, u8 least, u8 most) {
    return {name, signature, Kind::page_call, static_cast<u8>(call), least, most};
}

constexpr CallWord look_word(Looking looking, std::string_view name, std::string_view signature, u8 least, u8 most) {
    return {name, signature, Kind::looking, static_cast<u8>(looking), least, most};
}

// Page calls and looking calls stand in the order of their enums.
constexpr CallWord kCalls[] = {
    page_word(PageCall::alloc_pages, "alloc_pages", "alloc_pages(gfp, order)", 2),
    page_word(PageCall::alloc_page, "alloc_page", "alloc_page(gfp)", 1),
    page_word(PageCall::__get_free_pages, "__get_free_pages", "__get_free_pages(gfp, order)", 2),
    page_word(PageCall::__get_free_page, "__get_free_page", "__get_free_page(gfp)", 1),
    page_word(PageCall::get_zeroed_page, "get_zeroed_page", "get_zeroed_page(gfp)", 1),
    page_word(PageCall::__free_pages, "__free_pages", "__free_pages(page, order)", 2),
    page_word(PageCall::__free_page, "__free_page", "__free_page(page)", 1),
    page_word(PageCall::free_pages, "free_pages", "free_pages(addr, order)", 2),
    page_word(PageCall::free_page, "free_page", "free_page(addr)", 1),
    page_word(PageCall::free_hot_page, "free_hot_page", "free_hot_page(page)", 1),
    drain_word(PageCall::drain_all_pages, "drain_all_pages", "drain_all_pages([zone])"),
    drain_word(PageCall::drain_local_pages, "drain_local_pages", "drain_local_pages([zone])"),
    page_word(PageCall::tick, "tick", "tick(seconds)", 1),
    memory_word(PageCall::open, "open", "open(pages or path[, pages])", 1, 2),
    memory_word(PageCall::shm_open, "shm_open", "shm_open(name[, bytes])", 1, 2),
    memory_word(PageCall::shm_unlink, "shm_unlink", "shm_unlink(name)", 1, 1),
    memory_word(PageCall::unlink, "unlink", "unlink(path)", 1, 1),
    memory_word(PageCall::ftruncate, "ftruncate", "ftruncate(file, bytes)", 2, 2),
    memory_word(PageCall::mmap, "mmap", "mmap(bytes[, prot, flags[, file[, offset[, addr]]]])", 1, 6),
    memory_word(PageCall::munmap, "munmap", "munmap(addr[, bytes])", 1, 2),
    memory_word(PageCall::touch, "touch", "touch(addr or file[, bytes[, offset]])", 1, 3),
    memory_word(PageCall::pwrite, "pwrite", "pwrite(file, bytes[, offset])", 2, 3),
    memory_word(PageCall::sync, "sync", "sync()", 0, 0),
    memory_word(PageCall::drop_caches, "drop_caches", "drop_caches([1|2|3])", 0, 1),
    memory_word(PageCall::compact_memory, "compact_memory", "compact_memory()", 0, 0),
    memory_word(PageCall::swapon, "swapon", "swapon(bytes[, priority])", 1, 2),
    memory_word(PageCall::swapoff, "swapoff", "swapoff(area)", 1, 1),
    memory_word(PageCall::fork, "fork", "fork([process])", 0, 1),
    memory_word(PageCall::exec, "exec", "exec([process, ]file)", 1, 2),
    memory_word(PageCall::exit, "exit", "exit([process])", 0, 1),
    memory_word(PageCall::mprotect, "mprotect", "mprotect(addr, bytes, prot)", 3, 3),
    memory_word(PageCall::brk, "brk", "brk(addr)", 1, 1),
    memory_word(PageCall::malloc, "malloc", "malloc(bytes)", 1, 1),
    memory_word(PageCall::free, "free", "free(addr)", 1, 1),
    memory_word(PageCall::madvise, "madvise", "madvise(addr, bytes, advice)", 3, 3),
    memory_word(PageCall::oom_score_adj, "oom_score_adj", "oom_score_adj([process, ]adj)", 1, 2),
    memory_word(PageCall::read, "read", "read(addr[, bytes])", 1, 2),
    memory_word(PageCall::write, "write", "write(addr[, bytes])", 1, 2),
    memory_word(PageCall::fetch, "fetch", "fetch(addr[, bytes])", 1, 2),
    memory_word(PageCall::kmem_cache_create, "kmem_cache_create",
                "kmem_cache_create(name, size[, flags[, align[, ctor]]])", 2, 5),
    page_word(PageCall::kmem_cache_shrink, "kmem_cache_shrink", "kmem_cache_shrink(cache)", 1),
    page_word(PageCall::kmem_cache_destroy, "kmem_cache_destroy", "kmem_cache_destroy(cache)", 1),
    page_word(PageCall::validate_slab_cache, "validate_slab_cache", "validate_slab_cache(cache)", 1),
    page_word(PageCall::kmem_cache_alloc, "kmem_cache_alloc", "kmem_cache_alloc(cache, gfp)", 2),
    page_word(PageCall::kmalloc, "kmalloc", "kmalloc(size, gfp)", 2),
    page_word(PageCall::kzalloc, "kzalloc", "kzalloc(size, gfp)", 2),
    page_word(PageCall::kcalloc, "kcalloc", "kcalloc(n, size, gfp)", 3),
    page_word(PageCall::krealloc, "krealloc", "krealloc(object, size, gfp)", 3),
    page_word(PageCall::kmem_cache_free, "kmem_cache_free", "kmem_cache_free(cache, object)", 2),
    page_word(PageCall::kfree, "kfree", "kfree(object)", 1),
    page_word(PageCall::memset, "memset", "memset(addr, value, length)", 3),
    page_word(PageCall::vmalloc, "vmalloc", "vmalloc(size)", 1),
    page_word(PageCall::vzalloc, "vzalloc", "vzalloc(size)", 1),
    page_word(PageCall::vfree, "vfree", "vfree(addr)", 1),
    page_word(PageCall::kvmalloc, "kvmalloc", "kvmalloc(size, gfp)", 2),
    page_word(PageCall::kvfree, "kvfree", "kvfree(addr)", 1),
    page_word(PageCall::kmap, "kmap", "kmap(page)", 1),
    page_word(PageCall::kunmap, "kunmap", "kunmap(page)", 1),
    look_word(Looking::nr_free, "nr_free", "nr_free(zone, order[, migratetype])", 2, 3),
    look_word(Looking::free_pages_in, "free_pages_in", "free_pages_in(zone)", 1, 1),
    look_word(Looking::watermark, "watermark", "watermark(zone, min|low|high)", 2, 2),
    look_word(Looking::fragmentation_index, "fragmentation_index", "fragmentation_index(zone, order)", 2, 2),
    look_word(Looking::unusable_index, "unusable_index", "unusable_index(zone, order)", 2, 2),
    look_word(Looking::zone, "zone", "zone(page)", 1, 1),
    look_word(Looking::pfn, "pfn", "pfn(page)", 1, 1),
    look_word(Looking::order_of, "order_of", "order_of(page)", 1, 1),
    look_word(Looking::refcount, "refcount", "refcount(page)", 1, 1),
    look_word(Looking::mapcount, "mapcount", "mapcount(page)", 1, 1),
    look_word(Looking::flags, "flags", "flags(page)", 1, 1),
    look_word(Looking::page_address, "page_address", "page_address(page)", 1, 1),
    look_word(Looking::pfn_to_page, "pfn_to_page", "pfn_to_page(pfn)", 1, 1),
    look_word(Looking::len, "len", "len(list)", 1, 1),
    look_word(Looking::vmstat, "vmstat", "vmstat(\"name\")", 1, 1),
    look_word(Looking::events, "events", "events(\"name\")", 1, 1),
    look_word(Looking::virt_to_page, "virt_to_page", "virt_to_page(addr)", 1, 1),
    look_word(Looking::ksize, "ksize", "ksize(object)", 1, 1),
    look_word(Looking::cache, "cache", "cache(\"name\")", 1, 1),
    look_word(Looking::slabs, "slabs", "slabs(cache)", 1, 1),
    look_word(Looking::active_objs, "active_objs", "active_objs(cache)", 1, 1),
    look_word(Looking::num_objs, "num_objs", "num_objs(cache)", 1, 1),
    look_word(Looking::used_objs, "used_objs", "used_objs(cache)", 1, 1),
    look_word(Looking::rss, "rss", "rss(process)", 1, 1),
    look_word(Looking::tlb_hits, "tlb_hits", "tlb_hits(cpu)", 1, 1),
    look_word(Looking::tlb_misses, "tlb_misses", "tlb_misses(cpu)", 1, 1),
    look_word(Looking::follow_page, "follow_page", "follow_page(addr[, process])", 1, 2),
    look_word(Looking::vmalloc_to_page, "vmalloc_to_page", "vmalloc_to_page(addr)", 1, 1),
    look_word(Looking::oom_score, "oom_score", "oom_score(process)", 1, 1),
    look_word(Looking::oom_victim, "oom_victim", "oom_victim", 0, 0),
    look_word(Looking::hugepages, "hugepages", "hugepages(\"name\", bytes)", 2, 2),
    look_word(Looking::freeptr, "freeptr", "freeptr(object)", 1, 1),
    {"random", "random(low, high)", Kind::random, 0, 2, 2},
};
constexpr u32 kPageCalls = 58;

constexpr std::string_view kLaterSysctls[] = {"admin_reserve_kbytes",
                                              "block_dump",
                                              "compact_memory",
                                              "compact_unevictable_allowed",
                                              "compaction_proactiveness",
                                              "dirty_background_bytes",
                                              "dirty_bytes",
                                              "dirtytime_expire_seconds",
                                              "drop_caches",
                                              "extfrag_threshold",
                                              "hugetlb_shm_group",
                                              "laptop_mode",
                                              "legacy_va_layout",
                                              "max_map_count",
                                              "memory_failure_early_kill",
                                              "memory_failure_recovery",
                                              "min_slab_ratio",
                                              "min_unmapped_ratio",
                                              "mmap_min_addr",
                                              "nr_overcommit_hugepages",
                                              "nr_pdflush_threads",
                                              "numa_stat",
                                              "numa_zonelist_order",
                                              "oom_dump_tasks",
                                              "oom_kill_allocating_task",
                                              "overcommit_kbytes",
                                              "page_cluster",
                                              "page_lock_unfairness",
                                              "percpu_pagelist_fraction",
                                              "stat_interval",
                                              "stat_refresh",
                                              "swap_token_timeout",
                                              "user_reserve_kbytes",
                                              "vfs_cache_pressure",
                                              "zone_reclaim_mode"};

constexpr std::string_view kReserved[] = {
    "machine", "sysctl", "repeat", "for", "while", "if", "else", "expect", "mark", "note", "pause", "break", "in", "as",
    "on", "true", "false", "NULL", "ops", "init", "oom_victim"};

bool is_one_of(std::string_view word, const std::string_view* first, const std::string_view* end) {
    return std::find(first, end, word) != end;
}

// Slips between two words: letters changed, missing, added, or two neighbours swapped.
u32 edit_distance(std::string_view a, std::string_view b) {
    std::vector<u32> before(b.size() + 1), row(b.size() + 1), next(b.size() + 1);
    for (u32 at = 0; at < row.size(); ++at) row[at] = at;
    for (std::size_t i = 0; i < a.size(); ++i) {
        next[0] = static_cast<u32>(i) + 1;
        for (std::size_t j = 0; j < b.size(); ++j) {
            next[j + 1] = std::min({row[j] + (a[i] == b[j] ? 0 : 1), row[j + 1] + 1, next[j] + 1});
            const bool is_swapped = i > 0 && j > 0 && a[i] == b[j - 1] && a[i - 1] == b[j];
            if (is_swapped) next[j + 1] = std::min(next[j + 1], before[j - 1] + 1);
        }
        before.swap(row);
        row.swap(next);
    }
    return row.back();
}

}  // namespace

const CallWord* find_call(std::string_view name) {
    for (const CallWord& word : kCalls)
        if (word.name == name) return &word;
    return nullptr;
}

const CallWord& page_call_word(PageCall call) { return kCalls[static_cast<u32>(call)]; }
const CallWord& looking_word(Looking looking) { return kCalls[kPageCalls + static_cast<u32>(looking)]; }

bool is_later_sysctl(std::string_view name) {
    return is_one_of(name, std::begin(kLaterSysctls), std::end(kLaterSysctls));
}
bool is_reserved(std::string_view word) { return is_one_of(word, std::begin(kReserved), std::end(kReserved)); }

u32 find_name(std::string_view name, const char* const* names, u32 count) {
    u32 at = 0;
    while (at < count && name != names[at]) ++at;
    return at;
}

std::string_view nearest(std::string_view word, const std::vector<std::string_view>& candidates) {
    constexpr u32 kLongestName = 64;
    if (word.size() > kLongestName) return {};
    std::string_view best;
    u32 least = std::max<u32>(1, static_cast<u32>(word.size()) / 3) + 1;
    for (const std::string_view candidate : candidates) {
        if (candidate.size() > kLongestName) continue;
        const u32 distance = edit_distance(word, candidate);
        if (distance >= least) continue;
        least = distance;
        best = candidate;
    }
    return best;
}

std::string_view nearest_call(std::string_view name) {
    std::vector<std::string_view> names;
    for (const CallWord& word : kCalls) names.push_back(word.name);
    const std::string_view best = nearest(name, names);
    return best.empty() ? best : find_call(best)->signature;
}

}  // namespace mmscope
