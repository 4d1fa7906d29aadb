#include "mm/shmem.h"

#include <algorithm>

#include "mm/mmap.h"
#include "mm/swap.h"

namespace mmscope {

const TmpfsMount* tmpfs_mount(std::string_view path) {
    for (const TmpfsMount& mount : kTmpfsMounts)
        if (path.starts_with(mount.path)) return &mount;
    return nullptr;
}

std::string shmem_name(const MappingTable& table, u32 mapping) {
    const TmpfsFile* file = table.tmpfs_file(mapping);
    if (file == nullptr) return "/dev/zero (deleted)";
    return file->is_linked ? file->path : file->path + " (deleted)";
}

// shmem_default_max_blocks: totalram_pages() / 2.
u64 tmpfs_limit(const PageAllocator& memory) {
    u64 managed = 0;
    for (const Zone& zone : memory.zones()) managed += zone.managed;
    return managed / 2;
}

u64 tmpfs_used(const PageAllocator& memory, const TmpfsMount& mount) {
    const MappingTable& table = memory.mapping_table();
    u64 used = 0;
    for (const TmpfsFile& file : table.tmpfs)
        if (tmpfs_mount(file.path) == &mount)
            used += table.mappings[file.mapping].resident + table.mappings[file.mapping].swapped;
    return used;
}

u64 tmpfs_pages(const PageAllocator& memory) {
    u64 pages = 0;
    for (const TmpfsMount& mount : kTmpfsMounts) pages += tmpfs_used(memory, mount);
    return pages;
}

u32 shmem_swapped(const PageAllocator& memory, const Vma& area) {
    const MappingTable& table = memory.mapping_table();
    if (area.is_anonymous() || table.mappings[area.file].kind != MappingKind::shmem) return 0;
    const Mapping& mapping = table.mappings[area.file];
    u32 pages = 0;
    for (u64 index = area.pgoff; index < std::min<u64>(area.pgoff + area.pages(), mapping.pages); ++index)
        pages += page_word::swap(table.frame[mapping.first + static_cast<u32>(index)]).is_none() ? 0 : 1;
    return pages;
}

std::string check_shmem(const PageAllocator& memory) {
    const MappingTable& table = memory.mapping_table();
    std::vector<bool> is_kept(table.mappings.size());
    for (const Mm& mm : memory.processes().mms)
        for (const Vma& area : mm.areas)
            if (!area.is_anonymous()) is_kept[area.file] = true;
    for (const TmpfsFile& file : table.tmpfs) {
        if (table.mappings[file.mapping].kind != MappingKind::shmem) return "a file of a disk has a name in a tmpfs";
        if (file.is_linked) is_kept[file.mapping] = true;
    }
    for (u32 number = 0; number < table.mappings.size(); ++number)
        if (table.mappings[number].kind == MappingKind::shmem && table.mappings[number].is_gone == is_kept[number])
            return "shared memory is gone and can be reached, or is kept for nobody (" + std::to_string(number) + ")";
    for (const TmpfsMount& mount : kTmpfsMounts)
        if (tmpfs_used(memory, mount) > tmpfs_limit(memory)) return "a tmpfs has more than it may have";
    return "";
}

// shmem_inode_acct_blocks: first what may be promised, then the mount's own limit.
bool Shmem::is_full(const PageAllocator& memory, u32 mapping) {
    const TmpfsFile* file = memory.mapping_table().tmpfs_file(mapping);
    if (file == nullptr) return false;
    const ProcessTable& processes = memory.processes();
    const u32 total_vm = processes.is_alive(processes.current) ? processes.mm(processes.current).total_vm : 0;
    return commit_room(memory, 1, total_vm) == 0 ||
           tmpfs_used(memory, *tmpfs_mount(file->path)) >= tmpfs_limit(memory);
}

Shmem::Opened Shmem::open(const std::string& path, std::optional<u32> pages) {
    for (const TmpfsFile& file : table().tmpfs) {
        if (!file.is_linked || file.path != path) continue;
        const u32 mapping = file.mapping;
        if (pages && *pages != table().mappings[mapping].pages) truncate(mapping, *pages);
        return {mapping, false};
    }
    if (!pages) return {failed(Errno::enoent), false};
    if (memory_.frames().mapped_words().empty()) memory_.frames().keep_mapped();
    memory_.frames().keep_mapcounts();  // from now on pages on the lists of anonymous memory may be page cache
    const u32 mapping = PageCache(memory_, cpu_, trace_).add(MappingKind::shmem, *pages, call_);
    table().tmpfs.push_back({path, mapping, true});
    return {mapping, true};
}

i64 Shmem::unlink(const std::string& path) {
    for (TmpfsFile& file : table().tmpfs) {
        if (!file.is_linked || file.path != path) continue;
        file.is_linked = false;
        release(file.mapping);
        return 0;
    }
    return failed(Errno::enoent);
}

void Shmem::release(u32 mapping) {
    if (mapping == kNoFile || table().mappings[mapping].kind != MappingKind::shmem || mapping == table().held) return;
    if (const TmpfsFile* file = table().tmpfs_file(mapping); file != nullptr && file->is_linked) return;
    for (const Mm& mm : memory_.processes().mms)
        for (const Vma& area : mm.areas)
            if (area.file == mapping) return;
    Mapping& gone = table().mappings[mapping];
    if (gone.is_promised) memory_.processes().committed -= gone.pages;
    gone.is_promised = false;
    PageCache(memory_, cpu_, trace_).unmap(mapping);
}

// shmem_truncate_range, when unmap_mapping_range is through.
void Shmem::drop_behind(u32 number, u32 pages) {
    for (u32 mm = 0; mm < memory_.processes().mms.size(); ++mm) {
        const std::vector<Vma> areas = memory_.processes().mms[mm].areas;
        for (const Vma& area : areas) {
            if (area.file != number || area.pgoff + area.pages() <= pages) continue;
            const u64 kept = area.pgoff < pages ? (pages - area.pgoff) << kPageShift : 0;
            ProcessMemory(memory_, ProcessMemory::ByMm::yes, mm, cpu_, call_, trace_)
                .zap_range(area.start + kept, area.end);
        }
    }
    PageCache(memory_, cpu_, trace_).drop_pages(number, pages);
}

// The words of a mapping lie one behind the other, so a longer one needs another place.
void Shmem::move_to_grow(u32 number, u32 pages) {
    Mapping& mapping = table().mappings[number];
    std::vector<u32>& words = table().frame;
    const u32 place = static_cast<u32>(words.size());
    words.resize(words.size() + pages, kNoPfn.value);
    for (u32 index = 0; index < mapping.pages; ++index)
        std::swap(words[place + index], words[mapping.first + index]);
    mapping.first = place;
}

void Shmem::truncate(u32 number, u32 pages) {
    trace_.emit(TraceKind::shmem_truncate, 0, 0, 0, kNoPfn.value, number, pages);
    const u32 old = table().mappings[number].pages;
    if (pages < old) drop_behind(number, pages);
    if (pages > old) move_to_grow(number, pages);
    table().mappings[number].pages = pages;
}

// shmem_file_read_iter.
TouchResult Shmem::read(u32 mapping, u32 first, u32 count) {
    TouchResult result;
    PageCache cache(memory_, cpu_, trace_);
    for (u32 index = first; index < first + count; ++index) {
        const u32 word = table().frame[table().mappings[mapping].first + index];
        if (const Pfn pfn = page_word::page(word); pfn != kNoPfn) {
            cache.mark_accessed(pfn);
        } else if (page_word::swap(word).is_none()) {
            trace_.emit(TraceKind::shmem_read_hole, 0, 0, 0, kNoPfn.value, mapping, index);
        } else {
            if (cache.bring_in(mapping, index, call_, {}, PageCache::Source::read) == kNoPfn) {
                result.is_out_of_memory = true;
                return result;
            }
            ++result.brought_in;
            memory_.run_daemons(cpu_, trace_);
        }
        ++result.touched;
    }
    return result;
}

// shmem_file_write_iter: shmem_get_folio(SGP_WRITE) marks a page as used, shmem_write_end as dirty. Nothing is ever to
// be written back but to swap.
TouchResult Shmem::write(u32 mapping, u32 first, u32 count) {
    TouchResult result;
    PageCache cache(memory_, cpu_, trace_);
    for (u32 index = first; index < first + count; ++index) {
        Pfn pfn = table().page(mapping, index);
        if (pfn != kNoPfn) {
            cache.mark_accessed(pfn);
        } else {
            pfn = cache.bring_in(mapping, index, call_, {}, PageCache::Source::write);
            if (pfn == kNoPfn) {
                result.is_full = is_full(memory_, mapping);
                result.is_out_of_memory = !result.is_full;
                return result;
            }
            ++result.brought_in;
        }
        memory_.frames().set_mark(pfn, page_mark::kDirty, true);
        memory_.run_daemons(cpu_, trace_);
        ++result.touched;
    }
    return result;
}

}  // namespace mmscope
