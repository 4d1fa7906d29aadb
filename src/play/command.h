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
#include "mm/zone.h"

namespace mmscope {

// The calls of the script language that change the machine, with the kernel's names. tick(n) is the language's own: n
// seconds pass, and each CPU's vmstat worker runs once a second.
#define MMSCOPE_PAGE_CALLS(X)                                                                          \
    X(alloc_pages) X(alloc_page) X(__get_free_pages) X(__get_free_page) X(get_zeroed_page)             \
    X(__free_pages) X(__free_page) X(free_pages) X(free_page) X(free_hot_page)                         \
    X(drain_all_pages) X(drain_local_pages) X(tick)

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

struct SetSysctl {
    SysctlName written = SysctlName::min_free_kbytes;
    VmSysctl sysctl;   // the whole set after the change
    std::string text;  // "min_free_kbytes = 8192"
};

using Command = std::variant<AllocPages, FreePages, DrainPages, Tick, SetSysctl>;

struct CommandResult {
    Pfn pfn = kNoPfn;  // of AllocPages: the block, or kNoPfn where the kernel returns NULL
    Message refusal;   // empty unless the command is misuse (double free ...): then the machine is unchanged
};

}  // namespace mmscope
