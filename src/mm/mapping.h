// What pages on the LRU lists belong to: files that were opened, and areas of anonymous memory.
//
//   mappings   [ 0: file, 6 pages ][ 1: anonymous, 4 pages ] ...
//   frame      [ f f f - s f       ][ f f w -               ] ...     a word for each page (page_word): f its frame,
//                                              -: not in memory, s: a shadow (mm/workingset.h), w: its swap entry
//
// Nothing here moves a page; page_cache.h does. Compared with Linux: a file's pages are found by a plain array instead
// of the xarray of its struct address_space, and anonymous pages by the same array instead of page tables and anon_vma.
#pragma once

#include <string>
#include <vector>

#include "mm/page.h"

namespace mmscope {

// A file; anonymous memory of the script's own process; what processes share (shmem.h); private anonymous memory
// of processes, where the mapping is a window of 4 GiB of their address spaces and `address` its beginning: page tables
// say which frames are whose (struct anon_vma).
enum class MappingKind : u8 { file, anonymous, shmem, window };

inline constexpr u32 kMostMappings = 1U << MappedPage::kMappingBits;
inline constexpr u32 kMostMappingPages = 1U << MappedPage::kIndexBits;  // of one: 4 GiB
inline constexpr u32 kMostMappedPages = 1U << 23;                       // of all together, in memory or not: 32 GiB

struct Mapping {
    MappingKind kind = MappingKind::file;
    bool is_gone = false;  // unmapped, or its process was killed
    bool is_promised = false;  // shared anonymous memory that counts as promised as a whole, whoever maps it
    u32 call = 0;          // number of the command that made it
    u32 pages = 0;
    u32 first = 0;     // its first entry in MappingTable::frame
    u32 resident = 0;  // pages in memory; of a window not counted
    u32 swapped = 0;   // pages in swap slots; likewise
    u32 dirty = 0;        // pages of a file that are not on the disk as they are in memory
    u64 dirtied_at = 0;   // second at which the first of them became so
    u64 address = 0;   // of anonymous memory: where the area or the window begins in the process; 0: a file, or shmem
};

// The name of a file in tmpfs. A file that was unlinked keeps the record, for those who still map it.
struct TmpfsFile {
    std::string path;  // "/dev/shm/frame"
    u32 mapping = 0;
    bool is_linked = true;
};

struct MappingTable {
    std::vector<Mapping> mappings;
    std::vector<TmpfsFile> tmpfs;  // in the order in which they were made
    std::vector<u32> frame;  // page_word
    std::vector<u32> dirty;  // a bit for each entry of `frame`; empty: nothing was ever dirty
    u64 seconds = 0;         // since boot
    u32 held = 0xffffffffU;  // that a call under way has a descriptor of (ShmemHold); between commands none
    enum class Flusher : u8 { asleep, background, all };
    Flusher flusher = Flusher::asleep;  // until where it is to write, once it runs
    u32 killed_by = 0;       // number of the command during which the script's process was killed; 0: it lives

    Pfn page(u32 mapping, u32 index) const { return page_word::page(frame[mappings[mapping].first + index]); }
    // Of a mapping that has or had a name; null if it never had one.
    const TmpfsFile* tmpfs_file(u32 mapping) const {
        for (const TmpfsFile& file : tmpfs)
            if (file.mapping == mapping) return &file;
        return nullptr;
    }
    // Which anonymous area an address lies in; null if none.
    const Mapping* find(u64 address) const {
        for (const Mapping& mapping : mappings)
            if (mapping.kind == MappingKind::anonymous && address - mapping.address < u64{mapping.pages} * kPageSize) return &mapping;
        return nullptr;
    }
    bool is_dirty(u32 number, u32 index) const {
        const u32 at = mappings[number].first + index;
        return at / 32 < dirty.size() && (dirty[at / 32] >> at % 32 & 1) != 0;
    }
    // It is not so yet.
    void set_dirty(u32 number, u32 index, bool is_dirty) {
        Mapping& mapping = mappings[number];
        const u32 at = mapping.first + index;
        if (at / 32 >= dirty.size()) dirty.resize((frame.size() + 31) / 32, 0);
        dirty[at / 32] ^= 1U << at % 32;
        if (is_dirty && mapping.dirty++ == 0) mapping.dirtied_at = seconds;
        if (!is_dirty) --mapping.dirty;
    }
    u32 dirty_pages() const {
        u32 sum = 0;
        for (const Mapping& mapping : mappings) sum += mapping.dirty;
        return sum;
    }
    u32 resident(MappingKind kind) const {
        u32 sum = 0;
        for (const Mapping& mapping : mappings) sum += mapping.kind == kind ? mapping.resident : 0;
        return sum;
    }
};

// Which page of which window a private address of processes is; the window must be there.
struct WindowPlace {
    u32 mapping = 0;
    u32 index = 0;
};
inline constexpr u64 kWindowBytes = u64{kMostMappingPages} * kPageSize;
inline WindowPlace window_place(const MappingTable& table, u64 address) {
    WindowPlace place;
    place.index = static_cast<u32>((address & (kWindowBytes - 1)) >> kPageShift);
    while (table.mappings[place.mapping].kind != MappingKind::window ||
           table.mappings[place.mapping].address != (address & ~(kWindowBytes - 1)))
        ++place.mapping;
    return place;
}

}  // namespace mmscope
