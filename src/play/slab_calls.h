// The calls that make and use objects: kmem_cache_create and its kin, kmalloc and its kin.
//
// kmem_cache_create(name, size[, flags[, align[, ctor]]]) gives a handle of the cache; flags are SLAB_* joined with |,
// and in place of a constructor stands its name or true. An object is an address, as the kernel has it: page_address()
// and virt_to_page() fit it. Sizes are the kernel's size_t: -1 is the largest of all, and kmalloc of it returns NULL.
// memset(addr, value, length) writes into the kernel's own memory, and nobody notices but a cache with slab_debug, when
// it looks at the object next; validate_slab_cache(cache) makes it look now, and returns how many faults it found, or
// -EINVAL of a cache without.
#pragma once

#include <optional>
#include <string_view>
#include <vector>

#include "play/command.h"
#include "play/evaluation.h"

namespace mmscope {

constexpr bool is_slab_call(PageCall call) { return call >= PageCall::kmem_cache_create && call <= PageCall::memset; }

// kfree of NULL or of what kmalloc(0) gave: the kernel passes over it.
bool is_idle_slab_call(PageCall call, const Value* arguments);
// The command of a call on these arguments, or why there is none.
MMSCOPE_LATER Result<Command, Message> slab_command(const Scene& scene, PageCall call, const Value* arguments, u32 count);
// What the call returns once its command was applied.
MMSCOPE_LATER Value slab_call_value(const Machine& machine, PageCall call, const CommandResult& result, u32 command);

// The physical address of an object, from the address that a script has; nothing outside the direct map.
std::optional<u64> object_address(const Value& address, Arch arch);

// SLAB_* by name, as bits of slab_flag; nothing for another word.
std::optional<i64> slab_constant(std::string_view name);
std::vector<std::string_view> slab_constant_names();

}  // namespace mmscope
