// What SLUB says in the kernel's log of an object that is not as it should be (slab_debug, 6.1 to 7.2).
//
//   =============================================================================
//   BUG kmalloc-128 (Not tainted): Right Redzone overwritten
//   -----------------------------------------------------------------------------
//
//   0xffff888002345080-0xffff888002345080 @offset=128. First byte 0x41 instead of 0xcc
//   Allocated in call 12 age=0 cpu=0 pid=1
//   Slab 0xffffea000008d140 objects=21 used=1 fp=0xffff8880023450c8 flags=0x...(slab|node=0|zone=1|...)
//   Object 0xffff888002345000 @offset=0 fp=0x0000000000000000
//
//   Redzone  ffff888002344f80: cc cc cc cc cc cc cc cc                          ........
//   FIX kmalloc-128: Restoring Right Redzone 0xffff888002345080-0xffff888002345080=0xcc
//
// Addresses are the kernel's, not hashed: slab_debug turns that off. From 6.11 to 6.14 every fault of an object is told
// first, with its repair, and the object is shown once behind them (`is_shown_last`). Since 6.15 (`warns`) it is
//
//   [Right Redzone overwritten] 0xffff888002345080-0xffff888002345080 @offset=128. First byte 0x41 instead of 0xcc
//   BUG kmalloc-128 (Not tainted): Object corrupt
//   ... the object, as it was found; a WARN (procfs/kernel_warning.h) of a kernel that is tainted with B already
//   FIX kmalloc-128: Restoring Right Redzone 0xffff888002345080-0xffff888002345080=0xcc
//
// Stacks are left out where nobody has one.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/types.h"
#include "procfs/kernel_warning.h"

namespace mmscope {

struct SlabReport {
    enum class Kind : u8 {
        overwritten,
        already_free,
        invalid_pointer,
        freepointer_corrupt,
        slab_padding,
        objects_remaining,
        shown_again,
        still_has_objects,  // this one and those that follow are warnings, without a slab
        wrong_cache,
        not_in_a_slab,
        not_of_kmalloc,
        vfree_bad_address,
        vfree_nonexistent,
        order_too_large,
    };
    enum class Zone : u8 {
        left_redzone,
        right_redzone,
        kmalloc_redzone,
        poison,
        end_poison,
        alignment_padding,
        object_padding,
        slab_padding,
    };
    struct Overwrite {
        Zone zone = Zone::right_redzone;
        u64 from = 0;
        u64 to = 0;  // behind the last byte
        u8 found = 0;
        u8 expected = 0;
    };
    struct Track {
        std::string caller;  // "cap_init+0x12/0x1000 [capmod]", or whatever names it
        u64 age = 0;         // jiffies
        u32 cpu = 0;
        u32 pid = 0;
    };
    struct Object {
        u64 address = 0;
        u64 free_pointer = 0;
        std::optional<Track> allocated;
        std::optional<Track> freed;
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
    u16 version = 0x0601;  // the kernel's: 0x060c is 6.12
    u32 taints = 0;        // when it is found, as print_tainted() takes them
    std::vector<Overwrite> overwrites;
    bool is_shown_last = false;
    bool warns = false;
    bool is_silent = false;  // of a WARN_ONCE that is said already: only what follows it
    u64 pointer = 0;
    // The slab.
    u64 page = 0;     // address of its struct page
    u64 address = 0;  // of its first byte
    u32 slab_objects = 0;
    u32 used = 0;
    u64 freelist = 0;
    std::string flags;  // slab_page_flags()
    std::vector<Object> objects;
    std::vector<Section> sections;
    Repair repair = Repair::none;
    std::string called_from;  // still_has_objects: who destroys the cache, as in Track
    std::optional<ReportCaller> caller;  // in whose context it was found; "Not tainted"
    u32 pointer_digits = 16;             // hexadecimal; 8 on 32 bits
};

// "0x17ffffc0010200(slab|head|node=0|zone=2|lastcpupid=0x1fffff)", as %pGp prints page->flags of a slab.
struct SlabPageFlags {
    bool is_64bit = true;
    bool has_slab_flag = true;  // PG_slab, until 6.9; since then a slab is told by its page type
    bool is_compound = false;
    u32 node = 0;
    u32 zone = 0;  // as the kernel numbers them
};
std::string slab_page_flags(const SlabPageFlags& flags);

// Without time stamps. A warning without a caller is its message alone.
std::string print_slab_report(const SlabReport& report);

}  // namespace mmscope
