// Shared memory: files that are nowhere but in memory (tmpfs), and what mmap(MAP_SHARED|MAP_ANONYMOUS) makes.
//
//   name --> file (its mapping)  [ f ][ f ][ - ][ s ]      f: a frame, s: a swap slot, -: a hole, which reads as zeros
//              ^     ^
//   areas of processes           any number of them, all with the same frames
//
// A page comes into being when it is first written to or a process first touches it; reading a hole makes none. It is
// page cache, so it counts as Cached and Shmem, and it can be swapped, so it stands on the lists of anonymous memory. A
// file stays until its name is taken away and no area maps it. /dev/shm and /tmp may each have half of all memory in
// pages, in frames or on swap; beyond that a write answers ENOSPC and a fault is a SIGBUS. Sizes are whole pages.
// Anonymous shared memory has neither a name nor that limit. Compared with Linux: a script's handle of a file is no
// descriptor and keeps nothing alive, as if every program closed it once it had mapped the file; no directories, no
// limit of inodes, no huge pages. (mm/shmem.c)
#pragma once

#include <optional>
#include <string>

#include "mm/page_cache.h"

namespace mmscope {

// Where a tmpfs is mounted, and the number of its device.
struct TmpfsMount {
    std::string_view path;  // with the slash behind
    u32 minor = 0;          // major 0
};
inline constexpr TmpfsMount kTmpfsMounts[] = {{"/dev/shm/", 0x1a}, {"/tmp/", 0x23}};
inline constexpr u32 kSharedAnonymousMinor = 1;  // of the mount that only the kernel sees
inline constexpr u32 kLongestFileName = 255;     // NAME_MAX

// The mount that a path lies in; null: none.
const TmpfsMount* tmpfs_mount(std::string_view path);
// What /proc/PID/maps calls the file: "/dev/shm/frame", with " (deleted)" once it was unlinked.
std::string shmem_name(const MappingTable& table, u32 mapping);
// Blocks that a mount may have (half of all memory) and has: pages in frames and on swap.
u64 tmpfs_limit(const PageAllocator& memory);
u64 tmpfs_used(const PageAllocator& memory, const TmpfsMount& mount);
u64 tmpfs_pages(const PageAllocator& memory);  // of all mounts; they are promised memory (shmem_acct_blocks)
// Pages of an area's part of a file of shared memory that are on swap (shmem_swap_usage); 0 of any other area.
u32 shmem_swapped(const PageAllocator& memory, const Vma& area);

// Who can reach a file of shared memory keeps it, and nobody else; no mount has more than it may. Empty, or a sentence.
std::string check_shmem(const PageAllocator& memory);

// A view that binds shared memory to a machine; made for one call, cheap to make.
class Shmem {
public:
    Shmem(PageAllocator& memory, u32 cpu, u32 call, Trace& trace)
        : memory_(memory), cpu_(cpu), call_(call), trace_(trace) {}

    // The file of a path in a tmpfs: one that is there, or, if `pages` says how large it shall be, a new one; one that
    // is there gets that size (open with O_CREAT, then ftruncate). Its mapping, or -ENOENT. There must be room.
    struct Opened {
        i64 mapping = 0;
        bool is_new = false;
    };
    Opened open(const std::string& path, std::optional<u32> pages);
    // The name goes; the pages do once nobody maps them. 0 or -ENOENT.
    i64 unlink(const std::string& path);
    // Pages behind the new end go, also the private copies of those who map the file. There must be room to grow.
    void truncate(u32 mapping, u32 pages);
    // read() and write() of whole pages. Only a page on swap is brought in for reading.
    TouchResult read(u32 mapping, u32 first, u32 count);
    TouchResult write(u32 mapping, u32 first, u32 count);
    // An area of the mapping is gone. If it was the last one and there is no name, so are the pages
    // (shmem_evict_inode). Of a file on a disk, or of none: nothing.
    void release(u32 mapping);
    // Whether the mapping may not have a page more: its mount is full, or nothing more may be promised.
    static bool is_full(const PageAllocator& memory, u32 mapping);

private:
    friend class ShmemHold;
    MappingTable& table() { return memory_.mapping_table(); }
    void drop_behind(u32 mapping, u32 pages);
    void move_to_grow(u32 mapping, u32 pages);

    PageAllocator& memory_;
    u32 cpu_;
    u32 call_;
    Trace& trace_;
};

// Keeps a mapping while a call is at work that may take its last area away before it makes another one.
class ShmemHold {
public:
    ShmemHold(Shmem shmem, u32 mapping) : shmem_(shmem), mapping_(mapping) { shmem_.table().held = mapping; }
    ShmemHold(const ShmemHold&) = delete;
    ShmemHold& operator=(const ShmemHold&) = delete;
    ~ShmemHold() {
        shmem_.table().held = kNoFile;
        shmem_.release(mapping_);
    }

private:
    Shmem shmem_;
    u32 mapping_;
};

}  // namespace mmscope
