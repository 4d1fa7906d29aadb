#include "mm/page_cache.h"

#include <cassert>
#include <utility>

#include "mm/rmap.h"
#include "mm/shmem.h"
#include "mm/swap.h"
#include "mm/workingset.h"
#include "mm/writeback.h"

namespace mmscope {

namespace {

// mmap of x86_64 grows down from below the stack, that of 32 bits likewise, within 3 GiB.
constexpr u64 kMmapBase64 = 0x7ffff7fff000;
constexpr u64 kMmapBase32 = 0xb7fff000;

}  // namespace

// What a fault or a read asks the page allocator for (vma_alloc_zeroed_movable_folio, mapping_gfp_mask of an inode).
Gfp PageCache::mask(MappingKind kind, const Profile& profile) {
    const u32 movable = gfp::kKernel | gfp::kHardwall | gfp::kHighmem | gfp::kMovable;
    if (kind == MappingKind::file) return {movable};
    const u32 zero = kind == MappingKind::shmem ? 0U : u32{gfp::kZero};  // shared memory is cleared by its file system
    return {movable | zero | (profile.has_kswapd_flag ? u32{gfp::kComp} : 0U)};
}

bool PageCache::has_room(u32 pages) const {
    const MappingTable& table = memory_.mapping_table();
    return table.mappings.size() < kMostMappings && pages <= kMostMappingPages &&
           pages <= kMostMappedPages - table.frame.size();
}

u32 PageCache::add(MappingKind kind, u32 pages, u32 call) {
    assert(pages != 0 && has_room(pages));
    MappingTable& table = memory_.mapping_table();
    Mapping mapping;
    mapping.kind = kind;
    mapping.call = call;
    mapping.pages = pages;
    mapping.first = static_cast<u32>(table.frame.size());
    if (kind == MappingKind::anonymous) {
        mapping.address = memory_.arch() == Arch::x86_64 ? kMmapBase64 : kMmapBase32;
        for (const Mapping& other : table.mappings)
            if (other.kind == MappingKind::anonymous && !other.is_gone && other.address < mapping.address)
                mapping.address = other.address;
        mapping.address -= u64{pages} * kPageSize;
    }
    table.frame.resize(table.frame.size() + pages, kNoPfn.value);
    table.mappings.push_back(mapping);
    return static_cast<u32>(table.mappings.size()) - 1;
}

TouchResult PageCache::touch(u32 mapping, u32 first, u32 count, u32 call) {
    TouchResult result;
    const u32 start = memory_.mapping_table().mappings[mapping].first + first;
    for (u32 index = 0; index < count; ++index) {
        const Pfn pfn = page_word::page(memory_.mapping_table().frame[start + index]);
        if (pfn != kNoPfn) {
            mark_accessed(pfn);
        } else {
            if (bring_in(mapping, first + index, call) == kNoPfn) {
                result.is_out_of_memory = true;
                return result;
            }
            ++result.brought_in;
            memory_.run_daemons(cpu_, trace_);  // back in user mode: whoever was woken runs first
        }
        ++result.touched;
    }
    return result;
}

// generic_perform_write: whole pages, so that nothing has to be read first.
TouchResult PageCache::write(u32 mapping, u32 first, u32 count, u32 call) {
    TouchResult result;
    for (u32 index = first; index < first + count; ++index) {
        const bool is_there = memory_.mapping_table().page(mapping, index) != kNoPfn;
        const Pfn pfn = is_there ? get_page(mapping, index, call) : bring_in(mapping, index, call, {}, Source::write);
        if (pfn == kNoPfn) {
            result.is_out_of_memory = true;
            return result;
        }
        result.brought_in += is_there ? 0 : 1;
        Writeback(memory_, cpu_, trace_).mark_dirty(pfn);
        Writeback(memory_, cpu_, trace_).balance();
        memory_.run_daemons(cpu_, trace_);
        ++result.touched;
    }
    return result;
}

Pfn PageCache::bring_in(u32 mapping, u32 index, u32 call, Gfp more, Source source) {
    MappingTable& table = memory_.mapping_table();
    const MappingKind kind = table.mappings[mapping].kind;
    const u32 before = frame_of(table.mappings[mapping], index);
    const bool is_new_block = kind == MappingKind::shmem && page_word::swap(before).is_none();
    const bool counts_after = memory_.profile().shmem_counts_after_alloc;
    if (is_new_block && !counts_after && !has_block(mapping)) return kNoPfn;
    const Gfp wanted{mask(kind, memory_.profile()).bits | more.bits};
    const Pfn pfn = memory_.alloc_pages(wanted, {0}, call, cpu_, trace_);
    if (pfn == kNoPfn) return pfn;
    // The OOM killer may have taken its process away meanwhile.
    if (table.mappings[mapping].is_gone || (is_new_block && counts_after && !has_block(mapping))) {
        memory_.free_lru_page(pfn, cpu_, trace_);
        return kNoPfn;
    }
    FrameTable& frames = memory_.frames();
    if (frames.mapped_words().empty()) frames.keep_mapped();
    const bool is_file = kind == MappingKind::file;
    const Owner owner = is_file ? Owner::page_cache : Owner::anonymous;
    frames.states()[pfn.value] = frame_state::allocated_head(Migratetype::movable, owner);
    frames.mark_dirty(pfn);
    // A read marks what it brings in as used once, a write does not, and of a fault the accessed bit speaks, which here
    // the script's own pages alone keep with them.
    const bool is_shmem_call = kind == MappingKind::shmem && (source == Source::read || source == Source::write);
    const bool is_used = kind == MappingKind::anonymous || is_shmem_call || (is_file && source == Source::read);
    frames.set_mapped(pfn, {mapping, index, !is_file && memory_.profile().anon_starts_active, is_used});
    frames.clear_marks(pfn);
    const u32 word = std::exchange(frame_of(table.mappings[mapping], index), pfn.value);
    ++table.mappings[mapping].resident;
    if (is_file && source != Source::write) memory_.count(VmCounter::pgpgin, kPageSize >> 10);
    const SwapEntry entry = page_word::swap(word);
    // Neither read() nor swapoff is a fault; what touches anonymous memory of the script's is.
    const bool is_fault = source == Source::fault || (kind == MappingKind::anonymous && source == Source::read);
    if (!entry.is_none() && is_fault) memory_.count(VmCounter::pgmajfault);
    if (!entry.is_none()) read_back(pfn, entry);
    Workingset(memory_, trace_).refault(pfn, word);
    lists(pfn).add(pfn);
    if (!entry.is_none()) return pfn;
    trace_.emit(is_file ? TraceKind::mm_filemap_add_to_page_cache : TraceKind::anonymous_fault,
                memory_.zone_of(pfn)->position, 0, static_cast<u32>(Migratetype::movable), pfn.value, mapping, index);
    return pfn;
}

// Whether a page more of shared memory may be, or what is said if not.
bool PageCache::has_block(u32 mapping) {
    if (!Shmem::is_full(memory_, mapping)) return true;
    trace_.emit(TraceKind::shmem_full, 0, 0, 0, kNoPfn.value, mapping, static_cast<u32>(tmpfs_limit(memory_)));
    return false;
}

// The slot had its only user: from here on the page is nowhere else, and dirty.
void PageCache::read_back(Pfn pfn, SwapEntry entry) {
    Swap swap(memory_, cpu_, trace_);
    swap.read_page(entry, pfn);
    memory_.frames().set_mark(pfn, page_mark::kDirty, true);
    --memory_.mapping_table().mappings[memory_.frames().mapped(pfn).mapping].swapped;
    swap.put_entry(entry);
}

void PageCache::leave_to_swap(Pfn pfn, SwapEntry entry) {
    const MappedPage page = memory_.frames().mapped(pfn);
    Mapping& mapping = memory_.mapping_table().mappings[page.mapping];
    frame_of(mapping, page.index) = page_word::swapped(entry);
    --mapping.resident;
    ++mapping.swapped;
    memory_.swap().duplicate(entry);
}

// mark_page_accessed: the second use makes a page active. Of the script's own anonymous memory only the accessed bit is
// set; who looks at it is reclaim.
void PageCache::mark_accessed(Pfn pfn) {
    FrameTable& frames = memory_.frames();
    MappedPage page = frames.mapped(pfn);
    const bool is_scripts = memory_.mapping_table().mappings[page.mapping].kind == MappingKind::anonymous;
    if (is_scripts || page.active || !page.referenced) {
        page.referenced = true;
        frames.set_mapped(pfn, page);
        return;
    }
    page.referenced = false;
    frames.set_mapped(pfn, page);
    lists(pfn).move(pfn, true);
    memory_.count(VmCounter::pgactivate);
    Workingset(memory_, trace_).activated(pfn);
    trace_.emit(TraceKind::mm_lru_activate, memory_.zone_of(pfn)->position, 0, 0, pfn.value, page.mapping, page.index);
}

// The mapping forgets the page.
void PageCache::let_go(Pfn pfn, u32 word) {
    const MappedPage page = memory_.frames().mapped(pfn);
    Mapping& mapping = memory_.mapping_table().mappings[page.mapping];
    frame_of(mapping, page.index) = word;
    --mapping.resident;
    if (memory_.mapping_table().is_dirty(page.mapping, page.index))
        memory_.mapping_table().set_dirty(page.mapping, page.index, false);
    const bool is_file = mapping.kind == MappingKind::file;
    trace_.emit(is_file ? TraceKind::mm_filemap_delete_from_page_cache : TraceKind::zap_page,
                memory_.zone_of(pfn)->position, 0, 0, pfn.value, page.mapping, page.index);
}

void PageCache::drop(Pfn pfn, u32 word) {
    let_go(pfn, word);
    memory_.free_lru_page(pfn, cpu_, trace_);
}

u32 PageCache::unmap(u32 number) {
    const u32 freed = drop_pages(number, 0);
    memory_.mapping_table().mappings[number].is_gone = true;
    return freed;
}

u32 PageCache::drop_pages(u32 number, u32 first) {
    Mapping& mapping = memory_.mapping_table().mappings[number];
    const u32 before = mapping.resident;
    for (u32 index = first; index < mapping.pages && mapping.resident + mapping.swapped != 0; ++index) {
        const u32 word = frame_of(mapping, index);
        const Pfn pfn = page_word::page(word);
        if (const SwapEntry entry = page_word::swap(word); !entry.is_none()) {
            frame_of(mapping, index) = kNoPfn.value;
            --mapping.swapped;
            Swap(memory_, cpu_, trace_).put_entry(entry);
        }
        if (pfn == kNoPfn) continue;
        lists(pfn).remove(pfn);
        drop(pfn);
    }
    return before - mapping.resident;
}

u32 PageCache::drop_caches() {
    u32 freed = 0;
    for (Mapping& mapping : memory_.mapping_table().mappings) {
        if (mapping.kind != MappingKind::file && mapping.kind != MappingKind::shmem) continue;
        for (u32 index = 0; index < mapping.pages && mapping.resident != 0; ++index) {
            const Pfn pfn = page_word::page(frame_of(mapping, index));
            if (pfn == kNoPfn || memory_.frames().mapcount(pfn) != 0) continue;
            const bool is_dirty = mapping.kind == MappingKind::shmem
                                      ? memory_.frames().has_mark(pfn, page_mark::kDirty)
                                      : memory_.mapping_table().is_dirty(memory_.frames().mapped(pfn).mapping, index);
            if (is_dirty) continue;
            lists(pfn).remove(pfn);
            drop(pfn);
            ++freed;
        }
    }
    memory_.count(VmCounter::drop_pagecache);
    return freed;
}

void PageCache::replace(Pfn old_page, Pfn new_page) {
    FrameTable& frames = memory_.frames();
    const MappedPage page = frames.mapped(old_page);
    const Mapping& mapping = memory_.mapping_table().mappings[page.mapping];
    if (frames.mapcount(old_page) != 0) ReverseMap(memory_, cpu_, trace_).move(old_page, new_page);
    frames.states()[new_page.value] = frames.state(old_page);
    frames.mark_dirty(new_page);
    frames.set_mapped(new_page, page);
    frames.mark_bytes()[new_page.value] = frames.mark_bytes()[old_page.value];
    if (const SwapEntry entry = frames.swap_entry(old_page); !entry.is_none()) {
        frames.set_swap_entry(old_page, {});
        frames.set_swap_entry(new_page, entry);
        memory_.swap().set_cached(entry, new_page);
    }
    if (mapping.kind != MappingKind::window) frame_of(mapping, page.index) = new_page.value;
    lists(new_page).add(new_page);
    trace_.emit(TraceKind::migrate_page, memory_.zone_of(new_page)->position, 0, 0, old_page.value, new_page.value,
                page.mapping);
}

}  // namespace mmscope
