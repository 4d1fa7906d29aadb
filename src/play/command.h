// A command: the only way to change a machine. One variant, one line of script text each.
//
// Every page call of the kernel that a script can make is one of these; `call` remembers the name that was
// written, because `alloc_page(gfp)` and `alloc_pages(gfp, 0)` do the same and read differently.
#pragma once

#include <optional>
#include <string>
#include <variant>

#include "base/message.h"

#include "mm/context.h"
#include "mm/mapping.h"
#include "mm/slab_rules.h"
#include "mm/zone.h"

namespace mmscope {

// The calls of the script language that change the machine, with the kernel's names. tick(n) is the language's own: n
// seconds pass, and each CPU's vmstat worker runs once a second. open, mmap, munmap and touch make pages that reclaim
// knows; drop_caches and compact_memory are writes to /proc/sys/vm; swapon adds a swap area. From fork on the calls are processes' (and so are
// mmap, munmap and touch inside `as`): play/process_calls.h; oom_score_adj is a write to /proc/PID/oom_score_adj.
#define MMSCOPE_PAGE_CALLS(X)                                                                          \
    X(alloc_pages) X(alloc_page) X(__get_free_pages) X(__get_free_page) X(get_zeroed_page)             \
    X(__free_pages) X(__free_page) X(free_pages) X(free_page) X(free_hot_page)                         \
    X(drain_all_pages) X(drain_local_pages) X(tick) X(open) X(shm_open) X(shm_unlink) X(unlink)        \
    X(ftruncate) X(mmap) X(munmap) X(touch) X(pwrite) X(sync) X(drop_caches) X(compact_memory) X(swapon) X(swapoff) \
    X(fork) X(exec) X(exit) X(mprotect) X(brk) X(malloc) X(free) X(madvise) X(oom_score_adj)           \
    X(read) X(write) X(fetch)                                                                          \
    X(kmem_cache_create) X(kmem_cache_shrink) X(kmem_cache_destroy) X(validate_slab_cache)             \
    X(kmem_cache_alloc) X(kmalloc) X(kzalloc) X(kcalloc) X(krealloc) X(kmem_cache_free) X(kfree)       \
    X(memset)                                                                                          \
    X(vmalloc) X(vzalloc) X(vfree) X(kvmalloc) X(kvfree) X(kmap) X(kunmap)

enum class PageCall : u8 {
#define MMSCOPE_X(name) name,
    MMSCOPE_PAGE_CALLS(MMSCOPE_X)
#undef MMSCOPE_X
};

struct AllocPages {
    PageCall call = PageCall::alloc_pages;
    Gfp gfp;
    Order order;
    Context context = Context::process;  // where the calling code runs
};

struct FreePages {
    PageCall call = PageCall::__free_pages;
    Pfn pfn;
    Order order;
};

// The per-CPU lists of one zone or of all go back to the buddy system.
struct DrainPages {
    PageCall call = PageCall::drain_all_pages;
    std::optional<u32> zone;  // position; nothing: every zone
};

struct Tick {
    u32 seconds = 1;
};

// A file of so many pages is opened, an area of anonymous memory mapped.
struct AddMapping {
    MappingKind kind = MappingKind::file;
    u32 pages = 0;
};

// open of a path and shm_open (no `pages`: the file has to be there); shm_unlink and unlink; ftruncate. Paths are those
// of a tmpfs (mm/shmem.h). `error` is not 0: the name can be none, and that is the answer.
struct OpenTmpfs {
    PageCall call = PageCall::shm_open;
    std::string path;
    std::optional<u32> pages;
    i64 error = 0;
};
struct UnlinkTmpfs {
    PageCall call = PageCall::shm_unlink;
    std::string path;
    i64 error = 0;
};
struct Truncate {
    u32 mapping = 0;
    u32 pages = 0;
};

struct Unmap {
    u32 mapping = 0;
};

struct TouchPages {
    u32 mapping = 0;
    u32 first = 0;  // page of the mapping
    u32 pages = 0;
};

// pwrite: whole pages of a file. sync: all that is dirty goes to the disk.
struct WritePages {
    u32 mapping = 0;
    u32 first = 0;  // page of the mapping
    u32 pages = 0;
};
struct SyncFiles {};

struct DropCaches {
    i64 what = 1;  // 1: the page cache, 2: slab caches (no script's cache has a shrinker: nothing), 3: both
};
struct CompactMemory {};

struct SwapOn {
    u64 bytes = 0;
    std::optional<i32> priority;
};
struct SwapOff {
    u32 area = 0;
};

// A call that a process makes, or that is about one. Unused members are as they are here.
struct ProcessCall {
    PageCall call = PageCall::fork;
    u32 pid = 0;
    u64 address = 0;
    u64 bytes = 0;
    u32 protection = 0;  // of madvise: the advice
    u32 flags = 0;
    u32 file = 0xffffffffU;  // number of its mapping
    u64 offset = 0;
    i64 value = 0;  // of oom_score_adj
};

// kmem_cache_create.
struct CreateCache {
    std::string name;
    u64 size = 0;  // as asked for; `spec` has it if a cache can have it
    CacheSpec spec;
    bool panics = false;  // SLAB_PANIC
    std::string ctor;     // as said; empty: none
    Context context = Context::process;
};

// kmem_cache_shrink, kmem_cache_destroy, validate_slab_cache. Caches are meant by the numbers of their names (play/heap.h).
struct ChangeCache {
    PageCall call = PageCall::kmem_cache_shrink;
    u32 cache = 0;
    Context context = Context::process;
};

// kmem_cache_alloc, kmalloc and its kin. Objects are meant by their physical addresses (mm/slab_state.h).
struct AllocObject {
    PageCall call = PageCall::kmalloc;
    u32 cache = 0;     // of kmem_cache_alloc
    u64 size = 0;      // bytes, of the others
    Gfp gfp;
    Context context = Context::process;
    u64 old = 0;       // of krealloc: the object so far; of a kcalloc whose n * size overflows: n
    u32 old_call = 0;  // which its handle says got it; 0: it does not say
    bool overflows() const { return call == PageCall::kcalloc && old != 0; }
};

// kmem_cache_free, kfree.
struct FreeObject {
    PageCall call = PageCall::kfree;
    u32 cache = 0;  // of kmem_cache_free
    u64 object = 0;
    u32 object_call = 0;
};

// memset of the kernel's own memory: `length` bytes from a physical address on, or from one that vmalloc or kmap gave,
// whose pages are all mapped: the page table says for each where it lies.
struct WriteBytes {
    u64 address = 0;
    u64 length = 0;
    u8 value = 0;
    bool is_mapped = false;  // the address is vmalloc's or kmap's
};

// vmalloc and its kin, kmap and kunmap. Unused members are as they are here.
struct KernelMapping {
    PageCall call = PageCall::vmalloc;
    u64 size = 0;          // bytes
    Gfp gfp;
    u64 address = 0;       // of vfree and kvfree
    u32 address_call = 0;  // which its handle says made it; 0: it does not say
    Pfn pfn;               // of kmap and kunmap
    Context context = Context::process;
};

struct SetSysctl {
    SysctlName written = SysctlName::min_free_kbytes;
    VmSysctl sysctl;   // the whole set after the change
    std::string text;  // "min_free_kbytes = 8192"
};

using Command = std::variant<AllocPages, FreePages, DrainPages, Tick, SetSysctl, AddMapping, OpenTmpfs, UnlinkTmpfs, Truncate, Unmap, TouchPages, WritePages, SyncFiles, DropCaches,
                             CompactMemory, SwapOn, SwapOff, ProcessCall, CreateCache, ChangeCache, AllocObject, FreeObject,
                             WriteBytes, KernelMapping>;

struct CommandResult {
    Pfn pfn = kNoPfn;  // of AllocPages: the block, or kNoPfn where the kernel returns NULL; of an access: the frame
    u32 mapping = 0;   // of AddMapping and OpenTmpfs: its number; where a ProcessCall or a vmalloc is refused: why (MmRefusal, VmallocFailure)
    i64 number = 0;    // of TouchPages: pages brought in, or -ENOMEM; of WritePages: bytes, -ENOMEM or -ENOSPC;
                       // of OpenTmpfs: 1 for a new file, 0 for an old one, or -errno; of UnlinkTmpfs: 0 or -errno;
                       // of SyncFiles: pages; of DropCaches and CompactMemory: pages freed, moved;
                       // of SwapOn: the area's number, of SwapOff: 0, or -errno;
                       // of ProcessCall: a pid, an address, faults, or -errno; of ChangeCache: slabs freed, or for a
                       // destroy that the kernel refuses, objects left; for a
                       // validation the faults found, or -EINVAL; of KernelMapping: the address, or 0; of a free: -EINVAL if
                       // the kernel only warns
    u32 cache = 0;     // of CreateCache: the number of its name; kMostCacheNames where the kernel returns NULL
    u64 object = 0;    // of AllocObject: its physical address, 16 for ZERO_SIZE_PTR, 0 for NULL; of a kvmalloc that kmalloc served too
    // The kernel panics or never comes back: the command was carried out as far as it went, and nothing follows it.
    Message end;
    Message refusal;   // empty unless the command is misuse (double free ...): then the machine is unchanged
};

}  // namespace mmscope
