// Where code runs, and which allocation flags belong there.
//
// One rule, might_alloc(): a request that may sleep (__GFP_DIRECT_RECLAIM; __GFP_WAIT in 2.6) needs a caller that may
// sleep, and that is code in process context. An interrupt handler, a softirq, a tasklet, and code that holds a
// spinlock or has switched preemption off may not. The kernel says "BUG: sleeping function called from invalid
// context" and goes on. Left out: it looks only when it is built with CONFIG_DEBUG_ATOMIC_SLEEP.
#pragma once

#include "mm/gfp.h"

namespace mmscope {

enum class Context : u8 { process, irq, softirq, tasklet, atomic };
inline constexpr const char* kContextNames[] = {"process", "irq", "softirq", "tasklet", "atomic"};
inline constexpr u32 kContexts = sizeof(kContextNames) / sizeof(kContextNames[0]);

constexpr bool may_sleep(Context where) { return where == Context::process; }
constexpr bool may_sleep(Gfp mask) { return mask.has(gfp::kDirectReclaim); }
constexpr bool may_be_used(Gfp mask, Context where) { return may_sleep(where) || !may_sleep(mask); }

// The same request for a caller that may not sleep: GFP_ATOMIC instead of GFP_KERNEL, the rest (zone, __GFP_ZERO ...)
// as it is. What only makes sense for one that sleeps (I/O, retries) goes.
Gfp without_sleep(Gfp mask, const Profile& profile);

}  // namespace mmscope
