// What SLUB finds wrong with an object, as plain data: all that its report in the kernel's log says; and what else a
// heap is warned of. Each taints the kernel (`taints_of`).
//
// Addresses are those of mm/slab, the kernel's less PAGE_OFFSET. The bytes of the sections are as the report shows
// them: as they were found, but from 6.11 to 6.14 as they are after they were put right (`check_object`, mm/slub.c).
#pragma once

#include <string>
#include <vector>

#include "base/types.h"

namespace mmscope {

// Who had an object last, or gave it back (struct track).
struct ObjectTrack {
    u32 call = 0;
    u32 cpu = 0;
    u32 pid = 0;
    u64 jiffies = 0;
    bool is_set = false;
};

struct SlabBug {
    enum class Kind : u8 {
        overwritten,  // bytes that nobody may write: `overwrites`
        already_free,
        invalid_pointer,  // `pointer` is no object of the slab
        freepointer_corrupt,
        slab_padding,       // the rest of a slab behind its last object: `overwrites` has the range
        objects_remaining,  // of one slab of a cache that shall go: `objects`
        shown_again,        // the object of the bugs before this one, after all that was put right (6.11 to 6.14)
        still_has_objects,  // of the cache as a whole, after all its slabs: a warning
        wrong_cache,        // freed into `cache`, but an object of `other_cache`: a warning, like all that follow
        not_in_a_slab,      // `pointer` lies in no slab. Without a cache it is kfree's, of a single page
        not_of_kmalloc,     // kfree of a page that kmalloc has not given, and it stays (6.16)
        vfree_bad_address,  // `pointer` is the caller's, and no start of a page
        vfree_nonexistent,  // likewise, and no area begins there
        order_too_large,    // kmalloc() of more than the largest block
        vmalloc_error,      // `pointer` bytes with `gfp` were not to be had: no WARN, but warn_alloc()
    };
    enum class Zone : u8 {
        left_redzone,
        right_redzone,
        kmalloc_redzone,
        poison,
        end_poison,
        alignment_padding,
        object_padding,
        slab_padding
    };
    struct Overwrite {
        Zone zone = Zone::right_redzone;
        u64 from = 0;     // first byte that is wrong
        u64 to = 0;       // behind the last one
        u8 found = 0;     // the first one
        u8 expected = 0;  // all of them
    };
    struct Object {
        u64 address = 0;
        u64 free_pointer = 0;
        ObjectTrack allocated;
        ObjectTrack freed;
    };
    struct Section {
        enum class Kind : u8 { bytes_before, redzone, object, padding };
        Kind kind = Kind::object;
        u64 address = 0;
        std::vector<u8> bytes;
    };
    enum class Repair : u8 { none, not_freed, all_used };

    Kind kind = Kind::overwritten;
    std::string cache;
    std::string other_cache;
    std::vector<Overwrite> overwrites;
    bool is_shown_last = false;  // the object, after all that was put right (6.11 to 6.14)
    bool warns = false;          // the object, after the first of `overwrites`, and with a WARN (6.15)
    bool is_silent = false;      // the kernel has said it already, and says it once only
    u64 pointer = 0;
    // The slab.
    Pfn pfn = kNoPfn;
    u8 order = 0;
    u32 slab_objects = 0;
    u32 used = 0;
    u64 freelist = 0;
    std::vector<Object> objects;  // the one that it is about, or all that remain
    std::vector<Section> sections;
    Repair repair = Repair::none;
    u64 jiffies = 0;  // now
    u32 call = 0;     // still_has_objects: the command that destroys the cache
    u32 gfp = 0;
    u32 why = 0;      // vmalloc_error: VmallocFailure
    u32 named = 0;    // wrong_cache: the caches' ids, as of `cache` and `other_cache`
    u32 own = 0;

    bool is_warning() const { return kind >= Kind::still_has_objects; }
};

// What the kernel says of itself from then on (add_taint).
namespace kernel_taint {
inline constexpr u32 kBadPage = 1U << 5, kWarn = 1U << 9;
}
// An object that is shown at the end of its check taints there, not with each fault before it.
inline u32 taints_of(const SlabBug& bug) {
    if (bug.is_silent || bug.kind == SlabBug::Kind::vmalloc_error) return 0;
    if (bug.kind == SlabBug::Kind::not_of_kmalloc) return 0;  // dump_page() alone
    if (bug.is_warning()) return kernel_taint::kWarn;
    if (bug.kind == SlabBug::Kind::overwritten && bug.objects.empty()) return 0;
    return bug.warns ? kernel_taint::kBadPage | kernel_taint::kWarn : kernel_taint::kBadPage;
}

}  // namespace mmscope
