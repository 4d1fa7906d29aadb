// Slab traces of real kernels: how many bytes each allocation was given, foretold from what it asked for.
//
//   kmalloc              bytes_req and the mask name the cache, or above 8 KiB the block
//   kmem_cache_alloc     bytes_req is the size of the cache's objects; which cache it was the event does not say
//
// The rows of slab.tsv say how the kernel's caches were created. Mostly all caches with objects of this size give the
// same. Where they do not, the object's own kmem_cache_free names the cache, and for an object that outlives the trace
// the other objects of its call site do; if even they say nothing, it counts as one of the first such cache in the
// table. The place of an object (mm/slab_rules) is then the same by the same rules as everywhere. Of the trace nothing
// is kept but sums by call site, and at most kMostOpenObjects objects whose name is waited for.
#pragma once

#include <string_view>
#include <vector>

#include "base/result.h"
#include "intake/slab_table.h"
#include "mm/profile.h"
#include "play/outcome.h"

namespace mmscope {

inline constexpr u32 kMostOpenObjects = 1U << 16;

// `table` is the text of slab.tsv, empty if there is none: then a cache is what its name says (add_hidden_traits).
// Errors: those of the table's parser, a kernel whose allocator is not modelled.
Result<Outcome> conform_slab_trace(std::string_view trace, std::string_view table, const Profile& profile, Arch arch);

}  // namespace mmscope
